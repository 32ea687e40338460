/*
 * u_hello.c: the room HELLO: the request to a proxy to the letter; its
 * answers, what is none, cut anywhere, and without end.
 */

#if HAVE_VIA
struct answer {
	char *text;
	int n;			/* bytes of it: it may hold NUL */
	int verdict;
	int used;		/* -1: all */
	int code;		/* of FAIL and DONE */
};

#define ANSWER(s) s, (int)sizeof (s) - 1

static struct answer answers[] = {
	{ ANSWER("HTTP/1.1 200 Connection established\r\n\r\n"), DONE,
	    -1, 200 },
	{ ANSWER("HTTP/1.0 200 OK\r\nA: b\r\nC: d\r\n\r\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 200 OK\n\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 200 OK\r\nA: b\n\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 200 OK\nA: b\r\n\r\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 200\r\n\r\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 200\n\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 200 \r\n\r\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.9 204 x\r\n\r\n"), DONE, -1, 204 },
	{ ANSWER("HTTP/1.1 299 x\r\n\r\n"), DONE, -1, 299 },
	{ ANSWER("HTTP/1.1 200 OK\r\n\r\nSSH-2.0-x\r\n"), DONE, 19, 200 },
	{ ANSWER("HTTP/1.1 200 OK\r\n\r\n\r\n\r\n"), DONE, 19, 200 },
	{ ANSWER("HTTP/1.1 200 OK\n\n\n"), DONE, 17, 200 },
	{ ANSWER("HTTP/1.1 200 OK\r\n\r\n\0\0"), DONE, 19, 200 },
	{ ANSWER("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\tfold\r\n\r\n"), DONE,
	    -1, 200 },
	{ ANSWER("HTTP/1.1 200 OK\r\nA: \0\0x\r\n\r\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 200 \377\200\r\n\376: \375\r\n\r\n"), DONE,
	    -1, 200 },
	{ ANSWER("HTTP/1.1 200 OK\r\n\r\r\n\r\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 200 OK\r\nA\rB\r\n\r\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 200 OK\r\n\rx\r\n\r\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 200 O\rK\r\n\r\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 200 200 407 502\r\n\r\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"), DONE,
	    -1, 200 },
	{ ANSWER("HTTP/1.1 100\n\nHTTP/1.1 200\n\nmore"), DONE, 28, 200 },
	{ ANSWER("HTTP/1.1 103 Hint\r\nA: b\r\n\r\nHTTP/1.1 100 C\r\n\r\n\
HTTP/1.1 201 OK\r\nX: y\r\n\r\n"), DONE, -1, 201 },
	{ ANSWER("HTTP/1.1 100 C\r\n\r\nHTTP/1.1 503 No\r\n\r\n"), FAIL,
	    31, 503 },
	{ ANSWER("HTTP/1.1 100 C\r\n\r\n"), MORE, -1, 0 },
	{ ANSWER("HTTP/1.1 100 C\r\n\r\n\r\n"), FAIL, 19, 0 },
	{ ANSWER("HTTP/1.1 407 Auth\r\n\r\n"), FAIL, 13, 407 },
	{ ANSWER("HTTP/1.1 403 No\r\n\r\n"), FAIL, 13, 403 },
	{ ANSWER("HTTP/1.1 502\r\n\r\n"), FAIL, 13, 502 },
	{ ANSWER("HTTP/1.1 504\n\n"), FAIL, 13, 504 },
	{ ANSWER("HTTP/1.1 300 x\r\n\r\n"), FAIL, 13, 300 },
	{ ANSWER("HTTP/1.1 000 x\r\n\r\n"), FAIL, 13, 0 },
	{ ANSWER("HTTP/1.1 099 x\r\n\r\n"), FAIL, 13, 99 },
	{ ANSWER("HTTP/1.1 999 x\r\n\r\n"), FAIL, 13, 999 },
	{ ANSWER("HTTP/1.1 2000 OK\r\n\r\n"), FAIL, 13, -1 },
	{ ANSWER("HTTP/1.1 4070 Auth\r\n\r\n"), FAIL, 13, -1 },
	{ ANSWER("HTTP/1.1 200x\r\n\r\n"), FAIL, 13, -1 },
	{ ANSWER("HTTP/1.1 200\0\r\n\r\n"), FAIL, 13, -1 },
	{ ANSWER("HTTP/1.1 200\t\r\n\r\n"), FAIL, 13, -1 },
	{ ANSWER("HTTP/1.1 20 OK\r\n\r\n"), FAIL, 12, -1 },
	{ ANSWER("HTTP/1.1 2\0000 OK\r\n\r\n"), FAIL, 11, -1 },
	{ ANSWER("HTTP/1.1 -20 OK\r\n\r\n"), FAIL, 10, -1 },
	{ ANSWER("HTTP/1.1  200 OK\r\n\r\n"), FAIL, 10, -1 },
	{ ANSWER("HTTP/1.1\t200 OK\r\n\r\n"), FAIL, 9, -1 },
	{ ANSWER("HTTP/1.11 200 OK\r\n\r\n"), FAIL, 9, -1 },
	{ ANSWER("HTTP/1.x 200 OK\r\n\r\n"), FAIL, 8, -1 },
	{ ANSWER("HTTP/1.\261 200 OK\r\n\r\n"), FAIL, 8, -1 },
	{ ANSWER("HTTP/2 200 OK\r\n\r\n"), FAIL, 6, -1 },
	{ ANSWER("http/1.1 200 OK\r\n\r\n"), FAIL, 1, -1 },
	{ ANSWER(" HTTP/1.1 200 OK\r\n\r\n"), FAIL, 1, -1 },
	{ ANSWER("\r\nHTTP/1.1 200 OK\r\n\r\n"), FAIL, 1, -1 },
	{ ANSWER("\0HTTP/1.1 200 OK\r\n\r\n"), FAIL, 1, -1 },
	{ ANSWER("\377\377\377\377"), FAIL, 1, -1 },
	{ ANSWER("SSH-2.0-OpenSSH\r\n"), FAIL, 1, -1 },
	{ ANSWER("HTTP/1.1 200 OK\r\n"), MORE, -1, 0 },
	{ ANSWER("HTTP/1.1 200 OK\r\n\r"), MORE, -1, 0 },
	{ ANSWER("HTTP/1.1 200"), MORE, -1, 0 },
	{ ANSWER("HTTP/1."), MORE, -1, 0 },
	{ ANSWER(""), MORE, -1, 0 }
};

/* Feed it in pieces of at most max bytes, 0 for whole. */
static int
feed(struct session *s, char *p, int n, int max, int *used)
{
	int at, k, u, r;

	(void)memset(s, 0, sizeof *s);
	hello_start(s);
	*used = 0;
	r = MORE;
	for (at = 0; at < n && r == MORE; at += k) {
		k = n - at;
		if (max > 0 && k > max)
			k = max == 1 ? 1 : 1 + below(max);
		u = -1;
		r = hello_feed(s, p + at, k, &u);
		if (r == MORE)
			want_num("all used while there is more", (long)k,
			    (long)u);
		*used += u;
	}
	return r;
}

static void
test_hello_answers(void)
{
	static struct session s;
	struct answer *a;
	int i, round, used, r;

	for (i = 0; i < COUNT(answers); i++) {
		a = &answers[i];
		for (round = 0; round < 60; round++) {
			r = feed(&s, a->text, a->n, round, &used);
			want_num(a->text, (long)a->verdict, (long)r);
			want_num(a->text, (long)(a->used < 0 ? a->n : a->used),
			    (long)used);
			if (a->verdict == DONE ||
			    (a->verdict == FAIL && a->code > 0))
				want_num(a->text, (long)a->code, (long)s.code);
		}
	}
}

/* A code with four digits is no 407, and does not end sessions as one. */
static void
test_hello_code_digits(void)
{
	static struct session s;
	int i, used;

	for (i = 0; i < COUNT(answers); i++) {
		if (answers[i].verdict != FAIL || answers[i].code != -1)
			continue;
		(void)feed(&s, answers[i].text, answers[i].n, 0, &used);
		want_num(answers[i].text, 0L,
		    (long)(s.hello >= R_CODE_END && s.code > 299));
	}
}

/* Answers as long as the limit, and two bytes to both sides of it. */
static void
test_hello_bounds(void)
{
	static char text[MAXREPLY + 64];
	static struct session s;
	int form, n, head, used, r, round;

	for (form = 0; form < 3; form++)
		for (n = MAXREPLY - 2; n <= MAXREPLY + 2; n++) {
			head = sprintf(text, "%s", form == 0 ?
			    "HTTP/1.1 200 " : form == 1 ?
			    "HTTP/1.1 200\r\nA: " :
			    "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200\r\nA: ");
			(void)memset(text + head, 'x', (size_t)(n - head - 4));
			(void)memcpy(text + n - 4, "\r\n\r\n", 4);
			for (round = 0; round < 3; round++) {
				r = feed(&s, text, n, round * 50, &used);
				want_num("verdict", (long)(n <= MAXREPLY ?
				    DONE : FAIL), (long)r);
				want_num("used", (long)(n <= MAXREPLY ? n :
				    MAXREPLY + 1), (long)used);
			}
		}
}

/* 1xx answers without end are bounded too. */
static void
test_hello_endless(void)
{
	static struct session s;
	int i, used, r, all;

	(void)memset(&s, 0, sizeof s);
	hello_start(&s);
	r = MORE;
	for (all = i = 0; r == MORE && i < MAXREPLY; i++) {
		r = hello_feed(&s, "HTTP/1.1 100 C\r\n\r\n", 18, &used);
		all += used;
	}
	want_num("verdict", (long)FAIL, (long)r);
	want_num("bytes", (long)(MAXREPLY + 1), (long)all);
}

static struct safecase base64s[] = {
	{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "Aladdin:open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==" },
	{ "\377\376\375", "//79" }, { "\373\357\276", "++++" },
	{ "u:p\303\251", "dTpww6k=" }
};

static void
test_base64(void)
{
	char buf[64];
	struct text t;
	int i;

	for (i = 0; i < COUNT(base64s); i++) {
		text_start(&t, buf, (int)sizeof buf);
		put_base64(&t, base64s[i].in);
		want_str(base64s[i].in, base64s[i].out, buf);
	}
}

static void
test_request(void)
{
	char buf[MAXHELLO];
	struct text t;

	text_start(&t, buf, MAXHELLO);
	put_request(&t, a_session(1));
	want_str("plain", "CONNECT 10.0.0.2:1001 HTTP/1.1\r\n\
Host: 10.0.0.2:1001\r\n\r\n", buf);
	targets[1].name = "www.example.org";
	lone.auth = "Aladdin:open sesame";
	text_start(&t, buf, MAXHELLO);
	put_request(&t, a_session(1));
	want_str("name and password",
	    "CONNECT www.example.org:1001 HTTP/1.1\r\n\
Host: www.example.org:1001\r\n\
Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n", buf);
	targets[1].name = "[2001:db8::1]";
	lone.auth = 0;
	text_start(&t, buf, MAXHELLO);
	put_request(&t, a_session(1));
	want_str("IPv6", "CONNECT [2001:db8::1]:1001 HTTP/1.1\r\n\
Host: [2001:db8::1]:1001\r\n\r\n", buf);
}

/* The longest of everything still fits, to the last CR LF. */
static void
test_request_fits(void)
{
	static char name[MAXNAME + 1], auth[MAXAUTH + 1];
	char buf[MAXHELLO];
	struct text t;

	(void)memset(name, 'n', MAXNAME);
	(void)memset(auth, 'a', MAXAUTH);
	targets[0].name = name;
	targets[0].at.port = 65535;
	lone.auth = auth;
	text_start(&t, buf, MAXHELLO);
	put_request(&t, a_session(0));
	want_num("room left", 1L, (long)(t.len < MAXHELLO - 1));
	want_str("its end", "\r\n\r\n", buf + t.len - 4);
}
#endif

static struct test tests_hello[] = {
#if HAVE_VIA
	{ "proxy answers are misread", test_hello_answers },
	{ "an answer that is none counts as a status",
	    test_hello_code_digits },
	{ "a proxy's answer has no bounds", test_hello_bounds },
	{ "endless 1xx answers have no bounds", test_hello_endless },
	{ "passwords are sent wrong", test_base64 },
	{ "the request is wrong", test_request },
	{ "the longest request is cut", test_request_fits },
#endif
	{ 0, 0 }
};

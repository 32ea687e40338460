/*
 * u_query.c: the room QUERY: a request is heard the same wherever it is cut,
 * with noise in it too; every piece of an answer fits.
 */

#if HAVE_STATUS
static struct query heard;

/* Hear the request in pieces that end at a, b and the end. */
static void
hear(char *p, int a, int b, int n)
{
	struct fake *f;
	int at, end, i;

	(void)memset(&heard, 0, sizeof heard);
	f = fake_new(K_SOCKET);
	heard.fd = f->fd;
	heard.state = Q_LINE;
	at = 0;
	for (i = 0; i < 3; i++) {
		end = i == 0 ? a : i == 1 ? b : n;
		if (end > at) {
			fake_says(f, p + at, (long)(end - at));
			while (f->taken < f->arrived)
				query_hear(&heard);
			at = end;
		}
	}
	(void)fake_close(f->fd);
	f->used = 0;
}

/* Where it has come to, in one number. */
static long
heard_now(void)
{
	return heard.state * 1000L + heard.answer * 100L + heard.bare * 10L +
	    heard.only;
}

static char *heards[] = {
	"GET / HTTP/1.0\r\n\r\n", "HEAD /metrics HTTP/1.1\nA: b\n\n",
	"GET /metrics\r\n", "GET /\n", "HEAD /\n",
	"GET /x HTTP/1.1\r\nA:\r\n\r\n",
	"GET / HTTP/1.0\r\nA: b\rc\r\n\r\n", "GET / HTTP/1.0\r\nA : b\r\n\r\n",
	"GET / HTTP/1.0\r\n A: b\r\n\r\n", "GET /\r /\r\n\r\n",
	"GET / HTTP/1.0\r\nA: b\r\n\r\nmore: \r\r",
	"\r\n\r\nGET / HTTP/1.0\r\n",
	"GET / HTTP/1.0\r\nA: b\r\nB", "GET / HTTP/1.0\r\nA: b\r"
};

static void
test_query_splits(void)
{
	long whole;
	int i, a, b, n;

	for (i = 0; i < COUNT(heards); i++) {
		n = (int)strlen(heards[i]);
		hear(heards[i], 0, 0, n);
		whole = heard_now();
		for (a = 0; a <= n; a++)
			for (b = a; b <= n; b++) {
				hear(heards[i], a, b, n);
				want_num(heards[i], whole, heard_now());
			}
	}
	hear(heards[0], 0, 0, (int)strlen(heards[0]));
	want_num("the page", Q_SEND * 1000L, heard_now());
	hear(heards[1], 0, 0, (int)strlen(heards[1]));
	want_num("HEAD", Q_SEND * 1000L + A_METRICS * 100L + 1L, heard_now());
	hear(heards[2], 0, 0, (int)strlen(heards[2]));
	want_num("bare", Q_SEND * 1000L + A_METRICS * 100L + 10L, heard_now());
}

/* The same of requests with bytes changed, and no end without an LF. */
static void
test_query_noise(void)
{
	static char bytes[] = "\r\n\t :/AG.1\1\200";
	char buf[100];
	long whole;
	int i, k, n, a;

	for (i = 0; i < 20000; i++) {
		(void)strcpy(buf, heards[below(COUNT(heards))]);
		n = (int)strlen(buf);
		for (k = below(4); k > 0; k--)
			buf[below(n)] = bytes[below((int)sizeof bytes)];
		hear(buf, 0, 0, n);
		whole = heard_now();
		a = below(n + 1);
		hear(buf, a, a + below(n + 1 - a), n);
		want_num(buf, whole, heard_now());
		for (k = 0; k < n && buf[k] != '\n'; k++)
			continue;
		want_num("no answer but 400 before a line", 1L,
		    (long)(k < n || heard.state < Q_SEND ||
		    heard.answer == A_BAD));
	}
}

/* Every piece of every answer fits, with the worst names there can be. */
static void
test_query_pieces(void)
{
	static char path[MAXUNIX + 1];
	struct query q;
	struct text t;
	int i;

	for (i = 0; i < MAXUNIX; i++)
		path[i] = i == 0 ? '/' : i % 2 ? '\\' : '\377';
	lone.path = path;
	lone.max = lone.check = 2147483647L;
	lone.sticky = 1L;
	lone.ntarget = 2;
	for (i = 0; i < 2; i++) {
		targets[i].at.family = UNIX;
		targets[i].name = path;
		targets[i].at.port = 0;
		targets[i].max = 2147483647L;
		targets[i].weight = 255L;
		targets[i].backup = targets[i].drain = 1;
		sh->health[i].state = i == 0 ? H_ALIVE : H_DEAD;
		targets[i].slot = i;
		sh->health[i].failures = 2147483647L;
		(void)memset(sh->health[i].why, i == 0 ? '&' : '\377',
		    sizeof sh->health[i].why);
		TRAFFIC[i].in.hi = TRAFFIC[i].out.hi = 0xffffffffL;
		TRAFFIC[i].served = 0xffffffffL;
	}
	self.mine->in.hi = self.mine->out.hi = 0xffffffffL;
	self.mine->served = self.mine->failed = 0xffffffffL;
	self.mine->denied = 0xffffffffL;
	for (i = 0; i <= A_BAD; i++) {
		(void)memset(&q, 0, sizeof q);
		query_answer(&q, i);
		for (;;) {
			text_start(&t, q.buf, STATUSBUF);
			if (!query_piece(&t, &q))
				break;
			want_num("a piece fits in 1300 bytes", 1L,
			    (long)(t.len < 1300));
		}
	}
}
#endif

static struct test tests_query[] = {
#if HAVE_STATUS
	{ "where a request is cut changes its answer", test_query_splits },
	{ "where noise is cut changes its answer", test_query_noise },
	{ "a piece of the status page is cut", test_query_pieces },
#endif
	{ 0, 0 }
};

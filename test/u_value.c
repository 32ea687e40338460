/*
 * u_value.c: the rooms VALUE and OPERAND: what stands behind an option;
 * sources and targets; what is sent as a name.
 */

#if !HAVE_USERS
#define test_user_find test_option_via
#else
/* Entries of passwd(5), the last of them without its end. */
static void
test_user_find(void)
{
	static char text[] = "root:x:0:0:root:/root:/bin/sh\nplain\n\
:x:7:7::/:\n\
a:x:12x:1::/:\none:x:12:34::/:\ntwo:x:56:78";
	char file[64];
	long id, group;
	int fd;

	(void)sprintf(file, "unit-passwd.%ld", (long)getpid());
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		return;
	want_num("written", (long)sizeof text - 1,
	    (long)write(fd, text, sizeof text - 1));
	(void)close(fd);
	id = group = NEVER;
	want_num("a name", 1L, (long)value_find(file, "one", &id, &group));
	want_num("its number", 12L, id);
	want_num("its group", 34L, group);
	want_num("the last", 1L, (long)value_find(file, "two", &id, &group));
	want_num("its number", 56L, id);
	want_num("its group", 78L, group);
	id = 12L;
	want_num("a number", 1L,
	    (long)value_find(file, (char *)0, &id, &group));
	want_num("its group", 34L, group);
	want_num("no name", 0L, (long)value_find(file, "tw", &id, &group));
	want_num("no number", 0L, (long)value_find(file, "a", &id, &group));
	(void)unlink(file);
	want_num("no file", 0L, (long)value_find(file, "one", &id, &group));
}
#endif

static void
test_option_via(void)
{
	(void)parse("-h 1.1.1.1 80 x");
	want_num("default port", 80L, (long)lone.via.port);
	want_num("no password", 1L, (long)(lone.auth == 0));
	(void)parse("-h u:p@q@1.1.1.1:3128 80 x");
	want_num("port", 3128L, (long)lone.via.port);
	want_str("password up to the last @", "u:p@q", lone.auth);
}

#if HAVE_CHECK
struct saidcase {
	char *in;
	int n;			/* bytes of it; -1: refused */
	char *out;
	char *rest;
};

static struct saidcase saidcases[] = {
	{ "abc", 3, "abc", "" }, { "a,b", 1, "a", ",b" }, { "", -1, 0, 0 },
	{ ",a", -1, 0, 0 },
	{ "\\a\\b\\f\\n\\r\\t\\v", 7, "\7\b\f\n\r\t\13", "" },
	{ "a\\,b\\\\,c", 4, "a,b\\", ",c" }, { "\\", 1, "\\", "" },
	{ "a\\", 2, "a\\", "" }, { "\\q\\8\\9\\\"", 4, "q89\"", "" },
	{ "\\'\\?", 2, "'?", "" },
	{ "\\x41\\x4a\\x4Fz", 4, "AJOz", "" }, { "\\x4", 1, "\4", "" },
	{ "\\x4g", 2, "\4g", "" }, { "\\xg", 2, "xg", "" },
	{ "\\x", 1, "x", "" }, { "\\xff0", 2, "\3770", "" },
	{ "\\101\\1010\\1\\18", 6, "AA0\1\0018", "" },
	{ "\\377", 1, "\377", "" }, { "\\501", 1, "A", "" },
	{ "\\0", 1, "\0", "" }, { "\\00", 1, "\0", "" },
	{ "\\000", 1, "\0", "" }, { "\\0000", 2, "\0000", "" },
	{ "\\400", 1, "\0", "" }, { "a\\x0", 2, "a\0", "" },
	{ "a\\x00b,c", 3, "a\0b", ",c" },
	{ "\\0\\0\\0\\10\\4\\322\\26\\57", 8, "\0\0\0\10\4\322\26\57", "" },
	{ "\303\251\1", 3, "\303\251\1", "" }
};

static void
test_scan_said(void)
{
	struct saidcase *c;
	char buf[1100], *p, *said;
	int i, n;

	for (i = 0; i < COUNT(saidcases); i++) {
		c = &saidcases[i];
		buf[0] = '=';
		(void)strcpy(buf + 1, c->in);
		p = buf + 1;
		want_num(c->in, (long)(c->n >= 0),
		    (long)scan_said(&p, &said, 1));
		if (c->n < 0)
			continue;
		want_str("what is left", c->rest, p);
		want_num("its begin", 1L, (long)(said - buf));
		said = operand_said(said);
		want_num("its count's place", 0L, (long)(said - buf));
		want_num(c->in, (long)c->n, (long)(*said & 0377));
		want_num(c->in, 0L,
		    (long)memcmp(c->out, said + 1, (size_t)c->n));
	}
	for (n = 250; n < 260; n++)
		for (i = 0; i < 2; i++) {
			(void)memset(buf, 0, sizeof buf);
			while ((int)strlen(buf) < n * (i == 0 ? 1 : 4) + 1)
				(void)strcat(buf, buf[0] == 0 ? "=" :
				    i == 0 ? "a" : "\\x00");
			p = buf + 1;
			want_num("255 bytes at most", (long)(n <= MAXNAME),
			    (long)scan_said(&p, &said, 1));
			if (n <= MAXNAME)
				want_num("all counted", (long)n,
				    (long)(*operand_said(said) & 0377));
		}
}

/* An empty text is one to expect, but nothing to say. */
static void
test_said_empty(void)
{
	want_num("expected", 0L, (long)parse("-H 1 80 1.2.3.4,expect="));
	want_num("a count", 1L, (long)(targets[0].expect != 0 &&
	    *targets[0].expect == 0));
	want_num("not said", 1L, (long)(targets[0].send == 0));
	want_num("before more", 0L,
	    (long)parse("-H 1 80 1.2.3.4,expect=,send=\\0,weight=2"));
	want_num("a count", 0L, (long)*targets[0].expect);
	want_num("one byte", 1L, (long)targets[0].send[0]);
	want_num("which is 0", 0L, (long)targets[0].send[1]);
	want_num("the next word", 2L, targets[0].weight);
	want_bad("said", parse("-H 1 80 1.2.3.4,send="));
}

struct checkcase {
	char *line;
	char *at;		/* where the first target is probed; 0: bad */
};

static struct checkcase checkcases[] = {
	{ "80 1.2.3.4,check=8008", "1.2.3.4:8008" },
	{ "80 1.2.3.4:90,check=8008,cut", "1.2.3.4:8008" },
	{ "80 1.2.3.4,check=5.6.7.8:1", "5.6.7.8:1" },
	{ "80 1.2.3.4,check=5.6.7.8:1,check=65535", "1.2.3.4:65535" },
	{ "80 1.2.3.4,check=5,check=5.6.7.8:1", "5.6.7.8:1" },
	{ "80 1.2.3.4,weight=2", "1.2.3.4:80" },
	{ "80 /run/x,check=5.6.7.8:1", "5.6.7.8:1" },
	{ "80-90 1.2.3.4,check=5.6.7.8:1", "5.6.7.8:1" },
	{ "80-90 1.2.3.4:85,check=86", "1.2.3.4:86" },
	{ "1.1.1.1:80 1.2.3.4:85,check=80", "1.2.3.4:80" },
	{ "-p 1.1.1.1 80 1.2.3.4,check=5.6.7.8:1", "5.6.7.8:1" },
	{ "-h 1.1.1.1 80 a,check=5.6.7.8:1", "5.6.7.8:1" },
	{ "-h 1.1.1.1 80 1.2.3.4,check=1", "1.2.3.4:1" },
#ifndef NO_IPV6
	{ "80 1.2.3.4,check=[::2]:1", "[::2]:1" },
	{ "80 [::2],check=1", "[::2]:1" },
	{ "-p 1.1.1.1 80 1.2.3.4,check=[::2]:1", 0 },
	{ "80 1.2.3.4,check=::2", 0 }, { "80 1.2.3.4,check=[::2]", 0 },
#endif
	{ "80 1.2.3.4,check=", 0 }, { "80 1.2.3.4,check", 0 },
	{ "80 1.2.3.4,check=0", 0 }, { "80 1.2.3.4,check=65536", 0 },
	{ "80 1.2.3.4,check=08", 0 }, { "80 1.2.3.4,check=5.6.7.8", 0 },
	{ "80 1.2.3.4,check=5.6.7.8:0", 0 }, { "80 1.2.3.4,check=a:1", 0 },
	{ "80 1.2.3.4,check=/run/x", 0 }, { "80 1.2.3.4,check=:1", 0 },
	{ "80 1.2.3.4,check=1-2", 0 }, { "80 /run/x,check=1", 0 },
	{ "80-90 1.2.3.4,check=1", 0 }, { "80 1.2.3.4,cut=1", 0 },
	{ "127.0.0.1:80 127.0.0.1:90,check=80", 0 },
	{ "127.0.0.1:80-99 127.0.0.2:90,check=127.0.0.1:99", 0 },
	{ "80 1.2.3.4,check=127.0.0.1:80", 0 }
};

/* Where probes go, and that nobody else goes there. */
static void
test_option_check(void)
{
	struct checkcase *c;
	struct addr at;
	struct text t;
	char buf[64];
	int i;

	for (i = 0; i < COUNT(checkcases); i++) {
		c = &checkcases[i];
		if (c->at == 0) {
			want_bad(c->line, parse(c->line));
			continue;
		}
		want_num(c->line, 0L, (long)parse(c->line));
		at = targets[0].at;
		target_check(&targets[0], &at);
		text_start(&t, buf, (int)sizeof buf);
		put_addr(&t, &at);
		want_str(c->line, c->at, buf);
		want_num("cut", (long)(strstr(c->line, "cut") != 0),
		    (long)targets[0].cut);
	}
	(void)parse("-h 1.1.1.1 80 name,check=81");
	at = targets[0].at;
	target_check(&targets[0], &at);
	want_num("a name's port", 81L, (long)at.port);
	want_num("but no address", 0L, (long)at.family);
}

#if HAVE_FILE
/* Two texts are the same if all of their bytes are. */
static void
test_said_kept(void)
{
	char *a, *b, *c, *d;

	b = c = d = 0;
	want_num("kept", 1L, (long)(name_keep("\3a\0b", 4, &a) &&
	    name_keep("\3a\0c", 4, &b) && name_keep("\2a\0", 3, &c) &&
	    name_keep("\3a\0b", 4, &d)));
	want_num("once", 1L, (long)(a == d && a != b && a != c && b != c));
	want_num("alike", 1L, (long)(pair_said(a, d) && pair_said(0, 0)));
	want_num("not alike", 0L, (long)(pair_said(a, b) ||
	    pair_said(b, c) || pair_said(c, a) || pair_said(a, 0) ||
	    pair_said(0, c)));
	want_num("empty", 1L, (long)(name_keep("\0a", 1, &b) && *b == 0 &&
	    name_keep((char *)0, 0, &c) && c == 0));
	want_num("not none", 0L, (long)pair_said(b, c));
	want_num("one more", 1L, (long)name_keep("\1x", 2, &d));
	want_num("the empty one is nobody's place", 0L, (long)*b);
}
#endif
#endif

struct sourcecase {
	char *line;
	char *source;		/* as it will be bound */
	int tagged;
	char *from;		/* or 0 */
};

static struct sourcecase sourcecases[] = {
	{ "80 1.2.3.4", "0.0.0.0:80", 0, 0 },
	{ ":80 1.2.3.4", "0.0.0.0:80", 0, 0 },
	{ "*:80 1.2.3.4", "0.0.0.0:80", 0, 0 },
	{ "1.1.1.1:80 1.2.3.4", "1.1.1.1:80", 1, 0 },
	{ "1.1.1.1:80@2.2.2.2 1.2.3.4", "1.1.1.1:80", 1, "2.2.2.2" },
	{ "80@2.2.2.2 1.2.3.4", "0.0.0.0:80", 0, "2.2.2.2" },
	{ ":80/2.2.2.2 1.2.3.4", "0.0.0.0:80", 0, "2.2.2.2" },
	{ "-i 1.1.1.1 80 1.2.3.4", "1.1.1.1:80", 1, 0 },
	{ "80 1.2.3.4 -i 1.1.1.1", "1.1.1.1:80", 1, 0 },
	{ "-i 1.1.1.1 *:80 1.2.3.4", "1.1.1.1:80", 1, 0 },
	{ "-i 9.9.9.9 -i 1.1.1.1 80 1.2.3.4", "1.1.1.1:80", 1, 0 },
	{ "-p 3.3.3.3 80 1.2.3.4", "0.0.0.0:80", 0, "3.3.3.3" }
};

static void
test_option_source(void)
{
	struct sourcecase *c;
	struct text t;
	char buf[64];
	int i;

	for (i = 0; i < COUNT(sourcecases); i++) {
		c = &sourcecases[i];
		want_num(c->line, 0L, (long)parse(c->line));
		text_start(&t, buf, (int)sizeof buf);
		put_addr(&t, &lone.source);
		want_str(c->line, c->source, buf);
		want_num(c->line, (long)c->tagged, (long)lone.tagged);
		want_num(c->line, (long)(c->from != 0),
		    (long)(lone.from.family == 4));
		if (c->from == 0)
			continue;
		text_start(&t, buf, (int)sizeof buf);
		put_ip(&t, &lone.from);
		want_str(c->line, c->from, buf);
	}
}

struct targetcase {
	char *line;
	char *target;		/* the first one, as logged */
	int named;		/* only the proxy can resolve it */
};

static struct targetcase targetcases[] = {
	{ "80 [::1]", "[::1]:80", 0 },
	{ "80 [2001:0DB8:0:0::0001]:22", "[2001:db8::1]:22", 0 },
	{ "80 [::ffff:1.2.3.4]:22", "1.2.3.4:22", 0 },
	{ "80 /run/socket", "/run/socket", 1 },
	{ "/run/a /run/b", "/run/b", 1 },
	{ "/run/a,mode=666 [::1]:5", "[::1]:5", 0 },
	{ "80 1.2.3.4", "1.2.3.4:80", 0 },
	{ "80 1.2.3.4:22", "1.2.3.4:22", 0 },
	{ "1.1.1.1:8080 1.2.3.4", "1.2.3.4:8080", 0 },
	{ "-h 1.1.1.1 80 1.2.3.4", "1.2.3.4:80", 0 },
	{ "-h 1.1.1.1 80 name", "name:80", 1 },
	{ "80 name:22 -h 1.1.1.1", "name:22", 1 },
	{ "-h 1.1.1.1 80 a.B-9.example:22", "a.B-9.example:22", 1 },
	{ "-h 1.1.1.1 80 1.2.3.4.example", "1.2.3.4.example:80", 1 },
	{ "-h 1.1.1.1 80 [2001:db8::1]", "[2001:db8::1]:80", 0 },
	{ "-h 1.1.1.1 80 [::ffff:1.2.3.4]:22", "1.2.3.4:22", 0 },
	{ "-h 1.1.1.1 80 127.0.0.1", "127.0.0.1:80", 0 }
};

static void
test_option_target(void)
{
	struct targetcase *c;
	struct text t;
	char buf[400];
	int i;

	for (i = 0; i < COUNT(targetcases); i++) {
		c = &targetcases[i];
		if (!HAVE_IPV6 && c->line[0] != '-' && c->target[0] == '[')
			continue;
		want_num(c->line, 0L, (long)parse(c->line));
		text_start(&t, buf, (int)sizeof buf);
		put_target(&t, &targets[0], 0);
		want_str(c->line, c->target, buf);
		want_num(c->line, (long)c->named,
		    (long)(targets[0].name != 0));
	}
}

/* What looks like an address and is none is not a name either. */
static char *nonames[] = {
	"1.2.3.256", "1.2.3", "127.1", "0177.0.0.1", "010.1.1.1", "1.2.3.4.5",
	"3232235777"
};

static void
test_option_no_name(void)
{
	char text[64];
	int i;

	for (i = 0; i < COUNT(nonames); i++) {
		(void)sprintf(text, "-h 1.1.1.1 80 %s", nonames[i]);
		want_bad(text, parse(text));
	}
}

static struct test tests_value[] = {
	{ "a user is not found, or another", test_user_find },
	{ "the proxy's address is misread", test_option_via },
#if HAVE_CHECK
	{ "what a probe says or expects is misread", test_scan_said },
	{ "nothing to expect is no text", test_said_empty },
	{ "probes go somewhere else", test_option_check },
#if HAVE_FILE
	{ "texts with zero bytes are taken for others", test_said_kept },
#endif
#endif
	{ "sources mean something else", test_option_source },
	{ "targets mean something else", test_option_target },
	{ "a wrong address is sent as a name", test_option_no_name },
	{ 0, 0 }
};

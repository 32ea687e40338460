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
	char *out;		/* 0: refused */
	char *rest;
};

static struct saidcase saidcases[] = {
	{ "abc", "abc", "" }, { "a,b", "a", ",b" }, { "", 0, 0 },
	{ ",a", 0, 0 }, { "\\a\\b\\f\\n\\r\\t\\v", "\7\b\f\n\r\t\13", "" },
	{ "a\\,b\\\\,c", "a,b\\", ",c" }, { "\\", "\\", "" },
	{ "a\\", "a\\", "" }, { "\\q\\8\\9\\\"", "q89\"", "" },
	{ "\\x41\\x4a\\x4Fz", "AJOz", "" }, { "\\x4", "\4", "" },
	{ "\\x4g", "\4g", "" }, { "\\xg", "xg", "" }, { "\\x", "x", "" },
	{ "\\xff0", "\3770", "" }, { "\\101\\1010\\1\\18", "AA0\1\0018", "" },
	{ "\\377", "\377", "" }, { "\\501", "A", "" },
	{ "\\0", 0, 0 }, { "\\00", 0, 0 }, { "\\000", 0, 0 },
	{ "\\400", 0, 0 }, { "a\\x0", 0, 0 }, { "a\\x00b", 0, 0 },
	{ "\303\251\1", "\303\251\1", "" }
};

static void
test_scan_said(void)
{
	struct saidcase *c;
	char buf[1100], *p, *said;
	int i, n;

	for (i = 0; i < COUNT(saidcases); i++) {
		c = &saidcases[i];
		(void)strcpy(buf, c->in);
		p = buf;
		want_num(c->in, (long)(c->out != 0),
		    (long)scan_said(&p, &said));
		if (c->out == 0)
			continue;
		want_str("what is left", c->rest, p);
		want_num("its begin", 0L, (long)(said - buf));
		operand_unescape(said);
		want_str(c->in, c->out, said);
	}
	for (n = 250; n < 260; n++)
		for (i = 0; i < 2; i++) {
			(void)memset(buf, 0, sizeof buf);
			while ((int)strlen(buf) < n * (i == 0 ? 1 : 4))
				(void)strcat(buf, i == 0 ? "a" : "\\x61");
			p = buf;
			want_num("255 bytes at most", (long)(n <= MAXNAME),
			    (long)scan_said(&p, &said));
			operand_unescape(said);
			want_num("as they were", (long)n, (long)strlen(said));
		}
}
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
#endif
	{ "sources mean something else", test_option_source },
	{ "targets mean something else", test_option_target },
	{ "a wrong address is sent as a name", test_option_no_name },
	{ 0, 0 }
};

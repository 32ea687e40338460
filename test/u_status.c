/*
 * u_status.c: the rooms STATUS and PAGE: the lines for SIGUSR1, and figures as
 * people read them.
 */

#if !HAVE_STATUS
#define STATUS_DEAD "plug: (8080): status: target 10.0.0.1:1000 dead, \
failed 7 s ago\n"
#else
#define STATUS_DEAD "plug: (8080): status: target 10.0.0.1:1000 dead for 7 \
s, sessions now 0, ended 1, failures 1, bytes in 12, bytes out 3456\n"
#endif

static void
test_status(void)
{
	struct fake *c, *t;

	lone.ntarget = 2;
	(void)relayed(&c, &t);
	fake_says(c, lots, 12L);
	fake_says(t, lots, 3456L);
	c->fin = t->fin = 1;
	turns();
	(void)relayed(&c, &t);
	(void)target_dead(0);
	now.sec += 7;
	said_clear();
	signal_take(SIGUSR1);
	want_start("text", "plug: (8080): status: plug 3.0, sessions now 1, \
ended 1, of these failed 0, bytes in 12, bytes out 3456", errs);
	want_start("text", STATUS_DEAD, strchr(errs, '\n') + 1);
	want_start("text", "plug: (8080): status: target 10.0.0.2:1001 alive",
	    strchr(strchr(errs, '\n') + 1, '\n') + 1);
}

#if HAVE_STATUS
struct bytescase {
	unsigned long hi, lo;
	char *text;
};

static struct bytescase bytescases[] = {
	{ 0L, 0L, "0 B" }, { 0L, 999L, "999 B" }, { 0L, 1000L, "1.00 kB" },
	{ 0L, 1009L, "1.00 kB" }, { 0L, 1010L, "1.01 kB" },
	{ 0L, 9999L, "9.99 kB" }, { 0L, 12345L, "12.3 kB" },
	{ 0L, 99999L, "99.9 kB" }, { 0L, 100000L, "100 kB" },
	{ 0L, 999999L, "999 kB" }, { 0L, 1000000L, "1.00 MB" },
	{ 0L, 999999999L, "999 MB" }, { 1L, 0L, "1.00 GB" },
	{ 1L, 9999999L, "1.00 GB" }, { 1L, 10000000L, "1.01 GB" },
	{ 4L, 294967296L, "4.29 GB" }, { 12L, 345678901L, "12.3 GB" },
	{ 99L, 999999999L, "99.9 GB" }, { 999L, 999999999L, "999 GB" },
	{ 1000L, 0L, "1.00 TB" }, { 1234567L, 0L, "1.23 PB" },
	{ 999999999L, 0L, "999 PB" }, { 2147483647L, 0L, "2147 PB" }
};

static void
test_put_bytes(void)
{
	struct count c;
	struct text t;
	char buf[40];
	int i;

	for (i = 0; i < COUNT(bytescases); i++) {
		c.hi = bytescases[i].hi;
		c.lo = bytescases[i].lo;
		text_start(&t, buf, (int)sizeof buf);
		put_bytes(&t, &c);
		want_str("bytes", bytescases[i].text, buf);
	}
}

struct spancase {
	long n;
	char *span, *grouped;
};

static struct spancase spancases[] = {
	{ 0L, "0 s", "0" }, { 59L, "59 s", "59" }, { 60L, "1 min 0 s", "60" },
	{ 3599L, "59 min 59 s", "3,599" }, { 3600L, "1 h 0 min", "3,600" },
	{ 86399L, "23 h 59 min", "86,399" }, { 86400L, "1 d 0 h", "86,400" },
	{ 90061L, "1 d 1 h", "90,061" }, { 999L, "16 min 39 s", "999" },
	{ 1000L, "16 min 40 s", "1,000" },
	{ 1000001L, "11 d 13 h", "1,000,001" },
	{ 2147483647L, "24855 d 3 h", "2,147,483,647" }
};

static void
test_put_span(void)
{
	struct text t;
	char buf[40];
	int i;

	for (i = 0; i < COUNT(spancases); i++) {
		text_start(&t, buf, (int)sizeof buf);
		put_span(&t, spancases[i].n);
		want_str("seconds", spancases[i].span, buf);
		text_start(&t, buf, (int)sizeof buf);
		put_grouped(&t, (unsigned long)spancases[i].n);
		want_str("number", spancases[i].grouped, buf);
	}
	world_start();
	sh->health[0].changed.sec = now.sec + 1;
	want_num("another's clock is ahead", 0L, target_since(sh->health));
	sh->health[0].changed.sec = now.sec - 5;
	want_num("five seconds", 5L, target_since(sh->health));
	(void)target_dead(0);
	now.sec += 3L;
	want_num("three dead", 3L, target_since(sh->health));
	(void)target_alive(0);
	want_num("back now", 0L, target_since(sh->health));
}

#define BAR "<meter value=\"%ld\" max=\"%ld\">[%.*s%.*s]</meter>"

/* Full is full only at the top, and something is more than nothing. */
static void
test_put_bar(void)
{
	char buf[100], want[100];
	struct text t;
	long n, most, tenths;

	for (most = 0L; most <= 300L; most += most < 30L ? 1L : 90L)
		for (n = 0L; n <= most + 2L; n++) {
			tenths = most == 0L ? 0L : n >= most ? 10L :
			    n * 10L / most;
			if (n > 0L && tenths == 0L)
				tenths = 1L;
			(void)sprintf(want, BAR, n, most > 0L ? most : 1L,
			    (int)tenths, "##########", (int)(10L - tenths),
			    "..........");
			text_start(&t, buf, (int)sizeof buf);
			put_bar(&t, (unsigned long)n, (unsigned long)most);
			want_str("bar", want, buf);
		}
}

/* No byte can end a label or begin a tag, or is another's text. */
static void
test_put_quoted(void)
{
	char s[2], buf[40], want[40];
	struct text t;
	int c, page;

	s[1] = '\0';
	for (c = 1; c < 256; c++)
		for (page = 0; page < 2; page++) {
			s[0] = (char)c;
			if (c < ' ' || c > '~' || c == '\\')
				(void)sprintf(want, "%s%03o",
				    page ? "\\" : "\\\\", c);
			else if (page && (c == '&' || c == '<'))
				(void)strcpy(want, c == '&' ? "&amp;" :
				    "&lt;");
			else
				(void)sprintf(want, "%s%c",
				    !page && c == '"' ? "\\" : "", c);
			text_start(&t, buf, (int)sizeof buf);
			put_quoted(&t, s, page);
			want_str("byte", want, buf);
		}
}
#endif

static struct test tests_status[] = {
	{ "the status is wrong", test_status },
#if HAVE_STATUS
	{ "bytes for people are wrong", test_put_bytes },
	{ "times and numbers for people are wrong", test_put_span },
	{ "a bar shows another load", test_put_bar },
	{ "a name ends a label or begins a tag", test_put_quoted },
#endif
	{ 0, 0 }
};

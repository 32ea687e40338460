/*
 * u_log.c: the rooms LOG and SLOG: lines for standard error and syslog to the
 * letter; what no file and no flood of clients can do to them, or to the
 * session log.
 */

struct tagcase {
	int tagged;
	char *addr;
	char *out;
};

static struct tagcase tagcases[] = {
	{ 0, "0.0.0.0", "(8080): " },
	{ 0, "192.0.2.1", "(8080): " },
	{ 1, "192.0.2.1", "(192.0.2.1 8080): " },
	{ 1, "0.0.0.0", "(0.0.0.0 8080): " }
};

static void
test_tag(void)
{
	int i;

	for (i = 0; i < COUNT(tagcases); i++) {
		(void)scan_host(tagcases[i].addr, &listeners[0].at);
		listeners[0].at.port = 8080;
		listeners[0].tagged = tagcases[i].tagged;
		want_str("tag", tagcases[i].out, log_start(&listeners[0])->p);
	}
	want_str("the daemon's own", "", log_start((struct listener *)0)->p);
}

static void
test_log_lines(void)
{
	struct fake *c, *t;
	struct session *s;
	char text[200];

	conf.log = 1;
	s = relayed(&c, &t);
	want_str("connect", "(8080): Connect from 10.0.0.1 to 10.0.0.1\n",
	    logs);
	said_clear();
	c->fin = t->fin = 1;
	turns();
	want_str("complete", "(8080): Complete.\n", logs);
	said_clear();
	targets[1].name = "www.example.org";
	s = relayed(&c, &t);
	want_str("by name", "(8080): Connect from 10.0.0.1 to \
www.example.org\n", logs);
	said_clear();
	session_end(s, END_CUT);
	want_str("cut", "(8080): Complete, status=3.\n", logs);
	said_clear();
	conf.log = 0;
	s = relayed(&c, &t);
	session_end(s, END_OK);
	want_str("nothing without -l", "", logs);
	want_str("nothing on standard error", "", errs);
	log_trouble(&listeners[0], "server bind", EADDRINUSE);
	(void)sprintf(text, "plug: (8080): server bind: %.100s\n",
	    strerror(EADDRINUSE));
	want_str("trouble", text, errs);
	said_clear();
	logging.detached = 1;
	log_trouble((struct listener *)0, "what", 0);
	want_str("detached", "what\n", logs);
	want_str("nothing on standard error", "", errs);
}

/* The daemon's name may be as long as it likes: a line ends in a newline. */
static void
test_log_long_name(void)
{
	static char name[1000], text[1000];

	(void)memset(name, 'p', sizeof name - 1);
	(void)memset(text, 't', sizeof text - 1);
	self.name = name;
	log_trouble((struct listener *)0, text, 0);
	want_num("its end", (long)'\n', (long)errs[errs_len - 1]);
	self.name = "plug";
	said_clear();
	log_trouble((struct listener *)0, text, 0);
	want_num("its end", (long)'\n', (long)errs[errs_len - 1]);
}

/* Ten lines a second; what more there was is counted, in every second. */
static void
test_refused_limit(void)
{
	struct addr peer;
	char *p, *last, *refused;
	int i, lines;
	long more;

	addr_set(&peer, 0x0a000001L);
	for (i = 0; i < 35; i++)
		log_refused(&listeners[0], &peer);
	lines = 0;
	for (p = errs; (p = strchr(p, '\n')) != 0; p++)
		lines++;
	want_num("lines", (long)REFUSELINES, (long)lines);
	want_num("the text", 0L, (long)strncmp(errs,
	    "plug: (8080): Connect from 10.0.0.1 Refused.\n", 45));
	said_clear();
	log_settle(0);
	want_str("nothing yet", "", errs);
	now.sec++;
	log_settle(0);
	want_str("the count", "plug: 25 more clients refused.\n", errs);
	said_clear();
	now.sec++;
	log_settle(0);
	want_str("said once", "", errs);
	more = 0;
	for (i = 0; i < 300; i++) {
		if (i % 100 == 0)
			now.sec++;
		log_refused(&listeners[0], &peer);
		if (i % 100 == 50)
			log_settle(0);
	}
	now.sec++;
	log_settle(0);
	lines = 0;
	for (p = last = errs; (p = strchr(p, '\n')) != 0; last = ++p) {
		refused = strstr(last, "Refused.");
		if (refused != 0 && refused < p)
			lines++;
		else
			more += atol(last + 6);
	}
	want_num("each is in a line or in a count", 300L, (long)lines + more);
	want_num("lines of three seconds", 3L * REFUSELINES, (long)lines);
}

#if HAVE_UNIX && !defined(NO_SYSLOG)
/* So many lines for syslog. */
static void
log_lines(int n)
{
	for (; n > 0; n--)
		log_trouble((struct listener *)0, "what", 0);
}

/*
 * Without a syslogd it is looked for once a second, however many lines there
 * are; when it is back the lines that were lost are told, and what comes then
 * is not lost.
 */
static void
test_log_gone(void)
{
	logging.detached = 1;
	log_gone = 1;
	log_dials = 0;
	log_lines(100);
	want_num("looked for once", 1L, (long)log_dials);
	want_num("all lost", 100L, (long)self.mine->log_lost);
	now.sec++;
	log_lines(50);
	log_settle(0);
	want_num("once a second", 2L, (long)log_dials);
	log_gone = 0;
	log_lines(10);
	want_num("not in that second", 2L, (long)log_dials);
	want_str("none", "", logs);
	now.sec++;
	log_lines(1);
	want_num("in the next one", 3L, (long)log_dials);
	want_str("told", "160 log lines lost\nwhat\n", logs);
	log_lines(2);
	want_str("all", "160 log lines lost\nwhat\nwhat\nwhat\n", logs);
	log_gone = 1;
	log_lines(3);
	want_num("lost", 3L, (long)self.mine->log_lost);
	log_gone = 0;
	said_clear();
	log_settle(1);
	want_str("at the end at once", "3 log lines lost\n", logs);
}
#endif

#if !FRUGAL && HAVE_UNIX && !defined(NO_SYSLOG)
/*
 * Where standard error has the lines and nobody reads it for a while, what was
 * lost is told there when there is room, though nothing else is to be said.
 */
static void
test_log_stuck(void)
{
	char block[512];
	int p[2], was;

	want_num("a pipe", 0L, (long)pipe(p));
	(void)memset(block, 0, sizeof block);
	(void)fcntl(p[1], F_SETFL, O_NONBLOCK);
	while (write(p[1], block, sizeof block) > 0)
		continue;
	log_gone = 1;
	log_fd = -1;
	was = dup(2);
	(void)dup2(p[1], 2);
	(void)log_start((struct listener *)0);
	log_end(TO_SYSLOG, LOG_LEVEL_NOTICE);
	log_lines(2);
	(void)dup2(was, 2);
	(void)close(was);
	(void)close(p[0]);
	(void)close(p[1]);
	want_num("lost", 3L, (long)self.mine->log_lost);
	want_num("looked at again", 1L, (long)log_owes());
	log_settle(0);
	want_str("told", "plug: 3 log lines lost\n", errs);
	want_num("all", 0L, (long)self.mine->log_lost);
}
#endif

/* A session log of which the other end is ours. */
static struct fake *
slog_fake(void)
{
	struct fake *f;

	f = fake_new(K_SOCKET);
	conf.sessions = "-";
	slog.fd = f->fd;
	slog.unit = LOGBUF;
	return f;
}

/* A write that stops inside a line: the next line begins on a new one. */
static void
test_slog_torn(void)
{
	struct fake *f;
	int i;

	f = slog_fake();
	for (i = 0; i < 3; i++) {
		put_str(log_start((struct listener *)0), "0123456789");
		slog_add();
	}
	f->room = 15L;
	slog_flush();
	f->out[f->wrote] = '\0';
	want_str("as far as there was room", "0123456789\n0123", f->out);
	f->room = LIMITLESS;
	said_clear();
	put_str(log_start((struct listener *)0), "new");
	slog_add();
	slog_flush();
	f->out[f->wrote] = '\0';
	want_num("the next begins a line", 0L,
	    (long)strcmp(f->out + f->wrote - 5, "\nnew\n"));
	want_num("nothing left", 0L, (long)slog.len);
}

/* Lines for which there is no room are lost, counted, and said once. */
static void
test_slog_full(void)
{
	struct fake *f;
	int i;

	f = slog_fake();
	f->room = 0L;
	for (i = 0; i < LOGBUF; i++) {
		put_str(slog_start(), "0123456789");
		slog_add();
	}
	want_num("kept", 1L, (long)(slog.len <= LOGBUF));
	want_num("lost", (long)(LOGBUF - LOGBUF / 11),
	    (long)self.mine->slog_lost);
	want_num("said", 1L, (long)(strstr(errs, err_text(EAGAIN)) != 0));
	f->room = LIMITLESS;
	said_clear();
	f->wrote = 0L;
	slog_flush();
	for (i = 0; slog.len > 0 && i < 1000; i++)
		slog_flush();
	want_num("nothing left", 0L, (long)slog.len);
	want_num("told", 1L, (long)(strstr(errs, " session lines lost") != 0));
	want_num("counted once", 0L, (long)self.mine->slog_lost);
}

/*
 * The trouble of the lines before it must not get into a session line, which
 * is built where the trouble is told.
 */
static void
test_slog_trouble(void)
{
	struct session *s;
	struct fake *f;
	int i;

	f = slog_fake();
	s = session_new(-1, 0, 0, &listeners[0].at);
	f->room = 0L;
	for (i = 0; i < LOGBUF && slog.len <= LOGBUF - 200; i++)
		record_line(s);
	f->err = ENOSPC;
	record_line(s);
	want_num("said", 1L, (long)(strstr(errs, err_text(ENOSPC)) != 0));
	SLOG[slog.len] = '\0';
	want_num("only session lines", 0L,
	    (long)(strstr(SLOG, strerror(ENOSPC)) != 0));
	want_num("the last one is there", '[', (long)SLOG[0]);
}

static struct test tests_log[] = {
	{ "TAG is wrong", test_tag },
	{ "syslog lines are wrong", test_log_lines },
	{ "a line has no end", test_log_long_name },
	{ "refused clients flood the log, or are not counted",
	    test_refused_limit },
#if HAVE_UNIX && !defined(NO_SYSLOG)
	{ "without a syslogd each line looks for it", test_log_gone },
#endif
#if !FRUGAL && HAVE_UNIX && !defined(NO_SYSLOG)
	{ "lines that standard error lost are not told there",
	    test_log_stuck },
#endif
	{ "a torn session line spoils the next", test_slog_torn },
	{ "a full disk fills the memory", test_slog_full },
	{ "trouble with the session log gets into it", test_slog_trouble },
	{ 0, 0 }
};

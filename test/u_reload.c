/*
 * u_reload.c: the rooms RELOAD, SIGNAL and SWEEP: rows for the workers of a
 * new file, an end that is asked for, and how long the loop may sleep.
 */

#if !HAVE_WORKERS || !HAVE_FILE
#define test_loop_rows test_option_via
#else
/* A reload needs rows for its workers; fewer rows keep -M and max count. */
static void
test_loop_rows(void)
{
	self.role = P_MASTER;
	conf.workers = 3L;
	PLACE = 0L;
	child.live = MAXCHILD - 3;
	plug.fresh[0] = 0;
	plug.nfresh = 1;
	NTRAFFIC = 7;
	plugs[0].most = 0L;
	plugs[0].capped = 0;
	want_num("room for three", 0L, (long)reload_rows());
	child.live++;
	want_num("room for two", (long)END_SYSTEM, (long)reload_rows());
	plugs[0].most = 1L;
	child.live = 3;
	want_num("room with -M", 0L, (long)reload_rows());
	child.live++;
	want_num("no room with -M", (long)END_SYSTEM, (long)reload_rows());
	plugs[0].most = 0L;
	want_num("room without", 0L, (long)reload_rows());
	plugs[0].balance = B_LEAST;
	want_num("no room with least", (long)END_SYSTEM, (long)reload_rows());
	plugs[0].balance = B_CYCLE;
	self.role = P_FORKER;
	child.live = MAXCHILD;
	want_num("-F needs none", 0L, (long)reload_rows());
}
#endif

static void
test_drain(void)
{
	struct fake *c, *t;

	(void)relayed(&c, &t);
	(void)client_new();
	signal_take(SIGTERM);
	want_num("the queue is served", 2L, (long)session.live);
	want_num("closed", -1L, (long)listeners[0].fd);
	fake_says(c, lots, 10L);
	turns();
	want_out("goes on", t, lots, 10L);
	signal_take(SIGTERM);
	want_num("a second one ends it", 0L, (long)session.live);
	want_num("as a reset", 1L, (long)(c->reset && t->reset));
	world_start();
	conf.grace = 5L;
	(void)relayed(&c, &t);
	signal_take(SIGTERM);
	now.sec += 4;
	sweep_all();
	want_num("grace", 1L, (long)session.live);
	now.sec += 1;
	sweep_all();
	want_num("grace is over", 0L, (long)session.live);
	world_start();
	(void)relayed(&c, &t);
	signal_take(SIGINT);
	want_num("INT: at once", 0L, (long)session.live);
}

/* Nothing to wait for: no timer.  Else at most a second. */
static void
test_loop_sleep(void)
{
	struct fake *c, *t;
	int i;

	want_num("for ever", -1L, sweep_sleep());
	(void)relayed(&c, &t);
	want_num("for ever with idle sessions", -1L, sweep_sleep());
	listening.sick = 1;
	for (i = 0; i < 1000; i++) {
		now.usec = i * 1000L;
		want_num("to the sweep", 1000L - i, sweep_sleep());
	}
	now.sec++;
	now.usec = 0L;
	want_num("now", 0L, sweep_sleep());
	now.sec += 1000000L;
	want_num("now", 0L, sweep_sleep());
}

static struct test tests_reload[] = {
	{ "a reload leaves no workers", test_loop_rows },
	{ "SIGTERM drops who is waiting, or never ends", test_drain },
	{ "the loop sleeps too long or wakes for nothing", test_loop_sleep },
	{ 0, 0 }
};

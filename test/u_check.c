/*
 * u_check.c: the rooms WATCH and CHECK: probes are spread evenly over their
 * time; what a row of them says, and whose sessions are cut then.
 */

#if HAVE_CHECK
/* Probes are spread evenly over their time. */
static void
test_watch_spread(void)
{
	struct stamp due;
	long secs, n, i, k;

	for (k = 0L; k < 2000L; k++) {
		n = 1L + below(256);
		secs = 1L + below(k % 2 == 0L ? 300 : 30000);
		i = k % 3 == 0L ? n - 1L : (long)below((int)n);
		now.sec = 1000L;
		now.usec = k % 2 == 0L ? 0L : 999999L;
		watch_spread(&due, secs, i, n);
		want_num("microseconds", 1L,
		    (long)(due.usec >= 0L && due.usec < 1000000L));
		due.sec -= now.sec;
		due.usec -= now.usec;
		if (due.usec < 0L) {
			due.sec--;
			due.usec += 1000000L;
		}
		want_num("its second", secs * i / n, due.sec);
		want_num("its part of that", secs * i % n * (1000000L / n),
		    due.usec);
	}
	now.sec = 0L;
	now.usec = 0L;
	watch_spread(&due, MAXSECS, 255L, 256L);
	want_num("no overflow", MAXSECS / 256L * 255L + 127L, due.sec);
}

/* A probe of target 0 comes out so; its state and how often it was cut. */
static void
probe_says(char *reason, long state, int cuts)
{
	struct session *s;

	s = &sessions[MAXSESSION];
	s->target = 0;
	watch_outcome(s, reason, 0);
	want_num("state", state, sh->health[0].state);
	want_num("cuts", (long)cuts, (long)sh->cuts[0]);
}

static void
test_check_outcome(void)
{
	targets[0].cut = 1;
	probe_says("bad", H_ALIVE, 0);
	probe_says((char *)0, H_ALIVE, 0);
	probe_says("bad", H_ALIVE, 0);
	probe_says("bad", H_DEAD, 1);
	probe_says("bad", H_DEAD, 1);
	probe_says((char *)0, H_DEAD, 1);
	probe_says("bad", H_DEAD, 1);
	probe_says("bad", H_DEAD, 2);
	probe_says((char *)0, H_DEAD, 2);
	probe_says((char *)0, H_ALIVE, 2);
	(void)target_dead(0);
	probe_says("bad", H_DEAD, 2);
	probe_says("bad", H_DEAD, 3);
	targets[0].cut = 0;
	(void)target_alive(0);
	probe_says("bad", H_ALIVE, 3);
	probe_says("bad", H_DEAD, 3);
}

/* Probes take target 0 out. */
static void
probes_kill(void)
{
	probe_says("bad", H_ALIVE, sh->cuts[0]);
	probe_says("bad", H_DEAD, sh->cuts[0] + targets[0].cut);
}

/* Sessions of a target with cut end as resets, those of others don't. */
static void
test_check_cut(void)
{
	struct fake *client[2], *target[2];
	int i;

	for (i = 0; i < 3; i++) {
		world_start();
		lone.balance = B_FIRST;
		targets[0].cut = i == 0;
		targets[1].cut = i == 1;
		(void)relayed(&client[0], &target[0]);
		seconds_pass(3);
		probes_kill();
		(void)relayed(&client[1], &target[1]);
		seconds_pass(2);
		want_num("the first lives", (long)(i > 0),
		    (long)(sessions[0].state == S_RELAY));
		want_num("its client is reset", (long)(i == 0),
		    (long)client[0]->reset);
		want_num("its target, too", (long)(i == 0),
		    (long)target[0]->reset);
		want_num("the second lives", (long)S_RELAY,
		    (long)sessions[1].state);
		want_num("at another", 1L, (long)sessions[1].target);
		if (i == 0)
			want_num("status", (long)END_CUT,
			    (long)session.status);
	}
}

/* One that came when all were dead is not cut by what was before it. */
static void
test_check_cut_late(void)
{
	struct fake *client, *target;

	lone.ntarget = 1;
	targets[0].cut = 1;
	probes_kill();
	(void)relayed(&client, &target);
	seconds_pass(3);
	want_num("it lives", (long)S_RELAY, (long)sessions[0].state);
	probe_says((char *)0, H_ALIVE, 1);
	probe_says((char *)0, H_ALIVE, 1);
	seconds_pass(3);
	want_num("it lives", (long)S_RELAY, (long)sessions[0].state);
	probes_kill();
	seconds_pass(1);
	want_over(END_CUT);
	want_num("a reset", 1L, (long)client->reset);
}

/* One that is still connecting goes on to the next target. */
static void
test_check_cut_early(void)
{
	struct fake *client;

	lone.balance = B_FIRST;
	targets[0].cut = 1;
	target_how[0] = C_SOON;
	client = client_comes();
	turns();
	want_num("waits", (long)S_CONNECT, (long)sessions[0].state);
	probes_kill();
	seconds_pass(2);
	want_num("there", (long)S_RELAY, (long)sessions[0].state);
	want_num("at the next", 1L, (long)sessions[0].target);
	want_num("no reset", 0L, (long)client->reset);
}

/* As test_connect_untold(), of a probe. */
static void
test_check_untold(void)
{
	struct session *s;

	if (!EV_REFUSES)
		return;
	target_how[0] = C_SOON;
	want_num("begun", 0L, (long)check_start(PLUG_AT(0), 0));
	s = CHECK_END - 1;
	fake_dialled(fake_of(s->side[TARGET].fd));
	now.sec += 100;
	sweep_all();
	want_num("a good one", 1L, (long)watch.row[0].streak);
	if (s->state != S_FREE)
		check_close(s);
}

/* More targets are silent than there are rows: each has its turn all the same. */
static void
test_check_turns(void)
{
	int t, secs, tried;

	world_plug(MAXTARGET);
	lone.check = 1L;
	lone.patience = 2L;
	for (t = 0; t < MAXTARGET; t++)
		target_how[t] = C_NEVER;
	watch_plan();
	for (secs = 0; secs < 20; secs++) {
		now.sec++;
		sweep_all();
		check_run();
	}
	tried = 0;
	for (t = 0; t < MAXTARGET; t++)
		tried += watch.row[t].streak < 0;
	want_num("tried", (long)MAXTARGET, (long)tried);
	check_close_all();
	watch_stop();
}

#ifdef HAVE_EDGES
/* As test_connect_stands(), of a probe. */
static void
test_check_stands(void)
{
	struct session *s;
	int fd;

	target_how[0] = C_NEVER;
	want_num("begun", 0L, (long)check_start(PLUG_AT(0), 0));
	s = CHECK_END - 1;
	fd = s->side[TARGET].fd;
	want_num("by edges", 1L, (long)(EDGED(fd) != 0));
	ev_edge[fd] |= EV_WRITE;
	check_session(s);
	want_num("by edges no more", 0L, (long)EDGED(fd));
	want_num("still waits", (long)S_CONNECT, (long)s->state);
	check_close(s);
}
#endif
#endif

static struct test tests_check[] = {
#if HAVE_CHECK
#ifdef HAVE_EDGES
	{ "a probe that has not ended is asked for ever", test_check_stands },
#endif
	{ "a target is blamed for a probe that nobody told of",
	    test_check_untold },
	{ "probes come in crowds", test_watch_spread },
	{ "silent targets keep others from being probed", test_check_turns },
	{ "one probe decides, or sessions are cut again", test_check_outcome },
	{ "a target that is dead keeps its sessions", test_check_cut },
	{ "the last resort is cut", test_check_cut_late },
	{ "a client who waits is cut", test_check_cut_early },
#endif
	{ 0, 0 }
};

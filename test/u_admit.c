/*
 * u_admit.c: the rooms ADMIT and GATE: who is let in, who waits, and for how
 * long; an accept or an event that fails is nobody's end and no spin.
 */

static void
test_accept_refused(void)
{
	struct fake *c;

	(void)scan_rule("10.0.0.1", &rules[0]);
	rules[0].allow = 0;
	lone.nrule = 1;
	c = client_new();
	want_num("goes on", 1L, (long)admit_accept(listeners));
	want_num("closed", -1L, (long)c->fd);
	want_num("no session", 0L, (long)session.live);
	want_num("no target was asked", 1L, (long)(dialled[0] == 0));
	want_num("not counted", 0L, (long)sh->tally[0].live);
	want_str("logged", "plug: (8080): Connect from 10.0.0.1 Refused.\n",
	    errs);
}

static void
test_accept_limit(void)
{
	int i;

	session.limit = 3;
	for (i = 0; i < 5; i++)
		(void)client_new();
	for (i = 0; i < 3; i++)
		want_num("room", 1L, (long)admit_accept(listeners));
	want_num("no room", 0L, (long)admit_accept(listeners));
	gate_listen();
	gate_listen();
	want_heard("wants no more", 0, 0);
	want_str("said once",
	    "plug: (8080): limit of sessions reached, clients wait\n", errs);
	session_end(&sessions[1], END_CUT);
	want_num("the row rests", 2L, (long)session.live);
	session_rested();
	gate_listen();
	want_heard("wants again", 0, EV_READ);
	want_num("room again", 1L, (long)admit_accept(listeners));
	want_num("the same row", 3L, (long)session.top);
}

/* All rows are used, or at rest: none beyond the table, and no pause. */
static void
test_accept_rows(void)
{
	session.limit = MAXSESSION;
	session.top = session.live = MAXSESSION;
	(void)client_new();
	want_num("no room", 0L, (long)admit_accept(listeners));
	sessions[1].state = S_RELAY;
	self.mine->live = 1;
	session_end(&sessions[1], END_CUT);
	want_num("none before the next wait", 0L,
	    (long)admit_accept(listeners));
	gate_listen();
	want_heard("wants one in that wait", 0, EV_READ);
	session_rested();
	want_num("room", 1L, (long)admit_accept(listeners));
	want_num("rows", (long)MAXSESSION, (long)session.top);
	world_start();
	self.role = P_FORKER;
	session.top = MAXSESSION;
	(void)client_new();
	want_num("no row in the master of -F", 0L,
	    (long)admit_accept(listeners));
}

static int exhaustions[] = { EMFILE, ENFILE, ENOBUFS, ENOMEM };
#ifndef EPROTO
#define EPROTO EPIPE
#endif
static int transients[] = { ECONNABORTED, EPROTO, ENETDOWN, EPERM,
	EHOSTUNREACH, EACCES };

static void
test_accept_errors(void)
{
	int i;

	for (i = 0; i < COUNT(exhaustions); i++) {
		world_start();
		accept_errno = exhaustions[i];
		want_num("none", 0L, (long)admit_accept(listeners));
		want_num("none", 0L, (long)admit_accept(listeners));
		gate_listen();
		want_heard("rests", 0, 0);
		want_said_once();
		sweep_all();
		gate_listen();
		want_heard("tries again", 0, EV_READ);
	}
	for (i = 0; i < 2 * ACCEPTS; i++) {
		world_start();
		accept_errno = i % 2 ? EINTR : EAGAIN;
		want_num("none", 0L, (long)admit_accept(listeners));
		gate_listen();
		want_heard("goes on", 0, EV_READ);
		want_str("no word", "", errs);
	}
}

/*
 * Clients that are gone stop nobody; but nothing but errors, with the client
 * still in the queue, must not spin, at one listener, and others go on.
 */
static void
test_accept_fails(void)
{
	int i, k;

	for (i = 0; i < COUNT(transients); i++) {
		world_start();
		listening.n = 2;
		listeners[1].fd = fake_new(K_SOCKET)->fd;
		accept_errno = transients[i];
		(void)client_new();
		accept_fails = ACCEPTS;
		for (k = 0; k < ACCEPTS - 1; k++) {
			want_num("none", 0L, (long)admit_accept(listeners));
			gate_listen();
			want_heard("goes on", 0, EV_READ);
		}
		want_str("no word", "", errs);
		want_num("one", 1L, (long)admit_accept(listeners));
		for (k = 0; k < ACCEPTS; k++)
			want_num("none", 0L, (long)admit_accept(listeners));
		gate_listen();
		want_heard("rests", 0, 0);
		want_heard("alone", 1, EV_READ);
		want_num("with a timer", 1L, (long)(sweep_sleep() >= 0L));
		sweep_all();
		gate_listen();
		want_heard("tries again", 0, EV_READ);
		want_num("none", 0L, (long)admit_accept(listeners));
		gate_listen();
		want_heard("once", 0, 0);
		want_said_once();
		sweep_all();
		(void)client_new();
		want_num("one", 1L, (long)admit_accept(listeners));
		gate_listen();
		want_heard("well", 0, EV_READ);
	}
}

/* A client of whom accept tells no address is nobody that rules know. */
static void
test_accept_nameless(void)
{
	struct fake *c;

	accept_nameless = 1;
	c = client_new();
	want_num("gone", 0L, (long)admit_accept(listeners));
	want_num("closed", -1L, (long)c->fd);
	want_num("no session", 0L, (long)session.live);
	listeners[0].path = lone.path = "/there";
	listeners[0].at.family = lone.source.family = UNIX;
	(void)client_new();
	want_num("but at a path", 1L, (long)admit_accept(listeners));
	want_num("a session", 1L, (long)session.live);
}

#if defined(USE_EPOLL) || defined(USE_KQUEUE)
/*
 * Events that refuse a descriptor: it is wanted again at the sweep, whoever's
 * it is, and no session ends for that.
 */
static void
test_events_refuse(void)
{
	struct fake *c;

	events_refuse = 1;
	gate_listen();
	want_heard("deaf", 0, 0);
	want_num("with a timer", 1L, (long)(sweep_sleep() >= 0L));
	sweep_all();
	gate_listen();
	want_heard("hears again", 0, EV_READ);
	want_num("said", 1L, (long)(strstr(errs, "events: ") != 0));
	c = client_new();
	events_refuse = 2;
	(void)admit_accept(listeners);
	want_num("the session stays", 1L, (long)session.live);
	want_num("unwatched", 0L, (long)ev_want[c->fd]);
	want_num("both", 0L, (long)ev_want[dialled[0]->fd]);
	events_refuse = 1000;
	sweep_all();
	want_num("still there", 1L, (long)session.live);
	gate_listen();
	want_heard("nobody is accepted", 0, 0);
	events_refuse = 0;
	sweep_all();
	gate_listen();
	want_heard("listens", 0, EV_READ);
	fake_says(c, lots, 9L);
	turns();
	want_out("goes on", dialled[0], lots, 9L);
	want_said_once();
	want_num("no timer", 1L, (long)(ev_refused == 0));
}
#endif

#if TAKEN < ACCEPTS
/* One client a turn, twice as many while more wait, and never none. */
static void
test_admit_taken(void)
{
	int i, n;

	for (i = n = 0; i < 20; i++) {
		listen_turn();
		n = listen_most(&listeners[0]);
		want_num("doubled", i < 6 ? 1L << i : (long)ACCEPTS, (long)n);
	}
	listen_turn();
	listen_turn();
	want_num("one again", (long)TAKEN, (long)listen_most(&listeners[0]));
}
#endif

static struct test tests_admit[] = {
#if TAKEN < ACCEPTS
	{ "a listener takes nobody, or only one where many wait",
	    test_admit_taken },
#endif
	{ "a refused client costs more than its close", test_accept_refused },
	{ "the limit of sessions is not kept, or for ever",
	    test_accept_limit },
	{ "a full table is written past, or waits for nothing",
	    test_accept_rows },
	{ "accept spins, or stops for nothing", test_accept_errors },
	{ "accept that always fails spins", test_accept_fails },
	{ "a client without an address is a unix socket's",
	    test_accept_nameless },
#if defined(USE_EPOLL) || defined(USE_KQUEUE)
	{ "what events refuse is deaf for ever", test_events_refuse },
#endif
	{ 0, 0 }
};

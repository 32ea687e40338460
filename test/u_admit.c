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
	rules_are(1);
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
	said_clear();
	sweep_all();
	want_num("room again", 1L, (long)admit_accept(listeners));
	want_num("the same row", 3L, (long)session.top);
	gate_listen();
	sweep_all();
	want_str("who waits takes that room", "", errs);
	session_end(&sessions[1], END_CUT);
	session_rested();
	gate_listen();
	sweep_all();
	sweep_all();
	want_str("nobody does", "plug: (8080): below the limit of sessions\n",
	    errs);
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

/* Once in each episode, and once more in each minute of a long one. */
static void
test_accept_episodes(void)
{
	int secs, lines;
	char *p;

	world_start();
	accept_errno = EMFILE;
	for (secs = 0; secs < 170; secs++) {
		now.sec += secs == 130 || secs == 150 ? CALM + 1L : 1L;
		(void)admit_accept(listeners);
		sweep_all();
	}
	lines = 0;
	for (p = errs; *p != '\0'; p++)
		lines += *p == '\n';
	want_num("lines", 5L, (long)lines);
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

#if HAVE_FILE
#define GATEPLUGS 4
#define GATEPORTS 6

/* Plugs of some ports each, one port with two of them, and their targets. */
static void
gates_are(void)
{
	int i;

	for (i = 0; i < GATEPLUGS; i++) {
		plugs[i] = plugs[0];
		plugs[i].id = i;
		plugs[i].source.port = (unsigned)(8080 + i % 3 * 2);
		plugs[i].last = plugs[i].source.port + 1;
		plugs[i].target = 3 * i;
		plugs[i].ntarget = 3;
		plug.order[i] = i;
	}
	plug.n = GATEPLUGS;
	plug.limited = 1;
	for (i = 0; i < GATEPORTS; i++) {
		if (i > 0)
			listeners[i].fd = fake_new(K_SOCKET)->fd;
		listeners[i].at = plugs[0].source;
		listeners[i].at.port = (unsigned)(8080 + i);
		listeners[i].used = L_NEW;
	}
	listening.n = GATEPORTS;
	listen_settle(1);
}

/* Something that limits are about changes. */
static void
gates_change(void)
{
	struct plug *p;
	int t;

	p = &plugs[below(GATEPLUGS)];
	t = p->target + below(3);
	switch (below(7)) {
	case 0:
		p->max = below(4);
		break;
	case 1:
		targets[t].max = below(3);
		p->capped = 1;
		break;
	case 2:
		own.traffic[t].live = (unsigned)below(3);
		break;
	case 3:
		(void)target_dead(t);
		break;
	case 4:
		(void)target_alive(t);
		break;
	case 5:
		sh->live[IS_WORKER ? below(3) : 0][p->id] =
		    (unsigned short)below(4);
		break;
	default:
		now.sec += below(3);
	}
}

/* The plain way: each listener, and all plugs for each. */
static int
gate_plain(struct listener *l)
{
	struct plug *p;
	long n;
	int i, k;

	for (i = 0; i < GATEPLUGS; i++) {
		p = &plugs[i];
		n = 0L;
		for (k = 0; k < 3; k++)
			n += (long)sh->live[k][p->id];
		if (listen_serves(p, l) && ((p->max > 0L && n >= p->max) ||
		    pick_full(p)))
			return 0;
	}
	return EV_READ;
}

/*
 * Whatever changes, in this process or in others: what is wanted of each
 * listener is what the limits of its plugs say, and while it is nothing it is
 * looked at again.
 */
static void
test_gate_limits(void)
{
	int i, k, round, shut;

	for (round = 0; round < 60; round++) {
		world_start();
		gates_are();
		if (HAVE_WORKERS && once_in(2)) {
			self_become(P_WORKER);
			self_use(1);
		}
		for (k = 0; k < 100; k++) {
			gates_change();
			said_clear();
			gate_listen();
			shut = 0;
			for (i = 0; i < GATEPORTS; i++) {
				want_num("wanted",
				    (long)gate_plain(&listeners[i]),
				    (long)ev_want[listeners[i].fd] & EV_READ);
				shut |= gate_plain(&listeners[i]) == 0;
			}
			want_num("looked at again", 1L, (long)(!shut ||
			    (admit.full && sweep_sleep() >= 0L)));
			if (once_in(4))
				sweep_all();
		}
	}
}

/* Another worker has a session at the second plug for a moment. */
static void
gate_moment(void)
{
	sh->live[2][1] = 1;
}

/*
 * Others come and go while this process looks: whoever is seen at a limit for
 * a moment does not leave a listener shut when that is over.
 */
static void
test_gate_moment(void)
{
	gates_are();
	self_become(P_WORKER);
	self_use(1);
	plugs[0].max = plugs[1].max = 1L;
	sh->live[1][0] = 1;
	syslog_act = gate_moment;
	gate_listen();
	syslog_act = 0;
	want_num("the limit was said meanwhile", 1L, (long)sh->live[2][1]);
	want_num("one is shut", 0L, (long)ev_want[listeners[0].fd]);
	sh->live[2][1] = 0;
	gate_listen();
	want_num("the other is wanted", (long)EV_READ,
	    (long)ev_want[listeners[2].fd] & EV_READ);
}

/* The first plug of a listener that admits a client is among those asked. */
static void
test_listener_plugs(void)
{
	struct listener *l;
	struct plug *p;
	struct addr a;
	int i, k, n, round;

	addr_set(&a, 0x0a000001L);
	for (round = 0; round < 2000; round++) {
		n = plug.n = 1 + below(MAXPLUG);
		for (i = 0; i < n; i++) {
			p = &plugs[(i * 7) % MAXPLUG];
			plug.order[i] = (i * 7) % MAXPLUG;
			*p = plugs[0];
			p->source.family = once_in(9) ? IP6 : IP4;
			p->source.port = (unsigned)(2000 + below(9));
			p->last = p->source.port + (unsigned)below(4);
		}
		listening.n = 8;
		for (l = listeners; l < listeners + 8; l++) {
			l->fd = -1;
			l->used = L_NEW;
			l->at = plugs[0].source;
			l->at.family = once_in(9) ? IP6 : IP4;
			l->at.port = (unsigned)(2000 + below(14));
		}
		listen_settle(1);
		for (l = listeners; l < listeners + 8; l++) {
			k = 0;
			while (k < n && !listen_serves(PLUG_AT(k), l))
				k++;
			p = admit_plug(l, -1, &a);
			want_num("the first", (long)(k < n ? plug.order[k] :
			    -1), (long)(p == 0 ? -1 : (int)(p - plugs)));
			for (i = k = 0; i < n; i++)
				k += listen_serves(PLUG_AT(i), l);
			for (i = PLUG_FROM(l); i < PLUG_END(l); i++)
				k -= listen_serves(PLUG_AT(i), l);
			want_num("all", 0L, (long)k);
		}
	}
}
#endif

#if HAVE_WORKERS
/* Rows that no child has had are not looked at; those that one has, are. */
static void
test_worker_rows(void)
{
	int i;

	lone.max = 100L;
	sh->live[0][0] = 1;
	for (i = 0; i < MAXCHILD; i++) {
		self_use(i);
		sh->live[i + 1][0] = 2;
		sh->tally[i + 1].aim = 2;
		self_become(P_WORKER);
		want_num("sessions", 2L * (i + 1) + 1, admit_count(plugs));
		self_become(P_CHILD);
		want_num("at a target", HAVE_FORK_MODE ? (long)i + 1 : 0L,
		    target_load(1));
		self_become(P_SINGLE);
		self_use(0);
	}
}
#endif

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

#if HAVE_STATUS
/* The door of -s is one of them. */
static void
test_door_refused(void)
{
	int p[2];

	want_num("a pipe", 0L, (long)pipe(p));
	query.door.at.family = IP4;
	query.door.fd = p[0];
	events_refuse = 1;
	query_gate();
	want_num("deaf", 0L, (long)ev_want[p[0]]);
	sweep_all();
	want_num("hears again", (long)EV_READ, (long)ev_want[p[0]]);
	query.door.at.family = 0;
	query.door.fd = -1;
	ev_drop(p[0]);
	(void)close(p[0]);
	(void)close(p[1]);
}
#endif
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
#if (defined(USE_EPOLL) || defined(USE_KQUEUE)) && HAVE_STATUS
	{ "what events refuse of -s is deaf for ever", test_door_refused },
#endif
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
	{ "a shortage is not told, or time and again",
	    test_accept_episodes },
	{ "accept that always fails spins", test_accept_fails },
	{ "a client without an address is a unix socket's",
	    test_accept_nameless },
#if HAVE_FILE
	{ "a listener is wanted at its limit, or not below",
	    test_gate_limits },
	{ "a listener stays shut for a limit of a moment",
	    test_gate_moment },
	{ "a listener forgets one of its plugs", test_listener_plugs },
#endif
#if HAVE_WORKERS
	{ "a worker does not see all others' sessions", test_worker_rows },
#endif
#if defined(USE_EPOLL) || defined(USE_KQUEUE)
	{ "what events refuse is deaf for ever", test_events_refuse },
#endif
	{ 0, 0 }
};

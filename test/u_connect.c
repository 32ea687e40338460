/*
 * u_connect.c: the room CONNECT: the next target when one fails, in time, with
 * all early bytes; who is blamed for it, and who is not; and the same through
 * a proxy.
 */

static void
test_connect_failover(void)
{
	struct fake *c;
	struct session *s;
	int first;

	for (first = C_REFUSE_NOW; first <= C_REFUSE_SOON; first++) {
		world_start();
		lone.balance = B_FIRST;
		target_how[0] = first;
		target_how[1] = C_REFUSE_SOON;
		target_how[2] = C_SOON;
		c = client_comes();
		s = &sessions[0];
		fake_says(c, lots, 50L);
		c->fin = 1;
		turns();
		if (first == C_REFUSE_SOON) {
			fake_dialled(dialled[0]);
			turns();
		}
		want_num("the second", 1L, (long)s->target);
		fake_dialled(dialled[0]);
		turns();
		want_num("the third", 2L, (long)s->target);
		fake_dialled(dialled[0]);
		turns();
		want_num("there", (long)S_RELAY, (long)s->state);
		want_out("early bytes", dialled[0], lots, 50L);
		want_num("early end", 1L, (long)dialled[0]->shut);
		want_num("dead", (long)H_DEAD, sh->health[0].state);
		want_num("dead", (long)H_DEAD, sh->health[1].state);
		want_num("alive", (long)H_ALIVE, sh->health[2].state);
		want_start("said", "plug: (8080): target 10.0.0.1:1000: \
Connection refused", errs);
		want_start("said", "plug: (8080): target 10.0.0.2:1001: \
Connection refused", strchr(errs, '\n') + 1);
		dialled[0]->fin = 1;
		turns();
		want_num("well", (long)END_OK, (long)session.status);
	}
}

static void
test_connect_none(void)
{
	struct fake *c;

	target_how[0] = target_how[1] = target_how[2] = C_REFUSE_NOW;
	c = client_comes();
	want_over(END_UNREACHED);
	want_num("a reset", 1L, (long)c->reset);
}

/* What a client has sent for nobody is in the sums as in the session's line. */
static void
test_connect_summed(void)
{
	struct fake *c;
	int i;

	for (i = 0; i < 3; i++)
		target_how[i] = C_REFUSE_SOON;
	c = client_comes();
	fake_says(c, lots, 50L);
	turns();
	for (i = 0; i < 3; i++) {
		fake_dialled(dialled[0]);
		turns();
	}
	want_over(END_UNREACHED);
	want_num("bytes", 50L, (long)self.mine->in.lo);
}

/*
 * Of targets that are all dead one is on trial.  That it answers is no outcome
 * where its probes ask for more: another session makes the next trial.
 */
static void
test_connect_trial_answers(void)
{
	struct session *s;
	int probed, t;

	for (probed = 0; probed < 1 + HAVE_CHECK; probed++) {
		world_start();
		lone.check = 5L;
		for (t = 0; t < 3; t++) {
			sh->health[t].state = (long)H_DEAD;
			targets[t].check.port = (unsigned short)probed;
		}
		target_how[0] = C_SOON;
		(void)client_comes();
		s = &sessions[0];
		want_num("on trial", 1L, (long)H_TRIAL(&sh->health[0]));
		fake_dialled(dialled[0]);
		turns();
		want_num("answers", (long)S_RELAY, (long)s->state);
		want_num("is as it was", (long)(probed ? H_DEAD : H_ALIVE),
		    sh->health[0].state);
	}
}

static void
test_connect_timeout(void)
{
	struct fake *c;
	struct session *s;

	lone.patience = 5L;
	target_how[0] = C_NEVER;
	target_how[1] = C_NOW;
	c = client_comes();
	s = &sessions[0];
	now.sec += 4;
	fake_says(c, lots, 3L);
	turns();
	sweep_all();
	want_num("waits", (long)S_CONNECT, (long)s->state);
	now.sec += 1;
	sweep_all();
	turns();
	want_num("goes on", (long)S_RELAY, (long)s->state);
	want_num("to the next", 1L, (long)s->target);
	want_out("early bytes", dialled[0], lots, 3L);
}

#ifdef HAVE_EDGES
/*
 * An event that is none of this connect's, which has not ended: what an edge
 * has told would stand, and be handed out in each turn.
 */
static void
test_connect_stands(void)
{
	struct session *s;
	int fd;

	target_how[0] = C_NEVER;
	(void)client_comes();
	s = &sessions[0];
	fd = s->side[TARGET].fd;
	want_num("by edges", 1L, (long)(EDGED(fd) != 0));
	ev_edge[fd] |= EV_WRITE;
	want_num("goes on", (long)MORE, (long)connect_event(s));
	want_num("by edges no more", 0L, (long)EDGED(fd));
	want_num("still waits", (long)S_CONNECT, (long)s->state);
}
#endif

/* The client's reset, and our own troubles, are no target's fault. */
static void
test_connect_blame(void)
{
	struct fake *c;

	target_how[0] = C_NEVER;
	c = client_comes();
	fake_cut(c, ECONNRESET);
	turns();
	want_num("cut", (long)END_CUT, (long)session.status);
	want_num("alive", (long)H_ALIVE, sh->health[0].state);
	socket_errno = EAFNOSUPPORT;
	c = client_comes();
	want_num("system", (long)END_SYSTEM, (long)session.status);
	want_num("alive", (long)H_ALIVE, sh->health[1].state);
	want_num("said of this machine", 1L, (long)(strstr(errs, "bind: ") != 0));
	want_num("all over", 0L, (long)session.live);
	want_num("a reset", 1L, (long)c->reset);
}

/*
 * No descriptor for the target: the session waits, with or without a
 * listener (a child has none, nor has who was told to end).
 */
static void
test_connect_starved(void)
{
	struct fake *c;
	int i, round;

	for (round = 0; round < 2; round++) {
		world_start();
		socket_errno = EMFILE;
		c = client_comes();
		fake_says(c, lots, 9L);
		if (round == 1) {
			self.role = P_CHILD;
			admit.draining = 1;
			listen_close(listeners);
		}
		for (i = 0; i < 3; i++) {
			gate_listen();
			turns();
			want_num("waits", 1L, (long)session.live);
			want_num("with a timer", 1L,
			    (long)(sweep_sleep() >= 0L));
			now.sec++;
			sweep_all();
		}
		want_num("nobody is blamed", (long)H_ALIVE,
		    sh->health[0].state);
		want_said_once();
		socket_errno = 0;
		gate_listen();
		turns();
		want_num("goes on", (long)S_RELAY, (long)sessions[0].state);
		want_num("with its bytes", 9L,
		    dialled[0] != 0 ? dialled[0]->wrote : -1L);
	}
}

/* A trial whose client goes away: the next session makes it. */
static void
test_connect_trial_freed(void)
{
	struct fake *c;

	lone.balance = B_FIRST;
	lone.retry = 0L;
	(void)target_dead(0);
	target_how[0] = C_NEVER;
	c = client_comes();
	want_num("on trial", -(long)getpid(), sh->health[0].state);
	fake_cut(c, ECONNRESET);
	turns();
	want_num("dead again", (long)H_DEAD, sh->health[0].state);
	want_num("over", 0L, (long)session.live);
	target_how[0] = C_NOW;
	said_clear();
	c = client_comes();
	turns();
	want_num("alive", (long)H_ALIVE, sh->health[0].state);
	want_start("said", "plug: (8080): target 10.0.0.1:1000 is back", errs);
}

/* A socket that met itself is a target that does not listen. */
static void
test_connect_self(void)
{
	struct fake *t;

	lone.balance = B_FIRST;
	target_how[0] = C_SOON;
	(void)client_comes();
	t = dialled[0];
	t->connected = 1;
	t->how = C_HOW;
	turns();
	want_num("a reset, which leaves the port free", 1L, (long)t->reset);
	want_num("the next", 1L, (long)sessions[0].target);
	want_num("dead", (long)H_DEAD, sh->health[0].state);
}

/*
 * No local port is left for one target: the next one is tried, and nobody is
 * blamed; when none is left for any, that is the system's trouble.
 */
static void
test_connect_ports(void)
{
	struct fake *c;
	int i;

	lone.balance = B_FIRST;
	target_how[0] = C_NOPORT;
	sh->health[0].state = H_DEAD;
	sh->health[0].since.sec = 0L;
	lone.retry = 1L;
	(void)client_comes();
	turns();
	want_num("the next", 1L, (long)sessions[0].target);
	want_num("connected", (long)S_RELAY, (long)sessions[0].state);
	want_num("the trial is free", (long)H_DEAD, sh->health[0].state);
	session_end(&sessions[0], sessions[0].status);
	want_num("a good end", (long)END_OK, (long)session.status);
	lone.retry = NEVER;
	sh->health[0].state = H_ALIVE;
	for (i = 0; i < 3; i++)
		target_how[i] = C_NOPORT;
	for (i = 0; i < 20; i++) {
		c = client_comes();
		want_num("system", (long)END_SYSTEM, (long)session.status);
		want_num("a reset", 1L, (long)c->reset);
		session_rested();
	}
	for (i = 0; i < 3; i++)
		want_num("alive", (long)H_ALIVE, sh->health[i].state);
	want_num("nothing is lost", 0L, (long)self.mine->log_lost);
	want_said_once();
}

/* A stale writable event is no handshake. */
static void
test_connect_stale(void)
{
	target_how[0] = C_SOON;
	(void)client_comes();
	admit_event(&sessions[0], TARGET, EV_WRITE);
	want_num("waits", (long)S_CONNECT, (long)sessions[0].state);
	admit_event(&sessions[0], CLIENT, EV_READ);
	want_num("waits", (long)S_CONNECT, (long)sessions[0].state);
	want_num("holds no block for nothing", -1L,
	    (long)sessions[0].side[CLIENT].block);
	fake_dialled(dialled[0]);
	turns();
	want_num("there", (long)S_RELAY, (long)sessions[0].state);
	session_end(&sessions[0], END_OK);
	admit_event(&sessions[0], TARGET, EV_READ | EV_WRITE);
	want_num("a free row stays so", (long)S_FREE,
	    (long)sessions[0].state);
}

/* More early bytes than a block holds, and early bytes without a block. */
static void
test_connect_early(void)
{
	struct fake *c;
	int starved;

	for (starved = 0; starved < 2; starved++) {
		world_start();
		target_how[0] = C_SOON;
		if (starved)
			blocks_take();
		c = client_comes();
		fake_says(c, lots, 900L);
		turns();
		want_num("bounded", starved ? 0L : (long)BUFSZ, c->taken);
		fake_dialled(dialled[0]);
		turns();
		want_out("all", dialled[0], lots, 900L);
		want_num("counted", 900L, (long)sessions[0].side[0].n.lo);
	}
}

#if HAVE_VIA
struct viacase {
	char *says;		/* the proxy */
	int fin;		/* and then ends */
	int status;		/* -1: relays; else of the session */
	int dead;		/* targets found dead */
};

static struct viacase viacases[] = {
	{ "HTTP/1.1 200 OK\r\n\r\n", 0, -1, 0 },
	{ "HTTP/1.1 200 OK\r\n\r\nSSH-2.0", 0, -1, 0 },
	{ "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\n\r\nSSH-2.0", 1, -1, 0 },
	{ "HTTP/1.1 407 Auth\r\n\r\n", 0, END_UNREACHED, 0 },
	{ "HTTP/1.1 502 No\r\n\r\n", 0, END_UNREACHED, 3 },
	{ "HTTP/1.1 200 O", 1, END_UNREACHED, 3 },
	{ "SSH-2.0\r\n", 0, END_UNREACHED, 3 },
	{ "", 1, END_UNREACHED, 3 }
};

static void
test_via(void)
{
	struct viacase *v;
	struct fake *c, *t, *last;
	char request[MAXHELLO], *tail;
	struct text r;
	int i, k, dead, most;

	for (i = 0; i < 2 * COUNT(viacases); i++) {
		v = &viacases[i / 2];
		world_start();
		lone.via.family = 4;
		lone.via.port = 80;
		most = i % 2;
		c = client_comes();
		fake_says(c, lots, 20L);
		for (last = 0; (t = dialled[0]) != last; last = t) {
			t->most = (long)most;
			turns();
			text_start(&r, request, MAXHELLO);
			put_request(&r, &sessions[0]);
			want_out("request", t, request, (long)r.len);
			fake_says(t, v->says, (long)strlen(v->says));
			t->fin = v->fin;
			turns();
		}
		for (k = dead = 0; k < 3; k++)
			dead += sh->health[k].state == H_DEAD;
		want_num(v->says, (long)v->dead, (long)dead);
		if (v->status >= 0) {
			want_num(v->says, (long)v->status,
			    (long)session.status);
			want_num(v->says, 0L, (long)session.live);
			continue;
		}
		tail = strstr(v->says, "SSH");
		want_out(v->says, c, tail ? tail : "",
		    tail ? (long)strlen(tail) : 0L);
		want_num("end passed on", (long)v->fin, (long)c->shut);
		want_num("counted", (long)(tail ? strlen(tail) : 0),
		    (long)sessions[0].side[TARGET].n.lo);
		want_num("then the early bytes", 0L, (long)memcmp(lots,
		    last->out + last->wrote - 20, 20));
	}
}

static void
test_via_unreached(void)
{
	lone.via.family = 4;
	target_how[0] = C_REFUSE_NOW;
	(void)client_comes();
	want_num("ends", 0L, (long)session.live);
	want_num("unreached", (long)END_UNREACHED, (long)session.status);
	want_num("no target is blamed", (long)H_ALIVE, sh->health[0].state);
	want_str("said", "plug: (8080): proxy: Connection refused\n", errs);
}

static void
test_via_silent(void)
{
	lone.via.family = 4;
	lone.patience = 5L;
	(void)client_comes();
	turns();
	fake_says(dialled[0], "HTTP/1.1 200 OK\r\n", 17L);
	now.sec += 4;
	turns();
	now.sec += 1;
	sweep_all();
	want_num("dead", (long)H_DEAD, sh->health[0].state);
	want_num("the next", 1L, (long)sessions[0].target);
}
#endif

/* Who has answered is not blamed because events did not tell. */
static void
test_connect_untold(void)
{
	struct fake *t;

	if (!EV_REFUSES)
		return;
	target_how[0] = C_SOON;
	(void)client_comes();
	t = dialled[0];
	fake_dialled(t);
	now.sec += 100;
	sweep_all();
	want_num("goes on", (long)S_RELAY, (long)sessions[0].state);
	want_num("lives", (long)H_ALIVE, sh->health[0].state);
}

#if MAXREUSE > 0
/* A session from its client to its end, with these bytes each way. */
static struct fake *
session_whole(long up, long down)
{
	struct fake *c, *t;

	session_rested();
	c = client_comes();
	turns();
	t = dialled[0];
	fake_says(c, lots, up);
	turns();
	want_out("to the target", t, lots, up);
	fake_says(t, lots + 100, down);
	turns();
	want_out("to the client", c, lots + 100, down);
	c->fin = 1;
	turns();
	t->fin = 1;
	turns();
	want_over(END_OK);
	return t;
}

/* A socket whose session has ended well is the next session's, as if new. */
static void
test_connect_again(void)
{
	struct fake *t;
	int i;

	world_start();
	world_plug(1);
	renews = 1;
	t = session_whole(50L, 70L);
	for (i = 1; i < 9; i++) {
		want_num("kept", (long)i, (long)renewed);
		if (session_whole(10L * i, 300L / i) != t)
			want_num("the same socket", 0L, 1L);
	}
	want_num("options are set once", 2L, (long)t->options);
	target_how[0] = C_REFUSE_SOON;
	(void)client_comes();
	turns();
	fake_dialled(t);
	turns();
	want_num("one that fails is closed", -1L, (long)t->fd);
	target_how[0] = C_NOW;
	(void)session_whole(1L, 1L);
	want_num("kept again", 1L, (long)dial.n);
#if HAVE_CHECK
	want_num("a probe begins", 0L, (long)check_start(plugs, 0));
	want_num("kept, whoever probes", 1L, (long)dial.n);
#endif
	signal_drain(0);
	want_num("none is kept", 0L, (long)dial.n);
	want_num("nor later", 0L, (long)dial_most());
}

/* Each is for its family, whichever was taken before. */
static void
test_connect_families(void)
{
	struct fake *six, *four;

	world_start();
	world_plug(1);
	six = fake_new(K_SOCKET);
	four = fake_new(K_SOCKET);
	dial.fd[0] = six->fd;
	dial.family[0] = IP6;
	dial.fd[1] = four->fd;
	dial.family[1] = IP4;
	dial.n = 2;
	want_num("of IPv6", (long)six->fd, (long)dial_kept(plugs, IP6));
	want_num("no other", -1L, (long)dial_kept(plugs, IP6));
	want_num("of IPv4", (long)four->fd, (long)dial_kept(plugs, IP4));
	want_num("no other", -1L, (long)dial_kept(plugs, IP4));
}

/* What sessions need is not kept from them. */
static void
test_connect_room(void)
{
	struct fake *t;

	world_start();
	world_plug(1);
	renews = 1;
	t = session_whole(5L, 7L);
	want_num("kept", 1L, (long)dial.n);
	session.limit = 1;
	(void)client_comes();
	turns();
	want_num("none is kept", 0L, (long)dial.n);
	want_num("closed", -1L, (long)t->fd);
}

/* Nor what a client or its target need, when there is no other. */
static void
test_connect_spare(void)
{
	struct fake *t;
	int i;

	for (i = 0; i < 3; i++) {
		world_start();
		world_plug(1);
		renews = 1;
		t = session_whole(5L, 7L);
		want_num("kept", 1L, (long)dial.n);
		accept_errno = EMFILE;
		accept_fails = i == 0 ? 2 : 0;
		socket_errno = i != 0 ? ENFILE : 0;
		socket_scarce = i == 1;
		plugs[0].keepalive = 1;
		session_rested();
		(void)client_comes();
		want_num("serves", 1L, (long)session.live);
		want_num("none is kept", 0L, (long)dial.n);
		want_num("connects", (long)(i < 2), (long)(dialled[0] != t));
	}
}

/*
 * What is not wholly over is closed: cut, not acknowledged, special, or known
 * to events still.
 */
static void
test_connect_anew(void)
{
	struct fake *c, *t;
	int i;

	for (i = 0; i < 8; i++) {
		world_start();
		world_plug(1);
		c = client_comes();
		turns();
		t = dialled[0];
		renews = i != 1;
		plugs[0].keepalive = i == 2;
		plugs[0].from.family = i == 3 ? IP4 : 0;
		plugs[0].reserved = i == 4;
		if (i == 5)
			session.limit = session.live;
		dial.none = i == 6;
		refuse_drops = i == 7;
		fake_says(t, lots, 9L);
		turns();
		if (i == 0)
			fake_cut(t, ECONNRESET);
		c->fin = t->fin = i != 0;
		turns();
		want_num("closed", -1L, (long)t->fd);
		want_num("none is kept", 0L, (long)renewed);
	}
}

#endif

static struct test tests_connect[] = {
	{ "a dead target costs the client something", test_connect_failover },
	{ "no target left is not told", test_connect_none },
	{ "bytes for nobody are not counted", test_connect_summed },
	{ "a silent target is waited for for ever", test_connect_timeout },
#ifdef HAVE_EDGES
	{ "a connect that has not ended is asked for ever", test_connect_stands },
#endif
	{ "a target is blamed for others", test_connect_blame },
	{ "a session that finds no descriptor is lost, or waits for ever",
	    test_connect_starved },
	{ "a trial is held by a session that is gone",
	    test_connect_trial_freed },
	{ "a trial is held by a session that decides nothing",
	    test_connect_trial_answers },
	{ "a socket talks to itself", test_connect_self },
	{ "one target without a local port ends the session",
	    test_connect_ports },
	{ "a stale event passes for a handshake", test_connect_stale },
	{ "a target is blamed for events that nobody told", test_connect_untold },
#if MAXREUSE > 0
	{ "a socket is not used again, or remembers", test_connect_again },
	{ "a socket is used again that is not over", test_connect_anew },
	{ "a socket is used for another family", test_connect_families },
	{ "sockets are kept that sessions need", test_connect_room },
	{ "sockets are kept that nobody else can have", test_connect_spare },
#endif
	{ "early bytes are lost, or without bound", test_connect_early },
#if HAVE_VIA
	{ "CONNECT goes wrong", test_via },
	{ "a proxy that is away is the target's fault", test_via_unreached },
	{ "a proxy that is silent is waited for for ever", test_via_silent },
#endif
	{ 0, 0 }
};

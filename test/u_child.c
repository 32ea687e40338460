/*
 * u_child.c: the room CHILD: what the master of -F knows of its children,
 * however they end.
 */

/* A client comes to the master of -F, whose next child has this id. */
static struct fake *
fork_client(long n)
{
	struct fake *c;

	self.role = P_FORKER;
	fork_pid = n;
	c = client_new();
	loop_dispatch(ID_LISTEN, EV_READ);
	return c;
}

/* That child is dead. */
static void
fork_reap(long n)
{
	dead_pid = n;
	signal_take(SIGCHLD);
	session_rested();
}

/*
 * A child that was killed before it ran: its trial is free, its session is
 * counted and has its lines.
 */
static void
test_fork_stillborn(void)
{
	struct fake *c;

	lone.balance = B_FIRST;
	lone.retry = 0L;
	conf.sessions = "-";
	conf.log = 1;
	(void)target_dead(0);
	target_how[0] = C_NEVER;
	c = fork_client(4711L);
	want_num("the child's trial", -4711L, sh->health[0].state);
	want_num("the client is the child's", 0L, (long)(fake_of(c->fd) == c));
	want_num("counts at the target", 1L, target_load(0));
	now.sec += 2L;
	fork_reap(4711L);
	want_num("free for the next", (long)H_DEAD, sh->health[0].state);
	want_num("counts no more", 0L, target_load(0));
	want_num("served", 1L, (long)self.mine->served);
	want_num("failed", 1L, (long)self.mine->failed);
	want_num("sessions", 0L, (long)self.mine->live);
	want_num("rows", 0L, (long)session.live);
	want_num("of the plug", 0L, (long)sh->live[0][0]);
	want_num("a line", 1L, (long)(strstr(SLOG,
	    " 8080 10.0.0.1 10.0.0.1:1000 0 0 2000000\n") != 0));
	want_start("complete", "(8080): Complete, status=3.\n", logs);
}

#if HAVE_STATUS
/* The first target's sessions that have ended, as the status page has them. */
static long
fork_ended(void)
{
	struct traffic sum;

	status_traffic(0, &sum);
	return (long)sum.served;
}
#else
#define fork_ended() 1L
#endif

/* A child that ended its session has told of it: the master is silent. */
static void
test_fork_told(void)
{
	conf.sessions = "-";
	conf.log = 1;
	(void)fork_client(4711L);
	sh->tally[1].live = 0;
	sh->tally[1].served = 1;
	sh->tally[1].aim = -sh->tally[1].aim;
	want_num("counts no more", 0L, target_load(0));
	want_num("counts as ended there", 1L, fork_ended());
	fork_reap(4711L);
	want_num("and once", 1L, fork_ended());
	want_num("served", 1L, (long)self.mine->served);
	want_num("failed", 0L, (long)self.mine->failed);
	want_num("sessions", 0L, (long)self.mine->live);
	want_num("rows", 0L, (long)session.live);
	want_num("no line", 0L, (long)slog.len);
	want_str("none at all", "", logs);
}

/*
 * No process: the client waits in its row, nobody else is accepted, and one
 * is forked for it after a child's end, without a second connect.
 */
static void
test_fork_waits(void)
{
	struct fake *a, *b, *c;
	int i;

	a = fork_client(4711L);
	b = fork_client(0L);
	c = client_new();
	for (i = 0; i < 3; i++) {
		gate_listen();
		loop_dispatch(ID_LISTEN, EV_READ);
		want_num("waits", 1L,
		    (long)(fake_of(b->fd) == b && !b->reset));
		want_num("nobody else", 2L, (long)session.live);
		want_heard("not watched", 0, 0);
		now.sec++;
		sweep_all();
	}
	want_said_once();
	want_num("one connect", 1L, (long)(dialled[2] == 0));
	fork_pid = 4712L;
	fork_reap(4711L);
	gate_listen();
	want_num("a child for it", (long)S_CHILD, (long)sessions[1].state);
	want_num("its client is the child's", 0L, (long)(fake_of(b->fd) == b));
	loop_dispatch(ID_LISTEN, EV_READ);
	want_num("the next", 0L, (long)(fake_of(c->fd) == c));
	want_num("both", 2L, (long)session.live);
	want_num("the first", 0L, (long)(fake_of(a->fd) == a));
}

/* What waits for a process is its child's, whatever events have refused. */
static void
test_fork_refused(void)
{
	struct fake *b;
	int i;

	(void)fork_client(4711L);
	b = fork_client(0L);
	for (i = 0; i < 2; i++) {
		refuse_add = 1;
		(void)ev_set(listeners[0].fd, ID_LISTEN, EV_READ);
		refuse_add = 0;
		now.sec++;
		sweep_all();
		gate_listen();
		if (i == 0)
			want_num("not watched", 0L, (long)(ev_want[b->fd] |
			    ev_want[dialled[1]->fd]));
		fork_pid = 4712L;
	}
	want_num("a child for it", (long)S_CHILD, (long)sessions[1].state);
	want_num("which has its time", 0L, (long)sessions[1].timed);
}

/* Nor does a child end what are others', which it has seen before its birth. */
static void
test_fork_others(void)
{
	lone.idle = 5L;
	(void)fork_client(4711L);
	self.role = P_CHILD;
	refuse_add = 1;
	(void)ev_set(listeners[0].fd, ID_LISTEN, EV_READ);
	refuse_add = 0;
	now.sec += 9;
	sweep_all();
	want_num("another's", (long)S_CHILD, (long)sessions[0].state);
	want_num("no timer", 0L, (long)sessions[0].timed);
	want_num("live", 1L, (long)session.live);
}

#if !FRUGAL
/* A child that finds no descriptor for its events tries again. */
static void
test_fork_events(void)
{
	int i;

	want_num("at first", 0L, (long)child_events());
	pipe_errno = ENFILE;
	for (i = 0; i < 2; i++)
		want_num("none", -1L, (long)child_events());
	want_num("told as shortage", 1L, (long)sock_exhausted(errno));
	want_num("closed once", -1L, (long)sig_pipe[0]);
	pipe_errno = 0;
	want_num("then", 0L, (long)child_events());
	want_num("its signals are heard", (long)EV_READ,
	    (long)ev_want[sig_pipe[0]]);
	(void)sys_close(sig_pipe[0]);
	(void)sys_close(sig_pipe[1]);
	sig_pipe[0] = sig_pipe[1] = -1;
}
#endif

#if HAVE_WORKERS && !defined(USE_SELECT)
/* A worker whose master has gone listens to nobody in its place. */
static void
test_worker_freed(void)
{
	self.role = P_WORKER;
	want_num("a leash", 0L, (long)child_tie());
	child_leash();
	want_num("held", 0L, (long)child_watch());
	child_freed();
	refuse_add = 1;
	(void)ev_set(listeners[0].fd, ID_LISTEN, EV_READ);
	refuse_add = 0;
	sweep_all();
	want_num("standard input", 0L, (long)(ev_want[0] | ev_refused));
}
#else
#define test_worker_freed test_fork_waits
#endif

/*
 * -M: the last session of a client has just ended, or is about to; then it
 * has its place at once, else it is refused, but not at once.
 */
static void
test_fork_guests(void)
{
	struct fake *a, *b;

	lone.most = 1L;
	(void)fork_client(4711L);
	sh->tally[1].live = 0;
	a = fork_client(4712L);
	admit_crowd();
	want_num("in the place of one that ended", (long)S_CHILD,
	    (long)sessions[1].state);
	a = fork_client(4713L);
	b = fork_client(4714L);
	admit_crowd();
	want_num("waits", 1L, (long)(fake_of(a->fd) == a));
	want_num("one at a time", 0L, (long)(fake_of(b->fd) == b));
	want_num("not for long", 1L, (long)(sweep_sleep() <= PEERMS));
	now.usec += 49000L;
	admit_crowd();
	want_num("still waits", 1L, (long)(fake_of(a->fd) == a));
	want_num("no child", 2L, (long)child.live);
	now.usec += 1000L;
	admit_crowd();
	want_num("refused", 0L, (long)(fake_of(a->fd) == a));
	want_num("no child", 2L, (long)child.live);
	a = fork_client(4715L);
	now.usec += 40000L;
	sh->tally[2].live = 0;
	admit_crowd();
	want_num("one ended in time", 3L, (long)child.live);
}

static struct test tests_child[] = {
	{ "a child that dies before it runs keeps a trial, or is not counted",
	    test_fork_stillborn },
	{ "a session that a child has told of is told twice", test_fork_told },
	{ "a client without a process is lost, or others are",
	    test_fork_waits },
	{ "who forks watches what is a child's", test_fork_refused },
	{ "a child ends what is another's", test_fork_others },
#if !FRUGAL
	{ "a child without a descriptor is lost", test_fork_events },
#endif
	{ "a worker without a master watches its input", test_worker_freed },
	{ "-M counts sessions that have ended", test_fork_guests },
	{ 0, 0 }
};

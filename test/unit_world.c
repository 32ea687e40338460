/*
 * unit_world.c: plug's tables as at a start, and what happens to them in a
 * test: clients come, events are served, seconds pass.
 */

static void
said_clear(void)
{
	errs_len = logs_len = 0;
	errs[0] = logs[0] = '\0';
}

static void
world_options(void)
{
	(void)memset(&conf, 0, sizeof conf);
	(void)memset(&draft, 0, sizeof draft);
	(void)memset(plugs, 0, MAXPLUG * sizeof *plugs);
	(void)memset(targets, 0, sizeof targets);
	(void)memset(operand.words, 0, sizeof operand.words);
	lone.retry = conf.grace = NEVER;
	lone.remember = 3600L;
	lone.patience = 20L;
	lone.balance = -1;
	(void)memset(&option.base, 0, sizeof option.base);
	rule.n = rule.base = operand.n = option.listen = 0;
#if HAVE_FILE
	plug.nfresh = 0;
#endif
	option.first = 0;
}

static void
world_start(void)
{
	int i;

	fake_all_gone();
	log_fd = -1;
	world_options();
	(void)memset(&own.shared, 0, sizeof own.shared);
	(void)memset(sessions, 0, sizeof sessions);
	(void)memset(listeners, 0, sizeof listeners);
	(void)memset(dialled, 0, sizeof dialled);
	(void)memset(target_how, 0, sizeof target_how);
	sh = &own.shared;
	self.role = P_SINGLE;
	self.mine = &own.shared.tally[0];
	(void)memset(children, 0, sizeof children);
	(void)memset(&own.guests, 0, sizeof own.guests);
	child.live = child.top = 0;
	fork_pid = dead_pid = 0L;
	session.free = session.rest = -1;
	session.top = session.live = session.timed = 0;
	pool.block = pool.pipe = -1;
	pool.blocks = pool.pipes = 0;
	pool.most = MAXPIPE;
	slog.len = 0;
	self.mine->slog_lost = 0;
	sh->slog_bad = sh->slog_torn = slog.waits = 0;
	slog.fd = -1;
	logging.refused = 0;
	listening.sick = listening.rests = connecting.waits = connecting.starved = admit.draining = admit.full = 0;
	accept_fails = accept_nameless = events_refuse = 0;
	admit.crowded = 0;
	(void)memset(own.traffic, 0, sizeof own.traffic);
	listening.gate = GATE_NEW;
	logging.said.sec = 0L;
	session.limit = MAXSESSION;
	now.sec = 1000L;
	now.usec = 0;
	session.swept = now;
	fault_rate = accept_errno = pipe_errno = socket_errno = 0;
	fault_lacks = 0;
	refuse_add = 0;
	dial_says = (char *)0;
	setup_bytes = 0;
	logging.detached = 0;
	self.name = "plug";
	(void)ev_open();
	lone.ntarget = 3;
	for (i = 0; i < MAXTARGET; i++) {
		targets[i].at.family = 4;
		targets[i].at.port = (unsigned)(1000 + i);
		targets[i].at.ip[0] = 10;
		targets[i].at.ip[3] = (unsigned char)(i + 1);
		targets[i].slot = i;
		targets[i].weight = 1L;
		targets[i].max = 0L;
		targets[i].backup = targets[i].drain = 0;
	}
	lone.source.family = listeners[0].at.family = 4;
	lone.source.port = lone.last = 8080;
	plug.n = listening.n = 1;
	plug.order[0] = 0;
	listeners[0].fd = fake_new(K_SOCKET)->fd;
	listeners[0].at.family = 4;
	listeners[0].at.port = 8080;
	log_open(self.name);
	said_clear();
}

/* A session that has this target. */
static struct session *
a_session(int target)
{
	static struct session s;

	s.target = target;
	return &s;
}

/* A client that is about to be accepted. */
static struct fake *
client_new(void)
{
	struct fake *f;

	f = fake_new(K_SOCKET);
	accepts[accept_n++] = f;
	return f;
}

/* One turn of the loop; returns how many events there were. */
static int
turn(void)
{
	static int fd[2 * MAXSESSION], got[2 * MAXSESSION];
	struct fake *f;
	int i, n, seen;

	session_rested();
	n = 0;
	for (i = 0; i < 2 * session.top; i++) {
		f = fake_of(sessions[i / 2].side[i % 2].fd);
		if (sessions[i / 2].state == S_FREE || f == (struct fake *)0)
			continue;
		fd[n] = f->fd;
		got[n] = fake_ready(f) & ev_want[f->fd];
		n += got[n] != 0;
	}
	for (i = seen = 0; i < n; i++) {
		got[i] &= ev_want[fd[i]];
		if (got[i] == 0)
			continue;
		loop_dispatch(ev_id[fd[i]], got[i]);
		seen++;
	}
	return seen;
}

/* Turns until nothing is left to do; a spin is a failure. */
static void
turns(void)
{
	int i;

	for (i = 0; i < 20000 && turn() > 0; i++)
		continue;
	want_num("the loop comes to rest", 1L, (long)(i < 20000));
}

/* A session in S_RELAY with its two fakes. */
static struct session *
relayed(struct fake **client, struct fake **target)
{
	*client = client_new();
	(void)admit_accept(listeners);
	turns();
	*target = dialled[session.top - 1];
	return &sessions[session.top - 1];
}

/* Free blocks, free pipes: what was borrowed has come back. */
static void
want_pools_whole(void)
{
	int i, n;

	for (n = 0, i = pool.block; i >= 0 && n <= MAXBUF; i = blocks[i].next)
		n++;
	want_num("blocks given back", (long)pool.blocks, (long)n);
	for (n = 0, i = pool.pipe; i >= 0 && n <= MAXPIPE; i = kpipes[i].next)
		n++;
	want_num("kernel pipes given back", (long)pool.pipes, (long)n);
}

static void
addr_set(struct addr *a, unsigned long ip)
{
	(void)memset(a, 0, sizeof *a);
	a->family = 4;
	a->ip[0] = (unsigned char)(ip >> 24 & 0377);
	a->ip[1] = (unsigned char)(ip >> 16 & 0377);
	a->ip[2] = (unsigned char)(ip >> 8 & 0377);
	a->ip[3] = (unsigned char)(ip & 0377);
}

static char lots[FAKEBYTES];		/* any bytes */

static void
lots_fill(void)
{
	int i;

	for (i = 0; i < FAKEBYTES; i++)
		lots[i] = (char)rnd();
}

/* What plug wrote is this, all of it. */
static void
want_out(char *what, struct fake *f, char *p, long n)
{
	want_num(what, n, f->wrote);
	want_num(what, 0L, (long)(f->wrote == n &&
	    memcmp(f->out, p, (size_t)n) != 0));
}

/* So many seconds pass, with all that happens by itself. */
static void
seconds_pass(int n)
{
	for (; n > 0; n--) {
		now.sec++;
		turns();
		if (sweep_timed())
			sweep_all();
	}
	turns();
}

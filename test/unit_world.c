/*
 * unit_world.c: plug as at a start, with fakes around it, and what happens to
 * it in a test: clients come, events are served, seconds pass.
 */

static void
said_clear(void)
{
	errs_len = logs_len = 0;
	errs[0] = logs[0] = '\0';
}

/* What options that were not given are, and targets of nobody. */
static void
world_options(void)
{
	world_words();
	lone.retry = conf.grace = NEVER;
	lone.remember = 3600L;
	lone.patience = 20L;
	lone.balance = -1;
}

/* The fakes do what they should. */
static void
world_fakes(void)
{
	fake_all_gone();
	(void)memset(dialled, 0, sizeof dialled);
	(void)memset(target_how, 0, sizeof target_how);
	fork_pid = dead_pid = 0L;
	log_gone = log_dials = 0;
	accept_fails = accept_nameless = events_refuse = 0;
	refuse_add = refuse_drops = socket_scarce = 0;
	accept_errno = pipe_errno = pipe_most = pipe_asked = socket_errno = 0;
	renews = renewed = 0;
	fault_rate = fault_lacks = setup_bytes = 0;
	dial_says = (char *)0;
}

/* A plug that serves, with three targets, and nobody there yet. */
static void
world_start(void)
{
	world_fakes();
	world_tables();
	world_options();
	world_plug(3);
	listeners[0].fd = fake_new(K_SOCKET)->fd;
	(void)ev_open();
	log_fd = -1;
	log_open(self.name);
	said_clear();
}

#if HAVE_VIA
/* A session that has this target. */
static struct session *
a_session(int target)
{
	static struct session s;

	s.target = target;
	return &s;
}
#endif

/* A client that is about to be accepted. */
static struct fake *
client_new(void)
{
	struct fake *f;

	f = fake_new(K_SOCKET);
	accepts[accept_n++] = f;
	return f;
}

/* One that is accepted now. */
static struct fake *
client_comes(void)
{
	struct fake *f;

	f = client_new();
	(void)admit_accept(listeners);
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
	admit_bulk();
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
	*client = client_comes();
	turns();
	*target = dialled[session.top - 1];
	return &sessions[session.top - 1];
}

/* No block is left for anybody. */
static void
blocks_take(void)
{
	while (block_get() >= 0)
		continue;
}

/* No session lives, and the last one came out so. */
static void
want_over(int status)
{
	int i, n;

	for (i = n = 0; i < session.top; i++)
		n += sessions[i].state != S_FREE;
	want_num("over", 0L, (long)n);
	want_num("its end", (long)status, (long)session.status);
}

/* Standard error has one line. */
static void
want_said_once(void)
{
	want_num("said once", 1L, (long)(errs_len > 0 &&
	    strchr(errs, '\n') == errs + errs_len - 1));
}

/* This is wanted of a listener. */
static void
want_heard(char *what, int listener, int want)
{
	want_num(what, (long)want, (long)ev_want[listeners[listener].fd]);
}

/* What was borrowed has come back. */
static void
want_pools_whole(void)
{
	want_num("blocks given back", 1L, (long)world_blocks());
	want_num("kernel pipes given back", 1L, (long)world_pipes());
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

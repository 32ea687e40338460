/*
 * u_loop.c: the room LOOP, and all that it calls: sessions at once whose peers
 * do what they like, over system calls that fail and fall short as they like.
 * Whatever happens: bytes arrive in order, a clean end is seen on whole
 * streams only, a stream that was not cut arrives whole, nothing spins,
 * nothing stalls, nothing leaks.
 */

#define SIMS 4

static struct fake *sim_client[SIMS], *sim_target[SIMS];
static int sim_status[SIMS];		/* -1 while it lives */
static int sim_cuts;			/* some peers reset */

/* The kernel of a peer: something arrives, ends, resets, makes room. */
static void
sim_peer(struct fake *f)
{
	long left;

	if (f->fd < 0 || !f->connected)
		return;
	left = f->total - f->arrived;
	switch (below(6)) {
	case 0:
	case 1:
		if (!f->fin && !f->dead)
			f->arrived += left > 0L ?
			    1 + below((int)(once_in(2) ? left :
			    left < 20L ? left : 20L)) : 0L;
		break;
	case 2:
		if (left == 0L && !f->dead && once_in(3))
			f->fin = 1;
		if (f->fin && once_in(6))
			f->gone = 1;
		break;
	case 3:
		if (sim_cuts && !f->dead && once_in(12)) {
			f->dead = 1;
			f->err = f->fin ? EPIPE : ECONNRESET;
		}
		break;
	default:
		if (f->room < 3000L)
			f->room += below(2) * below(900);
	}
}

/* From now on every peer does all it can to finish. */
static void
sim_hurry(struct fake *f)
{
	if (f->fd < 0)
		return;
	fake_dialled(f);
	if (!f->connected)
		return;
	if (!f->dead) {
		f->arrived = f->total;
		f->fin = 1;
	}
	f->room = LIMITLESS;
}

/* What the client side got is a piece of what the target sent, or so. */
static void
sim_same(char *what, struct fake *to, long skip, struct fake *from, long off)
{
	long n;

	n = to->wrote - skip;
	if (n < 0L)
		return;
	want_num(what, 1L, (long)(n <= from->arrived - off));
	want_num(what, 0L, (long)memcmp(to->out + skip, from->in + off,
	    (size_t)n));
}

/* One session is over: judge it. */
static void
sim_judge(int k, long skip, long off)
{
	struct fake *f[2];
	int i, clean;

	f[0] = sim_client[k];
	f[1] = sim_target[k];
	want_num("both closed", -2L,
	    (long)(f[0]->fd + (f[1] ? f[1]->fd : -1)));
	if (f[1] == 0 || sim_status[k] == END_UNREACHED) {
		want_num("the client sees a reset", 1L, (long)f[0]->reset);
		return;
	}
	sim_same("bytes to the client", f[0], 0L, f[1], off);
	sim_same("bytes to the target", f[1], skip, f[0], 0L);
	for (i = 0; i < 2; i++) {
		clean = f[i]->shut || (!f[i]->reset && !f[i]->unread);
		if (f[i]->dead || !clean)
			continue;
		want_num("a clean end: of a stream that ended", 1L,
		    (long)(f[!i]->fin || f[i]->gone));
		want_num("a clean end: after all bytes",
		    f[!i]->total - (i == 0 ? off : 0L),
		    f[i]->wrote - (i == 0 ? 0L : skip));
	}
	if (!f[0]->dead && !f[1]->dead) {
		want_num("status", (long)END_OK, (long)sim_status[k]);
		want_num("all to the client", f[1]->total - off, f[0]->wrote);
		want_num("all to the target", f[0]->total,
		    f[1]->wrote - skip);
	}
	for (i = 0; i < 2; i++)
		if (f[i]->dead && !f[i]->fin)
			want_num("cut", (long)END_CUT, (long)sim_status[k]);
}

/* The rows whose sessions have ended since. */
static void
sim_watch(int before)
{
	int k;

	for (k = 0; k < SIMS; k++) {
		if (dialled[k] != 0)
			sim_target[k] = dialled[k];
		if (sim_status[k] < 0 && sessions[k].state == S_FREE)
			sim_status[k] = sessions[k].status;
	}
	want_num("rows", (long)before, (long)session.top);
}

static long sim_off;			/* bytes that a proxy says first */

/* Targets are behind a proxy, which may have much to say. */
static void
sim_proxy(void)
{
	static char says[200];

	lone.via.family = 4;
	lone.via.port = 80;
	(void)strcpy(says, once_in(2) ? "HTTP/1.1 200 OK\r\n\r\n" :
	    "HTTP/1.1 100 C\n\nHTTP/1.0 200\nX: 12345678901234567890\
12345678901234567890123456789012345678901234567890\r\n\n");
	dial_says = says;
	sim_off = (long)strlen(says);
}

/* A world of this episode's kind. */
static void
sim_world(void)
{
	int i;

	world_start();
	lone.balance = once_in(2);
	lone.retry = once_in(2) ? NEVER : (long)below(3);
	fault_rate = once_in(3) ? 0 : below(60);
	sim_cuts = once_in(2);
	sim_off = 0L;
	if (HAVE_VIA && once_in(4))
		sim_proxy();
	for (i = 0; i < 3; i++)
		target_how[i] = lone.via.family != 0 ? C_SOON : below(4);
	setup_bytes = below(once_in(2) ? 300 : 7000);
}

/* All clients come, each with what it means to send. */
static void
sim_clients(void)
{
	int i, k, n;

	for (k = 0; k < SIMS; k++) {
		sim_client[k] = client_new();
		sim_target[k] = (struct fake *)0;
		sim_status[k] = -1;
		n = below(once_in(2) ? 300 : 7000);
		for (i = 0; i < n; i++)
			sim_client[k]->in[i] = (char)rnd();
		sim_client[k]->total = (long)n;
		sim_client[k]->room = below(2) * LIMITLESS;
	}
	if (fault_rate == 0 && once_in(2))
		blocks_take();
	while (admit_accept(listeners))
		continue;
}

/* So many turns in which peers do what they like. */
static void
sim_play(int n)
{
	int k;

	for (; n > 0; n--) {
		sim_watch(SIMS);
		for (k = 0; k < SIMS; k++) {
			sim_peer(sim_client[k]);
			if (sim_target[k] != 0) {
				if (once_in(5))
					fake_dialled(sim_target[k]);
				sim_peer(sim_target[k]);
			}
		}
		now.usec += 1000;
		(void)turn();
		if (session.pauses && once_in(3))
			sweep_all();
	}
}

/* All do what they can to finish, until nothing happens. */
static void
sim_finish(void)
{
	int k, quiet;

	calls = 0;
	for (quiet = 0; session.live > 0 && quiet < 3 && calls <= 200000;) {
		sim_watch(SIMS);
		for (k = 0; k < SIMS; k++) {
			sim_hurry(sim_client[k]);
			if (sim_target[k] != 0)
				sim_hurry(sim_target[k]);
		}
		quiet = turn() > 0 ? 0 : quiet + 1;
		if (session.pauses) {
			sweep_all();
			quiet = 0;
		}
	}
	sim_watch(SIMS);
}

#if HAVE_VIA
/* Bytes that the target of this row hears before the stream. */
static long
sim_skip(int k)
{
	char request[MAXHELLO];
	struct text r;

	if (sim_off == 0L)
		return 0L;
	text_start(&r, request, MAXHELLO);
	put_request(&r, sessions[k].target < 0 ? a_session(0) : &sessions[k]);
	return (long)r.len;
}
#else
#define sim_skip(k) 0L
#endif

static void
sim_episode(void)
{
	int k;

	sim_world();
	sim_clients();
	sim_play(20 + below(300));
	sim_finish();
	want_num("no stall, no spin", 0L, (long)session.live);
	for (k = 0; k < SIMS && session.live == 0; k++)
		sim_judge(k, sim_skip(k), sim_off);
	want_num("no deadline left", 0L, (long)session.timed);
	want_num("nobody lives", 0L, (long)sh->tally[0].live);
}

static void
test_simulation(void)
{
	int i;

	for (i = 0; i < 4000; i++)
		sim_episode();
}

static struct test tests_loop[] = {
	{ "peers who do what they like break a stream", test_simulation },
	{ 0, 0 }
};

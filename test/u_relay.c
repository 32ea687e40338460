/*
 * u_relay.c: the room RELAY: all bytes arrive, once and in order, and then the
 * end: however short the calls fall, with and without blocks, pipes and
 * memory.  Nobody spins, sleeps on work, or wakes for nothing.
 */

static void
test_relay_short_writes(void)
{
	struct fake *c, *t;
	int i;

	(void)relayed(&c, &t);
	fake_says(c, lots, 1000L);
	t->room = 0L;
	turns();
	want_num("held", 0L, t->wrote);
	want_num("waits for room", (long)EV_WRITE,
	    (long)(ev_want[t->fd] & EV_WRITE));
	want_num("reads no more", 0L, (long)(ev_want[c->fd] & EV_READ));
	for (i = 0; i < 60; i++) {
		t->room = (long)(i % 7);
		turns();
	}
	want_num("as much as there was room", 174L, t->wrote);
	t->room = LIMITLESS;
	t->most = 3L;
	turns();
	want_out("all", t, lots, 1000L);
	c->fin = t->fin = 1;
	turns();
	want_over(END_OK);
	want_num("counted", 1000L, (long)sh->tally[0].in.lo);
	want_pools_whole();
}

static void
test_relay_interrupted(void)
{
	struct fake *c, *t;

	(void)relayed(&c, &t);
	fake_says(c, lots, 500L);
	fake_says(t, lots + 500, 300L);
	c->eintr = t->eintr = 20;
	turns();
	want_out("to the target", t, lots, 500L);
	want_out("to the client", c, lots + 500, 300L);
	c->eintr = t->eintr = 3;
	c->fin = t->fin = 1;
	turns();
	want_num("well", (long)END_OK, (long)session.status);
	want_num("all ended", 0L, (long)session.live);
}

/* The end of one direction is a half-close, after the last byte of it. */
static void
test_relay_half_close(void)
{
	struct fake *c, *t;
	struct session *s;

	s = relayed(&c, &t);
	t->room = 10L;
	fake_says(c, lots, 30L);
	c->fin = 1;
	turns();
	want_num("not before the bytes", 0L, (long)t->shut);
	t->room = LIMITLESS;
	turns();
	want_out("the bytes", t, lots, 30L);
	want_num("then the end", 1L, (long)t->shut);
	want_num("goes on", (long)S_RELAY, (long)s->state);
	fake_says(t, lots, 700L);
	turns();
	want_out("the other way", c, lots, 700L);
	want_num("no end yet", 0L, (long)c->shut);
	t->fin = 1;
	turns();
	want_over(END_OK);
	want_num("no reset", 0L, (long)(c->reset || t->reset));
}

/*
 * A write fails and the target lives: it never takes what came for the whole
 * stream, and is not waited for for ever.
 */
static void
test_relay_half_given(void)
{
	struct fake *c, *t;
	struct session *s;
	int ends;

	for (ends = 0; ends < 3; ends++) {
		world_start();
		s = relayed(&c, &t);
		t->fin = ends > 0;
		turns();
		t->err = ENOSPC;
		fake_says(c, lots, 300L);
		c->fin = ends != 1;
		turns();
		want_num("waits", (long)(ends < 2),
		    (long)(s->state != S_FREE));
		now.sec += LINGERSECS;
		sweep_all();
		want_num("not for ever", (long)S_FREE, (long)s->state);
		want_num("reset", 1L, (long)t->reset);
	}
}

/* A target that has finished; the client speaks on.  Its tail is safe. */
static void
test_relay_tail(void)
{
	struct fake *c, *t;
	struct session *s;

	s = relayed(&c, &t);
	c->room = 100L;
	fake_says(t, lots, 500L);
	t->fin = t->gone = 1;
	fake_says(c, lots, 2000L);
	turns();
	fake_says(c, lots, 2000L);
	turns();
	want_num("goes on", 1L, (long)(s->state != S_FREE));
	c->room = LIMITLESS;
	turns();
	want_out("the tail", c, lots, 500L);
	want_num("the end", 1L, (long)(c->shut || c->fd < 0));
	fake_says(c, lots, 2000L);
	turns();
	want_num("lingers", (long)S_LINGER, (long)s->state);
	want_num("all read", c->arrived, c->taken);
	now.sec += LINGERSECS - 1;
	sweep_all();
	want_num("still there", (long)S_LINGER, (long)s->state);
	now.sec += 1;
	sweep_all();
	want_num("not for ever", (long)S_FREE, (long)s->state);
	want_num("well", (long)END_OK, (long)session.status);
	want_num("no reset", 0L, (long)(c->reset || c->unread));
}

/* No block is free: bytes are seen, sent, then read, and none twice. */
static void
test_relay_peek(void)
{
	struct fake *c, *t;
	struct session *s;
	int i, n;

	for (n = 1; n <= 70; n += n < 5 ? 1 : 13) {
		world_start();
		s = relayed(&c, &t);
		blocks_take();
		fake_says(c, lots, 900L);
		t->room = 0L;
		turns();
		want_num("stuck", 1L, (long)s->side[CLIENT].stuck);
		want_num("waits for room", (long)EV_WRITE,
		    (long)(ev_want[t->fd] & EV_WRITE));
		want_num("reads no more", 0L,
		    (long)(ev_want[c->fd] & EV_READ));
		for (i = 0; i < 5; i++) {
			t->room = (long)n;
			turns();
		}
		want_num("as much as there was room", 5L * n, t->wrote);
		c->most = (long)n;
		t->room = LIMITLESS;
		turns();
		want_out("all", t, lots, 900L);
		c->fin = t->fin = 1;
		turns();
		want_num("nothing owed", c->arrived, c->taken);
		want_num("well", (long)END_OK, (long)session.status);
		want_num("counted once", 900L,
		    (long)sh->tally[0].in.lo);
	}
}

/* Stuck because blocks were short: goes on when they are there again. */
static void
test_relay_unstuck(void)
{
	struct fake *c, *t;
	struct session *s;
	int i;

	s = relayed(&c, &t);
	blocks_take();
	fake_says(c, lots, 900L);
	t->room = 10L;
	turns();
	for (i = 0; i < MAXBUF; i++)
		block_put(i);
	t->room = LIMITLESS;
	turns();
	want_out("all", t, lots, 900L);
	want_num("not stuck", 0L, (long)s->side[CLIENT].stuck);
	c->fin = t->fin = 1;
	turns();
	want_num("well", (long)END_OK, (long)session.status);
	want_pools_whole();
}

static void
test_relay_bulk(void)
{
	struct fake *c, *t;
	struct session *s;

	s = relayed(&c, &t);
	fake_says(t, lots, 2L * BUFSZ - 1);
	turns();
	want_num("no pipe for two reads that filled no two blocks", 0L,
	    (long)pool.pipes);
	fake_says(t, lots + 2 * BUFSZ - 1, 3000L);
	c->room = 0L;
	turns();
	c->room = 700L;
	turns();
	want_num("a pipe", (long)PIPES, (long)(s->side[TARGET].pipe >= 0));
	want_num("with bytes", (long)PIPES,
	    (long)(s->side[TARGET].piped > 0L));
	c->room = LIMITLESS;
	turns();
	want_out("all", c, lots, 2L * BUFSZ + 2999);
	want_num("given back when dry", -1L, (long)s->side[TARGET].pipe);
	fake_says(t, lots, 5L);
	turns();
	want_num("small again", -1L, (long)s->side[TARGET].pipe);
	c->fin = t->fin = 1;
	turns();
	want_num("well", (long)END_OK, (long)session.status);
	want_pools_whole();
}

/* Whatever the size and the turns: who is idle holds no block, no pipe. */
static void
test_relay_idle_holds(void)
{
	struct fake *c, *t;
	struct session *s;
	long n;

	for (n = 1L; n < 5000L; n += n < 300L ? 1L : 37L) {
		world_start();
		s = relayed(&c, &t);
		fake_says(c, lots, n);
		turns();
		want_num("all", n, t->wrote);
		want_num("no block", -1L, (long)s->side[CLIENT].block);
		want_num("no pipe", -1L, (long)s->side[CLIENT].pipe);
	}
}

/* Nobody is woken for sessions that wait for nothing but their peers. */
static void
test_relay_asleep(void)
{
	struct fake *c, *t;

	(void)relayed(&c, &t);
	turns();
	want_num("idle", 0L, (long)sweep_timed());
	c->room = 0L;
	fake_says(t, lots, 900L);
	turns();
	want_num("stuck", 1L, (long)sweep_timed());
	c->room = LIMITLESS;
	turns();
	want_num("idle again", 0L, (long)sweep_timed());
}

/* How bytes go: in blocks, by peeking, through a kernel pipe. */
#define BY_BLOCK 0
#define BY_PEEK 1
#define BY_PIPE 2

/* So many calls in a row on one socket find no memory. */
static void
lack(int by, int i, int sink, int half, int times)
{
	struct fake *f[2], *x;
	struct session *s;
	int k;

	world_start();
	s = relayed(&f[0], &f[1]);
	if (by == BY_PEEK)
		blocks_take();
	if (half)
		f[!i]->fin = 1;
	turns();
	x = sink ? f[!i] : f[i];
	x->lacks = times;
	s->side[i].full = by == BY_PIPE ? 2 : 0;
	fake_says(f[i], lots, 3000L);
	f[i]->fin = 1;
	for (k = 0; k < times + 9; k++) {
		calls = 0;
		turns();
		if (x->lacks > 0 && calls > 20)
			break;
		now.usec += 50000;
		if (sweep_timed())
			sweep_all();
	}
	want_num("no spin", (long)(times + 9), (long)k);
	want_out("all", f[!i], lots, 3000L);
	want_num("the end, no reset", 1L, (long)((f[!i]->shut ||
	    f[!i]->fd < 0) && !f[!i]->reset && !f[i]->reset));
	f[!i]->fin = 1;
	turns();
	want_over(END_OK);
}

static void
test_relay_shortage(void)
{
	static int times[] = { 1, 3, 100 };
	int by, i, sink, half, k;

	for (by = BY_BLOCK; by <= BY_PIPE; by++)
		for (i = 0; i < 2; i++)
			for (sink = 0; sink < 2; sink++)
				for (half = 0; half < 2; half++)
					for (k = 0; k < COUNT(times); k++)
						lack(by, i, sink, half,
						    times[k]);
}

/* No memory for the end, or for the read that would see it. */
static void
test_relay_shortage_end(void)
{
	struct fake *f[2];
	int i, k, n;

	for (n = 0; n < 8; n++) {
		i = n & 1;
		if ((n & 6) == 2)
			continue;	/* both have ended: no call is left */
		world_start();
		(void)relayed(&f[0], &f[1]);
		if (n & 2)
			f[!i]->fin = 1;
		turns();
		f[n & 4 ? i : !i]->lacks = 3;
		f[i]->fin = 1;
		turns();
		want_num("lives", 1L, (long)session.live);
		for (k = 0; k < 5; k++) {
			if (sweep_timed())
				sweep_all();
			turns();
		}
		want_num("the end", 1L, (long)(f[!i]->shut || f[!i]->fd < 0));
		f[!i]->fin = 1;
		turns();
		want_over(END_OK);
	}
}

/* A session that ends with bytes in its pipe: they are nobody's. */
static void
test_relay_pipe_reused(void)
{
	struct fake *c, *t;
	struct session *s;

	if (!PIPES)
		return;
	world_start();
	s = relayed(&c, &t);
	fake_says(t, lots, 3000L);
	c->room = 200L;
	turns();
	want_num("bytes in a pipe", 1L, (long)(s->side[TARGET].piped > 0L));
	session_end(s, END_CUT);
	session_rested();
	s = relayed(&c, &t);
	fake_says(t, lots + 5000, 3000L);
	c->room = 200L;
	turns();
	want_num("a pipe again", 1L, (long)(s->side[TARGET].piped > 0L));
	c->room = LIMITLESS;
	turns();
	want_out("its own bytes", c, lots + 5000, 3000L);
	want_num("no pipe more than needed", 1L, (long)pool.pipes);
}

/* A pipe that came less than full of a block: the next read is into one. */
static void
test_relay_pipe_dry(void)
{
	struct fake *c, *t;
	struct session *s;
	struct side *a;
	long n;

	if (!PIPES)
		return;
	for (n = (long)BUFSZ; n >= (long)BUFSZ - 1; n--) {
		world_start();
		s = relayed(&c, &t);
		a = &s->side[TARGET];
		a->full = 2;
		a->pipe = kpipe_get();
		fake_says(t, lots, n);
		want_num("in the pipe", n, relay_splice(a));
		want_num("bulk", (long)(n == (long)BUFSZ), (long)BULK(a));
		session_end(s, END_CUT);
	}
}

/* One direction moves so much in a turn, then the others have theirs. */
static void
test_relay_budget(void)
{
	struct fake *c, *t;
	struct session *s;

	s = relayed(&c, &t);
	fake_says(c, lots, 8000L);
	(void)relay_move(s, CLIENT, 1, 1);
	want_num("something", 1L, (long)(t->wrote > 0L));
	want_num("not everything", 1L,
	    (long)(t->wrote <= TURNBYTES + PIPESZ + BUFSZ));
	turns();
	want_out("all in the end", t, lots, 8000L);
}

static void
test_relay_idle(void)
{
	struct fake *c, *t;
	struct session *s;

	lone.idle = 10L;
	s = relayed(&c, &t);
	now.sec += 9;
	sweep_all();
	fake_says(c, lots, 1L);
	turns();
	now.sec += 9;
	sweep_all();
	want_num("a byte counts", (long)S_RELAY, (long)s->state);
	t->room = 3L;
	fake_says(c, lots, 5L);
	turns();
	now.sec += 9;
	t->room = 1L;
	turns();
	now.sec += 9;
	sweep_all();
	want_num("one that was held counts", (long)S_RELAY, (long)s->state);
	t->room = 9L;
	turns();
	now.sec += 10;
	sweep_all();
	want_num("idle", (long)S_FREE, (long)s->state);
	want_num("cut", (long)END_CUT, (long)session.status);
	want_num("a reset for both", 1L, (long)(c->reset && t->reset));
	want_num("no deadline left", 0L, (long)session.timed);
}

#if HAVE_RING
/* Makes n bulk sessions, each with more to say than a turn takes. */
static void
bulk_comes(struct fake **c, struct fake **t, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		c[i] = client_comes();
		turns();
		t[i] = dialled[session.top - 1];
	}
	for (i = 0; i < n; i++) {
		sessions[session.top - n + i].side[CLIENT].full = 2;
		fake_says(c[i], lots, 4L * TURNBYTES);
	}
}

/* Who says a word waits for one turn of one bulk direction, not of all. */
static void
test_relay_ring(void)
{
	struct fake *c[4], *t[4], *quiet;
	long before[4];
	int i, k, moved;

	world_start();
	quiet = client_comes();
	turns();
	bulk_comes(c, t, 4);
	for (k = 0; k < 8; k++) {
		for (i = 0; i < 4; i++)
			before[i] = t[i]->wrote;
		fake_says(quiet, lots, 1L);
		(void)turn();
		for (i = moved = 0; i < 4; i++)
			moved += t[i]->wrote > before[i];
		want_num("one of them a turn", 1L, (long)moved);
		want_num("the quiet one at once", (long)k + 1, dialled[0]->wrote);
	}
	turns();
	for (i = 0; i < 4; i++)
		want_num("all", c[i]->arrived, t[i]->wrote);
}

/* The last row of however many there are has its turn like the first. */
static void
test_relay_ring_last(void)
{
	struct session *s;
	int i, side;

	for (i = 0; i < 2; i++) {
		s = &sessions[i == 0 ? 0 : MAXSESSION - 1];
		s->side[TARGET].fd = fake_new(K_SOCKET)->fd;
		want_num("waits", 1L, (long)ring_add(s, TARGET));
		want_num("its turn", 1L, (long)(ring_next(&side) == s));
		want_num("its side", (long)TARGET, (long)side);
	}
}

/* A row that ends in the ring is in nobody's way when it is used again. */
static void
test_relay_ring_freed(void)
{
	struct fake *c[4], *t[4];
	int i;

	world_start();
	for (i = 0; i < 3 * RING; i++) {
		session_rested();
		bulk_comes(c, t, 1);
		(void)turn();
		want_num("it waits", 1L, (long)sessions[0].side[CLIENT].waits);
		fake_cut(c[0], ECONNRESET);
		session_end(&sessions[0], END_CUT);
		want_num("not any more", 0L, (long)sessions[0].side[CLIENT].waits);
		c[0]->used = t[0]->used = 0;
	}
	session_rested();
	bulk_comes(c, t, 1);
	turns();
	want_num("all", c[0]->arrived, t[0]->wrote);
	want_num("nobody waits", 0L, (long)RING_WAITS);
}
#endif

static struct test tests_relay[] = {
	{ "bytes are lost in short writes", test_relay_short_writes },
	{ "a signal loses bytes", test_relay_interrupted },
	{ "a half-close is lost, or early", test_relay_half_close },
	{ "who could not be given all takes it for all, or waits for ever",
	    test_relay_half_given },
	{ "the last bytes are lost when the client still sends",
	    test_relay_tail },
	{ "without blocks bytes are lost or doubled", test_relay_peek },
	{ "a starved direction never goes on", test_relay_unstuck },
	{ "bulk begins too early, loses bytes or keeps its pipe",
	    test_relay_bulk },
	{ "an idle session holds a block or a pipe", test_relay_idle_holds },
	{ "plug wakes for nothing", test_relay_asleep },
	{ "a shortage of memory is somebody's end, or a spin",
	    test_relay_shortage },
	{ "a shortage of memory loses or invents an end",
	    test_relay_shortage_end },
	{ "bytes of one session reach another", test_relay_pipe_reused },
	{ "a pipe is kept for what a block would hold", test_relay_pipe_dry },
	{ "one session has all the turns", test_relay_budget },
#if HAVE_RING
	{ "bulk directions keep everybody waiting", test_relay_ring },
	{ "a row among many has no turn", test_relay_ring_last },
	{ "a session that ended has another's turn", test_relay_ring_freed },
#endif
	{ "idle sessions end too early, never or cleanly", test_relay_idle },
	{ 0, 0 }
};

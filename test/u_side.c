/*
 * u_side.c: the room SIDE: how the stream of one peer ends.  A reset goes on
 * as a reset, an end as an end behind all bytes, and neither is missed while
 * bytes wait.
 */

/* The write has the ECONNRESET, read() then says 0: that is no clean end. */
static void
test_relay_reset_eaten(void)
{
	struct fake *c, *t;
	struct session *s;

	s = relayed(&c, &t);
	fake_says(t, lots, 50L);
	fake_cut(c, ECONNRESET);
	(void)relay_move(s, TARGET, 1, 1);
	want_num("the write has it", 0L, (long)c->err);
	turns();
	want_over(END_CUT);
	want_num("the target sees a reset", 1L, (long)t->reset);
	want_num("and no end", 0L, (long)t->shut);
}

/* The same when bulk: splice() has it. */
static void
test_relay_reset_spliced(void)
{
	struct fake *c, *t;
	struct session *s;

	s = relayed(&c, &t);
	fake_says(c, lots, 4L * BUFSZ);
	(void)relay_move(s, CLIENT, 1, 1);
	fake_says(c, lots, 4L * BUFSZ);
	(void)relay_move(s, CLIENT, 1, 1);
	want_num("a pipe was used", (long)PIPES, (long)(pool.pipes > 0));
	s->side[CLIENT].full = 2;
	fake_cut(c, ECONNRESET);
	turns();
	want_over(END_CUT);
	want_num("the target sees a reset", 1L, (long)t->reset);
	want_num("and no end", 0L, (long)t->shut);
}

static void
test_relay_reset_passed(void)
{
	struct fake *f[2];
	int i;

	for (i = 0; i < 2; i++) {
		world_start();
		(void)relayed(&f[0], &f[1]);
		fake_says(f[i], lots, 40L);
		fake_cut(f[i], ECONNRESET);
		turns();
		want_over(END_CUT);
		want_num("a reset", 1L, (long)f[!i]->reset);
		want_num("no end", 0L, (long)f[!i]->shut);
		want_out("what came before", f[!i], lots, 40L);
	}
}

/* A peer that has ended, and then closes, has not cut anything. */
static void
test_relay_end_then_reset(void)
{
	struct fake *c, *t;

	(void)relayed(&c, &t);
	c->fin = 1;
	turns();
	fake_cut(c, EPIPE);
	fake_says(t, lots, 300L);
	turns();
	want_num("the rest is read", 300L, t->taken);
	t->fin = 1;
	turns();
	want_over(END_OK);
	want_num("no reset", 0L, (long)t->reset);
}

/* The client was reset, its bytes wait; the target must not keep it alive. */
static void
test_relay_reset_ends(void)
{
	struct fake *c, *t;
	int i;

	(void)relayed(&c, &t);
	t->room = 0L;
	fake_says(c, lots, 200L);
	turns();
	t->room = 100L;
	turns();
	t->room = 0L;
	fake_cut(c, ECONNRESET);
	for (i = 0; i < LINGERSECS + 5; i++) {
		now.sec++;
		if (i < 5)
			t->room = 20L;
		fake_says(t, lots, 10L);
		turns();
		sweep_all();
	}
	want_over(END_CUT);
	want_num("a reset", 1L, (long)t->reset);
}

/* A session one side of which has said 900 bytes, and the other takes ten. */
static struct session *
half_taken(struct fake **f, int i)
{
	struct session *s;

	world_start();
	s = relayed(&f[0], &f[1]);
	f[!i]->room = 10L;
	fake_says(f[i], lots, 900L);
	return s;
}

/* It takes the others. */
static void
rest_taken(struct fake **f, int i)
{
	f[!i]->room = LIMITLESS;
	turns();
	want_out("all", f[!i], lots, 900L);
}

/* A side is reset while its bytes wait: seen by nobody but the sweep. */
static void
test_relay_gone(void)
{
	struct fake *f[2];
	struct session *s;
	int i, slow;

	for (i = 0; i < 4; i++) {
		slow = i / 2;
		s = half_taken(f, i % 2);
		turns();
		fake_cut(f[i % 2], ECONNRESET);
		seconds_pass(2);
		want_num("noticed", 1L, (long)s->side[i % 2].doomed);
		want_num("not before he had his time", (long)S_RELAY,
		    (long)s->state);
		if (slow)
			f[!(i % 2)]->room = LIMITLESS;
		seconds_pass(slow ? 1 : LINGERSECS);
		want_over(END_CUT);
		want_num("a reset", 1L, (long)f[!(i % 2)]->reset);
		want_num("no end", 0L, (long)f[!(i % 2)]->shut);
		want_out("what came before", f[!(i % 2)], lots,
		    slow ? 900L : 10L);
		want_num("no deadline left", 0L, (long)session.timed);
	}
}

/* Both are reset at once, each with bytes for the other. */
static void
test_relay_gone_both(void)
{
	struct fake *f[2];
	int i;

	(void)relayed(&f[0], &f[1]);
	for (i = 0; i < 2; i++) {
		f[i]->room = 10L;
		fake_says(f[i], lots, 900L);
	}
	turns();
	for (i = 0; i < 2; i++)
		fake_cut(f[i], ECONNRESET);
	turns();
	want_over(END_CUT);
}

/* What ICMP says of a living connection is nothing, whatever it is. */
static void
test_relay_unreachable(void)
{
	static int soft[] = { EHOSTUNREACH, ENETUNREACH, ECONNREFUSED,
	    ETIMEDOUT, ECONNRESET };
	struct fake *f[2];
	int i, k;

	for (i = 0; i < 2 * COUNT(soft); i++) {
		k = i / COUNT(soft);
		(void)half_taken(f, k);
		turns();
		f[k]->err = soft[i % COUNT(soft)];
		seconds_pass(LINGERSECS + 2);
		want_num("goes on", 1L, (long)session.live);
		f[k]->err = 0;
		f[k]->fin = 1;
		rest_taken(f, k);
		f[!k]->fin = 1;
		turns();
		want_num("well", (long)END_OK, (long)session.status);
	}
}

/* The end is behind bytes that wait, and a reset behind that: no cut. */
static void
test_relay_gone_whole(void)
{
	struct fake *f[2];
	int i;

	for (i = 0; i < 2; i++) {
		(void)half_taken(f, i);
		f[i]->fin = 1;
		turns();
		fake_cut(f[i], EPIPE);
		seconds_pass(LINGERSECS + 2);
		want_num("goes on", 1L, (long)session.live);
		rest_taken(f, i);
		want_num("and the end", 1L, (long)f[!i]->shut);
		f[!i]->fin = 1;
		seconds_pass(2);
		want_over(END_OK);
		want_num("no reset", 0L, (long)f[!i]->reset);
	}
}

/* Both have ended; what ICMP once said is all that there is: no cut. */
static void
test_relay_gone_both_ended(void)
{
	struct fake *f[2];
	int i;

	for (i = 0; i < 2; i++) {
		(void)half_taken(f, i);
		f[0]->fin = f[1]->fin = 1;
		turns();
		want_num("an end", 1L, (long)f[i]->shut);
		f[i]->err = EHOSTUNREACH;
		seconds_pass(LINGERSECS + 2);
		want_num("goes on", 1L, (long)session.live);
		rest_taken(f, i);
		want_over(END_OK);
	}
}

/* A question that has ended, and nobody there for the answer any more. */
static void
test_relay_gone_ended(void)
{
	struct fake *f[2];
	struct session *s;
	int i;

	for (i = 0; i < 4; i++) {
		world_start();
		s = relayed(&f[0], &f[1]);
		fake_says(f[i % 2], lots, 10L);
		f[i % 2]->fin = 1;
		turns();
		f[i % 2]->err = i < 2 ? EPIPE : ETIMEDOUT;
		f[i % 2]->dead = 1;
		seconds_pass(2);
		want_num("noticed", (long)S_LINGER, (long)s->state);
		fake_says(f[!(i % 2)], lots, 700L);
		turns();
		want_num("read and thrown away", 700L, f[!(i % 2)]->taken);
		seconds_pass(LINGERSECS + 1);
		want_over(END_OK);
		want_num("no reset", 0L, (long)f[!(i % 2)]->reset);
	}
}

static struct test tests_side[] = {
	{ "a reset that a write has seen becomes a clean end",
	    test_relay_reset_eaten },
	{ "a reset that splice has seen becomes a clean end",
	    test_relay_reset_spliced },
	{ "a reset is not passed on", test_relay_reset_passed },
	{ "a close after the end counts as a cut", test_relay_end_then_reset },
	{ "a session that was reset lives on", test_relay_reset_ends },
	{ "a side that is reset while its bytes wait is not noticed",
	    test_relay_gone },
	{ "two sides that are reset at once wait for each other",
	    test_relay_gone_both },
	{ "an ICMP error ends a living connection", test_relay_unreachable },
	{ "a reset behind an end that waits is a cut", test_relay_gone_whole },
	{ "an ICMP error cuts a stream that has ended",
	    test_relay_gone_both_ended },
	{ "a reset behind an end is not noticed", test_relay_gone_ended },
	{ 0, 0 }
};

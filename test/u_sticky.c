/*
 * u_sticky.c: the room STICKY: a client finds its target again, for as long as
 * it should, whatever else stands in the table.
 */

/* The i-th client whose bucket is the first one's. */
static struct addr *
neighbour(int i)
{
	static struct addr a;
	unsigned long ip;

	for (ip = 0x0a000000L;; ip++) {
		addr_set(&a, ip);
		if (addr_hash(&a) % STICKYSETS == 0 && i-- == 0)
			return &a;
	}
}

static void
test_sticky_keep(void)
{
	struct addr a, b;

	a = *neighbour(0);
	b = *neighbour(1);
	want_num("unknown", -1L, (long)sticky_find(plugs, &a));
	sticky_keep(plugs, &a, 2);
	sticky_keep(plugs, &b, 1);
	want_num("a", 2L, (long)sticky_find(plugs, &a));
	want_num("b", 1L, (long)sticky_find(plugs, &b));
	a.port = 99;
	want_num("whatever the port", 2L, (long)sticky_find(plugs, &a));
	sticky_keep(plugs, &a, 0);
	want_num("moved", 0L, (long)sticky_find(plugs, &a));
	want_num("b is where it was", 1L, (long)sticky_find(plugs, &b));
	lone.ntarget = 1;
	want_num("a target that is gone", -1L, (long)sticky_find(plugs, &b));
}

static void
test_sticky_expiry(void)
{
	struct addr a;

	a = *neighbour(0);
	lone.remember = 100L;
	sticky_keep(plugs, &a, 2);
	now.sec += 99;
	now.usec = 999999L;
	want_num("in time", 2L, (long)sticky_find(plugs, &a));
	now.sec++;
	now.usec = 0L;
	want_num("too late", -1L, (long)sticky_find(plugs, &a));
	sticky_keep(plugs, &a, 1);
	now.sec += 50;
	sticky_keep(plugs, &a, 1);
	now.sec += 60;
	want_num("from the last connection", 1L, (long)sticky_find(plugs, &a));
	lone.remember = 0L;
	sticky_keep(plugs, &a, 1);
	want_num("-t 0: no memory", -1L, (long)sticky_find(plugs, &a));
	now.sec -= 1000;
	lone.remember = 100L;
	sticky_keep(plugs, &a, 2);
	want_num("a clock set back", 2L, (long)sticky_find(plugs, &a));
}

static void
test_sticky_evict(void)
{
	struct addr a;
	int i, round, old;

	for (round = 0; round < 50; round++) {
		world_start();
		for (i = 0; i < STICKYWAYS; i++) {
			a = *neighbour((i + round) % STICKYWAYS);
			now.sec++;
			sticky_keep(plugs, &a, i % 3);
		}
		old = round % STICKYWAYS;
		if (round % 2 == 1) {
			now.sec++;
			a = *neighbour(old);
			sticky_keep(plugs, &a, 0);
			old = (old + 1) % STICKYWAYS;
		}
		a = *neighbour(STICKYWAYS);
		now.sec++;
		sticky_keep(plugs, &a, 2);
		want_num("the newcomer", 2L, (long)sticky_find(plugs, &a));
		for (i = 0; i < STICKYWAYS; i++) {
			a = *neighbour(i);
			want_num("only the oldest is forgotten",
			    (long)(i != old),
			    (long)(sticky_find(plugs, &a) >= 0));
		}
	}
}

/* An expired entry goes before a living one, wherever it stands. */
static void
test_sticky_expired_first(void)
{
	struct addr a;
	int i, k;

	for (k = 0; k < STICKYWAYS; k++) {
		world_start();
		for (i = 0; i < STICKYWAYS; i++) {
			a = *neighbour(i);
			sticky_keep(plugs, &a, 1);
		}
		a = *neighbour(k);
		sh->sticky[0][k].keep = -1L;
		a = *neighbour(STICKYWAYS);
		sticky_keep(plugs, &a, 2);
		for (i = 0; i < STICKYWAYS; i++) {
			a = *neighbour(i);
			want_num("the living stay", (long)(i != k),
			    (long)(sticky_find(plugs, &a) >= 0));
		}
	}
}

/* Whatever is in the table, find gives -1 or a target, and keep works. */
static void
test_sticky_torn(void)
{
	struct addr a;
	unsigned char *p;
	unsigned i;
	int round, t;

	p = (unsigned char *)sh->sticky;
	for (round = 0; round < 3000; round++) {
		a = *neighbour(below(8));
		sticky_keep(plugs, &a, below(3));
		for (i = 0; i < 40; i++)
			p[below((int)sizeof sh->sticky)] =
			    (unsigned char)rnd();
		t = sticky_find(plugs, &a);
		want_num("a target or none", 1L,
		    (long)(t >= -1 && t < lone.ntarget));
	}
	(void)memset(sh->sticky, 0377, sizeof sh->sticky);
	sticky_keep(plugs, &a, 1);
	want_num("kept over rubbish", 1L, (long)sticky_find(plugs, &a));
}

static void
test_sticky_future(void)
{
	struct addr a;
	int i;

	a = *neighbour(0);
	sticky_keep(plugs, &a, 1);
	for (i = 0; i < STICKYWAYS; i++)
		sh->sticky[0][i].seen.sec = now.sec + 100000000L;
	want_num("seen in three years", -1L, (long)sticky_find(plugs, &a));
}

static struct test tests_sticky[] = {
	{ "a client loses its target", test_sticky_keep },
	{ "clients are remembered too long or too short", test_sticky_expiry },
	{ "a full bucket forgets the wrong client", test_sticky_evict },
	{ "a living client is forgotten for an expired one's place",
	    test_sticky_expired_first },
	{ "a torn entry does harm", test_sticky_torn },
	{ "a torn time makes an entry immortal", test_sticky_future },
	{ 0, 0 }
};

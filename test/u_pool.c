/*
 * u_pool.c: the room POOL: what is lent to one is lent to nobody else, comes
 * back empty, and is not asked for again where there is none.
 */

static void
test_blocks(void)
{
	static int got[MAXBUF];
	static char held[MAXBUF];
	int i, k, n, round;

	for (i = 0; i < MAXBUF; i++) {
		got[i] = block_get();
		for (k = 0; k < i; k++)
			want_num("given twice", 0L, (long)(got[k] == got[i]));
	}
	want_num("none left", -1L, (long)block_get());
	block_put(got[MAXBUF / 2]);
	want_num("the warm one", (long)got[MAXBUF / 2], (long)block_get());
	for (i = 0; i < MAXBUF; i++)
		block_put(got[i]);
	(void)memset(held, 0, sizeof held);
	for (round = n = 0; round < 10000; round++) {
		i = below(MAXBUF);
		if (once_in(2) && held[i]) {
			block_put(i);
			held[i] = 0;
			n--;
			continue;
		}
		k = block_get();
		want_num("one when there is one", (long)(n < MAXBUF),
		    (long)(k >= 0));
		if (k < 0)
			continue;
		want_num("held by nobody", 0L, (long)held[k]);
		held[k] = 1;
		n++;
	}
}

static void
test_kpipes(void)
{
	int a, b, c, fd;

	if (!PIPES || MAXPIPE != 2)
		return;
	world_start();
	a = kpipe_get();
	b = kpipe_get();
	want_num("two", 1L, (long)(a >= 0 && b >= 0 && a != b));
	want_num("no third", -1L, (long)kpipe_get());
	fd = kpipes[b].fd[0];
	kpipe_put(b, 1);
	c = kpipe_get();
	want_num("the same", (long)b, (long)c);
	want_num("as it was", (long)fd, (long)kpipes[c].fd[0]);
	fake_of(fd)->arrived = 5L;
	kpipe_put(c, 0);
	c = kpipe_get();
	want_num("emptied", 0L, fake_of(kpipes[c].fd[0])->arrived);
	fake_of(kpipes[c].fd[0])->arrived = 5L;
	fd = kpipes[c].fd[0];
	kpipe_put(c, 0);
	want_num("closed", 1L, (long)(fake_of(fd) == 0));
	pipe_errno = EMFILE;
	want_num("none without descriptors", -1L, (long)kpipe_get());
	kpipe_put(a, 1);
	want_num("the other one is there", (long)a, (long)kpipe_get());
	pipe_errno = 0;
	want_num("not yet", -1L, (long)kpipe_get());
	now.sec += 2;
	want_num("its row", (long)c, (long)kpipe_get());
	want_num("nothing lost", -1L, (long)kpipe_get());
}

/* Idle pipes are given back to who finds no descriptor, those in use not. */
#if !FRUGAL
static void
test_kpipe_spare(void)
{
	int a, b;

	if (!PIPES || MAXPIPE != 2)
		return;
	world_start();
	a = kpipe_get();
	b = kpipe_get();
	want_num("none is idle", 0L, (long)dial_spare());
	kpipe_put(b, 1);
	accept_errno = EMFILE;
	accept_fails = 2;
	(void)client_comes();
	want_num("a client is served", 1L, (long)session.live);
	want_num("closed", (long)b, (long)pool.shut);
	want_num("in use", 1L, (long)(fake_of(kpipes[a].fd[0]) != 0));
	want_num("not at once", -1L, (long)kpipe_get());
	now.sec += 2;
	want_num("its row", (long)b, (long)kpipe_get());
}
#endif

/* A system that refuses is left alone for a second, and costs no row. */
static void
test_kpipe_refused(void)
{
	int i;

	if (!PIPES || MAXPIPE != 2)
		return;
	world_start();
	pipe_errno = EMFILE;
	for (i = 0; i < 9; i++)
		want_num("refused", -1L, (long)kpipe_get());
	want_num("asked", 1L, (long)pipe_asked);
	now.sec += 2;
	want_num("refused later", -1L, (long)kpipe_get());
	want_num("asked once more", 2L, (long)pipe_asked);
	now.sec += 2;
	pipe_errno = 0;
	for (i = 0; i < MAXPIPE; i++)
		want_num("granted", 1L, (long)(kpipe_get() >= 0));
}

/* Half the size may do, down to PIPELEAST; less is no pipe. */
static void
test_kpipe_small(void)
{
	int i, k, n;

	if (!PIPES || MAXPIPE != 2)
		return;
	world_start();
	pipe_most = (int)PIPESZ / 4;
	k = kpipe_get();
	want_num("a smaller one", 1L, (long)(k >= 0));
	want_num("asked: 1, 1/2, 1/4", 4L, (long)pipe_asked);
	pipe_most = (int)PIPELEAST - 1;
	want_num("less than a block's worth", -1L, (long)kpipe_get());
	for (n = i = 0; i < MAXFAKE; i++)
		n += fakes[i].used && fakes[i].kind == K_PIPE;
	want_num("ends of pipes that are open", 2L, (long)n);
	kpipe_put(k, 1);
	want_num("the small one again", (long)k, (long)kpipe_get());
}

static struct test tests_pool[] = {
	{ "blocks are lost or given twice", test_blocks },
	{ "pipes are lost or given with bytes in them", test_kpipes },
	{ "pipes are asked for again and again", test_kpipe_refused },
#if !FRUGAL
	{ "idle pipes are kept from who needs descriptors", test_kpipe_spare },
#endif
	{ "a pipe of less than the wanted size is refused, or a tiny one taken", test_kpipe_small },
	{ 0, 0 }
};

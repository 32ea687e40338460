/*
 * world.c: plug's tables as at a start, for the tests that include plug.c; and
 * one plug in them, whose targets are 10.0.0.1:1000, 10.0.0.2:1001 and so on.
 */

/* Nothing is configured, and no word was read. */
static void
world_words(void)
{
	mem_zero(&conf, sizeof conf);
	mem_zero(&draft, sizeof draft);
	mem_zero(&option, sizeof option);
	mem_zero(&operand, sizeof operand);
	mem_zero(&rule, sizeof rule);
	mem_zero(&plug, sizeof plug);
	mem_zero(plugs, MAXPLUG * sizeof *plugs);
	mem_zero(targets, sizeof targets);
}

/* The rooms that begin with more than zeros: the first time has it. */
static void
world_rooms(void)
{
	static char was_self[sizeof self], was_pool[sizeof pool];
	static int known;

	if (!known) {
		mem_copy(was_self, (char *)&self, sizeof self);
		mem_copy(was_pool, (char *)&pool, sizeof pool);
		known = 1;
	}
	mem_copy((char *)&self, was_self, sizeof self);
	mem_copy((char *)&pool, was_pool, sizeof pool);
}

/* Second 1000 of a process that serves alone. */
static void
world_tables(void)
{
	world_words();
	world_rooms();
	mem_zero(&own, sizeof own);
	mem_zero(sessions, sizeof sessions);
	mem_zero(listeners, sizeof listeners);
	mem_zero(children, sizeof children);
	mem_zero(&logging, sizeof logging);
	mem_zero(&slog, sizeof slog);
	mem_zero(&session, sizeof session);
	mem_zero(&connecting, sizeof connecting);
	mem_zero(&dial, sizeof dial);
#if HAVE_RING
	mem_zero(&ring, sizeof ring);
#endif
	mem_zero(&listening, sizeof listening);
	mem_zero(&child, sizeof child);
#if HAVE_CHECK
	mem_zero(&watch, sizeof watch);
#endif
	mem_zero(&admit, sizeof admit);
	sh = &own.shared;
	slog.fd = -1;
	session.limit = MAXSESSION;
	now.sec = 1000L;
	now.usec = 0L;
	session.swept = now;
}

/* One plug of n targets at port 8080. */
static void
world_plug(int n)
{
	int i;

	plugs[0].used = PL_USED;
	plugs[0].remember = 3600L;
	plugs[0].patience = 20L;
	plugs[0].source.family = IP4;
	plugs[0].source.port = plugs[0].last = 8080;
	plugs[0].ntarget = n;
	for (i = 0; i < MAXTARGET; i++) {
		targets[i].at.family = IP4;
		targets[i].at.port = (unsigned)(1000 + i);
		targets[i].at.ip[0] = 10;
		targets[i].at.ip[3] = (unsigned char)(i + 1);
		targets[i].slot = i;
		targets[i].weight = 1L;
		targets[i].seed = pick_hash(&targets[i]);
	}
	listeners[0].used = L_OPEN;
	listeners[0].at = plugs[0].source;
	plug.n = listening.n = 1;
}

/* True when all blocks that were ever used have come back. */
static int
world_blocks(void)
{
	int i, n;

	n = 0;
	for (i = pool.block; i >= 0 && n <= MAXBUF; i = blocks[i].next)
		n++;
	return n == pool.blocks;
}

/* And all kernel pipes. */
static int
world_pipes(void)
{
	int i, n;

	n = 0;
	for (i = pool.pipe; i >= 0 && n <= KPIPES; i = kpipes[i].next)
		n++;
	for (i = pool.shut; i >= 0 && n <= KPIPES; i = kpipes[i].next)
		n++;
	return n == pool.pipes;
}

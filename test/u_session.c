/*
 * u_session.c: the room SESSION: what is wanted of its descriptors in each
 * state, and its line in the session log.
 */

struct wantcase {
	int state, i;
	int end, len, stuck;		/* of side i */
	int otherlen, otherstuck;	/* of the other */
	int sent;
	int want;
};

static struct wantcase wantcases[] = {
	{ S_FREE, CLIENT, E_OPEN, 0, 0, 0, 0, 0, 0 },
	{ S_CONNECT, CLIENT, E_OPEN, 0, 0, 0, 0, 0, EV_READ },
	{ S_CONNECT, CLIENT, E_OPEN, BUFSZ, 0, 0, 0, 0, 0 },
	{ S_CONNECT, CLIENT, E_OPEN, 0, 1, 0, 0, 0, 0 },
	{ S_CONNECT, CLIENT, E_EOF, 0, 0, 0, 0, 0, 0 },
	{ S_CONNECT, TARGET, E_OPEN, 0, 0, 0, 0, 0, EV_WRITE },
	{ S_HELLO, CLIENT, E_OPEN, 0, 0, 0, 0, 0, EV_READ },
	{ S_HELLO, CLIENT, E_EOF, 1, 0, 0, 0, 0, 0 },
	{ S_HELLO, TARGET, E_OPEN, 0, 0, 0, 0, 0, EV_WRITE },
	{ S_HELLO, TARGET, E_OPEN, 0, 0, 0, 0, -1, EV_READ },
	{ S_RELAY, CLIENT, E_OPEN, 0, 0, 0, 0, 0, EV_READ },
	{ S_RELAY, TARGET, E_OPEN, 0, 0, 0, 0, 0, EV_READ },
	{ S_RELAY, CLIENT, E_OPEN, 1, 0, 0, 0, 0, 0 },
	{ S_RELAY, CLIENT, E_OPEN, 0, 1, 0, 0, 0, 0 },
	{ S_RELAY, CLIENT, E_EOF, 0, 0, 0, 0, 0, 0 },
	{ S_RELAY, CLIENT, E_RESET, 0, 0, 0, 0, 0, 0 },
	{ S_RELAY, CLIENT, E_OPEN, 0, 0, 1, 0, 0, EV_READ | EV_WRITE },
	{ S_RELAY, CLIENT, E_OPEN, 0, 0, 0, 1, 0, EV_READ | EV_WRITE },
	{ S_RELAY, TARGET, E_OPEN, 1, 0, 1, 0, 0, EV_WRITE },
	{ S_RELAY, TARGET, E_EOF, 0, 0, 1, 0, 0, EV_WRITE },
	{ S_LINGER, CLIENT, E_OPEN, 0, 0, 0, 0, 0, EV_READ }
};

static void
test_session_want(void)
{
	static struct session s;
	struct wantcase *c;
	char what[32];
	int i;

	for (i = 0; i < COUNT(wantcases); i++) {
		c = &wantcases[i];
		(void)memset(&s, 0, sizeof s);
		side_start(&s.side[0], -1);
		side_start(&s.side[1], -1);
		s.state = c->state;
		s.sent = c->sent;
		s.side[c->i].end = c->end;
		s.side[c->i].len = c->len;
		s.side[c->i].stuck = c->stuck;
		s.side[!c->i].len = c->otherlen;
		s.side[!c->i].stuck = c->otherstuck;
		(void)sprintf(what, "row %d", i);
		want_num(what, (long)c->want, (long)session_want(&s, c->i));
	}
}

struct linecase {
	int tagged;
	int target;
	char *name;
	unsigned long inhi, inlo, outhi, outlo;
	long sec, usec;
	char *out;		/* behind the pid */
};

static struct linecase linecases[] = {
	{ 0, 0, 0, 0L, 0L, 0L, 0L, 0L, 0L,
	    "8080 10.0.0.1 10.0.0.1:1000 0 0 0" },
	{ 1, 1, 0, 0L, 17L, 0L, 4096L, 1L, 5L,
	    "192.0.2.1:8080 10.0.0.1 10.0.0.2:1001 17 4096 1000005" },
	{ 0, -1, 0, 0L, 3L, 0L, 0L, 0L, 12L,
	    "8080 10.0.0.1 - 3 0 12" },
	{ 0, 2, "www.example.org", 4L, 294967296L, 123L, 7L, 86400L, 1L,
	    "8080 10.0.0.1 www.example.org:1002 4294967296 123000000007 \
86400000001" }
};

static void
test_session_line(void)
{
	struct linecase *c;
	struct session *s;
	struct addr peer;
	char us[32], *p;
	int i, k;

	for (i = 0; i < COUNT(linecases); i++) {
		c = &linecases[i];
		world_start();
		addr_set(&peer, 0x0a000001L);
		s = session_new(-1, 0, 0, &peer);
		(void)scan_host("192.0.2.1", &listeners[0].at);
		listeners[0].at.port = 8080;
		listeners[0].tagged = c->tagged;
		s->target = c->target;
		if (c->target >= 0)
			targets[c->target].name = c->name;
		s->side[CLIENT].n.hi = c->inhi;
		s->side[CLIENT].n.lo = c->inlo;
		s->side[TARGET].n.hi = c->outhi;
		s->side[TARGET].n.lo = c->outlo;
		now.sec += c->sec;
		now.usec += c->usec;
		record_line(s);
		SLOG[slog.len - 1] = SLOG[slog.len - 1] == '\n' ? '\0' : '?';
		for (k = 0; k < 21; k++)
			want_num("the date", (long)"[dddd-dd-dd dd:dd:dd]"[k],
			    (long)(is_digit(SLOG[k]) ? 'd' : SLOG[k]));
		(void)sprintf(us, " plug[%ld] ", (long)getpid());
		p = SLOG + 21;
		want_num("the pid", 0L,
		    (long)strncmp(p, us, strlen(us)));
		want_str("the line", c->out, p + strlen(us));
	}
}

static struct test tests_session[] = {
	{ "wrong events are wanted", test_session_want },
	{ "session lines are wrong", test_session_line },
	{ 0, 0 }
};

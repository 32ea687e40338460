/*
 * u_session.c: the rooms RECORD and SESSION: what is wanted of its descriptors
 * in each state, and what is written of it.
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

#if HAVE_ROLL
struct markcase {
	int log, state;
	char *client, *out;
};

static struct markcase markcases[] = {
	{ 1, S_RELAY, "10.0.0.9", "" },
	{ 1, S_LINGER, "10.0.0.9", "" },
	{ 1, S_CONNECT, "10.0.0.9", " client=10.0.0.9:51234" },
	{ 1, S_HELLO, "2001:db8::9", " client=[2001:db8::9]:51234" },
	{ 1, S_ROOM, "", " client=unix" },
	{ 2, S_CONNECT, "", " port=51234 session=1 client=unix target=- in=7 \
out=4000000008 duration=2500000" },
	{ 2, S_RELAY, "10.0.0.9", " port=51234 session=1 \
client=10.0.0.9:51234 target=10.0.0.1:1000 in=7 out=4000000008 \
duration=2500000" }
};

static char *rolls[] = {
	"connect", "hello", "relay", "linger", "room", "child"
};

/* A session from there, that is 2.5 s old and has moved bytes 2 s ago. */
static struct session *
old_session(char *client)
{
	struct session *s;
	struct addr peer;

	(void)memset(&peer, 0, sizeof peer);
	if (*client == '\0')
		peer.family = UNIX;
	else
		(void)scan_host(client, &peer);
	peer.port = 51234;
	s = session_new(-1, 0, 0, &peer);
	s->side[CLIENT].n.lo = 7;
	s->side[TARGET].n.hi = 4;
	s->side[TARGET].n.lo = 8;
	now.sec += 2;
	now.usec += 500000L;
	return s;
}

static void
test_record(void)
{
	struct markcase *c;
	struct session *s;
	struct text t;
	char buf[MAXTEXT], want[200];
	int i;

	for (i = 0; i < COUNT(markcases); i++) {
		c = &markcases[i];
		world_start();
		conf.log = (long)c->log;
		s = old_session(c->client);
		s->state = c->state;
		s->target = c->state == S_RELAY ? 0 : -1;
		text_start(&t, buf, (int)sizeof buf);
		record_more(&t, s);
		want_str("the last line's end", c->out, buf);
	}
	for (i = 0; i < COUNT(rolls); i++) {
		s->state = S_CONNECT + i;
		(void)sprintf(want, "session=1 client=10.0.0.9:51234 target=\
10.0.0.1:1000 in=7 out=4000000008 state=%s age=2%s", rolls[i],
		    s->state == S_CHILD ? "" : " idle=2");
		text_start(&t, buf, (int)sizeof buf);
		record_roll(&t, s);
		want_str("in the roll", want, buf);
	}
	want_num("the next number", 2L, old_session("")->number);
	sh->number = MAXNUMBER - 1L;
	want_num("the last", MAXNUMBER, old_session("")->number);
	want_num("the first again", 1L, old_session("")->number);
	conf.log = 0L;
}
#endif

/* The rows of all that ended in one turn are used again, behind it. */
static void
test_session_rows(void)
{
	int i;

	for (i = 0; i < 3; i++)
		(void)client_comes();
	for (i = 0; i < 3; i++)
		session_end(&sessions[i], END_OK);
	(void)client_comes();
	want_num("not in that turn", 4L, (long)session.top);
	session_rested();
	for (i = 0; i < 3; i++)
		(void)client_comes();
	want_num("live", 4L, (long)session.live);
	want_num("in as many rows", 4L, (long)session.top);
}

/* A descriptor that events have no place for: it would never be heard. */
static void
test_session_beyond(void)
{
	struct session *s;
	int i;

	for (i = 0; i < 2; i++) {
		world_start();
		(void)client_comes();
		s = &sessions[0];
		want_num("heard", 0L, (long)session_arm(s));
		s->side[i].fd += 32000;
		want_num("no place", -1L, (long)session_arm(s));
		s->side[i].fd -= 32000;
	}
}

static struct test tests_session[] = {
	{ "wrong events are wanted", test_session_want },
	{ "session lines are wrong", test_session_line },
	{ "a session is served that nobody hears", test_session_beyond },
	{ "a row is lost, or used too soon", test_session_rows },
#if HAVE_ROLL
	{ "lines of -ll or of the roll are wrong", test_record },
#endif
	{ 0, 0 }
};

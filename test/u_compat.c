/*
 * u_compat.c: what compat.h promises: the clock runs forwards, and events come
 * as they are wanted, whatever this build waits with.  Descriptors are real
 * ones here.
 */

static void
test_clock(void)
{
	long sec, usec, was, uwas;
	int i;

	clock_now(&was, &uwas);
	for (i = 0; i < 100000; i++) {
		clock_now(&sec, &usec);
		want_num("in range", 1L,
		    (long)(usec >= 0L && usec < 1000000L));
		want_num("forward", 1L, (long)(sec > was ||
		    (sec == was && usec >= uwas)));
		was = sec;
		uwas = usec;
	}
}

/* Bits that come of id now; 64 is added for each report but the first. */
static int
events_now(int id)
{
	int i, got, all, n;

	all = n = 0;
	ev_wait(0L);
	while (ev_next(&i, &got))
		if (i == id) {
			all |= got;
			n++;
		}
	return n > 1 ? all + 64 * (n - 1) : all;
}

/* True when nothing ends a wait, not even what is not reported. */
static int
events_sleep(void)
{
	long sec, usec, sec2, usec2;

	clock_now(&sec, &usec);
	ev_wait(50L);
	clock_now(&sec2, &usec2);
	return (sec2 - sec) * 1000000L + usec2 - usec >= 40000L;
}

/* Two connected sockets, known to nobody. */
static void
events_pair(int *sv)
{
	world_start();
	want_num("a pair", 0L, (long)socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
}

static void
events_close(int *sv)
{
	ev_drop(sv[0]);
	(void)close(sv[0]);
	if (sv[1] >= 0)
		(void)close(sv[1]);
}

static void
test_events_wanted(void)
{
	char buf[8];
	int sv[2];

	events_pair(sv);
	want_num("a number too large", -1L, (long)ev_set(MAXFD, 7, EV_READ));
	want_num("none", -1L, (long)ev_set(-1, 7, EV_READ));
	ev_drop(MAXFD);
	ev_drop(-1);
	want_num("set", 0L, (long)ev_set(sv[0], 7, EV_READ));
	want_num("nothing", 0L, (long)events_now(7));
	want_num("set", 0L, (long)ev_set(sv[0], 7, EV_READ | EV_WRITE));
	want_num("room", (long)EV_WRITE, (long)events_now(7));
	want_num("sent", 5L, (long)write(sv[1], "12345", 5));
	want_num("both at once", (long)(EV_READ | EV_WRITE),
	    (long)events_now(7));
	want_num("and again", (long)(EV_READ | EV_WRITE), (long)events_now(7));
	ev_wait(0L);
	want_num("taken", 5L, (long)read(sv[0], buf, sizeof buf));
	want_num("not what was seen before", (long)EV_WRITE,
	    (long)events_now(7));
	want_num("sent", 5L, (long)write(sv[1], "12345", 5));
	want_num("set", 0L, (long)ev_set(sv[0], 8, EV_READ));
	want_num("only one", (long)EV_READ, (long)events_now(8));
	want_num("set", 0L, (long)ev_set(sv[0], 8, EV_WRITE));
	want_num("only the other", (long)EV_WRITE, (long)events_now(8));
	want_num("forgotten", 0L, (long)ev_set(sv[0], 8, 0));
	want_num("nothing", 0L, (long)events_now(8));
	want_num("forgotten twice", 0L, (long)ev_set(sv[0], 8, 0));
	want_num("set", 0L, (long)ev_set(sv[0], 9, EV_READ));
	want_num("the new owner's", (long)EV_READ, (long)events_now(9));
	events_close(sv);
}

/* The end comes with bytes in front of it, and as what is wanted. */
static void
test_events_end(void)
{
	char buf[8];
	int sv[2];

	events_pair(sv);
	want_num("sent", 5L, (long)write(sv[1], "12345", 5));
	(void)close(sv[1]);
	sv[1] = -1;
	(void)ev_set(sv[0], 7, EV_READ);
	want_num("bytes and end", (long)EV_READ, (long)events_now(7));
	want_num("bytes", 5L, (long)read(sv[0], buf, sizeof buf));
	want_num("end", (long)EV_READ, (long)events_now(7));
	want_num("end", 0L, (long)read(sv[0], buf, sizeof buf));
	(void)ev_set(sv[0], 7, EV_WRITE);
	want_num("nobody reads", (long)EV_WRITE, (long)events_now(7));
	(void)ev_set(sv[0], 7, 0);
	want_num("nothing", 0L, (long)events_now(7));
	want_num("no spin", 1L, (long)events_sleep());
	events_close(sv);
}

#define EVPAIRS 12

/* Of many descriptors those that are ready are told, once, and no other. */
static void
test_events_many(void)
{
	int sv[EVPAIRS][2], want[EVPAIRS], due[EVPAIRS], i, id, got, round;
	char c;

	for (i = 0; i < EVPAIRS; i++)
		want_num("a pair", 0L,
		    (long)socketpair(AF_UNIX, SOCK_STREAM, 0, sv[i]));
	for (round = 0; round < 500; round++) {
		for (i = 0; i < EVPAIRS; i++) {
			want[i] = below(4);
			due[i] = want[i] & EV_WRITE;
			if (once_in(3)) {
				want_num("sent", 1L,
				    (long)write(sv[i][1], "1", 1));
				due[i] = want[i];
			}
			(void)ev_set(sv[i][0], 100 + i, want[i]);
		}
		ev_wait(0L);
		while (ev_next(&id, &got)) {
			want_num("ready", (long)due[id - 100], (long)got);
			due[id - 100] = 0;
		}
		for (i = 0; i < EVPAIRS; i++) {
			want_num("told", 0L, (long)due[i]);
			(void)fcntl(sv[i][0], F_SETFL, O_NONBLOCK);
			while (read(sv[i][0], &c, 1) > 0)
				continue;
		}
	}
	for (i = 0; i < EVPAIRS; i++)
		events_close(sv[i]);
}

/*
 * What was reported of a descriptor that is gone may pass for its successor's,
 * who looks in vain; with kqueue, where one has two events, it does not.
 */
#ifdef USE_KQUEUE
#define STALE(call) call
#else
#define STALE(call) (void)0
#endif

static void
test_events_stale(void)
{
	int a[2], b[2], id, got, n;

	events_pair(a);
	want_num("a pair", 0L, (long)socketpair(AF_UNIX, SOCK_STREAM, 0, b));
	(void)ev_set(a[0], 7, EV_READ | EV_WRITE);
	(void)ev_set(b[0], 8, EV_READ | EV_WRITE);
	ev_wait(0L);
	want_num("one", 1L, (long)ev_next(&id, &got));
	want_num("writable", (long)EV_WRITE, (long)got);
	want_num("sent", 1L, (long)write(a[1], "1", 1));
	want_num("sent", 1L, (long)write(b[1], "1", 1));
	ev_wait(0L);
	want_num("one", 1L, (long)ev_next(&id, &got));
	want_num("both", (long)(EV_READ | EV_WRITE), (long)got);
	(void)ev_set(a[0], 7, EV_READ);
	(void)ev_set(b[0], 8, EV_READ);
	for (n = 0; ev_next(&id, &got); n++)
		want_num("masked", (long)EV_READ, (long)got);
	want_num("once each", 1L, (long)n);
	ev_wait(0L);
	events_close(a);
	events_close(b);
	want_num("a pair", 0L, (long)socketpair(AF_UNIX, SOCK_STREAM, 0, a));
	(void)ev_set(a[0], 9, EV_READ);
	while (ev_next(&id, &got)) {
		want_num("the new one's", 9L, (long)id);
		want_num("what is wanted of it", (long)EV_READ, (long)got);
		STALE(want_num("stale", 0L, (long)got));
	}
	want_num("nothing", 0L, (long)events_now(9));
	events_close(a);
}

/*
 * Where the system is asked, it may refuse: once or, with a filter for each
 * direction, at the second; all is as it was then.
 */
static void
test_events_refused(void)
{
	int sv[2], n, r, no;

	for (n = 1; n <= 2; n++) {
		events_pair(sv);
		refuse_add = n;
		r = ev_set(sv[0], 7, EV_READ | EV_WRITE);
		no = refuse_add == 0;
		refuse_add = 0;
		want_num("told", no ? 1L : 0L, (long)r);
		want_num("noted", no ? 0L : (long)(EV_READ | EV_WRITE),
		    (long)ev_want[sv[0]]);
		want_num("sent", 1L, (long)write(sv[1], "1", 1));
		want_num("as noted", (long)ev_want[sv[0]],
		    (long)events_now(7));
		if (no)
			want_num("no spin", 1L, (long)events_sleep());
		want_num("asked again", 0L,
		    (long)ev_set(sv[0], 7, EV_READ | EV_WRITE));
		want_num("both", (long)(EV_READ | EV_WRITE),
		    (long)events_now(7));
		(void)ev_set(sv[0], 7, EV_READ);
		refuse_add = 1;
		r = ev_set(sv[0], 7, n == 1 ? EV_WRITE : EV_READ | EV_WRITE);
		no = refuse_add == 0;
		refuse_add = 0;
		want_num("told", no ? 1L : 0L, (long)r);
		if (no)
			want_num("nothing", 0L, (long)ev_want[sv[0]]);
		want_num("as noted", (long)ev_want[sv[0]],
		    (long)events_now(7));
		events_close(sv);
	}
}

#ifdef USE_EPOLL
/* What could not be forgotten is not wanted, and can be again; edges, too. */
static void
events_kept(int edge)
{
	int sv[2];

	events_pair(sv);
	want_num("set", 0L, (long)(edge ? ev_side(sv[0], 7, EV_READ) :
	    ev_set(sv[0], 7, EV_READ)));
	refuse_drops = 1;
	(void)ev_set(sv[0], 7, 0);
	want_num("sent", 1L, (long)write(sv[1], "1", 1));
	want_num("not wanted", 0L, (long)events_now(7));
	want_num("wanted again", 0L, (long)(edge ?
	    ev_side(sv[0], 7, EV_READ) : ev_set(sv[0], 7, EV_READ)));
	want_num("heard", (long)EV_READ, (long)events_now(7));
	refuse_drops = 0;
	events_close(sv);
}

/* One that is for one process of many can't be changed: it is added anew. */
static void
events_alone(void)
{
	int sv[2];

	events_pair(sv);
	(void)ev_set(sv[0], 7, EV_READ | EV_ALONE);
	refuse_drops = 1;
	(void)ev_set(sv[0], 7, 0);
	refuse_drops = 0;
	want_num("wanted again", 0L, (long)ev_set(sv[0], 7, EV_READ | EV_ALONE));
	want_num("sent", 1L, (long)write(sv[1], "1", 1));
	want_num("heard", (long)EV_READ, (long)events_now(7));
	events_close(sv);
}

static void
test_events_kept(void)
{
	events_kept(0);
	events_kept(1);
	events_alone();
}
#endif

#ifdef HAVE_EDGES
/* A read of n bytes, told as the relay tells it. */
static long
edge_read(int fd, long n)
{
	char buf[64];

	return ev_was_read(fd, (long)read(fd, buf, (size_t)n), n);
}

/*
 * One that is told of by edges: what was not taken comes again, what a short
 * read has taken does not, but behind an end it does.  What comes unwanted,
 * and EAGAIN, make it one like all others.
 */
static void
test_events_edges(void)
{
	int sv[2];

	events_pair(sv);
	fd_prepare(sv[0]);
	want_num("too large", -1L, (long)ev_side(MAXFD, 7, EV_READ));
	want_num("set", 0L, (long)ev_side(sv[0], 7, EV_READ));
	want_num("by edges", 1L, (long)(EDGED(sv[0]) != 0));
	want_num("no room is told", 0L, (long)events_now(7));
	want_num("no spin", 1L, (long)events_sleep());
	want_num("sent", 5L, (long)write(sv[1], "12345", 5));
	want_num("came", (long)EV_READ, (long)events_now(7));
	want_num("again", (long)EV_READ, (long)events_now(7));
	want_num("some", 2L, edge_read(sv[0], 2L));
	want_num("the rest comes", (long)EV_READ, (long)events_now(7));
	want_num("the rest", 3L, edge_read(sv[0], 4L));
	want_num("dry", 0L, (long)events_now(7));
	want_num("no spin", 1L, (long)events_sleep());
	want_num("set", 0L, (long)ev_side(sv[0], 8, EV_WRITE));
	want_num("room", (long)EV_WRITE, (long)events_now(8));
	want_num("set", 0L, (long)ev_side(sv[0], 8, EV_READ));
	want_num("sent", 5L, (long)write(sv[1], "12345", 5));
	want_num("new ones", (long)EV_READ, (long)events_now(8));
	want_num("unwanted", 0L, (long)ev_side(sv[0], 8, 0));
	want_num("nothing", 0L, (long)events_now(8));
	want_num("wanted", 0L, (long)ev_side(sv[0], 8, EV_READ));
	want_num("still there", (long)EV_READ, (long)events_now(8));
	want_num("sent", 5L, (long)write(sv[1], "12345", 5));
	want_num("an end", 0L, (long)shutdown(sv[1], 1));
	ev_wait(0L);
	want_num("all of it", 10L, edge_read(sv[0], 60L));
	want_num("the end comes", (long)EV_READ, (long)events_now(8));
	want_num("end", 0L, edge_read(sv[0], 60L));
	want_num("unwanted", 0L, (long)ev_side(sv[0], 8, 0));
	want_num("nothing", 0L, (long)events_now(8));
	want_num("no spin", 1L, (long)events_sleep());
	want_num("still by edges", 1L, (long)(EDGED(sv[0]) != 0));
	events_close(sv);
	want_num("forgotten", 0L, (long)EDGED(sv[0]));

	events_pair(sv);
	fd_prepare(sv[0]);
	want_num("set", 0L, (long)ev_side(sv[0], 7, EV_READ));
	errno = 0;
	want_num("nothing there", -1L, edge_read(sv[0], 9L));
	want_num("errno stays", 1L, (long)again());
	want_num("by edges no more", 0L, (long)EDGED(sv[0]));
	want_num("sent", 5L, (long)write(sv[1], "12345", 5));
	want_num("heard", (long)EV_READ, (long)events_now(7));
	want_num("set", 0L, (long)ev_side(sv[0], 7, EV_READ | EV_WRITE));
	want_num("nor again", 0L, (long)EDGED(sv[0]));
	events_close(sv);

	events_pair(sv);
	want_num("set", 0L, (long)ev_side(sv[0], 7, EV_WRITE));
	want_num("room", (long)EV_WRITE, (long)events_now(7));
	want_num("unwanted", 0L, (long)ev_side(sv[0], 7, 0));
	want_num("sent", 5L, (long)write(sv[1], "12345", 5));
	want_num("nothing", 0L, (long)events_now(7));
	want_num("many may come", 0L, (long)EDGED(sv[0]));
	want_num("sent", 5L, (long)write(sv[1], "12345", 5));
	want_num("no spin", 1L, (long)events_sleep());
	want_num("set", 0L, (long)ev_side(sv[0], 7, EV_READ));
	want_num("heard", (long)EV_READ, (long)events_now(7));
	events_close(sv);
}

/* Where the running system tells of no ends, nothing is told of by edges. */
static void
test_events_ends(void)
{
	int sv[2];

	events_pair(sv);
	want_num("it does", 1L, (long)ev_knows);
	ev_knows = -1;
	want_num("set", 0L, (long)ev_side(sv[0], 7, EV_READ));
	want_num("by a level", 0L, (long)EDGED(sv[0]));
	ev_knows = 1;
	events_close(sv);
}

#if HAVE_SERVICE
/* Nor what was handed down and is not TCP's. */
static void
test_events_foreign(void)
{
	struct fake *c;

	world_start();
	c = client_new();
	c->err = IPPROTO_TCP;		/* what getsockopt() says */
	sock_foreign(c->fd, AF_INET);
	want_num("TCP", 0L, (long)ev_foreign);
	sock_foreign(c->fd, AF_UNIX);
	want_num("a path", 0L, (long)ev_foreign);
	sock_foreign(c->fd, AF_INET);
	want_num("another", 1L, (long)ev_foreign);
	(void)admit_accept(listeners);
	want_num("served", 1L, (long)session.live);
	want_num("by a level", 0L, (long)EDGED(c->fd));
	ev_foreign = 0;
}
#endif
#endif

#if HAVE_FORK
/* In a child: what has got the number of the parent's events stays open. */
static void
events_child(int fd, int other)
{
	char c;
	int p[2], q[2];

	if (pipe(p) < 0 || pipe(q) < 0 || ev_open() < 0)
		_exit(1);
	if (write(p[1], "1", 1) != 1 || read(p[0], &c, 1) != 1 ||
	    write(q[1], "1", 1) != 1 || read(q[0], &c, 1) != 1)
		_exit(2);
	if (events_now(7) != 0)
		_exit(3);
	if (ev_set(fd, 8, EV_READ) < 0 || ev_set(q[0], 9, EV_READ) < 0)
		_exit(4);
	if (events_now(8) != 0 || write(other, "1", 1) != 1 ||
	    events_now(8) != EV_READ)
		_exit(5);
	(void)ev_set(fd, 8, 0);
	_exit(events_now(8) != 0 ? 6 : 0);
}

static void
test_events_fork(void)
{
	int sv[2], id, st;

	events_pair(sv);
	(void)ev_set(sv[0], 7, EV_READ);
	(void)fflush(stdout);
	id = (int)fork();
	if (id == 0)
		events_child(sv[0], sv[1]);
	st = -1;
	want_num("ended", (long)id, (long)waitpid(id, &st, 0));
	want_num("its step", 0L, (long)WEXITSTATUS(st));
	want_num("its signal", 0L, (long)WTERMSIG(st));
	want_num("ours go on", (long)EV_READ, (long)events_now(7));
	want_num("opened again", 0L, (long)ev_open());
	want_num("nothing is known", 0L, (long)events_now(7));
	want_num("set", 0L, (long)ev_set(sv[0], 7, EV_READ));
	want_num("and comes", (long)EV_READ, (long)events_now(7));
	events_close(sv);
}
#else
#define test_events_fork test_events_wanted
#endif

#if HAVE_SERVICE
/* A variable is had once, by its whole name; the others stay in their order. */
static void
test_environment(void)
{
	static char *list[] = { "A=1", "NAME=x", "NAMES=y", "NAM=z", "NAME=last",
	    "NAME", "B=", 0 };
	char **was, *value, *empty[1];

	was = environ;
	environ = list;
	value = env_take("NAME");
	want_str("its value", "last", value == 0 ? "none" : value);
	want_num("gone", 1L, (long)(env_take("NAME") == 0));
	want_num("A", 1L, (long)str_same(list[0], "A=1"));
	want_num("NAMES", 1L, (long)str_same(list[1], "NAMES=y"));
	want_num("NAM", 1L, (long)str_same(list[2], "NAM=z"));
	want_num("no value", 1L, (long)str_same(list[3], "NAME"));
	want_num("the last", 1L, (long)str_same(list[4], "B="));
	want_num("the end", 1L, (long)(list[5] == 0));
	empty[0] = 0;
	environ = empty;
	want_num("of nothing", 1L, (long)(env_take("NAME") == 0));
	environ = 0;
	want_num("without any", 1L, (long)(env_take("NAME") == 0));
	environ = was;
}
#else
#define test_environment test_events_wanted
#endif

static struct test tests_compat[] = {
	{ "the clock runs backwards", test_clock },
	{ "events come unwanted, twice or not at all", test_events_wanted },
	{ "an end comes without its bytes, or spins", test_events_end },
	{ "of many events one is lost", test_events_many },
	{ "an event of one descriptor is another's", test_events_stale },
	{ "what the system refused is taken for wanted", test_events_refused },
#ifdef USE_EPOLL
	{ "what events would not forget is never heard again", test_events_kept },
#endif
#ifdef HAVE_EDGES
	{ "what an edge told is lost, or told for ever", test_events_edges },
	{ "an end is not heard where no edge tells of it", test_events_ends },
#if HAVE_SERVICE
	{ "a protocol of messages is taken for TCP", test_events_foreign },
#endif
#endif
	{ "a child hears its parent's events, or closes what is not its own",
	    test_events_fork },
	{ "a variable is left for others, or another one is taken",
	    test_environment },
	{ 0, 0 }
};

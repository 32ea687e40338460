/*
 * mock.c: the engine alone against a system that is made up here, and does
 * what the bytes of an input say: how calls come out, how long they fall, when
 * peers send, end, reset, stall or go.  The one loop runs until its last
 * session has ended.  Whatever the input:
 *
 *	what a socket is given is what the other side sent, from its beginning,
 *	an end is passed on only behind all bytes of a stream that has ended,
 *	a stream that was cut is ended by a reset,
 *	what nobody has cut arrives whole, and its session ends well,
 *	no descriptor is closed twice, used when closed, or left open,
 *	nothing spins, nobody waits for ever, pools and counts are whole.
 *
 *	clang -g -O1 -fsanitize=fuzzer,address,undefined \
 *	    -o mock test/mock.c && ./mock -max_len=600 DIR
 *	cc -DFUZZ_MAIN -o mock test/mock.c && ./mock file ...
 *
 * select() tells of events; with -DMOCK_EPOLL it is epoll(7), whose edges come
 * as Linux has them: at what is new alone, and when there is room again for
 * who was told that there is none.
 *
 * Behind the end of the input every call does what it should and every peer
 * finishes, but for those who read no more while who sends to them is dead.
 */
#define MAXSESSION 8
#define BUFSZ 64
#define MAXBUF 3
#define MAXPIPE 2
#define MAXREUSE 3
#define PIPESZ 512L
#define TURNBYTES 1024L
#define STICKYSETS 4
#define MAXCHILD 8
#define MAXTARGET 16
#define MAXRULE 8
#ifdef MOCK_EPOLL
#define USE_EPOLL
#else
#define USE_SELECT
#endif
#define SEAMS_MOCK
#define main plug_main
#include "../plug.c"
#undef main

#include <stdio.h>
#include <stdlib.h>

#include "world.c"

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n);

#define NTARGET 3
#define FIRSTFD 10
#define NMOCK 60
#define MAXCLIENT 7
#define MAXCALLS 400000L
#define MAXVAIN 5
#define PREAMBLE 1024

/* How a target takes a connect. */
#define C_NOW 0
#define C_SOON 1
#define C_REFUSE 2
#define C_NEVER 3

struct mock {
	int open;
	int id;			/* which stream it sends */
	int client;		/* it came by accept */
	struct mock *pair;	/* whose bytes it is given */
	int whole;		/* that one is closed, and came to its end */
	long total;		/* bytes that it means to send */
	long arrived;		/* of these are here */
	long taken;		/* of these were read */
	int fin;		/* its end is behind them */
	int finread;		/* and was seen */
	int err;		/* what the next call says, once */
	int soft;		/* what SO_ERROR says of a living one, once */
	int dead;		/* reset */
	int gone;		/* closed: a write makes it dead */
	long wrote;		/* bytes that it was given */
	long room;		/* so many more fit */
	int stubborn;		/* it takes no more from the dead */
	int shut;		/* plug has ended the stream to it */
	int reset;		/* its close shall be a reset */
	int hurt;		/* a call failed for good, without a reason */
	int begun;		/* a connect was */
	int connected;
	int how;		/* C_... */
	unsigned long told;	/* what epoll tells of; 0: it does not know it */
	int news;		/* it has not told of the newest */
	int full;		/* who writes was told so */
	int vain;		/* calls since then that had nothing to do */
	char before[PREAMBLE];	/* target: what it hears before the stream */
	long nbefore;
	char *says;		/* and what it says */
	long nsays;
	struct mock *from;	/* pipe, write end: its read end */
	char held[PIPESZ];	/* pipe, read end */
	long nheld;
};

static struct mock mocks[NMOCK];
static unsigned char *input;
static long input_left;
static int ids;				/* streams so far */
static int backlog;			/* clients that wait to be accepted */
static int hard;			/* calls fail for good, too */
static long calls, idle;		/* of all, and in vain */
static long mock_sec, mock_nsec;

static char *answers[] = {
	"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 100 C\n\nHTTP/1.0 200\nX: y\r\n\n",
	"HTTP/1.0 502 No\r\n\r\n", "HTTP/1.1 407 Who\r\n\r\n", "nonsense\r\n\r\n"
};

/* What must hold; a fuzzer takes the abort for a find. */
static void
must(int holds, char *what)
{
	if (holds)
		return;
	(void)fprintf(stderr, "mock: broken: %s\n", what);
	abort();
}

/* The next byte of the input, 0 behind its end. */
static int
next(void)
{
	if (input_left == 0)
		return 0;
	input_left--;
	idle = 0;
	return *input++;
}

/* Byte k of what this socket sends. */
static int
pattern(struct mock *f, long k)
{
	unsigned long x;

	if (k < f->nsays)
		return f->says[k] & 0377;
	x = (unsigned long)k * 2654435761UL + (unsigned long)f->id * 40503UL;
	return (int)(x >> 13 & 0377);
}

static struct mock *
mock_of(int fd)
{
	must(fd >= FIRSTFD && fd < FIRSTFD + NMOCK &&
	    mocks[fd - FIRSTFD].open, "a call on a descriptor that is open");
	must(++calls < MAXCALLS, "an end");
	return &mocks[fd - FIRSTFD];
}

static int
mock_fd(struct mock *f)
{
	return FIRSTFD + (int)(f - mocks);
}

/* A socket that nothing has happened to, whoever watches it. */
static void
mock_fresh(struct mock *f)
{
	unsigned long told;

	told = f->open ? f->told : 0UL;
	mem_zero(f, sizeof *f);
	f->open = f->news = 1;
	f->told = told;
	f->id = ++ids;
	f->total = (long)next() * (next() & 15);
	f->room = (long)next() * 8;
	f->stubborn = f->room == 0L;
}

static struct mock *
mock_new(void)
{
	struct mock *f;

	for (f = mocks; f->open; f++)
		must(f < mocks + NMOCK - 1, "descriptors are given back");
	mock_fresh(f);
	return f;
}

/* The session that has this socket, and on which side. */
static struct session *
session_of(struct mock *f, int *side)
{
	int i;

	for (i = 0; i < 2 * session.top; i++)
		if (sessions[i / 2].state != S_FREE &&
		    sessions[i / 2].side[i % 2].fd == mock_fd(f)) {
			*side = i % 2;
			return &sessions[i / 2];
		}
	return (struct session *)0;
}

/* How a call comes out: true if it fails, with errno; *n may be less. */
static int
fails(struct mock *f, long *n)
{
	static int errors[] = { EIO, EPERM, EBADF, EINVAL, ENOTCONN, EPIPE,
	    ECONNRESET, ETIMEDOUT, EHOSTUNREACH, EACCES, EFAULT, ENOSPC };
	int c;

	c = next();
	if (c < 140)
		return 0;
	if (c < 180) {
		if (*n > 1L)
			*n = 1L + next() % *n;
		return 0;
	}
	if (c < 200)
		errno = EAGAIN;
	else if (c < 210)
		errno = EINTR;
	else if (c < 240 || !hard)
		errno = c & 1 ? ENOBUFS : ENOMEM;
	else {
		errno = errors[c % (int)(sizeof errors / sizeof errors[0])];
		f->hurt = 1;
	}
	return 1;
}

/*
 * CALLS
 */

/* There is something new about f. */
static void
happens(struct mock *f)
{
	f->news = 1;
	f->vain = 0;
}

/* A call on f finds nothing to do: once in a while, else it spins. */
static void
nothing(struct mock *f)
{
	must(++f->vain < MAXVAIN, "who has nothing to do waits");
	errno = f->connected ? EAGAIN : ENOTCONN;
}

/* What Linux says when there is nothing to read. */
static long
dry(struct mock *f)
{
	if (f->fin) {
		f->finread = 1;
		idle = 0;
		return 0L;
	}
	if (f->err != 0) {
		errno = f->err;
		f->err = 0;
		return -1L;
	}
	if (f->dead)
		return 0L;
	nothing(f);
	return -1L;
}

static long
fake_peek(int fd, char *p, long n)
{
	struct mock *f;
	long i, have;

	f = mock_of(fd);
	if (fails(f, &n))
		return -1L;
	have = f->arrived - f->taken;
	if (have == 0L)
		return dry(f);
	if (n > have)
		n = have;
	f->news |= n < have;	/* the rest has come just behind that */
	for (i = 0; i < n; i++)
		p[i] = (char)pattern(f, f->taken + i);
	return n;
}

static long
fake_read(int fd, char *p, long n)
{
	n = fake_peek(fd, p, n);
	if (n > 0L) {
		mock_of(fd)->taken += n;
		idle = 0;
	}
	return n;
}

/* How much of n can be written; -1 with errno when nothing. */
static long
room(struct mock *f, long n)
{
	if (f->err != 0 || f->dead || f->shut) {
		must(!f->shut || f->dead, "nothing is written behind the end");
		errno = f->err != 0 ? f->err : EPIPE;
		f->err = 0;
		return -1L;
	}
	f->full |= n > f->room;
	if (f->room == 0L || !f->connected) {
		nothing(f);
		return -1L;
	}
	return n < f->room ? n : f->room;
}

/* One byte is given to it: the next one of what is to come. */
static void
takes_byte(struct mock *f, int c)
{
	struct mock *p;
	long k;

	k = f->wrote++ - f->nbefore;
	if (k < 0L) {
		must(c == (f->before[f->wrote - 1] & 0377), "what is said first");
		return;
	}
	p = f->pair;
	must(p != (struct mock *)0, "there is another side");
	k += p->nsays;
	must(k < p->arrived, "no more than was sent");
	must(c == pattern(p, k), "the bytes that were sent, in order");
}

static long
takes(struct mock *f, char *p, long n)
{
	long i;

	n = room(f, n);
	for (i = 0; i < n; i++)
		takes_byte(f, p[i] & 0377);
	if (n > 0L) {
		f->room -= n;
		idle = 0;
	}
	if (n > 0L && f->gone) {
		f->dead = 1;
		happens(f);
		f->err = f->fin ? EPIPE : ECONNRESET;
	}
	return n;
}

static long
fake_write(int fd, char *p, long n)
{
	struct mock *f;

	if (fd == 2)
		return n;
	f = mock_of(fd);
	return fails(f, &n) ? -1L : takes(f, p, n);
}

static long
fake_splice(int in, int out, long n)
{
	struct mock *a, *b;

	a = mock_of(in);
	b = mock_of(out);
	if (b->from != (struct mock *)0) {
		if (n > PIPESZ - b->from->nheld)
			n = PIPESZ - b->from->nheld;
		must(n > 0L, "a pipe that is full is not filled");
		if (fails(a, &n))
			return -1L;
		if (a->arrived == a->taken)
			return dry(a);
		if (n > a->arrived - a->taken)
			n = a->arrived - a->taken;
		for (; n > b->from->nheld; a->taken++)
			b->from->held[b->from->nheld++] =
			    (char)pattern(a, a->taken);
		idle = 0;
		return n;
	}
	must(a->nheld > 0L, "an empty pipe is not drained");
	if (n > a->nheld)
		n = a->nheld;
	if (fails(b, &n))
		return -1L;
	n = takes(b, a->held, n);
	if (n > 0L) {
		a->nheld -= n;
		(void)memmove(a->held, a->held + n, (size_t)a->nheld);
	}
	return n;
}

static int
fake_pipe(int *p)
{
	struct mock *in, *out;
	long n;

	n = 0L;
	if (next() > 250) {
		errno = EMFILE;
		return -1;
	}
	in = mock_new();
	out = mock_new();
	out->from = in;
	p[0] = mock_fd(in);
	p[1] = mock_fd(out);
	return (int)n;
}

static int
fake_socket(int family)
{
	static int errors[] = { EMFILE, ENOBUFS, ENFILE, EAFNOSUPPORT };
	struct mock *f;
	int c;

	c = next();
	if (family != AF_INET || c > 250) {
		errno = errors[c & 3];
		return -1;
	}
	f = mock_new();
	return mock_fd(f);
}

/* An address of the internet. */
static int
named(struct sockaddr *sa, SOCKLEN *len, unsigned long ip)
{
	struct sockaddr_in in;

	mem_zero(&in, sizeof in);
	in.sin_family = AF_INET;
	in.sin_port = htons(4000);
	in.sin_addr.s_addr = htonl((unsigned)ip);
	mem_copy(sa, &in, sizeof in);
	*len = sizeof in;
	return 0;
}

static int
fake_accept(int fd, struct sockaddr *sa, SOCKLEN *len)
{
	static int errors[] = { EMFILE, ECONNABORTED, EINTR, ENOBUFS, EPROTO };
	struct mock *f;
	int c;

	(void)fd;
	c = next();
	if (backlog == 0 || c > 240) {
		errno = backlog == 0 ? EAGAIN : errors[c % 5];
		return -1;
	}
	backlog--;
	idle = 0;
	f = mock_new();
	f->client = f->connected = 1;
	(void)named(sa, len, 0x0a000001UL + (unsigned long)(c & 3));
	return mock_fd(f);
}

/* What a target hears before the stream, and says itself. */
static void
preamble(struct mock *f, struct session *s)
{
	struct text t;

	text_start(&t, f->before, PREAMBLE);
	if (PLUG(s)->via.family != 0) {
		put_request(&t, s);
		f->says = answers[next() % 5];
		f->nsays = (long)strlen(f->says);
		f->total += f->nsays;
	}
	if (PLUG(s)->announce)
		put_announce(&t, s);
	f->nbefore = (long)t.len;
}

/* f was given all of the other side's stream, up to an end that was seen. */
static int
has_all(struct mock *f)
{
	struct mock *p;

	p = f->pair;
	if (p == (struct mock *)0)
		return f->whole;
	return p->finread && f->wrote == f->nbefore + p->total - p->nsays;
}

/* Both ends were seen, and nothing else came. */
static int
over(struct mock *f)
{
	return f->finread && f->shut && !f->dead && f->err == 0;
}

static void parted(struct mock *f);

static int
fake_connect(int fd, struct sockaddr *sa, SOCKLEN len)
{
	static int errors[] = { ECONNREFUSED, ENETUNREACH, EADDRNOTAVAIL, ENOBUFS };
	struct session *s;
	struct mock *f;
	int c, side;

	(void)len;
	f = mock_of(fd);
	if (sa->sa_family == AF_UNSPEC) {
		must(over(f) && f->pair != (struct mock *)0 && has_all(f) &&
		    f->taken == f->total, "only what is over is begun anew");
		parted(f);
		mock_fresh(f);
		return 0;
	}
	s = session_of(f, &side);
	must(s != (struct session *)0 && side == TARGET, "a session connects");
	f->pair = &mocks[s->side[CLIENT].fd - FIRSTFD];
	f->pair->pair = f;
	f->pair->whole = 0;
	preamble(f, s);
	c = next();
	f->how = c & 3;
	f->begun = 1;
	if (c > 240) {
		errno = errors[f->how];
		return -1;
	}
	f->connected = f->how == C_NOW;
	errno = EINPROGRESS;
	return f->connected ? 0 : -1;
}

static int
fake_shutdown(int fd, int how)
{
	struct mock *f;
	long n;

	(void)how;
	f = mock_of(fd);
	n = 0L;
	must(!f->shut, "no end is passed on twice");
	if (fails(f, &n) && errno != EAGAIN && errno != EINTR)
		return -1;
	must(has_all(f), "an end is passed on behind all bytes");
	f->shut = 1;
	happens(f);
	idle = 0;
	if (!f->dead)
		return 0;
	errno = ENOTCONN;
	return -1;
}

/* Neither side was cut, nor a call on it failed for no reason. */
static int
unhurt(struct mock *f)
{
	return !f->dead && !f->hurt;
}

/* A side is closed: what its peer now sees must be true. */
static void
judge(struct mock *f)
{
	struct session *s;
	struct mock *p;
	int side;

	s = session_of(f, &side);
	p = f->pair;
	if (s == (struct session *)0)
		return;
	if (s->state != S_RELAY && s->state != S_LINGER) {
		must(side == TARGET || f->reset, "a client without a target is reset");
		return;
	}
	if (unhurt(f) && !f->shut && !f->reset && f->arrived == f->taken)
		must(has_all(f), "a clean close is behind all bytes");
	/* a target whose socket is kept was looked at */
	if (p == (struct mock *)0 || side != CLIENT ||
	    s->state != S_RELAY || !unhurt(f) || !unhurt(p) ||
	    PLUG(s)->idle > 0L)
		return;
	must(s->status == END_OK, "who was not cut ends well");
	must(has_all(f), "all to the client");
	must(has_all(p), "all to the target");
}

/* Its stream is over, and so is its pair's to it. */
static void
parted(struct mock *f)
{
	struct mock *p;

	p = f->pair;
	if (p == (struct mock *)0 && !f->client)
		return;
	judge(f);
	if (p != (struct mock *)0 && p->pair == f) {
		p->whole = has_all(p);
		p->pair = (struct mock *)0;
	}
}

static int
fake_close(int fd)
{
	struct mock *f;

	if (fd == EPOLLFD)
		return 0;
	f = mock_of(fd);
	parted(f);
	f->open = 0;
	return 0;
}

static int
fake_setsockopt(int fd, int level, int what, char *p)
{
	struct mock *f;

	f = mock_of(fd);
	if (level == SOL_SOCKET && what == SO_LINGER && p != (char *)0)
		f->reset = 1;
	return 0;
}

static int
fake_getsockopt(int fd, int level, char *p, SOCKLEN *n)
{
	struct mock *f;
	int e;

	f = mock_of(fd);
	if (level == IPPROTO_TCP) {
		*p = over(f) && (next() & 7) != 0 ? TCP_CLOSE : TCP_CLOSE - 1;
		return 0;
	}
	if (level != SOL_SOCKET) {
		*n = 0;
		return 0;
	}
	e = f->err != 0 ? f->err : f->soft;
	f->err = f->soft = 0;
	(void)memcpy(p, &e, sizeof e);
	return 0;
}

static int
fake_getpeername(int fd, struct sockaddr *sa, SOCKLEN *len)
{
	struct mock *f;

	f = mock_of(fd);
	if (!f->connected || f->dead || (f->fin && f->shut)) {
		errno = ENOTCONN;
		return -1;
	}
	if (next() > 250) {
		errno = ENOBUFS;
		return -1;
	}
	return named(sa, len, 0x0a000001UL);
}

static int
fake_getsockname(int fd, struct sockaddr *sa, SOCKLEN *len)
{
	(void)mock_of(fd);
	return named(sa, len, 0x0a0000ffUL);
}

static int
fake_clock(long *sec, long *nsec)
{
	*sec = mock_sec;
	*nsec = mock_nsec;
	return 0;
}

/*
 * WORLD: what peers do while plug sleeps.
 */

/* A connect comes out. */
static void
dialled(struct mock *f)
{
	if (f->connected || f->err != 0 || f->pair == (struct mock *)0)
		return;
	if (f->how == C_REFUSE)
		f->err = ECONNREFUSED;
	else if (f->how != C_NEVER)
		f->connected = 1;
	happens(f);
}

static void
arrives(struct mock *f, long n)
{
	if (n > f->total - f->arrived)
		n = f->total - f->arrived;
	if (f->dead || !f->connected || n == 0L)
		return;
	f->arrived += n;
	happens(f);
}

static void
ends(struct mock *f)
{
	if (f->arrived < f->total || !f->connected || f->dead || f->fin)
		return;
	f->fin = 1;
	happens(f);
}

/* It takes so many bytes more; who was told that it is full hears of it. */
static void
empties(struct mock *f, long n)
{
	f->room += n;
	if (f->full)
		happens(f);
	f->full = 0;
}

static void
cut(struct mock *f)
{
	if (f->dead || !f->connected || f->from != (struct mock *)0)
		return;
	f->dead = 1;
	happens(f);
	f->err = f->fin ? EPIPE : next() & 1 ? ECONNRESET : ETIMEDOUT;
}

/* Some peer does something. */
static void
peer_acts(struct mock *f)
{
	switch (next() % 12) {
	case 0:
		arrives(f, 1L + next());
		break;
	case 1:
		arrives(f, (long)BUFSZ * (1 + (next() & 3)));
		break;
	case 2:
		arrives(f, f->total);
		break;
	case 3:
		ends(f);
		break;
	case 4:
		if (next() > 200)
			cut(f);
		break;
	case 5:
		empties(f, (long)next());
		break;
	case 6:
		empties(f, 1000000L);
		break;
	case 7:
		f->soft = EHOSTUNREACH;
		break;
	case 8:
		f->gone = f->fin;
		break;
	case 9:
		backlog += backlog < MAXCLIENT - ids / 2;
		break;
	default:
		dialled(f);
	}
}

/* All do what they can to finish. */
static void
peer_hurries(struct mock *f)
{
	dialled(f);
	if (!f->connected)
		return;
	arrives(f, f->total);
	ends(f);
	if (!f->stubborn || f->pair == (struct mock *)0 || !f->pair->dead ||
	    f->pair->fin)
		empties(f, 1000000L);
}

static void
world_acts(void)
{
	struct mock *f;
	int n;

	for (n = next() & 7; n > 0; n--) {
		f = &mocks[next() % NMOCK];
		if (f->open && f->from == (struct mock *)0)
			peer_acts(f);
	}
	for (f = mocks; f < mocks + NMOCK && input_left == 0; f++)
		if (f->open && f->from == (struct mock *)0)
			peer_hurries(f);
}

/* So many milliseconds pass: time to try again. */
static void
passes(long ms)
{
	int i;

	for (i = 0; i < NMOCK; i++)
		mocks[i].vain = 0;
	mock_nsec += ms % 1000L * 1000000L;
	mock_sec += ms / 1000L + mock_nsec / 1000000000L;
	mock_nsec %= 1000000000L;
	idle = 0;
}

/* Plug asks what there is: meanwhile something happens. */
static void
sleeps(void)
{
	must(++calls < MAXCALLS && ++idle < 100L, "no spin");
	if (next() > 250)
		passes((long)next() * 40L);
	world_acts();
}

/* Nothing has happened in ms milliseconds; less than 0: for ever. */
static void
sleeps_in_vain(long ms)
{
	if (session.live == 0 && backlog == 0 && input_left == 0)
		admit.draining = 1;
	else if (ms >= 0L)
		passes(ms + 1L);
	else
		must(input_left > 0 || session.live == 0,
		    "nobody waits for ever");
}

#ifdef USE_SELECT
/* What the system would report of a socket. */
static int
ready(int fd)
{
	struct mock *f;
	int got;

	if (fd == listeners[0].fd)
		return backlog > 0 ? EV_READ : 0;
	f = mock_of(fd);
	if (f->err != 0 || f->dead)
		return EV_READ | EV_WRITE;
	if (!f->connected)
		return 0;
	got = f->arrived > f->taken || f->fin ? EV_READ : 0;
	return f->room > 0L ? got | EV_WRITE : got;
}

/* What of the masks is ready, less what the input holds back. */
static int
masks(int n, fd_set *r, fd_set *w)
{
	int fd, got, total;

	total = 0;
	for (fd = 0; fd < n; fd++) {
		if (!FD_ISSET(fd, r) && !FD_ISSET(fd, w))
			continue;
		got = ready(fd);
		if (!(got & EV_READ))
			FD_CLR(fd, r);
		if (!(got & EV_WRITE))
			FD_CLR(fd, w);
		total += FD_ISSET(fd, r) || FD_ISSET(fd, w);
	}
	return total;
}

static int
fake_select(int n, fd_set *r, fd_set *w, struct timeval *t)
{
	int got;

	sleeps();
	got = masks(n, r, w);
	if (got == 0)
		sleeps_in_vain(t == (struct timeval *)0 ? -1L :
		    (long)t->tv_sec * 1000L + t->tv_usec / 1000L);
	return got;
}
#else
/* What epoll would say of a socket. */
static unsigned long
events(struct mock *f)
{
	unsigned long got;

	if (f->err != 0 || f->dead || (!f->connected && !f->begun))
		return EPOLLHUP | EPOLLOUT |
		    (f->err != 0 ? EPOLLERR : 0) |
		    (f->dead ? EPOLLIN | EPOLLRDHUP : 0);
	if (!f->connected)
		return 0UL;
	got = f->fin ? EPOLLIN | EPOLLRDHUP : 0;
	if (f->fin && f->shut)
		got |= EPOLLHUP;
	if (f->arrived > f->taken)
		got |= EPOLLIN;
	if (f->room > 0L || f->shut)
		got |= EPOLLOUT;
	else
		f->full = 1;
	return got;
}

static unsigned long told_others[FIRSTFD];	/* the listener is one */

static int
fake_epoll_ctl(int op, int fd, struct epoll_event *e)
{
	struct mock *f;
	unsigned long *told;

	f = fd < FIRSTFD ? (struct mock *)0 : mock_of(fd);
	told = f == (struct mock *)0 ? &told_others[fd] : &f->told;
	errno = op == EPOLL_CTL_ADD ? EEXIST : ENOENT;
	if ((op == EPOLL_CTL_ADD) != (*told == 0UL))
		return -1;
	if (op != EPOLL_CTL_DEL && next() > 252) {
		if (f != (struct mock *)0)
			f->hurt = 1;
		errno = ENOSPC;
		return -1;
	}
	*told = op == EPOLL_CTL_DEL ? 0UL :
	    (unsigned long)e->events | EPOLLHUP | EPOLLERR;
	if (f != (struct mock *)0)
		f->news = 1;
	return 0;
}

/* The events of one that are told of now. */
static unsigned long
told_of(struct mock *f)
{
	unsigned long got;

	if (!f->open || f->told == 0UL || ((f->told & EPOLLET) && !f->news))
		return 0UL;
	got = events(f) & f->told;
	f->news = 0;
	return got;
}

static int
fake_epoll_wait(struct epoll_event *e, int max, long ms)
{
	struct mock *f;
	int n;

	sleeps();
	n = 0;
	if (backlog > 0 && told_others[listeners[0].fd] != 0UL) {
		e[n].events = EPOLLIN;
		e[n++].data.fd = listeners[0].fd;
	}
	for (f = mocks; f < mocks + NMOCK && n < max; f++) {
		e[n].events = (unsigned)told_of(f);
		e[n].data.fd = mock_fd(f);
		n += e[n].events != 0;
	}
	if (n == 0)
		sleeps_in_vain(ms);
	return n;
}
#endif

#ifdef HAVE_EDGES
static void
mock_edges(void)
{
	(void)memset(told_others, 0, sizeof told_others);
	ev_knows = 1;
}
#else
#define mock_edges() (void)0
#endif

/*
 * RUN
 */

/* All is as at a start. */
static void
mock_start(void)
{
	(void)memset(mocks, 0, sizeof mocks);
	(void)memset(&dial, 0, sizeof dial);
	world_tables();
	ids = 0;
	calls = idle = 0L;
	mock_edges();
	mock_sec = now.sec;
	mock_nsec = 0L;
	log_ident = "plug";
}

/* One plug, with what the first bytes of the input choose. */
static void
configure(void)
{
	int c, i;

	c = next();
	hard = c & 1;
	plugs[0].balance = c >> 1 & 3;
	plugs[0].announce = c >> 3 & 1;
	if (c & 16)
		plugs[0].via.family = IP4;
	plugs[0].idle = c & 32 ? 3L : 0L;
	plugs[0].sticky = c >> 6 & 1;
	c = next();
	plugs[0].retry = c & 3 ? (long)(c & 3) : NEVER;
	plugs[0].max = c & 4 ? 2L : 0L;
	plugs[0].most = c & 8 ? 2L : 0L;
	plugs[0].capped = c >> 4 & 1;
	conf.log = c >> 5 & 1;
	plug.limited = plugs[0].max > 0L || plugs[0].capped;
	world_plug(NTARGET);
	for (i = 0; i < NTARGET; i++)
		targets[i].max = plugs[0].capped ? 1L : 0L;
	listeners[0].fd = 3;
	backlog = 1 + next() % 5;
}

/* What was borrowed has come back, and what was opened is closed. */
static void
whole(void)
{
	int i, n;

	must(session.live == 0 && session.timed == 0, "counts of sessions");
	must(own.shared.tally[0].live == 0L && own.shared.live[0][0] == 0,
	    "counts that are shared");
	must(world_blocks(), "blocks are given back");
	must(world_pipes(), "pipes are given back");
	for (n = i = 0; i < NMOCK; i++)
		n += mocks[i].open;
	for (i = pool.pipe; i >= 0; i = kpipes[i].next) {
		must(mocks[kpipes[i].fd[0] - FIRSTFD].nheld == 0L, "pipes are empty");
		n -= 2;
	}
	must(n == dial.n, "no descriptor is left open");
	for (i = 0; i < NTARGET; i++)
		must(own.traffic[i].live == 0, "counts of targets");
}

int
LLVMFuzzerTestOneInput(const unsigned char *p, size_t n)
{
	static unsigned char copy[65536];

	if (n > sizeof copy)
		return 0;
	(void)memcpy(copy, p, n);
	input = copy;
	input_left = (long)n;
	mock_start();
	configure();
	(void)ev_open();
	(void)loop_run();
	whole();
	return 0;
}

#ifdef FUZZ_MAIN
int
main(int argc, char **argv)
{
	static unsigned char buf[65536];
	FILE *f;
	int i;

	for (i = 1; i < argc; i++) {
		f = fopen(argv[i], "rb");
		if (f == (FILE *)0)
			return 1;
		(void)LLVMFuzzerTestOneInput(buf, fread(buf, 1, sizeof buf, f));
		(void)fclose(f);
	}
	return 0;
}
#endif

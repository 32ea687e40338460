/*
 * unit.c: the rooms of plug.c by themselves.  It includes plug.c whole, with
 * fakes behind the system calls (unit.h), and goes through tables, plain
 * oracles and a simulation of peers from a seeded generator.
 *
 *	unit [seed]
 *
 * A test's name says what is broken when it fails.
 */

/* Tables so small that every limit is met; smaller ones can be asked for. */
#ifndef MAXSESSION
#define MAXSESSION 8
#endif
#ifndef BUFSZ
#define BUFSZ 64
#endif
#ifndef MAXBUF
#define MAXBUF 3
#endif
#ifndef MAXPIPE
#define MAXPIPE 2
#endif
#ifndef PIPESZ
#define PIPESZ 512L
#endif
#ifndef TURNBYTES
#define TURNBYTES 1024L
#endif
#ifndef STICKYSETS
#define STICKYSETS 4
#endif
#ifndef MAXCHILD
#define MAXCHILD 8
#endif
#ifndef MAXTARGET
#define MAXTARGET 16
#endif
#ifndef MAXRULE
#define MAXRULE 8
#endif
#ifndef SPAREFD
#define SPAREFD 200
#endif

#define SEAMS_UNIT
#define main plug_main
#include "../plug.c"

#define lone plugs[0]			/* most tests have one */
#undef main

#include "sys.h"
#if HAVE_IPV6
#include <arpa/inet.h>
#endif

#define COUNT(table) ((int)(sizeof (table) / sizeof (table)[0]))

typedef void (*testfn)(void);

struct test {
	char *name;		/* what is broken when it fails */
	testfn run;
};

/*
 * VERDICTS
 */

static char *test_name;
static int test_bad;			/* expectations that were not met */

/* A string with what is not printable as \ooo. */
static void
show(char *s)
{
	int c, i;

	(void)putchar('\'');
	for (i = 0; s[i] != '\0' && i < 200; i++) {
		c = s[i] & 0377;
		if (c < ' ' || c > '~')
			(void)printf("\\%03o", c);
		else
			(void)putchar(c);
	}
	(void)printf(s[i] == '\0' ? "'" : "'...");
}

/* True when the failure is worth a line: not the hundredth of one test. */
static int
fails(char *what)
{
	if (++test_bad > 8)
		return 0;
	(void)printf("FAIL %s: ", test_name);
	show(what);
	(void)printf(": ");
	return 1;
}

static void
want_num(char *what, long expected, long got)
{
	if (expected != got && fails(what))
		(void)printf("expected %ld got %ld\n", expected, got);
}

static void
want_str(char *what, char *expected, char *got)
{
	if (strcmp(expected, got) == 0 || !fails(what))
		return;
	(void)printf("expected ");
	show(expected);
	(void)printf(" got ");
	show(got);
	(void)putchar('\n');
}

/* The text begins so; a TINY build says no more. */
static void
want_start(char *what, char *start, char *got)
{
	if (strncmp(got, start, strlen(start)) != 0)
		want_str(what, start, got);
}

/*
 * CHANCE: the same numbers everywhere for the same seed.
 */

static unsigned long rnd_state;

static void
rnd_seed(unsigned long seed)
{
	rnd_state = (seed * 2654435L + 12345L) & 0xffffffffL;
	if (rnd_state == 0)
		rnd_state = 1;
}

static unsigned long
rnd(void)
{
	unsigned long x;

	x = rnd_state;
	x ^= x << 13 & 0xffffffffL;
	x ^= x >> 17;
	x ^= x << 5 & 0xffffffffL;
	rnd_state = x & 0xffffffffL;
	return rnd_state;
}

/* 0 to n - 1. */
static int
below(int n)
{
	return (int)((rnd() >> 3) % (unsigned long)n);
}

/* True once in n. */
static int
once_in(int n)
{
	return below(n) == 0;
}

/*
 * FAKES: sockets that do what a table says, and kernel pipes.  Each has a
 * real descriptor, so that the event tables take it.  in[] is what the peer
 * sends, out[] what plug wrote.
 */

#define MAXFAKE 120
#define FAKEBYTES 8192

#define K_SOCKET 0
#define K_PIPE 1
#define K_LOG 2

#define LIMITLESS 1000000L

/* How a fake target takes a connect. */
#define C_NOW 0
#define C_SOON 1
#define C_REFUSE_NOW 2
#define C_REFUSE_SOON 3
#define C_NEVER 4
#define C_HOW 5
#define C_NOPORT 6

struct fake {
	int used;
	int fd;			/* -1 once closed */
	int kind;
	char in[FAKEBYTES];
	long total;		/* bytes that the peer means to send */
	long arrived;		/* of these are here */
	long taken;		/* of these were read */
	int fin;		/* the end of the stream is behind them */
	int err;		/* what the next call says, once */
	int dead;		/* reset: no more after that */
	int gone;		/* the peer has closed: a write makes it dead */
	char out[FAKEBYTES];
	long wrote;
	long room;		/* bytes that can be written before EAGAIN */
	long most;		/* bytes of one call, 0 any */
	int eintr;		/* so many next calls say EINTR */
	int lacks;		/* so many say that there is no memory */
	int shut;		/* plug has ended its stream */
	int reset;		/* plug has asked for a reset on close */
	int unread;		/* closed with bytes unread: the peer sees a reset */
	int how;		/* C_... */
	int connected;
	int target;		/* row that was connected to */
	struct fake *from;	/* write end of a pipe: its read end */
};

static struct fake fakes[MAXFAKE];
static int fake_ends[MAXFD];		/* descriptor: row + 1 */
static int fault_rate;			/* percent of calls with a fault */
static int fault_lacks;			/* so do so many next calls of any */
static int calls;			/* of read, write, peek, splice */

static char errs[8192];			/* standard error */
static int errs_len;
static char logs[8192];			/* syslog, one line each, heads off */
static int logs_len;
static int socket_errno;		/* what socket() says, or 0 */
static struct fake *accepts[MAXSESSION + 1];	/* clients that wait */
static int accept_n;
static int accept_errno;
static int accept_fails;		/* so many fail first */
static int accept_nameless;		/* no address is told of clients */
static int events_refuse;		/* so many changes of events fail */
static int pipe_errno;
static int target_how[MAXTARGET];
static struct fake *dialled[MAXSESSION];	/* row of a session: its target */
static char *dial_says;			/* first bytes of any target */
static int setup_bytes;			/* bytes that new targets send, or -1 */

static struct fake *
fake_of(int fd)
{
	if (fd < 0 || fd >= MAXFD || fake_ends[fd] == 0)
		return (struct fake *)0;
	return &fakes[fake_ends[fd] - 1];
}

static struct fake *
fake_new(int kind)
{
	struct fake *f;
	int i;

	for (i = 0; i < MAXFAKE - 1 && fakes[i].used; i++)
		continue;
	f = &fakes[i];
	(void)memset(f, 0, sizeof *f);
	f->used = 1;
	f->kind = kind;
	f->room = LIMITLESS;
	f->connected = 1;
	f->target = -1;
	f->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (f->fd < 0 || f->fd >= MAXFD) {
		(void)printf("FAIL unit: descriptor %d\n", f->fd);
		exit(1);
	}
	fake_ends[f->fd] = i + 1;
	return f;
}

static void
fake_all_gone(void)
{
	int i;

	for (i = 0; i < MAXFAKE; i++)
		if (fakes[i].used && fakes[i].fd >= 0) {
			(void)close(fakes[i].fd);
			fake_ends[fakes[i].fd] = 0;
		}
	for (i = 0; i < MAXFAKE; i++)
		fakes[i].used = 0;
	accept_n = 0;
}

/* What the peer sends arrives. */
static void
fake_says(struct fake *f, char *p, long n)
{
	(void)memcpy(f->in + f->arrived, p, (size_t)n);
	f->arrived += n;
	f->total = f->arrived;
}

/* True when there is no memory for this call. */
static int
fake_lacks(struct fake *f)
{
	if (fault_rate > 0 && fault_lacks == 0 && once_in(100))
		fault_lacks = once_in(20) ? 1000 : 1 + below(3);
	if (f->lacks == 0 && fault_lacks == 0)
		return 0;
	f->lacks -= f->lacks > 0;
	fault_lacks -= fault_lacks > 0;
	errno = once_in(2) ? ENOBUFS : ENOMEM;
	return 1;
}

/* True when this call shall fail; may shorten it. */
static int
fake_fault(struct fake *f, long *n)
{
	calls++;
	if (f->eintr > 0) {
		f->eintr--;
		errno = EINTR;
		return 1;
	}
	if (fake_lacks(f))
		return 1;
	if (f->most > 0L && *n > f->most)
		*n = f->most;
	if (fault_rate == 0 || below(100) >= fault_rate)
		return 0;
	switch (below(4)) {
	case 0:
		errno = EAGAIN;
		return 1;
	case 1:
		errno = EINTR;
		return 1;
	case 2:
		*n = 1;
		return 0;
	}
	*n = 1 + below((int)(*n > 4096L ? 4096L : *n));
	return 0;
}

/* What Linux says when there is nothing to read: see tcp_recvmsg(). */
static long
fake_dry(struct fake *f)
{
	if (f->fin)
		return 0L;
	if (f->err != 0) {
		errno = f->err;
		f->err = 0;
		return -1L;
	}
	if (f->dead)
		return 0L;
	errno = EAGAIN;
	return -1L;
}

static long
fake_peek(int fd, char *p, long n)
{
	struct fake *f;
	long have;

	f = fake_of(fd);
	if (f == (struct fake *)0)
		return (long)recv(fd, p, (size_t)n, MSG_PEEK);
	if (fake_fault(f, &n))
		return -1L;
	have = f->arrived - f->taken;
	if (have == 0L)
		return fake_dry(f);
	if (n > have)
		n = have;
	(void)memcpy(p, f->in + f->taken, (size_t)n);
	return n;
}

static long
fake_read(int fd, char *p, long n)
{
	struct fake *f;

	f = fake_of(fd);
	if (f == (struct fake *)0)
		return (long)read(fd, p, (size_t)n);
	n = fake_peek(fd, p, n);
	if (n > 0L)
		f->taken += n;
	return n;
}

/* How much of n can be written now; -1 with errno when none. */
static long
fake_room(struct fake *f, long n)
{
	if (f->err != 0 || f->dead || f->shut) {
		errno = f->err != 0 ? f->err : EPIPE;
		f->err = 0;
		return -1L;
	}
	if (f->room == 0L || !f->connected) {
		errno = f->connected ? EAGAIN : ENOTCONN;
		return -1L;
	}
	return n < f->room ? n : f->room;
}

/* n bytes go to the peer; one that has closed answers with a reset. */
static void
fake_takes(struct fake *f, char *p, long n)
{
	if (f->room != LIMITLESS)
		f->room -= n;
	if (f->gone) {
		f->dead = 1;
		f->err = f->fin ? EPIPE : ECONNRESET;
		return;
	}
	if (f->wrote + n > FAKEBYTES)
		n = FAKEBYTES - f->wrote;
	(void)memcpy(f->out + f->wrote, p, (size_t)n);
	f->wrote += n;
}

static long
fake_write(int fd, char *p, long n)
{
	struct fake *f;

	f = fake_of(fd);
	if (fd == 2) {
		if (errs_len + n < (long)sizeof errs) {
			(void)memcpy(errs + errs_len, p, (size_t)n);
			errs_len += (int)n;
			errs[errs_len] = '\0';
		}
		return n;
	}
	if (f == (struct fake *)0)
		return (long)write(fd, p, (size_t)n);
	if (fake_fault(f, &n))
		return -1L;
	n = fake_room(f, n);
	if (n > 0L)
		fake_takes(f, p, n);
	return n;
}

/* A syslog line: without its head, with a newline. */
static long
fake_send(int fd, char *p, long n)
{
	char *text;
	long i;

	if (fake_of(fd) == (struct fake *)0)
		return (long)send(fd, p, (size_t)n, 0);
	text = p;
	for (i = 0; i + 3 < n && strncmp(p + i, "]: ", 3) != 0; i++)
		continue;
	if (i + 3 < n)
		text = p + i + 3;
	n -= (long)(text - p);
	if (logs_len + n + 1 < (long)sizeof logs) {
		(void)memcpy(logs + logs_len, text, (size_t)n);
		logs_len += (int)n;
		logs[logs_len++] = '\n';
		logs[logs_len] = '\0';
	}
	return n + (long)(text - p);
}

/* The system may have no splice(), or a build may do without. */
#ifdef HAVE_SPLICE
#define PIPES 1

/* From a socket into a pipe. */
static long
fake_fill(struct fake *f, struct fake *pipe, long n)
{
	long have;

	have = f->arrived - f->taken;
	if (have == 0L)
		return fake_dry(f);
	if (n > have)
		n = have;
	if (n > PIPESZ - pipe->arrived)
		n = PIPESZ - pipe->arrived;
	if (n == 0L) {
		errno = EAGAIN;
		return -1L;
	}
	(void)memcpy(pipe->in + pipe->arrived, f->in + f->taken, (size_t)n);
	f->taken += n;
	pipe->arrived += n;
	return n;
}

/* From a pipe to a socket. */
static long
fake_drain(struct fake *pipe, struct fake *f, long n)
{
	if (n > pipe->arrived)
		n = pipe->arrived;
	if (n == 0L) {
		errno = EAGAIN;
		return -1L;
	}
	n = fake_room(f, n);
	if (n <= 0L)
		return n;
	fake_takes(f, pipe->in, n);
	pipe->arrived -= n;
	(void)memmove(pipe->in, pipe->in + n, (size_t)pipe->arrived);
	return n;
}

static long
fake_splice(int in, int out, long n)
{
	struct fake *a, *b;

	a = fake_of(in);
	b = fake_of(out);
	if (fake_fault(a->kind == K_PIPE ? b : a, &n))
		return -1L;
	if (a->kind == K_PIPE)
		return fake_drain(a, b, n);
	return fake_fill(a, b->from, n);
}
#else
#define PIPES 0
#endif

static int
fake_pipe(int *p)
{
	struct fake *in, *out;

	if (pipe_errno != 0) {
		errno = pipe_errno;
		return -1;
	}
	in = fake_new(K_PIPE);
	out = fake_new(K_PIPE);
	out->from = in;
	p[0] = in->fd;
	p[1] = out->fd;
	return 0;
}

static int
fake_socket(int family, int type)
{
	struct fake *f;

	if (socket_errno != 0) {
		errno = socket_errno;
		return -1;
	}
	f = fake_new(family == AF_UNIX ? K_LOG : K_SOCKET);
	f->connected = type == -1;
	return f->fd;
}

static int
fake_accept(int fd, struct sockaddr *sa, SOCKLEN *len)
{
	struct sockaddr_in *in;
	struct fake *f;

	accept_fails -= accept_fails > 0;
	if (accept_n == 0 || accept_fails > 0 || fd < 0) {
		errno = accept_errno != 0 ? accept_errno : EAGAIN;
		return -1;
	}
	f = accepts[0];
	(void)memmove(accepts, accepts + 1, sizeof accepts - sizeof f);
	accept_n--;
	in = (struct sockaddr_in *)(void *)sa;
	(void)memset(in, 0, sizeof *in);
	in->sin_family = AF_INET;
	in->sin_port = htons(4000);
	in->sin_addr.s_addr = htonl(0x0a000001L);
	*len = sizeof *in;
	if (accept_nameless) {
		sa->sa_family = 0;
		*len = 0;
	}
	return f->fd;
}

/* A target behind port 1000 + row; a proxy stands for the target tried. */
static int
fake_connect(int fd, struct sockaddr *sa, SOCKLEN len)
{
	struct sockaddr_in *in;
	struct fake *f;
	int i;

	f = fake_of(fd);
	if (f->kind == K_LOG)
		return 0;
	in = (struct sockaddr_in *)(void *)sa;
	f->target = len == 0 ? -1 : (int)ntohs(in->sin_port) - 1000;
	for (i = 0; i < session.top; i++)
		if (sessions[i].state != S_FREE &&
		    sessions[i].side[TARGET].fd == fd) {
			dialled[i] = f;
			f->target = sessions[i].target;
		}
	if (f->target < 0 || f->target >= MAXTARGET)
		f->target = 0;
	f->how = target_how[f->target];
	if (dial_says != (char *)0)
		fake_says(f, dial_says, (long)strlen(dial_says));
	f->total = f->arrived;
	for (i = 0; i < setup_bytes; i++)
		f->in[f->total++] = (char)rnd();
	f->connected = f->how == C_NOW;
	errno = f->how == C_REFUSE_NOW ? ECONNREFUSED :
	    f->how == C_NOPORT ? EADDRNOTAVAIL : EINPROGRESS;
	return f->connected ? 0 : -1;
}

/* A connect that was under way comes out. */
static void
fake_dialled(struct fake *f)
{
	if (f->connected || f->how == C_NEVER)
		return;
	if (f->how == C_SOON)
		f->connected = 1;
	else
		f->err = ECONNREFUSED;
	f->how = C_NEVER;
}

static int
fake_shutdown(int fd, int how)
{
	struct fake *f;

	f = fake_of(fd);
	if (f == (struct fake *)0 || how != 1)
		return shutdown(fd, how);
	if (fake_lacks(f))
		return -1;
	f->shut = 1;
	return 0;
}

static int
fake_close(int fd)
{
	struct fake *f;

	f = fake_of(fd);
	if (f != (struct fake *)0) {
		f->unread = f->taken < f->arrived;
		f->fd = -1;
		fake_ends[fd] = 0;
		if (f->kind != K_SOCKET)
			f->used = 0;
	}
	return close(fd);
}

static int
fake_setsockopt(int fd, int level, int option, char *p)
{
	struct fake *f;

	f = fake_of(fd);
	if (f != (struct fake *)0 && level == SOL_SOCKET &&
	    option == SO_LINGER && ((struct linger *)(void *)p)->l_onoff)
		f->reset = 1;
	return 0;
}

static int
fake_getsockopt(int fd, int level, char *p, SOCKLEN *n)
{
	struct fake *f;

	f = fake_of(fd);
	if (level != SOL_SOCKET) {
		*n = 0;
		return 0;
	}
	(void)memcpy(p, &f->err, sizeof f->err);
	f->err = 0;
	return 0;
}

static int
fake_getpeername(int fd, struct sockaddr *sa, SOCKLEN *len)
{
	struct fake *f;

	f = fake_of(fd);
	(void)memset(sa, 1, sizeof (struct sockaddr_in));
	*len = sizeof (struct sockaddr_in);
	if (f->connected && !f->dead && !(f->fin && f->shut))
		return 0;
	errno = ENOTCONN;
	return -1;
}

static int
fake_getsockname(int fd, struct sockaddr *sa, SOCKLEN *len)
{
	struct fake *f;

	f = fake_of(fd);
	(void)memset(sa, f->how == C_HOW ? 1 : 2, sizeof (struct sockaddr_in));
	*len = sizeof (struct sockaddr_in);
	return 0;
}

/*
 * What is asked of events goes to the system, but for the n-th that adds
 * something from now on: there is no memory for that.
 */
static int refuse_add;			/* n, counted down; 0: none */

#if defined(USE_EPOLL) || defined(USE_KQUEUE)
static int
fake_refuses(int adds)
{
	if (adds && events_refuse > 0)
		events_refuse--;
	else if (!adds || refuse_add == 0 || --refuse_add > 0)
		return 0;
	errno = ENOMEM;
	return 1;
}
#endif

#ifdef USE_EPOLL
static int
fake_epoll_ctl(int ev, int op, int fd, struct epoll_event *e)
{
	if (fake_refuses(op != EPOLL_CTL_DEL))
		return -1;
	return epoll_ctl(ev, op, fd, e);
}
#endif

#ifdef USE_KQUEUE
static int
fake_kevent(int kq, struct kevent *to, int n, struct kevent *from, int max, struct timespec *t)
{
	if (fake_refuses(n > 0 && (to->flags & EV_ADD) != 0))
		return -1;
	return kevent(kq, to, n, from, max, t);
}
#endif

/* What the system would report of a socket, level-triggered. */
static int
fake_ready(struct fake *f)
{
	int got;

	got = 0;
	if (f->err != 0 || f->dead)
		return EV_READ | EV_WRITE;
	if (!f->connected)
		return 0;
	if (f->arrived > f->taken || f->fin)
		got |= EV_READ;
	if (f->room > 0L)
		got |= EV_WRITE;
	return got;
}

static long fork_pid;		/* of the next child; 0: there can be none */
static long dead_pid;		/* of a child to be waited for */

static long
fake_fork(void)
{
	errno = EAGAIN;
	return fork_pid > 0L ? fork_pid : -1L;
}

/* It was killed. */
static long
fake_wait(int *status)
{
	long pid;

	pid = dead_pid;
	dead_pid = 0L;
	*status = SIGKILL;
	return pid;
}

/*
 * WORLD: plug's tables as at a start.
 */

static void
said_clear(void)
{
	errs_len = logs_len = 0;
	errs[0] = logs[0] = '\0';
}

static void
world_options(void)
{
	(void)memset(&conf, 0, sizeof conf);
	(void)memset(&draft, 0, sizeof draft);
	(void)memset(plugs, 0, MAXPLUG * sizeof *plugs);
	(void)memset(targets, 0, sizeof targets);
	(void)memset(operand.words, 0, sizeof operand.words);
	lone.retry = conf.grace = NEVER;
	lone.remember = 3600L;
	lone.patience = 20L;
	lone.balance = -1;
	(void)memset(&option.base, 0, sizeof option.base);
	rule.n = rule.base = operand.n = option.listen = 0;
#ifndef TINY
	plug.nfresh = 0;
#endif
	option.first = 0;
}

static void
world_start(void)
{
	int i;

	fake_all_gone();
	log_fd = -1;
	world_options();
	(void)memset(&own.shared, 0, sizeof own.shared);
	(void)memset(sessions, 0, sizeof sessions);
	(void)memset(listeners, 0, sizeof listeners);
	(void)memset(dialled, 0, sizeof dialled);
	(void)memset(target_how, 0, sizeof target_how);
	sh = &own.shared;
	self.role = P_SINGLE;
	self.mine = &own.shared.tally[0];
	(void)memset(children, 0, sizeof children);
	(void)memset(&own.guests, 0, sizeof own.guests);
	child.live = child.top = 0;
	fork_pid = dead_pid = 0L;
	session.free = session.rest = -1;
	session.top = session.live = session.timed = 0;
	pool.block = pool.pipe = -1;
	pool.blocks = pool.pipes = 0;
	pool.most = MAXPIPE;
	slog.len = 0;
	self.mine->slog_lost = 0;
	sh->slog_bad = sh->slog_torn = slog.waits = 0;
	slog.fd = -1;
	logging.refused = 0;
	listening.sick = listening.rests = connecting.waits = connecting.starved = admit.draining = admit.full = 0;
	accept_fails = accept_nameless = events_refuse = 0;
	admit.crowded = 0;
	(void)memset(own.traffic, 0, sizeof own.traffic);
#if HAVE_WORKERS
	self.all_traffic = own.traffic;
#endif
	listening.gate = GATE_NEW;
	logging.said.sec = 0L;
	session.limit = MAXSESSION;
	now.sec = 1000L;
	now.usec = 0;
	session.swept = now;
	fault_rate = accept_errno = pipe_errno = socket_errno = 0;
	fault_lacks = 0;
	refuse_add = 0;
	dial_says = (char *)0;
	setup_bytes = 0;
	logging.detached = 0;
	self.name = "plug";
	(void)ev_open();
	lone.ntarget = 3;
	for (i = 0; i < MAXTARGET; i++) {
		targets[i].at.family = 4;
		targets[i].at.port = (unsigned)(1000 + i);
		targets[i].at.ip[0] = 10;
		targets[i].at.ip[3] = (unsigned char)(i + 1);
		targets[i].slot = i;
		targets[i].weight = 1L;
		targets[i].max = 0L;
		targets[i].backup = targets[i].drain = 0;
	}
	lone.source.family = listeners[0].at.family = 4;
	lone.source.port = lone.last = 8080;
	plug.n = listening.n = 1;
	plug.order[0] = 0;
	listeners[0].fd = fake_new(K_SOCKET)->fd;
	listeners[0].at.family = 4;
	listeners[0].at.port = 8080;
	log_open(self.name);
	said_clear();
}

/* A session that has this target. */
static struct session *
a_session(int target)
{
	static struct session s;

	s.target = target;
	return &s;
}

/* A client that is about to be accepted. */
static struct fake *
client_new(void)
{
	struct fake *f;

	f = fake_new(K_SOCKET);
	accepts[accept_n++] = f;
	return f;
}

/* One turn of the loop; returns how many events there were. */
static int
turn(void)
{
	static int fd[2 * MAXSESSION], got[2 * MAXSESSION];
	struct fake *f;
	int i, n, seen;

	session_rested();
	n = 0;
	for (i = 0; i < 2 * session.top; i++) {
		f = fake_of(sessions[i / 2].side[i % 2].fd);
		if (sessions[i / 2].state == S_FREE || f == (struct fake *)0)
			continue;
		fd[n] = f->fd;
		got[n] = fake_ready(f) & ev_want[f->fd];
		n += got[n] != 0;
	}
	for (i = seen = 0; i < n; i++) {
		got[i] &= ev_want[fd[i]];
		if (got[i] == 0)
			continue;
		loop_dispatch(ev_id[fd[i]], got[i]);
		seen++;
	}
	return seen;
}

/* Turns until nothing is left to do; a spin is a failure. */
static void
turns(void)
{
	int i;

	for (i = 0; i < 20000 && turn() > 0; i++)
		continue;
	want_num("the loop comes to rest", 1L, (long)(i < 20000));
}

/* A session in S_RELAY with its two fakes. */
static struct session *
relayed(struct fake **client, struct fake **target)
{
	*client = client_new();
	(void)admit_accept(listeners);
	turns();
	*target = dialled[session.top - 1];
	return &sessions[session.top - 1];
}

/* Free blocks, free pipes: what was borrowed has come back. */
static void
want_pools_whole(void)
{
	int i, n;

	for (n = 0, i = pool.block; i >= 0 && n <= MAXBUF; i = blocks[i].next)
		n++;
	want_num("blocks given back", (long)pool.blocks, (long)n);
	for (n = 0, i = pool.pipe; i >= 0 && n <= MAXPIPE; i = kpipes[i].next)
		n++;
	want_num("kernel pipes given back", (long)pool.pipes, (long)n);
}

/*
 * TEXT
 */

struct numcase {
	char *text;
	long min, max;
	int ok;
	long value;
	char *rest;
};

static struct numcase numcases[] = {
	{ "0", 0L, 9L, 1, 0L, "" },
	{ "7x", 0L, 9L, 1, 7L, "x" },
	{ "65535", 1L, 65535L, 1, 65535L, "" },
	{ "65536", 1L, 65535L, 0, 0L, "" },
	{ "70000", 1L, 65535L, 0, 0L, "" },
	{ "0", 1L, 65535L, 0, 0L, "" },
	{ "00", 0L, 9L, 0, 0L, "" },
	{ "01", 0L, 9L, 0, 0L, "" },
	{ "9", 0L, 5L, 0, 0L, "" },
	{ "5", 0L, 5L, 1, 5L, "" },
	{ "6", 0L, 5L, 0, 0L, "" },
	{ "255", 0L, 255L, 1, 255L, "" },
	{ "256", 0L, 255L, 0, 0L, "" },
	{ "2147483647", 0L, 2147483647L, 1, 2147483647L, "" },
	{ "2147483648", 0L, 2147483647L, 0, 0L, "" },
	{ "4294967297", 0L, 2147483647L, 0, 0L, "" },
	{ "18446744073709551617", 0L, 2147483647L, 0, 0L, "" },
	{ "99999999999999999999999999", 0L, 2147483647L, 0, 0L, "" },
	{ "", 0L, 9L, 0, 0L, "" },
	{ "-1", 0L, 9L, 0, 0L, "" },
	{ "+1", 0L, 9L, 0, 0L, "" },
	{ " 1", 0L, 9L, 0, 0L, "" },
	{ "0x10", 0L, 99L, 1, 0L, "x10" },
	{ "\3711", 0L, 9L, 0, 0L, "" }
};

static void
test_scan_num(void)
{
	struct numcase *c;
	char *p;
	long n;
	int i, ok;

	for (i = 0; i < COUNT(numcases); i++) {
		c = &numcases[i];
		p = c->text;
		n = 0L;
		ok = scan_num(&p, c->min, c->max, &n);
		want_num(c->text, (long)c->ok, (long)ok);
		want_num(c->text, c->value, n);
		want_str(c->text, c->ok ? c->rest : c->text, p);
		want_num(c->text, (long)(c->ok && c->rest[0] == '\0'),
		    (long)scan_whole(c->text, c->min, c->max, &n));
	}
}

/* All numbers near the limits of all small ranges. */
static void
test_scan_ranges(void)
{
	char text[32], *p;
	long min, max, n, v;

	for (max = 0L; max < 130L; max++)
		for (min = 0L; min <= max; min += 1 + max / 3)
			for (v = 0L; v < 1400L; v += 1 + v / 40) {
				(void)sprintf(text, "%ld", v);
				p = text;
				want_num(text, (long)(v >= min && v <= max),
				    (long)scan_num(&p, min, max, &n));
			}
}

static void
test_text_bounds(void)
{
	char buf[40];
	struct text t;
	int max, i;

	for (max = 1; max < 30; max++) {
		(void)memset(buf, '#', sizeof buf);
		text_start(&t, buf, max);
		put_num(&t, 12345L);
		put_str(&t, "abcdefghij");
		put_safe(&t, "\1\2\3\377\\");
		put_digits(&t, 7L, 9);
		want_num("length", (long)(max - 1), (long)t.len);
		want_num("terminated", 0L, (long)buf[t.len]);
		for (i = max; i < (int)sizeof buf; i++)
			want_num("untouched", (long)'#', (long)buf[i]);
	}
}

struct digitcase {
	unsigned long n;
	int width;
	char *out;
};

static struct digitcase digitcases[] = {
	{ 0L, 1, "0" }, { 0L, 2, "00" }, { 7L, 2, "07" }, { 10L, 1, "10" },
	{ 123L, 2, "123" }, { 5L, 9, "000000005" }, { 999999999L, 9,
	"999999999" }, { 2026L, 4, "2026" }, { 0xffffffffL, 1, "4294967295" },
	{ 100L, 3, "100" }, { 99L, 3, "099" }
};

static void
test_put_digits(void)
{
	char buf[64];
	struct text t;
	int i;

	for (i = 0; i < COUNT(digitcases); i++) {
		text_start(&t, buf, (int)sizeof buf);
		put_digits(&t, digitcases[i].n, digitcases[i].width);
		want_str(digitcases[i].out, digitcases[i].out, buf);
		if (digitcases[i].width > 1)
			continue;
		text_start(&t, buf, (int)sizeof buf);
		put_num(&t, digitcases[i].n);
		want_str(digitcases[i].out, digitcases[i].out, buf);
	}
}

/* A sum kept digit by digit, as at school. */
static void
school_add(char *digits, unsigned long n)
{
	int i, carry;

	carry = 0;
	for (i = 0; i < 40; i++) {
		carry += digits[i] + (int)(n % 10);
		n /= 10;
		digits[i] = (char)(carry % 10);
		carry /= 10;
	}
}

static void
test_put_count(void)
{
	char digits[40], school[41], buf[64];
	struct count c;
	struct text t;
	unsigned long n;
	int i, k, top;

	(void)memset(digits, 0, sizeof digits);
	(void)memset(&c, 0, sizeof c);
	for (i = 0; i < 20000; i++) {
		n = i % 3 == 0 ? rnd() >> 1 : i % 3 == 1 ? rnd() % 20 :
		    999999999L + rnd() % 3;
		count_add(&c, n);
		school_add(digits, n);
		for (top = 39; top > 0 && digits[top] == 0; top--)
			continue;
		for (k = 0; k <= top; k++)
			school[k] = (char)('0' + digits[top - k]);
		school[k] = '\0';
		text_start(&t, buf, (int)sizeof buf);
		put_count(&t, &c);
		want_str("sum", school, buf);
	}
	want_num("beyond 2^32", 1L, (long)(c.hi > 4L));
}

struct safecase {
	char *in, *out;
};

static struct safecase safecases[] = {
	{ "", "" },
	{ "plain", "plain" },
	{ "a\nb", "a\\012b" },
	{ "\r\n", "\\015\\012" },
	{ "\033[2J", "\\033[2J" },
	{ "back\\slash", "back\\134slash" },
	{ "\177\200\377", "\\177\\200\\377" },
	{ "%s%n", "%s%n" },
	{ " ~", " ~" },
	{ "\t", "\\011" },
	{ "0123456789012345678901234567890123456789012345678901234567890123",
	"0123456789012345678901234567890123456789012345678901234567890123" },
	{ "01234567890123456789012345678901234567890123456789012345678901234",
	"0123456789012345678901234567890123456789012345678901234567890123..." }
};

static void
test_put_safe(void)
{
	char buf[400];
	struct text t;
	int i;

	for (i = 0; i < COUNT(safecases); i++) {
		text_start(&t, buf, (int)sizeof buf);
		put_safe(&t, safecases[i].in);
		want_str(safecases[i].in, safecases[i].out, buf);
	}
}

struct sincecase {
	long sec, usec, tosec, tousec;
	char *out;
};

static struct sincecase sincecases[] = {
	{ 5L, 0L, 5L, 0L, "0" },
	{ 5L, 1L, 5L, 8L, "7" },
	{ 5L, 999999L, 6L, 0L, "1" },
	{ 5L, 999999L, 6L, 999998L, "999999" },
	{ 5L, 0L, 6L, 0L, "1000000" },
	{ 5L, 0L, 6L, 5L, "1000005" },
	{ 0L, 900000L, 100000L, 800000L, "99999900000" }
};

static void
test_put_since(void)
{
	char buf[64];
	struct text t;
	struct stamp then;
	struct sincecase *c;
	int i;

	for (i = 0; i < COUNT(sincecases); i++) {
		c = &sincecases[i];
		then.sec = c->sec;
		then.usec = c->usec;
		now.sec = c->tosec;
		now.usec = c->tousec;
		text_start(&t, buf, (int)sizeof buf);
		put_since(&t, &then);
		want_str(c->out, c->out, buf);
	}
}

/* elapsed(), moments a microsecond apart, and a clock that was set back. */
static void
test_elapsed(void)
{
	struct stamp then;
	long secs, d;

	then.sec = 100L;
	then.usec = 500000L;
	for (secs = 0L; secs < 4L; secs++)
		for (d = -3000000L; d <= 3000000L; d += 1 + (d % 100000L == 0 ?
		    0L : d % 1000000L > 999990L ? 0L : 99998L)) {
			now.sec = then.sec;
			now.usec = then.usec + d;
			while (now.usec < 0L) {
				now.usec += 1000000L;
				now.sec--;
			}
			while (now.usec >= 1000000L) {
				now.usec -= 1000000L;
				now.sec++;
			}
			want_num("elapsed", (long)(d >= secs * 1000000L),
			    (long)elapsed(&then, secs));
		}
	now.sec = 2147483647L;
	now.usec = 0L;
	then.sec = 1L;
	want_num("the longest time", 1L, (long)elapsed(&then, MAXSECS));
	now.sec = 0L;
	then.sec = 2147480000L;
	want_num("set back", 0L, (long)elapsed(&then, 0L));
}

static void
test_clock(void)
{
	long sec, usec, was, uwas;
	int i;

	clock_now(&was, &uwas);
	for (i = 0; i < 100000; i++) {
		clock_now(&sec, &usec);
		want_num("in range", 1L, (long)(usec >= 0L && usec < 1000000L));
		want_num("forward", 1L, (long)(sec > was ||
		    (sec == was && usec >= uwas)));
		was = sec;
		uwas = usec;
	}
}

/*
 * ADDR
 */

struct hostcase {
	char *text;
	int ok;
};

static struct hostcase hostcases[] = {
	{ "0.0.0.0", 1 }, { "127.0.0.1", 1 }, { "255.255.255.255", 1 },
	{ "10.20.30.40", 1 }, { "", 0 }, { ".", 0 }, { "1", 0 }, { "1.2", 0 },
	{ "127.1", 0 }, { "1.2.3", 0 }, { "1.2.3.", 0 }, { "1.2.3.4.", 0 },
	{ "1.2.3.4.5", 0 }, { ".1.2.3.4", 0 }, { "1..3.4", 0 },
	{ "1.2.3.256", 0 }, { "256.2.3.4", 0 }, { "1.2.3.999999999999", 0 },
	{ "01.2.3.4", 0 }, { "0177.0.0.1", 0 }, { "127.0.0.01", 0 },
	{ "127.0.00.1", 0 }, { "0x7f.0.0.1", 0 }, { "1.2.3.4x", 0 },
	{ "1.2.3.4 ", 0 }, { " 1.2.3.4", 0 }, { "1.2.3.4:80", 0 },
	{ "1.2.3.-4", 0 }, { "+1.2.3.4", 0 }, { "a.b.c.d", 0 },
	{ "localhost", 0 }, { "*", 0 }, { "\261.2.3.4", 0 }, { "1,2,3,4", 0 },
	{ "3232235777", 0 }, { "1.2.3.4\n", 0 },
	{ "::1", 1 }, { "::", 1 }, { "1::", 1 }, { "2001:db8::1", 1 },
	{ "1:2:3:4:5:6:7:8", 1 }, { "1:0:0:4::8", 1 }, { "::2:0:0:5", 1 },
	{ "fe80::1", 1 }, { "64:ff9b::102:304", 1 },
	{ ":", 0 }, { ":1", 0 }, { "1:", 0 }, { ":::", 0 }, { "1::2::3", 0 },
	{ "1:2:3:4:5:6:7", 0 }, { "1:2:3:4:5:6:7:8:9", 0 }, { "12345::", 0 },
	{ "1:2:3:4:5:6:7:8::", 0 }, { "::1:2:3:4:5:6:7:8", 0 }, { "g::", 0 },
	{ "::1.2.3", 0 }, { "::1.2.3.4.5", 0 }, { "1.2.3.4::", 0 },
	{ "::1.2.3.4:5", 0 }, { "1:2:3:4:5:6:7:1.2.3.4", 0 }, { "::1%lo", 0 },
	{ "fe80::1%1", 0 }, { "[::1", 0 }, { "::1]", 0 }, { "[::1]:80", 0 },
	{ "::ffff:1.2.3.256", 0 }, { "::0177.0.0.1", 0 }, { "::1 ", 0 }
};

static void
test_scan_host(void)
{
	struct addr a;
	struct text t;
	char buf[64];
	int i;

	for (i = 0; i < COUNT(hostcases); i++) {
		(void)memset(&a, 0, sizeof a);
		want_num(hostcases[i].text, (long)hostcases[i].ok,
		    (long)scan_host(hostcases[i].text, &a));
		if (!hostcases[i].ok)
			continue;
		text_start(&t, buf, (int)sizeof buf);
		put_ip(&t, &a);
		want_str("printed again", hostcases[i].text, buf);
	}
}

static void
addr_set(struct addr *a, unsigned long ip)
{
	(void)memset(a, 0, sizeof *a);
	a->family = 4;
	a->ip[0] = (unsigned char)(ip >> 24 & 0377);
	a->ip[1] = (unsigned char)(ip >> 16 & 0377);
	a->ip[2] = (unsigned char)(ip >> 8 & 0377);
	a->ip[3] = (unsigned char)(ip & 0377);
}

/* Text made of what addresses are made of. */
static void
addr_text(char *p)
{
	static char *part[] = {
		":", "::", ":", "0", "1", "ffff", "db8", "00a", "1.2.3.4", ":0:",
		"12345", "g", ".", "255.1.1.1", ":0:0:", "e"
	};
	int n;

	*p = '\0';
	for (n = 1 + below(17); n > 0; n--)
		(void)strcat(p, part[below(COUNT(part))]);
}

#if HAVE_IPV6
/*
 * What the system's inet_pton takes for an IPv6 address, plug does, and it
 * reads and prints the same.
 */
static void
test_ip6(void)
{
	unsigned char ip[16];
	struct addr a;
	struct text t;
	char word[256], buf[64], sys[64];
	int i, j, ok;

	for (i = 0; i < 300000; i++) {
		if (i % 3 == 0)
			addr_text(word);
		else {
			for (j = 0; j < 16; j++)
				ip[j] = (unsigned char)(below(3) ? 0 :
				    below(256));
			(void)inet_ntop(AF_INET6, ip, word, sizeof word);
		}
		if (strchr(word, ':') == 0)
			continue;
		ok = inet_pton(AF_INET6, word, ip);
		want_num(word, (long)ok, (long)scan_host(word, &a));
		if (!ok || a.family == IP4)
			continue;
		want_num(word, 0L, (long)memcmp(a.ip, ip, 16));
		text_start(&t, buf, (int)sizeof buf);
		put_ip(&t, &a);
		(void)inet_ntop(AF_INET6, ip, sys, sizeof sys);
		if (strchr(sys, '.') == 0)
			want_str("printed", sys, buf);
		want_num("read again", 1L, (long)scan_host(buf, &a));
		want_num(buf, 0L, (long)memcmp(a.ip, ip, 16));
	}
}
#else
#define test_ip6 test_mapped
#endif

/* ::ffff:1.2.3.4 is 1.2.3.4 wherever it comes from. */
static void
test_mapped(void)
{
	struct addr a, b;
	union sockany u;

	want_num("read", 1L, (long)scan_host("::ffff:1.2.3.4", &a));
	addr_set(&b, 0x01020304L);
	want_num("the same", 1L, (long)addr_same(&a, &b));
	want_num("not this", 1L, (long)scan_host("::fffe:1.2.3.4", &a));
	want_num("still IPv6", 6L, (long)a.family);
	a.ip[11] = 255;
	a.port = 80;
	(void)addr_out(&a, "", &u);
	addr_in(&u, &a);
	want_num("from the system", 1L, (long)addr_same(&a, &b));
	want_num("its port", 80L, (long)a.port);
}

static struct hostcase portcases[] = {
	{ "1", 1 }, { "80", 1 }, { "65535", 1 }, { "0", 0 }, { "65536", 0 },
	{ "70000", 0 }, { "080", 0 }, { "", 0 }, { "-1", 0 }, { "http", 0 },
	{ "4294967376", 0 }
};

static void
test_scan_port(void)
{
	struct addr a;
	char *p;
	int i;

	for (i = 0; i < COUNT(portcases); i++) {
		p = portcases[i].text;
		a.port = 0;
		want_num(p, (long)portcases[i].ok, (long)scan_port(&p, &a));
		if (portcases[i].ok)
			want_num(portcases[i].text,
			    atol(portcases[i].text), (long)a.port);
	}
}

static int
plain_match(unsigned long a, unsigned long net, int bits)
{
	return bits == 0 || a >> (32 - bits) == net >> (32 - bits);
}

static void
test_addr_match(void)
{
	struct addr a, b;
	unsigned long x, y;
	int i, bits;

	for (i = 0; i < 20000; i++) {
		x = rnd();
		y = i % 4 == 0 ? rnd() : i % 4 == 1 ? x :
		    x ^ 1L << below(32);
		addr_set(&a, x);
		addr_set(&b, y);
		for (bits = 0; bits <= 32; bits++)
			want_num("match", (long)plain_match(x, y, bits),
			    (long)addr_match(&a, &b, bits));
		want_num("same", (long)(x == y), (long)addr_same(&a, &b));
	}
	b.family = 6;
	want_num("another family", 0L, (long)addr_match(&a, &b, 0));
	b.family = 0;
	want_num("any family", 1L, (long)addr_match(&a, &b, 0));
	b.family = 6;
	want_num("another family", 0L, (long)addr_same(&a, &b));
}

/* Neighbours spread over the buckets; the same address is in the same one. */
static void
test_addr_hash(void)
{
	static int n[256];
	struct addr a;
	unsigned long i;
	int k, most;

	(void)memset(n, 0, sizeof n);
	for (i = 0; i < 25600; i++) {
		addr_set(&a, 0x0a000000L + i);
		n[addr_hash(&a) % 256]++;
		want_num("32 bits", 1L, (long)(addr_hash(&a) <= 0xffffffffL));
		a.port = 17;
		want_num("port counts not", 0L,
		    (long)(addr_hash(&a) % 256 != addr_hash(&a) % 256));
	}
	for (k = most = 0; k < 256; k++)
		most = n[k] > most ? n[k] : most;
	want_num("an even spread", 1L, (long)(most < 200));
}

static void
test_addr_system(void)
{
	union sockany u;
	struct addr a, b;
	int i;

	for (i = 0; i < 1000; i++) {
		addr_set(&a, rnd());
		a.port = (unsigned)(1 + below(65535));
		if (i % 2 == 1) {
			a.family = 6;
			a.ip[15] = (unsigned char)below(256);
		}
		(void)addr_out(&a, "", &u);
		addr_in(&u, &b);
		want_num("there and back", 1L,
		    (long)(addr_same(&a, &b) && a.port == b.port));
	}
	addr_set(&a, 1L);
	a.port = 258;
	(void)addr_out(&a, "", &u);
	want_num("network order", 1L, (long)(u.in.sin_port ==
	    htons((unsigned short)a.port)));
}

/*
 * RULE
 */

struct rulecase {
	char *text;
	int bits;		/* -1: refused */
	char *match;		/* an address that matches, */
	char *miss;		/* one that does not, or 0 */
};

static struct rulecase rulecases[] = {
	{ "*", 0, "203.0.113.9", 0 },
	{ "1.2.3.4", 32, "1.2.3.4", "1.2.3.5" },
	{ "1.2.3.4/32", 32, "1.2.3.4", "1.2.3.5" },
	{ "1.2.3.4/0", 0, "255.255.255.255", 0 },
	{ "0.0.0.0/0.0.0.0", 0, "9.9.9.9", 0 },
	{ "127.0.0.1/8", 8, "127.255.255.255", "128.0.0.0" },
	{ "10.0.0.0/255.0.0.0", 8, "10.1.2.3", "11.0.0.0" },
	{ "10.9.8.7/255.255.255.255", 32, "10.9.8.7", "10.9.8.6" },
	{ "10.9.8.7/255.255.255.254", 31, "10.9.8.6", "10.9.8.8" },
	{ "10.9.8.7/128.0.0.0", 1, "0.0.0.0", "128.0.0.0" },
	{ "10.0.0.0/1", 1, "127.0.0.1", "128.0.0.1" },
	{ "10.0.0.0/31", 31, "10.0.0.1", "10.0.0.2" },
	{ "192.33.112.*", 24, "192.33.112.255", "192.33.113.0" },
	{ "192.33.*", 16, "192.33.0.0", "192.34.0.0" },
	{ "192.*", 8, "192.0.0.1", "193.0.0.1" },
	{ "2001:db8::/32", 32, "2001:db8:ffff::1", "2001:db9::" },
	{ "2001:db8::1", 128, "2001:db8::1", "2001:db8::2" },
	{ "2001:db8::ff/127", 127, "2001:db8::fe", "2001:db8::1" },
	{ "::/0", 0, "ffff::1", "1.2.3.4" },
	{ "0.0.0.0/0", 0, "9.9.9.9", "::9" },
	{ "::ffff:1.2.3.4", 32, "1.2.3.4", "1.2.3.5" },
	{ "::ffff:1.2.3.0/120", 24, "1.2.3.4", "1.2.4.4" },
	{ "::ffff:0:0/96", 0, "1.2.3.4", "::1" },
	{ "*", 0, "2001:db8::1", 0 },
	{ "::1/129", -1, 0, 0 },
	{ "::1/-1", -1, 0, 0 },
	{ "::1/ffff::", -1, 0, 0 },
	{ "[::1]", -1, 0, 0 },
	{ "2001:db8:*", -1, 0, 0 },
	{ "1.2.3.4/255.0.255.0", -1, 0, 0 },
	{ "1.2.3.4/0.0.0.255", -1, 0, 0 },
	{ "1.2.3.4/255.255.255.253", -1, 0, 0 },
	{ "1.2.3.4/127.0.0.0", -1, 0, 0 },
	{ "1.2.3.4/33", -1, 0, 0 },
	{ "1.2.3.4/-1", -1, 0, 0 },
	{ "1.2.3.4/08", -1, 0, 0 },
	{ "1.2.3.4/", -1, 0, 0 },
	{ "1.2.3.4/8/8", -1, 0, 0 },
	{ "1.2.3.4/8x", -1, 0, 0 },
	{ "1.2.3.4/255.255.0", -1, 0, 0 },
	{ "1.2.3.4/255.255.0.0x", -1, 0, 0 },
	{ "1.2.3/24", -1, 0, 0 },
	{ "1.2.3", -1, 0, 0 },
	{ "1.2.3.", -1, 0, 0 },
	{ "1.2.3.4.*", -1, 0, 0 },
	{ "*.*", -1, 0, 0 },
	{ "1.*.3.*", -1, 0, 0 },
	{ "1.2*", -1, 0, 0 },
	{ "1.2.*x", -1, 0, 0 },
	{ "1.2.*/16", -1, 0, 0 },
	{ "*.1.2.3", -1, 0, 0 },
	{ "**", -1, 0, 0 },
	{ "*/0", -1, 0, 0 },
	{ "", -1, 0, 0 },
	{ "01.2.3.4", -1, 0, 0 },
	{ "01.*", -1, 0, 0 },
	{ "foo", -1, 0, 0 },
	{ "1.2.3.4 ", -1, 0, 0 },
	{ "256.*", -1, 0, 0 }
};

static void
test_scan_rule(void)
{
	struct rulecase *c;
	struct rule r;
	struct addr a;
	int i, ok;

	for (i = 0; i < COUNT(rulecases); i++) {
		c = &rulecases[i];
		ok = scan_rule(c->text, &r);
		want_num(c->text, (long)(c->bits >= 0), (long)ok);
		if (!ok || c->bits < 0)
			continue;
		want_num(c->text, (long)c->bits, (long)r.bits);
		(void)scan_host(c->match, &a);
		want_num(c->match, 1L, (long)addr_match(&a, &r.net, r.bits));
		if (c->miss == 0)
			continue;
		(void)scan_host(c->miss, &a);
		want_num(c->miss, 0L, (long)addr_match(&a, &r.net, r.bits));
	}
}

/* Every mask of every length, and every such mask with one bit wrong. */
static void
test_rule_mask(void)
{
	struct addr a;
	unsigned long mask;
	int bits, wrong, expected;

	for (bits = 0; bits <= 32; bits++) {
		mask = bits == 0 ? 0L : 0xffffffffL << (32 - bits) & 0xffffffffL;
		addr_set(&a, mask);
		want_num("mask", (long)bits, (long)rule_mask(&a));
		for (wrong = 0; wrong < 32; wrong++) {
			addr_set(&a, mask ^ 1L << (31 - wrong));
			expected = wrong == bits ? bits + 1 :
			    wrong == bits - 1 ? bits - 1 : -1;
			want_num("mask with a bit wrong", (long)expected,
			    (long)rule_mask(&a));
		}
	}
}

/* One rule in a random form; the oracle keeps what it stands for. */
static void
rule_text(char *text, unsigned long net, int bits)
{
	unsigned long mask;
	int n;

	n = sprintf(text, "%lu.%lu.%lu.%lu", net >> 24, net >> 16 & 255,
	    net >> 8 & 255, net & 255);
	if (bits == 0 && once_in(2)) {
		(void)strcpy(text, "*");
		return;
	}
	if (bits == 32 && once_in(2))
		return;
	if (bits % 8 == 0 && bits > 0 && bits < 32 && once_in(2)) {
		for (n = bits / 8; n > 0; n--)
			text = strchr(text, '.') + 1;
		(void)strcpy(text, "*");
		return;
	}
	if (once_in(2)) {
		(void)sprintf(text + n, "/%d", bits);
		return;
	}
	mask = bits == 0 ? 0L : 0xffffffffL << (32 - bits) & 0xffffffffL;
	(void)sprintf(text + n, "/%lu.%lu.%lu.%lu", mask >> 24,
	    mask >> 16 & 255, mask >> 8 & 255, mask & 255);
}

static void
test_rule_model(void)
{
	static unsigned long net[MAXRULE];
	static int bits[MAXRULE], allow[MAXRULE];
	char text[64];
	struct addr a;
	unsigned long ip;
	int i, k, n, round, expected;

	for (round = 0; round < 20000; round++) {
		n = lone.nrule = below(MAXRULE + 1);
		for (i = 0; i < n; i++) {
			net[i] = i > 0 && once_in(2) ?
			    net[i - 1] ^ 1L << below(32) : rnd();
			bits[i] = below(33);
			allow[i] = once_in(2);
			rule_text(text, net[i], bits[i]);
			want_num(text, 1L, (long)scan_rule(text, &rules[i]));
			rules[i].allow = allow[i];
		}
		for (k = 0; k < 50; k++) {
			ip = n == 0 || once_in(4) ? rnd() :
			    net[below(n)] ^ rnd() >> below(32);
			expected = -1;
			for (i = 0; i < n && expected < 0; i++)
				if (plain_match(ip, net[i], bits[i]))
					expected = allow[i];
			for (i = 0; i < n && expected < 0; i++)
				if (allow[i])
					expected = 0;
			addr_set(&a, ip);
			want_num(text, (long)(expected != 0),
			    (long)rule_admits(plugs, &a));
		}
	}
	lone.nrule = 0;
}

/* The same for IPv6; some rules are about IPv4 in IPv6's clothes. */
static void
rule_text6(char *text, unsigned char *net, int bits)
{
	char *p;
	int i;

	p = text;
	for (i = 0; i < 16; i += 2) {
		(void)sprintf(p, "%s%x", i > 0 ? ":" : "",
		    (unsigned)(net[i] << 8 | net[i + 1]));
		p += strlen(p);
	}
	(void)sprintf(p, "/%d", bits);
}

static int
plain_match6(unsigned char *ip, unsigned char *net, int bits)
{
	int i;

	for (i = 0; i < bits; i++)
		if ((ip[i / 8] ^ net[i / 8]) >> (7 - i % 8) & 1)
			return 0;
	return 1;
}

static void
test_rule_model6(void)
{
	static unsigned char net[MAXRULE][16];
	static int bits[MAXRULE], allow[MAXRULE];
	unsigned char ip[16];
	char text[64];
	struct addr a;
	int i, k, n, round, expected;

	for (round = 0; round < 4000; round++) {
		n = lone.nrule = 1 + below(MAXRULE);
		for (i = 0; i < n; i++) {
			for (k = 0; k < 16; k++)
				net[i][k] = (unsigned char)(i > 0 && k < 12 ?
				    net[i - 1][k] : below(256));
			if (once_in(8))
				memcpy(net[i], "\0\0\0\0\0\0\0\0\0\0\377\377", 12);
			bits[i] = below(129);
			allow[i] = once_in(2);
			rule_text6(text, net[i], bits[i]);
			want_num(text, 1L, (long)scan_rule(text, &rules[i]));
			rules[i].allow = allow[i];
		}
		for (k = 0; k < 50; k++) {
			memcpy(ip, net[below(n)], 16);
			i = below(128);
			ip[i / 8] = (unsigned char)(ip[i / 8] ^ 1 << i % 8);
			mem_zero(&a, sizeof a);
			a.family = IP6;
			mem_copy(a.ip, ip, 16);
			addr_unmap(&a);
			expected = -1;
			for (i = 0; i < n && expected < 0; i++)
				if ((a.family == IP6 || bits[i] >= 96) &&
				    plain_match6(ip, net[i], bits[i]))
					expected = allow[i];
			for (i = 0; i < n && expected < 0; i++)
				if (allow[i])
					expected = 0;
			want_num("IPv6", (long)(expected != 0),
			    (long)rule_admits(plugs, &a));
		}
	}
	lone.nrule = 0;
}

struct admitcase {
	char *rules;		/* words: +rule or -rule */
	char *client;
	int admitted;
};

static struct admitcase admitcases[] = {
	{ "", "1.2.3.4", 1 },
	{ "+1.2.3.4", "1.2.3.4", 1 },
	{ "+1.2.3.4", "1.2.3.5", 0 },
	{ "-1.2.3.4", "1.2.3.4", 0 },
	{ "-1.2.3.4", "1.2.3.5", 1 },
	{ "+1.2.3.0/24 -1.2.3.4", "1.2.3.4", 1 },
	{ "-1.2.3.4 +1.2.3.0/24", "1.2.3.4", 0 },
	{ "-1.2.3.4 +1.2.3.0/24", "1.2.3.5", 1 },
	{ "-1.2.3.4 +1.2.3.0/24", "1.2.4.5", 0 },
	{ "+0.0.0.0/0", "200.1.1.1", 1 },
	{ "-*", "200.1.1.1", 0 },
	{ "+* -*", "200.1.1.1", 1 },
	{ "-10.* +*", "11.0.0.1", 1 },
	{ "-10.* +*", "10.0.0.1", 0 }
};

static void
test_rule_order(void)
{
	struct admitcase *c;
	struct addr a;
	char words[128], *p, *end;
	int i;

	for (i = 0; i < COUNT(admitcases); i++) {
		c = &admitcases[i];
		(void)strcpy(words, c->rules);
		lone.nrule = 0;
		for (p = words; *p != '\0'; p = end) {
			end = p + strcspn(p, " ");
			if (*end == ' ')
				*end++ = '\0';
			(void)scan_rule(p + 1, &rules[lone.nrule]);
			rules[lone.nrule++].allow = *p == '+';
		}
		(void)scan_host(c->client, &a);
		want_num(c->rules, (long)c->admitted, (long)rule_admits(plugs, &a));
	}
	lone.nrule = 0;
}

/*
 * TARGET
 */

static struct addr somebody;		/* a client */

/* All picks that one session makes, as a string of digits. */
static char *
picks(int hint)
{
	static char seen[MAXTARGET + 2];
	unsigned char tried[(MAXTARGET + 7) / 8];
	int n, t;

	(void)memset(tried, 0, sizeof tried);
	for (n = 0; n <= MAXTARGET; n++) {
		t = pick_target(plugs, &somebody, hint, tried);
		if (t < 0)
			break;
		seen[n] = (char)('0' + t);
		(void)target_dead(t);
	}
	seen[n] = '\0';
	return seen;
}

/* The first pick of a new session, which succeeds. */
static long
pick_good(int hint)
{
	unsigned char tried[(MAXTARGET + 7) / 8];
	int t;

	(void)memset(tried, 0, sizeof tried);
	t = pick_target(plugs, &somebody, hint, tried);
	if (t >= 0)
		(void)target_alive(t);
	return (long)t;
}

static void
test_target_cycle(void)
{
	int i;

	world_start();
	lone.balance = B_CYCLE;
	for (i = 0; i < 9; i++)
		want_num("next in turn", (long)(i % 3), pick_good(-1));
	(void)target_dead(1);
	want_num("0 lives", 0L, pick_good(-1));
	want_num("1 is passed over", 2L, pick_good(-1));
	want_num("0 again", 0L, pick_good(-1));
	want_num("2 again", 2L, pick_good(-1));
	(void)target_alive(1);
	(void)pick_good(-1);
	want_num("1 is back", 1L, pick_good(-1));
}

static void
test_target_first(void)
{
	int i;

	world_start();
	lone.balance = B_FIRST;
	for (i = 0; i < 4; i++)
		want_num("the first", 0L, pick_good(-1));
	(void)target_dead(0);
	for (i = 0; i < 4; i++)
		want_num("the next", 1L, pick_good(-1));
	(void)target_alive(0);
	want_num("the first again", 0L, pick_good(-1));
}

static void
test_target_twice(void)
{
	world_start();
	lone.balance = B_CYCLE;
	want_str("all that fail", "012", picks(-1));
	want_num("all dead: tried again", 3L, (long)strlen(picks(-1)));
	lone.ntarget = 1;
	want_str("the only one", "0", picks(-1));
	want_str("the only one, dead", "0", picks(-1));
	lone.ntarget = MAXTARGET;
	want_num("the whole table", (long)MAXTARGET, (long)strlen(picks(-1)));
}

static void
test_target_trial(void)
{
	unsigned char a[(MAXTARGET + 7) / 8], b[(MAXTARGET + 7) / 8];

	world_start();
	lone.balance = B_FIRST;
	lone.retry = 10L;
	(void)target_dead(0);
	want_num("too early", 1L, pick_good(-1));
	now.sec += 9;
	now.usec = 999999L;
	want_num("still too early", 1L, pick_good(-1));
	now.sec += 1;
	now.usec = 0L;
	(void)memset(a, 0, sizeof a);
	(void)memset(b, 0, sizeof b);
	want_num("the trial", 0L, (long)pick_target(plugs, &somebody, -1, a));
	want_num("on trial", -(long)getpid(), sh->health[0].state);
	want_num("others pass it by", 1L, (long)pick_target(plugs, &somebody, -1, b));
	want_num("a hint too", 1L, pick_good(0));
	target_release(0);
	(void)memset(b, 0, sizeof b);
	want_num("released: the next one tries", 0L, (long)pick_target(plugs, &somebody, -1, b));
	(void)target_dead(0);
	want_num("failed: waits anew", 1L, pick_good(-1));
	now.sec += 10;
	(void)memset(b, 0, sizeof b);
	want_num("and again", 0L, (long)pick_target(plugs, &somebody, -1, b));
	target_orphan((long)getpid() + 1);
	want_num("another's death", -(long)getpid(), sh->health[0].state);
	target_orphan((long)getpid());
	want_num("an orphan", (long)H_DEAD, sh->health[0].state);
	lone.retry = NEVER;
	now.sec += 100000L;
	want_num("never", 1L, pick_good(-1));
	lone.retry = 0L;
	(void)target_dead(0);
	want_num("no waiting", 0L, pick_good(-1));
}

static void
test_target_verdicts(void)
{
	world_start();
	want_num("lived", 1L, (long)target_dead(1));
	want_num("was dead", 0L, (long)target_dead(1));
	want_num("is back", 1L, (long)target_alive(1));
	want_num("was there", 0L, (long)target_alive(1));
	target_release(1);
	want_num("alive stays alive", (long)H_ALIVE, sh->health[1].state);
}

/* The oracle: an open book of who is dead since when. */
struct book {
	int state;		/* 0 alive, 1 dead, 2 on trial */
	long since;		/* microseconds */
};

static int
book_usable(struct book *b, long at)
{
	return b->state == 0 || (b->state == 1 && lone.retry != NEVER &&
	    at - b->since >= lone.retry * 1000000L);
}

static int
book_pick(struct book *b, int hint, int first, int *rotor, int *tried, long at)
{
	int t, k, pass;

	for (pass = 0; pass < 2; pass++) {
		if (hint >= 0 && hint < lone.ntarget && !tried[hint] &&
		    (pass == 1 || book_usable(&b[hint], at)))
			return hint;
		t = first ? 0 : *rotor;
		for (k = 0; k < lone.ntarget; k++, t++) {
			if (t == lone.ntarget)
				t = 0;
			if (tried[t] || (pass == 0 && !book_usable(&b[t], at)))
				continue;
			*rotor = t + 1 == lone.ntarget ? 0 : t + 1;
			return t;
		}
	}
	return -1;
}

static void
book_out(struct book *b, int t, int outcome, long at)
{
	switch (outcome) {
	case 0:
		b[t].state = 0;
		(void)target_alive(t);
		break;
	case 1:
		b[t].state = 1;
		b[t].since = at;
		(void)target_dead(t);
		break;
	default:
		if (b[t].state == 2)
			b[t].state = 1;
		target_release(t);
	}
}

static void
test_target_model(void)
{
	static struct book b[MAXTARGET];
	static int tried[MAXTARGET];
	unsigned char bits[(MAXTARGET + 7) / 8];
	int round, i, k, t, hint, rotor, first;
	long at;

	for (round = 0; round < 300; round++) {
		world_start();
		(void)memset(b, 0, sizeof b);
		lone.ntarget = 1 + below(MAXTARGET);
		first = once_in(3);
		lone.balance = first ? B_FIRST : B_CYCLE;
		lone.retry = once_in(3) ? NEVER : (long)below(20);
		rotor = 0;
		for (i = 0; i < 200; i++) {
			now.usec += below(1000000);
			now.sec += below(4) + now.usec / 1000000L;
			now.usec %= 1000000L;
			at = (now.sec - 1000L) * 1000000L + now.usec;
			(void)memset(tried, 0, sizeof tried);
			(void)memset(bits, 0, sizeof bits);
			for (k = below(6); k >= 0; k--) {
				hint = once_in(2) ? -1 : below(lone.ntarget);
				t = book_pick(b, hint, first, &rotor, tried, at);
				want_num("pick", (long)t,
				    (long)pick_target(plugs, &somebody, hint, bits));
				if (t < 0)
					break;
				want_num("not twice", 0L, (long)tried[t]);
				tried[t] = 1;
				if (b[t].state != 0)
					b[t].state = 2;
				if (!once_in(4))
					book_out(b, t, below(3), at);
			}
		}
	}
}

/* Sessions that begin and end by chance, and what each target has had. */
static long shares[MAXTARGET];

/*
 * One more session; the one that it ends, if any, is chance's.  There are so
 * many that one of them more or less is far below what shares may be off.
 */
static int
share_pick(int ends)
{
	static int at[1000];		/* targets of the sessions that live */
	static int n;
	unsigned char tried[(MAXTARGET + 7) / 8];
	int i, t;

	if (ends < 0) {
		n = 0;
		return -1;
	}
	(void)memset(tried, 0, sizeof tried);
	addr_set(&somebody, rnd());
	now.usec = below(1000000);
	t = pick_target(plugs, &somebody, -1, tried);
	if (t >= 0) {
		shares[t]++;
		own.traffic[t].live++;
		at[n++] = t;
	}
	if (n == COUNT(at) || (n > 0 && ends && once_in(2))) {
		i = below(n);
		own.traffic[at[i]].live--;
		at[i] = at[--n];
	}
	return t;
}

static int ways[] = { B_CYCLE, B_LEAST, B_RANDOM, B_HASH };

/* Within 1 % of the weights, over two million picks. */
static void
test_target_shares(void)
{
	char text[64];
	long n, k, sum, part, off;
	int i, way, round, many;

	for (way = 0; way < COUNT(ways); way++)
		for (round = 0; round < 3; round++) {
			world_start();
			(void)share_pick(-1);
			(void)memset(shares, 0, sizeof shares);
			lone.balance = ways[way];
			lone.ntarget = many = 2 + below(3);
			sum = 0L;
			for (i = 0; i < many; i++)
				sum += targets[i].weight = 1 + below(round == 0 ? 1 : 5);
			n = 160000L;
			for (k = 0; k < n; k++)
				(void)share_pick(1);
			for (i = 0; i < many; i++) {
				part = n * targets[i].weight / sum;
				off = shares[i] > part ? shares[i] - part : part - shares[i];
				(void)sprintf(text, "way %d, weight %ld of %ld, target %d",
				    ways[way], targets[i].weight, sum, i);
				want_num(text, 1L, (long)(off <= n / 100));
			}
		}
}

/*
 * Targets of every kind: none over its max, none that drains, no backup while
 * another lives, none dead while another can be had.
 */
static void
test_target_kinds(void)
{
	long k;
	int i, t, lives, backups, room, any;

	world_start();
	(void)share_pick(-1);
	lone.ntarget = MAXTARGET;
	lone.capped = 1;
	for (k = 0; k < 400000L; k++) {
		if (k % 50 == 0)
			lone.balance = below(B_HASH + 1);
		i = below(MAXTARGET);
		switch (below(12)) {
		case 0:
			(void)target_dead(i);
			break;
		case 1:
			(void)target_alive(i);
			break;
		case 2:
			targets[i].drain = once_in(4);
			break;
		case 3:
			targets[i].backup = once_in(3);
			break;
		case 4:
			targets[i].max = below(6);
			break;
		case 5:
			targets[i].weight = 1 + below(MAXWEIGHT);
			break;
		}
		lives = backups = room = any = 0;
		for (i = 0; i < MAXTARGET; i++) {
			if (targets[i].drain)
				continue;
			any = 1;
			if (own.shared.health[i].state != H_ALIVE)
				continue;
			lives |= !targets[i].backup;
			backups |= targets[i].backup;
		}
		for (i = 0; i < MAXTARGET; i++)
			if (!targets[i].drain && target_room(i) &&
			    (lives ? !targets[i].backup && own.shared.health[i].state == H_ALIVE :
			    !backups || own.shared.health[i].state == H_ALIVE))
				room = 1;
		want_num("full", (long)((lives || backups) && !room),
		    (long)(pick_full(plugs) && (lives || backups)));
		t = share_pick(1);
		if (t < 0) {
			want_num("why none", !any ? (long)T_NONE : (long)T_FULL, (long)t);
			continue;
		}
		want_num("drains", 0L, (long)targets[t].drain);
		want_num("a backup while another lives", 0L,
		    (long)(lives && targets[t].backup));
		want_num("dead while another lives", 0L,
		    (long)((lives || backups) && H_TRIAL(&own.shared.health[t])));
		if (H_TRIAL(&own.shared.health[t]))
			target_release(t);
	}
	lone.capped = 0;
}

static void
test_target_max(void)
{
	long k;
	int i;

	world_start();
	(void)share_pick(-1);
	for (i = 0; i < 3; i++)
		targets[i].max = i + 1;
	for (k = 0; k < 300000L; k++) {
		if (k % 50 == 0)
			lone.balance = below(B_HASH + 1);
		(void)share_pick(once_in(2));
		for (i = 0; i < 3; i++)
			want_num("over its max", 1L,
			    (long)((long)own.traffic[i].live <= targets[i].max));
	}
}

/* Only the clients of the dead target move, and they come back. */
static void
test_target_hash(void)
{
	static int was[4000];
	unsigned char tried[(MAXTARGET + 7) / 8];
	int i, t, moved;

	world_start();
	lone.balance = B_HASH;
	lone.ntarget = MAXTARGET;
	for (moved = -1; moved < MAXTARGET; moved++) {
		if (moved >= 0)
			(void)target_dead(moved);
		for (i = 0; i < COUNT(was); i++) {
			addr_set(&somebody, 0x0a000000L + (unsigned long)i);
			(void)memset(tried, 0, sizeof tried);
			t = pick_target(plugs, &somebody, -1, tried);
			if (moved < 0)
				was[i] = t;
			else if (was[i] != moved)
				want_num("another's client", (long)was[i], (long)t);
			else
				want_num("a dead target's client", 0L, (long)(t == moved));
		}
		if (moved >= 0)
			(void)target_alive(moved);
	}
	addr_set(&somebody, 0x0a010203L);
	(void)memset(tried, 0, sizeof tried);
	want_num("the same on every machine", 14L,
	    (long)pick_target(plugs, &somebody, -1, tried));
}

/* What is remembered: a backup only while it serves, none at its max. */
static void
test_target_hint(void)
{
	world_start();
	targets[1].backup = 1;
	want_num("a backup is left", 0L, pick_good(1));
	(void)target_dead(0);
	(void)target_dead(2);
	want_num("a backup serves", 1L, pick_good(1));
	(void)target_alive(2);
	want_num("and is left again", 2L, pick_good(1));
	world_start();
	targets[1].max = 1L;
	want_num("remembered", 1L, pick_good(1));
	own.traffic[1].live = 1;
	want_num("at its max", 0L, (long)(pick_good(1) == 1L));
	world_start();
	targets[1].drain = 1;
	want_num("drains", 0L, (long)(pick_good(1) == 1L));
}

/*
 * STICKY
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

	world_start();
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

	world_start();
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
			    (long)(i != old), (long)(sticky_find(plugs, &a) >= 0));
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
		own.shared.sticky[0][k].keep = -1L;
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

	world_start();
	p = (unsigned char *)own.shared.sticky;
	for (round = 0; round < 3000; round++) {
		a = *neighbour(below(8));
		sticky_keep(plugs, &a, below(3));
		for (i = 0; i < 40; i++)
			p[below((int)sizeof own.shared.sticky)] =
			    (unsigned char)rnd();
		t = sticky_find(plugs, &a);
		want_num("a target or none", 1L,
		    (long)(t >= -1 && t < lone.ntarget));
	}
	(void)memset(own.shared.sticky, 0377, sizeof own.shared.sticky);
	sticky_keep(plugs, &a, 1);
	want_num("kept over rubbish", 1L, (long)sticky_find(plugs, &a));
}

static void
test_sticky_future(void)
{
	struct addr a;
	int i;

	world_start();
	a = *neighbour(0);
	sticky_keep(plugs, &a, 1);
	for (i = 0; i < STICKYWAYS; i++)
		own.shared.sticky[0][i].seen.sec = now.sec + 100000000L;
	want_num("seen in three years", -1L, (long)sticky_find(plugs, &a));
}

/*
 * BUF
 */

static void
test_blocks(void)
{
	static int got[MAXBUF];
	static char held[MAXBUF];
	int i, k, n, round;

	world_start();
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
	pipe_errno = EMFILE;
	fake_of(kpipes[c].fd[0])->arrived = 5L;
	fd = kpipes[c].fd[0];
	kpipe_put(c, 0);
	want_num("closed", 1L, (long)(fake_of(fd) == 0));
	want_num("none without descriptors", -1L, (long)kpipe_get());
	pipe_errno = 0;
	kpipe_put(a, 1);
	want_num("the other one is there", (long)a, (long)kpipe_get());
}

static void
test_kpipe_refused(void)
{
	world_start();
	pipe_errno = EMFILE;
	want_num("refused", -1L, (long)kpipe_get());
	want_num("again", -1L, (long)kpipe_get());
}

/*
 * HELLO
 */

struct answer {
	char *text;
	int n;			/* bytes of it: it may hold NUL */
	int verdict;
	int used;		/* -1: all */
	int code;		/* of FAIL and DONE */
};

#define ANSWER(s) s, (int)sizeof (s) - 1

static struct answer answers[] = {
	{ ANSWER("HTTP/1.1 200 Connection established\r\n\r\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.0 200 OK\r\nA: b\r\nC: d\r\n\r\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 200 OK\n\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 200 OK\r\nA: b\n\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 200 OK\nA: b\r\n\r\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 200\r\n\r\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 200\n\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 200 \r\n\r\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.9 204 x\r\n\r\n"), DONE, -1, 204 },
	{ ANSWER("HTTP/1.1 299 x\r\n\r\n"), DONE, -1, 299 },
	{ ANSWER("HTTP/1.1 200 OK\r\n\r\nSSH-2.0-x\r\n"), DONE, 19, 200 },
	{ ANSWER("HTTP/1.1 200 OK\r\n\r\n\r\n\r\n"), DONE, 19, 200 },
	{ ANSWER("HTTP/1.1 200 OK\n\n\n"), DONE, 17, 200 },
	{ ANSWER("HTTP/1.1 200 OK\r\n\r\n\0\0"), DONE, 19, 200 },
	{ ANSWER("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\tfold\r\n\r\n"), DONE,
	    -1, 200 },
	{ ANSWER("HTTP/1.1 200 OK\r\nA: \0\0x\r\n\r\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 200 \377\200\r\n\376: \375\r\n\r\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 200 OK\r\n\r\r\n\r\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 200 OK\r\nA\rB\r\n\r\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 200 OK\r\n\rx\r\n\r\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 200 O\rK\r\n\r\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 200 200 407 502\r\n\r\n"), DONE, -1, 200 },
	{ ANSWER("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"), DONE,
	    -1, 200 },
	{ ANSWER("HTTP/1.1 100\n\nHTTP/1.1 200\n\nmore"), DONE, 28, 200 },
	{ ANSWER("HTTP/1.1 103 Hint\r\nA: b\r\n\r\nHTTP/1.1 100 C\r\n\r\n\
HTTP/1.1 201 OK\r\nX: y\r\n\r\n"), DONE, -1, 201 },
	{ ANSWER("HTTP/1.1 100 C\r\n\r\nHTTP/1.1 503 No\r\n\r\n"), FAIL, 31, 503 },
	{ ANSWER("HTTP/1.1 100 C\r\n\r\n"), MORE, -1, 0 },
	{ ANSWER("HTTP/1.1 100 C\r\n\r\n\r\n"), FAIL, 19, 0 },
	{ ANSWER("HTTP/1.1 407 Auth\r\n\r\n"), FAIL, 13, 407 },
	{ ANSWER("HTTP/1.1 403 No\r\n\r\n"), FAIL, 13, 403 },
	{ ANSWER("HTTP/1.1 502\r\n\r\n"), FAIL, 13, 502 },
	{ ANSWER("HTTP/1.1 504\n\n"), FAIL, 13, 504 },
	{ ANSWER("HTTP/1.1 300 x\r\n\r\n"), FAIL, 13, 300 },
	{ ANSWER("HTTP/1.1 000 x\r\n\r\n"), FAIL, 13, 0 },
	{ ANSWER("HTTP/1.1 099 x\r\n\r\n"), FAIL, 13, 99 },
	{ ANSWER("HTTP/1.1 999 x\r\n\r\n"), FAIL, 13, 999 },
	{ ANSWER("HTTP/1.1 2000 OK\r\n\r\n"), FAIL, 13, -1 },
	{ ANSWER("HTTP/1.1 4070 Auth\r\n\r\n"), FAIL, 13, -1 },
	{ ANSWER("HTTP/1.1 200x\r\n\r\n"), FAIL, 13, -1 },
	{ ANSWER("HTTP/1.1 200\0\r\n\r\n"), FAIL, 13, -1 },
	{ ANSWER("HTTP/1.1 200\t\r\n\r\n"), FAIL, 13, -1 },
	{ ANSWER("HTTP/1.1 20 OK\r\n\r\n"), FAIL, 12, -1 },
	{ ANSWER("HTTP/1.1 2\0000 OK\r\n\r\n"), FAIL, 11, -1 },
	{ ANSWER("HTTP/1.1 -20 OK\r\n\r\n"), FAIL, 10, -1 },
	{ ANSWER("HTTP/1.1  200 OK\r\n\r\n"), FAIL, 10, -1 },
	{ ANSWER("HTTP/1.1\t200 OK\r\n\r\n"), FAIL, 9, -1 },
	{ ANSWER("HTTP/1.11 200 OK\r\n\r\n"), FAIL, 9, -1 },
	{ ANSWER("HTTP/1.x 200 OK\r\n\r\n"), FAIL, 8, -1 },
	{ ANSWER("HTTP/1.\261 200 OK\r\n\r\n"), FAIL, 8, -1 },
	{ ANSWER("HTTP/2 200 OK\r\n\r\n"), FAIL, 6, -1 },
	{ ANSWER("http/1.1 200 OK\r\n\r\n"), FAIL, 1, -1 },
	{ ANSWER(" HTTP/1.1 200 OK\r\n\r\n"), FAIL, 1, -1 },
	{ ANSWER("\r\nHTTP/1.1 200 OK\r\n\r\n"), FAIL, 1, -1 },
	{ ANSWER("\0HTTP/1.1 200 OK\r\n\r\n"), FAIL, 1, -1 },
	{ ANSWER("\377\377\377\377"), FAIL, 1, -1 },
	{ ANSWER("SSH-2.0-OpenSSH\r\n"), FAIL, 1, -1 },
	{ ANSWER("HTTP/1.1 200 OK\r\n"), MORE, -1, 0 },
	{ ANSWER("HTTP/1.1 200 OK\r\n\r"), MORE, -1, 0 },
	{ ANSWER("HTTP/1.1 200"), MORE, -1, 0 },
	{ ANSWER("HTTP/1."), MORE, -1, 0 },
	{ ANSWER(""), MORE, -1, 0 }
};

/* Feed it in pieces of at most max bytes, 0 for whole. */
static int
feed(struct session *s, char *p, int n, int max, int *used)
{
	int at, k, u, r;

	(void)memset(s, 0, sizeof *s);
	hello_start(s);
	*used = 0;
	r = MORE;
	for (at = 0; at < n && r == MORE; at += k) {
		k = n - at;
		if (max > 0 && k > max)
			k = max == 1 ? 1 : 1 + below(max);
		u = -1;
		r = hello_feed(s, p + at, k, &u);
		if (r == MORE)
			want_num("all used while there is more", (long)k,
			    (long)u);
		*used += u;
	}
	return r;
}

static void
test_hello_answers(void)
{
	static struct session s;
	struct answer *a;
	int i, round, used, r;

	for (i = 0; i < COUNT(answers); i++) {
		a = &answers[i];
		for (round = 0; round < 60; round++) {
			r = feed(&s, a->text, a->n, round, &used);
			want_num(a->text, (long)a->verdict, (long)r);
			want_num(a->text, (long)(a->used < 0 ? a->n : a->used),
			    (long)used);
			if (a->verdict == DONE ||
			    (a->verdict == FAIL && a->code > 0))
				want_num(a->text, (long)a->code, (long)s.code);
		}
	}
}

/* A code with four digits is no 407, and does not end sessions as one. */
static void
test_hello_code_digits(void)
{
	static struct session s;
	int i, used;

	for (i = 0; i < COUNT(answers); i++) {
		if (answers[i].verdict != FAIL || answers[i].code != -1)
			continue;
		(void)feed(&s, answers[i].text, answers[i].n, 0, &used);
		want_num(answers[i].text, 0L,
		    (long)(s.hello >= R_CODE_END && s.code > 299));
	}
}

/* Answers as long as the limit, and two bytes to both sides of it. */
static void
test_hello_bounds(void)
{
	static char text[MAXREPLY + 64];
	static struct session s;
	int form, n, head, used, r, round;

	for (form = 0; form < 3; form++)
		for (n = MAXREPLY - 2; n <= MAXREPLY + 2; n++) {
			head = sprintf(text, "%s", form == 0 ?
			    "HTTP/1.1 200 " : form == 1 ?
			    "HTTP/1.1 200\r\nA: " :
			    "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200\r\nA: ");
			(void)memset(text + head, 'x', (size_t)(n - head - 4));
			(void)memcpy(text + n - 4, "\r\n\r\n", 4);
			for (round = 0; round < 3; round++) {
				r = feed(&s, text, n, round * 50, &used);
				want_num("verdict", (long)(n <= MAXREPLY ?
				    DONE : FAIL), (long)r);
				want_num("used", (long)(n <= MAXREPLY ? n :
				    MAXREPLY + 1), (long)used);
			}
		}
}

/* 1xx answers without end are bounded too. */
static void
test_hello_endless(void)
{
	static struct session s;
	int i, used, r, all;

	(void)memset(&s, 0, sizeof s);
	hello_start(&s);
	r = MORE;
	for (all = i = 0; r == MORE && i < MAXREPLY; i++) {
		r = hello_feed(&s, "HTTP/1.1 100 C\r\n\r\n", 18, &used);
		all += used;
	}
	want_num("verdict", (long)FAIL, (long)r);
	want_num("bytes", (long)(MAXREPLY + 1), (long)all);
}

static struct safecase base64s[] = {
	{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "Aladdin:open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==" },
	{ "\377\376\375", "//79" }, { "\373\357\276", "++++" },
	{ "u:p\303\251", "dTpww6k=" }
};

static void
test_base64(void)
{
	char buf[64];
	struct text t;
	int i;

	for (i = 0; i < COUNT(base64s); i++) {
		text_start(&t, buf, (int)sizeof buf);
		put_base64(&t, base64s[i].in);
		want_str(base64s[i].in, base64s[i].out, buf);
	}
}

static void
test_request(void)
{
	char buf[MAXHELLO];
	struct text t;

	world_start();
	text_start(&t, buf, MAXHELLO);
	put_request(&t, a_session(1));
	want_str("plain", "CONNECT 10.0.0.2:1001 HTTP/1.1\r\n\
Host: 10.0.0.2:1001\r\n\r\n", buf);
	targets[1].name = "www.example.org";
	lone.auth = "Aladdin:open sesame";
	text_start(&t, buf, MAXHELLO);
	put_request(&t, a_session(1));
	want_str("name and password", "CONNECT www.example.org:1001 HTTP/1.1\r\n\
Host: www.example.org:1001\r\n\
Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n", buf);
	targets[1].name = "[2001:db8::1]";
	lone.auth = 0;
	text_start(&t, buf, MAXHELLO);
	put_request(&t, a_session(1));
	want_str("IPv6", "CONNECT [2001:db8::1]:1001 HTTP/1.1\r\n\
Host: [2001:db8::1]:1001\r\n\r\n", buf);
}

/* The longest of everything still fits, to the last CR LF. */
static void
test_request_fits(void)
{
	static char name[MAXNAME + 1], auth[MAXAUTH + 1];
	char buf[MAXHELLO];
	struct text t;

	world_start();
	(void)memset(name, 'n', MAXNAME);
	(void)memset(auth, 'a', MAXAUTH);
	targets[0].name = name;
	targets[0].at.port = 65535;
	lone.auth = auth;
	text_start(&t, buf, MAXHELLO);
	put_request(&t, a_session(0));
	want_num("room left", 1L, (long)(t.len < MAXHELLO - 1));
	want_str("its end", "\r\n\r\n", buf + t.len - 4);
}

/*
 * LOG
 */

struct tagcase {
	int tagged;
	char *addr;
	char *out;
};

static struct tagcase tagcases[] = {
	{ 0, "0.0.0.0", "(8080): " },
	{ 0, "192.0.2.1", "(8080): " },
	{ 1, "192.0.2.1", "(192.0.2.1 8080): " },
	{ 1, "0.0.0.0", "(0.0.0.0 8080): " }
};

static void
test_tag(void)
{
	int i;

	world_start();
	for (i = 0; i < COUNT(tagcases); i++) {
		(void)scan_host(tagcases[i].addr, &listeners[0].at);
		listeners[0].at.port = 8080;
		listeners[0].tagged = tagcases[i].tagged;
		want_str("tag", tagcases[i].out, log_start(&listeners[0])->p);
	}
	want_str("the daemon's own", "", log_start((struct listener *)0)->p);
}

static void
test_log_lines(void)
{
	struct fake *c, *t;
	struct session *s;
	char text[200];

	world_start();
	conf.log = 1;
	s = relayed(&c, &t);
	want_str("connect", "(8080): Connect from 10.0.0.1 to 10.0.0.1\n", logs);
	said_clear();
	c->fin = t->fin = 1;
	turns();
	want_str("complete", "(8080): Complete.\n", logs);
	said_clear();
	targets[1].name = "www.example.org";
	s = relayed(&c, &t);
	want_str("by name", "(8080): Connect from 10.0.0.1 to \
www.example.org\n", logs);
	said_clear();
	session_end(s, END_CUT);
	want_str("cut", "(8080): Complete, status=3.\n", logs);
	said_clear();
	conf.log = 0;
	s = relayed(&c, &t);
	session_end(s, END_OK);
	want_str("nothing without -l", "", logs);
	want_str("nothing on standard error", "", errs);
	log_trouble(&listeners[0], "server bind", EADDRINUSE);
	(void)sprintf(text, "plug: (8080): server bind: %.100s\n",
	    strerror(EADDRINUSE));
	want_str("trouble", text, errs);
	said_clear();
	logging.detached = 1;
	log_trouble((struct listener *)0, "what", 0);
	want_str("detached", "what\n", logs);
	want_str("nothing on standard error", "", errs);
}

/* The daemon's name may be as long as it likes: a line ends in a newline. */
static void
test_log_long_name(void)
{
	static char name[1000], text[1000];

	world_start();
	(void)memset(name, 'p', sizeof name - 1);
	(void)memset(text, 't', sizeof text - 1);
	self.name = name;
	log_trouble((struct listener *)0, text, 0);
	want_num("its end", (long)'\n', (long)errs[errs_len - 1]);
	self.name = "plug";
	said_clear();
	log_trouble((struct listener *)0, text, 0);
	want_num("its end", (long)'\n', (long)errs[errs_len - 1]);
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
	char pid[32], *p;
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
		session_line(s);
		SLOG[slog.len - 1] = SLOG[slog.len - 1] == '\n' ? '\0' : '?';
		for (k = 0; k < 21; k++)
			want_num("the date", (long)"[dddd-dd-dd dd:dd:dd]"[k],
			    (long)(is_digit(SLOG[k]) ? 'd' : SLOG[k]));
		(void)sprintf(pid, " plug[%ld] ", (long)getpid());
		p = SLOG + 21;
		want_num("the pid", 0L,
		    (long)strncmp(p, pid, strlen(pid)));
		want_str("the line", c->out, p + strlen(pid));
	}
}

/* Ten lines a second; what more there was is counted, in every second. */
static void
test_refused_limit(void)
{
	struct addr peer;
	char *p, *last;
	int i, lines;
	long more;

	world_start();
	addr_set(&peer, 0x0a000001L);
	for (i = 0; i < 35; i++)
		log_refused(&listeners[0], &peer);
	lines = 0;
	for (p = errs; (p = strchr(p, '\n')) != 0; p++)
		lines++;
	want_num("lines", (long)REFUSELINES, (long)lines);
	want_num("the text", 0L, (long)strncmp(errs,
	    "plug: (8080): Connect from 10.0.0.1 Refused.\n", 45));
	said_clear();
	log_settle(0);
	want_str("nothing yet", "", errs);
	now.sec++;
	log_settle(0);
	want_str("the count", "plug: 25 more clients refused.\n", errs);
	said_clear();
	now.sec++;
	log_settle(0);
	want_str("said once", "", errs);
	more = 0;
	for (i = 0; i < 300; i++) {
		if (i % 100 == 0)
			now.sec++;
		log_refused(&listeners[0], &peer);
		if (i % 100 == 50)
			log_settle(0);
	}
	now.sec++;
	log_settle(0);
	lines = 0;
	for (p = last = errs; (p = strchr(p, '\n')) != 0; last = ++p) {
		if (strstr(last, "Refused.") != 0 && strstr(last, "Refused.") < p)
			lines++;
		else
			more += atol(last + 6);
	}
	want_num("each is in a line or in a count", 300L, (long)lines + more);
	want_num("lines of three seconds", 3L * REFUSELINES, (long)lines);
}

/* A write that stops inside a line: the next line begins on a new one. */
static void
test_slog_torn(void)
{
	struct fake *f;
	int i;

	world_start();
	f = fake_new(K_SOCKET);
	conf.sessions = "-";
	slog.fd = f->fd;
	slog.unit = LOGBUF;
	for (i = 0; i < 3; i++) {
		put_str(log_start((struct listener *)0), "0123456789");
		slog_add();
	}
	f->room = 15L;
	slog_flush();
	f->out[f->wrote] = '\0';
	want_str("as far as there was room", "0123456789\n0123", f->out);
	f->room = LIMITLESS;
	said_clear();
	put_str(log_start((struct listener *)0), "new");
	slog_add();
	slog_flush();
	f->out[f->wrote] = '\0';
	want_num("the next begins a line", 0L,
	    (long)strcmp(f->out + f->wrote - 5, "\nnew\n"));
	want_num("nothing left", 0L, (long)slog.len);
}

/* Lines for which there is no room are lost, counted, and said once. */
static void
test_slog_full(void)
{
	struct fake *f;
	int i;

	world_start();
	f = fake_new(K_SOCKET);
	conf.sessions = "-";
	slog.fd = f->fd;
	slog.unit = LOGBUF;
	f->room = 0L;
	for (i = 0; i < LOGBUF; i++) {
		put_str(slog_start(), "0123456789");
		slog_add();
	}
	want_num("kept", 1L, (long)(slog.len <= LOGBUF));
	want_num("lost", (long)(LOGBUF - LOGBUF / 11), (long)self.mine->slog_lost);
	want_num("said", 1L, (long)(strstr(errs, err_text(EAGAIN)) != 0));
	f->room = LIMITLESS;
	said_clear();
	f->wrote = 0L;
	slog_flush();
	for (i = 0; slog.len > 0 && i < 1000; i++)
		slog_flush();
	want_num("nothing left", 0L, (long)slog.len);
	want_num("told", 1L, (long)(strstr(errs, " session lines lost") != 0));
	want_num("counted once", 0L, (long)self.mine->slog_lost);
}

/*
 * The trouble of the lines before it must not get into a session line, which
 * is built where the trouble is told.
 */
static void
test_slog_trouble(void)
{
	struct session *s;
	struct fake *f;
	int i;

	world_start();
	f = fake_new(K_SOCKET);
	conf.sessions = "-";
	slog.fd = f->fd;
	slog.unit = LOGBUF;
	s = session_new(-1, 0, 0, &listeners[0].at);
	f->room = 0L;
	for (i = 0; i < LOGBUF && slog.len <= LOGBUF - 200; i++)
		session_line(s);
	f->err = ENOSPC;
	session_line(s);
	want_num("said", 1L, (long)(strstr(errs, err_text(ENOSPC)) != 0));
	SLOG[slog.len] = '\0';
	want_num("only session lines", 0L, (long)(strstr(SLOG, strerror(ENOSPC)) != 0));
	want_num("the last one is there", '[', (long)SLOG[0]);
}

/*
 * SESSION and RELAY
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

static char lots[FAKEBYTES];		/* any bytes */

static void
lots_fill(void)
{
	int i;

	for (i = 0; i < FAKEBYTES; i++)
		lots[i] = (char)rnd();
}

/* What plug wrote is this, all of it. */
static void
want_out(char *what, struct fake *f, char *p, long n)
{
	want_num(what, n, f->wrote);
	want_num(what, 0L, (long)(f->wrote == n &&
	    memcmp(f->out, p, (size_t)n) != 0));
}

static void
test_relay_short_writes(void)
{
	struct fake *c, *t;
	struct session *s;
	int i;

	world_start();
	s = relayed(&c, &t);
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
	want_num("over", (long)S_FREE, (long)s->state);
	want_num("well", (long)END_OK, (long)session.status);
	want_num("counted", 1000L, (long)own.shared.tally[0].in.lo);
	want_pools_whole();
}

static void
test_relay_interrupted(void)
{
	struct fake *c, *t;

	world_start();
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

	world_start();
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
	want_num("over", (long)S_FREE, (long)s->state);
	want_num("well", (long)END_OK, (long)session.status);
	want_num("no reset", 0L, (long)(c->reset || t->reset));
}

/* The write has the ECONNRESET, read() then says 0: that is no clean end. */
static void
test_relay_reset_eaten(void)
{
	struct fake *c, *t;
	struct session *s;

	world_start();
	s = relayed(&c, &t);
	fake_says(t, lots, 50L);
	c->err = ECONNRESET;
	c->dead = 1;
	relay_move(s, TARGET, 1);
	want_num("the write has it", 0L, (long)c->err);
	turns();
	want_num("over", (long)S_FREE, (long)s->state);
	want_num("cut", (long)END_CUT, (long)session.status);
	want_num("the target sees a reset", 1L, (long)t->reset);
	want_num("and no end", 0L, (long)t->shut);
}

/* The same when bulk: splice() has it. */
static void
test_relay_reset_spliced(void)
{
	struct fake *c, *t;
	struct session *s;

	world_start();
	s = relayed(&c, &t);
	fake_says(c, lots, 4L * BUFSZ);
	relay_move(s, CLIENT, 1);
	fake_says(c, lots, 4L * BUFSZ);
	relay_move(s, CLIENT, 1);
	want_num("a pipe was used", (long)PIPES, (long)(pool.pipes > 0));
	s->side[CLIENT].full = 2;
	c->err = ECONNRESET;
	c->dead = 1;
	turns();
	want_num("over", (long)S_FREE, (long)s->state);
	want_num("cut", (long)END_CUT, (long)session.status);
	want_num("the target sees a reset", 1L, (long)t->reset);
	want_num("and no end", 0L, (long)t->shut);
}

static void
test_relay_reset_passed(void)
{
	struct fake *f[2];
	struct session *s;
	int i;

	for (i = 0; i < 2; i++) {
		world_start();
		s = relayed(&f[0], &f[1]);
		fake_says(f[i], lots, 40L);
		f[i]->err = ECONNRESET;
		f[i]->dead = 1;
		turns();
		want_num("over", (long)S_FREE, (long)s->state);
		want_num("cut", (long)END_CUT, (long)session.status);
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
	struct session *s;

	world_start();
	s = relayed(&c, &t);
	c->fin = 1;
	turns();
	c->err = EPIPE;
	c->dead = 1;
	fake_says(t, lots, 300L);
	turns();
	want_num("the rest is read", 300L, t->taken);
	t->fin = 1;
	turns();
	want_num("over", (long)S_FREE, (long)s->state);
	want_num("well", (long)END_OK, (long)session.status);
	want_num("no reset", 0L, (long)t->reset);
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
		want_num("waits", (long)(ends < 2), (long)(s->state != S_FREE));
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

	world_start();
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
		for (i = 0; i < MAXBUF; i++)
			(void)block_get();
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
		want_num("counted once", 900L, (long)own.shared.tally[0].in.lo);
	}
}

/* Stuck because blocks were short: goes on when they are there again. */
static void
test_relay_unstuck(void)
{
	struct fake *c, *t;
	struct session *s;
	int i;

	world_start();
	s = relayed(&c, &t);
	for (i = 0; i < MAXBUF; i++)
		(void)block_get();
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

	world_start();
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
	want_num("with bytes", (long)PIPES, (long)(s->side[TARGET].piped > 0L));
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

/* The client was reset, its bytes wait; the target must not keep it alive. */
static void
test_relay_reset_ends(void)
{
	struct fake *c, *t;
	int i;

	world_start();
	(void)relayed(&c, &t);
	t->room = 0L;
	fake_says(c, lots, 200L);
	turns();
	t->room = 100L;
	turns();
	t->room = 0L;
	c->err = ECONNRESET;
	c->dead = 1;
	for (i = 0; i < LINGERSECS + 5; i++) {
		now.sec++;
		if (i < 5)
			t->room = 20L;
		fake_says(t, lots, 10L);
		turns();
		sweep_all();
	}
	want_num("over", 0L, (long)session.live);
	want_num("cut", (long)END_CUT, (long)session.status);
	want_num("a reset", 1L, (long)t->reset);
}

/* So many seconds pass, with all that happens by itself. */
static void
seconds_pass(int n)
{
	for (; n > 0; n--) {
		now.sec++;
		turns();
		if (sweep_timed())
			sweep_all();
	}
	turns();
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
		world_start();
		s = relayed(&f[0], &f[1]);
		f[!(i % 2)]->room = 10L;
		fake_says(f[i % 2], lots, 900L);
		turns();
		f[i % 2]->err = ECONNRESET;
		f[i % 2]->dead = 1;
		seconds_pass(2);
		want_num("noticed", 1L, (long)s->side[i % 2].doomed);
		want_num("not before he had his time", (long)S_RELAY,
		    (long)s->state);
		if (slow)
			f[!(i % 2)]->room = LIMITLESS;
		seconds_pass(slow ? 1 : LINGERSECS);
		want_num("over", (long)S_FREE, (long)s->state);
		want_num("cut", (long)END_CUT, (long)session.status);
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

	world_start();
	(void)relayed(&f[0], &f[1]);
	for (i = 0; i < 2; i++) {
		f[i]->room = 10L;
		fake_says(f[i], lots, 900L);
	}
	turns();
	for (i = 0; i < 2; i++) {
		f[i]->err = ECONNRESET;
		f[i]->dead = 1;
	}
	turns();
	want_num("over", 0L, (long)session.live);
	want_num("cut", (long)END_CUT, (long)session.status);
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
		world_start();
		(void)relayed(&f[0], &f[1]);
		f[!k]->room = 10L;
		fake_says(f[k], lots, 900L);
		turns();
		f[k]->err = soft[i % COUNT(soft)];
		seconds_pass(LINGERSECS + 2);
		want_num("goes on", 1L, (long)session.live);
		f[k]->err = 0;
		f[k]->fin = 1;
		f[!k]->room = LIMITLESS;
		turns();
		want_out("all", f[!k], lots, 900L);
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
		world_start();
		(void)relayed(&f[0], &f[1]);
		f[!i]->room = 10L;
		fake_says(f[i], lots, 900L);
		f[i]->fin = 1;
		turns();
		f[i]->err = EPIPE;
		f[i]->dead = 1;
		seconds_pass(LINGERSECS + 2);
		want_num("goes on", 1L, (long)session.live);
		f[!i]->room = LIMITLESS;
		turns();
		want_out("all", f[!i], lots, 900L);
		want_num("and the end", 1L, (long)f[!i]->shut);
		f[!i]->fin = 1;
		seconds_pass(2);
		want_num("over", 0L, (long)session.live);
		want_num("well", (long)END_OK, (long)session.status);
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
		world_start();
		(void)relayed(&f[0], &f[1]);
		f[!i]->room = 10L;
		fake_says(f[i], lots, 900L);
		f[0]->fin = f[1]->fin = 1;
		turns();
		want_num("an end", 1L, (long)f[i]->shut);
		f[i]->err = EHOSTUNREACH;
		seconds_pass(LINGERSECS + 2);
		want_num("goes on", 1L, (long)session.live);
		f[!i]->room = LIMITLESS;
		turns();
		want_out("all", f[!i], lots, 900L);
		want_num("over", 0L, (long)session.live);
		want_num("well", (long)END_OK, (long)session.status);
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
		want_num("over", 0L, (long)session.live);
		want_num("well", (long)END_OK, (long)session.status);
		want_num("no reset", 0L, (long)f[!(i % 2)]->reset);
	}
}

/* Nobody is woken for sessions that wait for nothing but their peers. */
static void
test_relay_asleep(void)
{
	struct fake *c, *t;

	world_start();
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
	for (k = 0; k < MAXBUF && by == BY_PEEK; k++)
		(void)block_get();
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
	want_num("over", 0L, (long)session.live);
	want_num("well", (long)END_OK, (long)session.status);
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
		want_num("over", 0L, (long)session.live);
		want_num("well", (long)END_OK, (long)session.status);
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

/* One direction moves so much in a turn, then the others have theirs. */
static void
test_relay_budget(void)
{
	struct fake *c, *t;
	struct session *s;

	world_start();
	s = relayed(&c, &t);
	fake_says(c, lots, 8000L);
	relay_move(s, CLIENT, 1);
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

	world_start();
	lone.idle = 10L;
	s = relayed(&c, &t);
	now.sec += 9;
	sweep_all();
	fake_says(c, lots, 1L);
	turns();
	now.sec += 9;
	sweep_all();
	want_num("a byte counts", (long)S_RELAY, (long)s->state);
	now.sec += 1;
	sweep_all();
	want_num("idle", (long)S_FREE, (long)s->state);
	want_num("cut", (long)END_CUT, (long)session.status);
	want_num("a reset for both", 1L, (long)(c->reset && t->reset));
	want_num("no deadline left", 0L, (long)session.timed);
}

/*
 * CONNECT
 */

static void
test_connect_failover(void)
{
	struct fake *c;
	struct session *s;
	int first;

	for (first = C_REFUSE_NOW; first <= C_REFUSE_SOON; first++) {
		world_start();
		lone.balance = B_FIRST;
		target_how[0] = first;
		target_how[1] = C_REFUSE_SOON;
		target_how[2] = C_SOON;
		c = client_new();
		(void)admit_accept(listeners);
		s = &sessions[0];
		fake_says(c, lots, 50L);
		c->fin = 1;
		turns();
		if (first == C_REFUSE_SOON) {
			fake_dialled(dialled[0]);
			turns();
		}
		want_num("the second", 1L, (long)s->target);
		fake_dialled(dialled[0]);
		turns();
		want_num("the third", 2L, (long)s->target);
		fake_dialled(dialled[0]);
		turns();
		want_num("there", (long)S_RELAY, (long)s->state);
		want_out("early bytes", dialled[0], lots, 50L);
		want_num("early end", 1L, (long)dialled[0]->shut);
		want_num("dead", (long)H_DEAD, sh->health[0].state);
		want_num("dead", (long)H_DEAD, sh->health[1].state);
		want_num("alive", (long)H_ALIVE, sh->health[2].state);
		want_start("said", "plug: (8080): target 10.0.0.1:1000: \
Connection refused", errs);
		want_start("said", "plug: (8080): target 10.0.0.2:1001: \
Connection refused", strchr(errs, '\n') + 1);
		dialled[0]->fin = 1;
		turns();
		want_num("well", (long)END_OK, (long)session.status);
	}
}

static void
test_connect_none(void)
{
	struct fake *c;

	world_start();
	target_how[0] = target_how[1] = target_how[2] = C_REFUSE_NOW;
	c = client_new();
	(void)admit_accept(listeners);
	want_num("over", 0L, (long)session.live);
	want_num("unreached", (long)END_UNREACHED, (long)session.status);
	want_num("a reset", 1L, (long)c->reset);
}

static void
test_connect_timeout(void)
{
	struct fake *c;
	struct session *s;

	world_start();
	lone.patience = 5L;
	target_how[0] = C_NEVER;
	target_how[1] = C_NOW;
	c = client_new();
	(void)admit_accept(listeners);
	s = &sessions[0];
	now.sec += 4;
	fake_says(c, lots, 3L);
	turns();
	sweep_all();
	want_num("waits", (long)S_CONNECT, (long)s->state);
	now.sec += 1;
	sweep_all();
	turns();
	want_num("goes on", (long)S_RELAY, (long)s->state);
	want_num("to the next", 1L, (long)s->target);
	want_out("early bytes", dialled[0], lots, 3L);
}

/* The client's reset, and our own troubles, are no target's fault. */
static void
test_connect_blame(void)
{
	struct fake *c;

	world_start();
	target_how[0] = C_NEVER;
	c = client_new();
	(void)admit_accept(listeners);
	c->err = ECONNRESET;
	c->dead = 1;
	turns();
	want_num("cut", (long)END_CUT, (long)session.status);
	want_num("alive", (long)H_ALIVE, sh->health[0].state);
	socket_errno = EAFNOSUPPORT;
	c = client_new();
	(void)admit_accept(listeners);
	want_num("system", (long)END_SYSTEM, (long)session.status);
	want_num("alive", (long)H_ALIVE, sh->health[1].state);
	want_num("all over", 0L, (long)session.live);
	want_num("a reset", 1L, (long)c->reset);
}

/*
 * No descriptor for the target: the session waits, with or without a
 * listener (a child has none, nor has who was told to end).
 */
static void
test_connect_starved(void)
{
	struct fake *c;
	int i, round;

	for (round = 0; round < 2; round++) {
		world_start();
		socket_errno = EMFILE;
		c = client_new();
		(void)admit_accept(listeners);
		fake_says(c, lots, 9L);
		if (round == 1) {
			self.role = P_CHILD;
			admit.draining = 1;
			listen_close(listeners);
		}
		for (i = 0; i < 3; i++) {
			gate_listen();
			turns();
			want_num("waits", 1L, (long)session.live);
			want_num("with a timer", 1L, (long)(sweep_sleep() >= 0L));
			now.sec++;
			sweep_all();
		}
		want_num("nobody is blamed", (long)H_ALIVE,
		    sh->health[0].state);
		want_num("said once", 1L, (long)(errs_len > 0 &&
		    strchr(errs, '\n') == errs + errs_len - 1));
		socket_errno = 0;
		gate_listen();
		turns();
		want_num("goes on", (long)S_RELAY, (long)sessions[0].state);
		want_num("with its bytes", 9L,
		    dialled[0] != 0 ? dialled[0]->wrote : -1L);
	}
}

/* A trial whose client goes away: the next session makes it. */
static void
test_connect_trial_freed(void)
{
	struct fake *c;

	world_start();
	lone.balance = B_FIRST;
	lone.retry = 0L;
	(void)target_dead(0);
	target_how[0] = C_NEVER;
	c = client_new();
	(void)admit_accept(listeners);
	want_num("on trial", -(long)getpid(), sh->health[0].state);
	c->err = ECONNRESET;
	c->dead = 1;
	turns();
	want_num("dead again", (long)H_DEAD, sh->health[0].state);
	want_num("over", 0L, (long)session.live);
	target_how[0] = C_NOW;
	said_clear();
	c = client_new();
	(void)admit_accept(listeners);
	turns();
	want_num("alive", (long)H_ALIVE, sh->health[0].state);
	want_start("said", "plug: (8080): target 10.0.0.1:1000 is back", errs);
}

/* A socket that met itself is a target that does not listen. */
static void
test_connect_self(void)
{
	struct fake *t;

	world_start();
	lone.balance = B_FIRST;
	target_how[0] = C_SOON;
	(void)client_new();
	(void)admit_accept(listeners);
	t = dialled[0];
	t->connected = 1;
	t->how = C_HOW;
	turns();
	want_num("a reset, which leaves the port free", 1L, (long)t->reset);
	want_num("the next", 1L, (long)sessions[0].target);
	want_num("dead", (long)H_DEAD, sh->health[0].state);
}

/*
 * No local port is left for one target: the next one is tried, and nobody is
 * blamed; when none is left for any, that is the system's trouble.
 */
static void
test_connect_ports(void)
{
	struct fake *c;
	int i;

	world_start();
	lone.balance = B_FIRST;
	target_how[0] = C_NOPORT;
	sh->health[0].state = H_DEAD;
	sh->health[0].since.sec = 0L;
	lone.retry = 1L;
	(void)client_new();
	(void)admit_accept(listeners);
	turns();
	want_num("the next", 1L, (long)sessions[0].target);
	want_num("connected", (long)S_RELAY, (long)sessions[0].state);
	want_num("the trial is free", (long)H_DEAD, sh->health[0].state);
	session_end(&sessions[0], sessions[0].status);
	want_num("a good end", (long)END_OK, (long)session.status);
	lone.retry = NEVER;
	sh->health[0].state = H_ALIVE;
	for (i = 0; i < 3; i++)
		target_how[i] = C_NOPORT;
	for (i = 0; i < 20; i++) {
		c = client_new();
		(void)admit_accept(listeners);
		want_num("system", (long)END_SYSTEM, (long)session.status);
		want_num("a reset", 1L, (long)c->reset);
		session_rested();
	}
	for (i = 0; i < 3; i++)
		want_num("alive", (long)H_ALIVE, sh->health[i].state);
	want_num("nothing is lost", 0L, (long)self.mine->log_lost);
	want_num("said once", 1L, (long)(strchr(errs, '\n') ==
	    errs + errs_len - 1));
}

/* A stale writable event is no handshake. */
static void
test_connect_stale(void)
{
	world_start();
	target_how[0] = C_SOON;
	(void)client_new();
	(void)admit_accept(listeners);
	admit_event(&sessions[0], TARGET, EV_WRITE);
	want_num("waits", (long)S_CONNECT, (long)sessions[0].state);
	admit_event(&sessions[0], CLIENT, EV_READ);
	want_num("waits", (long)S_CONNECT, (long)sessions[0].state);
	want_num("holds no block for nothing", -1L,
	    (long)sessions[0].side[CLIENT].block);
	fake_dialled(dialled[0]);
	turns();
	want_num("there", (long)S_RELAY, (long)sessions[0].state);
	session_end(&sessions[0], END_OK);
	admit_event(&sessions[0], TARGET, EV_READ | EV_WRITE);
	want_num("a free row stays so", (long)S_FREE,
	    (long)sessions[0].state);
}

/* More early bytes than a block holds, and early bytes without a block. */
static void
test_connect_early(void)
{
	struct fake *c;
	int i, starved;

	for (starved = 0; starved < 2; starved++) {
		world_start();
		target_how[0] = C_SOON;
		for (i = 0; starved && i < MAXBUF; i++)
			(void)block_get();
		c = client_new();
		(void)admit_accept(listeners);
		fake_says(c, lots, 900L);
		turns();
		want_num("bounded", starved ? 0L : (long)BUFSZ, c->taken);
		fake_dialled(dialled[0]);
		turns();
		want_out("all", dialled[0], lots, 900L);
		want_num("counted", 900L, (long)sessions[0].side[0].n.lo);
	}
}

struct viacase {
	char *says;		/* the proxy */
	int fin;		/* and then ends */
	int status;		/* -1: relays; else of the session */
	int dead;		/* targets found dead */
};

static struct viacase viacases[] = {
	{ "HTTP/1.1 200 OK\r\n\r\n", 0, -1, 0 },
	{ "HTTP/1.1 200 OK\r\n\r\nSSH-2.0", 0, -1, 0 },
	{ "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\n\r\nSSH-2.0", 1, -1, 0 },
	{ "HTTP/1.1 407 Auth\r\n\r\n", 0, END_UNREACHED, 0 },
	{ "HTTP/1.1 502 No\r\n\r\n", 0, END_UNREACHED, 3 },
	{ "HTTP/1.1 200 O", 1, END_UNREACHED, 3 },
	{ "SSH-2.0\r\n", 0, END_UNREACHED, 3 },
	{ "", 1, END_UNREACHED, 3 }
};

static void
test_via(void)
{
	struct viacase *v;
	struct fake *c, *t, *last;
	char request[MAXHELLO], *tail;
	struct text r;
	int i, k, dead, most;

	for (i = 0; i < 2 * COUNT(viacases); i++) {
		v = &viacases[i / 2];
		world_start();
		lone.via.family = 4;
		lone.via.port = 80;
		most = i % 2;
		c = client_new();
		(void)admit_accept(listeners);
		fake_says(c, lots, 20L);
		for (last = 0; (t = dialled[0]) != last; last = t) {
			t->most = (long)most;
			turns();
			text_start(&r, request, MAXHELLO);
			put_request(&r, &sessions[0]);
			want_out("request", t, request, (long)r.len);
			fake_says(t, v->says, (long)strlen(v->says));
			t->fin = v->fin;
			turns();
		}
		for (k = dead = 0; k < 3; k++)
			dead += sh->health[k].state == H_DEAD;
		want_num(v->says, (long)v->dead, (long)dead);
		if (v->status >= 0) {
			want_num(v->says, (long)v->status,
			    (long)session.status);
			want_num(v->says, 0L, (long)session.live);
			continue;
		}
		tail = strstr(v->says, "SSH");
		want_out(v->says, c, tail ? tail : "",
		    tail ? (long)strlen(tail) : 0L);
		want_num("end passed on", (long)v->fin, (long)c->shut);
		want_num("counted", (long)(tail ? strlen(tail) : 0),
		    (long)sessions[0].side[TARGET].n.lo);
		want_num("then the early bytes", 0L, (long)memcmp(lots,
		    last->out + last->wrote - 20, 20));
	}
}

static void
test_via_unreached(void)
{
	world_start();
	lone.via.family = 4;
	target_how[0] = C_REFUSE_NOW;
	(void)client_new();
	(void)admit_accept(listeners);
	want_num("ends", 0L, (long)session.live);
	want_num("unreached", (long)END_UNREACHED, (long)session.status);
	want_num("no target is blamed", (long)H_ALIVE, sh->health[0].state);
	want_str("said", "plug: (8080): proxy: Connection refused\n", errs);
}

static void
test_via_silent(void)
{
	world_start();
	lone.via.family = 4;
	lone.patience = 5L;
	(void)client_new();
	(void)admit_accept(listeners);
	turns();
	fake_says(dialled[0], "HTTP/1.1 200 OK\r\n", 17L);
	now.sec += 4;
	turns();
	now.sec += 1;
	sweep_all();
	want_num("dead", (long)H_DEAD, sh->health[0].state);
	want_num("the next", 1L, (long)sessions[0].target);
}

/*
 * LISTEN and the loop
 */

static void
test_accept_refused(void)
{
	struct fake *c;

	world_start();
	(void)scan_rule("10.0.0.1", &rules[0]);
	rules[0].allow = 0;
	lone.nrule = 1;
	c = client_new();
	want_num("goes on", 1L, (long)admit_accept(listeners));
	want_num("closed", -1L, (long)c->fd);
	want_num("no session", 0L, (long)session.live);
	want_num("no target was asked", 1L, (long)(dialled[0] == 0));
	want_num("not counted", 0L, (long)own.shared.tally[0].live);
	want_str("logged", "plug: (8080): Connect from 10.0.0.1 Refused.\n",
	    errs);
}

static void
test_accept_limit(void)
{
	int i;

	world_start();
	session.limit = 3;
	for (i = 0; i < 5; i++)
		(void)client_new();
	for (i = 0; i < 3; i++)
		want_num("room", 1L, (long)admit_accept(listeners));
	want_num("no room", 0L, (long)admit_accept(listeners));
	gate_listen();
	gate_listen();
	want_num("wants no more", 0L, (long)ev_want[listeners[0].fd]);
	want_str("said once",
	    "plug: (8080): limit of sessions reached, clients wait\n", errs);
	session_end(&sessions[1], END_CUT);
	want_num("the row rests", 2L, (long)session.live);
	session_rested();
	gate_listen();
	want_num("wants again", (long)EV_READ,
	    (long)ev_want[listeners[0].fd]);
	want_num("room again", 1L, (long)admit_accept(listeners));
	want_num("the same row", 3L, (long)session.top);
}

/* All rows are used, or at rest: none beyond the table, and no pause. */
static void
test_accept_rows(void)
{
	world_start();
	session.limit = MAXSESSION;
	session.top = session.live = MAXSESSION;
	(void)client_new();
	want_num("no room", 0L, (long)admit_accept(listeners));
	sessions[1].state = S_RELAY;
	self.mine->live = 1;
	session_end(&sessions[1], END_CUT);
	want_num("none before the next wait", 0L, (long)admit_accept(listeners));
	gate_listen();
	want_num("wants one in that wait", (long)EV_READ,
	    (long)ev_want[listeners[0].fd]);
	session_rested();
	want_num("room", 1L, (long)admit_accept(listeners));
	want_num("rows", (long)MAXSESSION, (long)session.top);
	world_start();
	self.role = P_FORKER;
	session.top = MAXSESSION;
	(void)client_new();
	want_num("no row in the master of -F", 0L, (long)admit_accept(listeners));
	self.role = P_SINGLE;
}

/* A client comes to the master of -F, whose next child has this pid. */
static struct fake *
fork_client(long pid)
{
	struct fake *c;

	self.role = P_FORKER;
	fork_pid = pid;
	c = client_new();
	loop_dispatch(ID_LISTEN, EV_READ);
	return c;
}

/* That child is dead. */
static void
fork_reap(long pid)
{
	dead_pid = pid;
	signal_take(SIGCHLD);
	session_rested();
}

/*
 * A child that was killed before it ran: its trial is free, its session is
 * counted and has its lines.
 */
static void
test_fork_stillborn(void)
{
	struct fake *c;

	world_start();
	lone.balance = B_FIRST;
	lone.retry = 0L;
	conf.sessions = "-";
	conf.log = 1;
	(void)target_dead(0);
	target_how[0] = C_NEVER;
	c = fork_client(4711L);
	want_num("the child's trial", -4711L, sh->health[0].state);
	want_num("the client is the child's", 0L, (long)(fake_of(c->fd) == c));
	want_num("counts at the target", 1L, target_load(0));
	now.sec += 2L;
	fork_reap(4711L);
	want_num("free for the next", (long)H_DEAD, sh->health[0].state);
	want_num("counts no more", 0L, target_load(0));
	want_num("served", 1L, (long)self.mine->served);
	want_num("failed", 1L, (long)self.mine->failed);
	want_num("sessions", 0L, (long)self.mine->live);
	want_num("rows", 0L, (long)session.live);
	want_num("of the plug", 0L, (long)sh->live[0][0]);
	want_num("a line", 1L, (long)(strstr(SLOG,
	    " 8080 10.0.0.1 10.0.0.1:1000 0 0 2000000\n") != 0));
	want_start("complete", "(8080): Complete, status=3.\n", logs);
}

#ifndef TINY
/* The first target's sessions that have ended, as the status page has them. */
static long
fork_ended(void)
{
	struct traffic sum;

	status_traffic(0, &sum);
	return (long)sum.served;
}
#else
#define fork_ended() 1L
#endif

/* A child that ended its session has told of it: the master is silent. */
static void
test_fork_told(void)
{
	world_start();
	conf.sessions = "-";
	conf.log = 1;
	(void)fork_client(4711L);
	sh->tally[1].live = 0;
	sh->tally[1].served = 1;
	sh->tally[1].aim = -sh->tally[1].aim;
	want_num("counts no more", 0L, target_load(0));
	want_num("counts as ended there", 1L, fork_ended());
	fork_reap(4711L);
	want_num("and once", 1L, fork_ended());
	want_num("served", 1L, (long)self.mine->served);
	want_num("failed", 0L, (long)self.mine->failed);
	want_num("sessions", 0L, (long)self.mine->live);
	want_num("rows", 0L, (long)session.live);
	want_num("no line", 0L, (long)slog.len);
	want_str("none at all", "", logs);
}

/*
 * No process: the client waits in its row, nobody else is accepted, and one
 * is forked for it after a child's end, without a second connect.
 */
static void
test_fork_waits(void)
{
	struct fake *a, *b, *c;
	int i;

	world_start();
	a = fork_client(4711L);
	b = fork_client(0L);
	c = client_new();
	for (i = 0; i < 3; i++) {
		gate_listen();
		loop_dispatch(ID_LISTEN, EV_READ);
		want_num("waits", 1L, (long)(fake_of(b->fd) == b && !b->reset));
		want_num("nobody else", 2L, (long)session.live);
		want_num("not watched", 0L, (long)ev_want[listeners[0].fd]);
		now.sec++;
		sweep_all();
	}
	want_num("said once", 1L, (long)(strchr(errs, '\n') ==
	    errs + errs_len - 1));
	want_num("one connect", 1L, (long)(dialled[2] == 0));
	fork_pid = 4712L;
	fork_reap(4711L);
	gate_listen();
	want_num("a child for it", (long)S_CHILD, (long)sessions[1].state);
	want_num("its client is the child's", 0L, (long)(fake_of(b->fd) == b));
	loop_dispatch(ID_LISTEN, EV_READ);
	want_num("the next", 0L, (long)(fake_of(c->fd) == c));
	want_num("both", 2L, (long)session.live);
	want_num("the first", 0L, (long)(fake_of(a->fd) == a));
}

/*
 * -M: the last session of a client has just ended, or is about to; then it
 * has its place at once, else it is refused, but not at once.
 */
static void
test_fork_guests(void)
{
	struct fake *a, *b;

	world_start();
	lone.most = 1L;
	(void)fork_client(4711L);
	sh->tally[1].live = 0;
	a = fork_client(4712L);
	admit_crowd();
	want_num("in the place of one that ended", (long)S_CHILD,
	    (long)sessions[1].state);
	a = fork_client(4713L);
	b = fork_client(4714L);
	admit_crowd();
	want_num("waits", 1L, (long)(fake_of(a->fd) == a));
	want_num("one at a time", 0L, (long)(fake_of(b->fd) == b));
	want_num("not for long", 1L, (long)(sweep_sleep() <= PEERMS));
	now.usec += 49000L;
	admit_crowd();
	want_num("still waits", 1L, (long)(fake_of(a->fd) == a));
	want_num("no child", 2L, (long)child.live);
	now.usec += 1000L;
	admit_crowd();
	want_num("refused", 0L, (long)(fake_of(a->fd) == a));
	want_num("no child", 2L, (long)child.live);
	a = fork_client(4715L);
	now.usec += 40000L;
	sh->tally[2].live = 0;
	admit_crowd();
	want_num("one ended in time", 3L, (long)child.live);
}

static int exhaustions[] = { EMFILE, ENFILE, ENOBUFS, ENOMEM };
#ifndef EPROTO
#define EPROTO EPIPE
#endif
static int transients[] = { ECONNABORTED, EPROTO, ENETDOWN, EPERM,
	EHOSTUNREACH, EACCES };

static void
test_accept_errors(void)
{
	int i;

	for (i = 0; i < COUNT(exhaustions); i++) {
		world_start();
		accept_errno = exhaustions[i];
		want_num("none", 0L, (long)admit_accept(listeners));
		want_num("none", 0L, (long)admit_accept(listeners));
		gate_listen();
		want_num("rests", 0L, (long)ev_want[listeners[0].fd]);
		want_num("said once", 1L, (long)(strchr(errs, '\n') ==
		    errs + errs_len - 1));
		sweep_all();
		gate_listen();
		want_num("tries again", (long)EV_READ,
		    (long)ev_want[listeners[0].fd]);
	}
	for (i = 0; i < 2 * ACCEPTS; i++) {
		world_start();
		accept_errno = i % 2 ? EINTR : EAGAIN;
		want_num("none", 0L, (long)admit_accept(listeners));
		gate_listen();
		want_num("goes on", (long)EV_READ,
		    (long)ev_want[listeners[0].fd]);
		want_str("no word", "", errs);
	}
}

/*
 * Clients that are gone stop nobody; but nothing but errors, with the client
 * still in the queue, must not spin, at one listener, and others go on.
 */
static void
test_accept_fails(void)
{
	int i, k;

	for (i = 0; i < COUNT(transients); i++) {
		world_start();
		listening.n = 2;
		listeners[1].fd = fake_new(K_SOCKET)->fd;
		accept_errno = transients[i];
		(void)client_new();
		accept_fails = ACCEPTS;
		for (k = 0; k < ACCEPTS - 1; k++) {
			want_num("none", 0L, (long)admit_accept(listeners));
			gate_listen();
			want_num("goes on", (long)EV_READ,
			    (long)ev_want[listeners[0].fd]);
		}
		want_str("no word", "", errs);
		want_num("one", 1L, (long)admit_accept(listeners));
		for (k = 0; k < ACCEPTS; k++)
			want_num("none", 0L, (long)admit_accept(listeners));
		gate_listen();
		want_num("rests", 0L, (long)ev_want[listeners[0].fd]);
		want_num("alone", (long)EV_READ,
		    (long)ev_want[listeners[1].fd]);
		want_num("with a timer", 1L, (long)(sweep_sleep() >= 0L));
		sweep_all();
		gate_listen();
		want_num("tries again", (long)EV_READ,
		    (long)ev_want[listeners[0].fd]);
		want_num("none", 0L, (long)admit_accept(listeners));
		gate_listen();
		want_num("once", 0L, (long)ev_want[listeners[0].fd]);
		want_num("said once", 1L, (long)(strchr(errs, '\n') ==
		    errs + errs_len - 1));
		sweep_all();
		(void)client_new();
		want_num("one", 1L, (long)admit_accept(listeners));
		gate_listen();
		want_num("well", (long)EV_READ,
		    (long)ev_want[listeners[0].fd]);
	}
}

/* A client of whom accept tells no address is nobody that rules know. */
static void
test_accept_nameless(void)
{
	struct fake *c;

	world_start();
	accept_nameless = 1;
	c = client_new();
	want_num("gone", 0L, (long)admit_accept(listeners));
	want_num("closed", -1L, (long)c->fd);
	want_num("no session", 0L, (long)session.live);
	listeners[0].path = lone.path = "/there";
	listeners[0].at.family = lone.source.family = UNIX;
	(void)client_new();
	want_num("but at a path", 1L, (long)admit_accept(listeners));
	want_num("a session", 1L, (long)session.live);
}

#if defined(USE_EPOLL) || defined(USE_KQUEUE)
/*
 * Events that refuse a descriptor: it is wanted again at the sweep, whoever's
 * it is, and no session ends for that.
 */
static void
test_events_refuse(void)
{
	struct fake *c;

	world_start();
	events_refuse = 1;
	gate_listen();
	want_num("deaf", 0L, (long)ev_want[listeners[0].fd]);
	want_num("with a timer", 1L, (long)(sweep_sleep() >= 0L));
	sweep_all();
	gate_listen();
	want_num("hears again", (long)EV_READ,
	    (long)ev_want[listeners[0].fd]);
	want_num("said", 1L, (long)(strstr(errs, "events: ") != 0));
	c = client_new();
	events_refuse = 2;
	(void)admit_accept(listeners);
	want_num("the session stays", 1L, (long)session.live);
	want_num("unwatched", 0L, (long)ev_want[c->fd]);
	want_num("both", 0L, (long)ev_want[dialled[0]->fd]);
	events_refuse = 1000;
	sweep_all();
	want_num("still there", 1L, (long)session.live);
	gate_listen();
	want_num("nobody is accepted", 0L, (long)ev_want[listeners[0].fd]);
	events_refuse = 0;
	sweep_all();
	gate_listen();
	want_num("listens", (long)EV_READ, (long)ev_want[listeners[0].fd]);
	fake_says(c, lots, 9L);
	turns();
	want_out("goes on", dialled[0], lots, 9L);
	want_num("said once", 1L, (long)(strchr(errs, '\n') ==
	    errs + errs_len - 1));
	want_num("no timer", 1L, (long)(ev_refused == 0));
}
#endif

/* Nothing to wait for: no timer.  Else at most a second. */
static void
test_loop_sleep(void)
{
	struct fake *c, *t;
	int i;

	world_start();
	want_num("for ever", -1L, sweep_sleep());
	(void)relayed(&c, &t);
	want_num("for ever with idle sessions", -1L, sweep_sleep());
	listening.sick = 1;
	for (i = 0; i < 1000; i++) {
		now.usec = i * 1000L;
		want_num("to the sweep", 1000L - i, sweep_sleep());
	}
	now.sec++;
	now.usec = 0L;
	want_num("now", 0L, sweep_sleep());
	now.sec += 1000000L;
	want_num("now", 0L, sweep_sleep());
}

static void
test_drain(void)
{
	struct fake *c, *t;

	world_start();
	(void)relayed(&c, &t);
	(void)client_new();
	signal_take(SIGTERM);
	want_num("the queue is served", 2L, (long)session.live);
	want_num("closed", -1L, (long)listeners[0].fd);
	fake_says(c, lots, 10L);
	turns();
	want_out("goes on", t, lots, 10L);
	signal_take(SIGTERM);
	want_num("a second one ends it", 0L, (long)session.live);
	want_num("as a reset", 1L, (long)(c->reset && t->reset));
	world_start();
	conf.grace = 5L;
	(void)relayed(&c, &t);
	signal_take(SIGTERM);
	now.sec += 4;
	sweep_all();
	want_num("grace", 1L, (long)session.live);
	now.sec += 1;
	sweep_all();
	want_num("grace is over", 0L, (long)session.live);
	world_start();
	(void)relayed(&c, &t);
	signal_take(SIGINT);
	want_num("INT: at once", 0L, (long)session.live);
}

#ifdef TINY
#define STATUS_DEAD "plug: (8080): status: target 10.0.0.1:1000 dead, \
failed 7 s ago\n"
#else
#define STATUS_DEAD "plug: (8080): status: target 10.0.0.1:1000 dead for 7 \
s, sessions now 0, ended 1, failures 1, bytes in 12, bytes out 3456\n"
#endif

static void
test_status(void)
{
	struct fake *c, *t;

	world_start();
	lone.ntarget = 2;
	(void)relayed(&c, &t);
	fake_says(c, lots, 12L);
	fake_says(t, lots, 3456L);
	c->fin = t->fin = 1;
	turns();
	(void)relayed(&c, &t);
	(void)target_dead(0);
	now.sec += 7;
	said_clear();
	signal_take(SIGUSR1);
	want_start("text", "plug: (8080): status: plug 3.0, sessions now 1, \
ended 1, of these failed 0, bytes in 12, bytes out 3456", errs);
	want_start("text", STATUS_DEAD, strchr(errs, '\n') + 1);
	want_start("text", "plug: (8080): status: target 10.0.0.2:1001 alive",
	    strchr(strchr(errs, '\n') + 1, '\n') + 1);
}

#ifndef TINY
/*
 * STATUS PAGE
 */

struct bytescase {
	unsigned long hi, lo;
	char *text;
};

static struct bytescase bytescases[] = {
	{ 0L, 0L, "0 B" }, { 0L, 999L, "999 B" }, { 0L, 1000L, "1.00 kB" },
	{ 0L, 1009L, "1.00 kB" }, { 0L, 1010L, "1.01 kB" },
	{ 0L, 9999L, "9.99 kB" }, { 0L, 12345L, "12.3 kB" },
	{ 0L, 99999L, "99.9 kB" }, { 0L, 100000L, "100 kB" },
	{ 0L, 999999L, "999 kB" }, { 0L, 1000000L, "1.00 MB" },
	{ 0L, 999999999L, "999 MB" }, { 1L, 0L, "1.00 GB" },
	{ 1L, 9999999L, "1.00 GB" }, { 1L, 10000000L, "1.01 GB" },
	{ 4L, 294967296L, "4.29 GB" }, { 12L, 345678901L, "12.3 GB" },
	{ 99L, 999999999L, "99.9 GB" }, { 999L, 999999999L, "999 GB" },
	{ 1000L, 0L, "1.00 TB" }, { 1234567L, 0L, "1.23 PB" },
	{ 999999999L, 0L, "999 PB" }, { 2147483647L, 0L, "2147 PB" }
};

static void
test_put_bytes(void)
{
	struct count c;
	struct text t;
	char buf[40];
	int i;

	for (i = 0; i < COUNT(bytescases); i++) {
		c.hi = bytescases[i].hi;
		c.lo = bytescases[i].lo;
		text_start(&t, buf, (int)sizeof buf);
		put_bytes(&t, &c);
		want_str("bytes", bytescases[i].text, buf);
	}
}

struct spancase {
	long n;
	char *span, *grouped;
};

static struct spancase spancases[] = {
	{ 0L, "0 s", "0" }, { 59L, "59 s", "59" }, { 60L, "1 min 0 s", "60" },
	{ 3599L, "59 min 59 s", "3,599" }, { 3600L, "1 h 0 min", "3,600" },
	{ 86399L, "23 h 59 min", "86,399" }, { 86400L, "1 d 0 h", "86,400" },
	{ 90061L, "1 d 1 h", "90,061" }, { 999L, "16 min 39 s", "999" },
	{ 1000L, "16 min 40 s", "1,000" },
	{ 1000001L, "11 d 13 h", "1,000,001" },
	{ 2147483647L, "24855 d 3 h", "2,147,483,647" }
};

static void
test_put_span(void)
{
	struct text t;
	char buf[40];
	int i;

	for (i = 0; i < COUNT(spancases); i++) {
		text_start(&t, buf, (int)sizeof buf);
		put_span(&t, spancases[i].n);
		want_str("seconds", spancases[i].span, buf);
		text_start(&t, buf, (int)sizeof buf);
		put_grouped(&t, (unsigned long)spancases[i].n);
		want_str("number", spancases[i].grouped, buf);
	}
	world_start();
	sh->health[0].changed.sec = now.sec + 1;
	want_num("another's clock is ahead", 0L, target_since(sh->health));
	sh->health[0].changed.sec = now.sec - 5;
	want_num("five seconds", 5L, target_since(sh->health));
}

#define BAR "<meter value=\"%ld\" max=\"%ld\">[%.*s%.*s]</meter>"

/* Full is full only at the top, and something is more than nothing. */
static void
test_put_bar(void)
{
	char buf[100], want[100];
	struct text t;
	long n, most, tenths;

	for (most = 0L; most <= 300L; most += most < 30L ? 1L : 90L)
		for (n = 0L; n <= most + 2L; n++) {
			tenths = most == 0L ? 0L : n >= most ? 10L :
			    n * 10L / most;
			if (n > 0L && tenths == 0L)
				tenths = 1L;
			(void)sprintf(want, BAR, n, most > 0L ? most : 1L,
			    (int)tenths, "##########", (int)(10L - tenths),
			    "..........");
			text_start(&t, buf, (int)sizeof buf);
			put_bar(&t, (unsigned long)n, (unsigned long)most);
			want_str("bar", want, buf);
		}
}

/* No byte can end a label or begin a tag, or is another's text. */
static void
test_put_quoted(void)
{
	char s[2], buf[40], want[40];
	struct text t;
	int c, page;

	s[1] = '\0';
	for (c = 1; c < 256; c++)
		for (page = 0; page < 2; page++) {
			s[0] = (char)c;
			if (c < ' ' || c > '~' || c == '\\')
				(void)sprintf(want, "%s%03o",
				    page ? "\\" : "\\\\", c);
			else if (page && (c == '&' || c == '<'))
				(void)strcpy(want, c == '&' ? "&amp;" :
				    "&lt;");
			else
				(void)sprintf(want, "%s%c",
				    !page && c == '"' ? "\\" : "", c);
			text_start(&t, buf, (int)sizeof buf);
			put_quoted(&t, s, page);
			want_str("byte", want, buf);
		}
}

static struct query heard;

/* Hear the request in pieces that end at a, b and the end. */
static void
hear(char *p, int a, int b, int n)
{
	struct fake *f;
	int at, end, i;

	(void)memset(&heard, 0, sizeof heard);
	f = fake_new(K_SOCKET);
	heard.fd = f->fd;
	heard.state = Q_LINE;
	at = 0;
	for (i = 0; i < 3; i++) {
		end = i == 0 ? a : i == 1 ? b : n;
		if (end > at) {
			fake_says(f, p + at, (long)(end - at));
			while (f->taken < f->arrived)
				query_hear(&heard);
			at = end;
		}
	}
	(void)fake_close(f->fd);
	f->used = 0;
}

/* Where it has come to, in one number. */
static long
heard_now(void)
{
	return heard.state * 1000L + heard.answer * 100L + heard.bare * 10L +
	    heard.only;
}

static char *heards[] = {
	"GET / HTTP/1.0\r\n\r\n", "HEAD /metrics HTTP/1.1\nA: b\n\n",
	"GET /metrics\r\n", "GET /\n", "HEAD /\n",
	"GET /x HTTP/1.1\r\nA:\r\n\r\n",
	"GET / HTTP/1.0\r\nA: b\rc\r\n\r\n", "GET / HTTP/1.0\r\nA : b\r\n\r\n",
	"GET / HTTP/1.0\r\n A: b\r\n\r\n", "GET /\r /\r\n\r\n",
	"GET / HTTP/1.0\r\nA: b\r\n\r\nmore: \r\r",
	"\r\n\r\nGET / HTTP/1.0\r\n",
	"GET / HTTP/1.0\r\nA: b\r\nB", "GET / HTTP/1.0\r\nA: b\r"
};

static void
test_query_splits(void)
{
	long whole;
	int i, a, b, n;

	for (i = 0; i < COUNT(heards); i++) {
		n = (int)strlen(heards[i]);
		hear(heards[i], 0, 0, n);
		whole = heard_now();
		for (a = 0; a <= n; a++)
			for (b = a; b <= n; b++) {
				hear(heards[i], a, b, n);
				want_num(heards[i], whole, heard_now());
			}
	}
	hear(heards[0], 0, 0, (int)strlen(heards[0]));
	want_num("the page", Q_SEND * 1000L, heard_now());
	hear(heards[1], 0, 0, (int)strlen(heards[1]));
	want_num("HEAD", Q_SEND * 1000L + A_METRICS * 100L + 1L, heard_now());
	hear(heards[2], 0, 0, (int)strlen(heards[2]));
	want_num("bare", Q_SEND * 1000L + A_METRICS * 100L + 10L, heard_now());
}

/* The same of requests with bytes changed, and no end without an LF. */
static void
test_query_noise(void)
{
	static char bytes[] = "\r\n\t :/AG.1\1\200";
	char buf[100];
	long whole;
	int i, k, n, a;

	for (i = 0; i < 20000; i++) {
		(void)strcpy(buf, heards[below(COUNT(heards))]);
		n = (int)strlen(buf);
		for (k = below(4); k > 0; k--)
			buf[below(n)] = bytes[below((int)sizeof bytes)];
		hear(buf, 0, 0, n);
		whole = heard_now();
		a = below(n + 1);
		hear(buf, a, a + below(n + 1 - a), n);
		want_num(buf, whole, heard_now());
		for (k = 0; k < n && buf[k] != '\n'; k++)
			continue;
		want_num("no answer but 400 before a line", 1L,
		    (long)(k < n || heard.state < Q_SEND ||
		    heard.answer == A_BAD));
	}
}

/* Every piece of every answer fits, with the worst names there can be. */
static void
test_query_pieces(void)
{
	static char path[MAXUNIX + 1];
	struct query q;
	struct text t;
	int i;

	world_start();
	for (i = 0; i < MAXUNIX; i++)
		path[i] = i == 0 ? '/' : i % 2 ? '\\' : '\377';
	lone.path = path;
	lone.max = lone.check = 2147483647L;
	lone.sticky = 1L;
	lone.ntarget = 2;
	for (i = 0; i < 2; i++) {
		targets[i].at.family = UNIX;
		targets[i].name = path;
		targets[i].at.port = 0;
		targets[i].max = 2147483647L;
		targets[i].weight = 255L;
		targets[i].backup = 1;
		targets[i].slot = i;
		sh->health[i].failures = 2147483647L;
		TRAFFIC[i].in.hi = TRAFFIC[i].out.hi = 0xffffffffL;
		TRAFFIC[i].served = 0xffffffffL;
	}
	self.mine->in.hi = self.mine->out.hi = 0xffffffffL;
	self.mine->served = self.mine->failed = self.mine->denied = 0xffffffffL;
	for (i = 0; i < 4; i++) {
		(void)memset(&q, 0, sizeof q);
		query_answer(&q, i);
		for (;;) {
			text_start(&t, q.buf, STATUSBUF);
			if (!query_piece(&t, &q))
				break;
			want_num("a piece fits in 1200 bytes", 1L,
			    (long)(t.len < 1200));
		}
	}
	mem_zero(TRAFFIC, sizeof own.traffic);
	mem_zero(self.mine, sizeof *self.mine);
	world_start();
}

/* Probes are spread evenly over their time. */
static void
test_check_spread(void)
{
	struct stamp due;
	long secs, n, i, k;

	for (k = 0L; k < 2000L; k++) {
		n = 1L + below(256);
		secs = 1L + below(k % 2 == 0L ? 300 : 30000);
		i = k % 3 == 0L ? n - 1L : (long)below((int)n);
		now.sec = 1000L;
		now.usec = k % 2 == 0L ? 0L : 999999L;
		check_spread(&due, secs, i, n);
		want_num("microseconds", 1L,
		    (long)(due.usec >= 0L && due.usec < 1000000L));
		due.sec -= now.sec;
		due.usec -= now.usec;
		if (due.usec < 0L) {
			due.sec--;
			due.usec += 1000000L;
		}
		want_num("its second", secs * i / n, due.sec);
		want_num("its part of that", secs * i % n * (1000000L / n),
		    due.usec);
	}
	now.sec = 0L;
	now.usec = 0L;
	check_spread(&due, MAXSECS, 255L, 256L);
	want_num("no overflow", MAXSECS / 256L * 255L + 127L, due.sec);
}

struct saidcase {
	char *in;
	char *out;		/* 0: refused */
	char *rest;
};

static struct saidcase saidcases[] = {
	{ "abc", "abc", "" }, { "a,b", "a", ",b" }, { "", 0, 0 },
	{ ",a", 0, 0 }, { "\\a\\b\\f\\n\\r\\t\\v", "\7\b\f\n\r\t\13", "" },
	{ "a\\,b\\\\,c", "a,b\\", ",c" }, { "\\", "\\", "" },
	{ "a\\", "a\\", "" }, { "\\q\\8\\9\\\"", "q89\"", "" },
	{ "\\x41\\x4a\\x4Fz", "AJOz", "" }, { "\\x4", "\4", "" },
	{ "\\x4g", "\4g", "" }, { "\\xg", "xg", "" }, { "\\x", "x", "" },
	{ "\\xff0", "\3770", "" }, { "\\101\\1010\\1\\18", "AA0\1\0018", "" },
	{ "\\377", "\377", "" }, { "\\501", "A", "" },
	{ "\\0", 0, 0 }, { "\\00", 0, 0 }, { "\\000", 0, 0 },
	{ "\\400", 0, 0 }, { "a\\x0", 0, 0 }, { "a\\x00b", 0, 0 },
	{ "\303\251\1", "\303\251\1", "" }
};

static void
test_scan_said(void)
{
	struct saidcase *c;
	char buf[1100], *p, *said;
	int i, n;

	for (i = 0; i < COUNT(saidcases); i++) {
		c = &saidcases[i];
		(void)strcpy(buf, c->in);
		p = buf;
		want_num(c->in, (long)(c->out != 0),
		    (long)scan_said(&p, &said));
		if (c->out == 0)
			continue;
		want_str("what is left", c->rest, p);
		want_num("its begin", 0L, (long)(said - buf));
		operand_unescape(said);
		want_str(c->in, c->out, said);
	}
	for (n = 250; n < 260; n++)
		for (i = 0; i < 2; i++) {
			(void)memset(buf, 0, sizeof buf);
			while ((int)strlen(buf) < n * (i == 0 ? 1 : 4))
				(void)strcat(buf, i == 0 ? "a" : "\\x61");
			p = buf;
			want_num("255 bytes at most", (long)(n <= MAXNAME),
			    (long)scan_said(&p, &said));
			operand_unescape(said);
			want_num("as they were", (long)n, (long)strlen(said));
		}
}
#endif

/*
 * SIMULATION: sessions at once whose peers do what they like, over system
 * calls that fail and fall short as they like.  Whatever happens: bytes
 * arrive in order, a clean end is seen on whole streams only, a stream that
 * was not cut arrives whole, nothing spins, nothing stalls, nothing leaks.
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
	want_num("both closed", -2L, (long)(f[0]->fd + (f[1] ? f[1]->fd : -1)));
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

static void
sim_episode(void)
{
	static char says[200];
	int i, k, n, quiet;
	long skip, off;
	char request[MAXHELLO];
	struct text r;

	world_start();
	lone.balance = once_in(2);
	lone.retry = once_in(2) ? NEVER : (long)below(3);
	fault_rate = once_in(3) ? 0 : below(60);
	sim_cuts = once_in(2);
	off = 0L;
	if (once_in(4)) {
		lone.via.family = 4;
		lone.via.port = 80;
		(void)strcpy(says, once_in(2) ? "HTTP/1.1 200 OK\r\n\r\n" :
		    "HTTP/1.1 100 C\n\nHTTP/1.0 200\nX: 12345678901234567890\
12345678901234567890123456789012345678901234567890\r\n\n");
		dial_says = says;
		off = (long)strlen(says);
	}
	for (i = 0; i < 3; i++)
		target_how[i] = lone.via.family != 0 ? C_SOON : below(4);
	setup_bytes = below(once_in(2) ? 300 : 7000);
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
		for (i = 0; i < MAXBUF; i++)
			(void)block_get();
	while (admit_accept(listeners))
		continue;
	for (n = 20 + below(300); n > 0; n--) {
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
	calls = 0;
	for (n = quiet = 0; session.live > 0 && quiet < 3; n++) {
		sim_watch(SIMS);
		for (k = 0; k < SIMS; k++) {
			sim_hurry(sim_client[k]);
			if (sim_target[k] != 0)
				sim_hurry(sim_target[k]);
		}
		quiet = turn() > 0 ? 0 : quiet + 1;
		if (calls > 200000)
			break;
		if (session.pauses) {
			sweep_all();
			quiet = 0;
		}
	}
	sim_watch(SIMS);
	want_num("no stall, no spin", 0L, (long)session.live);
	for (k = 0; k < SIMS && session.live == 0; k++) {
		skip = 0L;
		if (off > 0L) {
			text_start(&r, request, MAXHELLO);
			put_request(&r, sessions[k].target < 0 ? a_session(0) :
			    &sessions[k]);
			skip = (long)r.len;
		}
		sim_judge(k, skip, off);
	}
	want_num("no deadline left", 0L, (long)session.timed);
	want_num("nobody lives", 0L, (long)own.shared.tally[0].live);
}

static void
test_simulation(void)
{
	int i;

	for (i = 0; i < 4000; i++)
		sim_episode();
}

/*
 * OPTION
 */

static char *words[40];
static int nwords;

/* Take a command line apart at its blanks; `' is an empty word. */
static void
split(char *text)
{
	static char copy[400];
	char *p;

	(void)strcpy(copy, text);
	nwords = 0;
	words[nwords++] = "plug";
	for (p = strtok(copy, " "); p != 0; p = strtok((char *)0, " "))
		words[nwords++] = strcmp(p, "`") == 0 ? "" : p;
	words[nwords] = 0;
}

static int
parse(char *text)
{
	world_options();
	said_clear();
	split(text);
	return config_parse(nwords, words);
}

/* A bad command line: exit 5, and one clear line. */
static void
want_bad(char *what, int status)
{
	want_num(what, (long)END_USAGE, (long)status);
	want_num(what, 1L, (long)(strncmp(errs, "plug: ", 6) == 0));
	want_num(what, 1L, (long)(errs_len > 8 && strchr(errs, '\n') ==
	    errs + errs_len - 1));
}

/* True when a TINY build must refuse it: it has no long names and no -w. */
static int
lacking(char *s)
{
	return !HAVE_WORKERS && (strstr(s, "-w") != 0 ||
	    strstr(s, "--retry") != 0 || strstr(s, "--foreground") != 0);
}

/* What workers can't keep without shared memory. */
static char *shared[] = {
	"-w2 -m1 80 1.2.3.4", "-w2 -M1 80 1.2.3.4", "-w2 -f 80 1.2.3.4",
	"80 1.2.3.4,max=3 -w2"
};

static char *goods[] = {
	"80 1.2.3.4", ":80 1.2.3.4", "*:80 1.2.3.4", "1.1.1.1:80 1.2.3.4",
	"80@1.1.1.1 1.2.3.4", "80/1.1.1.1 1.2.3.4",
	"1.1.1.1:80@2.2.2.2 1.2.3.4:90", "*:80@2.2.2.2 1.2.3.4",
	"80 1.2.3.4:65535 2.3.4.5:1 3.4.5.6", "-nld 80 1.2.3.4",
	"80 -n 1.2.3.4 -l", "-- 80 1.2.3.4", "-n -- 80 1.2.3.4",
	"80 1.2.3.4 --", "-r5 80 1.2.3.4", "-r 5 80 1.2.3.4", "-nr5 80 1.2.3.4",
	"-nr 5 80 1.2.3.4", "--retry 5 80 1.2.3.4", "--retry=5 80 1.2.3.4",
	"--foreground 80 1.2.3.4", "-a1.2.3.4 -x* 80 1.2.3.4",
	"-b first -o 80 1.2.3.4", "-o 80 1.2.3.4", "-bcycle 80 1.2.3.4",
	"-b first 80 1.2.3.4", "-i 127.0.0.1 80 1.2.3.4",
	"-i 127.0.0.1 127.0.0.1:80 1.2.3.4", "-i127.0.0.1 *:80 1.2.3.4",
	"-p 127.0.0.1 80 1.2.3.4", "-h 1.1.1.1 80 1.2.3.4",
	"-h 1.1.1.1:3128 80 name.example", "-h u:p@1.1.1.1 80 [::1]:22",
	"-h u:p:q@r@1.1.1.1:8080 80 a-b.c:22", "-h :@1.1.1.1 80 1.2.3.4",
	"-S - 80 1.2.3.4", "-S file -P file 80 1.2.3.4", "-F 80 1.2.3.4",
	"-w 3 80 1.2.3.4", "-E 80 1.2.3.4", "-kf -t 0 80 1.2.3.4",
	"-C1 -T0 -g0 -w1 80 1.2.3.4", "-m 8 80 1.2.3.4",
	"80 1.2.3.4 -r", "-w 8 80 1.2.3.4", "-dd 80 1.2.3.4",
	"80 [::1]", "80 [::1]:80", "[::]:80 1.2.3.4", "[::1]:80 [::1]:81",
	"-i ::1 80 1.2.3.4", "-i [::1] 80 1.2.3.4", "-i ::1 [::1]:80 1.2.3.4",
	"-p ::1 80 [::1]:22", "80@[::1] [::1]:22", "80@::1 [::1]:22",
	"-h [::1]:3128 80 name", "-h u:p@[::1] 80 1.2.3.4", "80 /a /b/c",
	"[2001:db8::1]:80@::1 [::2]", "-a ::1/128 -x 2001:db8::/32 80 1.2.3.4",
	"- 80 1.2.3.4", "80 127.0.0.1:81", "1.1.1.1:80 127.0.0.1:80"
};

static char *bads[] = {
	"", "80", "-n", "`", "` 1.2.3.4", "80 `", "0 1.2.3.4", "65536 1.2.3.4",
	"080 1.2.3.4", "x 1.2.3.4", ": 1.2.3.4", "*: 1.2.3.4", "* 1.2.3.4",
	"*80 1.2.3.4", "*1.1.1.1:80 1.2.3.4", "**:80 1.2.3.4",
	"1.1.1.1 1.2.3.4", "1.1.1.1: 1.2.3.4", "1.1.1:80 1.2.3.4",
	"01.1.1.1:80 1.2.3.4", "1.1.1.1:80: 1.2.3.4", "80: 1.2.3.4",
	"::80 1.2.3.4", "80@ 1.2.3.4", "80@x 1.2.3.4", "80@1.1.1 1.2.3.4",
	"80@1.1.1.1@1.1.1.1 1.2.3.4", "80/ 1.2.3.4", "80/24 1.2.3.4",
	"@1.1.1.1 1.2.3.4", "80x 1.2.3.4", "80,90 1.2.3.4", "-80 1.2.3.4",
	"80 x", "80 1.2.3", "80 1.2.3.4:", "80 1.2.3.4:0", "80 1.2.3.4:65536",
	"80 1.2.3.4:080", "80 1.2.3.4:80x", "80 1.2.3.4x", "80 :80",
	"80 1.2.3.4:80:80", "80 0177.0.0.1", "80 1.2.3.4,5", "80 [::1",
	"80 ::1:80", "80 ::1", "80 [::1]:", "80 [::1]:0", "80 [1.2.3.4]:80",
	"80 [::1%lo]:22", "[::1]80 1.2.3.4", "[::1] 1.2.3.4", "[::]: 1.2.3.4",
	"::1:80 1.2.3.4", "[::]:80 [::1]", "[::]:80 127.0.0.1", "[::1]:80 [::]",
	"[::]:80 0.0.0.0", "[::1]:80 [::1]:80", "80@::1 1.2.3.4",
	"-p ::1 80 1.2.3.4", "-p 1.1.1.1 80 [::1]:22", "-p [::1 80 [::1]:22",
	"-i ::1 1.1.1.1:80 1.2.3.4", "-i ::1 /a 1.2.3.4:5",
	"/a 1.2.3.4", "/a", "/a@ 1.2.3.4:5", "/a@1.1.1.1 1.2.3.4:5",
	"/a,mode= 1.2.3.4:5", "/a,mode=8 1.2.3.4:5", "/a,mode=1000 1.2.3.4:5",
	"/a,mode=00600 1.2.3.4:5", "/a,mod=600 1.2.3.4:5", "/a, 1.2.3.4:5",
	"-a 1.2.3.4 /a 1.2.3.4:5", "-x * /a 1.2.3.4:5", "-p 1.1.1.1 /a 1.2.3.4:5",
	"/a /a", "/a 1.2.3.4:5 /a", "80 /a,b", "80 /a@b", "80 /a\001", "a/b /c",
	"-h 1.1.1.1 80 /a", "-p 1.1.1.1 80 /a", "80 name", "80 localhost:22", "80 1.2.3.4 bad",
	"-Z 80 1.2.3.4", "-nZ 80 1.2.3.4", "--nonsense 80 1.2.3.4",
	"--foreground=1 80 1.2.3.4", "--fore 80 1.2.3.4", "---n 80 1.2.3.4",
	"--=5 80 1.2.3.4", "--retry= 80 1.2.3.4", "--retryx=5 80 1.2.3.4",
	"80 1.2.3.4 --retry", "-a ` 80 1.2.3.4", "-a x 80 1.2.3.4",
	"-a 1.2.3.4/33 80 1.2.3.4", "--accept=1.2.3.4/ 80 1.2.3.4",
	"-x 1.2 80 1.2.3.4", "-b ` 80 1.2.3.4", "-b least1 80 1.2.3.4",
	"-b Cycle 80 1.2.3.4", "-o -b cycle 80 1.2.3.4",
	"-b cycle -o 80 1.2.3.4", "-i ` 80 1.2.3.4", "-i x 80 1.2.3.4",
	"-i 1.2.3.4:80 80 1.2.3.4", "-i 1.1.1.1 2.2.2.2:80 1.2.3.4",
	"-p x 80 1.2.3.4", "-p ` 80 1.2.3.4", "-h ` 80 1.2.3.4",
	"-h x 80 1.2.3.4", "-h 1.1.1.1: 80 1.2.3.4", "-h 1.1.1.1:0 80 1.2.3.4",
	"-h 1.1.1.1:80x 80 1.2.3.4", "-h u@1.1.1.1 80 1.2.3.4",
	"-h @1.1.1.1 80 1.2.3.4", "-h u:p@ 80 1.2.3.4",
	"-h u:\001@1.1.1.1 80 1.2.3.4", "-h u\177:@1.1.1.1 80 1.2.3.4",
	"-h 1.1.1.1 80 na_me", "-h 1.1.1.1 80 na/me", "-h 1.1.1.1 80 \351:80",
	"-h 1.1.1.1 80 name:", "-h 1.1.1.1 80 name:0", "-h 1.1.1.1 80 :80",
	"-h 1.1.1.1 80 [::1", "-h 1.1.1.1 80 []", "-h 1.1.1.1 80 [::g]",
	"-h 1.1.1.1 80 [::1]x", "-h 1.1.1.1 80 a\r\nb", "-S ` 80 1.2.3.4",
	"-P ` 80 1.2.3.4", "-F -w 2 80 1.2.3.4", "-w2 -F 80 1.2.3.4",
	"-m 9901 80 1.2.3.4", "-w 256 80 1.2.3.4", "80 1.2.3.4 -w",
	"80 127.0.0.1", "80 127.0.0.1:80", "80 127.9.9.9",
	"1.2.3.4:80 1.2.3.4", "-i 1.2.3.4 80 9.9.9.9 1.2.3.4:80",
	"80 0.0.0.0", "-V1 80", "--version=3"
};

static void
test_option_words(void)
{
	int i;

	for (i = 0; i < COUNT(goods); i++) {
		if (strcmp(goods[i], "80 1.2.3.4 -r") == 0)
			continue;
		if (lacking(goods[i])) {
			want_bad(goods[i], parse(goods[i]));
			continue;
		}
		want_num(goods[i], 0L, (long)parse(goods[i]));
		want_str(goods[i], "", errs);
		want_num(goods[i], 1L, (long)(lone.source.port == 80));
	}
	for (i = 0; i < COUNT(bads); i++) {
		if (strncmp(bads[i], "-V", 2) == 0)
			continue;
		want_bad(bads[i], parse(bads[i]));
	}
	for (i = 0; i < COUNT(shared); i++)
		if (HAVE_SHARE && HAVE_WORKERS)
			want_num(shared[i], 0L, (long)parse(shared[i]));
		else
			want_bad(shared[i], parse(shared[i]));
}

/* A listener on every address of the machine hears its own loopback. */
static char *loops[] = {
	"80 127.0.0.1", "*:80 127.0.0.1", "80 0.0.0.0", "0.0.0.0:80 127.0.0.1",
	"-i 0.0.0.0 80 127.0.0.1:80", "127.0.0.1:80 127.0.0.1:80",
	"127.0.0.1:80 0.0.0.0"
};

static void
test_option_loops(void)
{
	int i;

	for (i = 0; i < COUNT(loops); i++)
		want_bad(loops[i], parse(loops[i]));
}

static char *numbers[] = {
	"0", "1", "2", "7", "8", "9", "254", "255", "256", "9900", "9901",
	"31535999", "31536000", "31536001", "2147483647", "2147483648",
	"4294967296", "4294967297", "99999999999999999999", "-1", "+1", "01",
	"00", "0x1", "1e3", "1.5", "1s", "x", "1\351", "\3701", "'1'", "1,", "`"
};

/* Digits alone, no leading zero, in the option's limits: by comparing text. */
static int
plain_number(char *s, long min, long max)
{
	char text[40];
	int i;

	for (i = 0; s[i] != '\0'; i++)
		if (strchr("0123456789", s[i]) == 0)
			return 0;
	if (i == 0 || i > 10 || (s[0] == '0' && i > 1))
		return 0;
	(void)sprintf(text, "%ld", max);
	if (i > (int)strlen(text) ||
	    (i == (int)strlen(text) && strcmp(s, text) > 0))
		return 0;
	return min == 0L || strcmp(s, "0") != 0;
}

/* Ways to write an option with its value: -r 5, -nr5, --retry=5, --retry 5. */
#ifdef TINY
#define FORMS 2				/* without the long names */
#define NAME(o) "none"
#else
#define FORMS 4
#define NAME(o) (o)->name
#endif

static void
number_try(struct option *o, char *value, int form)
{
	char text[400], *v;
	int ok;

	v = strcmp(value, "`") == 0 ? "" : value;
	ok = plain_number(v, (long)o->min, OPTION_MAX(o));
	switch (form) {
	case 0:
		(void)sprintf(text, "80 1.2.3.4 -%c %s", o->letter, value);
		break;
	case 1:
		(void)sprintf(text, "-n%c%s 80 1.2.3.4", o->letter,
		    *v == '\0' ? " `" : v);
		break;
	case 2:
		(void)sprintf(text, "--%s=%s 80 1.2.3.4", NAME(o), v);
		break;
	default:
		(void)sprintf(text, "--%s %s 80 1.2.3.4", NAME(o), value);
	}
	if (!ok) {
		want_bad(text, parse(text));
		return;
	}
	want_num(text, 0L, (long)parse(text));
	want_num(text, atol(v), *o->number);
}

static void
test_option_numbers(void)
{
	struct option *o;
	int i, form;

	for (o = options; o->letter != 0; o++)
		for (i = 0; o->max != 0L && i < COUNT(numbers); i++)
			for (form = 0; form < FORMS; form++)
				number_try(o, numbers[i], form);
}

static void
test_option_switches(void)
{
	struct option *o;
	char *source;
	char text[64];

	for (o = options; o->letter != 0; o++) {
		if (OPTION_VALUE(o) || o->number == 0)
			continue;
		source = o->letter == 'I' ? "" : "80";
		(void)sprintf(text, "-%c %s 1.2.3.4", o->letter, source);
		want_num(text, 0L, (long)parse(text));
		want_num(text, 1L, *o->number);
		(void)sprintf(text, "%s --%s= 1.2.3.4", source, NAME(o));
		want_bad(text, parse(text));
		(void)sprintf(text, "%s --%s 1.2.3.4", source, NAME(o));
		if (FORMS == 2) {
			want_bad(text, parse(text));
			continue;
		}
		want_num(text, 0L, (long)parse(text));
		want_num(text, 1L, *o->number);
	}
	want_num("-ddd", 0L, (long)parse("-ddd 80 1.2.3.4"));
	want_num("-ddd", 3L, conf.debug);
	want_num("-d implies -n", 1L, (long)conf.foreground);
	(void)parse("-S - 80 1.2.3.4");
	want_num("-S - implies -n", 1L, (long)conf.foreground);
	want_str("-S -", "-", conf.sessions);
	(void)parse("-S file 80 1.2.3.4");
	want_num("-S file does not", 0L, (long)conf.foreground);
	(void)parse("-o 80 1.2.3.4");
	want_num("-o is -b first", (long)B_FIRST, (long)lone.balance);
	want_num("no value", (long)END_USAGE, (long)parse("80 1.2.3.4 -r"));
}

/* Values of 64 KB, and with every byte there is: one line, exit 5. */
static void
test_option_huge(void)
{
	static char word[65537];
	static char *argv[8];
	struct option *o;
	int c, fill;

	for (o = options; o->letter != 0; o++) {
		if (OPTION_VALUE(o)== 0)
			continue;
		for (c = 1; c < 256; c += c < 34 ? 1 : 13) {
			fill = c == 2 ? '9' : c == 3 ? '0' : c == 4 ? '@' : c;
			(void)memset(word, fill, sizeof word - 1);
			world_options();
			said_clear();
			words[1] = word;
			argv[0] = "plug";
			argv[1] = "--";
			argv[1] = "80";
			argv[2] = "1.2.3.4";
			(void)memset(word, '-', 2);
			word[1] = (char)o->letter;
			argv[3] = word;
			want_bad(NAME(o), config_parse(4, argv));
		}
	}
	(void)memset(word, '7', sizeof word - 1);
	for (c = 1; c < 3; c++) {
		world_options();
		said_clear();
		argv[1] = "80";
		argv[2] = "1.2.3.4";
		argv[c] = word;
		want_bad("operand", config_parse(3, argv));
	}
}

static void
test_option_tables(void)
{
	static char text[400];
	int i;

	(void)strcpy(text, "80");
	for (i = 0; i < MAXTARGET; i++)
		(void)strcat(text, " 1.2.3.4");
	want_num("as many targets as there are rows", 0L, (long)parse(text));
	want_num("targets", (long)MAXTARGET, (long)lone.ntarget);
	(void)strcat(text, " 1.2.3.4");
	want_bad("one target more", parse(text));
	(void)strcpy(text, "80 1.2.3.4");
	for (i = 0; i < MAXRULE; i++)
		(void)strcat(text, " -a1.2.3.4");
	want_num("as many rules as there are rows", 0L, (long)parse(text));
	want_num("rules", (long)MAXRULE, (long)lone.nrule);
	(void)strcat(text, " -x1.2.3.4");
	want_bad("one rule more", parse(text));
	(void)memset(text, 0, sizeof text);
	(void)strcpy(text, "-h 1.1.1.1 80 ");
	(void)memset(text + 14, 'n', MAXNAME);
	want_num("the longest name", 0L, (long)parse(text));
	text[14 + MAXNAME] = 'n';
	want_bad("a name too long", parse(text));
}

struct sourcecase {
	char *line;
	char *source;		/* as it will be bound */
	int tagged;
	char *from;		/* or 0 */
};

static struct sourcecase sourcecases[] = {
	{ "80 1.2.3.4", "0.0.0.0:80", 0, 0 },
	{ ":80 1.2.3.4", "0.0.0.0:80", 0, 0 },
	{ "*:80 1.2.3.4", "0.0.0.0:80", 0, 0 },
	{ "1.1.1.1:80 1.2.3.4", "1.1.1.1:80", 1, 0 },
	{ "1.1.1.1:80@2.2.2.2 1.2.3.4", "1.1.1.1:80", 1, "2.2.2.2" },
	{ "80@2.2.2.2 1.2.3.4", "0.0.0.0:80", 0, "2.2.2.2" },
	{ ":80/2.2.2.2 1.2.3.4", "0.0.0.0:80", 0, "2.2.2.2" },
	{ "-i 1.1.1.1 80 1.2.3.4", "1.1.1.1:80", 1, 0 },
	{ "80 1.2.3.4 -i 1.1.1.1", "1.1.1.1:80", 1, 0 },
	{ "-i 1.1.1.1 *:80 1.2.3.4", "1.1.1.1:80", 1, 0 },
	{ "-i 9.9.9.9 -i 1.1.1.1 80 1.2.3.4", "1.1.1.1:80", 1, 0 },
	{ "-p 3.3.3.3 80 1.2.3.4", "0.0.0.0:80", 0, "3.3.3.3" }
};

static void
test_option_source(void)
{
	struct sourcecase *c;
	struct text t;
	char buf[64];
	int i;

	for (i = 0; i < COUNT(sourcecases); i++) {
		c = &sourcecases[i];
		want_num(c->line, 0L, (long)parse(c->line));
		text_start(&t, buf, (int)sizeof buf);
		put_addr(&t, &lone.source);
		want_str(c->line, c->source, buf);
		want_num(c->line, (long)c->tagged, (long)lone.tagged);
		want_num(c->line, (long)(c->from != 0),
		    (long)(lone.from.family == 4));
		if (c->from == 0)
			continue;
		text_start(&t, buf, (int)sizeof buf);
		put_ip(&t, &lone.from);
		want_str(c->line, c->from, buf);
	}
}

struct targetcase {
	char *line;
	char *target;		/* the first one, as logged */
	int named;		/* only the proxy can resolve it */
};

static struct targetcase targetcases[] = {
	{ "80 [::1]", "[::1]:80", 0 },
	{ "80 [2001:0DB8:0:0::0001]:22", "[2001:db8::1]:22", 0 },
	{ "80 [::ffff:1.2.3.4]:22", "1.2.3.4:22", 0 },
	{ "80 /run/socket", "/run/socket", 1 },
	{ "/run/a /run/b", "/run/b", 1 },
	{ "/run/a,mode=666 [::1]:5", "[::1]:5", 0 },
	{ "80 1.2.3.4", "1.2.3.4:80", 0 },
	{ "80 1.2.3.4:22", "1.2.3.4:22", 0 },
	{ "1.1.1.1:8080 1.2.3.4", "1.2.3.4:8080", 0 },
	{ "-h 1.1.1.1 80 1.2.3.4", "1.2.3.4:80", 0 },
	{ "-h 1.1.1.1 80 name", "name:80", 1 },
	{ "80 name:22 -h 1.1.1.1", "name:22", 1 },
	{ "-h 1.1.1.1 80 a.B-9.example:22", "a.B-9.example:22", 1 },
	{ "-h 1.1.1.1 80 1.2.3.4.example", "1.2.3.4.example:80", 1 },
	{ "-h 1.1.1.1 80 [2001:db8::1]", "[2001:db8::1]:80", 0 },
	{ "-h 1.1.1.1 80 [::ffff:1.2.3.4]:22", "1.2.3.4:22", 0 },
	{ "-h 1.1.1.1 80 127.0.0.1", "127.0.0.1:80", 0 }
};

static void
test_option_target(void)
{
	struct targetcase *c;
	struct text t;
	char buf[400];
	int i;

	for (i = 0; i < COUNT(targetcases); i++) {
		c = &targetcases[i];
		want_num(c->line, 0L, (long)parse(c->line));
		text_start(&t, buf, (int)sizeof buf);
		put_target(&t, &targets[0], 0);
		want_str(c->line, c->target, buf);
		want_num(c->line, (long)c->named, (long)(targets[0].name != 0));
	}
}

/* What looks like an address and is none is not a name either. */
static char *nonames[] = {
	"1.2.3.256", "1.2.3", "127.1", "0177.0.0.1", "010.1.1.1", "1.2.3.4.5",
	"3232235777"
};

static void
test_option_no_name(void)
{
	char text[64];
	int i;

	for (i = 0; i < COUNT(nonames); i++) {
		(void)sprintf(text, "-h 1.1.1.1 80 %s", nonames[i]);
		want_bad(text, parse(text));
	}
}

static void
test_option_via(void)
{
	(void)parse("-h 1.1.1.1 80 x");
	want_num("default port", 80L, (long)lone.via.port);
	want_num("no password", 1L, (long)(lone.auth == 0));
	(void)parse("-h u:p@q@1.1.1.1:3128 80 x");
	want_num("port", 3128L, (long)lone.via.port);
	want_str("password up to the last @", "u:p@q", lone.auth);
}

/*
 * EVENTS: what ev_set() and the others promise, however this build waits.
 * Descriptors are real ones here.
 */

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
	int sv[2], pid, st;

	events_pair(sv);
	(void)ev_set(sv[0], 7, EV_READ);
	(void)fflush(stdout);
	pid = (int)fork();
	if (pid == 0)
		events_child(sv[0], sv[1]);
	st = -1;
	want_num("ended", (long)pid, (long)waitpid(pid, &st, 0));
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

#ifdef TINY
#define test_user_find test_option_via
#else
/* Entries of passwd(5), the last of them without its end. */
static void
test_user_find(void)
{
	static char text[] = "root:x:0:0:root:/root:/bin/sh\nplain\n:x:7:7::/:\n\
a:x:12x:1::/:\none:x:12:34::/:\ntwo:x:56:78";
	char file[64];
	long id, group;
	int fd;

	(void)sprintf(file, "unit-passwd.%ld", (long)getpid());
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		return;
	want_num("written", (long)sizeof text - 1,
	    (long)write(fd, text, sizeof text - 1));
	(void)close(fd);
	id = group = NEVER;
	want_num("a name", 1L, (long)value_find(file, "one", &id, &group));
	want_num("its number", 12L, id);
	want_num("its group", 34L, group);
	want_num("the last", 1L, (long)value_find(file, "two", &id, &group));
	want_num("its number", 56L, id);
	want_num("its group", 78L, group);
	id = 12L;
	want_num("a number", 1L, (long)value_find(file, (char *)0, &id, &group));
	want_num("its group", 34L, group);
	want_num("no name", 0L, (long)value_find(file, "tw", &id, &group));
	want_num("no number", 0L, (long)value_find(file, "a", &id, &group));
	(void)unlink(file);
	want_num("no file", 0L, (long)value_find(file, "one", &id, &group));
}
#endif

#if !HAVE_WORKERS
#define test_loop_rows test_option_via
#else
/* A reload needs rows for its workers; fewer rows keep -M and max count. */
static void
test_loop_rows(void)
{
	int was;

	was = self.role;
	self.role = P_MASTER;
	conf.workers = 3L;
	PLACE = 0L;
	child.live = MAXCHILD - 3;
	plug.fresh[0] = 0;
	plug.nfresh = 1;
	NTRAFFIC = 7;
	plugs[0].most = 0L;
	plugs[0].capped = 0;
	want_num("room for three", 0L, (long)reload_rows());
	child.live++;
	want_num("room for two", (long)END_SYSTEM, (long)reload_rows());
	plugs[0].most = 1L;
	child.live = 3;
	want_num("room with -M", 0L, (long)reload_rows());
	child.live++;
	want_num("no room with -M", (long)END_SYSTEM, (long)reload_rows());
	plugs[0].most = 0L;
	want_num("room without", 0L, (long)reload_rows());
	plugs[0].balance = B_LEAST;
	want_num("no room with least", (long)END_SYSTEM, (long)reload_rows());
	plugs[0].balance = B_CYCLE;
	self.role = P_FORKER;
	child.live = MAXCHILD;
	want_num("-F needs none", 0L, (long)reload_rows());
	self.role = was;
	conf.workers = 0L;
	child.live = plug.nfresh = 0;
	NTRAFFIC = 1;
}
#endif

static struct test tests[] = {
	{ "numbers are read wrong, wrap or overflow", test_scan_num },
	{ "numbers out of range are taken", test_scan_ranges },
	{ "lines are written past their end", test_text_bounds },
	{ "numbers are printed wrong", test_put_digits },
	{ "byte counts are wrong beyond 2^32", test_put_count },
	{ "words from outside forge log lines", test_put_safe },
	{ "durations are wrong", test_put_since },
	{ "deadlines come too early or never", test_elapsed },
	{ "the clock runs backwards", test_clock },
	{ "odd addresses are taken", test_scan_host },
	{ "IPv6 is not read or printed as elsewhere", test_ip6 },
	{ "an IPv4-mapped address is another", test_mapped },
	{ "odd ports are taken", test_scan_port },
	{ "addresses match wrong nets", test_addr_match },
	{ "clients crowd in one bucket", test_addr_hash },
	{ "addresses change on their way through the system",
	    test_addr_system },
	{ "rules mean something else", test_scan_rule },
	{ "masks are counted wrong", test_rule_mask },
	{ "wrong clients are admitted", test_rule_model },
	{ "wrong IPv6 clients are admitted", test_rule_model6 },
	{ "the order of rules is not kept", test_rule_order },
	{ "cycle does not cycle", test_target_cycle },
	{ "first is not the first", test_target_first },
	{ "a session tries a target twice or not at all",
	    test_target_twice },
	{ "a dead target is tried too early, by many or never",
	    test_target_trial },
	{ "a death is told twice", test_target_verdicts },
	{ "wrong targets are picked", test_target_model },
	{ "targets do not get their shares", test_target_shares },
	{ "max, backup, drain or health are not kept", test_target_kinds },
	{ "a target is over its max", test_target_max },
	{ "-b hash moves others' clients", test_target_hash },
	{ "memory overrides backup, max or drain", test_target_hint },
	{ "a client loses its target", test_sticky_keep },
	{ "clients are remembered too long or too short",
	    test_sticky_expiry },
	{ "a full bucket forgets the wrong client", test_sticky_evict },
	{ "a living client is forgotten for an expired one's place",
	    test_sticky_expired_first },
	{ "a torn entry does harm", test_sticky_torn },
	{ "a torn time makes an entry immortal", test_sticky_future },
	{ "blocks are lost or given twice", test_blocks },
	{ "pipes are lost or given with bytes in them", test_kpipes },
	{ "pipes are asked for again and again", test_kpipe_refused },
	{ "proxy answers are misread", test_hello_answers },
	{ "an answer that is none counts as a status",
	    test_hello_code_digits },
	{ "a proxy's answer has no bounds", test_hello_bounds },
	{ "endless 1xx answers have no bounds", test_hello_endless },
	{ "passwords are sent wrong", test_base64 },
	{ "the request is wrong", test_request },
	{ "the longest request is cut", test_request_fits },
	{ "TAG is wrong", test_tag },
	{ "syslog lines are wrong", test_log_lines },
	{ "a line has no end", test_log_long_name },
	{ "session lines are wrong", test_session_line },
	{ "refused clients flood the log, or are not counted",
	    test_refused_limit },
	{ "a torn session line spoils the next", test_slog_torn },
	{ "a full disk fills the memory", test_slog_full },
	{ "trouble with the session log gets into it", test_slog_trouble },
	{ "wrong events are wanted", test_session_want },
	{ "bytes are lost in short writes", test_relay_short_writes },
	{ "a signal loses bytes", test_relay_interrupted },
	{ "a half-close is lost, or early", test_relay_half_close },
	{ "a reset that a write has seen becomes a clean end",
	    test_relay_reset_eaten },
	{ "a reset that splice has seen becomes a clean end",
	    test_relay_reset_spliced },
	{ "a reset is not passed on", test_relay_reset_passed },
	{ "a close after the end counts as a cut",
	    test_relay_end_then_reset },
	{ "who could not be given all takes it for all, or waits for ever",
	    test_relay_half_given },
	{ "the last bytes are lost when the client still sends",
	    test_relay_tail },
	{ "without blocks bytes are lost or doubled", test_relay_peek },
	{ "a starved direction never goes on", test_relay_unstuck },
	{ "bulk begins too early, loses bytes or keeps its pipe",
	    test_relay_bulk },
	{ "an idle session holds a block or a pipe",
	    test_relay_idle_holds },
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
	{ "plug wakes for nothing", test_relay_asleep },
	{ "a shortage of memory is somebody's end, or a spin",
	    test_relay_shortage },
	{ "a shortage of memory loses or invents an end",
	    test_relay_shortage_end },
	{ "bytes of one session reach another", test_relay_pipe_reused },
	{ "one session has all the turns", test_relay_budget },
	{ "idle sessions end too early, never or cleanly",
	    test_relay_idle },
	{ "a dead target costs the client something",
	    test_connect_failover },
	{ "no target left is not told", test_connect_none },
	{ "a silent target is waited for for ever",
	    test_connect_timeout },
	{ "a target is blamed for others", test_connect_blame },
	{ "a session that finds no descriptor is lost, or waits for ever",
	    test_connect_starved },
	{ "a trial is held by a session that is gone",
	    test_connect_trial_freed },
	{ "a socket talks to itself", test_connect_self },
	{ "one target without a local port ends the session",
	    test_connect_ports },
	{ "a stale event passes for a handshake", test_connect_stale },
	{ "early bytes are lost, or without bound",
	    test_connect_early },
	{ "CONNECT goes wrong", test_via },
	{ "a proxy that is away is the target's fault",
	    test_via_unreached },
	{ "a proxy that is silent is waited for for ever",
	    test_via_silent },
	{ "a refused client costs more than its close",
	    test_accept_refused },
	{ "the limit of sessions is not kept, or for ever",
	    test_accept_limit },
	{ "a full table is written past, or waits for nothing",
	    test_accept_rows },
	{ "a child that dies before it runs keeps a trial, or is not counted",
	    test_fork_stillborn },
	{ "a session that a child has told of is told twice",
	    test_fork_told },
	{ "a client without a process is lost, or others are",
	    test_fork_waits },
	{ "-M counts sessions that have ended", test_fork_guests },
	{ "accept spins, or stops for nothing", test_accept_errors },
	{ "accept that always fails spins", test_accept_fails },
	{ "a client without an address is a unix socket's",
	    test_accept_nameless },
#if defined(USE_EPOLL) || defined(USE_KQUEUE)
	{ "what events refuse is deaf for ever", test_events_refuse },
#endif
	{ "events come unwanted, twice or not at all", test_events_wanted },
	{ "an end comes without its bytes, or spins", test_events_end },
	{ "an event of one descriptor is another's", test_events_stale },
	{ "what the system refused is taken for wanted",
	    test_events_refused },
	{ "a child hears its parent's events, or closes what is not its own",
	    test_events_fork },
	{ "the loop sleeps too long or wakes for nothing",
	    test_loop_sleep },
	{ "SIGTERM drops who is waiting, or never ends", test_drain },
	{ "the status is wrong", test_status },
#ifndef TINY
	{ "bytes for people are wrong", test_put_bytes },
	{ "times and numbers for people are wrong", test_put_span },
	{ "a bar shows another load", test_put_bar },
	{ "a name ends a label or begins a tag", test_put_quoted },
	{ "where a request is cut changes its answer", test_query_splits },
	{ "where noise is cut changes its answer", test_query_noise },
	{ "a piece of the status page is cut", test_query_pieces },
	{ "probes come in crowds", test_check_spread },
	{ "what a probe says or expects is misread", test_scan_said },
#endif
	{ "peers who do what they like break a stream", test_simulation },
	{ "a command line is misread", test_option_words },
	{ "plug connects to itself", test_option_loops },
	{ "wrong numbers are taken", test_option_numbers },
	{ "switches don't switch", test_option_switches },
	{ "a huge word does harm", test_option_huge },
	{ "tables overflow", test_option_tables },
	{ "sources mean something else", test_option_source },
	{ "targets mean something else", test_option_target },
	{ "a wrong address is sent as a name", test_option_no_name },
	{ "the proxy's address is misread", test_option_via },
	{ "a user is not found, or another", test_user_find },
	{ "a reload leaves no workers", test_loop_rows }
};

int
main(int argc, char **argv)
{
	int i, passed, failed;
	unsigned long seed;
	char *end;

	seed = 1L;
	if (argc > 1) {
		seed = strtoul(argv[1], &end, 10);
		if (argc > 2 || argv[1][0] < '0' || argv[1][0] > '9' || *end != '\0') {
			(void)fprintf(stderr, "usage: unit [seed]\n");
			return 2;
		}
	}
	rnd_seed(seed);
	lots_fill();
	passed = failed = 0;
	for (i = 0; i < COUNT(tests); i++) {
		test_name = tests[i].name;
		test_bad = 0;
		rnd_seed(seed + (unsigned long)i);
		tests[i].run();
		if (test_bad > 8)
			(void)printf("FAIL %s: and %d more\n", test_name,
			    test_bad - 8);
		if (test_bad > 0)
			failed++;
		else
			passed++;
		(void)fflush(stdout);
	}
	(void)printf("%d passed, %d failed\n", passed, failed);
	(void)fflush(stdout);
	fake_all_gone();
	fd_closefrom(3);
	return failed > 0;
}

/*
 * bench.c: what one proxy costs under one load.
 *
 *	bench KIND [name=value ...] [-- PROXY [word ...]]
 *
 * Starts a server at `to', PROXY in front of it, which must listen at `at',
 * and is their client; without PROXY it goes to the server itself.  Ends both
 * and says what was measured, a name and a number on each line, and "ok" when
 * all was done and each byte was right, or "FAIL" and why not.
 *
 *	bulk	n streams at once, mib MiB in all, from the server, or to it
 *		with up=1: cpu in ms/GiB, rate in MiB/s
 *	short	count connections, n at once, an exchange each: cpu in us for
 *		one, rate of them a second
 *	exchange	count exchanges on n sessions: the same
 *	ping	exchanges on a session beside n streams from the server, for
 *		ms: p50 and p99 in us, the streams' rate in MiB/s
 *	idle	n sessions of which nothing is heard for ms: rss in bytes for
 *		one, all in KiB, cpu in ms a second
 *	burst	n connects in a row, then an exchange on each: drops, SYNs that
 *		found a queue full; ms until all are served; cpu in us for one
 *
 * An exchange is 64 bytes there and back.  Further names:
 *
 *	beside=n	of so many other sessions nothing is heard meanwhile
 *	ports=n		the proxy listens on so many ports, clients take turns
 *	trace=file	strace counts: calls, for one connection or exchange;
 *			cpu and rate are not told
 *	hold=uid	this user's pipe pages are used up meanwhile
 *	as=uid		the proxy runs as this user
 *	say=file	what the proxy says
 *	limit=secs	it may take so long, 60
 *	wrong=1, 2	the server spoils its streams, or what it gives back
 *
 * cpu is that of all processes of PROXY, those that it has left to themselves
 * too, from /proc: nanoseconds of those that are there, ticks of those that
 * they have waited for.  Memory is the sum of their resident pages, so shared
 * ones count for each.  Linux only.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FDS 65536		/* descriptors, and sessions, at once */
#define HEAD 16			/* bytes of what a connection asks for */
#define MESSAGE 64		/* bytes of an exchange, the head included */
#define PERIOD 4093L		/* the stream's bytes come again */
#define BLOCK 131072L		/* bytes of one read or write */
#define STEP 16384L		/* bytes of one comparison */
#define EVENTS 256
#define WARM 50			/* connections before anything is measured */
#define PINGS 100000
#define PROCS 32768
#define TRACED 500		/* processes of one strace */
#define MIB 1048576.0

/* What an end of a connection waits for. */
#define E_NOTHING 0
#define E_HEAD 1		/* server: what is wanted? */
#define E_ECHO 2		/* server: bytes to give back */
#define E_CONNECT 3
#define E_ANSWER 4		/* a message comes back */
#define E_SEND 5		/* room for the stream's next bytes */
#define E_RECEIVE 6		/* the stream's next bytes */
#define E_VERDICT 7		/* were all right? */
#define E_END 8			/* the other one closes */

struct end {
	int fd;
	int waits;
	int id;			/* where in the pattern its bytes begin */
	int got;		/* bytes of the head, or of a message */
	int bad;		/* a byte was wrong */
	char asks;		/* the letter of its head */
	long count;		/* messages that have come back */
	long off, left;		/* bytes of the stream: moved, to be moved */
	char buf[MESSAGE];
};

/* What those who play the streams beside pings tell. */
struct told {
	double moved;		/* bytes */
	int ready;		/* all streams run */
	int bad;
};

static struct end ends[FDS];
static struct sockaddr_in at, to;
static char pattern[PERIOD + BLOCK], block[HEAD + BLOCK];
static double pings[PINGS];
static int ep, server_pid, proxy_pid, strace_pid, hold_pid, bulk_pid;
static int turn;		/* the next port */
static struct told *told;
static volatile sig_atomic_t over;

static long n = 1L, mib = 64L, up, count = 1000L, ms = 1000L, beside;
static long ports = 1L, hold, as, wrong, limit = 60L;
static char *trace, *say;
static char **proxy;		/* 0: none */
static double deadline;

/* All processes, and which of them are looked at. */
static struct proc {
	int pid, parent, ours;
	char state;		/* Z: it has ended, and nobody has waited */
	long waited;		/* ticks of those that it has waited for */
	long own;		/* and its own */
	long pages;
} procs[PROCS];
static int nproc;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
rest(int milliseconds)
{
	poll((struct pollfd *)0, 0, milliseconds);
}

/*
 * Processes.
 */
/* The fields of /proc/PID/stat; 0 if it has gone. */
static int
proc_read(struct proc *p, int pid)
{
	char path[64], line[1024], *s;
	long own[2], waited[2];
	int got;
	FILE *f;

	sprintf(path, "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (f == 0)
		return 0;
	s = fgets(line, sizeof line, f);
	fclose(f);
	s = s == 0 ? (char *)0 : strrchr(line, ')');
	if (s == 0)
		return 0;
	got = sscanf(s + 2, "%c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
	    "%ld %ld %ld %ld %*d %*d %*d %*d %*u %*u %ld",
	    &p->state, &p->parent, &own[0], &own[1], &waited[0], &waited[1], &p->pages);
	p->pid = pid;
	p->own = own[0] + own[1];
	p->waited = waited[0] + waited[1];
	p->ours = 0;
	return got == 7;
}

/* One that we have started beside the proxy. */
static int
helper(int pid)
{
	return pid == server_pid || pid == hold_pid || pid == bulk_pid ||
	    pid == strace_pid;
}

/* Is it below us, as far as it can be told by those that are marked? */
static int
below(struct proc *p, int all)
{
	int i;

	if (p->parent == (int)getpid())
		return all || !helper(p->pid);
	for (i = 0; i < nproc; i++)
		if (procs[i].ours && procs[i].pid == p->parent)
			return 1;
	return 0;
}

/*
 * The proxy's processes are ours: all below us, as orphans become our
 * children, but the helpers if not all are asked for.  How many live.
 */
static int
tree(int all)
{
	struct dirent *e;
	DIR *d;
	int i, more, live;

	d = opendir("/proc");
	for (nproc = 0; d != 0 && nproc < PROCS && (e = readdir(d)) != 0; )
		nproc += e->d_name[0] >= '1' && e->d_name[0] <= '9' &&
		    proc_read(&procs[nproc], atoi(e->d_name));
	if (d != 0)
		closedir(d);
	live = 0;
	do {
		more = 0;
		for (i = 0; i < nproc; i++) {
			if (procs[i].ours || !below(&procs[i], all))
				continue;
			procs[i].ours = 1;
			live += procs[i].state != 'Z';
			more++;
		}
	} while (more > 0);
	return live;
}

/* Nanoseconds of a process that lives, 0 where that is not told. */
static double
lived(int pid)
{
	char path[64 + 256];
	struct dirent *e;
	double sum, part;
	FILE *f;
	DIR *d;

	sprintf(path, "/proc/%d/task", pid);
	d = opendir(path);
	for (sum = 0.0; d != 0 && (e = readdir(d)) != 0; ) {
		sprintf(path, "/proc/%d/task/%.200s/schedstat", pid, e->d_name);
		f = e->d_name[0] == '.' ? (FILE *)0 : fopen(path, "r");
		if (f == 0)
			continue;
		if (fscanf(f, "%lf", &part) == 1)
			sum += part;
		fclose(f);
	}
	if (d != 0)
		closedir(d);
	return sum;
}

/* Seconds of processor that those of the last tree() have had. */
static double
tree_cpu(void)
{
	double sum, own, tick;
	int i;

	tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
	for (sum = 0.0, i = 0; i < nproc; i++) {
		if (!procs[i].ours)
			continue;
		own = lived(procs[i].pid) / 1e9;
		sum += own > 0.0 ? own : (double)procs[i].own * tick;
		sum += (double)procs[i].waited * tick;
	}
	return sum;
}

/* And their bytes of memory. */
static double
tree_rss(void)
{
	double sum;
	int i;

	for (sum = 0.0, i = 0; i < nproc; i++)
		if (procs[i].ours)
			sum += (double)procs[i].pages;
	return sum * (double)sysconf(_SC_PAGESIZE);
}

/* All that is below us ends: two seconds to do it well. */
static void
end_all(void)
{
	double late;
	int i, sig;

	sig = SIGTERM;
	if (server_pid > 0)
		kill((pid_t)server_pid, SIGKILL);
	if (bulk_pid > 0)
		kill((pid_t)bulk_pid, SIGKILL);
	for (late = now() + 2.0; now() < late + 3.0; rest(5)) {
		while (waitpid(-1, (int *)0, WNOHANG) > 0)
			;
		if (waitpid(-1, (int *)0, WNOHANG) < 0 && errno == ECHILD)
			break;
		if (sig == 0 && now() < late)
			continue;
		tree(1);
		for (i = 0; i < nproc; i++)
			if (procs[i].ours)
				kill((pid_t)procs[i].pid, sig == 0 ? SIGKILL : sig);
		sig = 0;
	}
}

static void
die(char *what)
{
	int was;

	was = errno;
	if (told != 0)
		told->bad = 1;
	if (server_pid > 0)
		end_all();
	printf(was ? "FAIL %s (%s)\n" : "FAIL %s\n", what, strerror(was));
	fflush(stdout);
	_exit(1);
}

static void
on_signal(int sig)
{
	over = sig;
}

/* A process of ours: it must not outlive us, nor do as we do on a signal. */
static int
child(void)
{
	int pid;

	fflush(stdout);
	pid = (int)fork();
	if (pid < 0)
		die("fork");
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	server_pid = 0;
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGALRM, SIG_DFL);
	return 0;
}

/* Still time? */
static void
hurry(void)
{
	errno = 0;
	if (over)
		die("told to end");
	if (now() > deadline)
		die("it takes too long");
}

/*
 * Both ends.
 */
static void
watch(int how, struct end *e, unsigned want)
{
	struct epoll_event ev;

	memset(&ev, 0, sizeof ev);
	ev.events = want;
	ev.data.u32 = (unsigned)(e - ends);
	if (epoll_ctl(ep, how, e->fd, &ev) < 0)
		die("epoll_ctl");
}

static void
no_delay(int fd)
{
	int on;

	on = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* Bytes that would let nobody pass who loses, doubles or moves one. */
static void
pattern_make(void)
{
	unsigned long seed;
	long i;

	seed = 1UL;
	for (i = 0L; i < PERIOD; i++) {
		seed = seed * 1103515245UL + 12345UL;
		pattern[i] = (char)(seed >> 16 & 255UL);
	}
	for (; i < (long)sizeof pattern; i++)
		pattern[i] = pattern[i - PERIOD];
}

/* The bytes of stream id from off. */
static char *
bytes(int id, long off)
{
	return pattern + (off + 131L * (long)id) % PERIOD;
}

static int
right(char *p, long len, int id, long off)
{
	long part;

	for (; len > 0L; len -= part) {
		part = len < STEP ? len : STEP;
		if (memcmp(p, bytes(id, off), (size_t)part) != 0)
			return 0;
		p += part;
		off += part;
	}
	return 1;
}

/* The stream's next bytes go out: 0, or -1 if they can't. */
static int
stream_out(struct end *e)
{
	long len;

	len = e->left < BLOCK ? e->left : BLOCK;
	len = (long)write(e->fd, bytes(e->id, e->off), (size_t)len);
	if (len < 0L)
		return errno == EAGAIN ? 0 : -1;
	e->off += len;
	e->left -= len;
	return 0;
}

/* So many of them have come in. */
static void
stream_in(struct end *e, char *p, long len)
{
	if (len > e->left || !right(p, len, e->id, e->off))
		e->bad = 1;
	e->off += len;
	e->left -= len;
}

/*
 * The server: a process of its own.
 */
static void
server_close(struct end *e)
{
	close(e->fd);
	e->waits = E_NOTHING;
}

static void
server_accept(int lfd)
{
	struct end *e;
	int fd;

	for (;;) {
		fd = accept4(lfd, (struct sockaddr *)0, (socklen_t *)0,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0 || fd >= FDS)
			return;
		no_delay(fd);
		e = &ends[fd];
		memset(e, 0, sizeof *e);
		e->fd = fd;
		e->waits = E_HEAD;
		watch(EPOLL_CTL_ADD, e, EPOLLIN);
	}
}

/* 0, or -1 if not all of it is taken. */
static int
server_echo(struct end *e, char *p, long len)
{
	if (wrong == 2L)
		p[len - 1L]++;
	return (long)write(e->fd, p, (size_t)len) == len ? 0 : -1;
}

/* A ping is answered by a process that does nothing else. */
static void
server_ping(struct end *e, char *p, long len)
{
	int fd, own;

	own = e->fd;
	if (child() > 0) {
		watch(EPOLL_CTL_DEL, e, 0);
		server_close(e);
		return;
	}
	for (fd = 3; fd < FDS; fd++)
		if (fd != own && (ends[fd].waits != E_NOTHING || fd < 16))
			close(fd);
	fcntl(own, F_SETFL, 0);
	for (; len > 0L; len = (long)read(own, p, MESSAGE))
		if (server_echo(e, p, len) < 0)
			break;
	_exit(0);
}

/* Its head is known; behind it in p are len bytes already. */
static void
server_begin(struct end *e, char *p, long len)
{
	char digits[12];

	memcpy(digits, e->buf + 1, 11);
	digits[11] = 0;
	e->left = atol(digits);
	memcpy(digits, e->buf + 12, 3);
	digits[3] = 0;
	e->id = atoi(digits);
	e->asks = e->buf[0];
	e->waits = e->asks == 'D' ? E_SEND : e->asks == 'U' ? E_RECEIVE : E_ECHO;
	if (e->waits == E_SEND)
		watch(EPOLL_CTL_MOD, e, EPOLLOUT);
	if (e->waits == E_RECEIVE)
		stream_in(e, p, len);
	if (e->waits != E_ECHO)
		return;
	memcpy(p - HEAD, e->buf, HEAD);
	if (e->asks == 'P')
		server_ping(e, p - HEAD, len + HEAD);
	else if (server_echo(e, p - HEAD, len + HEAD) < 0)
		server_close(e);
}

static void
server_read(struct end *e)
{
	char *p;
	long len, part;

	p = block + HEAD;
	len = (long)read(e->fd, p, BLOCK);
	if (len < 0L && errno == EAGAIN)
		return;
	if (len <= 0L) {
		server_close(e);
		return;
	}
	if (e->waits == E_HEAD) {
		part = len < HEAD - e->got ? len : HEAD - e->got;
		memcpy(e->buf + e->got, p, (size_t)part);
		e->got += (int)part;
		if (e->got == HEAD)
			server_begin(e, p + part, len - part);
	} else if (e->waits == E_RECEIVE)
		stream_in(e, p, len);
	else if (server_echo(e, p, len) < 0)
		server_close(e);
	if (e->waits == E_RECEIVE && e->left <= 0L) {
		e->waits = E_ECHO;
		if (write(e->fd, e->bad ? "bad!" : "good", 4) != 4)
			server_close(e);
	}
}

static void
server_run(int lfd)
{
	static struct epoll_event evs[EVENTS];
	struct end *e;
	int i, got;

	signal(SIGCHLD, SIG_IGN);
	pattern[STEP] += (char)(wrong == 1L);
	ep = epoll_create(1);
	ends[lfd].fd = lfd;
	watch(EPOLL_CTL_ADD, &ends[lfd], EPOLLIN);
	for (;;) {
		got = epoll_wait(ep, evs, EVENTS, -1);
		for (i = 0; i < got; i++) {
			e = &ends[evs[i].data.u32];
			if (e->fd == lfd)
				server_accept(lfd);
			else if (e->waits == E_SEND) {
				if (stream_out(e) < 0 || e->left == 0L)
					server_close(e);
			} else if (e->waits != E_NOTHING)
				server_read(e);
		}
	}
}

/* A queue as long as that: the kernel's bound, for this moment. */
static int
listen_long(int fd)
{
	char was[32];
	int bound, len, result;

	bound = open("/proc/sys/net/core/somaxconn", O_RDWR | O_CLOEXEC);
	len = bound < 0 ? 0 : (int)read(bound, was, sizeof was);
	if (len > 0 && pwrite(bound, "65535\n", 6, (off_t)0) < 0)
		len = 0;
	result = listen(fd, 65535);
	if (len > 0 && pwrite(bound, was, (size_t)len, (off_t)0) < 0)
		result = -1;
	close(bound);
	return result;
}

/*
 * It has any address, so that targets may have several, and a queue that
 * drops nobody: what is dropped is dropped by the proxy's.
 */
static void
server_start(void)
{
	struct sockaddr_in any;
	int fd, on;

	on = 1;
	any = to;
	any.sin_addr.s_addr = htonl(INADDR_ANY);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&any, sizeof any) < 0 ||
	    listen_long(fd) < 0)
		die("the server's port");
	server_pid = child();
	if (server_pid == 0) {
		alarm(600);
		server_run(fd);
	}
	close(fd);
}

/*
 * The client.
 */
/* It connects; what it asks for comes when it has. */
static void
client_connect(int i)
{
	struct sockaddr_in peer;
	struct end *e;

	e = &ends[i];
	memset(e, 0, sizeof *e);
	peer = at;
	peer.sin_port = htons((unsigned short)(ntohs(at.sin_port) + turn));
	turn = (turn + 1) % (int)ports;
	e->id = i % 1000;
	e->asks = 'E';
	e->waits = E_CONNECT;
	e->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (e->fd < 0)
		die("socket");
	no_delay(e->fd);
	if (connect(e->fd, (struct sockaddr *)&peer, sizeof peer) < 0 &&
	    errno != EINPROGRESS)
		die("connect");
	watch(EPOLL_CTL_ADD, e, EPOLLOUT);
}

static void
client_close(struct end *e)
{
	close(e->fd);
	e->waits = E_NOTHING;
}

/* The next message of a session; the first one begins with its head. */
static void
message(struct end *e, char *p)
{
	char head[HEAD + 16];

	memcpy(p, bytes(e->id, e->count * MESSAGE), MESSAGE);
	if (e->count > 0L)
		return;
	sprintf(head, "%c%011ld%03d\n", e->asks, e->left, e->id);
	memcpy(p, head, HEAD);
}

static void
client_say(struct end *e)
{
	char p[MESSAGE];
	long len;

	message(e, p);
	len = e->asks == 'D' || e->asks == 'U' ? HEAD : MESSAGE;
	e->got = 0;
	if ((long)write(e->fd, p, (size_t)len) != len)
		die("a message");
}

static void
client_connected(struct end *e)
{
	socklen_t len;
	int err;

	err = 0;
	len = sizeof err;
	getsockopt(e->fd, SOL_SOCKET, SO_ERROR, &err, &len);
	errno = err;
	if (err != 0)
		die("connect");
	client_say(e);
	e->waits = e->asks == 'D' ? E_RECEIVE : e->asks == 'U' ? E_SEND : E_ANSWER;
	if (e->waits != E_SEND)
		watch(EPOLL_CTL_MOD, e, EPOLLIN);
}

/* Bytes of a message are back: 1 when all are. */
static int
client_answer(struct end *e)
{
	char p[MESSAGE];
	long len;

	len = (long)read(e->fd, e->buf + e->got, (size_t)(MESSAGE - e->got));
	if (len < 0L && errno == EAGAIN)
		return 0;
	if (len <= 0L)
		die("a session was lost");
	e->got += (int)len;
	if (e->got < MESSAGE)
		return 0;
	message(e, p);
	errno = 0;
	if (memcmp(p, e->buf, MESSAGE) != 0)
		die("wrong bytes in a message");
	e->count++;
	return 1;
}

/*
 * Exchanges, on a connection of their own each, again and again on those that
 * there are, or the first one on each of many new ones.
 */
#define P_ONCE 0
#define P_AGAIN 1
#define P_OPEN 2

static void
play_next(int how, int i, int next)
{
	if (how == P_OPEN)
		client_connect(next);
	else if (how == P_ONCE)
		client_connect(i);
	else
		client_say(&ends[i]);
}

/* So many exchanges, `many' at once, on the sessions from `first' on. */
static void
play(int how, int first, int many, long wanted)
{
	static struct epoll_event evs[EVENTS];
	struct end *e;
	long begun, done;
	int i, got;

	if (many > wanted)
		many = (int)wanted;
	for (begun = 0L; begun < many; begun++)
		play_next(how, first + (int)begun, first + (int)begun);
	for (done = 0L; done < wanted; ) {
		got = epoll_wait(ep, evs, EVENTS, 1000);
		hurry();
		for (i = 0; i < got; i++) {
			e = &ends[evs[i].data.u32];
			if (e->waits == E_CONNECT)
				client_connected(e);
			else if (e->waits != E_ANSWER)
				die("a session beside was heard of");
			else if (client_answer(e)) {
				done++;
				if (how == P_ONCE)
					client_close(e);
				if (begun < wanted)
					play_next(how, (int)(e - ends),
					    first + (int)begun++);
			}
		}
	}
}

/* A stream has something; 1 when it is done. */
static int
stream_turn(struct end *e)
{
	long len;

	if (e->waits == E_SEND) {
		if (stream_out(e) < 0)
			die("a stream was lost");
		if (e->left == 0L) {
			e->waits = E_VERDICT;
			watch(EPOLL_CTL_MOD, e, EPOLLIN);
		}
		return 0;
	}
	len = (long)read(e->fd, block, BLOCK);
	if (len < 0L && errno == EAGAIN)
		return 0;
	if (len < 0L || (len == 0L && e->left > 0L))
		die("a stream was lost");
	errno = 0;
	if (e->waits == E_VERDICT) {
		if (len != 4L || memcmp(block, "good", 4) != 0)
			die("wrong bytes at the server");
		return 1;
	}
	if (len == 0L)
		return 1;
	stream_in(e, block, len);
	if (e->bad)
		die("wrong bytes in a stream");
	if (told != 0)
		told->moved += (double)len;
	return 0;
}

/* Streams of so many bytes each, until all are done. */
static void
streams(int asks, int many, long each)
{
	static struct epoll_event evs[EVENTS];
	struct end *e;
	int i, got, done, run;

	for (i = 0; i < many; i++) {
		client_connect(i);
		ends[i].asks = (char)asks;
		ends[i].left = each;
	}
	for (done = run = 0; done < many; ) {
		got = epoll_wait(ep, evs, EVENTS, 1000);
		hurry();
		for (i = 0; i < got; i++) {
			e = &ends[evs[i].data.u32];
			if (e->waits == E_CONNECT) {
				client_connected(e);
				continue;
			}
			run += e->off == 0L;
			if (stream_turn(e)) {
				client_close(e);
				done++;
			}
			run -= e->off == 0L;
		}
		if (told != 0 && run == many)
			told->ready = 1;
	}
}

/* An exchange that waits; its microseconds. */
static double
ping(struct end *e)
{
	double began;

	began = now();
	for (client_say(e); !client_answer(e); )
		hurry();
	return (now() - began) * 1e6;
}

/* A session that waits, in ends[i]; -1 if nobody listens. */
static int
ping_open(int i, int asks)
{
	struct timeval t;
	struct end *e;

	e = &ends[i];
	memset(e, 0, sizeof *e);
	e->asks = (char)asks;
	e->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	t.tv_sec = limit;
	t.tv_usec = 0;
	setsockopt(e->fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
	no_delay(e->fd);
	if (connect(e->fd, (struct sockaddr *)&at, sizeof at) == 0)
		return 0;
	close(e->fd);
	return -1;
}

/*
 * The proxy, and who else runs.
 */
static void
proxy_exec(void)
{
	int fd;

	fd = open("/dev/null", O_RDWR);
	dup2(fd, 0);
	if (say != 0)
		fd = open(say, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(fd, 1);
	dup2(fd, 2);
	if (as > 0L && (setgroups(0, (gid_t *)0) < 0 ||
	    setgid((gid_t)as) < 0 || setuid((uid_t)as) < 0))
		_exit(126);
	execvp(proxy[0], proxy);
	_exit(127);
}

/* It serves when an exchange has come back through it. */
static void
proxy_start(void)
{
	int i;

	if (proxy != 0) {
		proxy_pid = child();
		if (proxy_pid == 0)
			proxy_exec();
	}
	for (i = 0; i < 500 && ping_open(0, 'E') < 0; i++) {
		hurry();
		errno = 0;
		if (proxy != 0 && waitpid((pid_t)proxy_pid, (int *)0, WNOHANG) != 0)
			die("the proxy does not start");
		rest(20);
	}
	if (i == 500)
		die("the proxy does not listen");
	ping(&ends[0]);
	client_close(&ends[0]);
	play(P_ONCE, 0, 2, (long)WARM);
}

/* All the pages that this user may have in pipes. */
static void
hold_start(void)
{
	int ready[2], p[2];
	long size;
	char c;

	if (pipe(ready) < 0)
		die("pipe");
	hold_pid = child();
	if (hold_pid > 0) {
		close(ready[1]);
		errno = 0;
		if (read(ready[0], &c, 1) != 1)
			die("no user to use up the pages of");
		close(ready[0]);
		return;
	}
	if (setgroups(0, (gid_t *)0) < 0 || setgid((gid_t)hold) < 0 ||
	    setuid((uid_t)hold) < 0)
		_exit(1);
	alarm(600);
	for (size = 1048576L; pipe(p) == 0; ) {
		if (fcntl(p[0], F_GETPIPE_SZ) < 65536)
			break;
		while (size > 65536L && fcntl(p[0], F_SETPIPE_SZ, (int)size) < 0)
			size /= 2L;
	}
	if (write(ready[1], "", 1) == 1)
		pause();
	_exit(0);
}

/* Is a process traced? */
static int
traced(int pid)
{
	char path[64], line[256];
	int tracer;
	FILE *f;

	sprintf(path, "/proc/%d/status", pid);
	f = fopen(path, "r");
	if (f == 0)
		return 1;
	tracer = 0;
	while (tracer == 0 && fgets(line, sizeof line, f) != 0)
		sscanf(line, "TracerPid: %d", &tracer);
	fclose(f);
	return tracer != 0;
}

/* Until no process has come or gone for a tenth of a second. */
static void
calm(void)
{
	int i, still, live;

	live = tree(0);
	for (i = still = 0; i < 100 && still < 5; i++) {
		rest(20);
		still++;
		if (tree(0) != live)
			still = 0;
		live = tree(0);
	}
}

/* strace counts the calls of all of the proxy's processes. */
static void
strace_start(void)
{
	static char pids[TRACED][16];
	static char *args[2 * TRACED + 6];
	int i, k;

	k = 0;
	args[k++] = "strace";
	args[k++] = "-qfc";
	args[k++] = "-Ucalls,name";
	args[k++] = "-o";
	args[k++] = trace;
	calm();
	for (i = 0; i < nproc && k < 2 * TRACED; i++)
		if (procs[i].ours && procs[i].state != 'Z') {
			sprintf(pids[k / 2 - 2], "%d", procs[i].pid);
			args[k + 1] = pids[k / 2 - 2];
			args[k] = "-p";
			k += 2;
		}
	args[k] = 0;
	strace_pid = child();
	if (strace_pid == 0) {
		execvp(args[0], args);
		_exit(127);
	}
	for (i = 0; i < nproc; i++)
		while (procs[i].ours && procs[i].state != 'Z' && !traced(procs[i].pid)) {
			hurry();
			if (waitpid((pid_t)strace_pid, (int *)0, WNOHANG) != 0)
				die("strace can't");
			rest(5);
		}
}

/* What it has counted. */
static double
strace_end(void)
{
	char line[256];
	double calls, total;
	FILE *f;

	kill((pid_t)strace_pid, SIGINT);
	waitpid((pid_t)strace_pid, (int *)0, 0);
	f = fopen(trace, "r");
	if (f == 0)
		die("strace has counted nothing");
	for (total = -1.0; fgets(line, sizeof line, f) != 0; )
		if (strstr(line, " total\n") != 0 && sscanf(line, "%lf", &calls) == 1)
			total = calls;
	fclose(f);
	if (total < 0.0)
		die("strace has counted nothing");
	return total;
}

/*
 * What is measured.
 */
static double began, ended, cpu_began;
static int procs_began;

static void
measure_begin(void)
{
	if (trace != 0)
		strace_start();
	if (proxy != 0) {
		procs_began = tree(0);
		cpu_began = tree_cpu();
	}
	began = now();
}

/* What the proxy has to do behind the load's end belongs to it. */
static void
measure_end(void)
{
	int i;

	ended = now();
	rest(20);
	for (i = 0; proxy != 0 && i < 100 && tree(0) > procs_began; i++)
		rest(20);
}

static void
tell(char *name, double value)
{
	printf("%s %.6g\n", name, value);
}

/* CPU of the whole, so many microseconds a unit each; and so many units. */
static void
tell_cpu(double units, double micro)
{
	if (trace != 0)
		tell("calls", strace_end() / units);
	else if (proxy != 0) {
		tree(0);
		tell("cpu", (tree_cpu() - cpu_began) * micro / units);
	}
}

static void
run_bulk(void)
{
	double all;
	long each;

	each = mib * (long)MIB / n;
	all = (double)each * (double)n;
	measure_begin();
	streams(up ? 'U' : 'D', (int)n, each);
	measure_end();
	tell_cpu(all / MIB / 1024.0, 1e3);
	tell("rate", all / MIB / (ended - began));
}

static void
run_short(void)
{
	if (beside > 0L)
		play(P_OPEN, (int)n, 64, beside);
	measure_begin();
	play(P_ONCE, 0, (int)n, count);
	measure_end();
	tell_cpu((double)count, 1e6);
	if (trace == 0)
		tell("rate", (double)count / (ended - began));
}

static void
run_exchange(void)
{
	if (beside > 0L)
		play(P_OPEN, (int)n, 64, beside);
	play(P_OPEN, 0, 64, n);
	measure_begin();
	play(P_AGAIN, 0, (int)n, count);
	measure_end();
	tell_cpu((double)count, 1e6);
	if (trace == 0)
		tell("rate", (double)count / (ended - began));
}

static int
by_value(const void *a, const void *b)
{
	double x, y;

	x = *(const double *)a;
	y = *(const double *)b;
	return x < y ? -1 : x > y;
}

/* The streams beside pings: a process of its own. */
static void
bulk_start(void)
{
	double late;

	told = (struct told *)mmap((void *)0, sizeof *told,
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (told == (struct told *)MAP_FAILED)
		die("mmap");
	bulk_pid = child();
	if (bulk_pid == 0) {
		close(ep);
		ep = epoll_create(1);
		streams('D', (int)n, 9L << 33);
		die("streams without end have ended");
	}
	for (late = now() + 10.0; !told->ready && now() < late; rest(10))
		hurry();
	rest(ms < 200L ? (int)ms : 200);
}

static void
run_ping(void)
{
	double moved;
	long k;

	bulk_start();
	if (ping_open(0, 'P') < 0)
		die("connect");
	ping(&ends[0]);
	moved = told->moved;
	began = now();
	for (k = 0L; k < PINGS; k++) {
		if (k >= 20L && now() > began + (double)ms / 1e3)
			break;
		pings[k] = ping(&ends[0]);
	}
	ended = now();
	moved = told->moved - moved;
	errno = 0;
	if (told->bad)
		die("the streams beside");
	qsort(pings, (size_t)k, sizeof pings[0], by_value);
	tell("p50", pings[k / 2L]);
	tell("p99", pings[k * 99L / 100L]);
	tell("rate", moved / MIB / (ended - began));
}

static void
run_idle(void)
{
	double before, after;

	if (proxy != 0)
		tree(0);
	before = tree_rss();
	play(P_OPEN, 0, 64, n);
	rest(50);
	measure_begin();
	after = tree_rss();
	rest((int)ms);
	ended = now();
	hurry();
	if (proxy != 0) {
		tree(0);
		tell("cpu", (tree_cpu() - cpu_began) * 1e3 / (ended - began));
		tell("rss", (after - before) / (double)n);
		tell("all", after / 1024.0);
	}
	play(P_AGAIN, 0, 64, n < 64L ? n : 64L);
}

/* SYNs that found a listener's queue full, of this network namespace. */
static double
drops(void)
{
	static char names[8192], values[8192];
	char *a, *b, *more_a, *more_b;
	double sum;
	FILE *f;

	f = fopen("/proc/self/net/netstat", "r");
	sum = 0.0;
	while (f != 0 && fgets(names, sizeof names, f) != 0 &&
	    fgets(values, sizeof values, f) != 0) {
		a = strtok_r(names, " \n", &more_a);
		b = strtok_r(values, " \n", &more_b);
		for (; a != 0 && b != 0; a = strtok_r((char *)0, " \n", &more_a)) {
			if (strcmp(a, "ListenDrops") == 0)
				sum = atof(b);
			b = strtok_r((char *)0, " \n", &more_b);
		}
	}
	if (f != 0)
		fclose(f);
	return sum;
}

static void
run_burst(void)
{
	double before;

	before = drops();
	measure_begin();
	play(P_OPEN, 0, (int)n, n);
	ended = now();
	tell("drops", drops() - before);
	tell("ms", (ended - began) * 1e3);
	tell_cpu((double)n, 1e6);
}

static struct kind {
	char *name;
	void (*run)(void);
} kinds[] = {
	{ "bulk", run_bulk },
	{ "short", run_short },
	{ "exchange", run_exchange },
	{ "ping", run_ping },
	{ "idle", run_idle },
	{ "burst", run_burst },
	{ 0, 0 }
};

/*
 * The words.
 */
static struct number {
	char *name;
	long *value;
} numbers[] = {
	{ "n", &n },
	{ "mib", &mib },
	{ "up", &up },
	{ "count", &count },
	{ "ms", &ms },
	{ "beside", &beside },
	{ "ports", &ports },
	{ "hold", &hold },
	{ "as", &as },
	{ "limit", &limit },
	{ "wrong", &wrong },
	{ 0, 0 }
};

/* addr:port */
static int
address(char *word, struct sockaddr_in *sin)
{
	char *colon;

	colon = strchr(word, ':');
	if (colon == 0)
		return 0;
	*colon = 0;
	memset(sin, 0, sizeof *sin);
	sin->sin_family = AF_INET;
	sin->sin_port = htons((unsigned short)atoi(colon + 1));
	return inet_aton(word, &sin->sin_addr);
}

/* name=value: 1, or 0 if that is nothing known. */
static int
word(char *name)
{
	struct number *p;
	char *value;

	value = strchr(name, '=');
	if (value == 0)
		return 0;
	*value++ = 0;
	for (p = numbers; p->name != 0; p++)
		if (strcmp(p->name, name) == 0) {
			*p->value = atol(value);
			return 1;
		}
	if (strcmp(name, "trace") == 0)
		trace = value;
	else if (strcmp(name, "say") == 0)
		say = value;
	else
		return address(value, strcmp(name, "to") == 0 ? &to : &at);
	return 1;
}

/* As many descriptors as there can be, for the proxy, too. */
static void
limit_fds(void)
{
	struct rlimit r;

	r.rlim_cur = FDS;
	r.rlim_max = FDS;
	if (setrlimit(RLIMIT_NOFILE, &r) == 0)
		return;
	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
}

static void
signals(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof sa);
	sa.sa_handler = on_signal;
	sigaction(SIGTERM, &sa, (struct sigaction *)0);
	sigaction(SIGINT, &sa, (struct sigaction *)0);
	sigaction(SIGHUP, &sa, (struct sigaction *)0);
	sigaction(SIGALRM, &sa, (struct sigaction *)0);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	alarm((unsigned)(limit + 30L));
}

static void
usage(void)
{
	fprintf(stderr, "usage: bench KIND [name=value ...] [-- PROXY ...]\n");
	exit(2);
}

int
main(int argc, char **argv)
{
	struct kind *k;
	int i;

	for (k = kinds; argc > 1 && k->name != 0; k++)
		if (strcmp(k->name, argv[1]) == 0)
			break;
	if (argc < 2 || k->name == 0)
		usage();
	for (i = 2; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (!word(argv[i]))
			usage();
	if (i + 1 < argc)
		proxy = argv + i + 1;
	else
		at = to;
	limit_fds();
	signals();
	deadline = now() + (double)limit;
	pattern_make();
	server_start();
	ep = epoll_create(1);
	if (hold > 0L)
		hold_start();
	proxy_start();
	k->run();
	errno = 0;
	if (proxy != 0 && waitpid((pid_t)proxy_pid, (int *)0, WNOHANG) != 0)
		die("the proxy has ended");
	end_all();
	printf("ok\n");
	return 0;
}

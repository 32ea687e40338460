/*
 * live.c: starts the built plug and its peers, lets the tests of t_*.c talk to
 * them, and ends everything that was started.
 *
 *	live PLUG PEER [-j jobs] [-m single|fork|workers] [-x option] ...
 *	    [-n transfers] [-c short] [-k idle] [-r seed] [-s slow] [-L name]
 *	    [-l] [group | group/test | no:group | no:group/test] ...
 *
 * Three processes a test: the driver hands out work and prints verdicts; a
 * runner keeps the time of one test and afterwards ends, by process id, all
 * that descends from it, daemons that detached included (where the system
 * lets it adopt them); the test itself.
 *
 * What PLUG has is read from it: -? lists its options, -V the rest.  Modes and
 * groups that it has nothing for are left out, and so is what tests do with
 * options that it lacks.
 *
 *	1. verdicts	how a test ends
 *	2. text		formatting, patterns, random numbers
 *	3. time		clocks and waiting
 *	4. sockets	the network side of the helpers of live.h
 *	5. files	reading what plug wrote
 *	6. processes	starting and ending plugs and peers
 *	7. targets	those that say their name, and their clients
 *	8. driver	groups, runners, main
 */
#include "live.h"
#ifdef __linux__
#include <sys/ioctl.h>
#endif
#ifndef TCP_MAXSEG
#define TCP_MAXSEG 2
#endif

#include "both.c"
#include "fds.c"

#ifdef __linux__
#include <sys/prctl.h>
#endif

/* Usual limit of a test in seconds; of one wait in it, in ms. */
#define SECONDS 60
#define PATIENCE 15000L

/* Plugs and peers in one test; tests in one run; tests at a time. */
#define MAXPROC 64
#define MAXTEST 400
#define MAXJOB 16

/* Exit statuses of a test, to its runner. */
#define END_OK 0
#define END_FAIL 1
#define END_SKIP 2
#define END_NONE 3

char *plug_path;
char *peer_path;
int mode = M_SINGLE;
long ntransfers = 150;
long nshort = 2000;
long nidle = 400;
unsigned long seed = 1;
int sock_room;
char *devlog;
int devlog_fd = -1;

long spawn_nofile;
int spawn_closed;
int spawn_inherit;
int spawn_stdin = -1;
int spawn_stdout = -1;
int spawn_stderr = -1;
int spawn_diskfull;
int spawn_noforks;
int spawn_handed[4];
int spawn_nhanded;
char *spawn_env[4];
int noisy;
char *named[NAMES];
int named_pid[NAMES];

static long slow = 1;		/* -s: all patience is multiplied by it */
static char *extra[MAXPROC];	/* -x: plug gets these too */
static int nextra;

static char usage[8192];	/* what plug says at -? */
static char version[1024];	/* and at -V */

/* What this test has started, and has not seen the end of. */
struct proc {
	int pid;		/* 0: ended, or not ours to look after */
	int plug;		/* a plug, not a peer */
	char out[32];
	char err[32];
};

static struct proc procs[MAXPROC];
static int nprocs;

static int lastplug = -1;	/* index of the plug started last */
static int lastpeer = -1;
static int ready;		/* that plug has been reached once */
static char doing[300];		/* step() */
static int in_test;		/* this process is a test */
static int ending;		/* it is on its way out */

/*
 * 1. VERDICTS
 */

static void test_clean(void);

/* Leaves one line for the driver and ends the test. */
static void
verdict(int status, char *line)
{
	FILE *f;

	f = fopen(".why", "w");
	if (f != 0) {
		fputs(line, f);
		fclose(f);
	}
	if (!ending) {
		ending = 1;
		test_clean();
	}
	_exit(status);
}

/* Text from outside, made fit for one line. */
static void
put_clean(char *to, char *from, int max)
{
	int n;

	for (n = 0; *from != 0 && n < max - 5; from++) {
		if (*from >= ' ' && *from <= '~')
			to[n++] = *from;
		else {
			sprintf(to + n, "\\%03o", *from & 0377);
			n += 4;
		}
	}
	to[n] = 0;
}

/* The test has failed. */
void
fail(char *expected, char *got)
{
	char line[2600];
	char e[1000];
	char g[1000];

	put_clean(e, expected, sizeof e);
	put_clean(g, got, sizeof g);
	sprintf(line, "%s%sexpected %s, got %s", doing, doing[0] != 0 ? ": " : "", e, g);
	if (!in_test) {
		fprintf(stderr, "live: %s\n", line);
		exit(2);
	}
	verdict(END_FAIL, line);
}

/* There is nothing to test in this plug: not a word about it. */
void
leave_out(void)
{
	verdict(END_NONE, "");
}

/* The test cannot be done here; the reason is shown. */
void
skip(char *why)
{
	verdict(END_SKIP, why);
}

/* Names what comes next; a failure repeats it. */
void
step(char *what)
{
	put_clean(doing, what, (int)sizeof doing);
}

void
want(int yes, char *expected)
{
	if (!yes)
		fail(expected, "not so");
}

void
want_num(char *what, long expected, long got)
{
	if (expected != got)
		fail(f2("%s %s", what, num(expected)), num(got));
}

void
want_text(char *what, char *expected, char *got)
{
	if (strcmp(expected, got) != 0)
		fail(f2("%s `%.800s'", what, expected), f1("`%.800s'", got));
}

void
want_in(char *what, char *part, char *whole)
{
	if (strstr(whole, part) == 0)
		fail(f2("%s with `%.800s' in it", what, part), f1("`%.900s'", whole));
}

/*
 * 2. TEXT
 */

#define RING 64
#define RINGSZ 4096
static char ring[RING][RINGSZ];
static int ringpos;

/* A string to write into; it lives for RING calls. */
static char *
ring_next(void)
{
	ringpos = (ringpos + 1) % RING;
	return ring[ringpos];
}

/* Formats of nothing but %s; what does not fit is the test's mistake. */
char *
f4(char *format, char *a, char *b, char *c, char *d)
{
	char *s;

	s = ring_next();
	if (strlen(format) + strlen(a) + strlen(b) + strlen(c) + strlen(d) >= RINGSZ &&
	    strchr(format, '.') == 0)
		fail("a short text", "a long one");
	sprintf(s, format, a, b, c, d);
	return s;
}

char *
f3(char *format, char *a, char *b, char *c)
{
	return f4(format, a, b, c, "");
}

char *
f2(char *format, char *a, char *b)
{
	return f4(format, a, b, "", "");
}

char *
f1(char *format, char *a)
{
	return f4(format, a, "", "", "");
}

char *
num(long n)
{
	char *s;

	s = ring_next();
	sprintf(s, "%ld", n);
	return s;
}

char *
keep(char *s)
{
	return strcpy((char *)malloc(strlen(s) + 1), s);
}

void
pattern_fill(unsigned long *x, char *buf, long n)
{
	while (n-- > 0)
		*buf++ = (char)pattern_next(x);
}

/* xorshift: the seed of -r decides everything that a test does at random. */
unsigned long
rnd(void)
{
	static unsigned long x;

	if (x == 0)
		x = ((seed + 1) * 0x9e3779b1L & 0xffffffff) | 1;
	x ^= x << 13 & 0xffffffff;
	x ^= x >> 17;
	x ^= x << 5 & 0xffffffff;
	return x;
}

long
rnd_below(long n)
{
	return (long)(rnd() % (unsigned long)n);
}

/*
 * 3. TIME
 */

void
pause_ms(long ms)
{
	poll((struct pollfd *)0, 0, (int)ms);
}

#ifdef __linux__
/*
 * What was sent has reached the other system: this one would throw the rest
 * away if more came for a socket that was closed.  For 10 s at most.
 */
void
all_arrived(int fd)
{
	int i;
	int left;

	left = 1;
	for (i = 0; i < 1000 && left != 0; i++) {
		pause_ms(10L);
		if (ioctl(fd, TIOCOUTQ, (char *)&left) < 0)
			left = 0;
	}
}
#else
/* The same; it can't be seen, but a while is enough where nobody is late. */
void
all_arrived(int fd)
{
	(void)fd;
	pause_ms(300L);
}
#endif

/* How long to wait for something that should happen: slow machines have -s. */
long
patience(long ms)
{
	return ms * slow;
}

/* Waits until cond() is true; 0 if it has not become so in time. */
int
wait_for(condfn cond, long ms)
{
	long end;

	end = clock_ms() + patience(ms);
	while (!cond()) {
		if (clock_ms() > end)
			return 0;
		pause_ms(5L);
	}
	return 1;
}

/*
 * 4. SOCKETS
 */

/* The loopback address of this test, spread by process id. */
char *
home_addr(void)
{
	static char addr[32];
	long p;

	p = (long)getpid();
	sprintf(addr, "127.%ld.%ld.%ld", 16 + p / 62500 % 200, p / 250 % 250, 2 + p % 250);
	return addr;
}

/* Whether addr (of any interface when 0) lets a port be bound. */
static int
port_free(int port)
{
	struct sockaddr_in sin;
	int fd;
	int yes;

	memset(&sin, 0, sizeof sin);
	sin.sin_family = AF_INET;
	sin.sin_port = htons((unsigned short)port);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	yes = fd >= 0 && bind(fd, (struct sockaddr *)&sin, sizeof sin) == 0;
	if (fd >= 0)
		close(fd);
	return yes;
}

/* A port that nobody has, one of so many from the first one on. */
static int
port_from(int first, int many)
{
	static int next;
	int i, port;

	for (i = 0; i < 2000; i++) {
		port = first + (int)((getpid() * 61L + next++) % many);
		if (port_free(port))
			return port;
	}
	fail("a free port", "none");
	return 0;
}

/*
 * One for an address that is not the test's alone: no other test that runs
 * now may have it at its own.  Systems hand out higher ones by themselves.
 */
int
new_port(void)
{
	return port_from(30000, 2700);
}

/* addr:port on which nobody listens, ours alone. */
char *
new_addr(void)
{
	char *s;

	s = (char *)malloc(40);
	sprintf(s, "%s:%d", home_addr(), port_from(10000, 20000));
	return s;
}

char *
port_of(char *addr)
{
	return strrchr(addr, ':') + 1;
}

/* addr:port or addr to a socket address; 0 if it is none. */
int
scan_addr(char *s, struct sockaddr_in *sin)
{
	unsigned a, b, c, d, port;

	port = 0;
	if (sscanf(s, "%u.%u.%u.%u:%u", &a, &b, &c, &d, &port) < 4)
		return 0;
	memset(sin, 0, sizeof *sin);
	sin->sin_family = AF_INET;
	sin->sin_port = htons((unsigned short)port);
	sin->sin_addr.s_addr = htonl((unsigned long)a << 24 | b << 16 | c << 8 | d);
	return 1;
}

/* No call on a socket may block; none may leak into what is started. */
static void
sock_setup(int fd)
{
	int on;

	on = 1;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL, 0) | O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, (char *)&on, sizeof on);
}

int
sock_new(void)
{
	int mss;
	int fd;

	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0)
		fail("a socket", strerror(errno));
	sock_setup(fd);
	if (sock_room > 0) {
		/* the other end's buffer grows with what it may send at once */
		mss = 536;
		setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, (char *)&mss, sizeof mss);
		small_buffer(fd, sock_room);
	}
	return fd;
}

int
listen_with(char *addr, int backlog)
{
	struct sockaddr_in sin;
	int fd;
	int on;

	on = 1;
	fd = sock_new();
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, (char *)&on, sizeof on);
	if (!scan_addr(addr, &sin) ||
	    bind(fd, (struct sockaddr *)&sin, sizeof sin) < 0 || listen(fd, backlog) < 0)
		fail(f1("to listen on %s", addr), strerror(errno));
	return fd;
}

int
listen_on(char *addr)
{
	return listen_with(addr, 1024);
}

/* Waits for a descriptor; what poll found, 0 when the time is over. */
int
wait_fd(int fd, int events, long ms)
{
	struct pollfd p;
	long end;
	int n;

	end = clock_ms() + ms;
	for (;;) {
		p.fd = fd;
		p.events = (short)events;
		p.revents = 0;
		n = poll(&p, 1, (int)ms);
		if (n > 0)
			return p.revents;
		ms = end - clock_ms();
		if (n == 0 || ms <= 0)
			return 0;
	}
}

/* Binds to the address `from' without taking a port early, if given. */
static void
sock_from(int fd, char *from)
{
	struct sockaddr_in sin;
	int on;

	if (from == 0)
		return;
	on = 1;
	setsockopt(fd, IPPROTO_IP, IP_LATEPORT, (char *)&on, sizeof on);
	if (!scan_addr(from, &sin) || bind(fd, (struct sockaddr *)&sin, sizeof sin) < 0)
		fail(f1("to bind to %s", from), strerror(errno));
}

/* A connect on its way. */
int
start_connect(char *addr)
{
	struct sockaddr_in sin;
	int fd;

	fd = sock_new();
	if (!scan_addr(addr, &sin))
		fail("an address", addr);
	if (connect(fd, (struct sockaddr *)&sin, sizeof sin) < 0 && errno != EINPROGRESS)
		fail(f1("a connect to %s", addr), strerror(errno));
	return fd;
}

/* One try: a socket, or -1 with errno. */
int
try_connect(char *from, char *addr)
{
	struct sockaddr_in sin;
	socklen_t len;
	int err;
	int fd;

	fd = sock_new();
	sock_from(fd, from);
	if (!scan_addr(addr, &sin))
		fail("an address", addr);
	err = 0;
	if (connect(fd, (struct sockaddr *)&sin, sizeof sin) < 0)
		err = errno;
	if (err == EINPROGRESS) {
		len = sizeof err;
		if (wait_fd(fd, POLLOUT, patience(PATIENCE)) == 0)
			err = ETIMEDOUT;
		else
			getsockopt(fd, SOL_SOCKET, SO_ERROR, (char *)&err, &len);
	}
	if (err == 0)
		return fd;
	close(fd);
	errno = err;
	return -1;
}

static void plug_alive(void);

/* Connects; a plug that has just been started may need a moment. */
int
connect_from(char *from, char *addr)
{
	long end;
	int fd;

	end = clock_ms() + patience(PATIENCE);
	for (;;) {
		fd = try_connect(from, addr);
		if (fd >= 0)
			break;
		plug_alive();
		if (ready || errno != ECONNREFUSED || clock_ms() > end)
			fail(f1("to connect to %s", addr), strerror(errno));
		pause_ms(5L);
	}
	ready = 1;
	return fd;
}

int
connect_to(char *addr)
{
	return connect_from((char *)0, addr);
}

int
accept_from(int lfd)
{
	long end;
	int fd;

	end = clock_ms() + patience(PATIENCE);
	do {
		if (wait_fd(lfd, POLLIN, patience(PATIENCE)) == 0)
			break;
		fd = accept(lfd, (struct sockaddr *)0, (socklen_t *)0);
		if (fd >= 0) {
			sock_setup(fd);
			return fd;
		}
	} while (clock_ms() < end);
	plug_alive();
	fail("a connection from plug", "none");
	return -1;
}

/* Nobody may come. */
void
accept_none(int lfd, long ms)
{
	if (wait_fd(lfd, POLLIN, ms) != 0)
		fail("no connection from plug", "one");
}

/* A session from end to end. */
void
pair_open(struct pair *p, char *addr, int lfd)
{
	p->client = connect_to(addr);
	p->target = accept_from(lfd);
}

/* Ends a session that has nothing to say any more. */
void
pair_close(struct pair *p)
{
	half_close(p->client);
	expect_eof(p->target);
	half_close(p->target);
	expect_eof(p->client);
	close(p->client);
	close(p->target);
}

/* What fits at once; -1 with errno on an error. */
long
send_some(int fd, char *buf, long n)
{
	long r;

	r = (long)send(fd, buf, (size_t)n, MSG_NOSIGNAL);
	if (r < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return 0;
	return r;
}

void
send_all(int fd, char *buf, long n)
{
	long r;

	while (n > 0) {
		if (wait_fd(fd, POLLOUT, patience(PATIENCE)) == 0)
			fail("room to send", "none in time");
		r = send_some(fd, buf, n);
		if (r < 0)
			fail("to send", strerror(errno));
		buf += r;
		n -= r;
	}
}

void
send_text(int fd, char *text)
{
	send_all(fd, text, (long)strlen(text));
}

/* Sends zeros until nothing has fit for a while; how many went. */
long
fill_up(int fd, long most)
{
	static char zeros[65536];
	long n;
	long r;

	n = 0;
	while (n < most && wait_fd(fd, POLLOUT, 400L) != 0) {
		r = send_some(fd, zeros, most - n < 65536 ? most - n : 65536L);
		if (r < 0)
			fail("to send", strerror(errno));
		n += r;
	}
	return n;
}

/* One read with patience; 0 end, -1 error. */
static long
recv_some(int fd, char *buf, long n)
{
	long r;

	do {
		if (wait_fd(fd, POLLIN, patience(PATIENCE)) == 0) {
			plug_alive();
			fail("bytes or an end", "silence");
		}
		r = (long)read(fd, buf, (size_t)n);
	} while (r < 0 && (errno == EAGAIN || errno == EINTR));
	return r;
}

void
recv_exact(int fd, char *buf, long n)
{
	long r;

	while (n > 0) {
		r = recv_some(fd, buf, n);
		if (r < 0)
			fail(f1("%s bytes more", num(n)), strerror(errno));
		if (r == 0)
			fail(f1("%s bytes more", num(n)), "end of stream");
		buf += r;
		n -= r;
	}
}

void
recv_text(int fd, char *text)
{
	char buf[1024];

	memset(buf, 0, sizeof buf);
	recv_exact(fd, buf, (long)strlen(text));
	want_text("bytes", text, buf);
}

/* A line without its newline; empty if the stream ended first. */
char *
recv_line(int fd)
{
	char *s;
	int n;

	s = ring_next();
	for (n = 0; n < 500; n++)
		if (recv_some(fd, s + n, 1L) <= 0 || s[n] == '\n')
			break;
	s[n] = 0;
	return s;
}

void
expect_eof(int fd)
{
	char buf[256];
	long r;

	r = recv_some(fd, buf, (long)sizeof buf - 1);
	if (r < 0)
		fail("end of stream", strerror(errno));
	if (r > 0) {
		buf[r] = 0;
		fail("end of stream", f1("`%.100s'", buf));
	}
}

void
expect_reset(int fd)
{
	char buf[256];
	long r;

	r = recv_some(fd, buf, (long)sizeof buf);
	if (r == 0)
		fail("a reset", "a clean end of stream");
	if (r > 0)
		fail("a reset", f1("%s bytes", num(r)));
	if (errno != ECONNRESET)
		fail("a reset", strerror(errno));
}

/* The end of the stream, clean or not, and no bytes before it. */
void
expect_end(int fd)
{
	char buf[256];
	long r;

	r = recv_some(fd, buf, (long)sizeof buf);
	if (r > 0)
		fail("an end", f1("%s bytes", num(r)));
}

void
expect_quiet(int fd, long ms)
{
	char buf[256];
	long r;

	if (wait_fd(fd, POLLIN, ms) == 0)
		return;
	r = (long)read(fd, buf, sizeof buf);
	fail("silence", r == 0 ? "end of stream" : r < 0 ? strerror(errno) : f1("%s bytes", num(r)));
}

/* Reads to the end; 0 if it was clean, else errno. */
int
read_end(int fd, long *count, unsigned long *sum)
{
	static char buf[65536];
	long r;

	*count = 0;
	*sum = 0;
	for (;;) {
		r = recv_some(fd, buf, (long)sizeof buf);
		if (r <= 0)
			return r == 0 ? 0 : errno;
		*count += r;
		*sum = sum_add(*sum, buf, r);
	}
}

void
half_close(int fd)
{
	if (shutdown(fd, 1) < 0)
		fail("to half-close", strerror(errno));
}

void
reset_close(int fd)
{
	struct linger l;

	l.l_onoff = 1;
	l.l_linger = 0;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, (char *)&l, sizeof l);
	close(fd);
}

void
small_buffer(int fd, int bytes)
{
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, (char *)&bytes, sizeof bytes);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, (char *)&bytes, sizeof bytes);
}

/* One session with an echo behind plug, from connect to end. */
void
echo_works(char *addr)
{
	int fd;

	fd = connect_to(addr);
	send_text(fd, "ping");
	recv_text(fd, "ping");
	half_close(fd);
	expect_eof(fd);
	close(fd);
}

/*
 * Connects to a plug that may reset at once; -1 when it was quicker than we.
 * (Linux then reports the reset as the connect's own error.)
 */
int
connect_rude(char *from, char *addr)
{
	long end;
	int fd;

	end = clock_ms() + patience(PATIENCE);
	while (fd = try_connect(from, addr), fd < 0 && errno == ECONNREFUSED && !ready) {
		plug_alive();
		if (clock_ms() > end)
			break;
		pause_ms(5L);
	}
	if (fd < 0 && errno != ECONNRESET)
		fail(f1("to connect to %s", addr), strerror(errno));
	ready = 1;
	return fd;
}

/* A client that plug lets in and ends, with or without a reset. */
void
expect_turned_away(char *from, char *addr)
{
	int fd;

	fd = connect_rude(from, addr);
	if (fd < 0)
		return;
	expect_end(fd);
	close(fd);
}

/*
 * Makes addr swallow every SYN: nobody accepts there and the queue is full.
 * The listener, or -1 where this system does not do it.
 */
int
black_hole(char *addr)
{
	int lfd;
	int fd;
	int i;

	lfd = listen_with(addr, 0);
	for (i = 0; i < 10; i++) {
		fd = start_connect(addr);
		if (wait_fd(fd, POLLOUT, 400L) == 0)
			return lfd;
	}
	return -1;
}

/*
 * 5. FILES
 */

/* The first megabyte of a file, "" if there is none. */
char *
read_file(char *path)
{
	static char buf[4][1000001];
	static int next;
	char *s;
	long n;
	long r;
	int fd;

	next = (next + 1) % 4;
	s = buf[next];
	n = 0;
	fd = open(path, O_RDONLY);
	while (fd >= 0 && (r = (long)read(fd, s + n, (size_t)(1000000 - n))) > 0)
		n += r;
	if (fd >= 0)
		close(fd);
	s[n] = 0;
	return s;
}

void
write_file(char *path, char *text)
{
	FILE *f;

	f = fopen(path, "w");
	if (f == 0 || fputs(text, f) < 0 || fclose(f) != 0)
		fail(f1("to write %s", path), strerror(errno));
}

int
count_lines(char *text)
{
	return count_in("\n", text);
}

int
count_in(char *part, char *whole)
{
	int n;

	for (n = 0; (whole = strstr(whole, part)) != 0; n++)
		whole += strlen(part);
	return n;
}

/* The file once it has exactly n lines. */
char *
wait_lines(char *path, int n)
{
	long end;
	char *s;

	end = clock_ms() + patience(PATIENCE);
	while (s = read_file(path), count_lines(s) != n && clock_ms() < end)
		pause_ms(5L);
	if (count_lines(s) != n)
		fail(f2("%s lines in %s", num((long)n), path), f2("%s: `%.900s'", num((long)count_lines(s)), s));
	return s;
}

void
wait_text(char *path, char *part)
{
	long end;

	end = clock_ms() + patience(PATIENCE);
	while (strstr(read_file(path), part) == 0) {
		if (clock_ms() > end)
			want_in(path, part, read_file(path));
		pause_ms(5L);
	}
}

/*
 * 6. PROCESSES
 */

/* So many descriptors at most; 0: as many as the system lets us have. */
#ifdef RLIMIT_NOFILE
static void
limit_fds(long n)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) < 0)
		return;
	if (n > 0)
		rl.rlim_max = (rlim_t)n;
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
}
#else
#define limit_fds(n) ((void)(n))
#endif

/* Files can't grow beyond so many bytes, as on a full disk. */
#ifdef RLIMIT_FSIZE
static void
limit_files(long n)
{
	struct rlimit rl;

	rl.rlim_cur = rl.rlim_max = (rlim_t)n;
	setrlimit(RLIMIT_FSIZE, &rl);
}
#else
#define limit_files(n) ((void)(n))
#endif

/* No process more for this user, until a test says; root does as it likes. */
#ifdef RLIMIT_NPROC
static void
limit_forks(void)
{
	struct rlimit rl;

	getrlimit(RLIMIT_NPROC, &rl);
	rl.rlim_cur = (rlim_t)0;
	setrlimit(RLIMIT_NPROC, &rl);
}
#else
#define limit_forks() ((void)0)
#endif

/* What sd_listen_fds(3) looks at, and what the test has besides. */
static void
spawn_environ(void)
{
	extern char **environ;
	static char *env[500];
	int n;
	int i;

	for (n = 0; environ[n] != 0 && n < 490; n++)
		env[n] = environ[n];
	if (spawn_nhanded > 0) {
		env[n++] = f1("LISTEN_PID=%s", num((long)getpid()));
		env[n++] = f1("LISTEN_FDS=%s", num((long)spawn_nhanded));
		env[n++] = "LISTEN_FDNAMES=a:b";
	}
	for (i = 0; i < 4 && spawn_env[i] != 0; i++)
		env[n++] = spawn_env[i];
	environ = env;
}

/* In the child: limits and descriptors as the test asked. */
static void
spawn_child(char *out, char *err)
{
	int fd;
	int i;

	for (i = 1; i < 32; i++)
		if (i != SIGKILL && i != SIGSTOP)
			signal(i, SIG_DFL);
	for (i = 0; i < spawn_nhanded; i++)
		dup2(spawn_handed[i], 300 + i);
	for (i = 3; i < 256; i++)
		if (i != spawn_stdout && i != spawn_stdin && i != spawn_stderr)
			close(i);
	alarm(0);
	fd = open("/dev/null", O_RDWR);
	dup2(spawn_stdin >= 0 ? spawn_stdin : fd, 0);
	if (spawn_stdout >= 0)
		dup2(spawn_stdout, 1);
	else
		dup2(open(out, O_WRONLY | O_CREAT | O_APPEND, 0600), 1);
	fd = open(err, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(spawn_stderr >= 0 ? spawn_stderr : fd, 2);
	for (i = 3; i < 256; i++)
		close(i);
	for (i = 0; i < spawn_nhanded; i++) {
		dup2(300 + i, 3 + i);
		close(300 + i);
	}
	for (i = 0; i < spawn_inherit; i++)
		open("/dev/null", O_RDWR);
	if (spawn_nofile > 0)
		limit_fds(spawn_nofile);
	if (spawn_diskfull)
		limit_files((long)spawn_diskfull - 1L);
	if (spawn_noforks)
		limit_forks();
	for (i = 0; spawn_closed && i < 3; i++)
		close(i);
}

/* Starts a program with its output in files; its pid. */
int
spawn(char **argv, char *out, char *err)
{
	int pid;

	fflush(stdout);
	pid = (int)fork();
	if (pid < 0)
		fail("to fork", strerror(errno));
	if (pid == 0) {
		spawn_child(out, err);
		spawn_environ();
		execv(argv[0], argv);
		_exit(127);
	}
	spawn_nofile = 0;
	spawn_closed = spawn_inherit = 0;
	spawn_stdin = spawn_stdout = spawn_stderr = -1;
	spawn_diskfull = spawn_noforks = spawn_nhanded = 0;
	memset(spawn_env, 0, sizeof spawn_env);
	return pid;
}

/* Cuts a copy of words at its blanks; how many there are. */
int
split(char *words, char **argv, int max)
{
	char *s;
	int n;

	n = 0;
	for (s = strtok(keep(words), " "); s != 0 && n < max - 1; s = strtok((char *)0, " "))
		argv[n++] = s;
	argv[n] = 0;
	return n;
}

/* The mode of this run as options. */
static int
mode_options(char **argv)
{
	int n;
	int i;

	n = 0;
	if (mode == M_FORK)
		argv[n++] = "-F";
	if (mode == M_WORKERS) {
		argv[n++] = "-w";
		argv[n++] = "2";
	}
	for (i = 0; i < nextra; i++)
		argv[n++] = extra[i];
	return n;
}

/* A row for what is about to be started, with its file names. */
static struct proc *
proc_new(int plug)
{
	struct proc *p;

	if (nprocs == MAXPROC)
		fail("fewer processes", "more");
	p = &procs[nprocs++];
	p->plug = plug;
	sprintf(p->out, "%s%d.out", plug ? "plug" : "peer", nprocs);
	sprintf(p->err, "%s%d.err", plug ? "plug" : "peer", nprocs);
	return p;
}

/*
 * Starts plug in the foreground, in the mode of this run.  A test of options
 * that it lacks ends here.
 */
int
start_plug(char *words)
{
	char *argv[256];
	struct proc *p;
	int n;

	needs(words);
	p = proc_new(1);
	lastplug = (int)(p - procs);
	ready = 0;
	n = 0;
	argv[n++] = plug_path;
	argv[n++] = "-n";
	n += mode_options(argv + n);
	split(words, argv + n, 256 - n);
	p->pid = spawn(argv, p->out, p->err);
	return p->pid;
}

/* Starts a peer and waits until it listens. */
int
start_peer(char *words)
{
	char *argv[64];
	struct proc *p;

	p = proc_new(0);
	lastpeer = (int)(p - procs);
	argv[0] = peer_path;
	split(words, argv + 1, 63);
	p->pid = spawn(argv, p->out, p->err);
	wait_text(p->out, "ready");
	return p->pid;
}

char *
plug_out(void)
{
	return procs[lastplug].out;
}

char *
plug_err(void)
{
	return procs[lastplug].err;
}

char *
peer_out(void)
{
	return procs[lastpeer].out;
}

/* An end in a form that can be compared: exit status, or 1000 + signal. */
static int
status_of(int st)
{
	return WIFSIGNALED(st) ? 1000 + WTERMSIG(st) : WEXITSTATUS(st);
}

/* Somebody else than forget_plug's caller has no more to do with pid. */
void
forget_plug(int pid)
{
	int i;

	for (i = 0; i < nprocs; i++)
		if (procs[i].pid == pid)
			procs[i].pid = 0;
}

/* The status of a child once it has ended; -1 if it does not in time. */
int
wait_exit(int pid, long ms)
{
	long end;
	int st;

	end = clock_ms() + patience(ms);
	while (waitpid((pid_t)pid, &st, WNOHANG) == 0) {
		if (clock_ms() > end)
			return -1;
		pause_ms(3L);
	}
	forget_plug(pid);
	return status_of(st);
}

/* The plug started last must not have ended by itself. */
static void
plug_alive(void)
{
	struct proc *p;
	int saved;
	int st;

	saved = errno;
	if (lastplug >= 0 && procs[lastplug].pid != 0 && !ending) {
		p = &procs[lastplug];
		if (waitpid((pid_t)p->pid, &st, WNOHANG) == p->pid) {
			p->pid = 0;
			fail("a living plug",
			    f2("status %s, `%.900s'", num((long)status_of(st)), read_file(p->err)));
		}
	}
	errno = saved;
}

/* Ends a plug with a signal; it must exit 0. */
void
stop_plug(int pid, int sig)
{
	int st;

	kill((pid_t)pid, sig);
	st = wait_exit(pid, PATIENCE);
	if (st < 0)
		fail(f1("plug to end after signal %s", num((long)sig)), "it still runs");
	want_num("exit status", 0L, (long)st);
}

/* Copies the start of a file. */
static void
take_file(char *path, char *to, long max)
{
	char *s;

	s = read_file(path);
	if ((long)strlen(s) >= max)
		s[max - 1] = 0;
	strcpy(to, s);
}

/* Runs a program to its end, which must come. */
void
run_to_exit(char **argv, struct result *r)
{
	int pid;

	unlink("run.out");
	unlink("run.err");
	pid = spawn(argv, "run.out", "run.err");
	r->status = wait_exit(pid, PATIENCE);
	if (r->status < 0) {
		kill((pid_t)pid, SIGKILL);
		fail("an end of the command", "it still runs");
	}
	take_file("run.out", r->out, (long)sizeof r->out);
	take_file("run.err", r->err, (long)sizeof r->err);
}

/* plug with exactly these words, to its exit; it may have detached. */
void
run_words(char *words, struct result *r)
{
	char *argv[256];

	argv[0] = plug_path;
	split(words, argv + 1, 255);
	ready = 0;
	run_to_exit(argv, r);
}

/* The same with the mode of this run. */
void
run_plug(char *words, struct result *r)
{
	char *argv[256];
	int n;

	argv[0] = plug_path;
	n = 1 + mode_options(argv + 1);
	split(words, argv + n, 256 - n);
	ready = 0;
	run_to_exit(argv, r);
}

/*
 * What plug says at an option; "" is no failure.  The files of its output are
 * in that folder, and go.
 */
static void
ask_plug(char *option, char *folder, char *to, long max)
{
	char *argv[3], *out, *err;
	int pid;

	out = f1("%s/out", folder);
	err = f1("%s/err", folder);
	argv[0] = plug_path;
	argv[1] = option;
	argv[2] = 0;
	pid = spawn(argv, out, err);
	if (wait_exit(pid, PATIENCE) < 0) {
		kill((pid_t)pid, SIGKILL);
		waitpid((pid_t)pid, (int *)0, 0);
	}
	take_file(out, to, max);
	unlink(out);
	unlink(err);
}

/* The usage text's line of an option, behind "  -c"; 0 if there is none. */
static char *
usage_of(int letter)
{
	char *s;

	for (s = usage; (s = strstr(s, "\n  -")) != 0; s += 4)
		if (s[4] == letter)
			return s + 5;
	return 0;
}

/* Whether an option has a value: its line says what, behind its last name. */
static int
valued(char *line)
{
	if (line[0] == ',')
		line = strchr(line + 4, ' ');
	return line[0] == ' ' && line[1] != ' ';
}

/* Whether a word begins so and ends there, or has its value behind it. */
static int
is_name(char *word, char *name)
{
	while (*name != 0 && *name != ' ' && *word == *name) {
		word++;
		name++;
	}
	return (*name == 0 || *name == ' ') && (*word == 0 || *word == ' ' || *word == '=');
}

/* Whether plug has the long option with which these words begin. */
static int
has_long(char *word)
{
	char *s;

	for (s = usage; (s = strstr(s, ", --")) != 0; s += 4)
		if (is_name(word, s + 2))
			return 1;
	return 0;
}

/* True for words with an option that plug does not have, and must refuse. */
int
lacks(char *words)
{
	char *line, *s;

	for (s = words; *s != 0; s++) {
		if (*s != '-' || (s != words && s[-1] != ' '))
			continue;
		if (s[1] == '-') {
			if (s[2] != 0 && s[2] != ' ' && !has_long(s))
				return 1;
			continue;
		}
		for (s++; *s != 0 && *s != ' '; s++) {
			line = usage_of(*s);
			if (line == 0)
				return 1;
			if (valued(line))
				break;
		}
		if (*s == 0)
			break;
	}
	return 0;
}

/* Whether plug's -V has this in it: "TINY", "users", "debug", "names" ... */
int
has(char *what)
{
	return strstr(version, what) != 0;
}

/* Ends a test, without a word, that needs an option which plug lacks. */
void
needs(char *words)
{
	if (lacks(words))
		leave_out();
}

/*
 * The size of a table, as -V tells: "sessions", "plugs", "targets" ...  Short
 * ones tell little: then the usual size of such a build, as it is given.
 */
long
table(char *what, long usual, long tiny)
{
	char *s;

	s = strstr(version, f1("%s ", what));
	if (s != 0 && s[strlen(what) + 1] >= '1' && s[strlen(what) + 1] <= '9')
		return atol(s + strlen(what) + 1);
	return has(" TINY") ? tiny : usual;
}

/* The master's pid out of a pid file. */
int
daemon_pid(char *pidfile)
{
	int pid;

	pid = atoi(read_file(pidfile));
	if (pid <= 1 || kill((pid_t)pid, 0) < 0)
		fail(f1("a living master in %s", pidfile), read_file(pidfile));
	return pid;
}

/* Waits until a process that may not be our child exists no more. */
void
wait_gone(int pid)
{
	long end;

	end = clock_ms() + patience(PATIENCE);
	while (waitpid((pid_t)pid, (int *)0, WNOHANG), kill((pid_t)pid, 0) == 0) {
		if (clock_ms() > end)
			fail(f1("process %s to end", num((long)pid)), "it still runs");
		pause_ms(5L);
	}
}

/* Whether somebody listens on addr; nobody is connected to. */
static int
port_taken(char *addr)
{
	struct sockaddr_in sin;
	int fd;
	int on;
	int taken;

	on = 1;
	fd = sock_new();
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, (char *)&on, sizeof on);
	scan_addr(addr, &sin);
	taken = bind(fd, (struct sockaddr *)&sin, sizeof sin) < 0 && errno == EADDRINUSE;
	close(fd);
	return taken;
}

/* Waits until nobody listens on addr; nobody is connected to. */
void
wait_closed(char *addr)
{
	long end;

	end = clock_ms() + patience(PATIENCE);
	while (port_taken(addr)) {
		if (clock_ms() > end)
			fail(f1("no listener on %s", addr), "one");
		pause_ms(5L);
	}
}

/*
 * Waits until plug listens, without a session.  Where binding beside a socket
 * that does not listen yet fails, this looks too early and no harm is done:
 * connect_to() tries again.
 */
void
wait_port(char *addr)
{
	long end;

	end = clock_ms() + patience(PATIENCE);
	while (!port_taken(addr)) {
		plug_alive();
		if (clock_ms() > end)
			fail(f1("a listener on %s", addr), "none");
		pause_ms(5L);
	}
}

/* Fields of /proc/PID/stat behind the name: state, parent, ...; 0 if gone. */
static char *
proc_stat(int pid)
{
	char *s;

	s = read_file(f1("/proc/%s/stat", num((long)pid)));
	s = strrchr(s, ')');
	return s == 0 ? 0 : s + 2;
}

/* The living children of a process, zombies left out. */
int
children_of(int pid, int *list, int max)
{
	struct dirent *e;
	DIR *d;
	char *s;
	int n;

	d = opendir("/proc");
	if (d == 0)
		return 0;
	n = 0;
	while ((e = readdir(d)) != 0) {
		if (atoi(e->d_name) <= 0)
			continue;
		s = proc_stat(atoi(e->d_name));
		if (s != 0 && s[0] != 'Z' && atoi(s + 2) == pid && n < max)
			list[n++] = atoi(e->d_name);
	}
	closedir(d);
	return n;
}

/* Processor time of one process in ms, its ended children included. */
static long
cpu_one(int pid)
{
	long t[4];
	char *s;

	s = proc_stat(pid);
	if (s == 0 || sscanf(s, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld %ld %ld",
	    &t[0], &t[1], &t[2], &t[3]) != 4)
		return 0;
	return (t[0] + t[1] + t[2] + t[3]) * 1000 / TICKS;
}

/* Processor time of a plug and its children; needs /proc. */
long
cpu_ms(int pid)
{
	int list[512];
	long ms;
	int n;
	int i;

	if (access("/proc/self/stat", R_OK) < 0)
		skip("needs /proc");
	ms = cpu_one(pid);
	n = children_of(pid, list, 512);
	for (i = 0; i < n; i++)
		ms += cpu_one(list[i]);
	return ms;
}

/* Open descriptors of a process; needs /proc. */
int
count_fds(int pid)
{
	DIR *d;
	int n;

	d = opendir(f1("/proc/%s/fd", num((long)pid)));
	if (d == 0)
		skip("needs /proc");
	for (n = -2; readdir(d) != 0; n++)
		;
	closedir(d);
	return n;
}

/*
 * The same without sockets that are kept, once it has stayed for 300 ms: what
 * just ended is closed then.
 */
int
settled_fds(int pid)
{
	int i;
	int n;
	int was;
	int same;

	n = used_fds(pid, "");
	if (n == 0)
		skip("needs /proc");
	same = 0;
	for (i = 0; i < 100 && same < 3; i++) {
		pause_ms(100L);
		was = n;
		n = used_fds(pid, "");
		same = n == was ? same + 1 : 0;
	}
	return n;
}

/* A line of standard error: printable, and no report of a sanitizer. */
static void
stderr_check(struct proc *p)
{
	char *s;
	char *t;

	s = read_file(p->err);
	if (strstr(s, "Sanitizer") != 0 || strstr(s, "runtime error") != 0)
		fail("no sanitizer's report", s);
	if (!p->plug)
		want_text("peer's standard error", "", s);
	else if (!noisy)
		want_text("standard error", "", s);
	for (t = s; *t != 0; t++)
		if (*t != '\n' && (*t < ' ' || *t > '~'))
			fail("printable standard error", s);
}

/* A test that went well: its plugs must be alive, end, and have said little. */
static void
test_end(void)
{
	int i;

	step("at the end of the test");
	for (i = 0; i < nprocs; i++) {
		if (procs[i].plug && procs[i].pid != 0) {
			lastplug = i;
			plug_alive();
			stop_plug(procs[i].pid, SIGINT);
		}
	}
	for (i = 0; i < nprocs; i++)
		stderr_check(&procs[i]);
}

/* Ends what this test started and knows of; the runner finds the rest. */
static void
test_clean(void)
{
	int i;

	for (i = 0; i < nprocs; i++)
		if (procs[i].pid != 0)
			kill((pid_t)procs[i].pid, SIGKILL);
	for (i = 0; i < nprocs; i++)
		if (procs[i].pid != 0)
			waitpid((pid_t)procs[i].pid, (int *)0, 0);
}

/*
 * 7. TARGETS
 */

static char *letters[NAMES] = { "A", "B", "C" };


void
target_up(int i)
{
	named_pid[i] = start_peer(f2("%s name %s", named[i], letters[i]));
}

void
target_down(int i)
{
	kill((pid_t)named_pid[i], SIGKILL);
	wait_exit(named_pid[i], 5000L);
}

/*
 * New addresses for all; peers for those of which `up' has the letter.
 * Another new address: for the plug in front of them.
 */
char *
targets_new(char *up)
{
	char *addr;
	int i;

	addr = new_addr();
	for (i = 0; i < NAMES; i++) {
		named[i] = new_addr();
		if (strchr(up, 'A' + i) != 0)
			target_up(i);
	}
	return addr;
}

/* The address of a client, from 0. */
char *
client_addr(int i)
{
	return f1("127.0.0.%s", num((long)i + 2L));
}

/* A session that stays: its descriptor; *name is its target's. */
int
hold_from(char *from, char *addr, char *name)
{
	char *s;
	int fd;

	fd = connect_from(from, addr);
	s = recv_line(fd);
	if (s[0] == 0 || s[1] != 0)
		fail("a target's name", s);
	*name = s[0];
	return fd;
}

/* The end of one; plug has counted it when its own end has come. */
void
let_go(int fd)
{
	half_close(fd);
	expect_eof(fd);
	close(fd);
}

/* One client: the name of the target that it got. */
int
ask_from(char *from, char *addr)
{
	char name;

	let_go(hold_from(from, addr, &name));
	return name;
}

/* n clients of one address, one after another: their targets as a string. */
char *
ask_many(char *addr, int n)
{
	char *s;
	int i;

	s = f1("%s", "");
	for (i = 0; i < n; i++)
		s[i] = (char)ask_from((char *)0, addr);
	s[n] = 0;
	return s;
}

/* The first n clients of client_addr(), each once. */
char *
ask_all(char *addr, int n)
{
	char *s;
	int i;

	s = f1("%s", "");
	for (i = 0; i < n; i++)
		s[i] = (char)ask_from(client_addr(i), addr);
	s[n] = 0;
	return s;
}

int
count_of(int c, char *s)
{
	int n;

	for (n = 0; *s != 0; s++)
		n += *s == c;
	return n;
}

/* An echo behind a plug to come: where that is to listen, and its target. */
void
echo_behind(char **addr, char **behind)
{
	*addr = new_addr();
	*behind = new_addr();
	start_peer(f1("%s echo", *behind));
}

/*
 * 8. DRIVER
 */

struct suite {
	char *name;
	struct test *tests;
	int modal;		/* repeated in every mode */
	char *needs;		/* the option that all of it is about, or 0 */
};

static struct suite groups[] = {
	{ "bytes", tests_bytes, 1, 0 },
	{ "targets", tests_targets, 1, 0 },
	{ "balance", tests_balance, 1, 0 },
	{ "check", tests_check, 1, "-H" },
	{ "status", tests_status, 1, "-s" },
	{ "connect", tests_connect, 1, "-h" },
	{ "log", tests_log, 1, 0 },
	{ "rule", tests_rule, 1, 0 },
	{ "family", tests_family, 1, 0 },
	{ "config", tests_config, 1, "-c" },
	{ "rights", tests_rights, 1, 0 },
	{ "gone", tests_gone, 1, 0 },
	{ "service", tests_service, 1, 0 },
	{ "process", tests_process, 0, 0 },
	{ "option", tests_option, 0, 0 },
	{ 0, 0, 0, 0 }
};

/* A test of this run, in the order of its lines. */
struct item {
	struct suite *group;
	struct test *test;
	int runner;		/* pid while it runs */
	int done;
	int status;
	char why[2800];
};

static struct item items[MAXTEST];
static int nitems;
static int next_item;		/* the first that has not been started */
static int next_line;		/* the first that has not been printed */
static int jobs = 4;
static int npassed, nfailed, nskipped;
static char base[64];		/* directory of all tests of this run */
static int stopped;		/* a signal came: no more tests */

static char *modenames[] = { "", "/fork", "/workers" };
static char *modeoptions[] = { "", "-F", "-w" };

/* A test's own directory. */
static char *
item_dir(struct item *t)
{
	return f2("%s/%s", base, num((long)(t - items)));
}

/* Removes a directory of plain files, and directories of one level. */
static void
remove_dir(char *path, int depth)
{
	struct dirent *e;
	char name[1024];
	DIR *d;

	d = opendir(path);
	while (d != 0 && (e = readdir(d)) != 0) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		sprintf(name, "%.500s/%.300s", path, e->d_name);
		if (unlink(name) < 0 && depth < 2)
			remove_dir(name, depth + 1);
	}
	if (d != 0)
		closedir(d);
	rmdir(path);
}

/* The hard limit of a test has passed. */
static void
on_alarm(int sig)
{
	(void)sig;
	if (!ending)
		fail("an end of the test in time", "none");
}

/* Everything that still descends from us, by its process id. */
static void
kill_children(void)
{
	int list[4096];
	int n;
	int i;

	for (;;) {
		n = children_of((int)getpid(), list, 4096);
		for (i = 0; i < n; i++)
			kill((pid_t)list[i], SIGKILL);
		while (waitpid((pid_t)-1, (int *)0, WNOHANG) > 0)
			;
		if (n == 0)
			return;
		pause_ms(2L);
	}
}

/* The process that a test is. */
static void
test_main(struct item *t)
{
	int seconds;

	in_test = 1;
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGALRM, on_alarm);
	seconds = t->test->seconds != 0 ? t->test->seconds : SECONDS;
	alarm((unsigned)(seconds * slow));
	t->test->run();
	test_end();
	ending = 1;
	test_clean();
	_exit(END_OK);
}

/* Reaps what has ended, adopted daemons too; whether pid was among it. */
static int
reaped(int pid, int *status)
{
	int ended;
	int st;

	while ((ended = (int)waitpid((pid_t)-1, &st, WNOHANG)) > 0)
		if (ended == pid) {
			*status = st;
			return 1;
		}
	return 0;
}

/* Daemons that detached become ours when their parent ends. */
#ifdef PR_SET_CHILD_SUBREAPER
#define adopt() prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
#else
#define adopt() 0
#endif

/* Told to end: the driver hands that on to the runners, and cleans up. */
static void
on_stop(int sig)
{
	int i;

	(void)sig;
	stopped = 1;
	for (i = 0; i < nitems; i++)
		if (items[i].runner > 0 && !items[i].done)
			kill((pid_t)items[i].runner, SIGTERM);
}

/* What ends driver and runners well, but where it is ignored already. */
static void
stop_on(int sig)
{
	if (signal(sig, SIG_IGN) != SIG_IGN)
		signal(sig, on_stop);
}

/* The process that watches one test and cleans up behind it. */
static void
runner_main(struct item *t)
{
	long end;
	int parent;
	int pid;
	int st;

	parent = (int)getppid();
	nitems = 0;		/* the others are not ours to tell */
	(void)adopt();
	if (mkdir(item_dir(t), 0700) < 0 || chdir(item_dir(t)) < 0)
		_exit(END_FAIL);
	end = clock_ms() + (10 + (t->test->seconds != 0 ? t->test->seconds : SECONDS)) * 1000L * slow;
	pid = (int)fork();
	if (pid == 0)
		test_main(t);
	while (!reaped(pid, &st)) {
		if (stopped || clock_ms() > end || (int)getppid() != parent)
			kill((pid_t)pid, SIGKILL);
		pause_ms(4L);
	}
	kill_children();
	_exit(WIFEXITED(st) ? WEXITSTATUS(st) : 100 + WTERMSIG(st));
}

static void
item_start(struct item *t)
{
	fflush(stdout);
	t->runner = (int)fork();
	if (t->runner == 0)
		runner_main(t);
	if (t->runner < 0)
		t->runner = 0;
	if (stopped && t->runner > 0)
		kill((pid_t)t->runner, SIGTERM);
}

/* A runner has ended: keep the verdict, remove the directory. */
static void
item_end(struct item *t, int st)
{
	t->done = 1;
	t->status = status_of(st);
	take_file(f1("%s/.why", item_dir(t)), t->why, (long)sizeof t->why);
	if (t->status != END_OK && t->why[0] == 0)
		sprintf(t->why, "expected a verdict, got status %d", t->status);
	remove_dir(item_dir(t), 0);
}

/* One line of the report. */
static void
item_print(struct item *t)
{
	char *m;

	m = t->group->modal ? modenames[mode] : "";
	if (t->status == END_OK) {
		npassed++;
		printf("ok   %s%s: %s\n", t->group->name, m, t->test->broken);
	} else if (t->status == END_NONE) {
		;
	} else if (t->status == END_SKIP) {
		nskipped++;
		printf("skip %s%s: %s: %s\n", t->group->name, m, t->test->name, t->why);
	} else {
		nfailed++;
		printf("FAIL %s%s: %s: %s\n", t->group->name, m, t->test->name, t->why);
	}
	fflush(stdout);
}

/* Runs all items, `jobs' at a time, and prints them in their order. */
static void
run_all(void)
{
	int running;
	int pid;
	int st;
	int i;

	running = 0;
	while (stopped ? running > 0 : next_line < nitems) {
		while (!stopped && running < jobs && next_item < nitems) {
			item_start(&items[next_item++]);
			running++;
		}
		pid = (int)waitpid((pid_t)-1, &st, 0);
		for (i = 0; i < nitems; i++)
			if (items[i].runner == pid && !items[i].done) {
				item_end(&items[i], st);
				running--;
			}
		while (!stopped && next_line < nitems && items[next_line].done)
			item_print(&items[next_line++]);
	}
}

/* Whether the words of the command line choose this test, and plug has it. */
static int
chosen(struct suite *g, struct test *t, char **words, int n)
{
	char name[128];
	int i;

	if (lacks(modeoptions[mode]) || (g->needs != 0 && lacks(g->needs)))
		return 0;
	sprintf(name, "%s/%s", g->name, t->name);
	for (i = 0; i < n; i++)
		if (strncmp(words[i], "no:", 3) == 0 && (strcmp(words[i] + 3, name) == 0 ||
		    strcmp(words[i] + 3, g->name) == 0))
			return 0;
	for (i = 0; i < n; i++)
		if (strcmp(words[i], g->name) == 0 || strcmp(words[i], name) == 0)
			return 1;
	return n == 0 && (mode == M_SINGLE || g->modal);
}

/* Whether a word names a group or a test. */
static int
known(char *word)
{
	struct suite *g;
	struct test *t;
	char name[128];

	for (g = groups; g->name != 0; g++)
		for (t = g->tests; t->name != 0; t++) {
			sprintf(name, "%s/%s", g->name, t->name);
			if (strcmp(word, g->name) == 0 || strcmp(word, name) == 0)
				return 1;
		}
	return 0;
}

static void
choose(char **words, int n)
{
	struct suite *g;
	struct test *t;
	int i;

	for (g = groups; g->name != 0; g++)
		for (t = g->tests; t->name != 0; t++)
			if (chosen(g, t, words, n) && nitems < MAXTEST) {
				items[nitems].group = g;
				items[nitems++].test = t;
			}
	for (i = 0; i < n; i++)
		if (strncmp(words[i], "no:", 3) != 0 && !known(words[i]))
			fail("the name of a group or group/test", words[i]);
}

/* Long tests first would be quicker, but the order of the lines is worth more. */
static void
list_all(void)
{
	int i;

	for (i = 0; i < nitems; i++)
		printf("%s/%s\t%s\n", items[i].group->name, items[i].test->name,
		    items[i].test->broken);
}

static int
mode_named(char *s)
{
	if (strcmp(s, "single") == 0)
		return M_SINGLE;
	if (strcmp(s, "fork") == 0)
		return M_FORK;
	if (strcmp(s, "workers") == 0)
		return M_WORKERS;
	fail("single, fork or workers", s);
	return 0;
}

/* One option of live with its value. */
static void
option_set(int letter, char *value)
{
	switch (letter) {
	case 'j':
		jobs = atoi(value);
		break;
	case 'm':
		mode = mode_named(value);
		break;
	case 'x':
		if (nextra < MAXPROC - 4)
			extra[nextra++] = value;
		break;
	case 'n':
		ntransfers = atol(value);
		break;
	case 'c':
		nshort = atol(value);
		break;
	case 'k':
		nidle = atol(value);
		break;
	case 'r':
		seed = (unsigned long)atol(value);
		break;
	case 's':
		slow = atol(value);
		break;
	case 'L':
		devlog = value;
		break;
	default:
		fail("an option of live", value);
	}
}

/* What plug says that it has; no test holds more sessions than it can. */
static void
learn(void)
{
	ask_plug("-?", base, usage, (long)sizeof usage);
	ask_plug("-V", base, version, (long)sizeof version);
	if (usage_of('?') == 0) {
		rmdir(base);
		fail("plug's usage text", usage);
	}
	if (nidle > table("sessions", 9900L, 64L) - 14L)
		nidle = table("sessions", 9900L, 64L) - 14L;
}

/* The path of a program, from the root: tests change directory. */
static char *
full_path(char *s)
{
	char *p;

	p = realpath(s, (char *)0);
	if (p == 0 || access(p, X_OK) < 0)
		fail("a program", s);
	return p;
}

int
main(int argc, char **argv)
{
	char *words[256];
	int listing;
	int n;
	int i;

	if (argc < 3) {
		fprintf(stderr, "usage: live PLUG PEER [option] ... [group | group/test] ...\n");
		return 2;
	}
	plug_path = full_path(argv[1]);
	peer_path = full_path(argv[2]);
	listing = 0;
	n = 0;
	for (i = 3; i < argc && n < 256; i++) {
		if (strcmp(argv[i], "-l") == 0)
			listing = 1;
		else if (argv[i][0] == '-' && argv[i][1] != 0 && argv[i][2] == 0 && i + 1 < argc) {
			option_set(argv[i][1], argv[i + 1]);
			i++;
		} else
			words[n++] = argv[i];
	}
	if (jobs < 1 || jobs > MAXJOB)
		fail("1 to 16 jobs", num((long)jobs));
	limit_fds(0L);		/* for the tests with many sessions */
	sprintf(base, "/tmp/live.%ld", (long)getpid());
	if (mkdir(base, 0700) < 0)
		fail(base, strerror(errno));
	learn();
	choose(words, n);
	if (listing) {
		list_all();
		rmdir(base);
		return 0;
	}
	stop_on(SIGHUP);
	stop_on(SIGINT);
	stop_on(SIGTERM);
	run_all();
	rmdir(base);
	if (stopped)
		return 1;
	printf("%d passed, %d failed", npassed, nfailed);
	if (nskipped > 0)
		printf(", %d skipped", nskipped);
	printf("\n");
	return nfailed > 0;
}

/*
 * fault.h: a plug whose system does its worst.  Reads, writes, peeks and
 * splices of sockets and kernel pipes fall short, down to one byte, say
 * EAGAIN though there is something, or EINTR; accept loses clients that are
 * still there, connect is interrupted after it began.  Now and then the system
 * is out of memory: once, for three calls in a row, and here and there for
 * five seconds.  Nothing of this is anybody's end, so that not one byte may be
 * lost and no session may end.
 *
 * The generator is seeded with -DFAULT_SEED (1) and the pid, and hits
 * -DFAULT_RATE calls of a hundred (30); one of -DFAULT_SHORT (300) begins a
 * shortage.  Logs, pid files, signals and the pipes between processes are left
 * alone: they are no sockets.
 */
#ifndef FAULT_SEED
#define FAULT_SEED 1
#endif
#ifndef FAULT_RATE
#define FAULT_RATE 30
#endif
#ifndef FAULT_SHORT
#define FAULT_SHORT 300
#endif
#define FAULT_LASTS 5			/* seconds of the long shortage */

static unsigned long fault_state;
static long fault_pid;
static int fault_lacks;			/* so many next calls find no memory */
static long fault_until;		/* all calls until this second do */
static int fault_long;			/* a long shortage is still to come */

/* Xorshift, 32 bits; each process has its own row of numbers. */
static unsigned long
fault_random(void)
{
	unsigned long x;

	if (fault_pid != (long)getpid()) {
		fault_pid = (long)getpid();
		fault_state = ((unsigned long)FAULT_SEED * 0x9e3779b1L ^
		    (unsigned long)fault_pid * 0x85ebca6bL) & 0xffffffffL;
		if (fault_state == 0)
			fault_state = 1;
		fault_lacks = 0;
		fault_until = 0L;
		fault_long = fault_state >> 8 & 7 ? 0 : 1;
	}
	x = fault_state;
	x ^= x << 13 & 0xffffffffL;
	x ^= x >> 17;
	x ^= x << 5 & 0xffffffffL;
	fault_state = x & 0xffffffffL;
	return fault_state >> 4;
}

static int
fault_now(void)
{
	return fault_random() % 100 < FAULT_RATE;
}

/* The second on the clock. */
static long
fault_second(void)
{
	struct timeval t;

	(void)gettimeofday(&t, (void *)0);
	return (long)t.tv_sec;
}

/* A shortage of memory begins: the first one may be long. */
static void
fault_begins(void)
{
	if (fault_long)
		fault_until = fault_second() + FAULT_LASTS + 1;
	else
		fault_lacks = fault_random() % 2 ? 1 : 3;
	fault_long = 0;
}

/* True when there is no memory for this call, with errno. */
static int
fault_short(void)
{
	if (fault_lacks == 0 && fault_until == 0L &&
	    fault_random() % FAULT_SHORT == 0)
		fault_begins();
	if (fault_until != 0L && fault_second() >= fault_until)
		fault_until = 0L;
	if (fault_lacks == 0 && fault_until == 0L)
		return 0;
	fault_lacks -= fault_lacks > 0;
	errno = fault_random() % 2 ? ENOBUFS : ENOMEM;
	return 1;
}

/* True when the call shall fail, with errno; else *n may be shorter. */
static int
fault_hits(unsigned long *n)
{
	if (fault_short())
		return 1;
	if (!fault_now())
		return 0;
	switch ((int)(fault_random() % 5)) {
	case 0:
		errno = EAGAIN;
		return 1;
	case 1:
		errno = EINTR;
		return 1;
	case 2:
		*n = *n > 0 ? 1 : 0;
		return 0;
	}
	if (*n > 1)
		*n = 1 + fault_random() % *n;
	return 0;
}

/* A socket, and none that we were started with. */
static int
fault_may(int fd)
{
	struct stat st;

	return fd > 2 && fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* An edge means that a short read is all that there was: now it is not. */
#ifdef HAVE_EDGES
static void ev_level(int fd);
#else
#define ev_level(fd) (void)0
#endif

static long
fault_read(int fd, char *p, unsigned long n)
{
	unsigned long asked;

	asked = n;
	if (fault_may(fd) && fault_hits(&n))
		return -1L;
	if (n < asked)
		ev_level(fd);
	return (long)read(fd, p, (size_t)n);
}

static long
fault_write(int fd, char *p, unsigned long n)
{
	if (fault_may(fd) && fault_hits(&n))
		return -1L;
	return (long)write(fd, p, (size_t)n);
}

static long
fault_peek(int fd, char *p, unsigned long n)
{
	if (fault_may(fd) && fault_hits(&n))
		return -1L;
	return (long)recv(fd, p, (size_t)n, MSG_PEEK);
}

#ifdef HAVE_SPLICE
static long
fault_splice(int in, int out, unsigned long n)
{
	if (fault_hits(&n))
		return -1L;
	return (long)splice(in, (loff_t *)0, out, (loff_t *)0, (size_t)n, 3);
}
#endif

static int
fault_shutdown(int fd, int how)
{
	if (fault_may(fd) && fault_short())
		return -1;
	return shutdown(fd, how);
}

/* The client stays where it is: it is still there the next time. */
static int
fault_accept(void)
{
	if (!fault_now())
		return 0;
	errno = fault_random() % 2 ? EINTR : ECONNABORTED;
	return 1;
}

/* An interrupted connect goes on by itself. */
static int
fault_connect(int fd, struct sockaddr *sa, SOCKLEN len)
{
	int r;

	r = connect(fd, sa, len);
	if (sa->sa_family != AF_INET || (r < 0 && errno != EINPROGRESS))
		return r;
	if (!fault_now())
		return r;
	errno = EINTR;
	return -1;
}

#undef sys_read
#undef sys_write
#undef sys_get
#undef sys_put
#undef sys_peek
#undef sys_splice
#undef sys_shutdown
#undef sys_accept
#undef sys_accept4
#undef sys_connect
#define sys_read(fd, p, n) fault_read(fd, (char *)(p), (unsigned long)(n))
#define sys_write(fd, p, n) fault_write(fd, (char *)(p), (unsigned long)(n))
#define sys_get(fd, p, n) sys_read(fd, p, n)
#define sys_put(fd, p, n) sys_write(fd, p, n)
#define sys_peek(fd, p, n) fault_peek(fd, (char *)(p), (unsigned long)(n))
#define sys_splice(in, out, n) fault_splice(in, out, (unsigned long)(n))
#define sys_shutdown(fd, how) fault_shutdown(fd, how)
#define sys_accept(fd, sa, len) \
	(fault_accept() ? -1 : accept(fd, sa, len))
#define sys_accept4(fd, sa, len, flags) \
	(fault_accept() ? -1 : accept4(fd, sa, len, flags))
#define sys_connect(fd, sa, len) fault_connect(fd, sa, len)

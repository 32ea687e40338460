/*
 * old.h: what an old system does where plug uses it, for builds with the
 * OLD_ knobs of compat.h on a system of today (-DSEAMS_OLD).  Each
 * part stands in for one knob.  The texts of sys_errlist come from errlist.h,
 * which test/old.sh makes.
 */

#ifdef OLD_OPENLOG
#define openlog(ident, options) (openlog)(ident, options, 24)
#endif

#ifdef OLD_ERRLIST
#include "errlist.h"
#endif

/* setpgrp() did what setsid() does. */
#undef sys_setpgrp
#define sys_setpgrp(pid, group) ((pid) == 0 && (group) > 0 ? setsid() : -1)
#undef sys_setpgrp0
#define sys_setpgrp0() setsid()

/* A handler is forgotten when it runs, and nothing is blocked meanwhile. */
#ifdef OLD_SIGNAL
extern void (*sysv_signal())();
#undef sys_signal
#define sys_signal(sig, handler) sysv_signal(sig, handler)
#ifdef OLD_WAIT
/* SIGCLD was sent as long as there was a child to wait for. */
static void
old_signal(int sig, void (*handler)(int))
{
	siginfo_t i;

	sysv_signal(sig, handler);
	i.si_pid = 0;
	if (sig == SIGCHLD && handler != SIG_DFL &&
	    waitid(P_ALL, 0, &i, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	    i.si_pid > 0)
		raise(sig);
}
#undef sys_signal
#define sys_signal(sig, handler) old_signal(sig, handler)
#endif
#endif

/* SO_LINGER took an int: the seconds. */
#ifdef OLD_SOCKOPT
static int
old_setsockopt(int fd, int level, int what, char *value, int size)
{
	struct linger l;

	if (level != SOL_SOCKET || what != SO_LINGER)
		return setsockopt(fd, level, what, value, (unsigned)size);
	if (size != (int)sizeof(int))
		return -1;
	l.l_onoff = 1;
	l.l_linger = *(int *)value;
	return setsockopt(fd, level, what, &l, sizeof l);
}
#undef sys_setsockopt
#define sys_setsockopt(fd, l, o, p, n) old_setsockopt(fd, l, o, p, (int)(n))
#endif

/* Nothing there yet, or no room yet, was 0. */
#ifdef OLD_NDELAY
static long
old_nothing(long n)
{
	return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : n;
}
#undef sys_read
#define sys_read(fd, p, n) old_nothing((long)read(fd, p, n))
#undef sys_write
#define sys_write(fd, p, n) old_nothing((long)write(fd, p, n))
#undef sys_get
#define sys_get(fd, p, n) sys_read(fd, p, n)
#undef sys_put
#define sys_put(fd, p, n) sys_write(fd, p, n)
#undef sys_peek
#define sys_peek(fd, p, n) old_nothing((long)recv(fd, p, n, MSG_PEEK))
#endif

/* lseek() took an offset before the start of a file; reads and writes did not. */
#ifdef OLD_BSD
static int old_astray = -1;

static long
old_lseek(int fd, off_t at, int from)
{
	off_t r;

	r = lseek(fd, at, from);
	if (fd == old_astray)
		old_astray = -1;
	if (r < 0 && errno == EINVAL) {
		old_astray = fd;
		return 0L;
	}
	return (long)r;
}
#undef sys_lseek
#define sys_lseek(fd, at, from) old_lseek(fd, at, from)

static long
old_write(int fd, char *p, unsigned n)
{
	if (fd != old_astray)
		return (long)write(fd, p, n);
	errno = EINVAL;
	return -1L;
}
#undef sys_write
#define sys_write(fd, p, n) old_write(fd, (char *)(p), (unsigned)(n))
#endif

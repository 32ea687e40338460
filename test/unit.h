/*
 * unit.h: puts unit.c's fakes behind plug's system calls.  Descriptors that
 * unit.c did not make go to the system as ever.
 */
#include "seams.h"

static long fake_send(int fd, char *p, long n);
#ifdef USE_EPOLL
static int fake_epoll_ctl(int ev, int op, int fd, struct epoll_event *e);
#endif
#ifdef USE_KQUEUE
static int fake_kevent(int kq, struct kevent *to, int n, struct kevent *from, int max, struct timespec *t);
#endif
#ifdef HAVE_SPLICE
static int fake_setpipe(int n);
#endif
static long fake_fork(void);
static long fake_wait(int *status);

#undef sys_setpipe
#undef sys_send
#undef sys_fork
#undef sys_wait
#undef sys_wait3
#undef sys_waitpid
#undef sys_epoll_ctl
#undef sys_kevent
#define sys_send(fd, p, n) fake_send(fd, (char *)(p), (long)(n))
#define sys_setpipe(fd, n) ((void)(fd), fake_setpipe(n))
#define sys_fork() fake_fork()
#define sys_wait(st) fake_wait(st)
#define sys_wait3(st, how) fake_wait((int *)(st))
#define sys_waitpid(pid, st, how) fake_wait(st)
#define sys_epoll_ctl(ev, op, fd, e) fake_epoll_ctl(ev, op, fd, e)
#define sys_kevent(kq, to, n, from, max, t) \
	fake_kevent(kq, to, n, from, max, t)

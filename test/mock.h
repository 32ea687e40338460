/*
 * mock.h: puts the system of test/mock.c behind plug's system calls: all
 * that the engine asks for once it serves.
 */
#include "seams.h"

#define EPOLLFD 5		/* the set of epoll */

static int fake_clock(long *sec, long *nsec);
#ifdef USE_SELECT
static int fake_select(int n, fd_set *r, fd_set *w, struct timeval *t);
#else
static int fake_epoll_ctl(int op, int fd, struct epoll_event *e);
static int fake_epoll_wait(struct epoll_event *e, int max, long ms);
#endif

#undef sys_select
#undef sys_epoll_new
#undef sys_epoll_ctl
#undef sys_epoll_wait
#undef sys_fcntl
#undef sys_setpipe
#undef sys_monotonic
#define sys_select(n, r, w, t) fake_select(n, r, w, t)
#define sys_epoll_new() EPOLLFD
#define sys_epoll_ctl(ev, op, fd, e) fake_epoll_ctl(op, fd, e)
#define sys_epoll_wait(ev, e, n, ms) fake_epoll_wait(e, n, (long)(ms))
#define sys_fcntl(fd, what, arg) 0
#define sys_setpipe(fd, n) 0
#define sys_monotonic(t) fake_clock(&(t)->tv_sec, &(t)->tv_nsec)

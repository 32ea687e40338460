/*
 * mock.h: puts the system of test/mock.c behind plug's system calls: all
 * that the engine asks for once it serves.
 */
#include "seams.h"

static int fake_select(int n, fd_set *r, fd_set *w, struct timeval *t);
static int fake_clock(long *sec, long *nsec);

#undef sys_select
#undef sys_fcntl
#undef sys_setpipe
#undef sys_monotonic
#define sys_select(n, r, w, t) fake_select(n, r, w, t)
#define sys_fcntl(fd, what, arg) 0
#define sys_setpipe(fd, n) 0
#define sys_monotonic(t) fake_clock(&(t)->tv_sec, &(t)->tv_nsec)

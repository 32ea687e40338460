/*
 * unit.h: puts test/unit.c's fakes behind plug's system calls.  Descriptors
 * that unit.c did not make go to the system as ever.
 */
static long fake_read(int fd, char *p, long n);
static long fake_write(int fd, char *p, long n);
static long fake_peek(int fd, char *p, long n);
static long fake_send(int fd, char *p, long n);
#ifdef HAVE_SPLICE
static long fake_splice(int in, int out, long n);
#endif
static int fake_socket(int family, int type);
static int fake_accept(int fd, struct sockaddr *sa, SOCKLEN *len);
static int fake_connect(int fd, struct sockaddr *sa, SOCKLEN len);
static int fake_shutdown(int fd, int how);
static int fake_close(int fd);
static int fake_setsockopt(int fd, int level, int what, char *p);
static int fake_getsockopt(int fd, int level, char *p, SOCKLEN *n);
static int fake_getpeername(int fd, struct sockaddr *sa, SOCKLEN *len);
static int fake_getsockname(int fd, struct sockaddr *sa, SOCKLEN *len);
static int fake_pipe(int *p);
#ifdef USE_EPOLL
static int fake_epoll_ctl(int ev, int op, int fd, struct epoll_event *e);
#endif
#ifdef USE_KQUEUE
static int fake_kevent(int kq, struct kevent *to, int n, struct kevent *from, int max, struct timespec *t);
#endif
static long fake_fork(void);
static long fake_wait(int *status);

#undef sys_read
#undef sys_write
#undef sys_peek
#undef sys_send
#undef sys_splice
#undef sys_socket
#undef sys_accept
#undef sys_accept4
#undef sys_connect
#undef sys_shutdown
#undef sys_close
#undef sys_setsockopt
#undef sys_getsockopt
#undef sys_getpeername
#undef sys_getsockname
#undef sys_pipe
#undef sys_fork
#undef sys_wait
#undef sys_wait3
#undef sys_waitpid
#undef sys_epoll_ctl
#undef sys_kevent
#define sys_read(fd, p, n) fake_read(fd, (char *)(p), (long)(n))
#define sys_write(fd, p, n) fake_write(fd, (char *)(p), (long)(n))
#define sys_peek(fd, p, n) fake_peek(fd, (char *)(p), (long)(n))
#define sys_send(fd, p, n) fake_send(fd, (char *)(p), (long)(n))
#define sys_splice(in, out, n) fake_splice(in, out, (long)(n))
#define sys_socket(family, type) fake_socket(family, type)
#define sys_accept(fd, sa, len) fake_accept(fd, sa, len)
#define sys_accept4(fd, sa, len, flags) fake_accept(fd, sa, len)
#define sys_connect(fd, sa, len) fake_connect(fd, sa, len)
#define sys_shutdown(fd, how) fake_shutdown(fd, how)
#define sys_close(fd) fake_close(fd)
#define sys_setsockopt(fd, l, o, p, n) fake_setsockopt(fd, l, o, (char *)(p))
#define sys_getsockopt(fd, l, o, p, n) fake_getsockopt(fd, l, (char *)(p), n)
#define sys_getpeername(fd, sa, len) fake_getpeername(fd, sa, len)
#define sys_getsockname(fd, sa, len) fake_getsockname(fd, sa, len)
#define sys_pipe(p) fake_pipe(p)
#define sys_fork() fake_fork()
#define sys_wait(st) fake_wait(st)
#define sys_wait3(st, how) fake_wait((int *)(st))
#define sys_waitpid(pid, st, how) fake_wait(st)
#define sys_epoll_ctl(ev, op, fd, e) fake_epoll_ctl(ev, op, fd, e)
#define sys_kevent(kq, to, n, from, max, t) \
	fake_kevent(kq, to, n, from, max, t)

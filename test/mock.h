/*
 * mock.h: puts the system of test/mock.c behind plug's system calls: all
 * that the engine asks for once it serves.
 */
static long mock_read(int fd, char *p, long n);
static long mock_write(int fd, char *p, long n);
static long mock_peek(int fd, char *p, long n);
static long mock_splice(int in, int out, long n);
static int mock_select(int n, fd_set *r, fd_set *w, struct timeval *t);
static int mock_socket(int family);
static int mock_accept(struct sockaddr *sa, SOCKLEN *len);
static int mock_connect(int fd);
static int mock_shutdown(int fd);
static int mock_close(int fd);
static int mock_setsockopt(int fd, int level, int option, char *p);
static int mock_getsockopt(int fd, int level, char *p, SOCKLEN *n);
static int mock_getpeername(int fd, struct sockaddr *sa, SOCKLEN *len);
static int mock_getsockname(int fd, struct sockaddr *sa, SOCKLEN *len);
static int mock_pipe(int *p);
static int mock_clock(long *sec, long *nsec);

#undef sys_read
#undef sys_write
#undef sys_peek
#undef sys_splice
#undef sys_select
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
#undef sys_fcntl
#undef sys_monotonic
#define sys_read(fd, p, n) mock_read(fd, (char *)(p), (long)(n))
#define sys_write(fd, p, n) mock_write(fd, (char *)(p), (long)(n))
#define sys_peek(fd, p, n) mock_peek(fd, (char *)(p), (long)(n))
#define sys_splice(in, out, n) mock_splice(in, out, (long)(n))
#define sys_select(n, r, w, t) mock_select(n, r, w, t)
#define sys_socket(family, type) mock_socket(family)
#define sys_accept(fd, sa, len) mock_accept(sa, len)
#define sys_accept4(fd, sa, len, flags) mock_accept(sa, len)
#define sys_connect(fd, sa, len) mock_connect(fd)
#define sys_shutdown(fd, how) mock_shutdown(fd)
#define sys_close(fd) mock_close(fd)
#define sys_setsockopt(fd, l, o, p, n) mock_setsockopt(fd, l, o, (char *)(p))
#define sys_getsockopt(fd, l, o, p, n) mock_getsockopt(fd, l, (char *)(p), n)
#define sys_getpeername(fd, sa, len) mock_getpeername(fd, sa, len)
#define sys_getsockname(fd, sa, len) mock_getsockname(fd, sa, len)
#define sys_pipe(p) mock_pipe(p)
#define sys_fcntl(fd, what, arg) 0
#define sys_monotonic(t) mock_clock(&(t)->tv_sec, &(t)->tv_nsec)

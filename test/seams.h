/*
 * seams.h: puts the sockets of a test, fake_*, behind plug's system calls, for
 * unit.h and mock.h.
 */
static long fake_read(int fd, char *p, long n);
static long fake_write(int fd, char *p, long n);
static long fake_peek(int fd, char *p, long n);
#ifdef HAVE_SPLICE
static long fake_splice(int in, int out, long n);
#endif
static int fake_socket(int family);
static int fake_accept(int fd, struct sockaddr *sa, SOCKLEN *len);
static int fake_connect(int fd, struct sockaddr *sa, SOCKLEN len);
static int fake_shutdown(int fd, int how);
static int fake_close(int fd);
static int fake_setsockopt(int fd, int level, int what, char *p);
static int fake_getsockopt(int fd, int level, char *p, SOCKLEN *n);
static int fake_getpeername(int fd, struct sockaddr *sa, SOCKLEN *len);
static int fake_getsockname(int fd, struct sockaddr *sa, SOCKLEN *len);
static int fake_pipe(int *p);

#undef sys_read
#undef sys_write
#undef sys_get
#undef sys_put
#undef sys_peek
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
#undef sys_pipe2
#define sys_read(fd, p, n) fake_read(fd, (char *)(p), (long)(n))
#define sys_write(fd, p, n) fake_write(fd, (char *)(p), (long)(n))
#define sys_get(fd, p, n) sys_read(fd, p, n)
#define sys_put(fd, p, n) sys_write(fd, p, n)
#define sys_peek(fd, p, n) fake_peek(fd, (char *)(p), (long)(n))
#define sys_splice(in, out, n) fake_splice(in, out, (long)(n))
#define sys_socket(family, type) fake_socket(family)
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
#define sys_pipe2(p, how) fake_pipe(p)

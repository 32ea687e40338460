#ifdef KR_SUN
struct pollfd { int fd; short events, revents; };
#define POLLIN 1
#define POLLOUT 4
#define POLLERR 8
#define POLLHUP 16
#else
no_poll_h_here
#endif

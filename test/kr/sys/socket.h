#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SO_REUSEADDR 4
#define SO_KEEPALIVE 8
#define SO_LINGER 0x80
#define SOL_SOCKET 0xffff
#define AF_UNIX 1
#define AF_INET 2
#define MSG_OOB 1
#define MSG_PEEK 2
#define SOMAXCONN 5
#ifdef KR_42
#define SO_DONTLINGER (~SO_LINGER)
#else
#define SO_OOBINLINE 0x100
#define SO_SNDBUF 0x1001
#define SO_RCVBUF 0x1002
#define SO_ERROR 0x1007
struct linger { int l_onoff, l_linger; };
#endif
struct sockaddr { u_short sa_family; char sa_data[14]; };

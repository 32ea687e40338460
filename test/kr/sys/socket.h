#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define AF_UNIX 1
#define AF_INET 2
#define SOL_SOCKET (-1)
#define SO_REUSEADDR 4
#define SO_KEEPALIVE 8
#define SO_LINGER 128
#define SO_OOBINLINE 256
#define SO_ERROR 0x1007
#define MSG_PEEK 2
struct sockaddr { u_short sa_family; char sa_data[14]; };
#ifndef KR_42
struct linger { int l_onoff; int l_linger; };
#endif

#ifndef _TYPES_
#define _TYPES_
typedef unsigned char u_char;
typedef unsigned short u_short;
typedef unsigned int u_int;
typedef unsigned long u_long;
typedef char *caddr_t;
typedef long time_t;
typedef long off_t;
typedef short dev_t;
typedef u_long ino_t;
typedef u_short uid_t;
typedef u_short gid_t;
#ifdef KR_42
typedef int size_t;
typedef struct fd_set { int fds_bits[1]; } fd_set;
#else
#ifdef KR_211
typedef unsigned int size_t;
typedef int ssize_t;
typedef int pid_t;
#define FD_SETSIZE 32
#else
#ifdef KR_SUN
typedef int size_t;
typedef int pid_t;
typedef u_short mode_t;
#else
typedef long size_t;
#endif
#define FD_SETSIZE 256
#endif
typedef long fd_mask;
#define NFDBITS 32
typedef struct fd_set { fd_mask fds_bits[FD_SETSIZE / NFDBITS]; } fd_set;
#define FD_SET(n, p) ((p)->fds_bits[(n) / NFDBITS] |= (1L << ((n) % NFDBITS)))
#define FD_CLR(n, p) ((p)->fds_bits[(n) / NFDBITS] &= ~(1L << ((n) % NFDBITS)))
#define FD_ISSET(n, p) ((p)->fds_bits[(n) / NFDBITS] & (1L << ((n) % NFDBITS)))
#define FD_ZERO(p) bzero((char *)(p), (int)sizeof *(p))
#endif
#ifdef __STDC__
#include "calls.h"
#endif
#endif

/*
 * The headers here are those of 4.3BSD as far as plug looks into them, for
 * compilers that have none of their own: what they declare is what that
 * system declared, and no more.  With -DKR_42 they are those of 4.2BSD.
 */
typedef unsigned char u_char;
typedef unsigned short u_short;
typedef unsigned int u_int;
typedef unsigned long u_long;
typedef long time_t;
typedef long off_t;
typedef short dev_t;
typedef u_long ino_t;
typedef unsigned size_t;
typedef struct fd_set { long fds_bits[1]; } fd_set;
#ifndef KR_42
#define FD_SETSIZE 32
#define FD_SET(n, p) ((p)->fds_bits[0] |= 1L << (n))
#define FD_CLR(n, p) ((p)->fds_bits[0] &= ~(1L << (n)))
#define FD_ISSET(n, p) ((p)->fds_bits[0] & 1L << (n))
#define FD_ZERO(p) ((p)->fds_bits[0] = 0L)
#endif

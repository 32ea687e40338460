/*
 * compat.h: everything that differs between systems, and nothing else.
 *
 *	1. knobs	which system; every limit of plug and its default
 *	2. names	headers, types, constants that a system may lack
 *	3. seams	system calls that can fail, spelled sys_NAME
 *	4. functions	one signature, one variant for each kind of system
 *
 * plug.c includes this file first.  Any knob is set with -DNAME=value.
 */
#ifndef COMPAT_H
#define COMPAT_H

/*
 * 1. KNOBS
 *
 * Which system.  One of today needs nothing here.  What an older one lacks
 * is found out from its headers, or from the name that its compiler gives
 * it; each of these can also be forced with -D:
 *
 *	OLD_SELECT	select() on a long, no FD_SET (4.2BSD)
 *	OLD_SYSLOG	no datagram socket for log lines: syslog(3)
 *	OLD_OPENLOG	openlog() with two arguments, no facilities (4.2BSD)
 *	NO_SYSLOG	no syslog: lines are appended to PATH_LOG
 *	OLD_WAIT3	wait3() with union wait, no waitpid()
 *	OLD_WAIT	wait() alone, with OLD_SIGNAL's SIGCLD (System V)
 *	OLD_SIGNAL	signal() that falls back to SIG_DFL (System V)
 *	BSD_SIGNAL	signal() that stays (4.2BSD)
 *	OLD_HANDLER	signal handlers return int
 *	OLD_SETPGRP	no setsid(): setpgrp(0, pid) and TIOCNOTTY (BSD)
 *	SYSV_SETPGRP	no setsid(): setpgrp() (System V)
 *	OLD_FIONBIO	ioctl FIONBIO instead of O_NONBLOCK (4.2BSD)
 *	OLD_NDELAY	O_NDELAY, whose read() says 0 for "nothing yet"
 *	OLD_STRINGS	bcopy, bzero, bcmp instead of memcpy and so on
 *	OLD_ERRNO	errno must be declared
 *	OLD_ERRLIST	sys_errlist instead of strerror()
 *	NO_STRERROR	neither: errors are numbers
 *	OLD_SOCKOPT	SO_LINGER takes an int: no resets (4.2BSD)
 *	OLD_SOCKLEN	socket lengths are int
 *	NO_UNISTD	no <unistd.h>
 *	OLD_STAT	no lstat(), no S_ISREG()
 *	OLD_FLOCK	flock() instead of fcntl() locks
 *	NO_LOCK		neither: the pid file is not locked
 *	NO_FTRUNCATE	no ftruncate(): empty lines end the pid file
 *	NO_SETGROUPS	no setgroups(): a process has one group (System V)
 *	NO_UNIX		no unix sockets
 *	NO_IPV6		no IPv6
 *	NO_SHARE	no memory that processes share
 *	OLD_DTABLE	getdtablesize() tells the number of descriptors
 *	OLD_NOFILE	NOFILE of <sys/param.h> tells it
 *	NO_POLL		no poll()
 *	NO_CLOCK	no clock_gettime(): gettimeofday(), kept from stepping
 *	NO_LOCALTIME	no localtime(): dates are UTC
 *	NO_FORK		no fork(): -n alone works
 *	NO_SPLICE	no kernel pipes
 *	NO_ACCEPT4	no accept4()
 *	OLD_NETDB	no getaddrinfo(): gethostbyname(), with HAVE_NAMES
 *
 * OLD_ALL is 4.2BSD, the oldest system with sockets.
 */
#ifdef OLD_ALL
#define OLD_BSD
#define OLD_SELECT
#define OLD_SOCKOPT
#define OLD_STAT
#endif
#if defined(vax) || defined(pdp11) || defined(tahoe) || defined(ultrix)
#ifndef __STDC__
#define OLD_BSD
#endif
#endif
#if defined(sun) && !defined(__SVR4) && !defined(__svr4__)
#define OLD_SUNOS
#endif

#ifdef OLD_BSD
#define BSD_SIGNAL
#define OLD_HANDLER
#define OLD_WAIT3
#define OLD_SETPGRP
#define OLD_FIONBIO
#define OLD_STRINGS
#define OLD_ERRNO
#ifndef pdp11				/* 2.11BSD has no table, but strerror() */
#define OLD_ERRLIST
#endif
#define OLD_SOCKLEN
#define NO_UNISTD
#define OLD_FLOCK
#define NO_IPV6
#define NO_SHARE
#define OLD_DTABLE
#define NO_POLL
#define NO_CLOCK
#define OLD_NETDB
#endif
#ifdef __KLIBC__
#define NO_CLOCK
#define NO_LOCALTIME
#define OLD_NOFILE
#endif
#ifdef OLD_SUNOS
#define BSD_SIGNAL
#define OLD_STRINGS
#define OLD_ERRNO
#define OLD_ERRLIST
#define OLD_SOCKLEN
#define NO_CLOCK
#define OLD_NETDB
#endif

/*
 * Tables for the machines of then: 4.2BSD gives a process 6 MB of data, and
 * a PDP-11 has 64 KB of text, 56 KB of data and 30 descriptors.
 */
#ifdef pdp11
#ifndef TINY
#define TINY
#endif
#ifndef MAXSESSION
#define MAXSESSION 10
#endif
#ifndef BUFSZ
#define BUFSZ 512
#endif
#ifndef MAXBUF
#define MAXBUF 12
#endif
#ifndef LOGBUF
#define LOGBUF 1024
#endif
#ifndef SPAREFD
#define SPAREFD 12
#endif
#endif
#if defined(OLD_BSD) || defined(OLD_SUNOS)
#ifndef MAXPLUG
#define MAXPLUG 64
#endif
#ifndef BUFSZ
#define BUFSZ 4096
#endif
#ifndef MAXBUF
#define MAXBUF 32
#endif
#ifdef OLD_SUNOS
#ifndef MAXSESSION
#define MAXSESSION 116			/* of 256 descriptors */
#endif
#endif
#if defined(OLD_BSD) && !defined(OLD_SELECT)
#ifndef MAXSESSION
#define MAXSESSION 21			/* of 64 descriptors */
#endif
#ifndef SPAREFD
#define SPAREFD 20
#endif
#endif
#endif

/*
 * Features.  Each is 1 or 0, and can be set by itself; what a build has is
 * said by -V.  All are 1 by default, but HAVE_NAMES (WITH_DNS is the same);
 * -DTINY, the router profile, presets most to 0, and has small tables.
 *
 *	HAVE_LONG	long option names, help and all limits in the usage text
 *	HAVE_HINTS	what exactly is wrong with a word; what -E warns of
 *	HAVE_FILE	-c: a file with a plug a line, read again on HUP
 *	HAVE_WORKERS	-w: processes that share the ports
 *	HAVE_FORK_MODE	-F: a process a connection
 *	HAVE_VIA	-h: through an HTTP proxy
 *	HAVE_CHECK	-H: probes of targets
 *	HAVE_STATUS	-s: page and metrics; counters by target
 *	HAVE_ROOT	-R: chroot
 *	HAVE_PROXY	-X: PROXY protocol
 *	HAVE_USERS	-u: names, not numbers alone
 *	HAVE_DEBUG	-d: what becomes of each session
 *	HAVE_RING	bulk directions take turns: others wait for one of them
 *	HAVE_SERVICE	systemd's LISTEN_FDS and NOTIFY_SOCKET, inetd's wait
 *	HAVE_ROLL	-ll, SIGUSR2, /sessions: each session by itself
 *	HAVE_NAMES	targets may be host names, which the system's resolver
 *			looks up in a child
 */
#ifdef WITH_DNS
#ifndef HAVE_NAMES
#define HAVE_NAMES 1
#endif
#endif
#ifdef TINY
#define PRESET 0
#else
#define PRESET 1
#endif
#ifndef HAVE_LONG
#define HAVE_LONG PRESET
#endif
#ifndef HAVE_HINTS
#define HAVE_HINTS PRESET
#endif
#ifndef HAVE_FILE
#define HAVE_FILE PRESET
#endif
#ifndef HAVE_WORKERS
#define HAVE_WORKERS PRESET
#endif
#ifndef HAVE_FORK_MODE
#define HAVE_FORK_MODE 1
#endif
#ifndef HAVE_VIA
#define HAVE_VIA 1
#endif
#ifndef HAVE_CHECK
#define HAVE_CHECK PRESET
#endif
#ifndef HAVE_STATUS
#define HAVE_STATUS PRESET
#endif
#ifndef HAVE_ROOT
#define HAVE_ROOT PRESET
#endif
#ifndef HAVE_PROXY
#define HAVE_PROXY PRESET
#endif
#ifndef HAVE_USERS
#define HAVE_USERS PRESET
#endif
#ifndef HAVE_DEBUG
#define HAVE_DEBUG PRESET
#endif
#ifndef HAVE_RING
#define HAVE_RING PRESET
#endif
#if defined(OLD_BSD) || defined(OLD_SUNOS)	/* nobody hands sockets down */
#ifndef HAVE_SERVICE
#define HAVE_SERVICE 0
#endif
#endif
#ifndef HAVE_SERVICE
#define HAVE_SERVICE PRESET
#endif
#ifndef HAVE_ROLL
#define HAVE_ROLL PRESET
#endif
#ifdef NO_FORK
#undef HAVE_NAMES
#endif
#ifndef HAVE_NAMES
#define HAVE_NAMES 0
#endif

/*
 * The router profile's tables.  Its dates are UTC, its syslog lines have none,
 * of the system's errors it has the texts that a user can do something about.
 * It asks for more descriptors than it has got if it has more sessions only.
 */
#ifdef TINY
#define FRUGAL 1
#define BUILD_NAME " TINY"
#ifndef NO_LOCALTIME
#define NO_LOCALTIME
#endif
#ifndef OLD_SELECT
#ifndef MAXSESSION
#define MAXSESSION 64
#endif
#if MAXSESSION <= 64 && !defined(OLD_NOFILE) && !defined(OLD_DTABLE)
#define OLD_DTABLE
#endif
#ifndef MAXPIPE
#define MAXPIPE 8
#endif
#endif
#ifndef BUFSZ
#define BUFSZ TINYBYTES
#endif
#ifndef MAXBUF
#define MAXBUF TINYBLOCKS
#endif
#ifndef PIPESZ
#define PIPESZ 65536L
#endif
#ifndef TURNBYTES
#define TURNBYTES 262144L
#endif
#ifndef MAXTARGET
#define MAXTARGET 16
#endif
#ifndef MAXPLUG
#define MAXPLUG 8
#endif
#ifndef MAXLISTEN
#define MAXLISTEN 8
#endif
#ifndef MAXRULE
#define MAXRULE 32
#endif
#ifndef STICKYSETS
#define STICKYSETS 32
#endif
#ifndef GUESTSETS
#define GUESTSETS 1
#endif
#ifndef MAXCHILD
#define MAXCHILD 64
#endif
#ifndef LOGBUF
#define LOGBUF 2048
#endif
#else
#define FRUGAL 0
#define BUILD_NAME ""
#endif

/* Plugs: as many as lines in the file of -c. */
#if !HAVE_FILE
#undef MAXPLUG
#define MAXPLUG 1
#endif

/* Probes at once, and clients of -s. */
#if !HAVE_STATUS
#undef MAXSTATUS
#define MAXSTATUS 0
#endif
#if HAVE_CHECK
#define PROBES MAXPROBE
#else
#define PROBES 0
#endif

/*
 * Sessions at once in one process, 9900 or what select holds; -m lowers it.
 * Halved, since 2.11BSD's preprocessor counts in 16 bits: 65535 is -1 there.
 */
#ifndef MAXSESSION
#define MAXSESSION EV_SESSIONS
#else
#if MAXSESSION / 2 > 32767
 #error "MAXSESSION is at most 65535"
#endif
#endif

/* Bytes in one block, the most that plug itself holds of a direction. */
#ifndef BUFSZ
#define BUFSZ 32768
#endif

/* Blocks in the pool; one is held only by a direction whose sink is full. */
#ifndef MAXBUF
#define MAXBUF 256
#endif

/* Kernel pipes for bulk directions (64), and the bytes asked for in each. */
#ifndef MAXPIPE
#define MAXPIPE EV_PIPES
#endif
#ifndef PIPESZ
#define PIPESZ 1048576L
#endif

/*
 * Sockets to targets that are kept to connect again (64, else 0); with none no
 * socket is told of by edges, see ev_side().
 */
#ifndef MAXREUSE
#define MAXREUSE EV_REUSE
#endif

/* Bytes that one direction may move before the others have their turn. */
#ifndef TURNBYTES
#define TURNBYTES 2097152L
#endif

/* Plugs, and the ports of all of them together. */
#ifndef MAXPLUG
#define MAXPLUG 256
#endif
#ifndef MAXLISTEN
#define MAXLISTEN EV_LISTEN
#endif

/*
 * Targets of all plugs together; twice as many as plugs, so that each can have
 * another one at a reload.  Up to 16: each choice looks at all.
 */
#ifndef MAXTARGET
#define MAXTARGET 512
#else
#if MAXTARGET > 32767
 #error "MAXTARGET is at most 32767"
#endif
#endif

/* Bytes of the file of -c, and its names: users, paths, hosts. */
#ifndef MAXCONF
#define MAXCONF 30000
#endif
#ifndef MAXNAMES
#define MAXNAMES 256
#endif

/* Rules (-a, -x) of all plugs together; up to 32 are looked through. */
#ifndef MAXRULE
#define MAXRULE 512
#endif

/* Clients that -f remembers: a client's bucket has STICKYWAYS places. */
#ifndef STICKYSETS
#define STICKYSETS 2048
#endif
#ifndef STICKYWAYS
#define STICKYWAYS 4
#endif

/* Chains of clients that are being served, for -M; 1: rows are looked through. */
#ifndef GUESTSETS
#define GUESTSETS 1024
#endif

/* Children at once with -F, one a session; workers at most with -w. */
#ifndef MAXCHILD
#define MAXCHILD 2048
#endif
#ifndef MAXWORKER
#define MAXWORKER 255
#endif
#if MAXWORKER > MAXCHILD
#undef MAXWORKER
#define MAXWORKER MAXCHILD
#endif

/* Clients accepted from one source in one turn of the loop. */
#ifndef ACCEPTS
#define ACCEPTS 64
#endif

/* Clients that the kernel may hold for us in front of accept. */
#ifndef BACKLOG
#define BACKLOG 4096
#endif

/* Seconds without progress for bytes that nobody will read, or last bytes. */
#ifndef LINGERSECS
#define LINGERSECS 30
#endif

/* Bytes of a proxy's whole answer to CONNECT, 1xx answers included. */
#ifndef MAXREPLY
#define MAXREPLY 16384
#endif

/* Bytes of -h's user:password. */
#ifndef MAXAUTH
#define MAXAUTH 255
#endif

/* Bytes of session lines kept for one write. */
#ifndef LOGBUF
#define LOGBUF 16384
#endif

/*
 * -H: probes at once; good ones in a row that bring a target back, and bad
 * ones that kill it.
 */
#ifndef MAXPROBE
#define MAXPROBE EV_PROBES
#endif
#ifndef RISE
#define RISE 2
#endif
#ifndef FALL
#define FALL 2
#endif

/*
 * -s: clients at once, bytes that one is sent at a time (a line of the page
 * or of the metrics at least, 1300), bytes of its request, and the seconds
 * that it has in all.
 */
#ifndef MAXSTATUS
#define MAXSTATUS EV_STATUS
#endif
#ifndef STATUSBUF
#define STATUSBUF 1536
#endif
#ifndef MAXREQUEST
#define MAXREQUEST 8192
#endif
#ifndef STATUSSECS
#define STATUSSECS 30
#endif

/* Lines a second that clients can bring about at will; the rest is counted. */
#ifndef REFUSELINES
#define REFUSELINES 10
#endif

/*
 * With HAVE_NAMES, in seconds: how long the start waits for names, when those
 * without an address are looked up again, the most that a round may take.
 */
#ifndef DNSWAIT
#define DNSWAIT 5
#endif
#ifndef DNSRETRY
#define DNSRETRY 10
#endif
#ifndef DNSLIMIT
#define DNSLIMIT 60
#endif

/* Where syslogd listens, at most MAXUNIX bytes; with NO_SYSLOG a file. */
#ifndef PATH_LOG
#ifdef NO_SYSLOG
#define PATH_LOG "/dev/console"
#else
#define PATH_LOG "/dev/log"
#endif
#endif

/* Descriptors that are not sessions' (64): probes, -s, logs, signals. */
#ifndef SPAREFD
#define SPAREFD EV_SPARE
#endif

/* Clients that one process knows to be served: sessions, or children. */
#define MAXGUEST (MAXSESSION > MAXCHILD ? MAXSESSION : MAXCHILD)

/* The highest descriptor number plus one that the event tables hold. */
#define MAXFD (2 * MAXSESSION + 2 * KPIPES + MAXLISTEN + SPAREFD)

/*
 * 2. NAMES
 */

#ifndef __STDC__
#define const
#define volatile
#endif

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifndef __EXTENSIONS__
#define __EXTENSIONS__
#endif
#ifndef _DARWIN_C_SOURCE
#define _DARWIN_C_SOURCE
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64
#endif
#ifndef _TIME_BITS
#define _TIME_BITS 64
#endif

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <netinet/in.h>
#include <errno.h>
#if defined(__STDC__) && !defined(OLD_BSD)
#include <limits.h>
#endif
#include <signal.h>
#if !defined(OLD_BSD) || defined(__STDC__)
#include <time.h>
#endif
#ifdef OLD_STRINGS
#include <strings.h>
#endif
#if !defined(OLD_STRINGS) || defined(__linux__) || defined(pdp11)
#include <string.h>
#endif
#if defined(NO_UNISTD) || defined(OLD_FLOCK)
#include <sys/file.h>
#endif
#ifndef NO_UNISTD
#include <unistd.h>
#endif
#include <fcntl.h>
#ifndef NO_UNIX
#include <sys/un.h>
#endif
#ifndef NO_POLL
#include <poll.h>
#endif
#ifndef OLD_BSD				/* TCP_NODELAY is all that BSD had there */
#include <netinet/tcp.h>
#endif
#ifdef OLD_WAIT3
#include <sys/resource.h>
#endif
#ifndef NO_FORK
#include <sys/wait.h>
#endif
#ifndef NO_SHARE
#include <sys/mman.h>
#endif
#ifndef HAVE_UNSENT
#if defined(__linux__) && !FRUGAL && !defined(OLD_BSD)
#define HAVE_UNSENT 1			/* see sock_unsent() */
#else
#define HAVE_UNSENT 0
#endif
#endif
#if defined(OLD_FIONBIO) || defined(OLD_SETPGRP) || HAVE_UNSENT
#include <sys/ioctl.h>
#endif
#if defined(OLD_BSD) || defined(OLD_SUNOS)
#define GROUP_T int
#define USER_T int
#else
#include <grp.h>
#define GROUP_T gid_t
#define USER_T uid_t
#endif
#if defined(__linux__) && !defined(OLD_BSD)
#include <sys/prctl.h>
#endif
#ifdef OLD_NOFILE
#include <sys/param.h>
#endif
#ifdef __OpenBSD__
#include <sys/param.h>
#if OpenBSD >= 201811			/* 6.4 */
#define HAVE_PLEDGE
#endif
#endif
#ifdef SEAMS_PLEDGE
#define HAVE_PLEDGE
#endif
#if !defined(OLD_DTABLE) && !defined(OLD_NOFILE) && !defined(OLD_WAIT3)
#include <sys/resource.h>
#endif
#if defined(OLD_SYSLOG) || defined(OLD_OPENLOG)
#include <syslog.h>
#endif
#if HAVE_NAMES
#include <netdb.h>
#endif
#ifdef __linux__
#include <sys/syscall.h>
#endif

#ifdef OLD_ERRNO
extern int errno;
#endif
#ifdef __KLIBC__
#include <netinet/in6.h>
#ifndef NOFILE
#define NOFILE 1024			/* Linux, as it comes */
#endif
struct linger {
	int l_onoff;
	int l_linger;
};
#endif

/* The event backend: the best that the system has, or the one asked for. */
#if defined(__STDC__) && !defined(FD_SET) && !defined(OLD_SELECT)
#include <sys/select.h>
#endif
#if !defined(FD_SET) && !defined(OLD_SELECT) && !defined(__KLIBC__)
#define OLD_SELECT
#endif
#if defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__) || \
	defined(__APPLE__) || defined(__DragonFly__)
#define KQUEUE_SYSTEM
#endif
#if !defined(USE_EPOLL) && !defined(USE_KQUEUE) && !defined(USE_POLL) && \
	!defined(USE_SELECT)
#if defined(OLD_SELECT) || defined(NO_POLL)
#define USE_SELECT
#else
/* x86-64's struct epoll_event is packed, for who knows that word of GNU C. */
#if defined(__linux__) && !defined(__KLIBC__) && !FRUGAL && \
	(defined(__GNUC__) || !defined(__x86_64__))
#define USE_EPOLL
#else
#if defined(KQUEUE_SYSTEM) && !FRUGAL
#define USE_KQUEUE
#else
#define USE_POLL
#endif
#endif
#endif
#endif

/*
 * Kernel pipes, which only splice() makes use of.  Where there are none, bulk
 * pays for small blocks: TINY's are fewer and larger then.
 */
#if defined(SPLICE_F_MOVE) && !defined(NO_SPLICE)
#define HAVE_SPLICE
#define KPIPES MAXPIPE
#define TINYBYTES 2048
#define TINYBLOCKS 16
#else
#define KPIPES 0
#define TINYBYTES 10240
#define TINYBLOCKS 4
#endif

/*
 * Whether sockets can connect again, see sock_renew(); and clients that are
 * taken before the next look at events: at least one, more where it is dear.
 */
#if defined(USE_EPOLL) && defined(TCP_INFO) && !FRUGAL
#define EV_REUSE 64
#else
#define EV_REUSE 0
#endif
#if defined(USE_EPOLL) || defined(USE_KQUEUE)
#define TAKEN 1
#else
#define TAKEN ACCEPTS
#endif

#define FD_CAP 0x7fffffffL		/* descriptors that events can have */
#ifdef USE_SELECT
#define EV_SESSIONS \
	((int)(FD_CAP - SPAREFD - MAXLISTEN - 2 * KPIPES) / 2)
#else
#define EV_SESSIONS 9900
#endif
#if defined(HAVE_SPLICE) && !defined(OLD_SELECT)
#define EV_PIPES 64
#else
#define EV_PIPES 1
#endif
#ifdef OLD_SELECT
#define EV_PROBES 2
#define EV_STATUS 2
#define EV_SPARE 12
#define EV_LISTEN 4
#else
#define EV_SPARE (32 + PROBES + MAXSTATUS)
#ifdef USE_SELECT
#define EV_PROBES 8
#define EV_STATUS 4
#define EV_LISTEN 32
#else
#define EV_PROBES 16
#define EV_STATUS 16
#define EV_LISTEN 1024
#endif
#endif
#if defined(USE_EPOLL) || defined(USE_KQUEUE)
#define EV_FDS 1			/* descriptors that it needs itself */
#else
#define EV_FDS 0
#endif
#ifdef USE_EPOLL
#include <sys/epoll.h>
#if defined(EPOLLET) && defined(EPOLLRDHUP) && MAXREUSE > 0
#define HAVE_EDGES
#endif
#define EV_NAME "epoll"
#endif
#ifdef USE_KQUEUE
#include <sys/event.h>
#define EV_NAME "kqueue"
#endif
#ifdef USE_POLL
#define EV_NAME "poll"
#endif
#ifdef USE_SELECT
#undef FD_CAP
#ifdef OLD_SELECT
#define EV_NAME "select on a long"
#define FD_CAP (8L * (long)sizeof(long))
#else
#define EV_NAME "select"
#define FD_CAP ((long)FD_SETSIZE)
#endif
#endif

#ifndef O_NOFOLLOW
#define O_NOFOLLOW 0
#endif
#ifndef O_CLOEXEC
#define O_CLOEXEC 0
#endif
#ifndef O_NOCTTY
#define O_NOCTTY 0
#endif
#ifndef O_NONBLOCK
#define O_NONBLOCK O_NDELAY
#endif
#ifndef FD_CLOEXEC
#define FD_CLOEXEC 1
#endif
#ifndef EAGAIN
#define EAGAIN EWOULDBLOCK
#endif
#ifndef EWOULDBLOCK
#define EWOULDBLOCK EAGAIN
#endif
#if defined(OLD_FLOCK) && !defined(LOCK_EX)
#define LOCK_EX 2
#define LOCK_NB 4
#endif
#ifndef S_ISREG
#define S_ISREG(m) (((m) & S_IFMT) == S_IFREG)
#endif
#ifndef S_ISLNK
#ifdef S_IFLNK
#define S_ISLNK(m) (((m) & S_IFMT) == S_IFLNK)
#else
#define S_ISLNK(m) 0
#endif
#endif
#ifndef S_ISCHR
#define S_ISCHR(m) (((m) & S_IFMT) == S_IFCHR)
#endif
#ifndef S_ISSOCK
#ifdef S_IFSOCK
#define S_ISSOCK(m) (((m) & S_IFMT) == S_IFSOCK)
#else
#define S_ISSOCK(m) 0
#endif
#endif
#ifndef SIGUSR1
#define SIGUSR1 0			/* no such signal: sig_catch skips it */
#endif
#ifndef SIGUSR2
#define SIGUSR2 0
#endif
#ifndef SIGCHLD
#define SIGCHLD SIGCLD
#endif
#ifndef IPPROTO_IP
#define IPPROTO_IP 0
#endif
#ifndef IPPROTO_TCP
#define IPPROTO_TCP 6
#endif
#ifndef TCP_NODELAY
#define TCP_NODELAY 1
#endif
#ifndef SO_OOBINLINE
#define SO_OOBINLINE 0x100
#endif
#ifndef SO_ERROR
#define SO_ERROR 0x1007
#endif
#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif
#ifndef PIPE_BUF
#define PIPE_BUF 512
#endif
#ifndef MAP_ANONYMOUS
#ifdef MAP_ANON
#define MAP_ANONYMOUS MAP_ANON
#endif
#endif
#ifndef SIGXFSZ
#define SIGXFSZ SIGPIPE
#endif
#ifndef SIGTTOU
#define SIGTTOU SIGPIPE
#endif
#ifdef NO_SIGUSR1
#undef SIGUSR1
#define SIGUSR1 0
#undef SIGUSR2
#define SIGUSR2 0
#endif
#if HAVE_ROLL
#define SIG_USERS SIGUSR1, SIGUSR2
#else
#define SIG_USERS SIGUSR1
#endif
#ifdef SYS_close_range
#define sys_close_range(fd) syscall(SYS_close_range, (unsigned)(fd), -1, 0)
#else
#define sys_close_range(fd) (-1)
#endif

/* Options that not all systems have: -1 is not to be asked for. */
#if defined(__linux__) && !defined(IP_BIND_ADDRESS_NO_PORT)
#define IP_BIND_ADDRESS_NO_PORT 24	/* the kernel's; not all libcs tell */
#endif
#ifdef IP_BIND_ADDRESS_NO_PORT
#define IP_LATEPORT IP_BIND_ADDRESS_NO_PORT
#else
#define IP_LATEPORT (-1)
#endif
#if defined(__linux__) && !defined(IPV6_V6ONLY)
#define IPV6_V6ONLY 26			/* the kernel's; not all libcs tell */
#endif
#if defined(IPV6_V6ONLY) && !defined(__OpenBSD__)
#define IP_ONLY6 IPV6_V6ONLY
#else					/* OpenBSD: always on */
#define IP_ONLY6 (-1)
#endif
#ifndef IPPROTO_IPV6
#define IPPROTO_IPV6 41
#endif
#ifdef F_SETPIPE_SZ
#define PIPE_GROW F_SETPIPE_SZ
#else
#define PIPE_GROW (-1)
#endif
#ifndef PIPELEAST
#define PIPELEAST 65536L		/* bytes: blocks are better than less */
#endif
#if defined(SOCK_NONBLOCK) && defined(SOCK_CLOEXEC) && !defined(NO_ACCEPT4)
#define HAVE_ACCEPT4
#endif

/*
 * Linux gives an accepted socket the listener's NODELAY, KEEPALIVE and
 * OOBINLINE: three calls a session less.
 */
#ifdef __linux__
#define ACCEPT_INHERITS 1
#else
#define ACCEPT_INHERITS 0
#endif

/* 1: reading a socket that nobody called readable is harmless. */
#ifdef OLD_NDELAY
#define SPECULATE 0
#else
#define SPECULATE 1
#endif

/* What this system can do, for plug.c and plug -V. */
#ifdef NO_FORK
#define HAVE_FORK 0
#else
#define HAVE_FORK 1
#endif
#ifdef NO_SHARE
#define HAVE_SHARE 0
#else
#define HAVE_SHARE 1
#endif
#ifdef NO_LOCALTIME
#define DATE_NAME "UTC"
#else
#define DATE_NAME "local"
#endif
#ifdef NO_CLOCK
#define CLOCK_NAME "gettimeofday"
#else
#define CLOCK_NAME "monotonic"
#endif
#if defined(OLD_SYSLOG) || defined(OLD_OPENLOG)
#define LOG_NAME "syslog(3)"
#else
#ifdef NO_SYSLOG
#define LOG_NAME "file"
#else
#define LOG_NAME "datagrams"
#endif
#endif
#ifdef NO_UNIX
#define HAVE_UNIX 0
#else
#define HAVE_UNIX 1
#endif

#ifdef OLD_SOCKLEN
#define SOCKLEN int
#else
#define SOCKLEN socklen_t
#endif

/* IPv6 where the system has it. */
#if defined(AF_INET6) && defined(IPV6_V6ONLY) && !defined(NO_IPV6)
#define HAVE_IPV6 1
#else
#define HAVE_IPV6 0
#endif

/* Families of addresses, by plug's own names. */
#define UNIX 1				/* a path */
#define IP4 4
#define IP6 6

/* An address as the system wants it. */
union sockany {
	struct sockaddr sa;
	struct sockaddr_in in;
#if HAVE_UNIX
	struct sockaddr_un un;
#endif
#if HAVE_IPV6
	struct sockaddr_in6 in6;
#endif
};

/* Bytes of a unix socket's path, without the end. */
#if HAVE_UNIX
#define MAXUNIX ((int)sizeof ((struct sockaddr_un *)0)->sun_path - 1)
#define SOCK_PATH(u) ((u)->un.sun_path)
#else
#define MAXUNIX 0
#define SOCK_PATH(u) ((u) == 0 ? "" : "")
#endif

#ifdef OLD_STRINGS
#define mem_copy(t, f, n) bcopy((char *)(f), (char *)(t), (unsigned)(n))
#define mem_move(t, f, n) bcopy((char *)(f), (char *)(t), (unsigned)(n))
#define mem_zero(to, n) bzero((char *)(to), (unsigned)(n))
#define mem_same(a, b, n) (bcmp((char *)(a), (char *)(b), (unsigned)(n)) == 0)
#else
#define mem_copy(to, from, n) memcpy(to, from, n)
#define mem_move(to, from, n) memmove(to, from, n)
#define mem_zero(to, n) memset(to, 0, n)
#define mem_same(a, b, n) (memcmp(a, b, n) == 0)
#endif
#define str_same(a, b) (strcmp(a, b) == 0)
#define str_len(a) ((int)strlen(a))

/* The tests want the names alone: test/sys.h. */
#ifndef NAMES_ONLY

/*
 * 3. SEAMS
 */
#define sys_read(fd, p, n) read(fd, p, n)
#define sys_write(fd, p, n) write(fd, p, n)
#define sys_peek(fd, p, n) recv(fd, p, n, MSG_PEEK)
#define sys_send(fd, p, n) send(fd, p, n, MSG_NOSIGNAL)
#if defined(__linux__) && !FRUGAL	/* these are the shorter way there */
#define sys_get(fd, p, n) recv(fd, p, n, 0)
#define sys_put(fd, p, n) send(fd, p, n, MSG_NOSIGNAL)
#else
#define sys_get(fd, p, n) sys_read(fd, p, n)
#define sys_put(fd, p, n) sys_write(fd, p, n)
#endif
#define sys_splice(in, out, n) splice(in, NULL, out, NULL, n, 3)
#define sys_select(n, r, w, t) select(n, r, w, (fd_set *)0, t)
#define sys_signal(sig, handler) signal(sig, handler)
#define sys_wait3(st, how) wait3(st, how, (struct rusage *)0)
#define sys_setpgrp(pid, group) setpgrp(pid, group)
#define sys_setpgrp0() setpgrp()
#define sys_ioctl(fd, what, arg) ioctl(fd, what, arg)
#define sys_flock(fd, how) flock(fd, how)
#define sys_epoll_new() epoll_create1(EPOLL_CLOEXEC)
#define sys_epoll_ctl(ev, op, fd, e) epoll_ctl(ev, op, fd, e)
#define sys_epoll_wait(ev, e, n, ms) epoll_wait(ev, e, n, ms)
#define sys_kqueue() kqueue()
#define sys_kevent(fd, to, n, from, max, t) kevent(fd, to, n, from, max, t)
#define sys_clock(t) gettimeofday(t, (struct timezone *)0)
#define sys_socket(family, type) socket(family, type, 0)
#define sys_accept(fd, sa, len) accept(fd, sa, len)
#define sys_accept4(fd, sa, len, flags) accept4(fd, sa, len, flags)
#define sys_connect(fd, sa, len) connect(fd, sa, len)
#define sys_bind(fd, sa, len) bind(fd, sa, len)
#define sys_listen(fd, n) listen(fd, n)
#define sys_shutdown(fd, how) shutdown(fd, how)
#define sys_close(fd) close(fd)
#define sys_setsockopt(fd, l, o, p, n) setsockopt(fd, l, o, p, n)
#define sys_getsockopt(fd, l, o, p, n) getsockopt(fd, l, o, p, n)
#define sys_getpeername(fd, sa, len) getpeername(fd, sa, len)
#define sys_getsockname(fd, sa, len) getsockname(fd, sa, len)
#define sys_gethostname(p, n) gethostname(p, n)
#define sys_fcntl(fd, what, arg) fcntl(fd, what, arg)
#define sys_setpipe(fd, n) fcntl(fd, PIPE_GROW, n)
#define sys_open(path, how, mode) open(path, how, mode)
#define sys_stat(path, st) stat(path, st)
#ifdef OLD_STAT
#define sys_lstat(path, st) stat(path, st)
#else
#define sys_lstat(path, st) lstat(path, st)
#endif
#define sys_fstat(fd, st) fstat(fd, st)
#define sys_umask(mode) umask(mode)
#define sys_chmod(path, mode) chmod(path, mode)
#define sys_lseek(fd, at, from) lseek(fd, at, from)
#define sys_ftruncate(fd, n) ftruncate(fd, n)
#define sys_unlink(path) unlink(path)
#define sys_pipe(p) pipe(p)
#define sys_pipe2(p, how) pipe2(p, how)
#ifdef NO_FORK
#define sys_fork() (errno = EINVAL, -1)
#else
#if FRUGAL && defined(SYS_fork) && \
	(defined(__i386__) || defined(__x86_64__) || defined(__mips__) || \
	defined(__arm__) || defined(__powerpc__))
#define sys_fork() syscall(SYS_fork)	/* no threads: no need for more */
#else
#define sys_fork() fork()
#endif
#endif
#define sys_setsid() setsid()
#define sys_setrlimit(what, r) setrlimit(what, r)
#define sys_alarm(secs) alarm(secs)
#define sys_kill(pid, sig) kill((int)(pid), sig)
#define sys_waitpid(pid, st, how) waitpid(pid, st, how)
#define sys_wait(st) wait(st)
#define sys_dup2(from, to) dup2(from, to)
#define sys_dup(fd) dup(fd)
#define sys_chdir(dir) chdir(dir)
#define sys_chroot(dir) chroot(dir)
/* Linux: the kernel's own; libcs add much for threads, which we have not. */
#ifdef NO_SETGROUPS
#define sys_setgroups(n, p) (*(p) < 0 ? -1 : 0)
#else
#ifdef SYS_setuid32
#define sys_setgroups(n, p) syscall(SYS_setgroups32, n, p)
#else
#if defined(SYS_setuid) && defined(__linux__)
#define sys_setgroups(n, p) syscall(SYS_setgroups, n, p)
#else
#define sys_setgroups(n, p) setgroups(n, p)
#endif
#endif
#endif
#ifdef SYS_setuid32
#define sys_setgid(gid) syscall(SYS_setgid32, gid)
#define sys_setuid(uid) syscall(SYS_setuid32, uid)
#else
#if defined(SYS_setuid) && defined(__linux__)
#define sys_setgid(gid) syscall(SYS_setgid, gid)
#define sys_setuid(uid) syscall(SYS_setuid, uid)
#else
#define sys_setgid(gid) setgid(gid)
#define sys_setuid(uid) setuid(uid)
#endif
#endif

/* TINY, where time has 64 bits: no code for clocks in the kernel's page. */
#if FRUGAL && defined(__LP64__) && defined(SYS_time) && \
	defined(SYS_clock_gettime)
#define sys_monotonic(t) syscall(SYS_clock_gettime, CLOCK_MONOTONIC, t)
#define sys_time(t) syscall(SYS_time, t)
#else
#define sys_monotonic(t) clock_gettime(CLOCK_MONOTONIC, t)
#if FRUGAL && defined(CLOCK_REALTIME) && !defined(NO_CLOCK)
static long
sys_time(time_t *t)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	*t = now.tv_sec;
	return 0L;
}
#else
#define sys_time(t) time(t)
#endif
#endif

/* A test puts its own behind some of them. */
#ifdef SEAMS_FAULT
#include "test/fault.h"
#endif
#ifdef SEAMS_OLD
#include "test/old.h"
#endif
#ifdef SEAMS_LATE
#include "test/late.h"
#endif
#ifdef SEAMS_PLEDGE
#include "test/pledge.h"
#endif
#ifdef SEAMS_UNIT
#include "test/unit.h"
#endif
#ifdef SEAMS_MOCK
#include "test/mock.h"
#endif

/*
 * 4. FUNCTIONS
 */

/* True when errno says "not now", which is no error and never an end. */
static int
again(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* True when errno e says that the system is out of memory for the moment. */
static int
shortage(int e)
{
	return e == ENOBUFS || e == ENOMEM;
}

/* What an errno means. */
#ifdef NO_STRERROR
static char *
err_text(int e)
{
	static char text[] = "error 000";

	text[6] = (char)('0' + e / 100 % 10);
	text[7] = (char)('0' + e / 10 % 10);
	text[8] = (char)('0' + e % 10);
	return text;
}
#else
#ifdef OLD_ERRLIST
extern char *sys_errlist[];
extern int sys_nerr;

static char *
err_text(int e)
{
	return e >= 0 && e < sys_nerr ? sys_errlist[e] : "unknown error";
}
#else
#if FRUGAL
/* The errors that a user can do something about; the others are numbers. */
static struct {
	int e;
	char *text;
} err_known[] = {
	{ ENOENT, "No such file or directory" },
	{ EACCES, "Permission denied" },
	{ EMFILE, "Too many open files" },
	{ EADDRINUSE, "Address already in use" },
	{ EADDRNOTAVAIL, "Cannot assign requested address" },
	{ ETIMEDOUT, "Connection timed out" },
	{ ECONNREFUSED, "Connection refused" },
	{ EHOSTUNREACH, "No route to host" },
	{ 0, 0 }
};

static char *
err_text(int e)
{
	static char number[] = "error 000";
	int i;

	for (i = 0; err_known[i].e != 0; i++)
		if (err_known[i].e == e)
			return err_known[i].text;
	number[6] = (char)('0' + e / 100 % 10);
	number[7] = (char)('0' + e / 10 % 10);
	number[8] = (char)('0' + e % 10);
	return number;
}
#else
static char *
err_text(int e)
{
	return strerror(e);
}
#endif
#endif
#endif

/*
 * Seconds and microseconds of a clock that never runs backwards; its zero
 * is anywhere.  A clock on the wall that is set back, or forward by more
 * than an hour, has not moved for us.
 */
#ifdef NO_CLOCK
#define CLOCK_STEP 3600L

static void
clock_now(long *sec, long *usec)
{
	static unsigned long last;
	static long s = 1L, u;
	struct timeval t;
	unsigned long d;

	(void)sys_clock(&t);
	d = (unsigned long)t.tv_sec - last;
	last = (unsigned long)t.tv_sec;
	if (d != 0L && d <= CLOCK_STEP) {
		s += (long)d;
		u = 0L;
	}
	if ((long)t.tv_usec > u)
		u = (long)t.tv_usec;
	*sec = s;
	*usec = u;
}
#else
static void
clock_now(long *sec, long *usec)
{
	struct timespec t;

	(void)sys_monotonic(&t);
	*sec = (long)t.tv_sec;
	*usec = t.tv_nsec / 1000L;
}
#endif

/*
 * The time of day, local, or UTC with NO_LOCALTIME; 0 when the system can't
 * tell it.  The same second is not worked out twice: some systems look at
 * the zone file every time.
 */
#define W_YEAR 0
#define W_MONTH 1			/* 1 to 12 */
#define W_DAY 2
#define W_HOUR 3
#define W_MINUTE 4
#define W_SECOND 5

struct when {
	int n[6];			/* in this order */
};

#ifdef NO_LOCALTIME
/* A date from the days since 1970-01-01; years begin in March inside. */
static void
when_date(struct when *w, long days)
{
	long era, year, day, month;

	days += 719468L;
	era = days / 146097L;
	day = days % 146097L;
	year = (day - day / 1460L + day / 36524L - day / 146096L) / 365L;
	day -= 365L * year + year / 4L - year / 100L;
	month = (5L * day + 2L) / 153L;
	w->n[W_DAY] = (int)(day - (153L * month + 2L) / 5L) + 1;
	w->n[W_MONTH] = (int)(month < 10L ? month + 3L : month - 9L);
	w->n[W_YEAR] = (int)(400L * era + year + (month < 10L ? 0L : 1L));
}

/* Up to the year 9999. */
static int
when_work(struct when *w, time_t *t)
{
	long n;

	if (*t / 86400L > 2932896L)
		return 0;
	when_date(w, (long)(*t / 86400L));
	n = (long)(*t % 86400L);
	w->n[W_HOUR] = (int)(n / 3600L);
	w->n[W_MINUTE] = (int)(n / 60L % 60L);
	w->n[W_SECOND] = (int)(n % 60L);
	return 1;
}
#else
static int
when_work(struct when *w, time_t *t)
{
	struct tm *tm;

	tm = localtime(t);
	if (tm == (struct tm *)0)
		return 0;
	w->n[W_YEAR] = tm->tm_year + 1900;
	w->n[W_MONTH] = tm->tm_mon + 1;
	w->n[W_DAY] = tm->tm_mday;
	w->n[W_HOUR] = tm->tm_hour;
	w->n[W_MINUTE] = tm->tm_min;
	w->n[W_SECOND] = tm->tm_sec;
	return 1;
}
#endif

static struct when *
clock_local(void)
{
	static struct when saved;
	static time_t last;
	time_t t;

	t = (time_t)-1;
	(void)sys_time(&t);
	if (t < (time_t)0)
		return (struct when *)0;
	if (t == last && t != 0)
		return &saved;
	if (!when_work(&saved, &t))
		return (struct when *)0;
	last = t;
	return &saved;
}

/* Make a descriptor non-blocking and keep it from programs we might start. */
#ifdef OLD_FIONBIO
static void
fd_prepare(int fd)
{
	int on;

	on = 1;
	(void)sys_ioctl(fd, FIONBIO, (char *)&on);
	(void)sys_fcntl(fd, F_SETFD, FD_CLOEXEC);
}
#else
static void
fd_prepare(int fd)
{
	(void)sys_fcntl(fd, F_SETFL, sys_fcntl(fd, F_GETFL, 0) | O_NONBLOCK);
	(void)sys_fcntl(fd, F_SETFD, FD_CLOEXEC);
}
#endif

/* A pipe whose ends do not wait and are not for a program: 0 or -1. */
#ifdef HAVE_ACCEPT4
#define pipe_new(p) sys_pipe2(p, O_NONBLOCK | O_CLOEXEC)
#else
static int
pipe_new(int *p)
{
	if (sys_pipe(p) < 0)
		return -1;
	fd_prepare(p[0]);
	fd_prepare(p[1]);
	return 0;
}
#endif

/* select() on masks of the system's kind, or on longs where it has none. */
#ifdef OLD_SELECT
typedef unsigned long fd_mask_t;
#define MASK_BIT(fd) ((unsigned long)1 << (fd))
#define MASK_SET(fd, m) (*(m) |= MASK_BIT(fd))
#define MASK_CLEAR(fd, m) (*(m) &= ~MASK_BIT(fd))
#define MASK_HAS(fd, m) ((*(m) & MASK_BIT(fd)) != 0)
#define MASK_ZERO(m) (*(m) = 0)
#else
typedef fd_set fd_mask_t;
#define MASK_SET(fd, m) FD_SET(fd, m)
#define MASK_CLEAR(fd, m) FD_CLR(fd, m)
#define MASK_HAS(fd, m) FD_ISSET(fd, m)
#define MASK_ZERO(m) FD_ZERO(m)
#endif

/* True when a write of up to PIPE_BUF bytes would not block now. */
#ifdef NO_POLL
static int
fd_room(int fd)
{
	fd_mask_t mask;
	struct timeval none;

	if (fd < 0 || (long)fd >= FD_CAP)
		return 0;
	MASK_ZERO(&mask);
	MASK_SET(fd, &mask);
	none.tv_sec = 0;
	none.tv_usec = 0;
	return sys_select(fd + 1, (fd_set *)0, (fd_set *)&mask, &none) == 1;
}
#else
static int
fd_room(int fd)
{
	struct pollfd p;

	p.fd = fd;
	p.events = POLLOUT;
	p.revents = 0;
	return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0;
}
#endif

/* Sleep. */
#ifdef NO_POLL
static void
clock_nap(long ms)
{
	struct timeval t;

	t.tv_sec = ms / 1000L;
	t.tv_usec = ms % 1000L * 1000L;
	(void)sys_select(0, (fd_set *)0, (fd_set *)0, &t);
}
#else
#define clock_nap(ms) (void)poll((struct pollfd *)0, 0, (int)(ms))
#endif

/*
 * Raise the limit of descriptors to what is asked for, as far as the system
 * allows, and return how many there are: descriptors 0 to that minus 1.
 */
#if defined(RLIMIT_NOFILE) && !defined(OLD_NOFILE) && !defined(OLD_DTABLE)
static long
fd_limit(long asked)
{
	struct rlimit r;
	long have;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		return asked;
	if ((unsigned long)r.rlim_cur < (unsigned long)asked) {
		r.rlim_cur = asked;
		if (r.rlim_max < r.rlim_cur)
			r.rlim_cur = r.rlim_max;
		(void)sys_setrlimit(RLIMIT_NOFILE, &r);
		(void)getrlimit(RLIMIT_NOFILE, &r);
	}
	have = asked;
	if ((unsigned long)r.rlim_cur < (unsigned long)asked)
		have = (long)r.rlim_cur;
	return have > FD_CAP ? FD_CAP : have;
}
#else
#ifdef OLD_NOFILE
#define fd_table() NOFILE
#else
#define fd_table() getdtablesize()
#endif
static long
fd_limit(long asked)
{
	long have;

	have = (long)fd_table();
	if (have > FD_CAP)
		have = FD_CAP;
	return have > asked ? asked : have;
}
#endif

/* Close every descriptor from fd up that we inherited and do not know. */
static void
fd_closefrom(int fd)
{
	long n;

	if (sys_close_range(fd) == 0)
		return;
	n = fd_limit(65536L);
	for (; (long)fd < n; fd++)
		(void)sys_close(fd);
}

/*
 * Events, level-triggered.  ev_set() says what is wanted of a descriptor:
 * EV_READ, EV_WRITE, both, or 0 to hear nothing of it; EV_ALONE with EV_READ
 * wakes one of several processes where the system can.  It returns -1 for a
 * descriptor that the tables can't hold, and 1 when the system refuses: then
 * nothing is wanted of that one, and ev_refused says why until ev_forgive(),
 * before what is wanted is said again.  ev_drop() is for one about to be
 * closed.  ev_wait() sleeps up to ms, for ever if negative, and a moment where
 * the system has no memory to wait with; ev_next() hands out what came, masked
 * by what is wanted by then, once for a descriptor, and returns 0 at the end.
 * Hang-up and error appear as what was wanted.  ev_open() starts anew, after
 * fork too.  ev_side() is ev_set() for a TCP socket that is read and written
 * by sock_get(), sock_put() and sock_peek() alone: these tell what they found.
 */
#define EV_READ 1
#define EV_WRITE 2
#define EV_ALONE 4

static int ev_id[MAXFD];		/* what the owner calls it */
static unsigned char ev_want[MAXFD];	/* EV_READ, EV_WRITE */

/* What a wait returned; one that failed is not tried again at once. */
static int
ev_woken(int n)
{
	if (n < 0 && errno != EINTR)
		clock_nap(100L);
	return n;
}

#ifndef HAVE_EDGES			/* see USE_EPOLL */
#define ev_side(fd, id, want) ev_set(fd, id, want)
#define ev_level(fd) (void)0
#define sock_get(fd, p, n) ((long)sys_get(fd, p, n))
#define sock_put(fd, p, n) ((long)sys_put(fd, p, n))
#define sock_peek(fd, p, n) ((long)sys_peek(fd, p, n))
#endif

#if defined(USE_EPOLL) || defined(USE_KQUEUE)
static int ev_refused;			/* errno, until ev_forgive() */
#define ev_forgive() (ev_refused = 0)
#define EV_REFUSES 1
#define EV_MORE (ev_count == EVBATCH)	/* others may be ready */
#else
#define ev_refused 0			/* tables of our own */
#define ev_forgive() (void)0
#define EV_REFUSES 0
#define EV_MORE 0
#endif

#ifdef USE_EPOLL
#ifndef EPOLLEXCLUSIVE
#define EPOLLEXCLUSIVE 0
#endif
#define EVBATCH 256

static struct epoll_event ev_ready[EVBATCH];
static int ev_fd = -1, ev_count, ev_at;
static int ev_top;		/* highest told of plus 1: -F clears no more */

#ifdef HAVE_EDGES
/*
 * TCP sockets of sessions are told of by edges (see epoll(7)): added once and
 * for all, and what has come of one stands until a short read has found it
 * dry.  What stands and is wanted is handed out at each wait, as of a level.
 * Behind an end, and with urgent data, a short read proves nothing.  Whatever
 * is not that simple (EAGAIN, a short write, bulk, an event that nobody wants)
 * makes the descriptor one like all others, until it is closed.
 */
#define EDGE_ON 4
#define EDGE_MORE 8		/* a short read proves nothing */
#define EDGE_DUE 16		/* among those to be handed out */
#define EDGE_NEVER 32
#define EDGED(fd) (ev_edge[fd] & EDGE_ON)
#define STANDS(fd) (ev_edge[fd] & ev_want[fd])	/* and is wanted */

static unsigned char ev_edge[MAXFD];	/* EV_READ, EV_WRITE: it stands */
static int ev_due[MAXFD];
static int ev_dues, ev_last, ev_seen;	/* in all, of this wait, handed out */
static int ev_knows;		/* of ends, too: 1, or -1 for no edges */
static int ev_foreign;		/* some clients may not be TCP's */
#define ev_flat(fd) (ev_edge[fd] &= EDGE_DUE | EDGE_NEVER)
#define ev_closed(fd) (ev_edge[fd] &= EDGE_DUE)
#define ev_anew() (mem_zero(ev_edge, (size_t)ev_top), \
	ev_dues = ev_last = ev_seen = 0)
#else
#define EDGED(fd) 0
#define ev_flat(fd) (void)0
#define ev_closed(fd) (void)0
#define ev_anew() (void)0
#endif

#ifdef HAVE_ACCEPT4
#define ev_new() sys_epoll_new()
#else
static int
ev_new(void)
{
	int fd;

	fd = epoll_create(EVBATCH);
	if (fd >= 0)
		(void)sys_fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}
#endif

static int
ev_tell(int op, int fd, unsigned events)
{
	struct epoll_event e;

	if (fd >= ev_top)
		ev_top = fd + 1;
	mem_zero(&e, sizeof e);
	e.events = events;
	e.data.fd = fd;
	return sys_epoll_ctl(ev_fd, op, fd, &e);
}

/*
 * Does the running system tell of ends?  Linux does since 2.6.17, but the
 * headers are those of another one.  Asked once; the set is still empty.
 */
#ifdef HAVE_EDGES
static void
ev_try(void)
{
	int sv[2];

	if (ev_knows != 0 || ev_fd < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, sv) < 0)
		return;
	ev_knows = -1;
	(void)ev_tell(EPOLL_CTL_ADD, sv[0], EPOLLIN | EPOLLRDHUP | EPOLLET);
	(void)sys_close(sv[1]);
	if (sys_epoll_wait(ev_fd, ev_ready, 1, 0) == 1 &&
	    ev_ready[0].events & EPOLLRDHUP)
		ev_knows = 1;
	(void)sys_close(sv[0]);
}
#else
#define ev_try() (void)0
#endif

static int
ev_open(void)
{
	if (ev_fd >= 0)
		(void)sys_close(ev_fd);
	mem_zero(ev_want, (size_t)ev_top);
	ev_anew();
	ev_count = ev_at = ev_refused = 0;
	ev_fd = ev_new();
	ev_try();
	return ev_fd < 0 ? -1 : 0;
}

static int
ev_set(int fd, int id, int want)
{
	unsigned events;
	int op, failed;

	if (fd < 0 || fd >= MAXFD)
		return -1;
	ev_id[fd] = id;
	if (ev_want[fd] == want && !EDGED(fd))
		return 0;
	op = want == 0 ? EPOLL_CTL_DEL :
	    ev_want[fd] == 0 && !EDGED(fd) ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
	ev_flat(fd);
	events = want & EV_ALONE ? EPOLLEXCLUSIVE : 0;
	if (want & EV_READ)
		events |= EPOLLIN;
	if (want & EV_WRITE)
		events |= EPOLLOUT;
	failed = ev_tell(op, fd, events) < 0;
	if (failed && op == EPOLL_CTL_ADD && errno == EEXIST) {
		op = want & EV_ALONE ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
		if (want & EV_ALONE)	/* which is not modified */
			(void)ev_tell(EPOLL_CTL_DEL, fd, events);
		failed = ev_tell(op, fd, events) < 0;
	}
	if (failed && want != 0) {
		ev_refused = errno;
		if (op == EPOLL_CTL_MOD)
			(void)ev_tell(EPOLL_CTL_DEL, fd, events);
		want = 0;
	}
	ev_want[fd] = (unsigned char)want;
	return failed;
}

static void
ev_drop(int fd)
{
	if (fd < 0 || fd >= MAXFD)
		return;
	ev_want[fd] = 0;
	ev_closed(fd);
}

/* What an event says. */
static int
ev_means(unsigned e)
{
	int got;

	got = 0;
	if (e & (EPOLLIN | EPOLLHUP | EPOLLERR))
		got |= EV_READ;
	if (e & (EPOLLOUT | EPOLLHUP | EPOLLERR))
		got |= EV_WRITE;
	return got;
}

#ifdef HAVE_EDGES
/* It is one like all others from now on; errno stays. */
static void
ev_level(int fd)
{
	int e;

	if (!EDGED(fd))
		return;
	e = errno;
	(void)ev_set(fd, ev_id[fd], (int)ev_want[fd]);
	ev_edge[fd] |= EDGE_NEVER;
	errno = e;
}

/* What stands and is wanted is handed out at the next wait. */
static void
ev_again(int fd)
{
	if (!STANDS(fd) || ev_edge[fd] & EDGE_DUE)
		return;
	ev_edge[fd] |= EDGE_DUE;
	ev_due[ev_dues++] = fd;
}

/* As ev_set(), for a TCP socket that is read and written as below alone. */
static int
ev_side(int fd, int id, int want)
{
	if (fd < 0 || fd >= MAXFD || ev_knows <= 0 ||
	    ev_edge[fd] & EDGE_NEVER ||
	    (!EDGED(fd) && (want == 0 || ev_want[fd] != 0)))
		return ev_set(fd, id, want);
	ev_id[fd] = id;
	if (!EDGED(fd) && ev_tell(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT |
	    EPOLLPRI | EPOLLRDHUP | EPOLLET) < 0) {
		if (errno == EEXIST)
			return ev_set(fd, id, want);
		ev_refused = errno;
		return 1;
	}
	ev_edge[fd] |= EDGE_ON;
	ev_want[fd] = (unsigned char)want;
	ev_again(fd);
	return 0;
}

/* An event of an edge. */
static void
ev_edges(int fd, unsigned e)
{
	ev_edge[fd] |= (unsigned char)ev_means(e);
	if (e & (EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI))
		ev_edge[fd] |= EDGE_MORE;
	ev_again(fd);
	if (!STANDS(fd) && (e & (EPOLLIN | EPOLLRDHUP)) == EPOLLIN)
		ev_level(fd);		/* more will come */
}

/* Who was handed out and is neither dry nor unwanted comes again. */
static void
ev_wait(long ms)
{
	int i, n, fd;

	for (i = n = 0; i < ev_dues; i++) {
		fd = ev_due[i];
		if (STANDS(fd))
			ev_due[n++] = fd;
		else
			ev_edge[fd] &= ~EDGE_DUE;
	}
	ev_dues = n;
	ev_at = ev_seen = 0;
	ev_count = ev_woken(sys_epoll_wait(ev_fd, ev_ready, EVBATCH,
	    n > 0 ? 0 : (int)ms));
	for (i = 0; i < ev_count; i++)
		if (EDGED(ev_ready[i].data.fd))
			ev_edges(ev_ready[i].data.fd, ev_ready[i].events);
	ev_last = ev_dues;
}

/* The next of those that are told of by edges. */
static int
ev_next_edge(int *id, int *got)
{
	int fd;

	while (ev_seen < ev_last) {
		fd = ev_due[ev_seen++];
		*got = STANDS(fd);
		*id = ev_id[fd];
		if (*got != 0)
			return 1;
	}
	return 0;
}

/*
 * What a read or a write of n bytes has said, and with what errno: a short
 * read is all that there was.
 */
static long
ev_was_read(int fd, long r, long n)
{
	if (r < 0L)
		ev_level(fd);
	else if (r > 0L && r < n && !(ev_edge[fd] & EDGE_MORE))
		ev_edge[fd] &= ~EV_READ;
	return r;
}

static long
ev_was_written(int fd, long r, long n)
{
	if (r < n)
		ev_level(fd);
	return r;
}

#define sock_get(fd, p, n) ev_was_read(fd, (long)sys_get(fd, p, n), (long)(n))
#define sock_put(fd, p, n) \
	ev_was_written(fd, (long)sys_put(fd, p, n), (long)(n))
#define sock_peek(fd, p, n) (ev_level(fd), (long)sys_peek(fd, p, n))
#else
static void
ev_wait(long ms)
{
	ev_at = 0;
	ev_count = ev_woken(sys_epoll_wait(ev_fd, ev_ready, EVBATCH, (int)ms));
}

#define ev_next_edge(id, got) 0
#endif

static int
ev_next(int *id, int *got)
{
	int fd;

	while (ev_at < ev_count) {
		fd = ev_ready[ev_at].data.fd;
		*got = ev_means(ev_ready[ev_at++].events) & ev_want[fd];
		*id = ev_id[fd];
		if (*got != 0 && !EDGED(fd))
			return 1;
	}
	return ev_next_edge(id, got);
}
#endif

#ifdef USE_KQUEUE
#define EVBATCH 256

static struct kevent ev_ready[EVBATCH];
static unsigned char ev_got[MAXFD];	/* what came, of both filters */
static int ev_fd = -1, ev_count, ev_at;
static long ev_owner;			/* the process that has ev_fd */

/*
 * A child has no kqueue, only its number, which may be that of something
 * else by now: not for it to close.
 */
static int
ev_open(void)
{
	if (ev_fd >= 0 && ev_owner == (long)getpid())
		(void)sys_close(ev_fd);
	mem_zero(ev_want, sizeof ev_want);
	mem_zero(ev_got, sizeof ev_got);
	ev_count = ev_at = ev_refused = 0;
	ev_owner = (long)getpid();
	ev_fd = sys_kqueue();
	if (ev_fd >= 0)
		(void)sys_fcntl(ev_fd, F_SETFD, FD_CLOEXEC);
	return ev_fd < 0 ? -1 : 0;
}

/*
 * Add or delete the filter of EV_READ or of EV_WRITE: 0, or -1 with errno.
 * The fields are set by name: not all systems agree on the type of udata, nor
 * on what EV_SET() is.
 */
static int
ev_filter(int fd, int which, int add)
{
	struct kevent k;

	mem_zero(&k, sizeof k);
	k.ident = (unsigned)fd;
	k.filter = EVFILT_READ;
	if (which == EV_WRITE)
		k.filter = EVFILT_WRITE;
	k.flags = EV_DELETE;
	if (add)
		k.flags = EV_ADD;
	return sys_kevent(ev_fd, &k, 1, (struct kevent *)0, 0,
	    (struct timespec *)0);
}

/*
 * Each filter is told apart, one a call: what fails is known then.  One that
 * is not there to be deleted is no matter.
 */
static int
ev_set(int fd, int id, int want)
{
	int more, less, refused;

	if (fd < 0 || fd >= MAXFD)
		return -1;
	ev_id[fd] = id;
	want &= EV_READ | EV_WRITE;
	more = want & ~ev_want[fd];
	less = ev_want[fd] & ~want;
	refused = ((more & EV_READ) && ev_filter(fd, EV_READ, 1) < 0) ||
	    ((more & EV_WRITE) && ev_filter(fd, EV_WRITE, 1) < 0);
	if (refused) {
		ev_refused = errno;
		less = more | ev_want[fd];
		want = 0;
	}
	if (less & EV_READ)
		(void)ev_filter(fd, EV_READ, 0);
	if (less & EV_WRITE)
		(void)ev_filter(fd, EV_WRITE, 0);
	ev_want[fd] = (unsigned char)want;
	return refused;
}

/* Filters go with their descriptor; so does what was not yet handed out. */
static void
ev_drop(int fd)
{
	if (fd >= 0 && fd < MAXFD)
		ev_want[fd] = ev_got[fd] = 0;
}

/*
 * A descriptor has an event for each filter: the first hands out both, and
 * leaves nothing for the second.  EV_EOF may come with bytes, and EV_ERROR is
 * the descriptor's: to look is all that they ask for, and reading decides.
 */
static void
ev_wait(long ms)
{
	struct timespec t;
	struct kevent *k;

	t.tv_sec = ms / 1000L;
	t.tv_nsec = ms % 1000L * 1000000L;
	for (; ev_at < ev_count; ev_at++)
		ev_got[ev_ready[ev_at].ident] = 0;
	ev_at = 0;
	ev_count = ev_woken(sys_kevent(ev_fd, (struct kevent *)0, 0, ev_ready,
	    EVBATCH, ms < 0L ? (struct timespec *)0 : &t));
	for (k = ev_ready; k < ev_ready + ev_count; k++)
		ev_got[k->ident] |= k->filter == EVFILT_WRITE ?
		    EV_WRITE : EV_READ;
}

static int
ev_next(int *id, int *got)
{
	int fd;

	while (ev_at < ev_count) {
		fd = (int)ev_ready[ev_at++].ident;
		*got = ev_got[fd] & ev_want[fd];
		*id = ev_id[fd];
		ev_got[fd] = 0;
		if (*got != 0)
			return 1;
	}
	return 0;
}
#endif

#ifdef USE_POLL
static struct pollfd ev_list[MAXFD];	/* the wanted ones, packed */
static int ev_slot[MAXFD];		/* a descriptor's place in ev_list */
static int ev_count, ev_at;
static int ev_left;			/* so many that came were not seen */

static int
ev_open(void)
{
	mem_zero(ev_want, sizeof ev_want);
	ev_count = ev_at = ev_left = 0;
	return 0;
}

/* The last entry moves into the hole, and is seen a turn later at worst. */
static void
ev_drop(int fd)
{
	if (fd < 0 || fd >= MAXFD || ev_want[fd] == 0)
		return;
	ev_want[fd] = 0;
	ev_list[ev_slot[fd]] = ev_list[--ev_count];
	ev_slot[ev_list[ev_slot[fd]].fd] = ev_slot[fd];
}

static int
ev_set(int fd, int id, int want)
{
	struct pollfd *p;

	if (fd < 0 || fd >= MAXFD)
		return -1;
	ev_id[fd] = id;
	want &= EV_READ | EV_WRITE;
	if (ev_want[fd] == want)
		return 0;
	if (want == 0) {
		ev_drop(fd);
		return 0;
	}
	if (ev_want[fd] == 0) {
		ev_slot[fd] = ev_count++;
		ev_list[ev_slot[fd]].revents = 0;
	}
	ev_want[fd] = (unsigned char)want;
	p = &ev_list[ev_slot[fd]];
	p->fd = fd;
	p->events = 0;
	if (want & EV_READ)
		p->events |= POLLIN;
	if (want & EV_WRITE)
		p->events |= POLLOUT;
	return 0;
}

static void
ev_wait(long ms)
{
	ev_at = 0;
	ev_left = ev_woken(poll(ev_list, (unsigned long)ev_count, (int)ms));
}

static int
ev_next(int *id, int *got)
{
	int e, fd;

	while (ev_left > 0 && ev_at < ev_count) {
		e = ev_list[ev_at].revents;
		ev_left -= e != 0;
		ev_list[ev_at].revents = 0;
		fd = ev_list[ev_at++].fd;
		*got = 0;
		if (e & ~POLLOUT)
			*got |= EV_READ;
		if (e & ~POLLIN)
			*got |= EV_WRITE;
		*got &= ev_want[fd];
		*id = ev_id[fd];
		if (*got != 0)
			return 1;
	}
	return 0;
}
#endif

#ifdef USE_SELECT
static fd_mask_t ev_reads, ev_writes;	/* what is wanted */
static fd_mask_t ev_readable, ev_writable;	/* what came */
static int ev_top, ev_at;		/* highest wanted plus 1, next to see */
static int ev_left;			/* so many that came were not seen */

static int
ev_open(void)
{
	mem_zero(ev_want, sizeof ev_want);
	MASK_ZERO(&ev_reads);
	MASK_ZERO(&ev_writes);
	ev_top = ev_at = ev_left = 0;
	return 0;
}

static int
ev_set(int fd, int id, int want)
{
	if (fd < 0 || fd >= MAXFD || (long)fd >= FD_CAP)
		return -1;
	ev_id[fd] = id;
	want &= EV_READ | EV_WRITE;
	ev_want[fd] = (unsigned char)want;
	MASK_CLEAR(fd, &ev_reads);
	MASK_CLEAR(fd, &ev_writes);
	if (want & EV_READ)
		MASK_SET(fd, &ev_reads);
	if (want & EV_WRITE)
		MASK_SET(fd, &ev_writes);
	if (want != 0 && fd >= ev_top)
		ev_top = fd + 1;
	while (ev_top > 0 && ev_want[ev_top - 1] == 0)
		ev_top--;
	return 0;
}

static void
ev_drop(int fd)
{
	(void)ev_set(fd, 0, 0);
}

static void
ev_wait(long ms)
{
	struct timeval t;

	ev_readable = ev_reads;
	ev_writable = ev_writes;
	t.tv_sec = ms / 1000L;
	t.tv_usec = ms % 1000L * 1000L;
	ev_at = 0;
	ev_left = ev_woken(sys_select(ev_top, (fd_set *)&ev_readable,
	    (fd_set *)&ev_writable, ms < 0L ? (struct timeval *)0 : &t));
}

static int
ev_next(int *id, int *got)
{
	int fd;

	while (ev_left > 0 && ev_at < ev_top) {
		fd = ev_at++;
		*got = 0;
		if (ev_want[fd] == 0)
			continue;
		if (MASK_HAS(fd, &ev_readable)) {
			*got |= EV_READ;
			ev_left--;
		}
		if (MASK_HAS(fd, &ev_writable)) {
			*got |= EV_WRITE;
			ev_left--;
		}
		*got &= ev_want[fd];
		*id = ev_id[fd];
		if (*got != 0)
			return 1;
	}
	return 0;
}
#endif

/*
 * Sockets.  All are non-blocking and close-on-exec.  SO_LINGER with zero
 * seconds makes the next close a reset.
 */
#define OPT_REUSE 0
#define OPT_KEEPALIVE 1
#define OPT_OOBINLINE 2
#define OPT_NODELAY 3
#define OPT_LATEPORT 4
#define OPT_BOTH 5			/* [::] takes IPv4 too */
#define OPT_RESET 6

#ifdef OLD_SOCKOPT
static int
sock_linger(int fd)
{
	int none;

	none = 0;
	return sys_setsockopt(fd, SOL_SOCKET, SO_LINGER,
	    (char *)&none, sizeof none);
}
#else
static int
sock_linger(int fd)
{
	struct linger none;

	none.l_onoff = 1;
	none.l_linger = 0;
	return sys_setsockopt(fd, SOL_SOCKET, SO_LINGER,
	    (char *)&none, sizeof none);
}
#endif

/* pledge() kills for an option that it does not know, -1 included. */
#if IP_LATEPORT < 0 || IP_ONLY6 < 0
#define OPT_LACKS(option) ((option) < 0)
#else
#define OPT_LACKS(option) 0
#endif

static int
sock_option(int fd, int what)
{
	static int known[][2] = {
		{ (int)SOL_SOCKET, SO_REUSEADDR },
		{ (int)SOL_SOCKET, SO_KEEPALIVE },
		{ (int)SOL_SOCKET, SO_OOBINLINE },
		{ IPPROTO_TCP, TCP_NODELAY },
		{ IPPROTO_IP, IP_LATEPORT },
		{ IPPROTO_IPV6, IP_ONLY6 }
	};
	int on;

	if (what == OPT_RESET)
		return sock_linger(fd);
	if (OPT_LACKS(known[what][1]))
		return -1;
	on = what != OPT_BOTH;
	return sys_setsockopt(fd, known[what][0], known[what][1],
	    (char *)&on, sizeof on);
}

/*
 * Between plug's addresses and the system's.  sock_domain() is the system's
 * name of a family, -1 if it has none; sock_pack() makes an address of 16
 * bytes and a port, sock_path() of a path, and both return its length;
 * sock_unpack() returns the family of one.
 */
#if HAVE_UNIX
#define DOMAIN_UNIX AF_UNIX
#define SOCK_UNIX(s) ((s)->sa.sa_family == AF_UNIX)

static int
sock_path(union sockany *s, char *path)
{
	int n;

	n = str_len(path);
	mem_zero(s, sizeof *s);
	s->un.sun_family = AF_UNIX;
	mem_copy(s->un.sun_path, path, (unsigned)(n > MAXUNIX ? MAXUNIX : n));
	return (int)sizeof s->un;
}
#else
#define DOMAIN_UNIX (-1)
#define SOCK_UNIX(s) ((void)(s), 0)
#define sock_path(s, path) (*(path) == '/' ? 0 : 0)
#endif

#if HAVE_IPV6
#define DOMAIN_IP6 AF_INET6

static int
sock_pack6(union sockany *s, unsigned char *ip, unsigned port)
{
	s->in6.sin6_family = AF_INET6;
	s->in6.sin6_port = htons((unsigned short)port);
	mem_copy(&s->in6.sin6_addr, ip, 16);
	return (int)sizeof s->in6;
}

static int
sock_unpack6(union sockany *s, unsigned char *ip, unsigned *port)
{
	if (s->sa.sa_family != AF_INET6)
		return UNIX;
	*port = (unsigned)ntohs(s->in6.sin6_port);
	mem_copy(ip, &s->in6.sin6_addr, 16);
	return IP6;
}
#else
#define DOMAIN_IP6 (-1)
#define sock_pack6(s, ip, port) ((ip)[0] + (port) == 0 ? 0 : 0)
#define sock_unpack6(s, ip, port) UNIX
#endif

static int
sock_domain(int family)
{
	if (family == UNIX)
		return DOMAIN_UNIX;
	return family == IP6 ? DOMAIN_IP6 : AF_INET;
}

static int
sock_pack(union sockany *s, int family, unsigned char *ip, unsigned port)
{
	mem_zero(s, sizeof *s);
	if (family == IP6)
		return sock_pack6(s, ip, port);
	s->in.sin_family = AF_INET;
	s->in.sin_port = htons((unsigned short)port);
	mem_copy(&s->in.sin_addr, ip, 4);
	return (int)sizeof s->in;
}

static int
sock_unpack(union sockany *s, unsigned char *ip, unsigned *port)
{
	if (s->sa.sa_family != AF_INET)
		return sock_unpack6(s, ip, port);
	*port = (unsigned)ntohs(s->in.sin_port);
	mem_copy(ip, &s->in.sin_addr, 4);
	return IP4;
}

/* A new stream socket of plug's family, or -1. */
#ifdef HAVE_ACCEPT4
static int
sock_new(int family)
{
	return sys_socket(sock_domain(family),
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC);
}
#else
static int
sock_new(int family)
{
	int fd;

	fd = sys_socket(sock_domain(family), SOCK_STREAM);
	if (fd >= 0)
		fd_prepare(fd);
	return fd;
}
#endif

/*
 * A waiting client and its address, or -1.  Some systems have none to tell
 * of a client that is gone already: its family is 0 then.
 */
#ifdef HAVE_ACCEPT4
static int
sock_accept(int fd, union sockany *from)
{
	SOCKLEN len;

	len = sizeof *from;
	from->sa.sa_family = 0;
	return sys_accept4(fd, &from->sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
#else
static int
sock_accept(int fd, union sockany *from)
{
	SOCKLEN len;

	len = sizeof *from;
	from->sa.sa_family = 0;
	fd = sys_accept(fd, &from->sa, &len);
	if (fd >= 0)
		fd_prepare(fd);
	return fd;
}
#endif

/* What accept says when there is no room for one more descriptor. */
static int
sock_exhausted(int e)
{
	return e == EMFILE || e == ENFILE || shortage(e);
}

/*
 * True for an errno of socket, bind or connect that tells of trouble on
 * this machine, for which no target can be blamed.
 */
static int
sock_local(int e)
{
	return sock_exhausted(e) || e == EADDRNOTAVAIL || e == EADDRINUSE ||
	    e == EAFNOSUPPORT || e == EBADF || e == EINVAL;
}

/* Start a connect: 0 when it is done or under way, else -1. */
static int
sock_connect(int fd, union sockany *to, int len)
{
	if (sys_connect(fd, &to->sa, (SOCKLEN)len) == 0 ||
	    errno == EINPROGRESS || errno == EINTR || errno == EISCONN ||
	    errno == EALREADY)
		return 0;
	return -1;
}

/*
 * How a connect came out: 0 connected, -1 still under way, else its errno.
 * SO_ERROR reads 0 while a connect is under way, so that the peer's name is
 * asked for first.  A socket connected to itself (simultaneous open of one
 * port) is a target that does not listen; its close will be a reset, since
 * TIME-WAIT would keep that port from the target for a minute.  An event of one
 * still under way was another's: no edge is to go on telling it.
 */
static int
connect_result(int fd)
{
	union sockany us, peer;
	SOCKLEN len, n;
	int e;

	len = sizeof peer;
	if (sys_getpeername(fd, &peer.sa, &len) == 0) {
		n = sizeof us;
		if (sys_getsockname(fd, &us.sa, &n) == 0 && n == len &&
		    mem_same(&us, &peer, n)) {
			(void)sock_linger(fd);
			return ECONNREFUSED;
		}
		return 0;
	}
	e = 0;
	n = sizeof e;
	if (sys_getsockopt(fd, SOL_SOCKET, SO_ERROR, (char *)&e, &n) < 0)
		return errno;
	if (e != 0)
		return e;
	ev_level(fd);
	return -1;
}

/*
 * True when a socket that was connected is so no longer: its connection was
 * reset, has timed out, or has ended both ways.  *e is then the error that
 * was not yet seen, which is consumed.  A living one has at most an ICMP
 * error, which is left alone.  A unix socket keeps its peer's name, but only
 * a reset can be its error.
 */
static int
sock_gone(int fd, int *e)
{
	union sockany peer;
	SOCKLEN n;
	int left;

	n = sizeof peer;
	left = sys_getpeername(fd, &peer.sa, &n) < 0;
	if (left && shortage(errno))
		return 0;
	*e = 0;
	n = sizeof *e;
	if (left || SOCK_UNIX(&peer))
		(void)sys_getsockopt(fd, SOL_SOCKET, SO_ERROR, (char *)e, &n);
	return left || *e != 0;
}

/*
 * Sockets that connect again, on Linux.  sock_over() is true when nothing is
 * left of a connection that has ended both ways: by TCP_INFO, tcp(7), the peer
 * has acknowledged our end, and so all bytes.  sock_renew() makes it one that
 * can connect, see AF_UNSPEC in connect(2): 0 or -1; it has its options still.
 */
#if MAXREUSE > 0
static int
sock_over(int fd)
{
	SOCKLEN n;
	unsigned char state;		/* first in struct tcp_info */
	int e;

	state = 0;
	e = 0;
	n = sizeof state;
	if (sys_getsockopt(fd, IPPROTO_TCP, TCP_INFO, (char *)&state, &n) < 0 ||
	    state != TCP_CLOSE)
		return 0;
	n = sizeof e;
	return sys_getsockopt(fd, SOL_SOCKET, SO_ERROR, (char *)&e, &n) == 0 &&
	    e == 0;
}

static int
sock_renew(int fd)
{
	struct sockaddr none;

	mem_zero(&none, sizeof none);
	none.sa_family = AF_UNSPEC;
	return sys_connect(fd, &none, (SOCKLEN)sizeof none);
}
#endif

/*
 * True when errno e, which a call on this socket has said, was the end of its
 * connection, so that no end behind it is a clean one.  What ICMP said last
 * may stand for a time-out, but on a living connection it is nothing.  EPIPE
 * is what Linux says of a reset behind the peer's end.
 */
static int
sock_cut(int fd, int e)
{
	int more;

	return e == ECONNRESET || e == ETIMEDOUT || ((e == EHOSTUNREACH ||
	    e == ENETUNREACH || e == ECONNREFUSED) && sock_gone(fd, &more));
}

#if HAVE_SERVICE
#if defined(SO_ACCEPTCONN) && defined(SO_TYPE)
#ifdef HAVE_EDGES
#ifndef SO_PROTOCOL
#define SO_PROTOCOL (-1)
#endif
/* Is it TCP's?  Others may keep back what follows a short read. */
static void
sock_foreign(int fd, int family)
{
	SOCKLEN n;
	int protocol;

	protocol = -1;
	n = sizeof protocol;
	(void)sys_getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, (char *)&protocol, &n);
	if (family != AF_UNIX && protocol != IPPROTO_TCP)
		ev_foreign = 1;
}
#else
#define sock_foreign(fd, family) (void)0
#endif

/*
 * True for a stream socket that listens, with its name in *u and an end
 * behind its path; where the system can't tell there is none.
 */
static int
sock_listens(int fd, union sockany *u)
{
	SOCKLEN n;
	int type, on;

	type = on = 0;
	n = sizeof type;
	(void)sys_getsockopt(fd, SOL_SOCKET, SO_TYPE, (char *)&type, &n);
	n = sizeof on;
	(void)sys_getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, (char *)&on, &n);
	mem_zero(u, sizeof *u);
	n = sizeof *u;
	if (type != SOCK_STREAM || !on || sys_getsockname(fd, &u->sa, &n) < 0)
		return 0;
	if (HAVE_UNIX)
		SOCK_PATH(u)[MAXUNIX] = '\0';
	type = u->sa.sa_family;
	sock_foreign(fd, type);
	return type == AF_INET || type == DOMAIN_IP6 || type == DOMAIN_UNIX;
}
#else
#define sock_listens(fd, u) ((fd) < 0 && (u) == 0)
#endif
#endif

/*
 * Bytes that the system still holds for the peer of fd (Linux, tcp(7)): they
 * grow fewer long before there is room for more.
 */
#if HAVE_UNSENT
static int
sock_unsent(int fd)
{
	int n;

	n = 0;
	(void)sys_ioctl(fd, TIOCOUTQ, (char *)&n);
	return n;
}
#endif

/*
 * True when the client's IPv4 packets have options (RFC 791): with a route of
 * its own choice its address proves nothing.  Linux accepts no such route by
 * default, older systems do.
 */
#ifdef IP_OPTIONS
static int
sock_routed(int fd)
{
	SOCKLEN n;
	char options[64];

	n = sizeof options;
	return sys_getsockopt(fd, IPPROTO_IP, IP_OPTIONS, options, &n) == 0 &&
	    n > 0;
}
#else
#define sock_routed(fd) ((fd) < 0)
#endif

#if HAVE_STATUS
/*
 * Clients in the queue of a listening socket, for accept: 0 where the system
 * does not tell.
 */
#if defined(__linux__) && !defined(HAVE_PLEDGE)
#define QUEUE_INFO 11		/* TCP_INFO: not all libcs tell of it */
#define QUEUE_STATE 10			/* TCP_LISTEN in its first byte */
static int
sock_queue(int fd)
{
	unsigned info[32];		/* of 4 bytes: the seventh */
	SOCKLEN n;

	n = sizeof info;
	info[6] = 0;
	if (sys_getsockopt(fd, IPPROTO_TCP, QUEUE_INFO, (char *)info, &n) < 0 ||
	    n < 28 || *(char *)info != QUEUE_STATE)
		return 0;
	return (int)info[6];
}
#else
#ifdef SO_LISTENQLEN
static int
sock_queue(int fd)
{
	SOCKLEN len;
	int n;

	len = sizeof n;
	n = 0;
	(void)sys_getsockopt(fd, SOL_SOCKET, SO_LISTENQLEN, (char *)&n, &len);
	return n;
}
#else
#define sock_queue(fd) ((fd) < 0)
#endif
#endif

/* The machine's name, "" where it has none. */
static void
host_name(char *p, int n)
{
	mem_zero(p, (unsigned)n);
	if (sys_gethostname(p, n - 1) < 0)
		*p = '\0';
}
#endif

/*
 * True when this address is the machine's own: it is then the source of what
 * goes there.  Nothing is sent.  TINY leaves it out.
 */
#if FRUGAL
#define sock_own(family, ip) 0
#else
static int
sock_own(int family, unsigned char *ip)
{
	union sockany to, from;
	unsigned char source[16];
	SOCKLEN len;
	unsigned port;
	int fd, own;

	fd = sys_socket(sock_domain(family), SOCK_DGRAM);
	if (fd < 0)
		return 0;
	len = sizeof from;
	mem_zero(source, sizeof source);
	own = sys_connect(fd, &to.sa, (SOCKLEN)sock_pack(&to, family, ip, 9)) == 0 &&
	    sys_getsockname(fd, &from.sa, &len) == 0 &&
	    sock_unpack(&from, source, &port) == family &&
	    mem_same(source, ip, sizeof source);
	(void)sys_close(fd);
	return own;
}
#endif

/*
 * Kernel pipes: bytes that never enter this process.  pipe_open() makes an
 * empty one or says -1; pipe_fill() and pipe_drain() return like read and
 * write.  Linux gives a user without privilege pages for so many pipes (see
 * pipe(7), pipe-user-pages-soft), and says EPERM beyond: then half the size
 * may do.  One below PIPELEAST is worse than none.  A kernel that does not
 * know of sizes has 64 KB.
 */
#ifdef HAVE_SPLICE
#if PIPESZ > PIPELEAST
static int
pipe_fit(int *p)
{
	long n;

	for (n = PIPESZ; sys_setpipe(p[1], (int)n) < 0 && errno == EPERM; n /= 2)
		if (n <= PIPELEAST)
			return -1;
	return 0;
}
#else
#define pipe_fit(p) 0
#endif

static int
pipe_open(int *p)
{
	if (pipe_new(p) < 0)
		return -1;
	if (pipe_fit(p) == 0)
		return 0;
	(void)sys_close(p[0]);
	(void)sys_close(p[1]);
	return -1;
}

static long
pipe_fill(int fd, int *p)
{
	ev_level(fd);
	return (long)sys_splice(fd, p[1], (size_t)PIPESZ);
}

static long
pipe_drain(int *p, int fd, long n)
{
	ev_level(fd);
	return (long)sys_splice(p[0], fd, (size_t)n);
}
#else
static int
pipe_open(int *p)
{
	p[0] = p[1] = -1;
	return -1;
}

static long
pipe_fill(int fd, int *p)
{
	return (long)fd + p[1] < 0L ? -1L : -1L;
}

static long
pipe_drain(int *p, int fd, long n)
{
	return (long)fd + p[0] + n < 0L ? -1L : -1L;
}
#endif

/*
 * Change *p from one value to another: true if it had the first.  One step
 * for all processes where the compiler can say so; else two of them may both
 * think that it was they.
 */
#if !FRUGAL && (defined(__GCC_HAVE_SYNC_COMPARE_AND_SWAP_8) || \
	(defined(__GCC_HAVE_SYNC_COMPARE_AND_SWAP_4) && !defined(__LP64__)))
#define word_swap(p, from, to) __sync_bool_compare_and_swap(p, from, to)
#else
static int
word_swap(long *p, long from, long to)
{
	if (*p != from)
		return 0;
	*p = to;
	return 1;
}
#endif

/* Zeroed memory that children will share with us, or 0. */
#ifdef NO_SHARE
static char *
share(long size)
{
	return size < 0L ? (char *)0 : (char *)0;
}
#else
#ifdef MAP_ANONYMOUS
static char *
share(long size)
{
	char *p;

	p = (char *)mmap((char *)0, (size_t)size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, (off_t)0);
	return p == (char *)-1 ? (char *)0 : p;
}
#else
static char *
share(long size)
{
	char *p;
	int fd;

	fd = sys_open("/dev/zero", O_RDWR, 0);
	if (fd < 0)
		return (char *)0;
	p = (char *)mmap((char *)0, (int)size, PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, (off_t)0);
	(void)sys_close(fd);
	return p == (char *)-1 ? (char *)0 : p;
}
#endif
#endif

/*
 * Signals.  A handler notes the signal and writes one byte to a pipe that
 * the loop watches; nothing else ever runs in a handler.  sig_listen() sets
 * them.  sig_open() returns the descriptor to watch; called again in a child
 * it makes a new pipe, with a byte in it if a signal has come in between, and
 * forgets the master's children.  sig_next() returns the next noted signal,
 * or 0.
 */
static int sig_pipe[2] = { -1, -1 };
static volatile int sig_seen[64];	/* [0]: the pipe has a byte */

#ifdef OLD_HANDLER
#define SIG_TYPE int
#define SIG_DONE return 0
#else
#define SIG_TYPE void
#define SIG_DONE return
#endif

#ifdef OLD_SIGNAL
#define SIG_RESETS 1
#else
#define SIG_RESETS 0
#endif

#ifdef OLD_WAIT
static volatile int child_sent;		/* SIGCLD came: wait() has a child */
#define CHILD_NOTE(sig) (child_sent |= (sig) == SIGCHLD)
#else
#define CHILD_NOTE(sig) (void)0
#endif

/*
 * Where a handler is forgotten when it runs it is set anew at once; but
 * SIGCHLD only by child_reap(), since System V would deliver it again.
 */
static SIG_TYPE
sig_note(int sig)
{
	int e;

	e = errno;
	if (sig < 64)
		sig_seen[0] = sig_seen[sig] = 1;
	CHILD_NOTE(sig);
	if (SIG_RESETS && sig > 0 && sig != SIGCHLD)
		(void)sys_signal(sig, sig_note);
	if (write(sig_pipe[1], "", 1) < 0)
		errno = e;
	errno = e;
	SIG_DONE;
}

#if defined(SA_RESTART) && !defined(OLD_SIGNAL) && !defined(BSD_SIGNAL)
static void
sig_catch(int sig, int ignore)
{
	struct sigaction a;

	mem_zero(&a, sizeof a);
	a.sa_handler = sig_note;
	if (ignore)
		a.sa_handler = SIG_IGN;
	a.sa_flags = SA_RESTART;
	if (sig > 0)
		(void)sigaction(sig, &a, (struct sigaction *)0);
}

static void
sig_unblock(void)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, (sigset_t *)0);
}
#else
static void
sig_catch(int sig, int ignore)
{
	if (sig > 0 && ignore)
		(void)sys_signal(sig, SIG_IGN);
	else if (sig > 0)
		(void)sys_signal(sig, sig_note);
}

#define sig_unblock() ((void)0)
#endif

/*
 * What must not end us, nor stop us when a terminal is not for us to write
 * to: from the start on.
 */
static void
sig_ignore(void)
{
	sig_catch(SIGPIPE, 1);
	sig_catch(SIGXFSZ, 1);
	sig_catch(SIGTTOU, 1);
}

/* What is heard, in children as well; the last may be 0, none. */
static void
sig_listen(void)
{
	static char caught[] =
	    { SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIG_USERS, 0 };
	char *p;

	for (p = caught; *p != 0; p++)
		sig_catch(*p, 0);
}

static int
sig_open(void)
{
	if (sig_pipe[0] >= 0) {
		(void)sys_close(sig_pipe[0]);
		(void)sys_close(sig_pipe[1]);
		sig_seen[SIGCHLD] = 0;
	}
	if (pipe_new(sig_pipe) < 0)
		return -1;
	sig_unblock();
	if (sig_seen[0])
		sig_note(0);
	return sig_pipe[0];
}

static int
sig_next(void)
{
	char c[64];
	int i;

	if (sig_seen[0]) {
		sig_seen[0] = 0;
		while (sys_read(sig_pipe[0], c, sizeof c) == (int)sizeof c)
			continue;
	}
	for (i = 1; i < 64; i++)
		if (sig_seen[i]) {
			sig_seen[i] = 0;
			return i;
		}
	return 0;
}

/*
 * The next child that ended: its pid, 0 when there is none; its exit status,
 * or 256 plus the signal that killed it.
 */
#ifdef NO_FORK
#define child_wait(st) 0L
#else
#ifdef OLD_WAIT
/* One for each SIGCLD; another one is sent when that is caught anew. */
static long
child_wait(int *st)
{
	if (!child_sent)
		return 0L;
	child_sent = 0;
	return (long)sys_wait(st);
}
#else
#ifdef OLD_WAIT3
#define child_wait(st) (long)sys_wait3((union wait *)(st), WNOHANG)
#else
#define child_wait(st) (long)sys_waitpid(-1, st, WNOHANG)
#endif
#endif
#endif

static long
child_reap(int *status)
{
	int st;
	long pid;

	st = 0;
	pid = child_wait(&st);
	if (pid <= 0L) {
		if (SIG_RESETS)
			sig_catch(SIGCHLD, 0);
		return 0L;
	}
	*status = (st & 0177) != 0 ? 256 + (st & 0177) : st >> 8 & 0377;
	return pid;
}

/* Leave the terminal and its signals behind, in a new child. */
#ifdef OLD_SETPGRP
static void
detach(void)
{
	int fd;

	(void)sys_setpgrp(0, getpid());
	fd = sys_open("/dev/tty", O_RDWR, 0);
	if (fd < 0)
		return;
	(void)sys_ioctl(fd, TIOCNOTTY, (char *)0);
	(void)sys_close(fd);
}
#else
#ifdef SYSV_SETPGRP
static void
detach(void)
{
	(void)sys_setpgrp0();
}
#else
static void
detach(void)
{
	(void)sys_setsid();
}
#endif
#endif

/* Cut a file: 0 or -1.  Where that can't be its rest is empty lines. */
#ifdef NO_FTRUNCATE
static int
file_cut(int fd, long size)
{
	struct stat st;

	if (sys_fstat(fd, &st) < 0 || sys_lseek(fd, (off_t)size, 0) < 0)
		return -1;
	for (; size < (long)st.st_size; size++)
		if (sys_write(fd, "\n", 1) != 1)
			return -1;
	return 0;
}
#else
#define file_cut(fd, size) sys_ftruncate(fd, (off_t)(size))
#endif

/*
 * Become this user, with this group and no other, for good: 0, or -1 with
 * errno.  That it is for good is tried.
 */
static int
become(long uid, long gid)
{
	GROUP_T group;

	group = (GROUP_T)gid;
	if (sys_setgroups(1, &group) < 0 || sys_setgid(group) < 0 ||
	    sys_setuid((USER_T)uid) < 0)
		return -1;
	errno = EPERM;
	if ((USER_T)getuid() != (USER_T)uid || (USER_T)geteuid() != (USER_T)uid ||
	    (GROUP_T)getgid() != group || (GROUP_T)getegid() != group ||
	    sys_setuid(0) == 0)
		return -1;
	return 0;
}

/*
 * Promise the system what we shall never do: 0, or -1 with errno.  Linux: no
 * rights from an exec.  OpenBSD (tried by test/pledge.h alone): pledge(2),
 * and unveil(2) that lets nothing be run; "fattr" is for the modes of unix
 * sockets at a reload, "proc" for kill(), fork() and setrlimit().
 */
#ifdef HAVE_PLEDGE
static int
harden(int forks)
{
	if (unveil("/", "rwc") < 0 || unveil((char *)0, (char *)0) < 0)
		return -1;
	return pledge(HAVE_NAMES ?
	    "stdio rpath wpath cpath fattr inet unix proc dns" : forks ?
	    "stdio rpath wpath cpath fattr inet unix proc" :
	    "stdio rpath wpath cpath fattr inet unix", (char *)0);
}
#else
#if defined(PR_SET_NO_NEW_PRIVS) && !FRUGAL
static int
harden(int forks)
{
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L);
	return forks < 0 ? -1 : 0;
}
#else
#define harden(forks) 0
#endif
#endif

/*
 * What a child needs that looks names up: signals as they were, no more time
 * than so many seconds, and no descriptor but fd; and the look-up itself.
 * name_lookup() returns the family of an address, or 0; *ip, of family had,
 * stays what it is while the name has that address too.
 */
#if HAVE_NAMES
static int
name_child(int fd, int secs)
{
	(void)sys_signal(SIGTERM, SIG_DFL);
	(void)sys_signal(SIGINT, SIG_DFL);
	(void)sys_signal(SIGHUP, SIG_DFL);
	(void)sys_signal(SIGUSR1, SIG_DFL);
	(void)sys_signal(SIGUSR2, SIG_DFL);
	(void)sys_signal(SIGCHLD, SIG_DFL);
	(void)sys_alarm((unsigned)secs);
	(void)sys_dup2(fd, 3);
	fd_closefrom(4);
	return 3;
}

#ifdef OLD_NETDB
static int
name_lookup(char *name, int wanted, int had, unsigned char *ip)
{
	struct hostent *h;
	char **a;

	h = wanted == IP6 ? (struct hostent *)0 : gethostbyname(name);
	if (h == (struct hostent *)0 || h->h_addrtype != AF_INET ||
	    h->h_length != 4 || h->h_addr_list[0] == (char *)0)
		return 0;
	for (a = h->h_addr_list; *a != (char *)0; a++)
		if (had == IP4 && mem_same(*a, ip, 4))
			return had;
	mem_copy(ip, h->h_addr_list[0], 4);
	return IP4;
}
#else
static int
name_lookup(char *name, int wanted, int had, unsigned char *ip)
{
	struct addrinfo hints, *list, *a;
	union sockany u;
	unsigned char found[16], first[16];
	unsigned port;
	int family, f;

	mem_zero(&hints, sizeof hints);
	hints.ai_family = wanted == 0 ? AF_UNSPEC : sock_domain(wanted);
	hints.ai_socktype = SOCK_STREAM;
	family = 0;
	if (getaddrinfo(name, (char *)0, &hints, &list) != 0)
		return 0;
	for (a = list; a != (struct addrinfo *)0; a = a->ai_next) {
		if (a->ai_addrlen > sizeof u)
			continue;
		mem_copy(&u, a->ai_addr, a->ai_addrlen);
		mem_zero(found, sizeof found);
		f = sock_unpack(&u, found, &port);
		if (f == UNIX || (family != 0 &&
		    (f != had || !mem_same(found, ip, sizeof found))))
			continue;
		mem_copy(first, found, sizeof first);
		family = f;
		if (f == had && mem_same(found, ip, sizeof found))
			break;
	}
	freeaddrinfo(list);
	if (family != 0)
		mem_copy(ip, first, sizeof first);
	return family;
}
#endif
#endif

/*
 * Take a variable out of the environment, where nobody else is to find it:
 * its value, or 0.
 */
#if HAVE_SERVICE
extern char **environ;

static char *
env_take(char *name)
{
	char **e, **to, *value;
	int n;

	n = str_len(name);
	value = 0;
	for (e = to = environ; e != 0 && *e != 0; e++)
		if (strncmp(*e, name, n) == 0 && (*e)[n] == '=')
			value = *e + n + 1;
		else
			*to++ = *e;
	if (to != 0)
		*to = 0;
	return value;
}

/*
 * Datagrams to this path, or name with @ in front where the system has such:
 * a descriptor that never waits, or -1 with errno.
 */
#if HAVE_UNIX
static int
notify_open(char *path)
{
	union sockany to;
	int fd, n;

	n = str_len(path);
	fd = -1;
	errno = EINVAL;
	if ((*path == '/' || *path == '@') && n > 1 && n <= MAXUNIX)
		fd = sys_socket(AF_UNIX, SOCK_DGRAM);
	if (fd < 0)
		return -1;
	fd_prepare(fd);
	n += (int)(SOCK_PATH(&to) - (char *)&to);
	if (*path == '/')
		n = sock_path(&to, path);
	else {
		(void)sock_path(&to, path);
		SOCK_PATH(&to)[0] = '\0';
	}
	if (sys_connect(fd, &to.sa, (SOCKLEN)n) == 0)
		return fd;
	n = errno;
	(void)sys_close(fd);
	errno = n;
	return -1;
}
#else
#define notify_open(path) (errno = EINVAL, *(path) == '/' ? -1 : -1)
#endif
#endif

/* A write lock on a whole file for this process: 0, or -1 if it is taken. */
#ifdef NO_LOCK
#define file_lock(fd) ((fd) < 0 ? -1 : 0)
#else
#ifdef OLD_FLOCK
static int
file_lock(int fd)
{
	return sys_flock(fd, LOCK_EX | LOCK_NB);
}
#else
static int
file_lock(int fd)
{
	struct flock l;

	mem_zero(&l, sizeof l);
	l.l_type = F_WRLCK;
	l.l_whence = 0;
	return sys_fcntl(fd, F_SETLK, &l);
}
#endif
#endif

/*
 * Syslog, by datagrams that never wait.  log_put() wants the text without a
 * newline, up to 900 bytes of it, and returns 1, or 0 when the system does
 * not take the line at once: it is lost then.  log_fd is negative while
 * there is no syslogd: -1 if there never was one.
 */
#ifdef LOG_ERR
#define LOG_LEVEL_ERR LOG_ERR
#define LOG_LEVEL_WARNING LOG_WARNING
#define LOG_LEVEL_NOTICE LOG_NOTICE
#define LOG_LEVEL_INFO LOG_INFO
#else
#define LOG_LEVEL_ERR 3
#define LOG_LEVEL_WARNING 4
#define LOG_LEVEL_NOTICE 5
#define LOG_LEVEL_INFO 6
#endif
#define LOG_DAEMON_BITS 24		/* daemon, times 8 */

static char *log_ident;			/* our name in front of each line */
static int log_fd = -1;
#define LOG_NOBODY (!FRUGAL && log_fd < 0)	/* log_put() has failed */

#if defined(OLD_SYSLOG) || defined(OLD_OPENLOG)
#ifdef OLD_OPENLOG
#define log_start3(ident) openlog(ident, LOG_PID)
#else
#define log_start3(ident) openlog(ident, LOG_PID | LOG_NDELAY, LOG_DAEMON)
#endif

static void
log_open(char *ident)
{
	log_ident = ident;
	(void)log_start3(ident);
}

static int
log_put(int level, char *text)
{
	syslog(level, "%s", text);
	return 1;
}
#else

static void
log_close(void)
{
	if (log_fd < 0)
		return;
	(void)sys_close(log_fd);
	log_fd = -2;
}

static char *
log_number(char *p, unsigned long n)
{
	char digit[3 * sizeof n];
	int i;

	i = 0;
	do
		digit[i++] = (char)('0' + (int)(n % 10));
	while ((n /= 10) > 0);
	while (i > 0)
		*p++ = digit[--i];
	return p;
}

static char *
log_string(char *p, char *from, int max)
{
	while (*from != '\0' && max-- > 0)
		*p++ = *from++;
	return p;
}

/*
 * "Mmm dd hh:mm:ss ", as RFC 3164 has it.  In a TINY build syslogd has to do
 * that: it does for lines without.
 */
#if FRUGAL && !defined(NO_SYSLOG) && HAVE_UNIX
#define log_time(p) (p)
#else
/* Two digits, a blank or another one in front, and what stands behind. */
static char *
log_two(char *p, int n, int pad, int behind)
{
	*p++ = (char)(n > 9 ? '0' + n / 10 : pad);
	*p++ = (char)('0' + n % 10);
	*p++ = (char)behind;
	return p;
}

static char *
log_time(char *p)
{
	static char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct when *w;

	w = clock_local();
	if (w == (struct when *)0)
		return p;
	p = log_string(p, months + 3 * (w->n[W_MONTH] - 1), 3);
	*p++ = ' ';
	p = log_two(p, w->n[W_DAY], ' ', ' ');
	p = log_two(p, w->n[W_HOUR], '0', ':');
	p = log_two(p, w->n[W_MINUTE], '0', ':');
	return log_two(p, w->n[W_SECOND], '0', ' ');
}
#endif

/* The time, and "ident[pid]: ". */
static char *
log_stamp(char *p)
{
	p = log_string(log_time(p), log_ident, 32);
	*p++ = '[';
	p = log_number(p, (unsigned long)getpid());
	return log_string(p, "]: ", 3);
}

#if defined(NO_SYSLOG) || !HAVE_UNIX
static void
log_open(char *ident)
{
	log_close();
	log_ident = ident;
	log_fd = sys_open(PATH_LOG,
	    O_WRONLY | O_APPEND | O_NOCTTY | O_NONBLOCK, 0);
}

static int
log_put(int level, char *text)
{
	char line[1024], *p;

	p = log_string(log_stamp(line), text, level < 0 ? 0 : 900);
	*p++ = '\n';
	return sys_write(log_fd, line, (unsigned)(p - line)) > 0;
}
#else

/* What there is already is kept if there is nothing new (after -R). */
static void
log_open(char *ident)
{
	union sockany to;
	int fd, n;

	log_ident = ident;
	fd = sys_socket(AF_UNIX, SOCK_DGRAM);
	if (fd < 0)
		return;
	fd_prepare(fd);
	n = sock_path(&to, PATH_LOG);
	if (sys_connect(fd, &to.sa, (SOCKLEN)n) < 0) {
		(void)sys_close(fd);
		return;
	}
	log_close();
	log_fd = fd;
}

/* Send one datagram; a daemon that was started anew is looked for once. */
static int
log_send(char *p, int n)
{
	if (log_fd >= 0 && sys_send(log_fd, p, (unsigned)n) == (long)n)
		return 1;
	if (log_fd >= 0 && (again() || errno == ENOBUFS))
		return 0;
	log_close();
	log_open(log_ident);
	return log_fd >= 0 && sys_send(log_fd, p, (unsigned)n) == (long)n;
}

/* A line is "<pri>" and the stamp (RFC 3164), and the text. */
static int
log_put(int level, char *text)
{
	char line[1024], *p;

	line[0] = '<';
	p = log_number(line + 1, (unsigned long)(LOG_DAEMON_BITS + level));
	*p++ = '>';
	p = log_string(log_stamp(p), text, 900);
	return log_send(line, (int)(p - line));
}
#endif
#endif
#endif

#endif

#define SIGHUP 1
#define SIGINT 2
#define SIGQUIT 3
#define SIGKILL 9
#define SIGPIPE 13
#define SIGALRM 14
#define SIGTERM 15
#define SIGSTOP 17
#define SIGCONT 19
#define SIGCHLD 20
#define SIGXFSZ 25
#ifndef KR_42
#define SIGUSR1 30
#define SIGUSR2 31
#endif
#ifdef KR_SUN
typedef unsigned int sigset_t;
struct sigaction { void (*sa_handler)(); sigset_t sa_mask; int sa_flags; };
#define SIG_SETMASK 4
#define SIG_DFL ((void (*)())0)
#define SIG_IGN ((void (*)())1)
extern void (*signal())();
#else
#define SIG_DFL ((int (*)())0)
#define SIG_IGN ((int (*)())1)
extern int (*signal())();
#endif

#define SIGHUP 1
#define SIGINT 2
#define SIGPIPE 13
#define SIGTERM 15
#define SIGCHLD 20
#define SIGXFSZ 25
#ifndef KR_42
#define SIGUSR1 30
#endif
#define SIG_DFL (int (*)())0
#define SIG_IGN (int (*)())1
extern int (*signal())();

/*
 * live.h: what a live test may call.  A test is a function without arguments,
 * run in a process of its own, in an empty directory of its own, with a
 * loopback address of its own.  It starts plugs and peers, talks to them over
 * real sockets, and returns; whatever it finds wrong ends it at once.
 *
 * Nothing here waits without a limit, and what a test has started is ended
 * for it: a plug that is still running must be alive and end well, and what it
 * wrote on standard error must be in order.
 */
#ifndef LIVE_H
#define LIVE_H

#include "sys.h"

/* How plug is run: one process, a child a connection, or workers. */
#define M_SINGLE 0
#define M_FORK 1
#define M_WORKERS 2

typedef void (*testfn)(void);
typedef int (*condfn)(void);

/* A test.  `broken' completes the sentence "if this fails, ...". */
struct test {
	char *name;
	char *broken;
	testfn run;
	int seconds;		/* hard limit; 0 is the usual one */
};

extern struct test tests_bytes[];
extern struct test tests_targets[];
extern struct test tests_balance[];
extern struct test tests_check[];
extern struct test tests_status[];
extern struct test tests_connect[];
extern struct test tests_process[];
extern struct test tests_log[];
extern struct test tests_option[];
extern struct test tests_rule[];
extern struct test tests_family[];
extern struct test tests_config[];
extern struct test tests_rights[];
extern struct test tests_gone[];
extern struct test tests_service[];

/* Targets that say their name: A, B and C. */
#define NAMES 3
extern char *named[NAMES];	/* their addresses */
extern int named_pid[NAMES];

/* The two ends of one session, both in the test's hands. */
struct pair {
	int client;
	int target;
};

/* What a program said and how it ended: exit status, or 1000 + signal. */
struct result {
	int status;
	char out[65536];
	char err[65536];
};

/* Settings of this run. */
extern char *plug_path;
extern char *peer_path;
extern int mode;
extern long ntransfers;		/* -n: transfers of the integrity test */
extern long nshort;		/* -c: short connections */
extern long nidle;		/* -k: idle sessions, as many as plug can have */
extern unsigned long seed;	/* -r */
extern int sock_room;		/* bytes of a new socket's buffers, segments of 536; 0: the system's */
extern char *devlog;		/* -L: plug's PATH_LOG, a name in the test's folder; 0: none */
extern int devlog_fd;		/* the socket bound there, in a log test */

/* For the next process that is started; spawn() clears them again. */
extern long spawn_nofile;	/* RLIMIT_NOFILE */
extern int spawn_closed;	/* without descriptors 0 to 2 */
extern int spawn_inherit;	/* with so many open descriptors more */
extern int spawn_stdin;		/* this descriptor as standard input; -1 */
extern int spawn_stdout;	/* this descriptor as standard output; -1 */
extern int spawn_stderr;	/* this descriptor as standard error; -1 */
extern int spawn_diskfull;	/* 1 + bytes beyond which no file may grow: RLIMIT_FSIZE */
extern int spawn_noforks;	/* no more processes, but root's: RLIMIT_NPROC */
extern int spawn_handed[4];	/* these descriptors as LISTEN_FDS, so many */
extern int spawn_nhanded;
extern char *spawn_env[4];	/* more of the environment, up to a 0 */

/* Set by a test in which plug has reason to write on standard error. */
extern int noisy;

/* 1. verdicts */
void fail(char *expected, char *got);
void skip(char *why);
void leave_out(void);
void step(char *what);
void want(int yes, char *expected);
void want_num(char *what, long expected, long got);
void want_text(char *what, char *expected, char *got);
void want_in(char *what, char *part, char *whole);

/* 2. text; the strings live for the next 64 calls, those of keep() for ever */
char *f1(char *format, char *a);
char *f2(char *format, char *a, char *b);
char *f3(char *format, char *a, char *b, char *c);
char *f4(char *format, char *a, char *b, char *c, char *d);
char *num(long n);
char *keep(char *s);
int pattern_next(unsigned long *x);
void pattern_fill(unsigned long *x, char *buf, long n);
unsigned long sum_add(unsigned long sum, char *p, long n);
unsigned long rnd(void);
long rnd_below(long n);

/* 3. time */
long clock_ms(void);
void pause_ms(long ms);
void all_arrived(int fd);
long patience(long ms);
int wait_for(condfn cond, long ms);

/* 4. sockets: all are non-blocking, the calls wait */
char *home_addr(void);
int new_port(void);
char *new_addr(void);
char *port_of(char *addr);
int scan_addr(char *s, struct sockaddr_in *sin);
int listen_on(char *addr);
int listen_with(char *addr, int backlog);
int try_connect(char *from, char *addr);
int start_connect(char *addr);
int sock_new(void);
int connect_to(char *addr);
int connect_from(char *from, char *addr);
int wait_fd(int fd, int events, long ms);
int accept_from(int lfd);
void accept_none(int lfd, long ms);
void pair_open(struct pair *p, char *addr, int lfd);
void pair_close(struct pair *p);
void send_all(int fd, char *buf, long n);
void send_text(int fd, char *text);
long send_some(int fd, char *buf, long n);
long fill_up(int fd, long most);
void recv_exact(int fd, char *buf, long n);
void recv_text(int fd, char *text);
char *recv_line(int fd);
void expect_eof(int fd);
void expect_reset(int fd);
void expect_end(int fd);
void expect_quiet(int fd, long ms);
int read_end(int fd, long *count, unsigned long *sum);
void half_close(int fd);
void reset_close(int fd);
void small_buffer(int fd, int bytes);
void echo_works(char *addr);
int connect_rude(char *from, char *addr);
void expect_turned_away(char *from, char *addr);
int black_hole(char *addr);

/* 5. files */
char *read_file(char *path);
void write_file(char *path, char *text);
char *wait_lines(char *path, int n);
void wait_text(char *path, char *part);
int count_lines(char *text);
int count_in(char *part, char *whole);

/* 6. processes */
int spawn(char **argv, char *out, char *err);
int split(char *words, char **argv, int max);
int start_plug(char *words);
int start_peer(char *words);
char *plug_out(void);
char *plug_err(void);
char *peer_out(void);
int wait_exit(int pid, long ms);
void stop_plug(int pid, int sig);
void forget_plug(int pid);
void run_to_exit(char **argv, struct result *r);
void run_plug(char *words, struct result *r);
void run_words(char *words, struct result *r);
int daemon_pid(char *pidfile);
void wait_gone(int pid);
void wait_port(char *addr);
void wait_closed(char *addr);
long cpu_ms(int pid);
int lacks(char *words);
void needs(char *words);
int has(char *what);
long table(char *what, long usual, long tiny);
int children_of(int pid, int *list, int max);
int count_fds(int pid);
int settled_fds(int pid);

/* 7. targets that say their name, and who asks for it */
void target_up(int i);
void target_down(int i);
char *targets_new(char *up);
char *client_addr(int i);
int hold_from(char *from, char *addr, char *name);
void let_go(int fd);
int ask_from(char *from, char *addr);
char *ask_many(char *addr, int n);
char *ask_all(char *addr, int n);
int count_of(int c, char *s);
void echo_behind(char **addr, char **behind);

#endif

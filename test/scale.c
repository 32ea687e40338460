/*
 * scale.c: many sessions through one plug.
 *
 *	scale short N PLUG [option ...]	N short connections, none may fail
 *	scale idle N PLUG [option ...]	N idle sessions at once: what does one
 *					cost in memory, do all still echo?
 *	scale beyond N PLUG [option ...]	N clients of a plug that can hold
 *					fewer descriptors: the rest wait
 *	scale refused N PLUG [option ...]	N clients from 127.0.7.0/24, whom
 *					rules must refuse
 *	scale gone N PLUG [option ...]	N clients that connect and reset: both
 *					leave descriptors and memory as they were
 *	scale hup N PLUG [option ...]	N sessions at once and 500 new ones a
 *					second while the file of -c changes and
 *					is read again: none is lost
 *	scale soak N PLUG [option ...]	N short connections among 200 long ones
 *	scale signals N PLUG [option ...]	N signals to all of plug's processes
 *					while clients come and go: none is lost
 *	scale killed N PLUG -F|-w n ...	N times a child is killed: its own
 *					sessions are lost, and no others
 *	scale stopped N PLUG -w n ...	N times a worker is stopped for a while:
 *					others serve, its sessions go on later
 *
 * Starts PLUG in the foreground and an echo server behind it, both on free
 * ports of 127.0.0.1, and ends both.  The last line is "N passed, N failed".
 */
#include "sys.h"

#include "fds.c"

#define MOST 10000		/* sessions at once */
#define PARALLEL 50		/* short connections at once */
#define BYTES_EACH 512		/* an idle session's own memory is less */
#define WARM 5000		/* clients before memory is measured */
#define KB_MORE 64		/* it may grow by less */
#define LONG 200		/* long sessions of a soak */
#define FAMILY 20		/* sessions of those whose children die */

static struct sockaddr_in plug_at, echo_at;
static int plug_pid, echo_pid;
static int passed, failed;
static int quiet;		/* plug's errors are of no interest */
static char conf_file[500];	/* -c; "" where plug has none */
static char pid_file[500];	/* -P; likewise */
static struct sockaddr_in other_at;
static int fds[MOST];
static struct pollfd polls[MOST + 1];

static void
verdict(int good, char *what, long expected, long got)
{
	if (good)
		passed++;
	else
		failed++;
	printf("%s scale: %s: expected %ld, got %ld\n",
	    good ? "ok  " : "FAIL", what, expected, got);
}

/* End everything and say how it was. */
static void
finish(void)
{
	int status;

	if (plug_pid > 0) {
		kill((pid_t)plug_pid, SIGINT);
		status = 0;
		waitpid((pid_t)plug_pid, &status, 0);
		verdict(status == 0, "plug's exit status", 0L, (long)status);
	}
	if (echo_pid > 0) {
		kill((pid_t)echo_pid, SIGKILL);
		waitpid((pid_t)echo_pid, &status, 0);
	}
	printf("%d passed, %d failed\n", passed, failed);
	exit(failed > 0);
}

static void
give_up(char *what)
{
	printf("FAIL scale: %s: %s\n", what, strerror(errno));
	failed++;
	finish();
}

/* A listening socket on a free port of 127.0.0.1. */
static int
listen_free(struct sockaddr_in *at)
{
	socklen_t len;
	int fd;

	memset(at, 0, sizeof *at);
	at->sin_family = AF_INET;
	at->sin_addr.s_addr = htonl(0x7f000001L);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	len = sizeof *at;
	if (fd < 0 || bind(fd, (struct sockaddr *)at, len) < 0 ||
	    listen(fd, 1024) < 0 ||
	    getsockname(fd, (struct sockaddr *)at, &len) < 0)
		give_up("listen");
	return fd;
}

/* Echo for ever; a client's end is answered with ours. */
static void
echo_run(int lfd)
{
	static char buf[4096];
	long n;
	int count, i;

	fcntl(lfd, F_SETFL, O_NONBLOCK);
	polls[0].fd = lfd;
	polls[0].events = POLLIN;
	count = 1;
	for (;;) {
		if (poll(polls, (unsigned long)count, -1) < 0)
			_exit(1);
		while (polls[0].revents != 0 && count <= MOST) {
			polls[count].fd = accept(lfd, 0, 0);
			polls[count].events = POLLIN;
			polls[count].revents = 0;
			if (polls[count].fd < 0)
				break;
			count++;
		}
		for (i = count - 1; i > 0; i--) {
			if (polls[i].revents == 0)
				continue;
			n = (long)read(polls[i].fd, buf, sizeof buf);
			if (n > 0 && write(polls[i].fd, buf, (size_t)n) == n)
				continue;
			close(polls[i].fd);
			polls[i] = polls[--count];
		}
	}
}

static void
echo_start(void)
{
	int fd;

	fd = listen_free(&echo_at);
	fflush(stdout);
	echo_pid = (int)fork();
	if (echo_pid == 0) {
		alarm(900);
		echo_run(fd);
	}
	close(fd);
}

/* A blocking connection to plug, or -1; no answer in 60 s is an error. */
static int
dial(void)
{
	struct timeval t;
	int fd;

	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0)
		give_up("socket");
	t.tv_sec = 60;
	t.tv_usec = 0;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
	if (connect(fd, (struct sockaddr *)&plug_at, sizeof plug_at) == 0)
		return fd;
	close(fd);
	return -1;
}

/* One line there and back. */
static int
echoes(int fd)
{
	char buf[5];

	return write(fd, "line\n", 5) == 5 &&
	    recv(fd, buf, 5, MSG_WAITALL) == 5 && memcmp(buf, "line\n", 5) == 0;
}

/* The file of -c: plug's line, and each other time one more. */
static void
conf_write(int round)
{
	char name[510];
	FILE *f;

	sprintf(name, "%s.new", conf_file);
	f = fopen(name, "w");
	if (f == 0)
		give_up(name);
	if (round % 2)
		fprintf(f, "127.0.0.1:%d 127.0.0.1:%d\n",
		    (int)ntohs(other_at.sin_port), (int)ntohs(echo_at.sin_port));
	fprintf(f, "127.0.0.1:%d 127.0.0.1:%d\n",
	    (int)ntohs(plug_at.sin_port), (int)ntohs(echo_at.sin_port));
	if (fclose(f) != 0 || rename(name, conf_file) < 0)
		give_up(name);
}

static void
plug_start(int argc, char **argv)
{
	static char source[32], target[32], *args[32];
	int fd, i, n;

	close(listen_free(&plug_at));
	sprintf(source, "127.0.0.1:%d", (int)ntohs(plug_at.sin_port));
	sprintf(target, "127.0.0.1:%d", (int)ntohs(echo_at.sin_port));
	n = 0;
	for (i = 0; i < argc && n < 20; i++)
		args[n++] = argv[i];
	args[n++] = "-n";
	args[n++] = conf_file[0] != 0 ? "-c" : source;
	args[n++] = conf_file[0] != 0 ? conf_file : target;
	if (pid_file[0] != 0) {
		args[n++] = "-P";
		args[n++] = pid_file;
	}
	args[n] = 0;
	if (conf_file[0] != 0) {
		close(listen_free(&other_at));
		conf_write(0);
	}
	plug_pid = (int)fork();
	if (plug_pid == 0) {
		alarm(900);
		if (quiet)
			dup2(open("/dev/null", O_WRONLY), 2);
		execv(args[0], args);
		_exit(127);
	}
	for (i = 0; i < 100; i++) {
		poll((struct pollfd *)0, 0, 50);
		fd = dial();
		if (fd < 0)
			continue;
		verdict(echoes(fd), "a first session echoes", 1L, 1L);
		close(fd);
		return;
	}
	give_up("plug did not start");
}

/* Plug's resident memory in KB, 0 where the system does not say. */
static long
resident(void)
{
	char path[64], line[256];
	long kb;
	FILE *f;

	sprintf(path, "/proc/%d/status", plug_pid);
	f = fopen(path, "r");
	if (f == 0)
		return 0L;
	kb = 0L;
	while (fgets(line, sizeof line, f) != 0)
		if (strncmp(line, "VmRSS:", 6) == 0)
			kb = atol(line + 6);
	fclose(f);
	return kb;
}

/* A share of the short connections; returns how many failed, at most 255. */
static int
short_share(long n)
{
	int bad, fd;

	for (bad = 0; n > 0 && bad < 255; n--) {
		fd = dial();
		if (fd < 0 || !echoes(fd))
			bad++;
		if (fd >= 0)
			close(fd);
	}
	return bad;
}

static void
run_short(long n)
{
	int i, status;
	long bad;

	fflush(stdout);
	for (i = 0; i < PARALLEL; i++)
		if (fork() == 0)
			_exit(short_share(n / PARALLEL));
	bad = 0L;
	for (i = 0; i < PARALLEL; i++) {
		if (wait(&status) < 0)
			give_up("wait");
		bad += WIFEXITED(status) ? WEXITSTATUS(status) : 1;
	}
	verdict(bad == 0L, "short connections that failed", 0L, bad);
}

/*
 * Plug's open descriptors, 0 where the system does not say.  Not its pipes: a
 * second one is opened when two are full at once, and kept; nor sockets that
 * it keeps.
 */
static long
descriptors(void)
{
	return (long)(used_fds(plug_pid, "") - used_fds(plug_pid, "pipe:"));
}

/*
 * A share of the clients that are turned away, or that reset, which some do
 * late, so that plug's queue is never full; returns how many were not, at
 * most 255.
 */
static int
turned_share(int i, long n, int reset)
{
	struct sockaddr_in from;
	struct linger l;
	char c;
	int bad, fd;

	memset(&from, 0, sizeof from);
	from.sin_family = AF_INET;
	from.sin_addr.s_addr = htonl(0x7f000700L + i % 250);
	l.l_onoff = 1;
	l.l_linger = 0;
	alarm(600);
	for (bad = 0; n > 0 && bad < 255; n--) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		bad += fd < 0 ||
		    bind(fd, (struct sockaddr *)&from, sizeof from) < 0 ||
		    connect(fd, (struct sockaddr *)&plug_at, sizeof plug_at) < 0 ||
		    (reset ? n % 16 == 0 && !echoes(fd) :
		    recv(fd, &c, 1, 0) > 0);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
		close(fd);
	}
	return bad;
}

static long
turned(long n, int reset)
{
	int i, status;
	long bad;

	fflush(stdout);
	for (i = 0; i < PARALLEL; i++)
		if (fork() == 0)
			_exit(turned_share(i, n / PARALLEL, reset));
	bad = 0L;
	for (i = 0; i < PARALLEL; i++) {
		if (wait(&status) < 0)
			give_up("wait");
		bad += WIFEXITED(status) ? WEXITSTATUS(status) : 1;
	}
	return bad;
}

/* Clients of whom nothing must be left. */
static void
run_turned(long n, int reset)
{
	long kb, open_fds, bad;
	int i;

	bad = turned((long)WARM, reset);
	poll((struct pollfd *)0, 0, 1000);
	kb = resident();
	open_fds = descriptors();
	bad += turned(n, reset);
	verdict(bad == 0L, "clients that could not connect or were not refused",
	    0L, bad);
	for (i = 0; i < 100 && descriptors() > open_fds; i++)
		poll((struct pollfd *)0, 0, 100);
	verdict(descriptors() == open_fds, "descriptors afterwards", open_fds,
	    descriptors());
	verdict(kb > 0L && resident() - kb < KB_MORE,
	    "kilobytes of memory more, below", (long)KB_MORE, resident() - kb);
	i = dial();
	verdict(i >= 0 && echoes(i), "the next session echoes", 1L, 1L);
	close(i);
}

/* 500 short connections a second, one at a time; how many failed. */
static int
paced(int n)
{
	int bad;

	for (bad = 0; n > 0 && bad < 255; n--) {
		bad += short_share(1L);
		poll((struct pollfd *)0, 0, 2);
	}
	return bad;
}

static void
run_hup(long n)
{
	long i, bad;
	int pid, status, rounds;

	for (i = 0; i < n; i++) {
		fds[i] = dial();
		if (fds[i] < 0)
			give_up("connect");
	}
	verdict(echoes(fds[n - 1]), "the last session echoes", 1L, 1L);
	fflush(stdout);
	pid = (int)fork();
	if (pid == 0)
		_exit(paced(3000));
	for (rounds = 0; waitpid((pid_t)pid, &status, WNOHANG) == 0; rounds++) {
		if (rounds > 3000)
			give_up("the clients take too long");
		conf_write(rounds);
		kill((pid_t)plug_pid, SIGHUP);
		poll((struct pollfd *)0, 0, 100);
	}
	verdict(rounds > 20, "reloads, more than", 20L, (long)rounds);
	verdict(status == 0, "new sessions that were lost", 0L,
	    (long)WEXITSTATUS(status));
	bad = 0L;
	for (i = 0; i < n; i++)
		bad += !echoes(fds[i]);
	verdict(bad == 0L, "sessions that were lost", 0L, bad);
	unlink(conf_file);
}

static void
run_idle(long n)
{
	long before, after, i, bad;

	before = resident();
	for (i = 0; i < n; i++) {
		fds[i] = dial();
		if (fds[i] < 0)
			give_up("connect");
	}
	/* the last one echoes when all before it have been accepted */
	verdict(echoes(fds[n - 1]), "the last session echoes", 1L, 1L);
	after = resident();
	verdict(before > 0L && (after - before) * 1024L / n < BYTES_EACH,
	    "bytes of memory for an idle session", (long)BYTES_EACH,
	    (after - before) * 1024L / n);
	bad = 0L;
	for (i = 0; i < n; i++)
		bad += !echoes(fds[i]);
	verdict(bad == 0L, "idle sessions that do not echo", 0L, bad);
}

/* So many sessions that stay. */
static void
dial_many(long n)
{
	long i;

	for (i = 0; i < n; i++) {
		fds[i] = dial();
		if (fds[i] < 0 || !echoes(fds[i]))
			give_up("connect");
	}
}

/* How many of them do not echo any more. */
static long
silent(long n)
{
	long i, bad;

	bad = 0L;
	for (i = 0; i < n; i++)
		bad += !echoes(fds[i]);
	return bad;
}

/* A tenth at a time; what plug has must be the same after each. */
static void
run_soak(long n)
{
	long kb, open_fds, more, bad;
	int i;

	dial_many((long)LONG);
	run_short((long)WARM * 2L);
	poll((struct pollfd *)0, 0, 1000);
	kb = resident();
	open_fds = descriptors();
	more = 0L;
	for (bad = 0L, i = 0; i < 10; i++) {
		run_short(n / 10L);
		bad += silent((long)LONG);
		if (resident() - kb > more)
			more = resident() - kb;
	}
	verdict(bad == 0L, "long sessions that do not echo", 0L, bad);
	verdict(kb > 0L && more < KB_MORE,
	    "kilobytes of memory more, below", (long)KB_MORE, more);
	for (i = 0; i < 100 && descriptors() > open_fds; i++)
		poll((struct pollfd *)0, 0, 100);
	verdict(descriptors() == open_fds, "descriptors afterwards", open_fds,
	    descriptors());
}

/* Plug's children, from its pid file: how many. */
static int
children(int *pids, int most)
{
	char word[32];
	FILE *f;
	int n;

	f = fopen(pid_file, "r");
	if (f == 0)
		give_up(pid_file);
	for (n = -1; n < most && fgets(word, sizeof word, f) != 0; n++)
		if (n >= 0)
			pids[n] = atoi(word);
	fclose(f);
	return n;
}

/* Wait for so many of them; a test that waits in vain says what came. */
static int
children_wait(int *pids, int wanted)
{
	int i, n;

	for (n = i = 0; i < 100 && n != wanted; i++) {
		poll((struct pollfd *)0, 0, 100);
		n = children(pids, FAMILY);
	}
	if (n != wanted)
		verdict(0, "children", (long)wanted, (long)n);
	return n;
}

/* None of these may end anything. */
static void
run_signals(long n)
{
	static int harmless[] =
	    { SIGHUP, SIGUSR1, SIGCHLD, SIGPIPE, SIGHUP, SIGURG, SIGWINCH };
	int pids[FAMILY];
	int pid, status, i, k;

	dial_many((long)FAMILY);
	fflush(stdout);
	pid = (int)fork();
	if (pid == 0)
		_exit(paced((int)(n / 20L)));
	for (i = 0; waitpid((pid_t)pid, &status, WNOHANG) == 0 || i < (int)n;
	    i++) {
		if (i > 1000000)
			give_up("the clients take too long");
		kill((pid_t)plug_pid, harmless[i % 7]);
		k = children(pids, FAMILY);
		if (k > 0)
			kill((pid_t)pids[i % k], harmless[i / 7 % 7]);
		if (i % 8 == 0)
			poll((struct pollfd *)0, 0, 1);
	}
	verdict(status == 0, "new sessions that were lost", 0L,
	    (long)WEXITSTATUS(status));
	verdict(silent((long)FAMILY) == 0L, "sessions that were lost", 0L,
	    silent((long)FAMILY));
}

/* Those that do not echo, dialled again; how many they were. */
static long
renew(void)
{
	long i, n;

	n = 0L;
	for (i = 0; i < FAMILY; i++) {
		if (echoes(fds[i]))
			continue;
		n++;
		close(fds[i]);
		fds[i] = dial();
		if (fds[i] < 0 || !echoes(fds[i]))
			return -1L;
	}
	return n;
}

/*
 * A child of -F has one session; a worker has as many as its sockets tell
 * beside those of an idle one.  What it keeps to connect again is none: which
 * worker has one depends on who took the connection that waited for plug.
 */
static void
run_killed(long n, int workers)
{
	int pids[FAMILY];
	long idle, own, lost, bad;
	int i, many;

	many = workers > 0 ? workers : FAMILY;
	idle = 0L;
	if (workers > 0 && children_wait(pids, many) == many) {
		poll((struct pollfd *)0, 0, 300);
		idle = (long)used_fds(pids[0], "socket:");
	}
	dial_many((long)FAMILY);
	bad = 0L;
	for (i = 0; i < (int)n; i++) {
		if (children_wait(pids, many) != many)
			break;
		own = workers > 0 ? (used_fds(pids[i % many], "socket:") - idle) / 2 : 1L;
		kill((pid_t)pids[i % many], SIGKILL);
		lost = renew();
		bad += lost != own;
	}
	verdict(i == (int)n && bad == 0L,
	    "kills that cost others their sessions, or all theirs", 0L, bad);
}

/* True when it has stopped; a client that it has taken before waits. */
static int
has_stopped(int pid)
{
	char path[64], stat[256], *p;
	FILE *f;
	int i;

	sprintf(path, "/proc/%d/stat", pid);
	p = 0;
	for (i = 0; i < 100 && (p == 0 || p[2] != 'T'); i++) {
		poll((struct pollfd *)0, 0, 10);
		f = fopen(path, "r");
		if (f == 0)
			return 0;
		stat[0] = 0;
		(void)fgets(stat, sizeof stat, f);
		fclose(f);
		p = strrchr(stat, ')');
	}
	return i < 100;
}

/* Half a second each; new clients are served meanwhile. */
static void
run_stopped(long n, int workers)
{
	int pids[FAMILY];
	long bad;
	int i;

	dial_many((long)FAMILY);
	bad = 0L;
	for (i = 0; i < (int)n; i++) {
		if (children_wait(pids, workers) != workers)
			break;
		kill((pid_t)pids[i % workers], SIGSTOP);
		if (!has_stopped(pids[i % workers]))
			break;
		bad += short_share(20L);
		poll((struct pollfd *)0, 0, 500);
		kill((pid_t)pids[i % workers], SIGCONT);
		bad += silent((long)FAMILY);
	}
	verdict(i == (int)n && bad == 0L,
	    "sessions lost by a worker that was stopped", 0L, bad);
}

/* More clients than descriptors: all are served, some of them later. */
static void
run_beyond(long n)
{
	long i, bad;

	for (i = 0; i < n; i++) {
		fds[i] = dial();
		if (fds[i] < 0)
			give_up("connect");
	}
	bad = 0L;
	for (i = 0; i < n; i++) {
		bad += !echoes(fds[i]);
		close(fds[i]);
	}
	verdict(bad == 0L, "clients that were not served", 0L, bad);
}

/* As many descriptors as the system lets us have. */
#ifdef RLIMIT_NOFILE
static void
limit_fds(void)
{
	struct rlimit r;

	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
}
#else
#define limit_fds() ((void)0)
#endif

/* What is to be tried, and what plug needs for it. */
#define NEEDS_FEW 1		/* all sessions are there at once */
#define NEEDS_CONF 2
#define NEEDS_PIDS 4
#define NEEDS_QUIET 8

static struct kind {
	char *name;
	int needs;
} kinds[] = {
	{ "short", 0 },
	{ "idle", NEEDS_FEW },
	{ "beyond", NEEDS_FEW },
	{ "refused", NEEDS_QUIET },
	{ "gone", 0 },
	{ "hup", NEEDS_FEW | NEEDS_CONF | NEEDS_QUIET },
	{ "soak", 0 },
	{ "signals", NEEDS_PIDS | NEEDS_QUIET },
	{ "killed", NEEDS_PIDS },
	{ "stopped", NEEDS_PIDS },
	{ 0, 0 }
};

/* The n of -w n, or 0. */
static int
workers_of(int argc, char **argv)
{
	int i;

	for (i = 0; i < argc - 1; i++)
		if (strcmp(argv[i], "-w") == 0)
			return atoi(argv[i + 1]);
	return 0;
}

static void
run(int kind, long n, int workers)
{
	switch (kind) {
	case 0:
		run_short(n);
		break;
	case 1:
		run_idle(n);
		break;
	case 2:
		run_beyond(n);
		break;
	case 3:
	case 4:
		run_turned(n, kind == 4);
		break;
	case 5:
		run_hup(n);
		break;
	case 6:
		run_soak(n);
		break;
	case 7:
		run_signals(n);
		break;
	case 8:
		run_killed(n, workers);
		break;
	case 9:
		run_stopped(n, workers);
		break;
	}
}

int
main(int argc, char **argv)
{
	struct kind *k;
	long n;

	n = argc > 3 ? atol(argv[2]) : 0L;
	for (k = kinds; n > 0 && k->name != 0; k++)
		if (strcmp(argv[1], k->name) == 0)
			break;
	if (n < 1 || k->name == 0 || (n > MOST && k->needs & NEEDS_FEW)) {
		fprintf(stderr, "usage: scale KIND N PLUG [option ...]\n");
		for (k = kinds; k->name != 0; k++)
			fprintf(stderr, "%s%s", k->name, k[1].name ? ", " : "\n");
		return 2;
	}
	quiet = k->needs & NEEDS_QUIET;
	if (k->needs & NEEDS_CONF)
		sprintf(conf_file, "%.480s.conf", argv[3]);
	if (k->needs & NEEDS_PIDS)
		sprintf(pid_file, "%.480s.pids", argv[3]);
	signal(SIGPIPE, SIG_IGN);
	limit_fds();
	echo_start();
	plug_start(argc - 3, argv + 3);
	run((int)(k - kinds), n, workers_of(argc - 3, argv + 3));
	finish();
	return 0;
}

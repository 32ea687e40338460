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
 *
 * Starts PLUG in the foreground and an echo server behind it, both on free
 * ports of 127.0.0.1, and ends both.  The last line is "N passed, N failed".
 */
#include "sys.h"

#define MOST 10000		/* sessions at once */
#define PARALLEL 50		/* short connections at once */
#define BYTES_EACH 512		/* an idle session's own memory is less */
#define WARM 5000		/* clients before memory is measured */
#define KB_MORE 64		/* it may grow by less */

static struct sockaddr_in plug_at, echo_at;
static int plug_pid, echo_pid;
static int passed, failed;
static int quiet;		/* plug's errors are of no interest */
static char conf_file[500];	/* -c; "" where plug has none */
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

/* Plug's open descriptors, 0 where the system does not say. */
static long
descriptors(void)
{
	char path[64];
	struct dirent *e;
	long n;
	DIR *d;

	sprintf(path, "/proc/%d/fd", plug_pid);
	d = opendir(path);
	if (d == 0)
		return 0L;
	for (n = 0L; (e = readdir(d)) != 0; )
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
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

int
main(int argc, char **argv)
{
	long n;

	n = argc > 3 ? atol(argv[2]) : 0L;
	if (n < 1 || (n > MOST && (argv[1][0] == 'i' || argv[1][0] == 'b' ||
	    argv[1][0] == 'h'))) {
		fprintf(stderr,
		    "usage: scale short|idle|beyond|refused|gone|hup N PLUG ...\n");
		return 2;
	}
	quiet = argv[1][0] == 'r' || argv[1][0] == 'h';
	if (argv[1][0] == 'h')
		sprintf(conf_file, "%.480s.conf", argv[3]);
	signal(SIGPIPE, SIG_IGN);
	limit_fds();
	echo_start();
	plug_start(argc - 3, argv + 3);
	switch (argv[1][0]) {
	case 's':
		run_short(n);
		break;
	case 'i':
		run_idle(n);
		break;
	case 'h':
		run_hup(n);
		break;
	case 'r':
	case 'g':
		run_turned(n, argv[1][0] == 'g');
		break;
	default:
		run_beyond(n);
	}
	finish();
	return 0;
}

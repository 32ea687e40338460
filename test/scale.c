/*
 * scale.c: many sessions through one plug.
 *
 *	scale short N PLUG [option ...]	N short connections, none may fail
 *	scale idle N PLUG [option ...]	N idle sessions at once: what does one
 *					cost in memory, do all still echo?
 *	scale beyond N PLUG [option ...]	N clients of a plug that can hold
 *					fewer descriptors: the rest wait
 *
 * Starts PLUG in the foreground and an echo server behind it, both on free
 * ports of 127.0.0.1, and ends both.  The last line is "N passed, N failed".
 */
#include "sys.h"

#define MOST 10000		/* sessions at once */
#define PARALLEL 50		/* short connections at once */
#define BYTES_EACH 512		/* an idle session's own memory is less */

static struct sockaddr_in plug_at, echo_at;
static int plug_pid, echo_pid;
static int passed, failed;
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

	polls[0].fd = lfd;
	polls[0].events = POLLIN;
	count = 1;
	for (;;) {
		if (poll(polls, (unsigned long)count, -1) < 0)
			_exit(1);
		if (polls[0].revents != 0 && count <= MOST) {
			polls[count].fd = accept(lfd, 0, 0);
			polls[count].events = POLLIN;
			polls[count].revents = 0;
			if (polls[count].fd >= 0)
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
	args[n++] = source;
	args[n++] = target;
	args[n] = 0;
	plug_pid = (int)fork();
	if (plug_pid == 0) {
		alarm(900);
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
	if (n < 1 || (n > MOST && strcmp(argv[1], "short") != 0)) {
		fprintf(stderr, "usage: scale short|idle|beyond N PLUG ...\n");
		return 2;
	}
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
	default:
		run_beyond(n);
	}
	finish();
	return 0;
}

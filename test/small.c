/*
 * small.c: what a machine proves that has no room for live.c and its tests (an
 * int of 16 bits, 64 KB of text): starts plug, and is client and server itself.
 *
 *	small PLUG DIR
 *
 * PLUG is a path from the root, DIR where files are written.
 * A test's name says what is broken when it fails.
 */
#include "sys.h"

#define BYTES 100000L			/* of one direction */

static char *plug_path;
static char listens[32], dead[32], serves[32];	/* addresses */
static int port;			/* of listens; the others follow */
static int passed, failed;

static void
verdict(int good, char *text)
{
	if (good)
		passed++;
	else
		failed++;
	(void)printf("%s small: %s\n", good ? "ok  " : "FAIL", text);
	(void)fflush(stdout);
}

/* A socket, and a port of ours for it. */
static int
address(struct sockaddr_in *sin, int n)
{
	static char loopback[] = { 127, 0, 0, 1 };

	memset(sin, 0, sizeof *sin);
	sin->sin_family = AF_INET;
	sin->sin_port = htons((unsigned short)n);
	memcpy(&sin->sin_addr, loopback, 4);
	return socket(AF_INET, SOCK_STREAM, 0);
}

/* A connection to plug, for which it may not be ready yet; or -1. */
static int
connected(void)
{
	struct sockaddr_in sin;
	int fd, tries;

	for (tries = 0; tries < 20; tries++) {
		fd = address(&sin, port);
		if (connect(fd, (struct sockaddr *)&sin, sizeof sin) == 0)
			return fd;
		(void)close(fd);
		(void)sleep(1);
	}
	return -1;
}

/* Bytes of a stream, by where they are in it. */
static int
byte_at(long at, int seed)
{
	return (int)((at >> 8) + at * 7L + (long)seed) & 0377;
}

static int
send_all(int fd, int seed)
{
	char buf[512];
	long at;
	int i, n;

	for (at = 0; at < BYTES; at += (long)n) {
		for (i = 0; i < (int)sizeof buf && at + i < BYTES; i++)
			buf[i] = (char)byte_at(at + (long)i, seed);
		n = (int)write(fd, buf, (unsigned)i);
		if (n <= 0)
			return 0;
	}
	return 1;
}

/* How many bytes came before the end, -1 if a wrong one was among them. */
static long
receive_all(int fd, int seed)
{
	char buf[512];
	long at;
	int i, n;

	at = 0;
	while ((n = (int)read(fd, buf, sizeof buf)) > 0)
		for (i = 0; i < n; i++, at++)
			if ((buf[i] & 0377) != byte_at(at, seed))
				return -1L;
	return n < 0 ? -1L : at;
}

/* The server: reads all, and only then answers. */
static void
serve(int lfd)
{
	int fd;

	for (;;) {
		fd = accept(lfd, (struct sockaddr *)0, 0);
		if (fd < 0)
			continue;
		if (receive_all(fd, 1) == BYTES)
			(void)send_all(fd, 2);
		(void)close(fd);
	}
}

/* One session: every byte both ways, with a half-close between them. */
static int
session(void)
{
	long n;
	int fd;

	fd = connected();
	if (fd < 0 || !send_all(fd, 1))
		return 0;
	(void)shutdown(fd, 1);
	n = receive_all(fd, 2);
	(void)close(fd);
	return n == BYTES;
}

static int
start(char *first, char *second)
{
	char *argv[12];
	int pid, i;

	i = 0;
	argv[i++] = plug_path;
	argv[i++] = "-n";
	argv[i++] = first;
	if (second != (char *)0)
		argv[i++] = second;
	argv[i++] = "-P";
	argv[i++] = "small.pid";
	argv[i++] = "-S";
	argv[i++] = "small.log";
	argv[i++] = listens;
	argv[i++] = dead;
	argv[i++] = serves;
	argv[i] = (char *)0;
	pid = (int)fork();
	if (pid == 0) {
		(void)close(2);
		(void)open("small.err", O_WRONLY | O_CREAT | O_APPEND, 0600);
		(void)execv(plug_path, argv);
		_exit(127);
	}
	return pid;
}

/* How many lines of a file have this in them. */
static int
lines_with(char *file, char *text)
{
	char line[256];
	FILE *f;
	int n;

	n = 0;
	f = fopen(file, "r");
	if (f == (FILE *)0)
		return -1;
	while (fgets(line, sizeof line, f) != (char *)0)
		if (strstr(line, text) != (char *)0)
			n++;
	(void)fclose(f);
	return n;
}

/* The exit status of plug after this signal. */
static int
stop(int pid, int sig)
{
	int st, who;

	(void)kill(pid, sig);
	st = -1;
	do
		who = (int)wait((void *)&st);
	while (who > 0 && who != pid);
	return WIFEXITED(st) ? WEXITSTATUS(st) : -1;
}

static void
all(char *mode, char *name)
{
	char text[80];
	int pid, i, good;

	(void)unlink("small.log");
	pid = start(mode, (char *)0);
	good = 0;
	for (i = 0; i < 5; i++)
		good += session();
	(void)sprintf(text, "%s: bytes, half-closes or failover", name);
	verdict(good == 5, text);
	(void)sprintf(text, "%d", pid);
	verdict(lines_with("small.pid", text) == 1, "the pid file lacks plug");
	(void)sleep(2);
	(void)sprintf(text, "%s %ld %ld ", serves, BYTES, BYTES);
	verdict(lines_with("small.log", text) == 5, "the session log counts wrong");
	verdict(lines_with("small.err", dead) > 0, "a target dies in silence");
	verdict(stop(pid, SIGTERM) == 0, "TERM is no good end");
	verdict(lines_with("small.pid", "") < 0, "the pid file is left");
}

static void
refused(void)
{
	char c;
	int pid, fd;

	pid = start("-x", "127.0.0.0/8");
	fd = connected();
	verdict(fd >= 0 && read(fd, &c, 1) <= 0, "a rule refuses nobody");
	(void)close(fd);
	verdict(stop(pid, SIGTERM) == 0, "TERM is no good end");
}

int
main(int argc, char **argv)
{
	struct sockaddr_in sin;
	int lfd, on, server;

	if (argc < 3 || chdir(argv[2]) < 0)
		return 2;
	plug_path = argv[1];
	port = 20000 + getpid() % 3000 * 4;
	(void)sprintf(listens, "127.0.0.1:%d", port);
	(void)sprintf(dead, "127.0.0.1:%d", port + 1);
	(void)sprintf(serves, "127.0.0.1:%d", port + 2);
	(void)signal(SIGPIPE, SIG_IGN);
	lfd = address(&sin, port + 2);
	on = 1;
	(void)setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, (char *)&on, sizeof on);
	if (bind(lfd, (struct sockaddr *)&sin, sizeof sin) < 0 ||
	    listen(lfd, 5) < 0) {
		verdict(0, "no port to listen on");
		return 1;
	}
	server = (int)fork();
	if (server == 0) {
		(void)alarm(300);
		serve(lfd);
	}
	(void)close(lfd);
	(void)alarm(300);
	all("-k", "one process");
	all("-F", "a child a session");
	refused();
	(void)stop(server, SIGKILL);
	(void)printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}

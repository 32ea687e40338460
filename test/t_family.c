/*
 * t_family.c: IPv6 and unix sockets, as sources and as targets.  The test
 * has its own sockets for them; peers stay on IPv4.
 */
#include "live.h"

static char *behind;

/* "[::1]:port" of a port that is free on IPv4. */
static char *
six(void)
{
	return f1("[::1]:%s", num((long)new_port()));
}

static long
port6(char *addr)
{
	return atol(strrchr(addr, ':') + 1);
}

#if HAVE_IPV6
typedef struct sockaddr_in6 sock6;
#define INET6 AF_INET6

static void
fill6(sock6 *sin, char *addr)
{
	memset(sin, 0, sizeof *sin);
	sin->sin6_family = AF_INET6;
	sin->sin6_addr.s6_addr[15] = 1;
	sin->sin6_port = htons((unsigned short)port6(addr));
}
#else
typedef struct sockaddr_in sock6;
#define INET6 (-1)
#define fill6(sin, addr) ((void)(sin), (void)(addr))
#endif

static int
nonblocking(int fd)
{
	fcntl(fd, F_SETFL, O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

/* The machine has IPv6, or the test is none. */
static void
need6(void)
{
	sock6 sin;
	int fd;

	fd = socket(INET6, SOCK_STREAM, 0);
	fill6(&sin, "[::1]:0");
	if (fd < 0 || bind(fd, (struct sockaddr *)&sin, sizeof sin) < 0)
		skip("no IPv6 on this machine");
	close(fd);
}

static int
listen6(char *addr)
{
	sock6 sin;
	int fd;

	fd = nonblocking(socket(INET6, SOCK_STREAM, 0));
	fill6(&sin, addr);
	if (bind(fd, (struct sockaddr *)&sin, sizeof sin) < 0 || listen(fd, 10) < 0)
		fail(f1("to listen on %s", addr), strerror(errno));
	return fd;
}

static void
fill_unix(struct sockaddr_un *un, char *path)
{
	memset(un, 0, sizeof *un);
	un->sun_family = AF_UNIX;
	strncpy(un->sun_path, path, sizeof un->sun_path - 1);
}

static int
listen_unix(char *path)
{
	struct sockaddr_un un;
	int fd;

	fd = nonblocking(socket(AF_UNIX, SOCK_STREAM, 0));
	fill_unix(&un, path);
	if (bind(fd, (struct sockaddr *)&un, sizeof un) < 0 || listen(fd, 10) < 0)
		fail(f1("to listen on %s", path), strerror(errno));
	return fd;
}

/* One try: a descriptor, or -1. */
static int
try_any(char *addr)
{
	sock6 sin;
	struct sockaddr_un un;
	int fd, r;

	fd = socket(*addr == '/' ? AF_UNIX : INET6, SOCK_STREAM, 0);
	if (*addr == '/') {
		fill_unix(&un, addr);
		r = connect(fd, (struct sockaddr *)&un, sizeof un);
	} else {
		fill6(&sin, addr);
		r = connect(fd, (struct sockaddr *)&sin, sizeof sin);
	}
	if (r == 0)
		return nonblocking(fd);
	close(fd);
	return -1;
}

static int
connect_any(char *addr)
{
	long end;
	int fd;

	end = clock_ms() + patience(10000L);
	while ((fd = try_any(addr)) < 0) {
		if (clock_ms() > end)
			fail(f1("to connect to %s", addr), strerror(errno));
		pause_ms(5L);
	}
	return fd;
}

/* A path in the test's own folder. */
static char *
path(char *name)
{
	static char dir[200];

	if (getcwd(dir, sizeof dir) == 0)
		fail("a folder", strerror(errno));
	return f2("%s/%s", dir, name);
}

/* One session from fd to a target on lfd: both ways, half-closed both ways. */
static void
session(int fd, int lfd)
{
	int target;

	target = accept_from(lfd);
	send_text(fd, "from the client");
	recv_text(target, "from the client");
	half_close(fd);
	expect_eof(target);
	send_text(target, "from the target");
	half_close(target);
	recv_text(fd, "from the target");
	expect_eof(fd);
	close(fd);
	close(target);
}

/* The session line has these in the middle. */
static void
want_line(char *from, char *peer, char *to)
{
	wait_text("s.log", f3("] %s %s %s 15 15 ", from, peer, to));
}

static void
test_six(void)
{
	char *addr, *to;
	int lfd;

	need6();
	to = six();
	lfd = listen6(to);
	addr = six();
	start_plug(f2("-S s.log %s %s", addr, to));
	session(connect_any(addr), lfd);
	want_line(addr, "::1", to);
}

/* IPv6 in front, IPv4 behind, and the other way round. */
static void
test_six_to_four(void)
{
	char *addr, *to;
	int lfd;

	need6();
	addr = six();
	to = new_addr();
	lfd = listen_on(to);
	start_plug(f2("-S s.log -a ::1 %s %s", addr, to));
	session(connect_any(addr), lfd);
	want_line(addr, "::1", to);
	close(lfd);
	step("from IPv4 to IPv6");
	to = six();
	lfd = listen6(to);
	addr = new_addr();
	start_plug(f2("-S s.log -p ::1 %s %s", addr, to));
	session(connect_to(addr), lfd);
	want_line(addr, "127.0.0.1", to);
}

/* [::] takes IPv4 clients, who are IPv4 clients to rules and logs. */
static void
test_both(void)
{
	char *port, *addr, *to;
	int lfd;

	need6();
	noisy = 1;
	port = num((long)new_port());
	to = new_addr();
	lfd = listen_on(to);
	start_plug(f3("-S s.log -x 127.0.0.9 -x ::2 -a 127.0.0.0/8 -a ::1 [::]:%s %s%s",
	    port, to, ""));
	addr = f1("127.0.0.1:%s", port);
	session(connect_to(addr), lfd);
	want_line(f1("[::]:%s", port), "127.0.0.1", to);
	session(connect_any(f1("[::1]:%s", port)), lfd);
	want_line(f1("[::]:%s", port), "::1", to);
	expect_turned_away("127.0.0.9", addr);
	wait_text(plug_err(), f1("(:: %s): Connect from 127.0.0.9 Refused.", port));
}

/* A rule about one family says nothing of the other. */
static void
test_rules(void)
{
	char *port, *to;
	int lfd, fd;

	need6();
	noisy = 1;
	port = num((long)new_port());
	to = new_addr();
	lfd = listen_on(to);
	start_plug(f2("-x 0.0.0.0/0 [::]:%s %s", port, to));
	session(connect_any(f1("[::1]:%s", port)), lfd);
	expect_turned_away("127.0.0.1", f1("127.0.0.1:%s", port));
	step("and the other way round");
	port = num((long)new_port());
	start_plug(f2("-x ::/0 [::]:%s %s", port, to));
	session(connect_to(f1("127.0.0.1:%s", port)), lfd);
	fd = connect_any(f1("[::1]:%s", port));
	expect_end(fd);
}

static void
test_failover(void)
{
	char *addr, *dead, *gone, *to;
	int lfd;

	need6();
	noisy = 1;
	dead = six();
	gone = path("nobody");
	to = new_addr();
	lfd = listen_on(to);
	addr = new_addr();
	start_plug(f4("-S s.log -o %s %s %s %s", addr, dead, gone, to));
	session(connect_to(addr), lfd);
	want_line(addr, "127.0.0.1", to);
	wait_text(plug_err(), f1("target %s: ", dead));
	wait_text(plug_err(), f1("target %s: ", gone));
}

static long
mode_of(char *name)
{
	struct stat st;

	if (lstat(name, &st) < 0)
		return -1L;
	want(S_ISSOCK(st.st_mode), "a socket");
	return (long)(st.st_mode & 07777);
}

/* A unix source: its mode, its lines, and gone when plug is. */
static void
test_unix_source(void)
{
	char *src, *to;
	int lfd, pid;

	to = new_addr();
	lfd = listen_on(to);
	src = path("in");
	pid = start_plug(f2("-S s.log %s %s", src, to));
	session(connect_any(src), lfd);
	want_line(src, "unix", to);
	want_num("its mode", 0600L, mode_of(src));
	stop_plug(pid, SIGTERM);
	want_num("a socket left behind", -1L, mode_of(src));
	step("with a mode");
	pid = start_plug(f2("%s,mode=666 %s", src, to));
	session(connect_any(src), lfd);
	want_num("its mode", 0666L, mode_of(src));
	stop_plug(pid, SIGINT);
	want_num("a socket left behind", -1L, mode_of(src));
}

static void
test_unix_target(void)
{
	char *addr, *to;
	int lfd;

	to = path("out");
	lfd = listen_unix(to);
	addr = new_addr();
	start_plug(f2("-S s.log %s %s", addr, to));
	session(connect_to(addr), lfd);
	want_line(addr, "127.0.0.1", to);
	step("from one to another");
	start_plug(f2("-S s.log -f %s %s", path("in"), to));
	session(connect_any(path("in")), lfd);
	want_line(path("in"), "unix", to);
}

/* A target's path that nobody listens on any more is a dead target. */
static void
test_unix_dead(void)
{
	char *addr, *to, *other;
	int lfd;

	noisy = 1;
	to = path("out");
	close(listen_unix(to));
	other = new_addr();
	lfd = listen_on(other);
	addr = new_addr();
	start_plug(f3("-o %s %s %s", addr, to, other));
	session(connect_to(addr), lfd);
	wait_text(plug_err(), f1("target %s: ", to));
	if (lacks("-H"))
		return;
	step("probes");
	addr = new_addr();
	start_plug(f3("-H 1 %s %s %s", addr, to, other));
	wait_text(plug_err(), f1("target %s: ", to));
}

/* A socket that nobody listens on is replaced; what else there is stays. */
static void
test_stale(void)
{
	static struct result r;
	char *src, *to;
	int lfd, pid;

	to = new_addr();
	lfd = listen_on(to);
	src = path("in");
	close(listen_unix(src));
	pid = start_plug(f2("%s %s", src, to));
	session(connect_any(src), lfd);
	step("a live one");
	run_plug(f2("%s %s", src, to), &r);
	want_num("exit status", 4L, (long)r.status);
	want_in("standard error", f1("(%s): server bind: ", src), r.err);
	accept_none(lfd, 100L);
	session(connect_any(src), lfd);
	step("one that dies while another starts");
	start_plug(f2("%s %s", src, to));
	pause_ms(300L);
	kill((pid_t)pid, SIGKILL);
	wait_exit(pid, 15000L);
	session(connect_any(src), lfd);
	step("a plain file");
	write_file("file", "precious");
	run_plug(f2("%s %s", path("file"), to), &r);
	want_num("exit status", 4L, (long)r.status);
	want_text("the file", "precious", read_file("file"));
}

/* A socket that another plug has put there since is not ours to remove. */
static void
test_others(void)
{
	char *src, *to;
	int lfd, pid;

	to = new_addr();
	lfd = listen_on(to);
	src = path("in");
	pid = start_plug(f2("%s %s", src, to));
	session(connect_any(src), lfd);
	unlink(src);
	start_plug(f2("%s %s", src, to));
	session(connect_any(src), lfd);
	stop_plug(pid, SIGTERM);
	session(connect_any(src), lfd);
}

/* Bulk both ways over unix sockets, echoed by a TCP peer. */
static void
test_unix_bulk(void)
{
	static char out[1000000], in[1000000];
	unsigned long x;
	int fd;

	behind = new_addr();
	start_peer(f1("%s echo", behind));
	start_plug(f2("%s %s", path("in"), behind));
	fd = connect_any(path("in"));
	x = seed;
	pattern_fill(&x, out, (long)sizeof out);
	if (fork() == 0) {
		send_all(fd, out, (long)sizeof out);
		half_close(fd);
		_exit(0);
	}
	recv_exact(fd, in, (long)sizeof in);
	expect_eof(fd);
	want(memcmp(in, out, sizeof in) == 0, "the same bytes");
}

struct test tests_family[] = {
	{ "six", "IPv6 does not work", test_six, 0 },
	{ "six_to_four", "IPv6 and IPv4 do not mix", test_six_to_four, 0 },
	{ "both", "[::] treats IPv4 clients as others", test_both, 0 },
	{ "rules", "a rule of one family decides over the other", test_rules, 0 },
	{ "failover", "families are in the way of failover", test_failover, 0 },
	{ "unix_source", "a unix source has the wrong mode, or stays", test_unix_source, 0 },
	{ "unix_target", "a unix target is not reached", test_unix_target, 0 },
	{ "unix_dead", "a unix target that refuses is called alive", test_unix_dead, 0 },
	{ "stale", "a stale socket is in the way, or a live one is lost", test_stale, 0 },
	{ "others", "another plug's socket is removed", test_others, 0 },
	{ "unix_bulk", "bytes are lost on unix sockets", test_unix_bulk, 0 },
	{ 0, 0, 0, 0 }
};

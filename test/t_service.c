/*
 * t_service.c: what keepers of services do: they hand listening sockets down
 * (systemd's LISTEN_FDS, inetd's wait), and want to hear how plug is
 * (NOTIFY_SOCKET).
 */
#include "live.h"

static char *addr;
static char *behind;
static struct result r;

/* A path in the test's folder, from the root. */
static char *
path(char *name)
{
	char *here;

	here = realpath(".", (char *)0);
	if (here == 0)
		fail("a folder", strerror(errno));
	return f2("%s/%s", here, name);
}

#if HAVE_UNIX
/* A unix socket of this type, bound there; '@' is for a name without a path. */
static int
unix_bound(char *name, int type)
{
	struct sockaddr_un un;
	int fd;

	memset(&un, 0, sizeof un);
	un.sun_family = AF_UNIX;
	strncpy(un.sun_path, name, sizeof un.sun_path - 1);
	if (*name == '@')
		un.sun_path[0] = 0;
	fd = socket(AF_UNIX, type, 0);
	if (bind(fd, (struct sockaddr *)&un, (socklen_t)(*name != '@' ? sizeof un :
	    (size_t)((char *)un.sun_path - (char *)&un) + strlen(name))) < 0)
		fail(f1("to bind to %s", name), strerror(errno));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

/* A client of a unix socket. */
static int
unix_client(char *name)
{
	struct sockaddr_un un;
	int fd;

	memset(&un, 0, sizeof un);
	un.sun_family = AF_UNIX;
	strncpy(un.sun_path, name, sizeof un.sun_path - 1);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&un, (socklen_t)sizeof un) < 0)
		fail(f1("to connect to %s", name), strerror(errno));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}
#else
static int
unix_bound(char *name, int type)
{
	fail(name, num((long)type));
	return -1;
}

static int
unix_client(char *name)
{
	fail(name, "no unix sockets");
	return -1;
}
#endif

/* Builds without it have nothing to test here. */
static void
needs_service(void)
{
	if (!has("service") || !HAVE_UNIX)
		leave_out();
}

/* The socket that the next plug gets more, as its only copy but ours. */
static void
hand(int fd)
{
	spawn_handed[spawn_nhanded++] = fd;
}

/* Bytes come back over this connection. */
static void
echoes(int fd)
{
	send_text(fd, "ping");
	recv_text(fd, "ping");
	close(fd);
}

/*
 * A port, a unix socket and that of -s come from elsewhere, one port is
 * plug's own: all serve, and what was handed down is there when plug is gone.
 */
static void
test_handed(void)
{
	char *own, *page, *sock;
	int tcp, ux, door, pid, fd;

	needs_service();
	needs("-c -s");
	echo_behind(&addr, &behind);
	own = new_addr();
	page = new_addr();
	sock = path("sock");
	tcp = listen_on(addr);
	door = listen_on(page);
	ux = unix_bound(sock, SOCK_STREAM);
	listen(ux, 5);
	write_file("conf", f4("%s %s\n%s %s\n", addr, behind, sock, behind));
	write_file("conf", f3("%s%s %s\n", read_file("conf"), own, behind));
	hand(ux);
	hand(door);
	hand(tcp);
	pid = start_plug(f1("-c conf -s %s", page));
	echoes(connect_to(own));
	echoes(connect_to(addr));
	echoes(unix_client(sock));
	fd = connect_to(page);
	send_text(fd, "GET /metrics\n");
	want_in("the page", "plug_", recv_line(fd));
	close(fd);
	stop_plug(pid, SIGTERM);
	fd = connect_to(addr);
	close(accept_from(tcp));
	close(fd);
	fd = unix_client(sock);
	close(accept_from(ux));
	close(fd);
}

/* HUP has come twice by now. */
static int
read_twice(void)
{
	return count_in("conf was read again\n", read_file(plug_err())) > 1;
}

/* Who comes there comes to us alone: workers of before may take one or two. */
static void
left_to_us(int lfd, char *at)
{
	long end;

	end = clock_ms() + patience(15000L);
	do {
		(void)(*at == '/' ? unix_client(at) : connect_to(at));
	} while (wait_fd(lfd, POLLIN, 300L) == 0 && clock_ms() < end);
	accept_from(lfd);
}

/* At HUP they stay while a line names them, and are closed when none does. */
static void
test_handed_hup(void)
{
	char *other, *sock;
	int tcp, ux, pid;

	needs_service();
	needs("-c");
	echo_behind(&addr, &behind);
	other = new_addr();
	sock = path("sock");
	tcp = listen_on(addr);
	ux = unix_bound(sock, SOCK_STREAM);
	listen(ux, 5);
	write_file("conf", f4("%s %s\n%s %s\n", addr, behind, sock, behind));
	hand(tcp);
	hand(ux);
	pid = start_plug("-c conf");
	echoes(connect_to(addr));
	noisy = 1;
	step("a line more, another mode");
	write_file("conf", f4("-T 9 %s %s\n%s,mode=666 %s\n", addr, behind, sock, behind));
	write_file("conf", f3("%s%s %s\n", read_file("conf"), other, behind));
	kill((pid_t)pid, SIGHUP);
	wait_port(other);
	echoes(connect_to(addr));
	echoes(unix_client(sock));
	want(strstr(read_file(plug_err()), "chmod") == 0, "no word about its mode");
	step("without their lines");
	write_file("conf", f2("%s %s\n", other, behind));
	kill((pid_t)pid, SIGHUP);
	want(wait_for(read_twice, 15000L), "that the file was read twice");
	left_to_us(tcp, addr);
	left_to_us(ux, sock);
	stop_plug(pid, SIGTERM);
}

/* The start fails with 5, and names what was handed down. */
static void
wrong(char *what, char *named_so)
{
	step(what);
	run_plug(f2("-n %s %s", addr, behind), &r);
	want_num("exit status", 5L, (long)r.status);
	want_in("standard error", named_so, r.err);
	want_num("lines on standard error", 1L, (long)count_lines(r.err));
}

/* What is no listening socket, or nobody's; and what is not for plug. */
static void
test_handed_wrong(void)
{
	char *other;
	int tcp, pid, fd, again;

	needs_service();
	echo_behind(&addr, &behind);
	other = new_addr();
	tcp = listen_on(other);
	hand(tcp);
	wrong("no source for it", other);
	step("the port alone is right");
	fd = listen_on(addr);
	hand(fd);
	run_plug(f2("-n %s %s", port_of(addr), behind), &r);
	want_num("exit status", 5L, (long)r.status);
	want_in("standard error", addr, r.err);
	want_num("lines on standard error", 1L, (long)count_lines(r.err));
	hand(fd);
	again = dup(fd);
	hand(again);
	wrong("one twice", addr);
	close(again);
	close(fd);
	fd = unix_bound(path("sock"), SOCK_STREAM);
	listen(fd, 5);
	hand(fd);
	wrong("no source for a path", path("sock"));
	hand(tcp);
	spawn_env[0] = "LISTEN_FDS=2";
	wrong("fewer than told", "LISTEN_FDS");
	hand(tcp);
	spawn_env[0] = "LISTEN_FDS=-1";
	wrong("no number", "LISTEN_FDS");
	hand(sock_new());
	wrong("a socket that does not listen", "LISTEN_FDS");
	hand(unix_bound(path("gram"), SOCK_DGRAM));
	wrong("a datagram socket", "LISTEN_FDS");
	hand(open("/dev/null", O_RDWR));
	wrong("no socket", "LISTEN_FDS");
	step("for another process");
	hand(tcp);
	spawn_env[0] = "LISTEN_PID=1";
	pid = start_plug(f2("%s %s", addr, behind));
	echoes(connect_to(addr));
	close(tcp);
	wait_closed(other);
	stop_plug(pid, SIGTERM);
}

/* -I with a socket that listens is a daemon, until it is told to end. */
static void
test_wait(void)
{
	char *argv[32];
	int tcp, pid, i;

	needs_service();
	if (mode != M_SINGLE)
		leave_out();
	echo_behind(&addr, &behind);
	tcp = listen_on(addr);
	argv[0] = plug_path;
	split(f2("-I -f -M 3 -S log -P pid %s,max=5 %s", behind, behind), argv + 1, 31);
	spawn_stdin = tcp;
	pid = spawn(argv, "inetd.out", "inetd.err");
	for (i = 0; i < 5; i++)
		echoes(connect_to(addr));
	want_in("the session log", port_of(addr), wait_lines("log", 5));
	want_num("the pid file", (long)pid, (long)daemon_pid("pid"));
	kill((pid_t)pid, SIGTERM);
	want_num("exit status", 0L, (long)wait_exit(pid, 10000L));
	want_text("what a terminal was told", "",
	    f2("%s%s", read_file("inetd.out"), read_file("inetd.err")));
	connect_to(addr);
	accept_from(tcp);
	step("a rule for a path");
	i = unix_bound(path("in"), SOCK_STREAM);
	listen(i, 5);
	split(f1("-I -a 127.0.0.1 %s", behind), argv + 1, 31);
	spawn_stdin = i;
	pid = spawn(argv, "inetd.out", "inetd.err");
	want_num("exit status", 5L, (long)wait_exit(pid, 10000L));
	step("without a port, which is ours: a loop");
	split("-I 127.0.0.1", argv + 1, 31);
	argv[2] = addr;
	spawn_stdin = tcp;
	pid = spawn(argv, "inetd.out", "inetd.err");
	want_num("exit status", 5L, (long)wait_exit(pid, 10000L));
}

/* The next thing that plug tells, which is this. */
static char *
told(int fd, char *what)
{
	static char text[500];
	long n;

	if (wait_fd(fd, POLLIN, patience(15000L)) == 0)
		fail(what, "silence");
	n = (long)recv(fd, text, sizeof text - 1, 0);
	text[n < 0L ? 0L : n] = 0;
	want_in("what was told", f1("%s=1\n", what), f1("%s\n", text));
	return text;
}

/* The microseconds that are told are those of the system's clock, of now. */
#if defined(CLOCK_MONOTONIC) && !defined(NO_CLOCK)
static void
told_now(char *text)
{
	struct timespec t;
	char *s;
	double d;

	clock_gettime(CLOCK_MONOTONIC, &t);
	s = strstr(text, "\nMONOTONIC_USEC=");
	want(s != 0, "MONOTONIC_USEC");
	d = (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3 - atof(s + 16);
	want(d >= -1.0 && d < 60e6, f1("MONOTONIC_USEC of now, not %s", s));
}
#else
#define told_now(text) ((void)(text))
#endif

/* All that is told, from the start to the end, and by whom. */
static void
all_told(int fd, char *name)
{
	char *text;
	int pid, i;

	spawn_env[0] = f1("NOTIFY_SOCKET=%s", name);
	pid = start_plug(f3("-P pid %s %s %s", "", addr, behind));
	text = told(fd, "READY");
	want_in("READY", f1("MAINPID=%s\n", num((long)pid)), f1("%s\n", text));
	for (i = 0; i < 3; i++)
		echoes(connect_to(addr));
	kill((pid_t)pid, SIGHUP);
	told_now(told(fd, "RELOADING"));
	told(fd, "READY");
	kill((pid_t)pid, SIGTERM);
	told(fd, "STOPPING");
	want_num("exit status", 0L, (long)wait_exit(pid, 15000L));
	expect_quiet(fd, 200L);
	close(fd);
}

static void
test_notify(void)
{
	char *name;
	int fd, pid;

	needs_service();
	echo_behind(&addr, &behind);
	name = path("notify");
	all_told(unix_bound(name, SOCK_DGRAM), name);
#ifdef __linux__
	step("a name without a path");
	name = f1("@plug-test-%s", num((long)getpid()));
	all_told(unix_bound(name, SOCK_DGRAM), name);
#endif
	step("detached");
	unlink(path("notify"));
	name = path("notify");
	fd = unix_bound(name, SOCK_DGRAM);
	spawn_env[0] = f1("NOTIFY_SOCKET=%s", name);
	run_plug(f2("-P pid %s %s", addr, behind), &r);
	want_num("exit status", 0L, (long)r.status);
	pid = daemon_pid("pid");
	want_in("READY", f1("MAINPID=%s\n", num((long)pid)), f1("%s\n", told(fd, "READY")));
	kill((pid_t)pid, SIGTERM);
	told(fd, "STOPPING");
	wait_gone(pid);
}

/* Whoever does not listen, or is not there, is no trouble of plug's. */
static void
test_notify_deaf(void)
{
	char *name;
	int pid, i;

	needs_service();
	echo_behind(&addr, &behind);
	name = path("notify");
	unix_bound(name, SOCK_DGRAM);
	spawn_env[0] = f1("NOTIFY_SOCKET=%s", name);
	pid = start_plug(f2("%s %s", addr, behind));
	for (i = 0; i < 40; i++) {
		echoes(connect_to(addr));
		kill((pid_t)pid, SIGHUP);
	}
	echoes(connect_to(addr));
	stop_plug(pid, SIGTERM);
	noisy = 1;
	step("nobody there");
	spawn_env[0] = f1("NOTIFY_SOCKET=%s", path("nobody"));
	pid = start_plug(f2("%s %s", addr, behind));
	echoes(connect_to(addr));
	want_in("standard error", "NOTIFY_SOCKET: ", read_file(plug_err()));
	stop_plug(pid, SIGTERM);
	step("no such name");
	spawn_env[0] = "NOTIFY_SOCKET=vsock:2:1";
	pid = start_plug(f2("%s %s", addr, behind));
	echoes(connect_to(addr));
	want_in("standard error", "NOTIFY_SOCKET: ", read_file(plug_err()));
	stop_plug(pid, SIGTERM);
}

struct test tests_service[] = {
	{ "handed", "a socket that was handed down does not serve", test_handed, 0 },
	{ "handed_hup", "HUP loses sockets that were handed down, or keeps them",
	    test_handed_hup, 0 },
	{ "handed_wrong", "what was handed down and is not right is passed over",
	    test_handed_wrong, 0 },
	{ "wait", "-I serves no socket that listens", test_wait, 0 },
	{ "notify", "who keeps services is not told", test_notify, 0 },
	{ "notify_deaf", "who keeps services and does not listen stops plug",
	    test_notify_deaf, 0 },
	{ 0, 0, 0, 0 }
};

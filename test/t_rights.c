/*
 * t_rights.c: rights given up (-u, -R), and a service of inetd (-I).
 */
#include "live.h"

static char *addr;
static char *behind;
static struct result r;

/* What a line of /proc/PID/status says behind its name; "" where none is. */
static char *
status_of(int pid, char *name)
{
	char *s;

	if (access("/proc/self/status", R_OK) < 0)
		return "";
	s = strstr(read_file(f1("/proc/%s/status", num((long)pid))), name);
	if (s == 0)
		return "";
	s = keep(s + strlen(name));
	*strchr(s, '\n') = 0;
	return s;
}

/* -u: nothing of root is left, in no process, and all goes on. */
static void
test_user(void)
{
	char *s;
	int list[8];
	int pid;
	int n;

	noisy = 1;
	echo_behind(&addr, &behind);
	run_words(f2("-u 0 %s %s", addr, behind), &r);
	want_num("exit status with root", 5L, (long)r.status);
	want_in("standard error", "'0'", r.err);
	run_plug(f2("-P pid -u 65534 %s %s", addr, behind), &r);
	if (geteuid() != 0) {
		want_num("exit status without rights", 4L, (long)r.status);
		want_in("standard error", "user: ", r.err);
		return;
	}
	want_num("exit status", 0L, (long)r.status);
	want_text("standard error", "", r.err);
	pid = daemon_pid("pid");
	echo_works(addr);
	n = children_of(pid, list, 7);
	list[n++] = pid;
	while (n-- > 0) {
		s = status_of(list[n], "\nUid:\t");
		if (*s == 0)
			break;
		want_text("users", "65534\t65534\t65534\t65534", s);
		want_text("groups", "65534\t65534\t65534\t65534",
		    status_of(list[n], "\nGid:\t"));
		want_text("more groups", "65534 ", status_of(list[n], "\nGroups:\t"));
		want_text("effective rights", "0000000000000000",
		    status_of(list[n], "\nCapEff:\t"));
		want_text("possible rights", "0000000000000000",
		    status_of(list[n], "\nCapPrm:\t"));
		if (!has(" TINY"))
			want_text("no_new_privs", "1",
			    status_of(list[n], "\nNoNewPrivs:\t"));
	}
	kill((pid_t)pid, SIGTERM);
	wait_gone(pid);
	want_text("pid file that can't be removed", "", read_file("pid"));
}

/* -q without the right to reserved ports is known at the start. */
static void
test_reserved(void)
{
	char *argv[16], *low;
	int n;

	if (has(" TINY"))
		return;
	low = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
	if (access(low, R_OK) == 0 && atoi(read_file(low)) < 1024)
		skip("all may have reserved ports here");
	if (geteuid() == 0 && access("/usr/bin/setpriv", X_OK) < 0)
		skip("needs setpriv");
	n = geteuid() != 0 ? 0 : split(
	    "/usr/bin/setpriv --bounding-set -net_bind_service", argv, 8);
	argv[n] = plug_path;
	n += 1 + split(f2("-n -q %s %s", new_addr(), new_addr()), argv + n + 1, 7);
	argv[n] = 0;
	run_to_exit(argv, &r);
	want_num("exit status", 4L, (long)r.status);
	want_text("standard error", f2("%s: -q: %s\n",
	    strrchr(plug_path, '/') + 1, strerror(EACCES)), r.err);
}

/* -u -R: the root is there, logs and sockets go on, HUP says what fails. */
static void
test_root(void)
{
	int pid;
	int i;

	noisy = 1;
	echo_behind(&addr, &behind);
	if (lacks("-R") || geteuid() != 0)
		return;
	mkdir("jail", 0755);
	run_words(f2("-R no/such/dir %s %s", addr, behind), &r);
	want_num("exit status without it", 4L, (long)r.status);
	want_in("standard error", "no/such/dir", r.err);
	pid = start_plug(f2("-R jail -u 65534:65534 -S sessions %s %s",
	    addr, behind));
	wait_port(addr);
	echo_works(addr);
	wait_lines("sessions", 1);
	want(access(f1("/proc/%s/root/sessions", num((long)pid)), F_OK) < 0,
	    "nothing of the old root");
	kill(pid, SIGHUP);
	for (i = 0; i < 3; i++)
		echo_works(addr);
	wait_lines("sessions", 4);
	want_num("lines about the log's new place", 1L,
	    (long)count_in("sessions: ", read_file(plug_err())));
	stop_plug(pid, SIGTERM);
}

/* A file that the new user can't read changes nothing, and says why. */
static void
test_reload(void)
{
	int pid;

	noisy = 1;
	echo_behind(&addr, &behind);
	if (lacks("-c") || geteuid() != 0)
		return;
	write_file("conf", f2("%s %s\n", addr, behind));
	(void)chmod(".", 0711);
	(void)chmod("conf", 0600);
	pid = start_plug("-u 65534:65534 -c conf");
	wait_port(addr);
	kill(pid, SIGHUP);
	wait_text(plug_err(), "nothing is changed");
	want_in("the reason", "conf: Permission denied", read_file(plug_err()));
	echo_works(addr);
	(void)chmod("conf", 0644);
	kill(pid, SIGHUP);
	wait_text(plug_err(), "was read again");
	echo_works(addr);
	stop_plug(pid, SIGTERM);
}

/* Names out of /etc/passwd and /etc/group. */
static void
test_names(void)
{
	noisy = 1;
	echo_behind(&addr, &behind);
	if (!has(", users") || access("/etc/passwd", R_OK) < 0)
		return;
	run_words(f2("-E -u nobody %s %s", addr, behind), &r);
	want_num("exit status", 0L, (long)r.status);
	run_words(f2("-E -u daemon:daemon %s %s", addr, behind), &r);
	want_num("exit status with a group", 0L, (long)r.status);
	run_words(f2("-E -u no-such-user %s %s", addr, behind), &r);
	want_num("exit status without it", 5L, (long)r.status);
	want_in("standard error", "'no-such-user'", r.err);
	run_words(f2("-E -u daemon:no-such-group %s %s", addr, behind), &r);
	want_num("exit status without the group", 5L, (long)r.status);
	want_in("standard error", "'no-such-group'", r.err);
	run_words(f2("-E -u root %s %s", addr, behind), &r);
	want_num("exit status with root", 5L, (long)r.status);
	run_words(f2("-E -q -u daemon %s %s", addr, behind), &r);
	want_num("exit status with -q", 5L, (long)r.status);
}

/* Does what inetd does with one connection; plug's pid. */
static int
serve(int fd, char *words)
{
	char *argv[32];
	int pid;

	argv[0] = plug_path;
	split(words, argv + 1, 31);
	spawn_stdin = fd;
	pid = spawn(argv, "inetd.out", "inetd.err");
	close(fd);
	return pid;
}

/* -I: bytes, port of the target, rules and the exit status. */
static void
test_inetd(void)
{
	char *dead;
	int lfd;
	int client;
	int pid;

	echo_behind(&addr, &behind);
	dead = new_addr();
	lfd = listen_on(addr);
	client = connect_to(addr);
	pid = serve(accept_from(lfd), f2("-I %s %s", dead, behind));
	send_text(client, "to inetd");
	recv_text(client, "to inetd");
	half_close(client);
	expect_eof(client);
	want_num("exit status of a session", 0L, (long)wait_exit(pid, 5000L));
	close(client);

	client = connect_to(addr);
	pid = serve(accept_from(lfd), f1("-I %s", dead));
	expect_reset(client);
	want_num("exit status without a target", 2L, (long)wait_exit(pid, 5000L));
	close(client);

	client = connect_to(addr);
	pid = serve(accept_from(lfd), f1("-I -x 127.0.0.0/8 %s", behind));
	expect_end(client);
	want_num("exit status of a refusal", 0L, (long)wait_exit(pid, 5000L));
	close(client);

	client = connect_to(addr);
	pid = serve(accept_from(lfd), "-I 1.2.3");
	expect_end(client);
	want_num("exit status of a wrong line", 5L, (long)wait_exit(pid, 5000L));
	close(client);
	want_text("what the client or a terminal was told", "",
	    f2("%s%s", read_file("inetd.out"), read_file("inetd.err")));
	run_words(f1("-I %s", behind), &r);
	want_num("exit status without a connection", 5L, (long)r.status);
}

struct test tests_rights[] = {
	{ "user", "-u leaves rights, or plug does not work without", test_user, 0 },
	{ "reserved", "-q without its right fails at each session", test_reserved, 0 },
	{ "root", "-R is not done, or plug does not work there", test_root, 0 },
	{ "reload", "HUP after -u reads what it can't, or fails in silence", test_reload, 0 },
	{ "names", "-u does not know a user", test_names, 0 },
	{ "inetd", "-I does not serve descriptor 0, or has a wrong status", test_inetd, 0 },
	{ 0, 0, 0, 0 }
};

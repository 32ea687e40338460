/*
 * t_process.c: processes, signals, the pid file and the descriptors.  Every
 * test chooses its process mode itself; what holds for all is run in all.
 */
#include "live.h"

#ifdef RLIMIT_NPROC
#define HAVE_NPROC 1
#else
#define HAVE_NPROC 0
#endif

#ifdef __linux__
#include <sys/prctl.h>
#endif

static char *addr;
static char *behind;
static int lfd;
static struct result r;

/* The modes, as options; index M_SINGLE, M_FORK, M_WORKERS. */
static char *modes[] = { "", "-F", "-w 2" };
#define MODES 3

/* The first mode from there on that plug has; MODES when there is none. */
static int
mode_from(int m)
{
	while (m < MODES && lacks(modes[m]))
		m++;
	return m;
}

/* A listener of the test's own behind plug. */
static void
own_behind(void)
{
	addr = new_addr();
	behind = new_addr();
	lfd = listen_on(behind);
}

/* Plug in front of it, in the foreground. */
static int
plug_up(char *options)
{
	int pid;

	pid = start_plug(f3("%s %s %s", options, addr, behind));
	wait_port(addr);
	return pid;
}

/* Plug detached with the pid file `pid'; the master. */
static int
plug_detached(char *options)
{
	needs(options);
	run_words(f3("-P pid %s %s %s", options, addr, behind), &r);
	want_text("standard error of the start", "", r.err);
	want_num("exit status of the start", 0L, (long)r.status);
	return daemon_pid("pid");
}

/* Bytes go both ways. */
static void
alive(struct pair *p)
{
	send_text(p->client, "up");
	recv_text(p->target, "up");
	send_text(p->target, "down");
	recv_text(p->client, "down");
}

/* Waits for the file to be there, or to be gone. */
static void
wait_file(char *path, int there)
{
	long end;

	end = clock_ms() + patience(10000L);
	while ((access(path, F_OK) == 0) != there) {
		if (clock_ms() > end)
			fail(f2("%s to be %s", path, there ? "there" : "gone"), "not so");
		pause_ms(5L);
	}
}

/*
 * 1. STARTING
 */

/* When the command comes back with 0, plug serves. */
static void
test_detach(void)
{
	int pid;
	int fd;
	int m;

	for (m = mode_from(0); m < MODES; m = mode_from(m + 1)) {
		step(f1("detached %s", modes[m]));
		echo_behind(&addr, &behind);
		pid = plug_detached(modes[m]);
		fd = try_connect((char *)0, addr);
		want(fd >= 0, "a connect at once");
		send_text(fd, "ping");
		recv_text(fd, "ping");
		let_go(fd);
		want_text("standard output", "", r.out);
		want(getsid((pid_t)pid) != getsid(0), "a session of its own");
		kill((pid_t)pid, SIGTERM);
		wait_gone(pid);
		wait_file("pid", 0);
	}
}

/* A port that is taken is an error now, not a line in a log later. */
static void
test_port_busy(void)
{
	int list[16];
	int m;

	own_behind();
	for (m = mode_from(0); m < MODES; m = mode_from(m + 1)) {
		step(f1("%s", modes[m]));
		run_words(f3("-P pid %s %s 127.0.0.1:9", modes[m], behind, ""), &r);
		want_num("exit status", 4L, (long)r.status);
		want_num("lines on standard error", 1L, (long)count_lines(r.err));
		want_in("standard error", port_of(behind), r.err);
		want(access("pid", F_OK) < 0, "no pid file");
		want_num("processes left", 1L, (long)children_of((int)getppid(), list, 16));
	}
}

static void
test_foreground(void)
{
	int list[16];
	int pid;

	echo_behind(&addr, &behind);
	pid = plug_up("");
	echo_works(addr);
	want(waitpid((pid_t)pid, (int *)0, WNOHANG) == 0, "plug still there");
	children_of((int)getpid(), list, 16);
	stop_plug(pid, SIGTERM);
	wait_closed(addr);
}

/* Where descriptor n of a process leads. */
static char *
fd_path(int pid, int n)
{
	char *s;
	long len;

	s = f1("%s", "");
	len = (long)readlink(f2("/proc/%s/fd/%s", num((long)pid), num((long)n)), s, 1000);
	s[len < 0 ? 0 : len] = 0;
	return s;
}

/* The child that serves the client who has just come; it may take a while. */
static int
child_of(int pid)
{
	int list[16];
	long end;

	end = clock_ms() + patience(10000L);
	while (children_of(pid, list, 16) == 0)
		if (clock_ms() > end)
			fail("a child", "none");
	return list[0];
}

/* A detached plug keeps 0 to 2 away from its sockets. */
static void
test_null(void)
{
	int pid, child;
	int m;
	int i;

	if (access("/proc/self/fd", R_OK) < 0)
		skip("needs /proc");
	for (m = mode_from(0); m < MODES; m = mode_from(m + 1)) {
		step(f1("detached %s", modes[m]));
		echo_behind(&addr, &behind);
		pid = plug_detached(modes[m]);
		connect_to(addr);
		for (i = 0; i < 3; i++)
			want_text("descriptor", "/dev/null", fd_path(pid, i));
		if (m != M_SINGLE) {
			child = child_of(pid);
			for (i = 0; i < 3; i++)
				want_text("a child's descriptor", "/dev/null", fd_path(child, i));
		}
		kill((pid_t)pid, SIGINT);
		wait_gone(pid);
	}
}

/* Started without 0 to 2: no socket may become one of them. */
static void
test_closed(void)
{
	int pid;
	int m;
	int i;

	for (m = mode_from(0); m < MODES; m = mode_from(m + 1)) {
		step(f1("-n %s", modes[m]));
		echo_behind(&addr, &behind);
		spawn_closed = 1;
		pid = plug_up(modes[m]);
		echo_works(addr);
		for (i = 0; i < 3 && access("/proc/self/fd", R_OK) == 0; i++)
			want(strncmp(fd_path(pid, i), "socket", 6) != 0, "no socket below 3");
		stop_plug(pid, SIGTERM);
		step(f1("detached %s", modes[m]));
		spawn_closed = 1;
		pid = plug_detached(modes[m]);
		echo_works(addr);
		kill((pid_t)pid, SIGTERM);
		wait_gone(pid);
	}
}

/* The descriptors that we may have. */
#ifdef RLIMIT_NOFILE
static long
may_open(void)
{
	struct rlimit rl;

	getrlimit(RLIMIT_NOFILE, &rl);
	return rl.rlim_cur > 65536L ? 65536L : (long)rl.rlim_cur;
}
#else
#define may_open() 20L
#endif

/* Started with many descriptors that are not its own. */
static void
test_inherited(void)
{
	int m;

	if (may_open() < 1300L)
		skip("needs 1300 descriptors");
	noisy = 1;
	for (m = mode_from(0); m < MODES; m = mode_from(m + 1)) {
		step(f1("1100 descriptors, %s", modes[m]));
		echo_behind(&addr, &behind);
		spawn_inherit = 1100;
		plug_up(modes[m]);
		echo_works(addr);
		echo_works(addr);
	}
}

/*
 * 2. THE PID FILE
 */

static void
test_pidfile(void)
{
	struct pair a, b;
	int pid;

	own_behind();
	pid = plug_detached("");
	want_text("one process", f1("%s\n", num((long)pid)), read_file("pid"));
	kill((pid_t)pid, SIGTERM);
	wait_gone(pid);
	wait_file("pid", 0);
	step("-F");
	addr = new_addr();
	pid = plug_detached("-F");
	pair_open(&a, addr, lfd);
	wait_lines("pid", 2);
	pair_open(&b, addr, lfd);
	wait_lines("pid", 3);
	want_num("the master's line", (long)pid, (long)atoi(read_file("pid")));
	pair_close(&a);
	wait_lines("pid", 2);
	pair_close(&b);
	wait_text("pid", f1("%s\n", num((long)pid)));
	wait_lines("pid", 1);
	kill((pid_t)pid, SIGTERM);
	wait_gone(pid);
	if (lacks("-w"))
		return;
	step("-w");
	addr = new_addr();
	pid = plug_detached("-w 3");
	wait_lines("pid", 4);
	want_num("the master's line", (long)pid, (long)atoi(read_file("pid")));
	kill((pid_t)pid, SIGTERM);
	wait_gone(pid);
	wait_file("pid", 0);
}

/* The second with the same file does not start, and does no harm. */
static void
test_second(void)
{
	static int lines[] = { 1, 2, 3 };
	struct pair p;
	char before[256];
	int pid;
	int m;

	for (m = mode_from(0); m < MODES; m = mode_from(m + 1)) {
		step(f1("%s", modes[m]));
		own_behind();
		pid = plug_detached(modes[m]);
		pair_open(&p, addr, lfd);
		alive(&p);
		strcpy(before, wait_lines("pid", lines[m]));
		run_words(f3("-P pid %s %s %s", modes[m], new_addr(), behind), &r);
		want_num("exit status of the second", 4L, (long)r.status);
		want_num("lines on standard error", 1L, (long)count_lines(r.err));
		want_text("the pid file", before, read_file("pid"));
		run_words(f3("-n -P pid %s %s %s", modes[m], new_addr(), behind), &r);
		want_num("exit status of a second with -n", 4L, (long)r.status);
		want_text("the pid file", before, read_file("pid"));
		alive(&p);
		pair_close(&p);
		kill((pid_t)pid, SIGTERM);
		wait_gone(pid);
		wait_file("pid", 0);
	}
}

/* What a dead plug left is taken over, and not a byte of it stays. */
static void
test_stale(void)
{
	int pid;

	echo_behind(&addr, &behind);
	write_file("pid", "99999999\n88888888\n77777777\nand much more than one line\n");
	pid = plug_detached("");
	want_text("the pid file", f1("%s\n", num((long)pid)), read_file("pid"));
	kill((pid_t)pid, SIGKILL);
	wait_gone(pid);
	step("after kill -9");
	pid = plug_detached("");
	echo_works(addr);
	kill((pid_t)pid, SIGTERM);
	wait_gone(pid);
}

/* In a child: TERM for a process, in so many milliseconds. */
static int
term_soon(int pid, long ms)
{
	int killer;

	fflush(stdout);
	killer = (int)fork();
	if (killer == 0) {
		pause_ms(ms);
		kill((pid_t)pid, SIGTERM);
		_exit(0);
	}
	return killer;
}

/*
 * "kill OLD; plug ..." in one line: the new one waits for port and pid file,
 * and for the port of -s.
 */
static void
test_restart(void)
{
	char *status;
	int killer, pid, m;

	for (m = mode_from(0); m < MODES; m = mode_from(m + 1)) {
		step(f1("restart %s", modes[m]));
		echo_behind(&addr, &behind);
		status = lacks("-s") ? "" : f1("-s %s", new_addr());
		pid = plug_detached(f2("%s %s", modes[m], status));
		echo_works(addr);
		killer = term_soon(pid, 300L);
		pid = plug_detached(f2("%s %s", modes[m], status));
		waitpid((pid_t)killer, (int *)0, 0);
		echo_works(addr);
		step("the pid file alone");
		killer = term_soon(pid, 300L);
		addr = new_addr();
		pid = plug_detached(modes[m]);
		waitpid((pid_t)killer, (int *)0, 0);
		echo_works(addr);
		kill((pid_t)pid, SIGTERM);
		wait_gone(pid);
	}
}

/* TERM: who sees the port closed finds no pid file. */
static void
test_term_order(void)
{
	int fd, i, pid;

	for (i = 0; i < 20; i++) {
		echo_behind(&addr, &behind);
		pid = plug_detached("");
		kill((pid_t)pid, SIGTERM);
		while ((fd = try_connect((char *)0, addr)) >= 0)
			close(fd);
		want(access("pid", F_OK) < 0, "no pid file where no port is open");
		wait_gone(pid);
	}
}

static void
test_symlink(void)
{
	echo_behind(&addr, &behind);
	write_file("victim", "precious\n");
	want(symlink("victim", "pid") == 0, "a symbolic link");
	run_words(f2("-P pid %s %s", addr, behind), &r);
	want_num("exit status", 4L, (long)r.status);
	want_num("lines on standard error", 1L, (long)count_lines(r.err));
	want_text("where the link leads", "precious\n", read_file("victim"));
	step("a link to nothing");
	unlink("victim");
	run_words(f2("-P pid %s %s", addr, behind), &r);
	want_num("exit status", 4L, (long)r.status);
	want(access("victim", F_OK) < 0, "no file made through the link");
	step("a directory that is not there");
	run_words(f2("-P no/such/pid %s %s", addr, behind), &r);
	want_num("exit status", 4L, (long)r.status);
	want_num("lines on standard error", 1L, (long)count_lines(r.err));
}

/* A full disk: no pid file, no start, and nothing left of it. */
static void
test_pidfile_full(void)
{
	char said[512];
	int p[2];
	int n;

	echo_behind(&addr, &behind);
	want(pipe(p) == 0, "a pipe");
	fcntl(p[0], F_SETFD, FD_CLOEXEC);
	spawn_stderr = p[1];
	spawn_diskfull = 1;
	run_words(f2("-P pid %s %s", addr, behind), &r);
	close(p[1]);
	want_num("exit status", 4L, (long)r.status);
	n = (int)read(p[0], said, sizeof said - 1);
	said[n > 0 ? n : 0] = 0;
	want_in("standard error", "pid: ", said);
	want_num("lines there", 1L, (long)count_lines(said));
	wait_file("pid", 0);
	wait_closed(addr);
}

/*
 * Standard output or error is a pipe that nobody reads any more: no reason to
 * end in another way.
 */
static void
test_broken_stdio(void)
{
	int p[2];

	want(pipe(p) == 0, "a pipe");
	close(p[0]);
	spawn_stderr = p[1];
	run_words("no source", &r);
	want_num("exit status of a wrong command", 5L, (long)r.status);
	spawn_stdout = p[1];
	run_words("-V", &r);
	want_num("exit status of -V", 0L, (long)r.status);
	echo_behind(&addr, &behind);
	spawn_nofile = 40;
	spawn_stderr = p[1];
	plug_up("");
	echo_works(addr);
}

/* Standard error is a pipe whose reader has stopped: lines are lost, no more. */
static void
test_stuck_stderr(void)
{
	int p[2];
	int i;
	int m;

	for (m = mode_from(0); m < MODES; m = mode_from(m + 1)) {
		step(f1("standard error is full %s", modes[m]));
		echo_behind(&addr, &behind);
		want(pipe(p) == 0, "a pipe");
		fcntl(p[0], F_SETFD, FD_CLOEXEC);
		fcntl(p[1], F_SETFL, O_NONBLOCK);
		while (write(p[1], addr, 1) > 0)
			;
		fcntl(p[1], F_SETFL, 0);
		spawn_stderr = p[1];
		plug_up(f1("-x 127.0.0.77 %s", modes[m]));
		for (i = 0; i < 15; i++)
			expect_turned_away("127.0.0.77", addr);
		echo_works(addr);
		close(p[0]);
		close(p[1]);
	}
}

/*
 * 3. SIGNALS
 */

/* TERM: no more clients, the pid file goes, sessions finish, exit 0. */
static void
test_term(void)
{
	struct pair p;
	int pid;
	int m;

	for (m = mode_from(0); m < MODES; m = mode_from(m + 1)) {
		step(f1("TERM %s", modes[m]));
		own_behind();
		pid = plug_up(f1("-P pid %s", modes[m]));
		pair_open(&p, addr, lfd);
		alive(&p);
		kill((pid_t)pid, SIGTERM);
		wait_closed(addr);
		wait_file("pid", 0);
		alive(&p);
		pause_ms(700L);
		alive(&p);
		want(waitpid((pid_t)pid, (int *)0, WNOHANG) == 0, "plug still there");
		pair_close(&p);
		want_num("exit status", 0L, (long)wait_exit(pid, 10000L));
	}
}

/* Clients that the kernel had taken before TERM are served. */
static void
test_term_queue(void)
{
	struct pair a;
	int waiting;
	int target;
	int pid;

	noisy = 1;
	own_behind();
	pid = plug_up("");
	pair_open(&a, addr, lfd);
	kill((pid_t)pid, SIGSTOP);
	waiting = connect_to(addr);
	send_text(waiting, "in time");
	kill((pid_t)pid, SIGTERM);
	kill((pid_t)pid, SIGCONT);
	target = accept_from(lfd);
	recv_text(target, "in time");
	send_text(target, "indeed");
	recv_text(waiting, "indeed");
	close(waiting);
	close(target);
	pair_close(&a);
	want_num("exit status", 0L, (long)wait_exit(pid, 10000L));
}

/* Signals that end sessions at once do it with a reset, and exit 0. */
static void
ended_by(char *options, int first, int second)
{
	struct pair p;
	int pid;
	int m;

	for (m = mode_from(0); m < MODES; m = mode_from(m + 1)) {
		step(f4("signal %s %s, %s %s", num((long)first), num((long)second), options, modes[m]));
		own_behind();
		pid = plug_up(f2("%s %s", options, modes[m]));
		pair_open(&p, addr, lfd);
		alive(&p);
		kill((pid_t)pid, first);
		if (second != 0) {
			wait_closed(addr);
			alive(&p);
			kill((pid_t)pid, second);
		}
		expect_reset(p.client);
		expect_reset(p.target);
		want_num("exit status", 0L, (long)wait_exit(pid, 10000L));
	}
}

static void
test_term_twice(void)
{
	ended_by("", SIGTERM, SIGTERM);
}

static void
test_int(void)
{
	ended_by("", SIGINT, 0);
	ended_by("", SIGTERM, SIGINT);
}

static void
test_grace_zero(void)
{
	ended_by("-g 0", SIGTERM, 0);
}

/* -g: sessions have so many seconds, and are used until then. */
static void
test_grace(void)
{
	struct pair p;
	long t;
	int pid;
	int m;

	for (m = mode_from(0); m < MODES; m = mode_from(m + 1)) {
		step(f1("-g 2 %s", modes[m]));
		own_behind();
		pid = plug_up(f1("-g 2 %s", modes[m]));
		pair_open(&p, addr, lfd);
		kill((pid_t)pid, SIGTERM);
		t = clock_ms();
		pause_ms(700L);
		alive(&p);
		expect_reset(p.client);
		t = clock_ms() - t;
		if (t < 900 || t > 2000 + patience(4000L))
			fail("a reset after 2000 ms", f1("%s ms", num(t)));
		want_num("exit status", 0L, (long)wait_exit(pid, 10000L));
	}
}

/* HUP: everything goes on, and the log is a new file. */
static void
test_hup(void)
{
	struct pair p, q;
	int pid;
	int m;

	for (m = mode_from(0); m < MODES; m = mode_from(m + 1)) {
		step(f1("HUP %s", modes[m]));
		own_behind();
		pid = plug_up(f1("-S s.log %s", modes[m]));
		pair_open(&p, addr, lfd);
		alive(&p);
		wait_file("s.log", 1);
		rename("s.log", "s.old");
		kill((pid_t)pid, SIGHUP);
		wait_file("s.log", 1);
		alive(&p);
		pair_open(&q, addr, lfd);
		alive(&q);
		pair_close(&q);
		wait_lines("s.log", 1);
		alive(&p);
		pair_close(&p);
		wait_lines("s.log", 2);
		want(waitpid((pid_t)pid, (int *)0, WNOHANG) == 0, "plug still there");
		unlink("s.log");
		unlink("s.old");
	}
}

/* Detached and without a log HUP is no death either; nor are the others. */
static void
test_other_signals(void)
{
	static int signals[] = { SIGHUP, SIGUSR1, SIGPIPE, SIGHUP, SIGCHLD, SIGUSR2, 0 };
	int pid;
	int m;
	int i;

	for (m = mode_from(0); m < MODES; m = mode_from(m + 1)) {
		echo_behind(&addr, &behind);
		pid = plug_detached(modes[m]);
		for (i = 0; signals[i] != (has(", roll") ? 0 : SIGUSR2); i++) {
			step(f2("signal %s %s", num((long)signals[i]), modes[m]));
			kill((pid_t)pid, signals[i]);
			pause_ms(30L);
			echo_works(addr);
			want_num("the master", (long)pid, (long)daemon_pid("pid"));
		}
		kill((pid_t)pid, SIGTERM);
		wait_gone(pid);
	}
}

/* A terminal that is not for plug to write to stops it by this signal. */
static void
test_tostop(void)
{
	int pid;
	int m;

	for (m = mode_from(0); m < MODES; m = mode_from(m + 1)) {
		step(modes[m]);
		echo_behind(&addr, &behind);
		pid = plug_up(modes[m]);
#ifdef SIGTTOU
		kill((pid_t)pid, SIGTTOU);
#endif
		pause_ms(30L);
		echo_works(addr);
	}
}

/* USR1: the status, with -n on standard error. */
static void
test_usr1(void)
{
	int pid;
	int m;

	noisy = 1;
	for (m = mode_from(0); m < MODES; m = mode_from(m + 1)) {
		step(f1("USR1 %s", modes[m]));
		echo_behind(&addr, &behind);
		pid = plug_up(modes[m]);
		echo_works(addr);
		want_text("standard error before", "", read_file(plug_err()));
		kill((pid_t)pid, SIGUSR1);
		wait_text(plug_err(), behind);
		echo_works(addr);
	}
}

#define ROLL 70			/* sessions: more than are told in one turn */

/* USR2: every process tells of each session that it has, once. */
static void
test_usr2(void)
{
	struct pair p[ROLL];
	struct sockaddr_in sin;
	socklen_t n;
	char *line, *said;
	int pid, m, i, most;

	if (!has(", roll"))
		leave_out();
	noisy = 1;
	most = table("sessions", (long)ROLL, 64L) < ROLL ? 60 : ROLL;
	for (m = mode_from(0); m < MODES; m = mode_from(m + 1)) {
		step(f1("USR2 %s", modes[m]));
		own_behind();
		pid = plug_up(modes[m]);
		for (i = 0; i < most; i++) {
			pair_open(&p[i], addr, lfd);
			alive(&p[i]);
		}
		kill((pid_t)pid, SIGUSR2);
		said = wait_lines(plug_err(), most);
		want_num("lines", (long)most, (long)count_lines(said));
		for (i = 0; i < most; i++) {
			n = sizeof sin;
			getsockname(p[i].client, (struct sockaddr *)&sin, &n);
			line = f2(" client=127.0.0.1:%s target=%s in=2 out=4 state=relay age=",
			    num((long)ntohs(sin.sin_port)), behind);
			want_num(line, 1L, (long)count_in(line, said));
			alive(&p[i]);
		}
		for (i = 1; i <= most; i++) {
			line = f1("): session=%s client=", num((long)i));
			if (m != M_WORKERS || has(" on shared memory"))
				want_num(line, 1L, (long)count_in(line, said));
		}
		for (i = 0; i < most; i++)
			pair_close(&p[i]);
	}
}

/* USR1 to all of plug's processes. */
static void
usr1_all(char *pids)
{
	int child;

	while (*pids != 0) {
		child = atoi(pids);
		if (child > 0)
			kill((pid_t)child, SIGUSR1);
		pids = strchr(pids, '\n');
		if (pids == 0)
			break;
		pids++;
	}
	pause_ms(100L);
}

/* USR1 to those that listen no more, or never did, ends no session. */
static void
test_usr1_late(void)
{
	struct pair p;
	char *pids;
	int pid;
	int m;

	noisy = 1;
	for (m = mode_from(0); m < MODES; m = mode_from(m + 1)) {
		step(f1("USR1 %s", modes[m]));
		own_behind();
		pid = plug_up(f1("-P pid %s", modes[m]));
		pair_open(&p, addr, lfd);
		alive(&p);
		pids = keep(read_file("pid"));
		usr1_all(pids);
		alive(&p);
		kill((pid_t)pid, SIGTERM);
		wait_closed(addr);
		usr1_all(pids);
		alive(&p);
		pair_close(&p);
		want_num("exit status", 0L, (long)wait_exit(pid, 10000L));
	}
}

/*
 * 4. CHILDREN
 */

/* A worker that is killed is replaced; nobody but its clients notices. */
static void
test_worker_killed(void)
{
	char *pids;
	int worker;
	int pid;
	int i;

	noisy = 1;
	echo_behind(&addr, &behind);
	pid = plug_up("-P pid -w 2");
	for (i = 0; i < 3; i++) {
		pids = wait_lines("pid", 3);
		worker = atoi(strchr(pids, '\n') + 1);
		kill((pid_t)worker, SIGKILL);
		for (;;) {
			pids = wait_lines("pid", 3);
			if (strstr(pids, f1("\n%s\n", num((long)worker))) == 0)
				break;
			pause_ms(5L);
		}
		echo_works(addr);
		echo_works(addr);
		echo_works(addr);
		echo_works(addr);
	}
	want_num("the master's line", (long)pid, (long)atoi(read_file("pid")));
}

/* A child that is killed takes its session along and nothing else. */
static void
test_child_killed(void)
{
	struct pair a, b;
	char *pids;
	int child;

	noisy = 1;
	own_behind();
	plug_up("-P pid -F");
	pair_open(&a, addr, lfd);
	pids = wait_lines("pid", 2);
	child = atoi(strchr(pids, '\n') + 1);
	pair_open(&b, addr, lfd);
	wait_lines("pid", 3);
	kill((pid_t)child, SIGKILL);
	expect_end(a.client);
	wait_lines("pid", 2);
	alive(&b);
	pair_close(&b);
	wait_lines("pid", 1);
	pair_open(&b, addr, lfd);
	alive(&b);
	pair_close(&b);
}

/*
 * Children are killed at any moment of a trial: the next client has it, and
 * each session has its line.
 */
static void
test_child_lines(void)
{
	char *other;
	char *said;
	int list[16];
	int fd;
	int pid;
	int i;

	if (access("/proc/self/stat", R_OK) < 0)
		skip("needs /proc");
	noisy = 1;
	own_behind();
	other = new_addr();
	pid = start_plug(f3("-F -o -r 0 -S s.log %s %s %s", addr, other, behind));
	wait_port(addr);
	fd = connect_to(addr);
	close(accept_from(lfd));
	expect_end(fd);
	close(fd);
	if (black_hole(other) < 0)
		skip("no black hole here");
	said = wait_lines("s.log", 1);
	for (i = 0; i < 30; i++) {
		fd = connect_to(addr);
		list[0] = child_of(pid);
		pause_ms(rnd_below(3L));
		kill((pid_t)list[0], i % 3 == 0 ? SIGSTOP : SIGKILL);
		if (i % 3 == 0)
			expect_quiet(fd, 50L);
		kill((pid_t)list[0], SIGKILL);
		expect_end(fd);
		close(fd);
		said = wait_lines("s.log", i + 2);
	}
	want_num("lines", 31L, (long)count_lines(said));
	want_num("of the target on trial", 30L,
	    (long)count_in(f2(" %s%s", other, " 0 0 "), said));
	kill((pid_t)pid, SIGUSR1);
	wait_text(plug_err(), "ended 31, of these failed 30,");
}

/* No child ever becomes a zombie for long. */
static void
test_zombies(void)
{
	char *stat;
	struct dirent *e;
	DIR *d;
	int pid;
	int i;
	int zombies;

	if (access("/proc/self/stat", R_OK) < 0)
		skip("needs /proc");
	echo_behind(&addr, &behind);
	pid = plug_up("-F");
	for (i = 0; i < 50; i++)
		echo_works(addr);
	pause_ms(300L);
	zombies = 0;
	d = opendir("/proc");
	while ((e = readdir(d)) != 0) {
		if (atoi(e->d_name) <= 0)
			continue;
		stat = strrchr(read_file(f1("/proc/%s/stat", e->d_name)), ')');
		if (stat != 0 && stat[2] == 'Z' && atoi(stat + 4) == pid)
			zombies++;
	}
	closedir(d);
	want_num("zombies", 0L, (long)zombies);
}

/* A master that is killed frees its port, although a session lives on. */
static void
test_master_killed(void)
{
	struct pair p;
	int pid;

	own_behind();
	pid = plug_detached("-F");
	pair_open(&p, addr, lfd);
	alive(&p);
	kill((pid_t)pid, SIGKILL);
	wait_gone(pid);
	wait_closed(addr);
	alive(&p);
	step("a new one on the same port, with the same pid file");
	pid = plug_detached("-F");
	alive(&p);
	pair_close(&p);
	pair_open(&p, addr, lfd);
	alive(&p);
	pair_close(&p);
	kill((pid_t)pid, SIGTERM);
	wait_gone(pid);
}

/* Workers without a master do not sit on the port for ever. */
static void
test_orphans(void)
{
	long end;
	int pid;

	echo_behind(&addr, &behind);
	pid = plug_detached("-w 2");
	echo_works(addr);
	kill((pid_t)pid, SIGKILL);
	wait_gone(pid);
	end = clock_ms() + patience(10000L);
	do {
		run_words(f2("-P pid -w 2 %s %s", addr, behind), &r);
		if (r.status != 0)
			pause_ms(100L);
	} while (r.status != 0 && clock_ms() < end);
	want_num("exit status of a new start", 0L, (long)r.status);
	pid = daemon_pid("pid");
	echo_works(addr);
	kill((pid_t)pid, SIGTERM);
	wait_gone(pid);
}

/*
 * 5. TOO FEW DESCRIPTORS
 */

/* More clients than descriptors; then fewer, and all is well. */
static void
crowd(int pid)
{
	int fd[80];
	long before;
	int i;

	for (i = 0; i < 80; i++)
		fd[i] = connect_to(addr);
	pause_ms(300L);
	before = cpu_ms(pid);
	pause_ms(700L);
	want(cpu_ms(pid) - before < 250, "no processor time while there is no room");
	want(waitpid((pid_t)pid, (int *)0, WNOHANG) == 0, "plug still there");
	for (i = 0; i < 80; i++)
		close(fd[i]);
	echo_works(addr);
	echo_works(addr);
}

/* Odd and even limits: the one that is missing may be either socket. */
static void
test_few_descriptors(void)
{
	static char *m[] = { "", "-w 2", 0 };
	long limit;
	int pid;
	int i;

	noisy = 1;
	for (i = 0; m[i] != 0 && !lacks(m[i]); i++)
		for (limit = 64; limit < 66; limit++) {
			step(f2("%s descriptors %s", num(limit), m[i]));
			echo_behind(&addr, &behind);
			spawn_nofile = limit;
			pid = plug_up(m[i]);
			crowd(pid);
			stop_plug(pid, SIGTERM);
		}
}

/* With 40 descriptors as many sessions are served as fit. */
static void
test_forty_descriptors(void)
{
	struct pair p[10];
	int i, m;

	noisy = 1;
	for (m = mode_from(0); m < MODES; m = mode_from(m + 1)) {
		step(f1("descriptors %s", modes[m]));
		own_behind();
		spawn_nofile = 40;
		plug_up(modes[m]);
		for (i = 0; i < 10; i++)
			pair_open(&p[i], addr, lfd);
		for (i = 0; i < 10; i++) {
			alive(&p[i]);
			pair_close(&p[i]);
		}
	}
}

/* A child of -F knows nothing of the limit that its master has reached. */
static void
test_fork_limit(void)
{
	struct pair a, b, c;

	noisy = 1;
	own_behind();
	plug_up("-F -m 2");
	pair_open(&a, addr, lfd);
	pair_open(&b, addr, lfd);
	wait_text(plug_err(), "limit of sessions reached");
	c.client = connect_to(addr);
	pair_close(&a);
	c.target = accept_from(lfd);
	alive(&c);
	pause_ms(2500L);
	want_num("lines of the limit left, at the limit", 0L,
	    (long)count_in("below the limit", read_file(plug_err())));
	pair_close(&b);
	wait_text(plug_err(), "below the limit");
	pair_close(&c);
}

/*
 * The user of another process may have n processes from now on, or as many as
 * ever: -1.  Only that user may say so, which plug is soon after the bind.
 */
#if defined(__linux__) && HAVE_NPROC
static void
process_limit(int pid, int user, int n)
{
	struct rlimit rl;
	int child;
	int i;

	getrlimit(RLIMIT_NPROC, &rl);
	if (n >= 0)
		rl.rlim_cur = (rlim_t)n;
	child = (int)fork();
	if (child == 0) {
		if (geteuid() == 0 && (setgid((gid_t)user) < 0 || setuid((uid_t)user) < 0))
			_exit(1);
		for (i = 0; i < 50; i++) {
			if (prlimit((pid_t)pid, RLIMIT_NPROC, &rl, (struct rlimit *)0) == 0)
				_exit(0);
			pause_ms(patience(100L));
		}
		_exit(1);
	}
	if (wait_exit(child, 10000L) != 0)
		skip("needs prlimit");
}
#else
#define process_limit(pid, user, n) skip("needs prlimit")
#endif

/* A user for the next plug that nobody else has. */
#define SOMEBODY (20000 + (int)getpid() % 40000)

/* What is sent comes back; then the session ends. */
static void
echo_ends(int fd)
{
	recv_text(fd, "ping");
	let_go(fd);
}

#define QUEUE 6

/* So many clients who have spoken. */
static void
queue_up(int *fd)
{
	int i;

	for (i = 0; i < QUEUE; i++) {
		fd[i] = connect_to(addr);
		send_text(fd[i], "ping");
	}
}

/* -F without a process for a client: all wait until there is one. */
static void
test_fork_fails(void)
{
	int fd[QUEUE];
	char *user;
	int pid;
	int i;

	if (!HAVE_NPROC)
		skip("needs RLIMIT_NPROC");
	noisy = 1;
	echo_behind(&addr, &behind);
	spawn_noforks = 1;
	user = num((long)SOMEBODY);
	pid = start_plug(f3("-F %s %s %s", geteuid() != 0 ? "" :
	    f2("-u %s:%s", user, user), addr, behind));
	queue_up(fd);
	for (i = 0; i < QUEUE; i++)
		expect_quiet(fd[i], 400L);
	want_num("lines about it", 1L, (long)count_lines(read_file(plug_err())));
	want_in("the line", "client fork: ", read_file(plug_err()));
	process_limit(pid, SOMEBODY, -1);
	for (i = 0; i < QUEUE; i++)
		echo_ends(fd[i]);
	echo_works(addr);
	stop_plug(pid, SIGTERM);
}

/* One process for clients: each waits for the end of the one before. */
static void
test_fork_queue(void)
{
	int fd[QUEUE];
	char *user;
	int pid;
	int i;

	if (!HAVE_NPROC || geteuid() != 0)
		skip("needs RLIMIT_NPROC and root");
	noisy = 1;
	echo_behind(&addr, &behind);
	user = num((long)SOMEBODY);
	pid = start_plug(f4("-F -u %s:%s %s %s", user, user, addr, behind));
	wait_port(addr);
	process_limit(pid, SOMEBODY, 2);
	queue_up(fd);
	for (i = 0; i < QUEUE; i++) {
		recv_text(fd[i], "ping");
		if (i + 1 < QUEUE)
			expect_quiet(fd[i + 1], 300L);
		let_go(fd[i]);
	}
	want_num("lines about it", 1L, (long)count_lines(read_file(plug_err())));
	want_in("the line", "client fork: ", read_file(plug_err()));
	process_limit(pid, SOMEBODY, -1);
	echo_works(addr);
	stop_plug(pid, SIGTERM);
}

/*
 * Who has waited for a process for longer than -C has all of it for the
 * proxy's answer, and no target is to blame.
 */
static void
test_fork_late(void)
{
	char *proxy;
	char *user;
	int pid;
	int fd;

	if (!HAVE_NPROC)
		skip("needs RLIMIT_NPROC");
	noisy = 1;
	echo_behind(&addr, &behind);
	proxy = new_addr();
	start_peer(f1("-d 30 %s proxy slow", proxy));
	spawn_noforks = 1;
	user = num((long)SOMEBODY);
	pid = start_plug(f4("-F -C 4 -h %s %s %s %s", proxy,
	    geteuid() != 0 ? "" : f2("-u %s:%s", user, user), addr, behind));
	fd = connect_to(addr);
	send_text(fd, "ping");
	expect_quiet(fd, 6000L);
	process_limit(pid, SOMEBODY, -1);
	echo_ends(fd);
	want_num("lines about it", 1L, (long)count_lines(read_file(plug_err())));
	stop_plug(pid, SIGTERM);
}

/*
 * -F: the target that a session came for is dead, and the other at its max:
 * it waits until that has room, or, where a child can't know, ends at once.
 */
static void
test_full_elsewhere(void)
{
	char c;
	int one;
	int two;
	int pid;

	noisy = 1;
	echo_behind(&addr, &behind);
	pid = start_plug(f3("-o %s %s,max=1 %s", addr, behind, new_addr()));
	one = connect_to(addr);
	send_text(one, "ping");
	recv_text(one, "ping");
	two = connect_to(addr);
	send_text(two, "p");
	wait_text(plug_err(), "refused");
	pause_ms(200L);
	half_close(one);
	expect_eof(one);
	want(wait_fd(two, POLLIN, patience(10000L)), "an answer, or the end");
	if (read(two, &c, 1) > 0) {
		half_close(two);
		expect_eof(two);
	}
	stop_plug(pid, SIGTERM);
}

/* -w without a process for a worker: nobody serves, and the start says so. */
static void
test_worker_fork_fails(void)
{
	if (lacks("-w"))
		return;
	if (!HAVE_NPROC)
		skip("needs RLIMIT_NPROC");
	echo_behind(&addr, &behind);
	spawn_noforks = 1;
	run_words(f3("-n -w 2 %s %s %s",
	    geteuid() == 0 ? "-u 61235:61235" : "", addr, behind), &r);
	want_num("exit status", 4L, (long)r.status);
	want_in("standard error", "worker fork: ", r.err);
	want_num("lines on standard error", 1L, (long)count_lines(r.err));
}

/* Fewer than plug asks for, but enough for all sessions: nothing is said. */
static void
test_enough_descriptors(void)
{
	int pid;

	echo_behind(&addr, &behind);
	spawn_nofile = 2L * 9900 + 2 * 64 + 50;
	pid = plug_up("");
	echo_works(addr);
	stop_plug(pid, SIGTERM);
}

/* Another process may open no more than so many descriptors from now on. */
#if defined(__linux__) && defined(RLIMIT_NOFILE)
static void
set_limit(int pid, long n)
{
	struct rlimit rl;

	if (prlimit((pid_t)pid, RLIMIT_NOFILE, (struct rlimit *)0, &rl) < 0)
		skip("needs prlimit");
	rl.rlim_cur = (rlim_t)n;
	want(prlimit((pid_t)pid, RLIMIT_NOFILE, &rl, (struct rlimit *)0) == 0,
	    "a limit is set");
}
#else
#define set_limit(pid, n) skip("needs prlimit")
#endif

/* The limit is lowered under a running plug: EMFILE out of the blue. */
static void
test_emfile(void)
{
	int above;
	int pid;

	noisy = 1;
	for (above = 0; above < 4; above++) {
		step(f1("EMFILE %s descriptors later", num((long)above)));
		echo_behind(&addr, &behind);
		pid = plug_up("");
		echo_works(addr);
		set_limit(pid, (long)count_fds(pid) + above + 6);
		crowd(pid);
		stop_plug(pid, SIGTERM);
	}
}

/* poll() refuses a list that is longer than the limit: that wait fails at once. */
static void
test_wait_fails(void)
{
	struct pair pairs[8];
	int pid, i;
	long before;

	noisy = 1;
	own_behind();
	pid = plug_up("");
	for (i = 0; i < 8; i++)
		pair_open(&pairs[i], addr, lfd);
	set_limit(pid, 4L);
	send_text(pairs[0].client, "x");
	before = cpu_ms(pid);
	pause_ms(1000L);
	want(cpu_ms(pid) - before < 300, "no processor time while no wait succeeds");
	set_limit(pid, 256L);
	recv_text(pairs[0].target, "x");
	for (i = 0; i < 8; i++)
		alive(&pairs[i]);
}

/*
 * 6. ONE AFTER THE OTHER, WITH PROCESSES SIDE BY SIDE
 */

/* The connections of one client reach the target in their order. */
static void
test_order(void)
{
	struct pair a, b;
	int i;

	own_behind();
	plug_up("-F");
	for (i = 0; i < 200; i++) {
		a.client = connect_to(addr);
		b.client = connect_to(addr);
		send_text(a.client, "1");
		send_text(b.client, "2");
		a.target = accept_from(lfd);
		b.target = accept_from(lfd);
		recv_text(a.target, "1");
		recv_text(b.target, "2");
		pair_close(&a);
		pair_close(&b);
	}
}

/* -M 1: a client whose last session has just ended is no second one. */
static void
one_by_one(char *how)
{
	int i;

	echo_behind(&addr, &behind);
	start_plug(f3("-M 1 %s %s %s", how, addr, behind));
	for (i = 0; i < 100; i++)
		echo_works(addr);
}

static void
test_one_by_one(void)
{
	one_by_one("-F");
}

static void
test_one_by_one_workers(void)
{
	if (!lacks("-w"))
		one_by_one("-w 3");
}

/* A child that is forked while another client waits for -M does not hold it. */
static void
test_waits_alone(void)
{
	struct pair a, b;
	int fd;

	noisy = 1;
	own_behind();
	plug_up("-F -M 1");
	pair_open(&a, addr, lfd);
	fd = connect_to(addr);
	b.client = connect_from("127.0.0.77", addr);
	b.target = accept_from(lfd);
	expect_end(fd);
	alive(&a);
	alive(&b);
	pair_close(&a);
	pair_close(&b);
}

/* Which of two targets has the client, whose session then ends; 0 or 1. */
static int
serves(int second)
{
	struct pair p;
	int which;

	p.client = connect_to(addr);
	which = wait_fd(second, POLLIN, 10L) != 0;
	while (!which && wait_fd(lfd, POLLIN, 10L) == 0)
		which = wait_fd(second, POLLIN, 10L) != 0;
	p.target = accept_from(which ? second : lfd);
	pair_close(&p);
	return which;
}

/* How many of 40 clients, one after the other, the second target has. */
static long
second_serves(int second)
{
	long n;
	int i;

	n = 0L;
	for (i = 0; i < 40; i++)
		n += serves(second);
	return n;
}

/* A session that has ended takes no place of a max, and is no load for least. */
static void
ghosts(char *how)
{
	char *other;
	int second;
	int pid;

	own_behind();
	other = new_addr();
	second = listen_on(other);
	step("max");
	pid = start_plug(f4("-o %s %s %s,max=1 %s", how, addr, behind, other));
	wait_port(addr);
	want_num("clients that found the first target full", 0L, second_serves(second));
	stop_plug(pid, SIGTERM);
	step("least");
	addr = new_addr();
	pid = start_plug(f4("-b least %s %s %s %s", how, addr, behind, other));
	connect_to(addr);
	accept_from(lfd);
	want_num("clients that had the free target", 40L, second_serves(second));
	stop_plug(pid, SIGINT);
}

static void
test_ghosts(void)
{
	ghosts("-F");
}

static void
test_ghosts_workers(void)
{
	if (!lacks("-w"))
		ghosts("-w 3");
}

struct test tests_process[] = {
	{ "detach", "a start that succeeded does not serve", test_detach, 0 },
	{ "port_busy", "a start on a taken port looks like success", test_port_busy, 0 },
	{ "foreground", "-n detaches", test_foreground, 0 },
	{ "null", "descriptors 0 to 2 of a daemon lead somewhere", test_null, 0 },
	{ "closed", "a start without 0 to 2 puts sockets there", test_closed, 0 },
	{ "inherited", "1100 inherited descriptors are too many", test_inherited, 0 },
	{ "pidfile", "the pid file is not true", test_pidfile, 0 },
	{ "second", "a second start harms the first", test_second, 0 },
	{ "stale", "an old pid file is not taken over", test_stale, 0 },
	{ "forty_descriptors", "descriptors are set aside for what is not used",
	    test_forty_descriptors, 0 },
	{ "restart", "a plug that is started while the old one ends does not serve",
	    test_restart, 0 },
	{ "term_order", "the pid file is there when the port is closed",
	    test_term_order, 0 },
	{ "symlink", "the pid file is written through a link", test_symlink, 0 },
	{ "pidfile_full", "a pid file that can't be written is no error", test_pidfile_full, 0 },
	{ "broken_stdio", "a broken standard output or error kills", test_broken_stdio, 0 },
	{ "stuck_stderr", "a standard error that nobody reads stops traffic", test_stuck_stderr, 0 },
	{ "term", "TERM cuts sessions or leaves something", test_term, 0 },
	{ "term_queue", "TERM loses clients that wait", test_term_queue, 0 },
	{ "term_twice", "a second TERM does not reset", test_term_twice, 0 },
	{ "int", "INT does not reset", test_int, 0 },
	{ "grace_zero", "-g 0 waits", test_grace_zero, 0 },
	{ "grace", "-g is not kept", test_grace, 0 },
	{ "hup", "HUP cuts, or keeps the old log", test_hup, 0 },
	{ "other_signals", "a signal that means nothing kills", test_other_signals, 0 },
	{ "tostop", "a terminal in the background stops plug", test_tostop, 0 },
	{ "usr1", "USR1 shows no status", test_usr1, 0 },
	{ "usr2", "USR2 forgets a session, or tells of one twice", test_usr2, 0 },
	{ "usr1_late", "USR1 ends those that don't listen", test_usr1_late, 0 },
	{ "worker_killed", "a killed worker is not replaced", test_worker_killed, 0 },
	{ "child_killed", "a killed child takes others along", test_child_killed, 0 },
	{ "child_lines", "a killed child keeps a trial, or has no line", test_child_lines, 0 },
	{ "zombies", "dead children are not reaped", test_zombies, 0 },
	{ "master_killed", "children of a killed master hold the port", test_master_killed, 0 },
	{ "orphans", "workers of a killed master hold the port", test_orphans, 0 },
	{ "few_descriptors", "a low limit of descriptors spins or kills", test_few_descriptors, 0 },
	{ "fork_limit", "children of -F tell of the limit of sessions", test_fork_limit, 0 },
	{ "fork_fails", "a client without a process is lost", test_fork_fails, 0 },
	{ "fork_queue", "clients are not served one after the other", test_fork_queue, 0 },
	{ "order", "connections of a client overtake each other", test_order, 0 },
	{ "one_by_one", "-M counts sessions that have ended", test_one_by_one, 0 },
	{ "one_by_one_workers", "-M counts sessions that have ended in workers",
	    test_one_by_one_workers, 0 },
	{ "waits_alone", "children hold a client who waits", test_waits_alone, 0 },
	{ "ghosts", "max and least count sessions that have ended", test_ghosts, 0 },
	{ "ghosts_workers", "max and least count sessions that have ended in workers",
	    test_ghosts_workers, 0 },
	{ "fork_late", "who has waited for a process has no time left", test_fork_late, 0 },
	{ "full_elsewhere", "who finds one target dead and the other full is never served", test_full_elsewhere, 0 },
	{ "worker_fork_fails", "a start without workers looks like success", test_worker_fork_fails, 0 },
	{ "enough_descriptors", "descriptors that suffice are called too few",
	    test_enough_descriptors, 0 },
	{ "emfile", "EMFILE spins or kills", test_emfile, 0 },
	{ "wait_fails", "a wait that fails is tried again at once", test_wait_fails, 0 },
	{ 0, 0, 0, 0 }
};

/*
 * t_log.c: what plug writes: one line a session, exactly as scripts read it,
 * and syslog's lines; and that writing never holds the traffic.
 *
 * Syslog is tested when live has -L name, for a plug built with that name as
 * its PATH_LOG: the test binds a datagram socket of that name in its folder
 * and plays syslogd.
 */
#include "live.h"

static char *addr;
static char *behind;
static char buf[1048576];

static int
plug_logging(char *options)
{
	addr = new_addr();
	return start_plug(f3("%s %s %s", options, addr, behind));
}

/* A session line, taken apart. */
struct fields {
	int year, month, day, hour, minute, second;
	long pid;
	char from[64], peer[64], to[64];
	double in, out, duration;
};

/* Digits of a number, no sign and nothing else. */
static int
is_number(char *s)
{
	return *s != 0 && strspn(s, "0123456789") == strlen(s);
}

/* Takes line n (from 0) of a file of session lines apart, strictly. */
static void
session_line(char *text, int n, struct fields *f)
{
	char line[512];
	char again[512];
	char in[64], out[64], duration[64];
	int got;
	int k;

	while (n-- > 0)
		text = strchr(text, '\n') + 1;
	k = (int)strcspn(text, "\n");
	if (k > 400)
		fail("a session line", text);
	memcpy(line, text, (size_t)k);
	line[k] = 0;
	got = sscanf(line, "[%4d-%2d-%2d %2d:%2d:%2d] plug[%ld] %60s %60s %60s %60s %60s %60s",
	    &f->year, &f->month, &f->day, &f->hour, &f->minute, &f->second, &f->pid,
	    f->from, f->peer, f->to, in, out, duration);
	if (got != 13 || !is_number(in) || !is_number(out) || !is_number(duration))
		fail("[yyyy-mm-dd HH:MM:SS] plug[PID] FROM PEER TO IN OUT DURATION", line);
	sprintf(again, "[%04d-%02d-%02d %02d:%02d:%02d] plug[%ld] %s %s %s %s %s %s",
	    f->year, f->month, f->day, f->hour, f->minute, f->second, f->pid,
	    f->from, f->peer, f->to, in, out, duration);
	want_text("the line", again, line);
	f->in = atof(in);
	f->out = atof(out);
	f->duration = atof(duration);
}

/* Seconds since some year's start, by the Gregorian calendar. */
static long
seconds(int year, int month, int day, long second)
{
	static int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
	long days;

	days = 365L * (year - 2000) + before[month - 1] + day;
	days += (year - (month > 2 ? 2000 : 2001)) / 4;
	return days * 86400L + second;
}

/*
 * Seconds between a line's time and now, by the clock on the wall; a TINY
 * build writes UTC.
 */
static long
age(struct fields *f)
{
	struct tm *tm;
	time_t t;

	(void)time(&t);
	tm = has(" TINY") ? gmtime(&t) : localtime(&t);
	return seconds(tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday,
	    tm->tm_hour * 3600L + tm->tm_min * 60L + tm->tm_sec) -
	    seconds(f->year, f->month, f->day,
	    f->hour * 3600L + f->minute * 60L + f->second);
}

/* One session of 5 bytes up, 3 down, 300 ms, from an address. */
static void
session(char *from, int lfd)
{
	int client, target;

	client = connect_from(from, addr);
	target = accept_from(lfd);
	send_text(client, "12345");
	recv_text(target, "12345");
	pause_ms(300L);
	send_text(target, "123");
	half_close(target);
	recv_text(client, "123");
	expect_eof(client);
	half_close(client);
	expect_eof(target);
	close(client);
	close(target);
}

static void
check_fields(struct fields *f, char *from, char *peer)
{
	want_text("FROM", from, f->from);
	want_text("PEER", peer, f->peer);
	want_text("TO", behind, f->to);
	want_num("IN", 5L, (long)f->in);
	want_num("OUT", 3L, (long)f->out);
	if (f->duration < 290000 || f->duration > 290000 + patience(10000L) * 1000.0)
		fail("a DURATION of 300000 us", num((long)f->duration));
	if (age(f) < -2 || age(f) > 2 + patience(10L))
		fail("the local time of the end", f1("%s s ago", num(age(f))));
	want(f->pid > 1, "a pid");
}

static void
test_line(void)
{
	struct fields f;
	char *port;
	int lfd;
	int pid;

	behind = new_addr();
	lfd = listen_on(behind);
	pid = plug_logging("-S s.log");
	session("127.0.0.5", lfd);
	session_line(wait_lines("s.log", 1), 0, &f);
	check_fields(&f, addr, "127.0.0.5");
	if (mode == M_SINGLE)
		want_num("the process", (long)pid, f.pid);
	else
		want(f.pid != pid, "the pid of the child");
	step("a source without an address");
	port = num((long)new_port());
	start_plug(f2("-Sb.log %s %s", port, behind));
	addr = f1("127.0.0.1:%s", port);
	session("127.0.0.6", lfd);
	session_line(wait_lines("b.log", 1), 0, &f);
	check_fields(&f, port, "127.0.0.6");
	step("-i");
	port = num((long)new_port());
	start_plug(f3("-S i.log -i %s %s %s", home_addr(), port, behind));
	addr = f2("%s:%s", home_addr(), port);
	session("127.0.0.7", lfd);
	session_line(wait_lines("i.log", 1), 0, &f);
	check_fields(&f, addr, "127.0.0.7");
}

/* Every session its line, no more and no less, and none mixed with another. */
static void
test_every(void)
{
	struct fields f;
	char *text;
	int fd[60];
	int i;

	echo_behind(&addr, &behind);
	plug_logging("-S s.log");
	for (i = 0; i < 60; i++)
		fd[i] = connect_to(addr);
	for (i = 0; i < 60; i++) {
		send_text(fd[i], "x");
		recv_text(fd[i], "x");
	}
	for (i = 0; i < 60; i++)
		half_close(fd[i]);
	for (i = 0; i < 60; i++)
		expect_eof(fd[i]);
	text = wait_lines("s.log", 60);
	for (i = 0; i < 60; i++) {
		session_line(text, i, &f);
		want_num("IN", 1L, (long)f.in);
		want_num("OUT", 1L, (long)f.out);
	}
}

/* Sessions that failed have theirs too. */
static void
test_failed(void)
{
	struct fields f;
	struct pair p;
	int lfd;

	noisy = 1;
	step("no target");
	behind = new_addr();
	plug_logging("-S s.log");
	expect_turned_away((char *)0, addr);
	session_line(wait_lines("s.log", 1), 0, &f);
	if (strcmp(f.to, "-") != 0)
		want_text("TO", behind, f.to);
	want_num("IN", 0L, (long)f.in);
	want_num("OUT", 0L, (long)f.out);
	step("reset by the target");
	lfd = listen_on(behind);
	plug_logging("-S r.log");
	pair_open(&p, addr, lfd);
	send_text(p.client, "123456789");
	recv_text(p.target, "123456789");
	reset_close(p.target);
	expect_reset(p.client);
	session_line(wait_lines("r.log", 1), 0, &f);
	want_text("TO", behind, f.to);
	want_num("IN", 9L, (long)f.in);
	step("ended by -T");
	plug_logging("-T 1 -S t.log");
	pair_open(&p, addr, lfd);
	expect_reset(p.client);
	session_line(wait_lines("t.log", 1), 0, &f);
	want_text("TO", behind, f.to);
}

/* The counters are exact, whatever way the bytes took. */
static void
test_counts(void)
{
	struct fields f;
	unsigned long sum;
	long n;
	int fd;

	behind = new_addr();
	start_peer(f1("-n 7654321 %s source", behind));
	plug_logging("-S s.log");
	fd = connect_to(addr);
	send_all(fd, buf, 100000L);
	half_close(fd);
	want_num("a clean end", 0L, (long)read_end(fd, &n, &sum));
	session_line(wait_lines("s.log", 1), 0, &f);
	want_num("IN", 100000L, (long)f.in);
	want_num("OUT", 7654321L, (long)f.out);
}

/* Through a proxy TO is still the target; the request is none of the bytes. */
static void
test_via(void)
{
	struct fields f;
	char *proxy;

	echo_behind(&addr, &behind);
	proxy = new_addr();
	start_peer(f1("%s proxy ok", proxy));
	plug_logging(f1("-S s.log -h %s", proxy));
	echo_works(addr);
	session_line(wait_lines("s.log", 1), 0, &f);
	want_text("TO", behind, f.to);
	want_num("IN", 4L, (long)f.in);
	want_num("OUT", 4L, (long)f.out);
}

/* -S - is standard output, and the foreground. */
static void
test_stdout(void)
{
	char *argv[8];
	struct fields f;
	int pid;

	echo_behind(&addr, &behind);
	addr = new_addr();
	argv[0] = plug_path;
	argv[1] = "-S";
	argv[2] = "-";
	argv[3] = addr;
	argv[4] = behind;
	argv[5] = 0;
	pid = spawn(argv, "s.out", "s.err");
	wait_port(addr);
	echo_works(addr);
	session_line(wait_lines("s.out", 1), 0, &f);
	want(waitpid((pid_t)pid, (int *)0, WNOHANG) == 0, "plug in the foreground");
	stop_plug(pid, SIGTERM);
	want_text("standard error", "", read_file("s.err"));
}

/* A log that was moved away is opened anew by itself. */
static void
test_moved(void)
{
	echo_behind(&addr, &behind);
	plug_logging("-S s.log");
	echo_works(addr);
	wait_lines("s.log", 1);
	want(rename("s.log", "s.old") == 0, "to rename the log");
	echo_works(addr);
	wait_lines("s.log", 1);
	wait_lines("s.old", 1);
	want(unlink("s.log") == 0, "to remove the log");
	echo_works(addr);
	wait_lines("s.log", 1);
}

static void
test_mode(void)
{
	struct stat st;

	echo_behind(&addr, &behind);
	umask(0);
	plug_logging("-S s.log");
	echo_works(addr);
	wait_lines("s.log", 1);
	stat("s.log", &st);
	want_num("mode", 0640L, (long)(st.st_mode & 07777));
	step("an umask that takes more");
	umask(077);
	plug_logging("-S t.log");
	echo_works(addr);
	wait_lines("t.log", 1);
	stat("t.log", &st);
	want_num("mode", 0600L, (long)(st.st_mode & 07777));
}

/* Lines are added to what is there. */
static void
test_append(void)
{
	echo_behind(&addr, &behind);
	write_file("s.log", "old\n");
	plug_logging("-S s.log");
	echo_works(addr);
	want_in("the log", "old\n[", wait_lines("s.log", 2));
}

/* A file that cannot be opened is told at start. */
static void
test_unwritable(void)
{
	static struct result r;

	run_words(f1("-n -S no/such/dir/s.log %s 127.0.0.1:9", new_addr()), &r);
	want_num("exit status", 4L, (long)r.status);
	want_num("lines on standard error", 1L, (long)count_lines(r.err));
}

/* A full disk costs lines, not traffic. */
static void
test_full(void)
{
	int i;

	if (access("/dev/full", W_OK) < 0)
		skip("no /dev/full");
	noisy = 1;
	echo_behind(&addr, &behind);
	plug_logging("-S /dev/full");
	for (i = 0; i < 20; i++)
		echo_works(addr);
	i = count_lines(read_file(plug_err()));
	if (i < 1 || i > 9)
		fail("one word about it, not one a session", f1("%s lines", num((long)i)));
}

/* Session lines that plug has told to be lost. */
static long
told_lost(void)
{
	char *s, *t;
	long sum;

	sum = 0;
	s = read_file(plug_err());
	while ((s = strstr(s, " session lines lost")) != 0) {
		for (t = s; strchr("0123456789", t[-1]) != 0; t--)
			;
		sum += atol(t);
		s++;
	}
	return sum;
}

/* Standard output is a pipe that nobody reads: no line is worth a wait. */
static void
test_stuck_pipe(void)
{
	long end;
	int p[2];
	int i, k, n;

	noisy = 1;
	echo_behind(&addr, &behind);
	want(pipe(p) == 0, "a pipe");
	fcntl(p[0], F_SETFD, FD_CLOEXEC);
	fcntl(p[1], F_SETFL, O_NONBLOCK);
	while (write(p[1], buf, 512) > 0)
		;
	fcntl(p[1], F_SETFL, 0);
	spawn_stdout = p[1];
	plug_logging("-S -");
	for (i = 0; i < 100; i++)
		echo_works(addr);
	want((fcntl(p[1], F_GETFL, 0) & O_NONBLOCK) == 0, "the pipe's own flags");
	step("room again");
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	for (n = 0; (k = (int)read(p[0], buf, 512)) > 0; )
		for (i = 0; i < k; i++)
			n += buf[i] == '\n';
	echo_works(addr);
	end = clock_ms() + patience(10000L);
	for (; clock_ms() < end; pause_ms(20L)) {
		while ((k = (int)read(p[0], buf, 4096)) > 0)
			for (i = 0; i < k; i++)
				n += buf[i] == '\n';
		if (n + told_lost() >= 101L)
			break;
	}
	want_num("lines written and lines told to be lost", 101L, n + told_lost());
}

/* The largest file that the system allows is no reason to end, by SIGXFSZ. */
static void
test_largest(void)
{
	int i, n;
	int p[2];

	noisy = 1;
	echo_behind(&addr, &behind);
	want(pipe(p) == 0, "a pipe");
	fcntl(p[0], F_SETFD, FD_CLOEXEC);
	spawn_stderr = p[1];
	spawn_diskfull = 1;
	plug_logging("-S sessions");
	close(p[1]);
	for (i = 0; i < 10; i++)
		echo_works(addr);
	wait_fd(p[0], POLLIN, 5000L);
	n = (int)read(p[0], buf, 1000);
	buf[n > 0 ? n : 0] = 0;
	want_in("standard error", "sessions: ", buf);
	want_num("lines of it", 1L, (long)count_lines(buf));
}

/* Adds a part of a line to a file, as one who died or had no room leaves it. */
static void
write_half(char *path)
{
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0640);
	want(write(fd, "half", 4) == 4, "to write half a line");
	close(fd);
}

/* Half a line, whoever left it, does not swallow a whole one. */
static void
test_half(void)
{
	struct fields f;
	char *text;

	echo_behind(&addr, &behind);
	write_half("s.log");
	plug_logging("-S s.log");
	echo_works(addr);
	text = wait_lines("s.log", 2);
	want_text("what was there", "half\n", f1("%s", strncpy(buf, text, 5)));
	session_line(text, 1, &f);
	step("while plug runs");
	write_half("s.log");
	echo_works(addr);
	text = wait_lines("s.log", 4);
	session_line(text, 3, &f);
	echo_works(addr);
	session_line(wait_lines("s.log", 5), 4, &f);
}

/*
 * A line that is cut by a limit: the reason is told as it is; and whichever
 * process is the next ends that half line before its own, though it can't
 * see the file.
 */
static void
test_cut(void)
{
	noisy = 1;
	echo_behind(&addr, &behind);
	spawn_diskfull = 1 + 60;
	plug_logging("-S -");
	echo_works(addr);
	/* TINY has numbers */
	wait_text(plug_err(), has(" TINY") ? ": error 027\n" : f1(": %s\n", strerror(EFBIG)));
	want_num("bytes of the line", 60L, (long)strlen(read_file(plug_out())));
	step("room again, for less than a line");
	want(truncate(plug_out(), 4) == 0, "to cut the file");
	echo_works(addr);
	wait_text(plug_out(), "\n[");
	want_num("bytes in all", 60L, (long)strlen(read_file(plug_out())));
}

/* Root is not led to write on another's file by a symbolic link. */
static void
test_symlink(void)
{
	static struct result r;

	if (geteuid() != 0)
		skip("needs root");
	noisy = 1;
	echo_behind(&addr, &behind);
	plug_logging("-S s.log");
	echo_works(addr);
	wait_lines("s.log", 1);
	write_file("victim", "");
	want(rename("s.log", "s.old") == 0, "to rename the log");
	want(symlink("victim", "s.log") == 0, "to make a link");
	echo_works(addr);
	wait_lines("s.old", 2);
	want_text("the victim", "", read_file("victim"));
	step("at the start");
	run_words(f1("-n -S s.log %s 127.0.0.1:9", new_addr()), &r);
	want_num("exit status", 4L, (long)r.status);
	want_text("the victim", "", read_file("victim"));
}

/* A pipe that nobody reads is an error at the start, and no wait. */
static void
test_fifo(void)
{
	static struct result r;
	struct fields f;
	int fd;

	if (fifo_make("s.log") < 0)
		skip("no FIFOs");
	run_words(f1("-n -S s.log %s 127.0.0.1:9", new_addr()), &r);
	want_num("exit status", 4L, (long)r.status);
	step("with a reader");
	echo_behind(&addr, &behind);
	fd = open("s.log", O_RDONLY | O_NONBLOCK);
	plug_logging("-S s.log");
	echo_works(addr);
	want(wait_fd(fd, POLLIN, 10000L), "a line");
	buf[read(fd, buf, 1000)] = 0;
	session_line(buf, 0, &f);
}

/*
 * A line of the master's that waits for room is not the children's too.  Its
 * first plug has no target that takes a client, so that it ends that itself.
 */
static void
test_stuck_master(void)
{
	char *other;
	int early, fd, k, n, p[2];

	if (lacks("-c"))
		return;
	noisy = 1;
	echo_behind(&addr, &behind);
	want(pipe(p) == 0, "a pipe");
	fcntl(p[0], F_SETFD, FD_CLOEXEC);
	fcntl(p[1], F_SETFL, O_NONBLOCK);
	while (write(p[1], "\n", 1) > 0)
		;
	fcntl(p[1], F_SETFL, 0);
	addr = new_addr();
	other = new_addr();
	write_file("conf", f4("%s %s,drain\n%s %s\n", other, behind, addr, behind));
	spawn_stdout = p[1];
	start_plug("-S - -c conf");
	wait_port(addr);
	expect_turned_away((char *)0, other);
	fd = connect_to(addr);
	send_text(fd, "x");
	recv_text(fd, "x");
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	for (n = 0; (k = (int)read(p[0], buf, 4096)) > 0; ) {
		buf[k] = 0;
		n += count_in(f1("%s ", other), buf);
	}
	early = n;
	let_go(fd);
	for (n = 0; (k = (int)read(p[0], buf + n, 2000)) > 0 || n < 1; )
		n += k > 0 ? k : 0;
	pause_ms(2500L);
	while ((k = (int)read(p[0], buf + n, 2000)) > 0)
		n += k;
	buf[n] = 0;
	want_num("lines of the master", 1L,
	    (long)(early + count_in(f1("%s ", other), buf)));
}

/* Who reads the pipe has gone: no reason to end. */
static void
test_broken_pipe(void)
{
	int p[2];
	int i;

	noisy = 1;
	echo_behind(&addr, &behind);
	want(pipe(p) == 0, "a pipe");
	fcntl(p[0], F_SETFD, FD_CLOEXEC);
	spawn_stdout = p[1];
	plug_logging("-S -");
	close(p[0]);
	close(p[1]);
	for (i = 0; i < 10; i++)
		echo_works(addr);
}

/*
 * SYSLOG
 */

static char *heard;		/* what came, one line each */
static long nheard;

/* Plays syslogd. */
static void
syslog_open(void)
{
	struct sockaddr_un un;

	if (devlog == 0)
		skip("needs -L path and a plug built with that PATH_LOG");
	memset(&un, 0, sizeof un);
	un.sun_family = AF_UNIX;
	strncpy(un.sun_path, devlog, sizeof un.sun_path - 1);
	devlog_fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (bind(devlog_fd, (struct sockaddr *)&un, sizeof un) < 0)
		fail(f1("to bind to %s", devlog), strerror(errno));
	fcntl(devlog_fd, F_SETFL, O_NONBLOCK);
	fcntl(devlog_fd, F_SETFD, FD_CLOEXEC);
	heard = (char *)malloc(1000000);
	heard[0] = 0;
	nheard = 0;
}

/* Takes what has come; only lines with our own address count. */
static void
syslog_hear(void)
{
	char line[2000];
	long n;

	while ((n = (long)recv(devlog_fd, line, sizeof line - 2, 0)) > 0) {
		line[n] = 0;
		if (strstr(line, port_of(addr)) == 0 || nheard + n > 990000)
			continue;
		sprintf(heard + nheard, "%s\n", line);
		nheard += n + 1;
	}
}

/* The tag of this plug's lines. */
static char *
tag(void)
{
	return f2("(%s %s): ", home_addr(), port_of(addr));
}

/* Waits for a line that ends with this text behind the tag. */
static void
want_heard(char *text)
{
	char *line;
	long end;

	line = f2("%s%s\n", tag(), text);
	end = clock_ms() + patience(10000L);
	while (syslog_hear(), strstr(heard, line) == 0) {
		if (clock_ms() > end)
			fail(f1("syslog's line `%s'", line), heard);
		pause_ms(5L);
	}
}

static void
want_unheard(char *part)
{
	pause_ms(100L);
	syslog_hear();
	if (strstr(heard, part) != 0)
		fail(f1("no line with `%s'", part), heard);
}

/* The same of a line that begins with it. */
static void
want_begun(char *text)
{
	char *line;
	long end;

	line = f2("%s%s", tag(), text);
	end = clock_ms() + patience(10000L);
	while (syslog_hear(), strstr(heard, line) == 0) {
		if (clock_ms() > end)
			fail(f1("syslog's line `%s...'", line), heard);
		pause_ms(5L);
	}
}

/* The port of our end of a connection. */
static char *
own_port(int fd)
{
	struct sockaddr_in sin;
	socklen_t n;

	n = sizeof sin;
	if (getsockname(fd, (struct sockaddr *)&sin, &n) < 0)
		fail("getsockname", strerror(errno));
	return num((long)ntohs(sin.sin_port));
}

/* An address without its port. */
static char *
host_of(char *a)
{
	char *s;

	s = f1("%s", a);
	*strrchr(s, ':') = 0;
	return s;
}

static void
test_syslog(void)
{
	char *connect;
	int fd;

	syslog_open();
	echo_behind(&addr, &behind);
	plug_logging("-l");
	fd = connect_from("127.0.0.9", addr);
	want_heard("Plugdaemon started.");
	connect = f2("Connect from %s to %s", "127.0.0.9", host_of(behind));
	want_heard(connect);
	want_unheard("Complete");
	half_close(fd);
	expect_eof(fd);
	want_heard("Complete.");
	want_num("lines", 3L, (long)count_lines(heard));
	want_in("the priority", "<29>", heard);
	want_in("name and pid", f1("%s[", strrchr(plug_path, '/') + 1), heard);
}

static void
test_syslog_failed(void)
{
	struct pair p;
	int lfd;

	noisy = 1;
	syslog_open();
	behind = new_addr();
	plug_logging("-l");
	expect_turned_away((char *)0, addr);
	if (has(", roll"))
		want_begun("Complete, status=2. client=127.0.0.1:");
	else
		want_heard("Complete, status=2.");
	want_unheard("Connect from");
	step("a reset");
	lfd = listen_on(behind);
	plug_logging("-l");
	pair_open(&p, addr, lfd);
	send_text(p.client, "x");
	recv_text(p.target, "x");
	reset_close(p.target);
	expect_reset(p.client);
	want_heard("Complete, status=3.");
	step("an idle session");
	plug_logging("-l -T 1");
	pair_open(&p, addr, lfd);
	expect_reset(p.client);
	want_heard("Complete, status=3.");
}

/* Refusals are told without -l, and nothing else is; a flood is counted. */
static void
test_syslog_refused(void)
{
	int i;

	noisy = 1;
	syslog_open();
	echo_behind(&addr, &behind);
	plug_logging("-x 127.0.0.9");
	expect_turned_away("127.0.0.9", addr);
	want_heard("Connect from 127.0.0.9 Refused.");
	echo_works(addr);
	want_unheard("Complete");
	want_unheard("started");
	for (i = 0; i < 200; i++)
		expect_turned_away("127.0.0.9", addr);
	syslog_hear();
	want(count_in("Refused.", heard) < 60, "at most ten lines a second");
}

/* Lines of the plug of this name, and those that it says were lost. */
static long
syslog_sum(char *name)
{
	static long sum;
	char line[2000];
	char *s;
	long n;

	while ((n = (long)recv(devlog_fd, line, sizeof line - 2, 0)) > 0) {
		line[n] = 0;
		if ((s = strstr(line, name)) == 0)
			continue;
		s = strstr(s, "]: ") + 3;
		sum += strstr(s, " log lines lost") != 0 ? atol(s) : 1;
	}
	return sum;
}

/*
 * A syslogd that has stopped reading costs lines, not time; and when it reads
 * again it hears how many, whichever processes of plug have lost them.
 */
static void
test_syslog_stopped(void)
{
	char *name;
	long t, end;
	int i;

	noisy = 1;
	syslog_open();
	echo_behind(&addr, &behind);
	name = f1("stopped-%s", num((long)getpid()));
	want(symlink(plug_path, name) == 0, "a plug of another name");
	plug_path = f1("./%s", name);
	plug_logging("-l");
	t = clock_ms();
	for (i = 0; i < 300; i++)
		echo_works(addr);
	want(clock_ms() - t < patience(10000L), "300 sessions within 10 s");
	step("syslogd goes on");
	name = f1("%s[", name);
	end = clock_ms() + patience(10000L);
	while (syslog_sum(name) < 601L && clock_ms() < end)
		pause_ms(20L);
	want_num("lines heard and lines told to be lost", 601L, syslog_sum(name));
}

/*
 * syslogd was started again: lines go to the new one, which is looked for once
 * a second.
 */
static void
test_syslog_again(void)
{
	struct sockaddr_un un;

	noisy = 1;
	syslog_open();
	echo_behind(&addr, &behind);
	plug_logging("-l");
	echo_works(addr);
	want_heard("Complete.");
	close(devlog_fd);
	unlink(devlog);
	echo_works(addr);
	memset(&un, 0, sizeof un);
	un.sun_family = AF_UNIX;
	strncpy(un.sun_path, devlog, sizeof un.sun_path - 1);
	devlog_fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	want(bind(devlog_fd, (struct sockaddr *)&un, sizeof un) == 0, "to bind again");
	fcntl(devlog_fd, F_SETFL, O_NONBLOCK);
	pause_ms(1100L);
	heard[nheard = 0] = 0;
	echo_works(addr);
	echo_works(addr);
	want_heard("Complete.");
}

/*
 * Lines that were lost are told when there is a syslogd again, though nobody
 * comes; whichever process lost them.
 */
static void
test_syslog_back(void)
{
	static struct result r;
	char *name;
	long end;
	int pid;

	noisy = 1;
	syslog_open();
	echo_behind(&addr, &behind);
	addr = new_addr();
	name = f1("back-%s", num((long)getpid()));
	want(symlink(plug_path, name) == 0, "a plug of another name");
	plug_path = f1("./%s", name);
	name = f1("%s[", name);
	run_plug(f2("-P pid -l %s %s", addr, behind), &r);
	want_num("exit status of the start", 0L, (long)r.status);
	pid = daemon_pid("pid");
	end = clock_ms() + patience(10000L);
	while (syslog_sum(name) < 1L && clock_ms() < end)
		pause_ms(20L);
	want_num("the start's line", 1L, syslog_sum(name));
	close(devlog_fd);
	unlink(devlog);
	echo_works(addr);
	echo_works(addr);
	pause_ms(1500L);
	step("syslogd is back");
	syslog_open();
	end = clock_ms() + patience(10000L);
	while (syslog_sum(name) < 5L && clock_ms() < end)
		pause_ms(20L);
	want_num("lines heard and lines told to be lost", 5L, syslog_sum(name));
	kill((pid_t)pid, SIGTERM);
	wait_gone(pid);
}

/*
 * In the foreground, without a syslogd, lines of -l go to standard error; and
 * to syslogd alone as soon as there is one.
 */
static void
test_syslog_none(void)
{
	int n;

	if (devlog == 0)
		skip("needs -L path and a plug built with that PATH_LOG");
	if (has(" TINY") || !has("log by datagrams"))
		leave_out();
	noisy = 1;
	echo_behind(&addr, &behind);
	plug_logging("-l");
	wait_text(plug_err(), f1("%sPlugdaemon started.\n", tag()));
	echo_works(addr);
	wait_text(plug_err(), f2("%sConnect from 127.0.0.1 to %s\n", tag(),
	    host_of(behind)));
	wait_text(plug_err(), f1("%sComplete.\n", tag()));
	n = count_lines(read_file(plug_err()));
	want_num("lines on standard error", 3L, (long)n);
	step("a syslogd");
	syslog_open();
	pause_ms(1100L);		/* it is looked for once a second */
	echo_works(addr);
	want_heard("Complete.");
	want_num("lines heard", 2L, (long)count_lines(heard));
	want_num("lines on standard error", (long)n,
	    (long)count_lines(read_file(plug_err())));
	step("it ends");
	close(devlog_fd);
	unlink(devlog);
	echo_works(addr);
	n += 2;
	want_num("lines on standard error", (long)n,
	    (long)count_lines(wait_lines(plug_err(), n)));
}

/* The client of a session that has reached nothing is told, once. */
static void
test_syslog_client(void)
{
	char *port;
	int fd, lfd;

	if (!has(", roll"))
		leave_out();
	noisy = 1;
	syslog_open();
	behind = new_addr();
	lfd = black_hole(behind);
	if (lfd < 0)
		skip("this system's queues cannot be filled");
	plug_logging("-l -C 1");
	fd = connect_from("127.0.0.9", addr);
	port = own_port(fd);
	expect_end(fd);
	close(fd);
	close(lfd);
	want_heard(f1("Complete, status=2. client=127.0.0.9:%s", port));
	lfd = listen_on(behind);
	fd = connect_from("127.0.0.9", addr);
	close(accept_from(lfd));
	want_heard(f1("Connect from 127.0.0.9 to %s", host_of(behind)));
	expect_eof(fd);
	close(fd);
	want_heard("Complete.");
}

/* One session of -ll: 4 bytes there and back, and the two lines that join. */
static void
joined(int number)
{
	char *mark, *port;
	int fd;

	fd = connect_from("127.0.0.9", addr);
	port = own_port(fd);
	mark = f2(" port=%s session=%s", port, num((long)number));
	send_text(fd, "ping");
	recv_text(fd, "ping");
	want_heard(f3("Connect from %s to %s%s", "127.0.0.9",
	    host_of(behind), mark));
	half_close(fd);
	expect_eof(fd);
	close(fd);
	want_begun(f4("Complete.%s client=127.0.0.9:%s target=%s in=4 out=4%s",
	    mark, port, behind, " duration="));
}

static void
test_syslog_joined(void)
{
	char *port;
	int fd, i;

	if (!has(", roll"))
		leave_out();
	if (mode == M_WORKERS && !has(" on shared memory"))
		leave_out();
	noisy = 1;
	syslog_open();
	echo_behind(&addr, &behind);
	plug_logging("-ll");
	for (i = 1; i <= 8; i++)
		joined(i);
	step("one that reaches nothing");
	behind = new_addr();
	if (black_hole(behind) < 0)
		skip("this system's queues cannot be filled");
	plug_logging("-nll -C 1");
	fd = connect_from("127.0.0.9", addr);
	port = own_port(fd);
	expect_end(fd);
	close(fd);
	want_begun(f4("Complete, status=2. port=%s session=1 client=%s:%s %s",
	    port, "127.0.0.9", port,
	    f1("target=%s in=0 out=0 duration=", behind)));
	step("the long name");
	if (lacks("--log"))
		return;
	echo_behind(&addr, &behind);
	plug_logging("--log=2");
	joined(1);
}

/* -l twice, in two words or apart, is -l. */
static void
test_syslog_twice(void)
{
	static char *words[] = { "-l -l", "-lnl", "--log -l", "--log=1", 0 };
	int i;

	if (!has(", roll"))
		leave_out();
	syslog_open();
	for (i = 0; words[i] != 0; i++) {
		step(words[i]);
		if (lacks("--log") && words[i][1] == '-')
			continue;
		echo_behind(&addr, &behind);
		plug_logging(words[i]);
		echo_works(addr);
		want_heard(f1("Connect from 127.0.0.1 to %s",
		    host_of(behind)));
		want_heard("Complete.");
	}
}

/* The lines of this process, and how many they are in *n. */
static char *
heard_of(int pid, int *n)
{
	static char all[16000];
	char line[2000];
	char *mark;
	long len;

	all[0] = 0;
	*n = 0;
	mark = f1("[%s]: ", num((long)pid));
	while ((len = (long)recv(devlog_fd, line, sizeof line - 2, 0)) > 0) {
		line[len] = 0;
		if (strstr(line, mark) == 0 || strlen(all) + (size_t)len > 15000)
			continue;
		strcat(strcat(all, strstr(line, mark) + strlen(mark)), "\n");
		++*n;
	}
	return all;
}

/* inetd(8): words of -I with this descriptor 0 and room for few others. */
static void
inetd_run(int fd, char *words, int *pid)
{
	char *argv[32];

	argv[0] = plug_path;
	split(words, argv + 1, 31);
	spawn_stdin = fd;
	spawn_nofile = 24L;
	*pid = spawn(argv, "inetd.out", "inetd.err");
}

/*
 * -I: a session has the two lines of any other, and no limit of many sessions
 * is spoken of; a descriptor that is no connection is told.
 */
static void
test_syslog_inetd(void)
{
	char *text;
	int lfd, client, fd, pid, n;

	syslog_open();
	echo_behind(&addr, &behind);
	addr = new_addr();
	lfd = listen_on(addr);
	client = connect_to(addr);
	fd = accept_from(lfd);
	inetd_run(fd, f1("-I -l %s", behind), &pid);
	close(fd);
	send_text(client, "to inetd");
	recv_text(client, "to inetd");
	half_close(client);
	expect_eof(client);
	want_num("exit status", 0L, (long)wait_exit(pid, 5000L));
	text = heard_of(pid, &n);
	want_in("the first line", f1(": Connect from 127.0.0.1 to %s\n", host_of(behind)), text);
	want_in("the second line", ": Complete.\n", text);
	if (n != 2)
		fail("two lines", text);
	inetd_run(sock_new(), f1("-I -l %s", behind), &pid);
	want_num("exit status of a socket without a peer", 3L, (long)wait_exit(pid, 5000L));
	want_in("the reason", ": getpeername: ", heard_of(pid, &n));
	want_text("what a terminal was told", "",
	    f2("%s%s", read_file("inetd.out"), read_file("inetd.err")));
}

struct test tests_log[] = {
	{ "line", "a session line is not what scripts read", test_line, 0 },
	{ "every", "session lines are lost or mixed", test_every, 0 },
	{ "failed", "a failed session has no line", test_failed, 0 },
	{ "counts", "the counters are wrong", test_counts, 0 },
	{ "via", "with -h the session line names the proxy", test_via, 0 },
	{ "stdout", "-S - is not standard output in the foreground", test_stdout, 0 },
	{ "moved", "a log that was moved away is written on", test_moved, 0 },
	{ "mode", "the log has the wrong mode", test_mode, 0 },
	{ "append", "a log is overwritten", test_append, 0 },
	{ "unwritable", "a log that cannot be opened is no error", test_unwritable, 0 },
	{ "full", "a full disk stops traffic", test_full, 0 },
	{ "stuck_pipe", "a pipe that nobody reads stops traffic, or lost lines are not counted",
	    test_stuck_pipe, 0 },
	{ "largest", "a session log that can't grow ends plug", test_largest, 0 },
	{ "half", "half a line that someone left swallows a whole one", test_half, 0 },
	{ "cut", "a line that is cut is told with another reason, or swallows the next",
	    test_cut, 0 },
	{ "symlink", "root is led by a symbolic link to write on another's file",
	    test_symlink, 0 },
	{ "fifo", "a FIFO as session log hangs plug or loses lines", test_fifo, 0 },
	{ "stuck_master", "a line of the master is its children's too", test_stuck_master, 0 },
	{ "broken_pipe", "a pipe without a reader ends plug", test_broken_pipe, 0 },
	{ "syslog", "syslog's lines are not 2.5.5's", test_syslog, 0 },
	{ "syslog_failed", "a failed session is complete", test_syslog_failed, 0 },
	{ "syslog_refused", "a refused client is not told, or floods", test_syslog_refused, 0 },
	{ "syslog_stopped", "a stopped syslogd delays traffic, or lost lines are not counted",
	    test_syslog_stopped, 0 },
	{ "syslog_inetd", "-I talks of limits that it has not, or hides its trouble",
	    test_syslog_inetd, 0 },
	{ "syslog_back", "lines that were lost are not told before the next line",
	    test_syslog_back, 0 },
	{ "syslog_none", "-n without a syslogd loses the lines of -l",
	    test_syslog_none, 0 },
	{ "syslog_client", "whose session reached nothing is not told", test_syslog_client, 0 },
	{ "syslog_joined", "the lines of -ll can't be joined", test_syslog_joined, 0 },
	{ "syslog_twice", "-l twice is taken for -ll", test_syslog_twice, 0 },
	{ "syslog_again", "a new syslogd hears nothing", test_syslog_again, 0 },
	{ 0, 0, 0, 0 }
};

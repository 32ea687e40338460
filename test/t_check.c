/*
 * t_check.c: probes of targets, -H.
 */
#include "live.h"

static char *addr;		/* plug's source */
static struct result r;

/* Plug with these options, and behind A's address this, with B's in it. */
static int
plug_on(char *options, char *behind)
{
	noisy = 1;
	return start_plug(f4("%s %s %s%s", options, addr, named[0], behind));
}

static char
ask(void)
{
	char name;
	int fd;

	fd = connect_to(addr);
	name = recv_line(fd)[0];
	let_go(fd);
	return name;
}

/* So many clients all find this target. */
static void
all_find(char *name, int n)
{
	char got[2];

	for (got[1] = 0; n > 0; n--) {
		got[0] = ask();
		want_text("the target", name, got);
	}
}

/* Somebody finds this target within some seconds. */
static void
some_find(char name)
{
	long end;

	end = clock_ms() + patience(10000L);
	while (clock_ms() < end) {
		if (ask() == name)
			return;
		pause_ms(20L);
	}
	fail("a client at the target that came back", "none");
}

/* Plug says so of a target; how long it had lived only where that is known. */
static void
want_said(char *target, char *what)
{
	char *s, *end;

	s = f2("target %s%s", target, what);
	end = strstr(s, ", it ");
	if (end != 0 && lacks("-s"))
		*end = 0;
	wait_text(plug_err(), s);
}

/* How many deaths of targets it has told. */
static long
deaths(void)
{
	char *s;

	s = read_file(plug_err());
	return (long)(count_in(" target ", s) - count_in(" is back", s));
}

/* Without any client a target's death is seen, and its return. */
static void
test_returns(void)
{
	addr = targets_new("AB");
	plug_on("-H 1", f1(" %s", named[1]));
	pause_ms(500L);
	target_down(1);
	want_said(named[1], ": Connection refused, it had lived ");
	all_find("A", 6);
	target_up(1);
	want_said(named[1], " is back, it was dead for ");
	some_find('B');
	want_num("deaths", 1L, deaths());
}

/* The kernel accepts for a program that is stopped. */
static void
test_stopped(void)
{
	addr = targets_new("AB");
	start_plug(f4("-H 1 -C 1 -r 1 %s %s,send=PING,expect=A %s%s", addr, named[0],
	    named[1], ",expect=B\\n,send=\\x50ING\\r\\n"));
	noisy = 1;
	some_find('B');
	kill((pid_t)named_pid[1], SIGSTOP);
	want_said(named[1], ": no answer in time, it had lived ");
	all_find("A", 8);
	step("-r is no reason to try it");
	pause_ms(1500L);
	all_find("A", 4);
	kill((pid_t)named_pid[1], SIGCONT);
	want_said(named[1], " is back, it was dead for ");
	some_find('B');
	want_text("A was well", "", strstr(read_file(plug_err()),
	    f1("target %s", named[0])) == 0 ? "" : read_file(plug_err()));
}

/* One that answers, but not as it should; and clients go where they can. */
static void
test_wrong_answer(void)
{
	addr = targets_new("AB");
	plug_on("-H 1", f1(",expect=B %s,expect=A", named[1]));
	want_said(named[0], ": not the expected answer, it had lived ");
	want_said(named[1], ": not the expected answer, it had lived ");
	step("all are dead, and all are tried");
	some_find('A');
	some_find('B');
	want_num("no handshake brings them back", 0L,
	    (long)count_in("is back", read_file(plug_err())));
}

/* The next probe at a listener of the test's own, which says this and ends. */
static void
answer(int lfd, char *text)
{
	int fd;

	fd = accept_from(lfd);
	if (*text != 0)
		send_text(fd, text);
	half_close(fd);
	expect_end(fd);
	close(fd);
}

/* One bad probe kills nobody, one good one saves nobody. */
static void
test_in_a_row(void)
{
	int lfd, i;

	noisy = 1;
	addr = new_addr();
	named[0] = new_addr();
	lfd = listen_on(named[0]);
	start_plug(f2("-H 1 %s %s,expect=O\\x4b", addr, named[0]));
	for (i = 0; i < 2; i++) {
		answer(lfd, "OK, and more");
		answer(lfd, "O");
	}
	want_text("nothing said", "", read_file(plug_err()));
	answer(lfd, "");
	want_said(named[0], ": closed without the expected answer, it had lived ");
	answer(lfd, "OK");
	answer(lfd, "NO");
	answer(lfd, "OK");
	want_num("still dead", 0L, (long)count_in("is back", read_file(plug_err())));
	answer(lfd, "OK");
	want_said(named[0], " is back");
}

/* What is said, in which order, and that a client's session is none of it. */
static void
test_words(void)
{
	int lfd, fd;

	if (lacks("-X"))
		return;
	addr = new_addr();
	named[0] = new_addr();
	lfd = listen_on(named[0]);
	start_plug(f2("-X -H 1 %s %s,send=A\\,B\\\\\\101\\n,expect=yes", addr, named[0]));
	fd = accept_from(lfd);
	recv_text(fd, "PROXY UNKNOWN\r\nA,B\\A\n");
	send_text(fd, "ye");
	expect_quiet(fd, 200L);
	send_text(fd, "s");
	expect_eof(fd);
	close(fd);
}

/* These bytes and no others, so far. */
static void
recv_bytes(int fd, char *bytes, long n)
{
	char buf[64];

	recv_exact(fd, buf, n);
	want(memcmp(buf, bytes, (size_t)n) == 0, "other bytes");
}

/* Zero bytes are said and expected; and what is expected may be nothing. */
static void
test_zeros(void)
{
	int lfd, fd, n;

	addr = new_addr();
	named[0] = new_addr();
	lfd = listen_on(named[0]);
	noisy = 1;
	start_plug(f2("-H 1 %s %s,send=\\0a\\x00\\0,expect=\\0\\0b", addr, named[0]));
	for (n = 0; n < 2; n++) {
		fd = accept_from(lfd);
		recv_bytes(fd, "\0a\0\0", 4L);
		send_all(fd, n == 0 ? "\0\0c" : "\0\0b", 3L);
		expect_eof(fd);
		close(fd);
	}
	want_text("one bad answer", "", read_file(plug_err()));
	for (n = 0; n < 2; n++) {
		fd = accept_from(lfd);
		recv_bytes(fd, "\0a\0\0", 4L);
		send_all(fd, "\0", 1L);
		expect_quiet(fd, 100L);
		send_all(fd, "\1", 1L);
		expect_eof(fd);
		close(fd);
	}
	want_said(named[0], ": not the expected answer");
	named[1] = new_addr();
	lfd = listen_on(named[1]);
	start_plug(f2("-H 1 %s %s,expect=", new_addr(), named[1]));
	for (n = 0; n < 3; n++) {
		fd = accept_from(lfd);
		expect_quiet(fd, n == 0 ? 300L : 0L);
		if (n == 0)
			send_all(fd, "\0", 1L);
		else
			half_close(fd);
		expect_eof(fd);
		close(fd);
	}
	want_said(named[1], ": closed without the expected answer");
}

/* The probe has ended its stream, and takes a banner that comes then. */
static void
ends_well(int fd)
{
	expect_eof(fd);
	send_text(fd, "220 late\r\n");
	pause_ms(100L);
	send_text(fd, "and more");
	close(fd);
}

/* A probe ends with FIN, so that no server counts it as one that broke off. */
static void
test_ends(void)
{
	int lfd[3], fd, i;

	noisy = 1;
	addr = new_addr();
	for (i = 0; i < 3; i++)
		lfd[i] = listen_on(named[i] = new_addr());
	start_plug(f4("-H 3 %s %s %s,expect=S %s,expect=S", addr, named[0],
	    named[1], named[2]));
	step("a handshake was enough");
	ends_well(accept_from(lfd[0]));
	step("the right answer");
	fd = accept_from(lfd[1]);
	send_text(fd, "SSH-2.0-x\r\n");
	ends_well(fd);
	step("a wrong one");
	fd = accept_from(lfd[2]);
	send_text(fd, "220 x\r\n");
	ends_well(fd);
}

/* The same, of those that are under way when the file is read again. */
static void
test_ends_reload(void)
{
	int lfd, fd, plug;

	if (lacks("-c"))
		return;
	noisy = 1;
	addr = new_addr();
	lfd = listen_on(named[0] = new_addr());
	write_file("conf", f2("-H 3600 %s %s,expect=S\n", addr, named[0]));
	plug = start_plug("-c conf");
	fd = accept_from(lfd);
	expect_quiet(fd, 300L);
	kill((pid_t)plug, SIGHUP);
	ends_well(fd);
}

/* One that talks on, or does not end, holds a probe for a while only. */
static void
test_ends_late(void)
{
	static char zeros[8192];
	int lfd, fd;
	long end;

	noisy = 1;
	addr = new_addr();
	lfd = listen_on(named[0] = new_addr());
	start_plug(f2("-H 3600 -C 1 %s %s", addr, named[0]));
	fd = accept_from(lfd);
	expect_eof(fd);
	end = clock_ms() + patience(10000L);
	while (send_some(fd, "late", 4L) >= 0) {
		want(clock_ms() < end, "a reset behind -C");
		pause_ms(50L);
	}
	close(fd);
	step("more than it takes");
	addr = new_addr();
	lfd = listen_on(named[0] = new_addr());
	start_plug(f2("-H 3600 -C 600 %s %s", addr, named[0]));
	fd = accept_from(lfd);
	end = clock_ms() + patience(10000L);
	while (send_some(fd, zeros, 8192L) >= 0) {
		want(clock_ms() < end, "a reset behind 64 KB");
		pause_ms(1L);
	}
	close(fd);
}

/* Many that do not end leave room for those that follow. */
static void
test_ends_room(void)
{
	char *line;
	int lfd[20], fd[20], i;

	noisy = 1;
	line = f1("-H 1 -C 600 %s", addr = new_addr());
	for (i = 0; i < 20; i++) {
		named[0] = new_addr();
		lfd[i] = listen_on(named[0]);
		line = f2("%s %s", line, named[0]);
	}
	start_plug(line);
	for (i = 0; i < 20; i++)
		fd[i] = accept_from(lfd[i]);
	for (i = 0; i < 40; i++)
		close(accept_from(lfd[i % 20]));
	for (i = 0; i < 20; i++)
		close(fd[i]);
}

/* Probes go to another port or address, and tell of the target. */
static void
test_elsewhere(void)
{
	char *other, *how[2];
	int lfd, i;

	for (i = 0; i < 2; i++) {
		addr = targets_new("AB");
		other = new_addr();
		how[0] = f1("check=%s", other);
		how[1] = f1("check=%s", port_of(other));
		lfd = listen_on(other);
		plug_on("-H 1", f2(",expect=O,%s %s", how[i], named[1]));
		answer(lfd, "OK");
		all_find("A", 1);
		answer(lfd, "NO");
		answer(lfd, "");
		want_said(named[0], ": closed without the expected answer");
		step("connects prove nothing");
		all_find("B", 4);
		answer(lfd, "OK");
		answer(lfd, "OK");
		want_said(named[0], " is back");
		some_find('A');
		step("nobody there");
		close(lfd);
		want_said(named[0], ": Connection refused");
	}
}

/*
 * A target without a port is probed where check= says, and can die of that;
 * a plug beside it has no probes.
 */
static void
test_elsewhere_portless(void)
{
	char *other;

	if (lacks("-c"))
		return;
	noisy = 1;
	other = new_addr();
	write_file("conf", f4("%s 127.0.0.1:9\n-H 1 %s:20011-%s 127.0.0.9,check=%s\n",
	    new_addr(), home_addr(), "20012", other));
	start_plug("-c conf");
	want_said("127.0.0.9:20011", ": Connection refused");
}

/* So they do through the proxy, with the line of -X. */
static void
test_elsewhere_via(void)
{
	char *proxy, *other;
	int lfd, fd;

	if (lacks("-h") || lacks("-X"))
		return;
	noisy = 1;
	addr = new_addr();
	named[0] = new_addr();
	proxy = new_addr();
	other = new_addr();
	lfd = listen_on(other);
	start_peer(f1("%s proxy", proxy));
	start_plug(f4("-H 1 -X -h %s %s %s,check=%s,expect=yes", proxy, addr, named[0],
	    other));
	fd = accept_from(lfd);
	recv_text(fd, "PROXY UNKNOWN\r\n");
	send_text(fd, "no!");
	expect_eof(fd);
	close(fd);
	close(accept_from(lfd));
	want_said(named[0], ": ");
}

/* A session that stays, at this target. */
static int
hold(char *name)
{
	int fd;

	fd = connect_to(addr);
	recv_text(fd, f1("%s\n", name));
	return fd;
}

/* Sessions of a target with cut end when its probes take it out. */
static void
cut_in(char *how)
{
	char *other;
	int lfd, a, b;

	step(how);
	addr = targets_new("AB");
	other = new_addr();
	lfd = listen_on(other);
	plug_on(f1("-o -H 1 %s", how), f2(",cut,expect=O,check=%s %s,cut", other,
	    named[1]));
	answer(lfd, "OK");
	a = hold("A");
	answer(lfd, "NO");
	expect_quiet(a, 100L);
	answer(lfd, "NO");
	expect_reset(a);
	close(a);
	want_said(named[0], ": not the expected answer");
	b = hold("B");
	answer(lfd, "OK");
	answer(lfd, "OK");
	want_said(named[0], " is back");
	a = hold("A");
	answer(lfd, "OK");
	expect_quiet(a, 1500L);
	expect_quiet(b, 0L);
	let_go(a);
	let_go(b);
}

static void
test_cut(void)
{
	cut_in("");
	if (mode == M_SINGLE && !lacks("-F"))
		cut_in("-F");
	if (mode == M_SINGLE && !lacks("-w") && has(" on shared memory"))
		cut_in("-w 2");
}

/* HUP changes where a target is probed; its sessions go on, and can be cut. */
static void
test_elsewhere_reload(void)
{
	char *other[2];
	int lfd[2], plug, a, i;

	if (lacks("-c"))
		return;
	noisy = 1;
	addr = targets_new("A");
	for (i = 0; i < 2; i++)
		lfd[i] = listen_on(other[i] = new_addr());
	write_file("conf", f3("-H 1 %s %s,cut,check=%s\n", addr, named[0], other[0]));
	plug = start_plug("-c conf");
	close(accept_from(lfd[0]));
	a = hold("A");
	write_file("conf", f3("-H 1 %s %s,cut,check=%s\n", addr, named[0], other[1]));
	kill((pid_t)plug, SIGHUP);
	close(accept_from(lfd[1]));
	close(lfd[0]);
	for (i = 0; i < 2; i++)
		close(accept_from(lfd[1]));
	expect_quiet(a, 0L);
	close(lfd[1]);
	expect_reset(a);
	close(a);
	want_said(named[0], ": Connection refused");
}

/* Probes go through the proxy; what is the proxy's fault is not the target's. */
static void
test_via(void)
{
	char *proxy;
	int via;

	noisy = 1;
	addr = new_addr();
	named[0] = new_addr();
	proxy = new_addr();
	target_up(0);
	via = start_peer(f1("%s proxy", proxy));
	start_plug(f3("-H 1 -h %s %s %s,expect=A", proxy, addr, named[0]));
	pause_ms(2500L);
	want_text("nothing said", "", read_file(plug_err()));
	target_down(0);
	want_said(named[0], ": proxy answered 50");
	target_up(0);
	want_said(named[0], " is back");
	step("the proxy is away");
	kill((pid_t)via, SIGKILL);
	wait_exit(via, 5000L);
	pause_ms(3500L);
	want_num("the target's deaths", 1L, deaths());
}

/* One that nobody answers for costs a probe its time, and clients nothing. */
static void
test_black_hole(void)
{
	char *hole;
	long t;
	int i;

	noisy = 1;
	addr = new_addr();
	named[0] = new_addr();
	target_up(0);
	hole = new_addr();
	black_hole(hole);
	start_plug(f3("-o -H 1 -C 1 %s %s,backup %s", addr, named[0], hole));
	want_said(hole, ": Connection timed out, it had lived ");
	t = clock_ms();
	for (i = 0; i < 50; i++)
		all_find("A", 1);
	want(clock_ms() - t < patience(5000L), "50 clients within 5 s");
}

/* A probe is no session, and children and new workers don't have it open. */
static void
test_alone(void)
{
	int lfd, fd, client;

	addr = new_addr();
	named[0] = new_addr();
	named[1] = new_addr();
	target_up(0);
	lfd = listen_on(named[1]);
	start_plug(f3("-H 1 -C 2 -m 1 %s %s %s,expect=x,drain", addr, named[0], named[1]));
	noisy = 1;
	fd = accept_from(lfd);
	client = connect_to(addr);
	recv_text(client, "A\n");
	expect_end(fd);
	close(fd);
	close(client);
}

/* -c: HUP changes what is probed, and keeps what is known. */
static void
test_reload(void)
{
	int plug;

	if (lacks("-c"))
		return;
	noisy = 1;
	addr = targets_new("AB");
	write_file("conf", f4("-H 1 %s %s,expect=A %s%s\n", addr, named[0], named[1],
	    ",expect=A"));
	plug = start_plug("-c conf");
	want_said(named[1], ": not the expected answer");
	write_file("conf", f4("-H 1 %s %s,expect=A %s%s\n", addr, named[0], named[1],
	    ",expect=\"B\"'\\n'"));
	kill((pid_t)plug, SIGHUP);
	want_said(named[1], " is back");
	some_find('B');
	write_file("conf", f3("%s %s %s\n", addr, named[0], named[1]));
	kill((pid_t)plug, SIGHUP);
	pause_ms(300L);
	target_down(1);
	pause_ms(2500L);
	want_num("probes after they were taken away", 1L, deaths());
}

static char *wrongs[] = {
	"-H 0 80 1.2.3.4", "-H x 80 1.2.3.4", "-H 31536001 80 1.2.3.4",
	"-H 1 80 1.2.3.4,send=", "-H 1 80 1.2.3.4,send",
	"-H 1 80 1.2.3.4,expect", "-H 1 80 1.2.3.4,send=a,b",
	"-H 1 -I 1.2.3.4:80", "-H 1 80 1.2.3.4,check=1.2.3.4",
	"-H 1 80 1.2.3.4,check=0", "-H 1 80-90 1.2.3.4,check=99",
	"-H 1 80 1.2.3.4,cut=1", "-H 1 80 1.2.3.4,check=127.0.0.1:80", 0
};

static void
test_wrong(void)
{
	int i;

	for (i = 0; wrongs[i] != 0; i++) {
		run_words(wrongs[i], &r);
		want_num(wrongs[i], 5L, (long)r.status);
		want_num("lines", 1L, (long)count_lines(r.err));
	}
}

struct test tests_check[] = {
	{ "returns", "without clients nobody sees a target die or return", test_returns, 0 },
	{ "stopped", "a program that is stopped gets clients", test_stopped, 0 },
	{ "wrong_answer", "a target that talks nonsense gets clients", test_wrong_answer, 0 },
	{ "in_a_row", "one probe decides", test_in_a_row, 0 },
	{ "words", "a probe says or expects something else", test_words, 0 },
	{ "zeros", "a probe can't say or expect zero bytes, or anything", test_zeros, 0 },
	{ "ends", "a probe resets a target that answers", test_ends, 0 },
	{ "ends_reload", "a reload resets a target that is being probed", test_ends_reload, 0 },
	{ "ends_late", "a target that does not end holds a probe for ever", test_ends_late, 0 },
	{ "ends_room", "targets that do not end their probes keep others from being probed", test_ends_room, 0 },
	{ "elsewhere", "check= is not where probes go, or tells of another target", test_elsewhere, 0 },
	{ "elsewhere_portless", "a target without a port never dies of check=",
	    test_elsewhere_portless, 0 },
	{ "elsewhere_via", "check= goes past the proxy", test_elsewhere_via, 0 },
	{ "elsewhere_reload", "a reload does not change check=, or loses cut", test_elsewhere_reload, 0 },
	{ "cut", "a target that is out keeps its sessions", test_cut, 0 },
	{ "via", "probes go past the proxy, or blame the target for it", test_via, 0 },
	{ "black_hole", "a probe that hangs delays clients", test_black_hole, 0 },
	{ "alone", "a probe counts as a session, or is held by a child", test_alone, 0 },
	{ "reload", "a reload loses the probes, or keeps old ones", test_reload, 0 },
	{ "wrong", "nonsense about probes is taken", test_wrong, 0 },
	{ 0, 0, 0, 0 }
};

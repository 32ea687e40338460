/*
 * t_targets.c: which target serves a client, and what a client notices when
 * one fails: nothing, as long as any is left.
 */
#include "live.h"

#define MB 1048576L

static char *addr;		/* plug's source */
static char buf[262144];

/* Plug in front of the first n of them; its pid. */
static int
plug_on(char *options, int n)
{
	return start_plug(f4("%s %s %s", options, addr,
	    f3(n == 1 ? "%s" : n == 2 ? "%s %s" : "%s %s %s", named[0], named[1], named[2]), ""));
}

static int
ask(void)
{
	return ask_from((char *)0, addr);
}

/* Each of the clients asks for A, B, C in turn; workers have a turn each. */
static void
test_cycle(void)
{
	char *s;
	int i;

	addr = targets_new("ABC");
	plug_on("", 3);
	s = ask_many(addr, 30);
	for (i = 0; i < 3; i++)
		if (count_of('A' + i, s) < 8)
			fail("every target in turn", s);
	for (i = 1; i < 30 && mode != M_WORKERS; i++)
		if ((s[i] - s[i - 1] + 3) % 3 != 1)
			fail("A, B, C in turn", s);
}

static void
test_first(void)
{
	addr = targets_new("AB");
	plug_on("-o", 2);
	want_text("-o", "AAAAAA", ask_many(addr, 6));
	addr = new_addr();
	plug_on("-b first", 2);
	want_text("-b first", "AAAAAA", ask_many(addr, 6));
}

/* With one of three dead the others share. */
static void
test_dead_middle(void)
{
	char *s;

	noisy = 1;
	addr = targets_new("AC");
	plug_on("-b cycle", 3);
	s = ask_many(addr, 20);
	want_num("sessions of the dead target", 0L, (long)count_of('B', s));
	if (count_of('A', s) < 7 || count_of('C', s) < 7)
		fail("the living ones in turn", s);
}

static void
test_dead_first(void)
{
	long t;

	noisy = 1;
	addr = targets_new("B");
	plug_on("", 2);
	t = clock_ms();
	want_text("cycle", "BBBBBBBBBBBBBBBBBBBB", ask_many(addr, 20));
	addr = new_addr();
	plug_on("-o", 2);
	want_text("-o", "BBBBBBBBBBBBBBBBBBBB", ask_many(addr, 20));
	want(clock_ms() - t < patience(3000L), "no delay by a dead target");
}

/* The line of a death tells how long the target had lived: since the start. */
static void
test_lived(void)
{
	long since;
	char *s;

	if (lacks("-s"))
		return;
	noisy = 1;
	addr = targets_new("B");
	since = clock_ms();
	plug_on("-o", 2);
	want_text("a client", "B", ask_many(addr, 1));
	wait_text(plug_err(), "it had lived ");
	s = strstr(read_file(plug_err()), "it had lived ");
	want(atol(s + 13) <= (clock_ms() - since) / 1000L + 1L,
	    "no more seconds than since the start");
}

/* Without -r a dead target stays dead while another lives. */
static void
test_stays_dead(void)
{
	noisy = 1;
	addr = targets_new("B");
	plug_on("-o", 2);
	want_text("while A is down", "B", ask_many(addr, 1));
	target_up(0);
	want_text("after A came back, without -r", "BBBBBB", ask_many(addr, 6));
	step("B dies, so that all are dead");
	target_down(1);
	want_text("the same session", "A", ask_many(addr, 1));
	want_text("the next ones", "AAAA", ask_many(addr, 4));
}

/* Everybody dead, then one is back: the next client is served. */
static void
test_all_dead(void)
{
	int i;

	noisy = 1;
	addr = targets_new("");
	plug_on("", 3);
	for (i = 0; i < 4; i++)
		expect_turned_away((char *)0, addr);
	target_up(2);
	want_text("the only one", "CCCC", ask_many(addr, 4));
}

/* A client who finds nobody is told soon, also with bytes under way. */
static void
test_none(void)
{
	long t;
	long n;
	unsigned long sum;
	int fd;

	noisy = 1;
	addr = targets_new("");
	plug_on("", 3);
	t = clock_ms();
	expect_turned_away((char *)0, addr);
	fd = connect_rude((char *)0, addr);
	if (fd >= 0) {
		send_some(fd, buf, 100000L);
		read_end(fd, &n, &sum);
		want_num("bytes from nobody", 0L, n);
	}
	want(clock_ms() - t < patience(5000L), "an end within 5 s");
}

/* -r: the dead one is tried again when its time has come, and not before. */
static void
test_retry(void)
{
	char *who;
	long t;

	noisy = 1;
	addr = targets_new("B");
	plug_on("-o -r 3", 2);
	want_text("while A is down", "B", ask_many(addr, 1));
	t = clock_ms();
	target_up(0);
	while (clock_ms() - t < 2000) {
		who = ask_many(addr, 1);
		/* a slow machine may be past it by now */
		if (clock_ms() - t < 2800)
			want_text("before -r", "B", who);
	}
	t = clock_ms() - t;
	pause_ms(t < 3500L ? 3500L - t : 0L);
	want_text("after -r", "AAAA", ask_many(addr, 4));
}

/* -r 0: no waiting at all, every session tries. */
static void
test_retry_zero(void)
{
	noisy = 1;
	addr = targets_new("B");
	plug_on("-o -r 0", 2);
	want_text("while A is down", "BB", ask_many(addr, 2));
	target_up(0);
	pause_ms(20L);
	want_text("A is back", "AA", ask_many(addr, 2));
}

/* Clients that are through at last; in the order given. */
static int
answered(int *fd, int n)
{
	int i;
	int k;

	for (i = k = 0; i < n; i++)
		if (wait_fd(fd[i], POLLIN, 0L) != 0)
			k++;
	return k;
}

/* A hole costs -C seconds once, and after -r one session at a time. */
static void
test_one_trial(void)
{
	int fd[6];
	int i;

	noisy = 1;
	addr = targets_new("B");
	if (black_hole(named[0]) < 0)
		skip("this system's queues cannot be filled");
	plug_on("-o -C 4 -r 1", 2);
	want_text("behind the hole", "B", ask_many(addr, 1));
	pause_ms(1300L);
	for (i = 0; i < 6; i++)
		fd[i] = connect_to(addr);
	pause_ms(1500L);
	want_num("clients that need not wait", 5L, (long)answered(fd, 6));
	for (i = 0; i < 6; i++)
		want_text("name", "B", recv_line(fd[i]));
}

static void
test_black_hole(void)
{
	long t;

	noisy = 1;
	addr = targets_new("B");
	if (black_hole(named[0]) < 0)
		skip("this system's queues cannot be filled");
	plug_on("-o -C 2", 2);
	t = clock_ms();
	want_text("the first client", "B", ask_many(addr, 1));
	t = clock_ms() - t;
	if (t < 1800 || t > 2000 + patience(3000L))
		fail("-C's 2000 ms", f1("%s ms", num(t)));
	t = clock_ms();
	want_text("the others", "BBBBB", ask_many(addr, 5));
	want(clock_ms() - t < patience(1500L), "no delay for the others");
}

/*
 * STICKY CLIENTS
 */

#define CLIENTS 6

static void
test_sticky(void)
{
	char first[CLIENTS + 1];
	int i;

	addr = targets_new("ABC");
	plug_on("-f", 3);
	strcpy(first, ask_all(addr, CLIENTS));
	for (i = 0; i < 3; i++)
		if (mode != M_WORKERS && count_of('A' + i, first) != 2)
			fail("new clients spread by turns", first);
	for (i = 0; i < 4; i++) {
		ask_from(f1("127.0.1.%s", num((long)i + 1)), addr);
		want_text("the same targets", first, ask_all(addr, CLIENTS));
	}
}

/* Without -f nobody is remembered, with -t 0 neither. */
static void
test_not_sticky(void)
{
	addr = targets_new("AB");
	plug_on("", 2);
	if (count_of('A', ask_many(addr, 8)) == 8)
		fail("turns without -f", "AAAAAAAA");
	addr = new_addr();
	plug_on("-f -t 0", 2);
	if (count_of(ask(), ask_many(addr, 8)) == 8)
		fail("turns with -t 0", "always the same");
}

static void
test_sticky_time(void)
{
	char first[CLIENTS + 1];
	char *s;

	addr = targets_new("ABC");
	plug_on("-f -t 1", 3);
	strcpy(first, ask_all(addr, CLIENTS));
	ask_from("127.0.1.1", addr);
	pause_ms(2300L);
	s = ask_all(addr, CLIENTS);
	if (strcmp(s, first) == 0)
		fail("other targets after -t", f1("%s again", first));
}

/* -t counts from the last connection, not from the first. */
static void
test_sticky_renewed(void)
{
	char first;
	int i;

	addr = targets_new("ABC");
	plug_on("-f -t 3", 3);
	first = ask_from(client_addr(0), addr);
	for (i = 0; i < 5; i++) {
		pause_ms(1000L);
		ask_from(f1("127.0.1.%s", num((long)i + 1)), addr);
		want_num("the same target", (long)first, (long)ask_from(client_addr(0), addr));
	}
}

/* A client whose target dies moves, and stays where it moved. */
static void
test_sticky_moves(void)
{
	char first;
	char other;
	int i;

	noisy = 1;
	addr = targets_new("ABC");
	plug_on("-f -r 1", 3);
	first = ask_from(client_addr(0), addr);
	target_down(first - 'A');
	other = ask_from(client_addr(0), addr);
	want(other != first, "another target");
	target_up(first - 'A');
	pause_ms(1300L);
	for (i = 0; i < 6; i++) {
		ask();
		want_num("the new target", (long)other, (long)ask_from(client_addr(0), addr));
	}
}

/*
 * FAILOVER INSIDE THE SESSION
 */

/* The first is dead, the second echoes: what came early is not lost. */
static void
early(char *options, int hole)
{
	unsigned long x;
	unsigned long sum;
	long n;
	int fd;

	noisy = 1;
	addr = targets_new("");
	if (hole && black_hole(named[0]) < 0)
		skip("this system's queues cannot be filled");
	start_peer(f1("%s echo", named[1]));
	plug_on(options, 2);
	fd = connect_to(addr);
	x = 3;
	pattern_fill(&x, buf, 100000L);
	send_all(fd, buf, 100000L);
	half_close(fd);
	want_num("a clean end", 0L, (long)read_end(fd, &n, &sum));
	want_num("bytes", 100000L, n);
	want_num("sum", (long)sum_add(0L, buf, 100000L), (long)sum);
}

static void
test_early_refused(void)
{
	early("-o", 0);
}

static void
test_early_hole(void)
{
	early("-o -C 1", 1);
}

/* A client that gives up during the connect is no fault of the target. */
static void
test_client_reset(void)
{
	int fd[10];
	int lfd;
	int k;
	int i;

	noisy = 1;
	addr = targets_new("B");
	lfd = black_hole(named[0]);
	if (lfd < 0)
		skip("this system's queues cannot be filled");
	plug_on("-o -C 60", 2);
	for (i = 0; i < 10; i++)
		fd[i] = connect_to(addr);
	pause_ms(300L);
	for (i = 0; i < 10; i++)
		reset_close(fd[i]);
	pause_ms(300L);
	while (wait_fd(lfd, POLLIN, 100L) != 0)
		accept_from(lfd);
	close(lfd);
	target_up(0);
	for (k = 0; k < 4; k++)
		want_text("the first target", "A", ask_many(addr, 1));
}

/* Clients that reset at once, while everything is in motion. */
static void
test_client_rude(void)
{
	int fd;
	int i;

	noisy = 1;
	addr = targets_new("AB");
	plug_on("-o", 2);
	for (i = 0; i < (has(" TINY") ? 60 : 200); i++) {
		fd = connect_to(addr);
		if (i % 3 == 1)
			send_some(fd, buf, 1L + i * 100);
		if (i % 3 == 2)
			pause_ms(1L);
		reset_close(fd);
	}
	want_text("the first target", "AAAA", ask_many(addr, 4));
	want_text("no target's death on standard error", "", read_file(plug_err()));
}

/* The session that finds its target dead in the middle does not move. */
static void
test_dies_later(void)
{
	int fd;

	noisy = 1;
	addr = targets_new("AB");
	plug_on("-o", 2);
	fd = connect_to(addr);
	want_text("name", "A", recv_line(fd));
	target_down(0);
	expect_end(fd);
	want_text("the next ones", "BBB", ask_many(addr, 3));
}

/*
 * ADDRESSES
 */

/* A target without a port has plug's. */
static void
test_same_port(void)
{
	char *port;

	addr = new_addr();
	port = port_of(addr);
	start_peer(f1("127.0.0.1:%s name A", port));
	start_plug(f1("%s 127.0.0.1", addr));
	want_text("a target without port", "AA", ask_many(addr, 2));
}

/* The source address that a target sees. */
static char *
seen_from(int lfd)
{
	struct sockaddr_in sin;
	socklen_t len;
	unsigned long a;
	char *s;
	int client, fd;

	client = connect_to(addr);
	fd = accept_from(lfd);
	len = sizeof sin;
	getpeername(fd, (struct sockaddr *)&sin, &len);
	a = ntohl(sin.sin_addr.s_addr);
	s = f1("%s", "");
	sprintf(s, "%lu.%lu.%lu.%lu", a >> 24 & 255, a >> 16 & 255, a >> 8 & 255, a & 255);
	close(fd);
	close(client);
	return s;
}

static void
test_from(void)
{
	int lfd;

	addr = targets_new("");
	lfd = listen_on(named[0]);
	start_plug(f2("-p 127.0.0.77 %s %s", addr, named[0]));
	want_text("-p", "127.0.0.77", seen_from(lfd));
	addr = new_addr();
	start_plug(f2("%s@127.0.0.78 %s", addr, named[0]));
	want_text("source@addr", "127.0.0.78", seen_from(lfd));
}

/* Every form of a source that names this port. */
static void
test_sources(void)
{
	static char *forms[] = { "%s", ":%s", "*:%s", "0.0.0.0:%s", 0 };
	char *port;
	int i;

	addr = targets_new("A");
	for (i = 0; forms[i] != 0; i++) {
		port = num((long)new_port());
		step(forms[i]);
		start_plug(f2("%s %s", f1(forms[i], port), named[0]));
		addr = f1("127.0.0.1:%s", port);
		want_text("served", "A", ask_many(addr, 1));
		addr = f2("%s:%s", home_addr(), port);
		want_text("served on another address", "A", ask_many(addr, 1));
	}
	step("-i");
	port = num((long)new_port());
	start_plug(f3("-i %s %s %s", home_addr(), port, named[0]));
	addr = f2("%s:%s", home_addr(), port);
	want_text("served", "A", ask_many(addr, 1));
	if (try_connect((char *)0, f1("127.0.0.1:%s", port)) >= 0)
		fail("nobody on another address than -i's", "somebody");
}

/* Every port of a range is listened on, and no other. */
static void
test_range(void)
{
	char *at;
	int i;

	noisy = 1;
	addr = targets_new("A");
	at = f1("%s:2000", home_addr());
	start_plug(f2("-S sessions %s1-20004 %s", at, named[0]));
	for (i = 1; i <= 4; i++) {
		addr = f2("%s%s", at, num((long)i));
		want_text(addr, "A", ask_many(addr, 1));
	}
	if (try_connect((char *)0, f1("%s5", at)) >= 0)
		fail("nobody behind the range", "somebody");
	wait_lines("sessions", 4);
	want_in("session log", f1(" %s3 127.0.0.1 ", at), read_file("sessions"));
}

/* A port that nobody listens on is no dead target. */
static void
test_range_port(void)
{
	noisy = 1;
	addr = targets_new("A");
	start_plug(f3("-S sessions -o %s:20011-20012 %s %s", home_addr(), "127.250.250.250", named[0]));
	addr = f1("%s:20012", home_addr());
	want_text("past the closed port", "A", ask_many(addr, 1));
	want_text("once more", "A", ask_many(addr, 1));
	want_text("standard error", "", read_file(plug_err()));
}

/* The port at the other end of a target's socket. */
static int
their_port(int fd)
{
	struct sockaddr_in sin;
	socklen_t n;

	n = sizeof sin;
	if (getpeername(fd, (struct sockaddr *)&sin, &n) < 0)
		fail("getpeername", strerror(errno));
	return ntohs(sin.sin_port);
}

/* -q: the target sees a port from 512 to 1023, each session another. */
static void
test_privileged(void)
{
	static struct pair p[40];
	char seen[1024];
	int lfd, i, port;

	if (geteuid() != 0)
		skip("reserved ports are root's");
	memset(seen, 0, sizeof seen);
	addr = new_addr();
	named[0] = new_addr();
	lfd = listen_on(named[0]);
	start_plug(f2("-q %s %s", addr, named[0]));
	for (i = 0; i < 40; i++) {
		pair_open(&p[i], addr, lfd);
		port = their_port(p[i].target);
		if (port < 512 || port > 1023 || seen[port])
			fail("a reserved port of its own", num((long)port));
		seen[port] = 1;
		send_text(p[i].client, "through");
		recv_text(p[i].target, "through");
	}
	for (i = 0; i < 40; i++)
		pair_close(&p[i]);
}

/* -X: one line, before anything that the client says, early bytes included. */
static void
test_announce(void)
{
	struct sockaddr_in sin;
	struct pair p;
	socklen_t n;
	char *line;
	int lfd;

	noisy = 1;
	if (lacks("-X"))
		return;
	addr = new_addr();
	named[0] = new_addr();
	named[1] = new_addr();
	lfd = listen_on(named[1]);
	start_plug(f3("-X %s %s %s", addr, named[0], named[1]));
	p.client = connect_from("127.0.0.7", addr);
	send_text(p.client, "early");
	p.target = accept_from(lfd);
	n = sizeof sin;
	getsockname(p.client, (struct sockaddr *)&sin, &n);
	line = keep(addr);
	*strrchr(line, ':') = 0;
	line = f3("PROXY TCP4 127.0.0.7 %s %s %s\r\nearly", line,
	    num((long)ntohs(sin.sin_port)), port_of(addr));
	recv_text(p.target, line);
	send_text(p.target, "answer");
	recv_text(p.client, "answer");
	pair_close(&p);
}

struct test tests_targets[] = {
	{ "cycle", "targets do not take turns", test_cycle, 0 },
	{ "first", "-o or -b first passes the first by", test_first, 0 },
	{ "dead_middle", "a dead target's share is lost", test_dead_middle, 0 },
	{ "dead_first", "a dead first target costs clients something", test_dead_first, 0 },
	{ "lived", "how long a target had lived is wrong", test_lived, 0 },
	{ "stays_dead", "a dead target returns without a reason", test_stays_dead, 0 },
	{ "all_dead", "after all were dead nobody returns", test_all_dead, 0 },
	{ "none", "a client without a target waits", test_none, 0 },
	{ "retry", "-r brings the dead back too early or never", test_retry, 0 },
	{ "retry_zero", "-r 0 waits", test_retry_zero, 0 },
	{ "one_trial", "more than one session is the trial after -r", test_one_trial, 0 },
	{ "black_hole", "a black hole costs more than -C once", test_black_hole, 0 },
	{ "sticky", "-f loses a client's target", test_sticky, 0 },
	{ "not_sticky", "clients stick without -f", test_not_sticky, 0 },
	{ "sticky_time", "-t never ends", test_sticky_time, 0 },
	{ "sticky_renewed", "-t counts from the first connection", test_sticky_renewed, 0 },
	{ "sticky_moves", "-f keeps a client at a dead target", test_sticky_moves, 0 },
	{ "early_refused", "failover loses early bytes", test_early_refused, 0 },
	{ "early_hole", "failover after a time-out loses early bytes", test_early_hole, 0 },
	{ "client_reset", "a client's reset marks the target dead", test_client_reset, 0 },
	{ "client_rude", "rude clients mark a target dead", test_client_rude, 0 },
	{ "dies_later", "a target that dies under a session stays first", test_dies_later, 0 },
	{ "same_port", "a target without port is not at plug's", test_same_port, 0 },
	{ "from", "-p or @addr is not the source address", test_from, 0 },
	{ "sources", "a form of source does not work", test_sources, 0 },
	{ "privileged", "-q connects from another port", test_privileged, 0 },
	{ "announce", "-X does not tell the client's address first", test_announce, 0 },
	{ "range", "a range of ports is not listened on", test_range, 0 },
	{ "range_port", "a closed port of a range is a dead target", test_range_port, 0 },
	{ 0, 0, 0, 0 }
};

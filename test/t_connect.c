/*
 * t_connect.c: through an HTTP proxy (-h), of whatever temper.  What is no
 * part of the proxy's answer belongs to the session, byte for byte; what the
 * proxy does wrong ends in bounded time and blames who is to blame.
 */
#include "live.h"

static char *addr;		/* plug's source */
static char *proxy;
static char *t1, *t2;		/* targets */
static char buf[131072];

static void
addresses_new(void)
{
	addr = new_addr();
	proxy = new_addr();
	t1 = new_addr();
	t2 = new_addr();
}

/* A proxy; `options' come before its address, `temper' behind. */
static int
proxy_up(char *options, char *temper)
{
	return start_peer(f3("-v %s %s proxy %s", options, proxy, temper));
}

static int
plug_via(char *options, char *targets)
{
	return start_plug(f4("-h %s %s %s %s", proxy, options, addr, targets));
}

/* How many CONNECT requests for a target the proxy has seen. */
static int
requests(char *log, char *target)
{
	return count_in(f1("CONNECT %s HTTP/1.1\r\n", target), read_file(log));
}

/* One client, turned away. */
static void
nobody_serves(void)
{
	expect_turned_away((char *)0, addr);
}

/* Every temper of a proxy that says yes: bytes both ways, early ones too. */
static void
test_yes(void)
{
	static char *tempers[] = {
		"ok", "lf", "mixed", "headers", "100", "103", "201", "299", "noreason",
		"check", "lines", "line", "reply", 0
	};
	unsigned long x;
	char **t;
	int fd;

	addresses_new();
	start_peer(f1("%s echo", t1));
	for (t = tempers; *t != 0; t++) {
		step(*t);
		addr = new_addr();
		proxy = new_addr();
		proxy_up("-n 50", *t);
		plug_via("", t1);
		fd = connect_to(addr);
		x = 9;
		pattern_fill(&x, buf, 30000L);
		send_all(fd, buf, 30000L);
		recv_exact(fd, buf + 30000, 30000L);
		want_num("sum of the echo", (long)sum_add(0L, buf, 30000L),
		    (long)sum_add(0L, buf + 30000, 30000L));
		let_go(fd);
	}
}

/* The reply comes a byte at a time, the session is none the worse. */
static void
test_slow(void)
{
	int fd;

	addresses_new();
	start_peer(f1("%s echo", t1));
	proxy_up("-d 15", "slow");
	plug_via("", t1);
	fd = connect_to(addr);
	send_text(fd, "early");
	half_close(fd);
	recv_text(fd, "early");
	expect_eof(fd);
}

/* One deadline for the whole answer: bytes that trickle do not move it. */
static void
test_trickle(void)
{
	long t;

	noisy = 1;
	addresses_new();
	start_peer(f1("%s echo", t1));
	proxy_up("-d 400", "slow");
	plug_via("-C 2", t1);
	t = clock_ms();
	nobody_serves();
	t = clock_ms() - t;
	if (t < 1500 || t > 2000 + patience(5000L))
		fail("an end after -C's 2000 ms", f1("%s ms", num(t)));
}

/* A target that speaks first is heard, with the reply or behind it. */
static void
test_speaks_first(void)
{
	static char *tempers[] = { "early", "ok", 0 };
	char **t;
	int fd;

	addresses_new();
	start_peer(f1("%s name SSH-2.0-hello", t1));
	for (t = tempers; *t != 0; t++) {
		step(*t);
		addr = new_addr();
		proxy = new_addr();
		proxy_up("", *t);
		plug_via("", t1);
		fd = connect_to(addr);
		want_text("the target's first line", "SSH-2.0-hello", recv_line(fd));
		send_text(fd, "and back");
		recv_text(fd, "and back");
		let_go(fd);
	}
}

/* The request: one line, Host the same, an empty line, all in CRLF. */
static void
test_request(void)
{
	char *raw;
	char *line;

	addresses_new();
	start_peer(f1("%s echo", t1));
	proxy_up("", "ok");
	plug_via("", t1);
	echo_works(addr);
	wait_text(peer_out(), "\r\n\r\n");
	raw = read_file(peer_out());
	line = f2("CONNECT %s HTTP/1.1\r\nHost: %s\r\n", t1, t1);
	want_in("the request", line, raw);
	want_num("lines without CR", (long)count_lines(raw) - 1, (long)count_in("\r\n", raw));
	want_num("requests", 1L, (long)count_in("CONNECT ", raw));
}

/*
 * WHAT A PROXY REFUSES
 */

/* 407 is our own fault: the session ends at once, nobody is marked. */
static void
test_407(void)
{
	char *log;
	long t;
	int i;

	noisy = 1;
	addresses_new();
	proxy_up("", "407");
	log = f1("%s", peer_out());
	plug_via("-o", f2("%s %s", t1, t2));
	t = clock_ms();
	for (i = 0; i < 3; i++)
		nobody_serves();
	want(clock_ms() - t < patience(5000L), "an end at once");
	want_num("requests for the first target", 3L, (long)requests(log, t1));
	want_num("requests for the second", 0L, (long)requests(log, t2));
}

/* The proxy refuses one target: the same session gets the next. */
static void
test_502(void)
{
	char *log;
	int fd;
	int i;

	noisy = 1;
	addresses_new();
	start_peer(f1("%s name B", t2));
	proxy_up(f1("-x %s", t1), "ok");
	log = f1("%s", peer_out());
	plug_via("-o", f2("%s %s", t1, t2));
	for (i = 0; i < 3; i++) {
		fd = connect_to(addr);
		want_text("name", "B", recv_line(fd));
		close(fd);
	}
	want_num("requests for the refused target", 1L, (long)requests(log, t1));
	want_num("requests for the other", 3L, (long)requests(log, t2));
}

/* Every other no: the target's fault, so the next is asked, then it is over. */
static void
test_no(void)
{
	static char *tempers[] = {
		"301", "403", "500", "502", "503", "2000", "20", "garbage", "middle",
		"empty", "reset", "escape", 0
	};
	char **t;
	char *log;

	noisy = 1;
	addresses_new();
	start_peer(f1("%s name wrong", t1));
	start_peer(f1("%s name wrong", t2));
	for (t = tempers; *t != 0; t++) {
		step(*t);
		addr = new_addr();
		proxy = new_addr();
		proxy_up("", *t);
		log = f1("%s", peer_out());
		plug_via("-o", f2("%s %s", t1, t2));
		nobody_serves();
		want_num("requests for the first target", 1L, (long)requests(log, t1));
		want_num("requests for the second", 1L, (long)requests(log, t2));
	}
}

/* Silence costs -C, then it is the next target's turn. */
static void
test_silent(void)
{
	char *log;
	long t;

	noisy = 1;
	addresses_new();
	proxy_up("", "silent");
	log = f1("%s", peer_out());
	plug_via("-o -C 1", f2("%s %s", t1, t2));
	t = clock_ms();
	nobody_serves();
	t = clock_ms() - t;
	if (t < 1700 || t > 2000 + patience(4000L))
		fail("twice -C's 1000 ms", f1("%s ms", num(t)));
	want_num("requests for the first target", 1L, (long)requests(log, t1));
	want_num("requests for the second", 1L, (long)requests(log, t2));
}

/* Nobody is at the proxy's address: no target is to blame. */
static void
test_flood(void)
{
	long lines;
	long t;
	int i;

	noisy = 1;
	addresses_new();
	plug_via("", t1);
	t = clock_ms();
	for (i = 0; i < 300; i++)
		expect_turned_away((char *)0, addr);
	t = (clock_ms() - t) / 1000L + 2L;
	lines = (long)count_in("proxy: ", read_file(plug_err()));
	want(lines > 0 && lines <= 10L * t, "ten lines a second");
}

static void
test_no_proxy(void)
{
	long t;
	int fd;

	noisy = 1;
	addresses_new();
	start_peer(f1("%s name A", t1));
	start_peer(f1("%s name B", t2));
	plug_via("-o", f2("%s %s", t1, t2));
	t = clock_ms();
	nobody_serves();
	nobody_serves();
	want(clock_ms() - t < patience(5000L), "an end at once");
	step("the proxy is there again");
	proxy_up("", "ok");
	fd = connect_to(addr);
	want_text("name", "A", recv_line(fd));
}

/*
 * SIZES AND ODD BYTES
 */

/* One session: "ok" if it echoes, "end" if it ends; nothing else may be seen. */
static char *
outcome(void)
{
	char got[8];
	long r;
	int fd;

	fd = connect_rude((char *)0, addr);
	if (fd < 0)
		return "end";
	send_some(fd, "ping", 4L);
	memset(got, 0, sizeof got);
	if (wait_fd(fd, POLLIN, patience(10000L)) == 0)
		fail("an echo or an end", "silence");
	pause_ms(20L);
	r = (long)read(fd, got, sizeof got);
	close(fd);
	if (r <= 0)
		return "end";
	want_text("bytes of the session", "ping", got);
	return "ok";
}

/* Outcome of a proxy that answers with something of n bytes or lines. */
static char *
sized(char *temper, long n)
{
	step(f2("%s %s", temper, num(n)));
	addr = new_addr();
	proxy = new_addr();
	proxy_up(f1("-n %s", num(n)), temper);
	plug_via("-C 5", t1);
	return outcome();
}

/* Around the sizes that buffers have: served or ended, never confused. */
static void
sizes(char *temper)
{
	static long edges[] = { 256, 512, 1024, 2048, 4096, 8192, 16384, 32768 };
	int i;
	int k;

	noisy = 1;
	addresses_new();
	start_peer(f1("%s echo", t1));
	for (i = 0; i < 8; i++)
		for (k = -1; k <= 1; k++)
			if (strcmp(sized(temper, edges[i] + k), "ok") != 0 && edges[i] < 8192)
				fail("a session behind a header of less than 8 KB", "an end");
}

static void
test_line_sizes(void)
{
	sizes("line");
}

static void
test_reply_sizes(void)
{
	sizes("reply");
}

/* A header without end is refused, not collected. */
static void
test_huge(void)
{
	noisy = 1;
	addresses_new();
	start_peer(f1("%s echo", t1));
	want_text("70000 bytes in a line", "end", sized("line", 70000L));
	want_text("6000 lines", "end", sized("lines", 6000L));
}

/* Replies of which one may think either way; but not confuse them. */
static void
test_odd(void)
{
	noisy = 1;
	addresses_new();
	start_peer(f1("%s echo", t1));
	sized("nul", 0L);
	sized("h2", 0L);
}

/*
 * WHO AND WHERE TO
 */

static void
test_auth(void)
{
	addresses_new();
	start_peer(f1("%s echo", t1));
	proxy_up("-u Aladdin:open-sesame", "auth");
	start_plug(f3("-h Aladdin:open-sesame@%s %s %s", proxy, addr, t1));
	echo_works(addr);
	want_in("the request", "\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuLXNlc2FtZQ==\r\n",
	    read_file(peer_out()));
	step("a password with @ and :");
	proxy = new_addr();
	addr = new_addr();
	proxy_up("-u me:p:a@ss", "auth");
	start_plug(f3("-h me:p:a@ss@%s %s %s", proxy, addr, t1));
	echo_works(addr);
	step("a wrong password");
	noisy = 1;
	addr = new_addr();
	start_plug(f3("-h me:wrong@%s %s %s", proxy, addr, t1));
	nobody_serves();
}

/* Names go to the proxy as they are, IPv6 in its brackets. */
static void
test_names(void)
{
	static char *names[] = {
		"server.example:7", "a:65535", "4.example:1", "x-y.z:80", "[2001:db8::1]:443",
		"[::1]:22", 0
	};
	char **t;

	addresses_new();
	start_peer(f1("%s echo", t1));
	for (t = names; *t != 0; t++) {
		step(*t);
		addr = new_addr();
		proxy = new_addr();
		proxy_up(f2("-M %s=%s", *t, t1), "check");
		plug_via("", *t);
		echo_works(addr);
	}
	step("a name without a port");
	addr = new_addr();
	proxy = new_addr();
	proxy_up(f3("-M %s:%s=%s", "plain.example", port_of(addr), t1), "check");
	plug_via("", "plain.example");
	echo_works(addr);
}

/* What could break out of the request is refused before anything is bound. */
static void
test_hostile_names(void)
{
	static char *names[] = {
		"a b:80", "a\r\nX: y:80", "a\n:80", "a/b:80", "a\tb:80", "a\001:80", "h\303\266st:80",
		"ho%00st:80", "user@host:80", "a;b:80", "a_b:80x", "host:0", "host:65536", "host:080",
		"host:", ":80", "[::1:80", "[::g]:80", "[]:80", "[::1]x:80", "host:80:80", "a?b:80",
		"a#b", "a\"b", "a\\b", 0
	};
	static char big[300];
	static struct result r;
	char *argv[8];
	char **t;

	addresses_new();
	memset(big, 'a', 256);
	argv[0] = plug_path;
	argv[1] = "-n";
	argv[2] = "-h";
	argv[3] = proxy;
	argv[4] = addr;
	argv[6] = 0;
	for (t = names; ; t++) {
		argv[5] = *t != 0 ? *t : big;
		step(f1("target `%.40s'", argv[5]));
		run_to_exit(argv, &r);
		want_num("exit status", 5L, (long)r.status);
		want_num("lines on standard error", 1L, (long)count_lines(r.err));
		if (*t == 0)
			break;
	}
	step("255 letters");
	argv[1] = "-E";
	big[255] = 0;
	run_to_exit(argv, &r);
	want_num("exit status", 0L, (long)r.status);
	if (!lacks("-D"))		/* it looks names up itself */
		return;
	step("a name without -h");
	run_words(f1("-n %s host.example:80", addr), &r);
	want_num("exit status", 5L, (long)r.status);
}

/* A reset behind the proxy is a reset in front of plug. */
static void
test_reset(void)
{
	int lfd;
	int client, target;

	addresses_new();
	lfd = listen_on(t1);
	proxy_up("", "ok");
	plug_via("", t1);
	client = connect_to(addr);
	target = accept_from(lfd);
	send_text(client, "x");
	recv_text(target, "x");
	reset_close(target);
	expect_reset(client);
}

/* Without a port the proxy is at 80; nothing listens there for us. */
static void
test_default_port(void)
{
	static struct result r;

	addresses_new();
	run_words(f3("-E -h %s %s %s", "127.0.0.1", addr, t1), &r);
	want_num("exit status", 0L, (long)r.status);
}

struct test tests_connect[] = {
	{ "yes", "a proxy's yes in another form is not understood", test_yes, 0 },
	{ "slow", "a proxy that answers byte by byte", test_slow, 0 },
	{ "trickle", "bytes that trickle keep a session waiting", test_trickle, 0 },
	{ "speaks_first", "a target's first words are lost behind the reply", test_speaks_first, 0 },
	{ "request", "a strict proxy dislikes the request", test_request, 0 },
	{ "407", "407 is blamed on the target", test_407, 0 },
	{ "502", "a refused target ends the session", test_502, 0 },
	{ "no", "a proxy's no is taken for something else", test_no, 0 },
	{ "silent", "a silent proxy holds the session", test_silent, 0 },
	{ "flood", "clients before an absent proxy flood the log", test_flood, 0 },
	{ "no_proxy", "an absent proxy is blamed on the targets", test_no_proxy, 0 },
	{ "line_sizes", "a header line of a certain size confuses plug", test_line_sizes, 0 },
	{ "reply_sizes", "a reply of a certain size confuses plug", test_reply_sizes, 0 },
	{ "huge", "a header without end is collected", test_huge, 0 },
	{ "odd", "NUL bytes or another version hang or confuse plug", test_odd, 0 },
	{ "auth", "user and password do not reach the proxy", test_auth, 0 },
	{ "names", "names or IPv6 addresses do not reach the proxy", test_names, 0 },
	{ "hostile_names", "a hostile name reaches the proxy", test_hostile_names, 0 },
	{ "reset", "a reset behind the proxy is lost", test_reset, 0 },
	{ "default_port", "-h without a port is refused", test_default_port, 0 },
	{ 0, 0, 0, 0 }
};

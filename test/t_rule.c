/*
 * t_rule.c: who is let in.  The first rule that matches decides; without a
 * match a client is refused as soon as there is any -a, else admitted.
 */
#include "live.h"

static char *addr;
static char *behind;

/* A rule line with a client that it admits and one that it refuses; 0: none. */
struct admission {
	char *rules;
	char *in;
	char *out;
};

static struct admission admissions[] = {
	{ "", "127.0.0.2", 0 },
	{ "-a 127.0.0.2", "127.0.0.2", "127.0.0.3" },
	{ "-a 127.0.0.2/32", "127.0.0.2", "127.0.0.3" },
	{ "-a 127.0.0.2/31", "127.0.0.3", "127.0.0.4" },
	{ "-a 127.0.0.0/30", "127.0.0.3", "127.0.0.4" },
	{ "-a 127.0.0.1/8", "127.200.1.2", 0 },
	{ "-a 127.0.1.77/24", "127.0.1.3", "127.0.2.3" },
	{ "-a 126.0.0.0/7", "127.0.0.2", 0 },
	{ "-a 128.0.0.0/1", 0, "127.0.0.2" },
	{ "-a 127.0.0.7/255.255.255.252", "127.0.0.5", "127.0.0.8" },
	{ "-a 127.1.2.3/255.255.0.0", "127.1.99.99", "127.2.2.3" },
	{ "-a 127.0.0.*", "127.0.0.9", "127.0.1.9" },
	{ "-a 127.0.*", "127.0.9.9", "127.1.0.9" },
	{ "-a 127.*", "127.9.9.9", 0 },
	{ "-a 12.*", 0, "127.0.0.2" },
	{ "-a *", "127.0.0.2", 0 },
	{ "-a 0.0.0.0/0", "127.0.0.2", 0 },
	{ "-a 127.0.0.1/0", "127.99.0.2", 0 },
	{ "-a 10.1.2.3/0.0.0.0", "127.0.0.2", 0 },
	{ "-a 10.0.0.0/8", 0, "127.0.0.2" },
	{ "-x 127.0.0.2", "127.0.0.3", "127.0.0.2" },
	{ "-x 10.0.0.0/8", "127.0.0.2", 0 },
	{ "-x *", 0, "127.0.0.2" },
	{ "-x 127.0.0.2 -a 127.0.0.0/24", "127.0.0.3", "127.0.0.2" },
	{ "-x 127.0.0.2 -a 127.0.0.0/24", "127.0.0.3", "127.0.1.1" },
	{ "-a 127.0.0.0/24 -x 127.0.0.2", "127.0.0.2", "127.0.1.1" },
	{ "-x 127.0.0.0/24 -a 127.0.0.2", 0, "127.0.0.2" },
	{ "-a 127.0.0.2 -a 127.0.0.4", "127.0.0.4", "127.0.0.3" },
	{ "-a 127.0.0.2 -x * -a 127.0.0.4", "127.0.0.2", "127.0.0.4" },
	{ "-a127.0.0.2 -nx 127.0.0.0/8", "127.0.0.2", "127.0.0.3" },
	{ "-x 127.0.0.2 -x 127.0.0.3", "127.0.0.4", "127.0.0.3" },
	{ 0, 0, 0 }
};

/* A client that is served. */
static void
admitted(char *from)
{
	int fd;

	fd = connect_from(from, addr);
	want_text("name", "in", recv_line(fd));
	let_go(fd);
}

static void
admit(struct admission *a)
{
	if (lacks(a->rules))
		return;
	step(a->rules);
	addr = new_addr();
	start_plug(f3("%s %s %s", a->rules, addr, behind));
	if (a->in != 0)
		admitted(a->in);
	if (a->out != 0)
		expect_turned_away(a->out, addr);
}

static void
test_forms(void)
{
	struct admission *a;

	noisy = 1;
	behind = new_addr();
	start_peer(f1("%s name in", behind));
	for (a = admissions; a->rules != 0; a++)
		admit(a);
}

/* Many rules: the last one counts as much as the first. */
static void
test_many(void)
{
	char *argv[512];
	static char words[32][8][24];
	int pid;
	int n;
	int i;

	noisy = 1;
	addr = new_addr();
	behind = new_addr();
	start_peer(f1("%s name in", behind));
	n = 0;
	argv[n++] = plug_path;
	argv[n++] = "-n";
	for (i = has(" TINY") ? 168 : 0; i < 200; i++) {
		argv[n++] = i % 2 ? "-a" : "-x";
		sprintf(words[i / 8][i % 8], "127.7.%d.%d", i / 100, i);
		argv[n++] = words[i / 8][i % 8];
	}
	argv[n++] = addr;
	argv[n++] = behind;
	argv[n] = 0;
	pid = spawn(argv, "many.out", "many.err");
	wait_port(addr);
	admitted("127.7.1.199");
	if (!has(" TINY"))
		admitted("127.7.0.1");
	expect_turned_away("127.7.1.198", addr);
	expect_turned_away("127.7.0.0", addr);
	expect_turned_away("127.7.2.2", addr);
	stop_plug(pid, SIGTERM);
}

/* A refused client costs nothing: not the target, no time, no descriptor. */
static void
test_refused(void)
{
	long t;
	int lfd;
	int pid;
	int fds;
	int i;

	noisy = 1;
	addr = new_addr();
	behind = new_addr();
	lfd = listen_on(behind);
	pid = start_plug(f2("-x 127.0.0.2 %s %s", addr, behind));
	expect_turned_away("127.0.0.2", addr);
	fds = mode == M_SINGLE ? settled_fds(pid) : 0;
	t = clock_ms();
	for (i = 0; i < 300; i++)
		expect_turned_away("127.0.0.2", addr);
	want(clock_ms() - t < patience(10000L), "300 refusals within 10 s");
	accept_none(lfd, 50L);
	if (mode == M_SINGLE)
		want_num("descriptors", (long)fds, (long)settled_fds(pid));
}

#ifdef IP_OPTIONS
/* A client whose packets record their route (RFC 791), as others choose it. */
static int
connect_routed(char *to)
{
	static char record[8] = { 7, 7, 4, 0, 0, 0, 0, 0 };
	struct sockaddr_in sin;
	int fd;

	fd = sock_new();
	if (setsockopt(fd, IPPROTO_IP, IP_OPTIONS, record, sizeof record) < 0 ||
	    !scan_addr(to, &sin) ||
	    (connect(fd, (struct sockaddr *)&sin, sizeof sin) < 0 &&
	    errno != EINPROGRESS)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Does this system show such options to who accepts? */
static int
shows_options(int lfd, char *at)
{
	char options[64];
	socklen_t n;
	int fd, got;

	fd = connect_routed(at);
	if (fd < 0)
		return 0;
	got = accept_from(lfd);
	n = sizeof options;
	if (getsockopt(got, IPPROTO_IP, IP_OPTIONS, options, &n) < 0)
		n = 0;
	close(got);
	close(fd);
	return n > 0;
}

/* Rules go by an address; who chooses the packets' route can have any. */
static void
test_routed(void)
{
	int fd, lfd;

	noisy = 1;
	addr = new_addr();
	behind = new_addr();
	lfd = listen_on(behind);
	if (!shows_options(lfd, behind))
		return;
	start_plug(f2("-a 127.0.0.1 %s %s", addr, behind));
	close(connect_to(addr));
	close(accept_from(lfd));
	fd = connect_routed(addr);
	expect_end(fd);
	close(fd);
	accept_none(lfd, 50L);
	wait_text(plug_err(), "Connect from 127.0.0.1 Refused.");
	step("without rules everybody is welcome");
	addr = new_addr();
	start_plug(f2("%s %s", addr, behind));
	close(connect_to(addr));
	close(accept_from(lfd));
	fd = connect_routed(addr);
	close(accept_from(lfd));
	close(fd);
}
#else
static void
test_routed(void)
{
}
#endif

/* One client has at most so many sessions, whoever else has any. */
static void
test_most(void)
{
	struct pair p[4], other;
	char *two;
	int lfd, i;

	noisy = 1;
	addr = new_addr();
	behind = new_addr();
	lfd = listen_on(behind);
	start_plug(f2("-M 3 %s %s", addr, behind));
	for (i = 0; i < 3; i++)
		pair_open(&p[i], addr, lfd);
	for (i = 0; i < 20; i++)
		expect_turned_away((char *)0, addr);
	accept_none(lfd, 50L);
	other.client = connect_from("127.0.0.9", addr);
	other.target = accept_from(lfd);
	pair_close(&p[1]);
	for (i = 0; i < 300; i++) {
		p[3].client = connect_to(addr);
		while (wait_fd(lfd, POLLIN, 20L) == 0 &&
		    wait_fd(p[3].client, POLLIN, 20L) == 0)
			;
		if (wait_fd(lfd, POLLIN, 0L) != 0)
			break;
		expect_end(p[3].client);
		close(p[3].client);
	}
	p[3].target = accept_from(lfd);
	expect_turned_away((char *)0, addr);
	send_text(p[3].client, "in");
	recv_text(p[3].target, "in");
	pair_close(&p[0]);
	pair_close(&p[2]);
	pair_close(&p[3]);
	pair_close(&other);
	step("two plugs in a file count by themselves");
	if (lacks("-c"))
		return;
	addr = new_addr();
	two = new_addr();
	write_file("conf", f4("-M1 %s %s\n%s %s\n", addr, behind, two, behind));
	start_plug("-M 2 -c conf");
	pair_open(&p[0], addr, lfd);
	pair_open(&p[1], two, lfd);
	pair_open(&p[2], two, lfd);
	expect_turned_away((char *)0, addr);
	expect_turned_away((char *)0, two);
	for (i = 0; i < 3; i++)
		pair_close(&p[i]);
}

/* Refused clients that have a line, and those that are told as a number. */
static void
told(long *lines, long *counted)
{
	char *s, *t;

	s = read_file(plug_err());
	*lines = count_in(" Refused.\n", s);
	*counted = 0;
	while ((s = strstr(s, " more clients refused.")) != 0) {
		for (t = s; strchr("0123456789", t[-1]) != 0; t--)
			;
		*counted += atol(t);
		s++;
	}
}

/* A flood of them is ten lines a second, of all processes, and a number. */
static void
test_flood(void)
{
	long t, lines, counted;
	int i;

	noisy = 1;
	addr = new_addr();
	start_plug(f2("-x 127.0.0.2 %s %s", addr, new_addr()));
	expect_turned_away("127.0.0.2", addr);
	t = clock_ms();
	for (i = 1; i < 400; i++)
		expect_turned_away("127.0.0.2", addr);
	t = (clock_ms() - t) / 1000L + 2L;
	told(&lines, &counted);
	want(lines <= 10L * t + 5L, "at most ten lines a second");
	for (i = 0; i < 500 && lines + counted < 400L; i++) {
		pause_ms(20L);
		told(&lines, &counted);
	}
	want_num("refused clients in lines and numbers", 400L, lines + counted);
}

/* What is no rule is named and refused. */
static void
test_bad(void)
{
	static char *rules[] = {
		"", "127", "127.0", "127.0.0", "127.1/8", "127.0.0.1/33", "127.0.0.1/-1", "127.0.0.1/",
		"127.0.0.1/8x", "127.0.0.1/8/8", "127.0.0.1/4294967296", "127.0.0.1/255.255.0",
		"127.0.0.1/256.0.0.0", "127.0.0.256", "127.0.0.01", "0177.0.0.1", "0x7f.0.0.1",
		"127.0.0.1x", "127.0.0.1.", "127.0.0.1.2", "127..0.1", ".127.0.0.1", "1.2.3.4.*", ".*",
		"*.1", "1.2.*.*", "1.*.3.4", "256.*", "01.*", "1.2.3*", "1*", "**", "localhost",
		"a.b.c.d", "h\303\266st", "-1", "/8", "*/8", "127.0.0.1,127.0.0.2", "99999999999", 0
	};
	static char *letters[] = { "-a", "-x" };
	static struct result r;
	char *argv[8];
	char **p;
	int i;

	addr = new_addr();
	argv[0] = plug_path;
	argv[1] = "-E";
	argv[4] = addr;
	argv[5] = "127.0.0.1:9";
	argv[6] = 0;
	for (p = rules; *p != 0; p++)
		for (i = 0; i < 2; i++) {
			argv[2] = letters[i];
			argv[3] = *p;
			step(f2("%s `%s'", letters[i], *p));
			run_to_exit(argv, &r);
			want_num("exit status", 5L, (long)r.status);
			want_num("lines on standard error", 1L, (long)count_lines(r.err));
			if (strchr(*p, '\303') == 0)
				want_in("standard error", *p, r.err);
		}
}

struct test tests_rule[] = {
	{ "forms", "a rule admits or refuses the wrong client", test_forms, 0 },
	{ "many", "rules are lost when there are many", test_many, 0 },
	{ "refused", "a refused client costs something", test_refused, 0 },
	{ "routed", "a client that chooses its route passes for another", test_routed, 0 },
	{ "flood", "refused clients flood the log, or are not counted", test_flood, 0 },
	{ "most", "-M counts the wrong sessions", test_most, 0 },
	{ "bad", "a wrong rule is taken for one", test_bad, 0 },
	{ 0, 0, 0, 0 }
};

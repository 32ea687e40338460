/*
 * t_balance.c: the ways to choose a target, and what is said of a target
 * behind a comma.
 */
#include "live.h"

static char *addr;		/* plug's source */
static struct result r;

/* Plug with these options in front of all three, said what they are. */
static int
plug_on(char *options, char *a, char *b, char *c)
{
	return start_plug(f4("%s %s %s %s", options, addr,
	    f4("%s%s %s%s", named[0], a, named[1], b), f2("%s%s", named[2], c)));
}

static void
test_weight(void)
{
	char *s;

	addr = targets_new("ABC");
	plug_on("", ",weight=3", ",weight=1", ",weight=2");
	s = ask_many(addr, 48);
	if (count_of('A', s) < 20 || count_of('A', s) > 28 ||
	    count_of('B', s) < 5 || count_of('B', s) > 11)
		fail("shares of 24, 8 and 16", s);
	if (mode == M_WORKERS)
		return;
	want_num("A's share", 24L, (long)count_of('A', s));
	want_num("B's share", 8L, (long)count_of('B', s));
	step("in a line of -c without -b");
	if (lacks("-c"))
		return;
	addr = targets_new("ABC");
	write_file("conf", f3("%s %s,weight=3 %s\n", addr, named[0], named[1]));
	start_plug("-c conf");
	wait_port(addr);
	s = ask_many(addr, 40);
	want_num("its share", 1L, (long)(count_of('A', s) >= 29));
}

static void
test_random(void)
{
	char *s;
	int i;

	addr = targets_new("ABC");
	plug_on("-b random", "", "", ",weight=2");
	s = ask_many(addr, 60);
	for (i = 0; i < NAMES; i++)
		if (count_of('A' + i, s) < 3)
			fail("some of 60 clients for everyone", s);
}

/* Sessions that stay are counted, and those that end are not. */
static void
test_least(void)
{
	int fd[8];
	char name[8];
	int i;

	addr = targets_new("ABC");
	plug_on("-b least", "", "", ",weight=2");
	for (i = 0; i < 8; i++)
		fd[i] = hold_from((char *)0, addr, &name[i]);
	name[7] = 0;
	if (count_of('C', name) < 3 || count_of('C', name) > 4)
		fail("half of them for the one with twice the weight", name);
	for (i = 0; i < 7; i++)
		if (name[i] == 'B')
			let_go(fd[i]);
	pause_ms(patience(200L));
	want_text("the one with the fewest", "B", ask_many(addr, 1));
	fd[0] = hold_from((char *)0, addr, &name[0]);
	fd[1] = hold_from((char *)0, addr, &name[1]);
	if (name[0] != 'B')
		fail("B", f1("%s", name));
}

#define CLIENTS 8

/* The same at every plug, however its targets stand; one down moves its own. */
static void
test_hash(void)
{
	char was[CLIENTS + 1], *s;
	int i, k;

	noisy = 1;
	addr = targets_new("ABC");
	plug_on("-b hash", "", "", "");
	strcpy(was, ask_all(addr, CLIENTS));
	want_text("the same again", was, ask_all(addr, CLIENTS));
	addr = new_addr();
	start_plug(f4("-b hash %s %s %s %s", addr, named[2], named[0], named[1]));
	want_text("at another plug", was, ask_all(addr, CLIENTS));
	for (i = 0; i < NAMES && 'A' + i != was[0]; i++)
		continue;
	target_down(i);
	s = ask_all(addr, CLIENTS);
	for (k = 0; k < CLIENTS; k++)
		if (was[k] == was[0] ? s[k] == was[0] : s[k] != was[k])
			fail(f1("only its clients to move, from %s", was), s);
}

/* What more clients than there are places find: they wait, none is lost. */
static void
test_max(void)
{
	int fd[6];
	char name[6];
	int i;

	noisy = 1;
	addr = targets_new("ABC");
	plug_on("", ",max=2", ",max=1", ",drain");
	for (i = 0; i < 3; i++)
		fd[i] = hold_from((char *)0, addr, &name[i]);
	name[3] = 0;
	if (count_of('A', name) != 2 || count_of('B', name) != 1)
		fail("two at A, one at B", name);
	for (; i < 6; i++)
		fd[i] = connect_to(addr);
	expect_quiet(fd[3], 300L);
	expect_quiet(fd[5], 1L);
	for (i = 0; i < 3; i++)
		let_go(fd[i]);
	for (i = 3; i < 6; i++)
		name[i - 3] = recv_line(fd[i])[0];
	if (count_of('A', name) != 2 || count_of('B', name) != 1)
		fail("two at A, one at B again", name);
	for (i = 3; i < 6; i++)
		let_go(fd[i]);
}

/* The only living target is full: a client whose own one fails waits for it. */
static void
test_max_dead(void)
{
	int fd[2];
	char name;

	noisy = 1;
	addr = targets_new("ABC");
	plug_on("-o", "", ",max=1", ",drain");
	target_down(0);
	fd[0] = hold_from((char *)0, addr, &name);
	if (name != 'B')
		fail("B", f1("%s", &name));
	fd[1] = connect_to(addr);
	expect_quiet(fd[1], 300L);
	let_go(fd[0]);
	want_text("the place", "B", recv_line(fd[1]));
	let_go(fd[1]);
}

static void
test_backup(void)
{
	noisy = 1;
	addr = targets_new("ABC");
	plug_on("-f -r 0", ",backup", "", ",drain");
	want_text("while the other lives", "BBBB", ask_many(addr, 4));
	target_down(1);
	want_text("alone", "AAAA", ask_many(addr, 4));
	target_up(1);
	want_text("a remembered client leaves it", "BBBB", ask_many(addr, 4));
}

/* Drained in the file: sessions go on, nobody new comes, sticky or not. */
static void
test_drain(void)
{
	int plug, fd, i;
	char name, *s;

	noisy = 1;
	if (lacks("-c"))
		return;
	addr = targets_new("ABC");
	write_file("conf", f3("-f %s %s %s\n", addr, named[0], named[1]));
	plug = start_plug("-c conf");
	wait_port(addr);
	fd = hold_from(client_addr(0), addr, &name);
	i = name == 'B';
	s = i ? f3("-f %s %s %s,drain\n", addr, named[0], named[1]) :
	    f3("-f %s %s,drain %s\n", addr, named[0], named[1]);
	write_file("conf", s);
	kill((pid_t)plug, SIGHUP);
	wait_text(plug_err(), "was read again");
	if (mode == M_WORKERS)		/* for the old ones to hear of it */
		pause_ms(patience(300L));
	for (i = 0; i < 6; i++)
		if (ask_from(client_addr(i % 3), addr) == name)
			fail("nobody new", client_addr(i % 3));
	send_text(fd, "still here\n");
	want_text("a session goes on", "still here", recv_line(fd));
	let_go(fd);
}

static char *wrong[] = {
	",", ",weight=0", ",weight=256", ",weight=", ",weight=1x", ",max=0", ",max=-1",
	",max=99999999999", ",backup=1", ",drained", ",weight", ",Backup", ",backup,",
	",backup ,drain", 0
};

static void
test_wrong(void)
{
	char *word;
	int i;

	noisy = 1;
	addr = new_addr();
	for (i = 0; wrong[i] != 0; i++) {
		word = f2("%s%s", addr, wrong[i]);
		run_words(f2("-E 1.2.3.4:5 %s %s", "127.0.0.1:9", word), &r);
		want_num(word, 5L, (long)r.status);
		want_in("standard error", ": '", r.err);
		want_num("lines", 1L, (long)count_lines(r.err));
	}
	run_words(f1("-E %s 127.0.0.1:9,weight=255,max=1,backup,drain", addr), &r);
	want_num("all of them", 0L, (long)r.status);
	run_words(f1("-E -b best %s 127.0.0.1:9", addr), &r);
	want_in("-b", lacks("--balance") ? "-b: not a way to choose: 'best'" :
	    "-b: not cycle, first, least, random or hash: 'best'", r.err);
	run_words(f1("-E -o -b least %s 127.0.0.1:9", addr), &r);
	want_num("-o and -b least", 5L, (long)r.status);
}

struct test tests_balance[] = {
	{ "weight", "targets do not get their shares", test_weight, 0 },
	{ "random", "-b random leaves one out", test_random, 0 },
	{ "least", "-b least does not count sessions", test_least, 0 },
	{ "hash", "-b hash depends on more than addresses", test_hash, 0 },
	{ "max", "a target is over its max, or clients are lost there", test_max, 0 },
	{ "max_dead", "a client is lost when the last target is full", test_max_dead, 0 },
	{ "backup", "a backup serves while another lives", test_backup, 0 },
	{ "drain", "a drained target gets clients, or loses sessions", test_drain, 0 },
	{ "wrong", "nonsense behind a target is taken", test_wrong, 0 },
	{ 0, 0, 0, 0 }
};

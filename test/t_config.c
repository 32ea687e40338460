/*
 * t_config.c: many plugs out of one file, and the file read again.
 */
#include "live.h"

static char *one, *two;		/* what plug listens on */
static char *left, *right;	/* named peers behind it */

/* The named peer that serves a client of this address. */
static char *
served(char *from, char *addr)
{
	char *name;
	int fd;

	step(f2("%s at %s", from, addr));
	fd = connect_from(from, addr);
	name = recv_line(fd);
	let_go(fd);
	return name;
}

static void
peers(void)
{
	one = new_addr();
	two = new_addr();
	left = new_addr();
	right = new_addr();
	start_peer(f1("%s name left", left));
	start_peer(f1("%s name right", right));
}

/* A new file in one go, as an editor leaves it, and HUP. */
static void
again(int pid, char *text, char *word)
{
	int n;

	n = count_in(word, read_file(plug_err()));
	write_file("conf.new", text);
	if (rename("conf.new", "conf") < 0)
		fail("rename", strerror(errno));
	kill((pid_t)pid, SIGHUP);
	for (; count_in(word, read_file(plug_err())) == n; pause_ms(10L))
		wait_text(plug_err(), word);
}

static void
reload(int pid, char *text)
{
	again(pid, text, " was read again");
	if (mode == M_WORKERS)		/* for the old ones to hear of it */
		pause_ms(patience(300L));
}

/* One plug a line; comments, quotes, blanks, DOS line ends, no last newline. */
static void
test_lines(void)
{
	peers();
	write_file("conf", f4("# two plugs\r\n\n\t \n  -r 5 %s %s # one\r\n\
\"%s\" -b'first'\t'%s'", one, left, two, right));
	start_plug("-c conf -S sessions");
	want_text("the first line's", "left", served("127.0.0.1", one));
	want_text("the second line's", "right", served("127.0.0.1", two));
	wait_lines("sessions", 2);
	want_in("session log", f2(" %s 127.0.0.1 %s ", one, left), read_file("sessions"));
	want_in("session log", f2(" %s 127.0.0.1 %s ", two, right), read_file("sessions"));
}

/* A file that was opened for us by number; and a pipe that brings it late. */
static void
test_handed(void)
{
	static char *how[] = {
		"exec \"$0\" -E -c /dev/fd/9 9<conf",
		"{ sleep 1; cat conf; } | { exec 9<&0 <&-; exec \"$0\" -E -c /dev/fd/9; }",
		"{ sleep 1; cat conf >fifo; } & exec \"$0\" -E -c fifo"
	};
	static struct result r;
	char *argv[5];
	int i;

	if (access("/dev/fd/0", R_OK) < 0 || fifo_make("fifo") < 0)
		skip("no /dev/fd or no FIFOs");
	write_file("conf", f2("%s 127.0.0.1:%s\n", new_addr(), "9"));
	argv[0] = "/bin/sh";
	argv[1] = "-c";
	argv[3] = plug_path;
	argv[4] = 0;
	for (i = 0; i < 3; i++) {
		step(argv[2] = how[i]);
		run_to_exit(argv, &r);
		want_text("standard error", "", r.err);
		want_num("exit status", 0L, (long)r.status);
	}
}

/* The ports of all lines together are counted where -E can tell. */
static void
test_ports(void)
{
	static char text[4000];
	static struct result r;
	char *a;
	int i;

	if (has(" TINY"))		/* with 8 ports in all */
		return;
	a = new_addr();
	write_file("conf", f2("1000-1999 %s\n2000-2999 %s\n", a, a));
	run_words("-E -c conf", &r);
	want_num("exit status", 5L, (long)r.status);
	want_in("standard error", "too many ports in file", r.err);
	step("the same ones in many lines");
	text[0] = 0;
	for (i = 0; i < 60; i++)
		sprintf(text + strlen(text), "-a 127.0.0.%d 1000-1029 %s\n", i + 1, a);
	write_file("conf", text);
	run_words("-E -c conf", &r);
	want_text("standard error", "", r.err);
	want_num("exit status", 0L, (long)r.status);
}

/* What is no plain file any more can't be waited for. */
static void
test_blocking(void)
{
	int pid;

	noisy = 1;
	peers();
	write_file("conf", f2("%s %s\n", one, left));
	pid = start_plug("-c conf");
	want_text("the plug", "left", served("127.0.0.1", one));
	if (unlink("conf") < 0 || fifo_make("conf") < 0)
		skip("no FIFOs");
	kill((pid_t)pid, SIGHUP);
	wait_text(plug_err(), "conf: not as it should be, nothing is changed");
	want_text("the plug", "left", served("127.0.0.1", one));
}

/* The client's rule picks the destination; no line of them: refused. */
static void
test_first(void)
{
	noisy = 1;
	peers();
	write_file("conf", f4("-a 127.0.0.2 %s %s\n-a 127.0.0.3 %s %s\n", one, left, one, right));
	start_plug("-c conf");
	want_text("127.0.0.2", "left", served("127.0.0.2", one));
	want_text("127.0.0.3", "right", served("127.0.0.3", one));
	expect_turned_away("127.0.0.4", one);
	want_text("127.0.0.2", "left", served("127.0.0.2", one));
}

/* A line's own rules come before the command line's, options override them. */
static void
test_base(void)
{
	noisy = 1;
	peers();
	write_file("conf", f4("-a 127.0.0.2 %s %s\n-b cycle %s %s", one, left, two, right));
	write_file("conf", f2("%s %s\n", read_file("conf"), left));
	start_plug("-o -x 127.0.0.2 -x 127.0.0.3 -c conf");
	want_text("the line's rule first", "left", served("127.0.0.2", one));
	expect_turned_away("127.0.0.3", one);
	expect_turned_away("127.0.0.2", two);
	expect_turned_away("127.0.0.3", two);
	want_text("cycle", "right", served("127.0.0.4", two));
	want_text("cycle", "left", served("127.0.0.4", two));
}

/* What is wrong is named with its line, and nothing is started. */
struct wrong {
	char *text;
	char *line;
	char *word;
};

static struct wrong wrongs[] = {
	{ "", "conf", "no plug" },
	{ "# nothing\n\n", "conf", "no plug" },
	{ "7001 127.0.0.1:9\n7002\n", "conf:2: ", "7002" },
	{ "7001 127.0.0.1:9\n7002 127.0.0.300:9\n", "conf:2: ", "127.0.0.300:9" },
	{ "\n\n7001 127.0.0.1:9 -l\n", "conf:3: ", "-l" },
	{ "7001 127.0.0.1:9 -fn\n", "conf:1: ", "-fn" },
	{ "7001 127.0.0.1:9 --workers=3\n", "conf:1: ", "--workers=3" },
	{ "7001 127.0.0.1:9 -c x\n", "conf:1: ", "-c" },
	{ "7001 127.0.0.1:9 -Q\n", "conf:1: ", "-Q" },
	{ "7001 127.0.0.1:9 -r\n", "conf:1: ", "-r" },
	{ "7001 127.0.0.1:9 -r x\n", "conf:1: ", "'x'" },
	{ "7001 127.0.0.1:9 '-x 1\n", "conf:1: ", "-x 1" },
	{ "7001 127.0.0.1:9 \"7001\n\"\n", "conf:1: ", "7001" },
	{ "7001 127.0.0.1:9 -x 127.0.0.1/33\n", "conf:1: ", "127.0.0.1/33" },
	{ "7001 127.0.0.1:9 -o -b cycle\n", "conf:1: ", "-b" },
	{ "7001-7000 127.0.0.1:9\n", "conf:1: ", "7001-7000" },
	{ "7001 127.0.0.1:7002\n7002 127.0.0.1:7001\n", "conf:2: ", "127.0.0.1:7001" },
	{ "7002 127.0.0.1:9\n7001 127.0.0.1:8 127.0.0.1:7002\n", "conf:2: ", "127.0.0.1:7002" },
	{ "7001 127.0.0.1:7005\n7003-7009 127.0.0.1:9\n", "conf:2: ", "7003-7009" },
	{ "7001-7003 127.0.0.1\n", "conf:1: ", "127.0.0.1" },
	{ "7001 -h 127.0.0.1:7001 10.1.1.1:9\n", "conf:1: ", "7001" },
	{ "7001 127.0.0.1:9\n1000-60000 127.0.0.1:9\n", "conf:2: ", "1000-60000" },
	{ "/x,mode=9 127.0.0.1:9\n", "conf:1: ", "/x,mode=9" },
	{ "7001 127.0.0.1:9\nx\001y 127.0.0.1:9\n", "conf:2: ", "x\\001y" },
	{ 0, 0, 0 }
};

static void
test_wrong(void)
{
	static struct result r;
	static char name[121];
	struct wrong *w;
	FILE *f;

	for (w = wrongs; w->text != 0; w++) {
		step(w->text);
		write_file("conf", w->text);
		run_words("-E -c conf", &r);
		want_num("exit status", 5L, (long)r.status);
		want_num("lines on standard error", 1L, (long)count_lines(r.err));
		want_in("standard error", w->line, r.err);
		if (strstr(w->text, " -h ") == 0 || !lacks("-h"))
			want_in("standard error", w->word, r.err);
	}
	run_words("-E -c nowhere", &r);
	want_num("no file: exit status", 5L, (long)r.status);
	want_in("standard error", "nowhere", r.err);
	step("a NUL, a folder");
	f = fopen("conf", "w");
	fwrite("7001 127.0.0.1:9\n7002 127.0.0.1:9\0 x\n", 1, 37, f);
	fclose(f);
	run_words("-E -c conf", &r);
	want_num("a NUL: exit status", 5L, (long)r.status);
	want_in("standard error", "conf:2: ", r.err);
	run_words("-E -c .", &r);
	want_num("a folder: exit status", 5L, (long)r.status);
	want_num("lines on standard error", 1L, (long)count_lines(r.err));
	step("a long name");
	memset(name, 'n', sizeof name - 1);
	memcpy(name + sizeof name - 6, ".conf", 6);
	write_file(name, "7001 127.0.0.1:9\n7002 -m 0 127.0.0.1:9\n");
	run_words(f1("-E -c %s", name), &r);
	want_in("standard error", f1("%s:2: ", name), r.err);
	run_words(f1("-E -c %s", name + 1), &r);
	want_in("standard error", f1("%s: No such", name + 1), r.err);
	run_words("-E -c conf 7001 127.0.0.1:9", &r);
	want_num("operands beside -c: exit status", 5L, (long)r.status);
	want_in("standard error", "7001", r.err);
}

/* Too much of anything is said, not written past a table. */
static void
test_much(void)
{
	static char text[60000];
	static struct result r;
	int i, much;

	much = has(", unix") && !has(" TINY");
	for (i = 0; i < 400; i++)
		sprintf(text + strlen(text), "%d 127.0.0.1:9\n", 7001 + i);
	write_file("conf", text);
	run_words("-E -c conf", &r);
	want_num("400 plugs: exit status", 5L, (long)r.status);
	want_in("standard error", "too many plugs", r.err);
	for (i = 0, text[0] = 0; much > 0 && i < 200; i++)
		sprintf(text + strlen(text), "/a%d /b%d,backup /c%d\n", i, i, i);
	write_file("conf", text);
	run_words("-E -c conf", &r);
	want_in("600 paths", much > 0 ? "too many names" : "no plug", r.err);
	memset(text, 'x', sizeof text - 1);
	write_file("conf", text);
	run_words("-E -c conf", &r);
	want_num("60 KB: exit status", 5L, (long)r.status);
	want_in("standard error", "file too long", r.err);
	memset(text, '\n', sizeof text - 1);
	text[1000] = 0;
	for (i = 0; i < 10000; i++)
		strcat(text, "a ");
	write_file("conf", text);
	run_words("-E -c conf", &r);
	want_num("10000 words: exit status", 5L, (long)r.status);
	want_in("standard error", "conf:1001: too many", r.err);
}

/* Gone ports close, new ones open, and sessions go on wherever they are. */
static void
test_reload(void)
{
	struct pair stays, goes;
	char *three, *behind;
	int pid, lfd;

	noisy = 1;
	peers();
	three = new_addr();
	behind = new_addr();
	lfd = listen_on(behind);
	write_file("conf", f4("%s %s\n%s %s\n", one, behind, two, behind));
	pid = start_plug("-c conf -S sessions");
	pair_open(&stays, one, lfd);
	pair_open(&goes, two, lfd);
	reload(pid, f4("%s %s\n%s %s\n", one, left, three, right));
	want_text("a port that stays, its new target", "left", served("127.0.0.1", one));
	want_text("a new port", "right", served("127.0.0.1", three));
	wait_closed(two);
	send_text(stays.client, "on");
	recv_text(stays.target, "on");
	send_text(goes.target, "and on");
	recv_text(goes.client, "and on");
	reload(pid, f2("%s %s\n", two, right));
	want_text("a port that is back", "right", served("127.0.0.1", two));
	wait_closed(one);
	pair_close(&stays);
	pair_close(&goes);
	wait_lines("sessions", 5);
	want_in("session log", f2(" %s 127.0.0.1 %s ", one, behind), read_file("sessions"));
	want_in("session log", f2(" %s 127.0.0.1 %s ", two, behind), read_file("sessions"));
}

/* A bad file, or a port that can't be had, changes nothing and is told. */
static void
test_reload_bad(void)
{
	char *taken;
	int pid, lfd;

	noisy = 1;
	peers();
	taken = new_addr();
	lfd = listen_on(taken);
	write_file("conf", f2("%s %s\n", one, left));
	pid = start_plug("-c conf");
	want_text("before", "left", served("127.0.0.1", one));
	again(pid, f4("%s %s\n%s %s extra\n", two, right, one, right), "nothing is changed");
	want_in("standard error", "conf:2: ", read_file(plug_err()));
	want_in("standard error", "'extra'", read_file(plug_err()));
	want_text("after a bad line", "left", served("127.0.0.1", one));
	wait_closed(two);
	again(pid, f4("%s %s\n%s %s\n", two, right, taken, right), "nothing is changed");
	want_in("standard error", "server bind", read_file(plug_err()));
	want_text("after a taken port", "left", served("127.0.0.1", one));
	wait_closed(two);
	unlink("conf");
	kill((pid_t)pid, SIGHUP);
	wait_text(plug_err(), "conf: No such file");
	want_text("without a file", "left", served("127.0.0.1", one));
	close(lfd);
	reload(pid, f2("%s %s\n", one, right));
	want_text("a good one at last", "right", served("127.0.0.1", one));
}

/* Health and sticky clients are kept for targets that stay. */
static void
test_reload_keeps(void)
{
	char *dead;
	int pid;

	noisy = 1;
	peers();
	dead = new_addr();
	(void)black_hole(dead);
	write_file("conf", f4("-f %s %s %s %s\n", one, dead, left, right));
	pid = start_plug("-C 1 -c conf");
	want_text("past the dead one", "left", served("127.0.0.2", one));
	want_text("the next one", "right", served("127.0.0.3", one));
	reload(pid, f4("-T 500 -f %s %s %s # %s\n", one, right, left, two));
	want_text("the same target", "left", served("127.0.0.2", one));
	want_text("the same target", "right", served("127.0.0.3", one));
	want_num("died once", 1L, (long)count_in(": Connection timed out", read_file(plug_err())));
}

/* A client waits at a port that closes: it is served by what it came for. */
static void
test_reload_queue(void)
{
	int pid, fd[5], i;

	noisy = 1;
	peers();
	write_file("conf", f4("%s %s\n%s %s\n", one, left, two, right));
	pid = start_plug("-c conf");
	want_text("before", "right", served("127.0.0.1", two));
	write_file("conf", f2("%s %s\n", one, left));
	kill((pid_t)pid, SIGSTOP);
	for (i = 0; i < 5; i++)
		fd[i] = connect_to(two);
	kill((pid_t)pid, SIGHUP);
	kill((pid_t)pid, SIGCONT);
	for (i = 0; i < 5; i++) {
		want_text("a waiting client", "right", recv_line(fd[i]));
		close(fd[i]);
	}
	wait_closed(two);
}

/* Reloads while clients come: none is lost. */
static void
test_reload_load(void)
{
	char *texts[2];
	int pid, i, k;

	noisy = 1;
	peers();
	texts[0] = f4("%s %s\n%s %s\n", one, left, two, right);
	texts[1] = f3("-T 77 %s %s\n-x 127.9.9.9 %s", one, left, two);
	write_file("more", f2("%s %s\n", texts[1], left));
	texts[0] = keep(texts[0]);
	write_file("conf", texts[0]);
	pid = start_plug("-c conf");
	(void)served("127.0.0.1", one);
	for (i = 0; i < 20; i++) {
		write_file("conf.new", i % 2 ? texts[0] : read_file("more"));
		rename("conf.new", "conf");
		kill((pid_t)pid, SIGHUP);
		for (k = 0; k < 10; k++) {
			want_text("one", "left", served("127.0.0.1", one));
			(void)served("127.0.0.1", two);
		}
	}
}

/* Sessions of long ago don't use the tables up. */
static void
test_reload_rows(void)
{
	struct pair old;
	char *behind;
	int pid, lfd, i;

	needs("-h");
	noisy = 1;
	peers();
	behind = new_addr();
	lfd = listen_on(behind);
	write_file("conf", f2("%s %s\n", one, behind));
	pid = start_plug("-c conf");
	pair_open(&old, one, lfd);
	for (i = 0; i < (mode == M_WORKERS ? 20 : 150); i++)
		reload(pid, f4(i % 2 ? "%s %s\n%s %s\n" : "%s %s\n-h u:p@%s %s www.example.org\n",
		    one, left, i % 2 ? two : right, i % 2 ? right : two));
	want_text("the last of them", "right", served("127.0.0.1", two));
	send_text(old.client, "still");
	recv_text(old.target, "still");
	pair_close(&old);
}

/* n lines of one source, each for its own client, the last for 127.0.0.2. */
static char *
lines_of(int n, char *others, char *last)
{
	static char text[30000];
	int i;

	text[0] = 0;
	for (i = 1; i < n; i++)
		sprintf(text + strlen(text), "-a 127.1.%d.%d %s %s\n", i / 250, i % 250 + 1, one,
		    others);
	sprintf(text + strlen(text), "-a 127.0.0.2 -m 9 -M 5 %s %s\n", one, last);
	return text;
}

/*
 * As many plugs as there can be, each with a rule and a target of its own, and
 * one more; half as many, all of which get another target.
 */
static void
test_reload_full(void)
{
	int pid, n;

	noisy = 1;
	n = (int)table("plugs", 256L, 8L);
	peers();
	write_file("conf", lines_of(n, left, right));
	pid = start_plug("-c conf");
	want_text("the last plug", "right", served("127.0.0.2", one));
	want_text("the first plug", "left", served("127.1.0.2", one));
	again(pid, lines_of(n + 1, left, right), "nothing is changed");
	want_in("standard error", "too many plugs", read_file(plug_err()));
	want_text("after one too many", "right", served("127.0.0.2", one));
	reload(pid, lines_of(n, left, right));
	want_text("the same again", "right", served("127.0.0.2", one));
	stop_plug(pid, SIGTERM);
	step("half of them");
	write_file("conf", lines_of(n / 2, left, right));
	pid = start_plug("-c conf");
	want_text("the last plug", "right", served("127.0.0.2", one));
	reload(pid, lines_of(n / 2, right, left));
	want_text("the last plug", "left", served("127.0.0.2", one));
	want_text("the first plug", "right", served("127.1.0.2", one));
	expect_turned_away("127.0.0.3", one);
}

/*
 * Sessions that have ended keep no descriptors from the ports of a new file,
 * nor from who comes then.
 */
static void
test_reload_spare(void)
{
	struct pair p[10];
	char *text, *behind;
	int i, pid, lfd;

	noisy = 1;
	peers();
	behind = new_addr();
	lfd = listen_on(behind);
	write_file("conf", f2("%s %s\n", one, behind));
	spawn_nofile = 40;
	pid = start_plug("-c conf");
	for (i = 0; i < 10; i++)
		pair_open(&p[i], one, lfd);
	for (i = 0; i < 10; i++)
		pair_close(&p[i]);
	text = f2("%s %s\n", one, left);
	for (i = 0; i < 24; i++)
		text = f3("%s%s %s\n", text, new_addr(), right);
	reload(pid, f3("%s%s %s\n", text, two, right));
	want_text("the first port", "left", served("127.0.0.1", one));
	want_text("the last", "right", served("127.0.0.1", two));
}

/*
 * A line of the same source more, or two that change places: what was known
 * of the others' targets is still known.
 */
static void
test_reload_lines(void)
{
	char *dead, *a, *b;
	int pid;

	noisy = 1;
	peers();
	dead = new_addr();
	(void)black_hole(dead);
	a = f4("-f -a 127.0.0.2 %s %s %s %s\n", one, dead, left, right);
	b = f3("-f %s %s %s\n", one, left, right);
	write_file("conf", f2("%s%s", a, b));
	pid = start_plug("-C 1 -c conf");
	want_text("past the dead one", "left", served("127.0.0.2", one));
	want_text("the second line", "left", served("127.0.0.3", one));
	want_text("the second line's next", "right", served("127.0.0.4", one));
	reload(pid, f4("-a 127.0.0.9 %s %s\n%s%s", one, right, a, b));
	want_text("the same target", "left", served("127.0.0.2", one));
	want_text("the same target", "right", served("127.0.0.4", one));
	reload(pid, f4("-T 50 %s-a 127.0.0.9 %s %s\n%s", b, one, right, a));
	want_text("the same target", "right", served("127.0.0.4", one));
	reload(pid, f2("%s%s", a, b));
	want_text("the same target", "left", served("127.0.0.2", one));
	want_num("died once", 1L, (long)count_in(": Connection timed out", read_file(plug_err())));
}

/* A unix socket that stays gets the mode of the file; sessions go on. */
static void
test_reload_mode(void)
{
	struct stat st;
	char path[600];
	int pid;

	noisy = 1;
	peers();
	if (getcwd(path, sizeof path - 8) == 0 || strlen(path) > 90)
		skip("the folder's name is too long for a socket");
	strcat(path, "/socket");
	write_file("conf", f4("%s %s\n%s,mode=640 %s\n", one, left, path, left));
	pid = start_plug("-c conf");
	want_text("before", "left", served("127.0.0.1", one));
	want(stat(path, &st) == 0, "a socket");
	want_num("its mode", 0640L, (long)(st.st_mode & 0777));
	reload(pid, f4("%s %s\n%s,mode=606 %s\n", one, left, path, left));
	want(stat(path, &st) == 0, "a socket");
	want_num("its mode now", 0606L, (long)(st.st_mode & 0777));
	stop_plug(pid, SIGTERM);
	want(stat(path, &st) < 0, "no socket at the end");
}

/* A start that fails leaves no unix socket behind. */
static void
test_start_fails(void)
{
	static struct result r;
	struct stat st;
	char path[600];
	int lfd;

	peers();
	if (getcwd(path, sizeof path - 8) == 0 || strlen(path) > 90)
		skip("the folder's name is too long for a socket");
	strcat(path, "/socket");
	lfd = listen_on(one);
	write_file("conf", f4("%s %s\n%s %s\n", path, left, one, right));
	run_words("-n -c conf", &r);
	want_num("exit status", 4L, (long)r.status);
	want(stat(path, &st) < 0, "no socket");
	run_words("-c conf", &r);
	want_num("exit status", 4L, (long)r.status);
	want(stat(path, &st) < 0, "no socket");
	close(lfd);
}

struct test tests_config[] = {
	{ "lines", "a file's plugs are not what its lines say", test_lines, 0 },
	{ "handed", "-c can't be a descriptor, or a pipe", test_handed, 0 },
	{ "ports", "-E takes more ports than there can be", test_ports, 0 },
	{ "blocking", "-c on a FIFO hangs the daemon", test_blocking, 0 },
	{ "first", "the client's rule does not pick the destination", test_first, 0 },
	{ "base", "the command line does not stand behind the lines", test_base, 0 },
	{ "wrong", "a bad file is taken, or its fault not named", test_wrong, 0 },
	{ "much", "a long file is written past a table", test_much, 0 },
	{ "reload", "a reload breaks sessions, or leaves ports as they were", test_reload, 0 },
	{ "reload_bad", "a bad file changes something", test_reload_bad, 0 },
	{ "reload_keeps", "a reload forgets the dead, or the sticky", test_reload_keeps, 0 },
	{ "reload_spare", "sessions that have ended keep descriptors from a reload", test_reload_spare, 0 },
	{ "reload_full", "a full table of plugs can't be used, or not be reloaded", test_reload_full, 0 },
	{ "reload_lines", "a line more makes others forget", test_reload_lines, 0 },
	{ "reload_mode", "a unix socket keeps the mode of before", test_reload_mode, 0 },
	{ "start_fails", "a failed start leaves a unix socket", test_start_fails, 0 },
	{ "reload_queue", "who waits at a closing port is thrown out", test_reload_queue, 0 },
	{ "reload_load", "a reload under load loses clients", test_reload_load, 0 },
	{ "reload_rows", "many reloads use up the tables", test_reload_rows, 0 },
	{ 0, 0, 0, 0 }
};

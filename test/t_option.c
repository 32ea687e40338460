/*
 * t_option.c: the command line.  2.5.5's grammar, long names, and for every
 * mistake one clear line on standard error and exit status 5.
 */
#include "live.h"

#define SRC "127.0.0.1:8080"
#define DST "127.0.0.1:9"

/* Letters and long names of every option of this build. */
struct name {
	char *letter;
	char *name;
};

static struct name option_names[] = {
	{ "-a", "--accept" }, { "-x", "--deny" }, { "-d", "--debug" }, { "-f", "--sticky" },
	{ "-h", "--via" }, { "-i", "--interface" }, { "-k", "--keepalive" }, { "-l", "--log" },
	{ "-n", "--foreground" }, { "-o", "--first" }, { "-p", "--from" }, { "-P", "--pidfile" },
	{ "-r", "--retry" }, { "-S", "--sessions" }, { "-t", "--sticky-time" },
	{ "-V", "--version" }, { "-b", "--balance" }, { "-C", "--connect-timeout" },
	{ "-T", "--idle" }, { "-m", "--max" }, { "-F", "--fork" }, { "-w", "--workers" },
	{ "-g", "--grace" }, { "-E", "--test" }, { "-?", "--help" }, { 0, 0 }
};

static struct result r;
static char *argvec[512];
static int nargs;

/* Builds a command line word by word: words may be empty, long or odd. */
static void
begin(void)
{
	nargs = 0;
	argvec[nargs++] = plug_path;
}

static void
word(char *s)
{
	argvec[nargs++] = s;
	argvec[nargs] = 0;
}

/* The name by which plug was called. */
static char *
base_name(void)
{
	char *s;

	s = strrchr(plug_path, '/');
	return s == 0 ? plug_path : s + 1;
}

/* Runs it: exit 5, and one short printable line that begins with the name. */
static void
refused(void)
{
	char *s;
	char *what;

	what = f4("%.60s %.60s %.60s %.60s", argvec[1] ? argvec[1] : "",
	    nargs > 2 ? argvec[2] : "", nargs > 3 ? argvec[3] : "", nargs > 4 ? argvec[4] : "");
	step(what);
	run_to_exit(argvec, &r);
	want_num("exit status", 5L, (long)r.status);
	want_text("standard output", "", r.out);
	want_num("lines on standard error", 1L, (long)count_lines(r.err));
	s = f1("%.100s: ", base_name());
	if (strncmp(r.err, s, strlen(s)) != 0)
		fail(f1("a line that begins with `%s'", s), r.err);
	if (strlen(r.err) > 400)
		fail("a line of at most 400 bytes", num((long)strlen(r.err)));
	for (s = r.err; *s != '\n'; s++)
		if (*s < ' ' || *s > '~')
			fail("printable ASCII", r.err);
}

/* A line of words without blanks that must be refused. */
static void
bad(char *words)
{
	begin();
	nargs += split(words, argvec + 1, 500);
	refused();
}

/* A line that -E must find right, without a word. */
static void
good(char *words)
{
	if (lacks(words)) {
		bad(words);
		return;
	}
	step(words);
	run_words(words, &r);
	want_num("exit status", 0L, (long)r.status);
	want_text("standard output", "", r.out);
	want_text("standard error", "", r.err);
}

/*
 * GRAMMAR
 */

static void
test_grammar(void)
{
	static char *lines[] = {
		"-E 127.0.0.1:8080 127.0.0.1:9",
		"127.0.0.1:8080 127.0.0.1:9 -E",
		"127.0.0.1:8080 -E 127.0.0.1:9",
		"127.0.0.1:8080 -kE 127.0.0.1:9 -f",
		"-kfE 127.0.0.1:8080 127.0.0.1:9",
		"-Ekr5 127.0.0.1:8080 127.0.0.1:9",
		"-Ekr 5 127.0.0.1:8080 127.0.0.1:9",
		"-E -r5 127.0.0.1:8080 127.0.0.1:9",
		"-E -r 5 127.0.0.1:8080 127.0.0.1:9",
		"-Eft60 127.0.0.1:8080 127.0.0.1:9",
		"-E -i127.0.0.1 8080 127.0.0.1:9",
		"-Eki 127.0.0.1 8080 127.0.0.1:9",
		"-E -r 5 -r 6 -t 7 -t 8 127.0.0.1:8080 127.0.0.1:9",
		"-E -kkk -ddd 127.0.0.1:8080 127.0.0.1:9",
		"-E -a 127.0.0.1 -a 127.0.0.2 -x 127.0.0.3 127.0.0.1:8080 127.0.0.1:9",
		"-E -- 127.0.0.1:8080 127.0.0.1:9",
		"-E 127.0.0.1:8080 -- 127.0.0.1:9",
		"-E 127.0.0.1:8080 127.0.0.1:9 --",
		"-E - 127.0.0.1:8080 127.0.0.1:9",
		"--test 127.0.0.1:8080 127.0.0.1:9",
		"127.0.0.1:8080 --test 127.0.0.1:9",
		"--test --retry 5 127.0.0.1:8080 127.0.0.1:9",
		"--test --retry=5 127.0.0.1:8080 127.0.0.1:9",
		"--test --via=127.0.0.1:3128 127.0.0.1:8080 name.example:1",
		"--test --balance=cycle --keepalive --sticky 127.0.0.1:8080 127.0.0.1:9",
		"--test --balance first --first 127.0.0.1:8080 127.0.0.1:9",
		"-E -ob first 127.0.0.1:8080 127.0.0.1:9",
		"-E -h 127.0.0.1 127.0.0.1:8080 name.example",
		"-E 127.0.0.1:8080 name.example -h 127.0.0.1",
		"-E -h user:pass@127.0.0.1:3128 127.0.0.1:8080 name.example",
		"-E -S - 127.0.0.1:8080 127.0.0.1:9",
		"-EF 127.0.0.1:8080 127.0.0.1:9",
		"-E -w 4 127.0.0.1:8080 127.0.0.1:9",
		"-E 127.0.0.1:8080 127.0.0.1:9 127.0.0.1:10 127.0.0.1:11 127.0.0.2",
		0
	};
	int i;

	for (i = 0; lines[i] != 0; i++)
		good(lines[i]);
}

static void
test_grammar_bad(void)
{
	static char *lines[] = {
		"-E", "-E 127.0.0.1:8080", "-E -k", "-E --", "-EZ 127.0.0.1:8080 127.0.0.1:9", "-E -y 127.0.0.1:8080 127.0.0.1:9",
		"-E --nosuch 127.0.0.1:8080 127.0.0.1:9", "-E --nosuch=5 127.0.0.1:8080 127.0.0.1:9", "-E --=5 127.0.0.1:8080 127.0.0.1:9",
		"-E --keepalive=1 127.0.0.1:8080 127.0.0.1:9", "-E --test= 127.0.0.1:8080 127.0.0.1:9",
		"-E --retry= 127.0.0.1:8080 127.0.0.1:9", "-E --retry=5x 127.0.0.1:8080 127.0.0.1:9",
		"-E -- -k 127.0.0.1:8080", "-E --retry5 127.0.0.1:8080 127.0.0.1:9",
		"-E -k=1 127.0.0.1:8080 127.0.0.1:9", "-E -r=5 127.0.0.1:8080 127.0.0.1:9", "-E ---retry 5 127.0.0.1:8080 127.0.0.1:9",
		"-E -F -w 2 127.0.0.1:8080 127.0.0.1:9", "-E -w 2 -F 127.0.0.1:8080 127.0.0.1:9", "-EFw2 127.0.0.1:8080 127.0.0.1:9",
		"-E --fork --workers=2 127.0.0.1:8080 127.0.0.1:9",
		"-E -o -b cycle 127.0.0.1:8080 127.0.0.1:9", "-E -b cycle -o 127.0.0.1:8080 127.0.0.1:9",
		"-E 127.0.0.1:8080 127.0.0.1:8080", "-E 8080 127.0.0.1:8080", "-E 8080 127.0.0.1",
		"-I", "--inetd", "-E -q 127.0.0.1:8080 /path", "-E -o -b cycle -c /dev/null",
		"-E -u 65534:x 127.0.0.1:8080 127.0.0.1:9", "-E /p\001 127.0.0.1:9",
		0
	};
	int i;

	for (i = 0; lines[i] != 0; i++)
		bad(lines[i]);
	if (has(", users"))
		bad("-E -u 4242424 127.0.0.1:8080 127.0.0.1:9");
	begin();
	refused();
	begin();
	word("");
	refused();
	begin();
	word("-E");
	word("");
	word(DST);
	refused();
	begin();
	word("-E");
	word(SRC);
	word("");
	refused();
}

/* Version and help: on standard output, exit 0, whatever else is there. */
static void
test_version(void)
{
	static char *lines[] = { "-V", "-kfV", "--version", "-V nonsense", 0 };
	int i;

	for (i = 0; lines[i] != 0; i++) {
		if (lacks(lines[i])) {
			bad(lines[i]);
			continue;
		}
		step(lines[i]);
		run_words(lines[i], &r);
		want_num("exit status", 0L, (long)r.status);
		want_text("standard error", "", r.err);
		want_in("standard output", "3", r.out);
		want(strstr(r.out, "poll, ") != 0 || strstr(r.out, "select") != 0 ||
		    strstr(r.out, "kqueue, ") != 0,
		    "how it waits for events, in -V");
	}
}

static void
test_help(void)
{
	static char *lines[] = { "-?", "--help", "-k?", 0 };
	struct name *n;
	int i;

	for (i = 0; lines[i] != 0; i++) {
		if (lacks(lines[i])) {
			bad(lines[i]);
			continue;
		}
		step(lines[i]);
		run_words(lines[i], &r);
		want_num("exit status", 0L, (long)r.status);
		want_text("standard error", "", r.err);
		for (n = option_names; n->letter != 0; n++) {
			want_num(n->letter, (long)!lacks(n->letter),
			    (long)(strstr(r.out, f1("  %s", n->letter)) != 0));
			want_num(n->name, (long)!lacks(n->name), (long)(strstr(r.out, n->name) != 0));
		}
	}
}

/*
 * VALUES
 */

static char huge[65537];

/* One bad value for an option, as the next word, attached, and behind =. */
static void
bad_value(char *letter, char *name, char *value)
{
	static char attached[65600];

	begin();
	word("-E");
	word(letter);
	word(value);
	word(SRC);
	word(DST);
	refused();
	begin();
	word("-E");
	sprintf(attached, "%s=%s", name, value);
	word(attached);
	word(SRC);
	word(DST);
	refused();
	if (value[0] == 0)
		return;
	begin();
	word("-E");
	sprintf(attached, "%s%s", letter, value);
	word(attached);
	word(SRC);
	word(DST);
	refused();
}

/* The option as the last word: its value is missing. */
static void
missing_value(char *letter, char *name)
{
	begin();
	word("-E");
	word(SRC);
	word(DST);
	word(letter);
	refused();
	argvec[nargs - 1] = name;
	refused();
}

static void
bad_values(char *letter, char *name, char **values)
{
	missing_value(letter, name);
	for (; *values != 0; values++)
		bad_value(letter, name, *values);
	memset(huge, '9', 65536);
	bad_value(letter, name, huge);
	memset(huge, '\377', 65536);
	bad_value(letter, name, huge);
}

static void
test_numbers(void)
{
	static struct name names[] = {
		{ "-r", "--retry" }, { "-t", "--sticky-time" }, { "-C", "--connect-timeout" },
		{ "-T", "--idle" }, { "-m", "--max" }, { "-w", "--workers" }, { "-g", "--grace" },
		{ 0, 0 }
	};
	static char *values[] = {
		"", "-1", "+1", "010", "00", "0x10", "1x", "x1", "1.5", "1e3", " 1", "1 ", "1\n",
		"4294967297", "2147483648", "18446744073709551617", "99999999999999999999999999",
		"31536001", "\303\2741", "1\303\274", "\3311", "\033[1m", 0
	};
	struct name *n;

	for (n = names; n->letter != 0; n++)
		bad_values(n->letter, n->name, values);
	bad("-E -C 0 127.0.0.1:8080 127.0.0.1:9");
	bad("-E -m 0 127.0.0.1:8080 127.0.0.1:9");
	bad("-E -w 0 127.0.0.1:8080 127.0.0.1:9");
	bad("-E -w 256 127.0.0.1:8080 127.0.0.1:9");
	bad("-E -m 1000000 127.0.0.1:8080 127.0.0.1:9");
	good("-E -r 0 -t 0 -T 0 -g 0 -C 1 -m 1 127.0.0.1:8080 127.0.0.1:9");
	good("-E -r 31536000 -t 31536000 -T 31536000 -g 31536000 -C 31536000 127.0.0.1:8080 127.0.0.1:9");
	good("-E -w 1 127.0.0.1:8080 127.0.0.1:9");
	if (!has(" TINY"))
		good("-E -w 255 127.0.0.1:8080 127.0.0.1:9");
}

static void
test_addresses(void)
{
	static char *values[] = {
		"", "1", "127.1", "1.2.3", "1.2.3.", "1.2.3.4.", "1.2.3.4.5", "1.2.3.256", "1.2.3.-4",
		"01.2.3.4", "1.2.3.010", "0x1.2.3.4", "1..2.3", "1.2.3.4x", "x1.2.3.4", " 1.2.3.4",
		"1.2.3.4 ", "1.2.3.4:5", "1.2.3.4/8", "4294967296", "-1", "localhost", "1.2.3.4294967297",
		"\302\2711.2.3.4", "1.2.3.\331\244", 0
	};

	bad_values("-i", "--interface", values);
	bad_values("-p", "--from", values);
}

static void
test_via(void)
{
	static char *values[] = {
		"", "1", "127.1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4:", "1.2.3.4:0",
		"1.2.3.4:65536", "1.2.3.4:080", "1.2.3.4:80x", "1.2.3.4:-80", "1.2.3.4:99999999999",
		"1.2.3.4x", "proxy.example:80", ":80", "user:pass@", "user:pass@1.2.3",
		"u\r\nX: y:p@1.2.3.4", "1.2.3.4:\331\244", 0
	};

	bad_values("-h", "--via", values);
}

static void
test_balance(void)
{
	static char *values[] = { "", "cycles", "firs", "0", "-1", "cycle ", "c\303\274cle", 0 };

	bad_values("-b", "--balance", values);
	good("-E -b cycle 127.0.0.1:8080 127.0.0.1:9");
	good("-E -b first 127.0.0.1:8080 127.0.0.1:9");
}

/* File names: odd ones are allowed, none and endless ones are not. */
static void
test_files(void)
{
	static struct name names[] = { { "-P", "--pidfile" }, { "-S", "--sessions" }, { 0, 0 } };
	struct name *n;

	for (n = names; n->letter != 0; n++) {
		missing_value(n->letter, n->name);
		bad_value(n->letter, n->name, "");
		memset(huge, 'f', 65536);
		bad_value(n->letter, n->name, huge);
	}
}

static void
test_sources(void)
{
	static char *right[] = {
		"1", "65535", "8080", ":8080", "*:8080", "1.2.3.4:8080", "0.0.0.0:8080",
		"8080@127.0.0.3", ":8080@127.0.0.3", "*:8080@127.0.0.3", "1.2.3.4:8080@127.0.0.3",
		"8080/127.0.0.3", 0
	};
	static char *wrong[] = {
		"0", ":0", "65536", "080", ":080", "08080", "99999999999", "4294975376", "1.2.3:80",
		"127.1:80", "1.2.3.4", "1.2.3.4:", ":", "*:", "*", "1.2.3.4:0", "1.2.3.4:65536",
		"1.2.3.4:80x", "80x", "x80", "01.2.3.4:80", "1.2.3.010:80", "1.2.3.400:80", "http",
		"8080@", "8080@1.2.3", "8080@127.0.0.1x", "8080@x", "8080@127.0.0.1@127.0.0.1",
		"8080@127.0.0.1:80", "8080 ", " 8080", "+80", "0x50", "80\303\274", "\331\2448", "**:80",
		"name.example:80", "8080:8080", "1.2.3.4:80:80", 0
	};
	int i;

	for (i = 0; right[i] != 0; i++)
		good(f1("-E %s 10.0.0.1:9", right[i]));
	for (i = 0; wrong[i] != 0; i++) {
		begin();
		word("-E");
		word(wrong[i]);
		word(DST);
		refused();
	}
	begin();
	word("-E");
	memset(huge, '8', 65536);
	word(huge);
	word(DST);
	refused();
}

static void
test_targets(void)
{
	static char *right[] = { "1.2.3.4", "1.2.3.4:1", "1.2.3.4:65535", "255.1.1.1:80", 0 };
	static char *wrong[] = {
		"1", "8080", ":80", "*:80", "127.1", "127.1:80", "1.2.3", "1.2.3.4.5", "1.2.3.256",
		"01.2.3.4", "1.2.3.4:", "1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:080", "1.2.3.4:80x",
		"1.2.3.4:99999999999", "1.2.3.4:-1", "1.2.3.4 :80",
		"1.2.3.4:http", "1.2.3.4:80:80", "1.2.3.4,nosuch", "1.2.3.4:\331\244", 0
	};
	static char *names[] = { "1.2.3.4x", "name.example", "localhost:80", 0 };
	char *line;
	int i;

	for (i = 0; right[i] != 0; i++)
		good(f1("-E 127.0.0.1:8080 %s", right[i]));
	for (i = 0; wrong[i] != 0; i++) {
		begin();
		word("-E");
		word(SRC);
		word(DST);
		word(wrong[i]);
		refused();
	}
	for (i = 0; names[i] != 0; i++) {
		line = f1("-E 127.0.0.1:8080 %s", names[i]);
		if (lacks("-D"))
			bad(line);
		else
			good(line);
	}
	bad("-E 127.0.0.1:8080 127.0.0.1:9 -- -k");
	if (!lacks("-h"))
		bad("-E -h 127.0.0.1 127.0.0.1:8080 -- -k");
	begin();
	word("-E");
	word(SRC);
	memset(huge, '1', 65536);
	word(huge);
	refused();
	step("more targets than the table");
	begin();
	word("-E");
	word(SRC);
	for (i = 0; i < 400; i++) {
		line = (char *)malloc(32);
		sprintf(line, "10.0.%d.%d:80", i / 200, i % 200 + 1);
		word(line);
	}
	refused();
}

/*
 * WHAT AN OPTION DOES
 */

/* -E touches nothing: no port, no file. */
static void
test_dry(void)
{
	char *addr;

	addr = new_addr();
	listen_on(addr);
	good(f2("-E -n -P pid -S log %s %s", addr, DST));
	want(access("pid", F_OK) < 0, "no pid file");
	want(access("log", F_OK) < 0, "no session log");
	begin();
	word("-E");
	word("-P");
	word("pid");
	word(addr);
	word("nonsense:0");
	refused();
	want(access("pid", F_OK) < 0, "no pid file");
}

/* A wrong line starts nothing, also without -E. */
static void
test_no_start(void)
{
	char *addr;
	int list[16];

	addr = new_addr();
	bad(f1("-P pid %s 127.0.0.1:0", addr));
	bad(f2("-P pid -r x %s %s", addr, DST));
	bad(f2("-P pid %s %s -k --nosuch", addr, DST));
	want(access("pid", F_OK) < 0, "no pid file");
	want(try_connect((char *)0, addr) < 0, "nobody listening");
	want_num("processes left", 1L, (long)children_of((int)getppid(), list, 16));
}

/* -d stays in the foreground and tells what happens. */
static void
test_debug(void)
{
	char *addr;
	char *behind;
	char *argv[8];
	int pid;

	addr = new_addr();
	behind = new_addr();
	start_peer(f1("%s echo", behind));
	argv[0] = plug_path;
	argv[1] = "-d";
	argv[2] = addr;
	argv[3] = behind;
	argv[4] = 0;
	pid = spawn(argv, "d.out", "d.err");
	wait_port(addr);
	echo_works(addr);
	want(waitpid((pid_t)pid, (int *)0, WNOHANG) == 0, "plug in the foreground");
	if (has(", debug"))
		wait_text("d.err", "\n");
	stop_plug(pid, SIGTERM);
	want_text("standard output", "", read_file("d.out"));
}

struct test tests_option[] = {
	{ "grammar", "a right command line is refused", test_grammar, 0 },
	{ "grammar_bad", "a wrong command line is taken", test_grammar_bad, 0 },
	{ "version", "-V is no success", test_version, 0 },
	{ "help", "-? forgets an option", test_help, 0 },
	{ "numbers", "a wrong number is taken for one", test_numbers, 0 },
	{ "addresses", "a wrong address is taken for one", test_addresses, 0 },
	{ "via", "a wrong proxy is taken for one", test_via, 0 },
	{ "balance", "a wrong -b is taken for one", test_balance, 0 },
	{ "files", "no file name is taken for one", test_files, 0 },
	{ "sources", "a form of source is misread", test_sources, 0 },
	{ "targets", "a form of target is misread", test_targets, 0 },
	{ "dry", "-E binds or writes", test_dry, 0 },
	{ "no_start", "a wrong command line starts something", test_no_start, 0 },
	{ "debug", "-d is silent or detaches", test_debug, 0 },
	{ 0, 0, 0, 0 }
};

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
static char *argvec[1200];
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
	for (i = 0; i <= (int)table("targets", 512L, 16L); i++) {
		line = (char *)malloc(32);
		sprintf(line, "10.0.%d.%d:80", i / 200, i % 200 + 1);
		word(line);
	}
	refused();
}

/*
 * WHAT IS SAID
 */

#define LINE 1			/* of the command line alone */
#define NAMELESS 2		/* where names are no targets */

/* What is wrong, to a word: the last one where none is given. */
struct hint {
	char *words;
	char *said;
	char *word;
	int how;
};

static struct hint hints[] = {
	{ "80 1.2.3.4,wieght=3", "no such word: wieght (weight?)", 0, 0 },
	{ "80 1.2.3.4,bakup", "no such word: bakup (backup?)", 0, 0 },
	{ "80 1.2.3.4,Drain", "no such word: Drain (drain?)", 0, 0 },
	{ "80 1.2.3.4,slow,backup", "no such word: slow", 0, 0 },
	{ "80 1.2.3.4,abcdefghijklmnopqrstuvwxyz", "no such word: abcdefghijklmnopqrst", 0, 0 },
	{ "80 1.2.3.4,a\001b", "no such word: a\\001b", "1.2.3.4,a\\001b", 0 },
	{ "80 1.2.3.4,weight=0", "weight is 1 to 255", 0, 0 },
	{ "80 1.2.3.4,weight=256", "weight is 1 to 255", 0, 0 },
	{ "80 1.2.3.4,backup,weight=3x", "weight is 1 to 255", 0, 0 },
	{ "80 1.2.3.4,weight", "weight is 1 to 255", 0, 0 },
	{ "80 1.2.3.4,backup=1", "backup has no value", 0, 0 },
	{ "80 1.2.3.4,drain=yes", "drain has no value", 0, 0 },
	{ "-H 5 80 1.2.3.4,cut=1", "cut has no value", 0, 0 },
	{ "-H 5 80 1.2.3.4,chekc=81", "no such word: chekc (check?)", 0, 0 },
	{ "-H 5 80 1.2.3.4,check=0", "check is port or addr:port", 0, 0 },
	{ "-H 5 80 1.2.3.4,check=1.2.3.4", "check is port or addr:port", 0, 0 },
	{ "-H 5 80 1.2.3.4,send=", "send is a text of 1 to 255 bytes", 0, 0 },
	{ "-H 5 80 1.2.3.4,expect", "expect is a text of up to 255 bytes", 0, 0 },
	{ "80 1.2.3.4,", "no word behind a comma", 0, 0 },
	{ "80 1.2.3.4,,backup", "no word behind a comma", 0, 0 },
	{ "80 www.example.org", "names need -h or a build with -DHAVE_NAMES=1", 0, NAMELESS },
	{ "80 host:22,backup", "names need -h or a build with -DHAVE_NAMES=1", 0, NAMELESS },
	{ "80 http://1.2.3.4/", "a target is no URL", 0, 0 },
	{ "80 ::1:80", "write [::1]:80", 0, 0 },
	{ "80 ::1", "write [::1]", 0, 0 },
	{ "80 2001:db8::7:8080,backup", "write [2001:db8::7]:8080", 0, 0 },
	{ "80 1:2:3:4:5:6:7:8", "write [1:2:3:4:5:6:7:8]", 0, 0 },
	{ "80 1:2:3:4:5:6:7:8:80", "write [1:2:3:4:5:6:7:8]:80", 0, 0 },
	{ "80 [::1", "a bracket without its end", 0, 0 },
	{ "80 [::g]:80", "not an IPv6 address in the brackets", 0, 0 },
	{ "80 [fe80::1%eth0]:80", "an address has no zone here", 0, 0 },
	{ "80 [febf::1]:80", "a link-local address needs a device", 0, 0 },
	{ "80 1.2.3", "an IPv4 address is four numbers from 0 to 255", 0, 0 },
	{ "80 1.2.3.4.5", "an IPv4 address is four numbers from 0 to 255", 0, 0 },
	{ "80 1.2.3.256:80", "an IPv4 address is four numbers from 0 to 255", 0, 0 },
	{ "80 010.1.1.1", "an IPv4 address has no zeros in front", 0, 0 },
	{ "80 1.2.3.4:0", "a port is 1 to 65535", 0, 0 },
	{ "80 1.2.3.4:65536", "a port is 1 to 65535", 0, 0 },
	{ "80 1.2.3.4:http", "a port is 1 to 65535", 0, 0 },
	{ "80 1.2.3.4:", "a port is 1 to 65535", 0, 0 },
	{ "80 1.2.3.4:080", "a port has no zeros in front", 0, 0 },
	{ "80 [::1]x", "behind an address stands :port or ,word", 0, 0 },
	{ "80 :80", "no address", 0, 0 },
	{ "80 -- -k", "a host name does not begin with -", 0, 0 },
	{ "-h 1.2.3.4 80 -- -k", "a host name does not begin with -", 0, 0 },
	{ "-h 1.2.3.4 80 na_me", "a host name is letters, digits, - and .", 0, 0 },
	{ "-h 1.2.3.4 80 10-0-0-1:0", "a port is 1 to 65535", 0, 0 },
	{ "-h 1.2.3.4 80 name:99999", "a port is 1 to 65535", 0, 0 },
	{ "-h 1.2.3.4 80 /path", "a proxy reaches no path", 0, 0 },
	{ "80 /a@b", "a path has no @, comma or control character", 0, 0 },
	{ "80 /a,b", "no such word: b", 0, 0 },
	{ "http 1.2.3.4", "a source is numeric, port or addr:port", "http", 0 },
	{ "host:80 1.2.3.4", "a source is numeric, port or addr:port", "host:80", 0 },
	{ "0 1.2.3.4", "a port is 1 to 65535", "0", 0 },
	{ "80x 1.2.3.4", "a port is 1 to 65535", "80x", 0 },
	{ "080 1.2.3.4", "a port has no zeros in front", "080", 0 },
	{ "80,90 1.2.3.4", "a source has no commas", "80,90", 0 },
	{ "::1:80 1.2.3.4", "write [::1]:80", "::1:80", 0 },
	{ "[::1] 1.2.3.4", "a source needs a port, addr:port", "[::1]", 0 },
	{ "1.2.3.4 1.2.3.4", "a source needs a port, addr:port", 0, 0 },
	{ "1.2.3:80 1.2.3.4", "an IPv4 address is four numbers from 0 to 255", "1.2.3:80", 0 },
	{ "*80 1.2.3.4", "* stands before :port", "*80", 0 },
	{ "80-70 1.2.3.4", "a range is port-port, upwards", "80-70", 0 },
	{ "80- 1.2.3.4", "a range is port-port, upwards", "80-", 0 },
	{ "80@x 1.2.3.4", "an address is numeric", "80@x", 0 },
	{ "80@ 1.2.3.4", "no address", "80@", 0 },
	{ "80@1.1.1 1.2.3.4", "an IPv4 address is four numbers from 0 to 255", "80@1.1.1", 0 },
	{ "/a,mode=9 1.2.3.4:5", "behind a path stands ,mode= and 0 to 777, in octal",
	    "/a,mode=9", 0 },
	{ "/a@b 1.2.3.4:5", "an address is numeric", "/a@b", 0 },
	{ "/a 1.2.3.4", "target without a port", 0, 0 },
	{ "80 1.2.3.4 -Z", "unknown option -Z", 0, 0 },
	{ "80 1.2.3.4 -kfZr5", "unknown option -Z", 0, 0 },
	{ "80 1.2.3.4 --retyr=5", "unknown option (--retry?)", 0, 0 },
	{ "80 1.2.3.4 --keep-alive", "unknown option (--keepalive?)", 0, 0 },
	{ "80 1.2.3.4 --conect-timout=3", "unknown option (--connect-timeout?)", 0, 0 },
	{ "80 1.2.3.4 --nosuch", "unknown option", 0, 0 },
	{ "80 1.2.3.4 --=5", "unknown option", 0, 0 },
	{ "80 1.2.3.4 --s=5", "is it --sessions or --sticky-time?", 0, 0 },
	{ "80 1.2.3.4 --keep=1", "this option has no value", 0, 0 },
	{ "80 1.2.3.4 --ret=x", "-r: not a number from 0 to 31536000", "x", 0 },
	{ "80 1.2.3.4 -a host", "-a: a rule is numeric", 0, 0 },
	{ "80 1.2.3.4 -x 10.0.0.0/33", "-x: bits are 0 to 32, a mask is ones and then zeros", 0, 0 },
	{ "80 1.2.3.4 -a 10.0.0.0/255.0.1.0",
	    "-a: bits are 0 to 32, a mask is ones and then zeros", 0, 0 },
	{ "80 1.2.3.4 -a ::1/129", "-a: bits are 0 to 128", 0, 0 },
	{ "80 1.2.3.4 -a 10.1", "-a: an IPv4 address is four numbers from 0 to 255", 0, 0 },
	{ "80 1.2.3.4 -a 10.*.*", "-a: a net pattern is one to three octets, then .*", 0, 0 },
	{ "80 1.2.3.4 -a 1.2.3.4:80", "-a: a rule has no port", 0, 0 },
	{ "80 1.2.3.4 -a 1.2.3.4x", "-a: not a rule", 0, 0 },
	{ "80 1.2.3.4 -a [::1]", "-a: a rule has no brackets", 0, 0 },
	{ "80 1.2.3.4 -i 1.2.3.4:80", "-i: no port belongs here", 0, 0 },
	{ "80 1.2.3.4 -i eth0", "-i: an address is numeric", 0, 0 },
	{ "80 1.2.3.4 -p [::1", "-p: a bracket without its end", 0, 0 },
	{ "80 1.2.3.4 -h proxy", "-h: an address is numeric", 0, 0 },
	{ "80 1.2.3.4 -h ::1:3128", "-h: write [::1]:3128", 0, 0 },
	{ "80 1.2.3.4 -h 1.2.3.4:0", "-h: a port is 1 to 65535", 0, 0 },
	{ "80 1.2.3.4 -s 80", "-s: not addr:port, nor a path", 0, LINE },
	{ "80 1.2.3.4 -s :80", "-s: no address", 0, LINE },
	{ "80 1.2.3.4 -s ::1:80", "-s: write [::1]:80", 0, LINE },
	{ "80 1.2.3.4 -s localhost:80", "-s: an address is numeric", 0, LINE },
	{ 0, 0, 0, 0 }
};

/* What is wrong with the line is this, of the file's first line if place is. */
static void
is_said(char *words, char *place, char *said, char *word)
{
	run_words(words, &r);
	want_num("exit status", 5L, (long)r.status);
	want_text("standard output", "", r.out);
	if (word == 0)
		word = strrchr(words, ' ') + 1;
	want_text("standard error", f4("%s%s: '%s'\n", f2("%s: %s", base_name(), place), said, word,
	    ""), r.err);
}

/* True for a line that means something else to a build that has less, or more. */
static int
of_others(struct hint *h)
{
	char *s;

	s = strstr(h->words, " --");
	if (s != 0 && s[3] != ' ')
		return lacks("--accept");
	if (strstr(h->said, "nknown") != 0)
		return 0;
	if ((h->how & NAMELESS) && (!lacks("-D") || lacks("-h")))
		return 1;
	return lacks(h->words) || (strchr(h->words, '/') != 0 && !has(", unix"));
}

static void
test_hints(void)
{
	struct hint *h;
	char *word;

	if (!has(", hints"))
		return;
	for (h = hints; h->words != 0; h++) {
		if (of_others(h))
			continue;
		word = h->word != 0 ? h->word : strrchr(h->words, ' ') + 1;
		step(h->words);
		is_said(f1("-E %s", h->words), "", h->said, word);
		if ((h->how & LINE) || lacks("-c"))
			continue;
		write_file("conf", f1("%s\n", h->words));
		is_said("-E -c conf", "conf:1: ", h->said, word);
	}
	if (has(", roll") && !lacks("--accept"))
		is_said("-E 80 1.2.3.4 --log=3", "", "its value is 1 or 2", (char *)0);
	write_file("conf", "80 1.2.3.4 -g 5\n");
	if (!lacks("-c"))
		is_said("-E -c conf", "conf:1: ", "-g: of the command line, not of one plug", "-g");
	step("long words");
	memset(huge, 'a', 300);
	huge[0] = '/';
	huge[300] = 0;
	run_words(f1("-E 80 %s", huge), &r);
	want_in("standard error", "too many bytes in a path, at most ", r.err);
	huge[0] = 'a';
	run_words(f1("-E -h 1.2.3.4 80 %s", huge), &r);
	if (!lacks("-h"))
		want_in("standard error", "a host name has at most 255 bytes: ", r.err);
	memset(huge, 0, sizeof huge);
}

/*
 * What other builds have is named as such, by letter and by name.  Where there
 * is no room to tell it from what nobody has, it is said that it can be.
 */
static void
test_elsewhere(void)
{
	static char *options[] = {
		"-A --accept-proxy", "-B --rate", "-c --config", "-D --dns", "-e --early",
		"-F --fork", "-h --via", "-H --check", "-K --keepalive-time", "-R --root",
		"-s --status", "-w --workers", "-X --proxy-protocol", 0
	};
	char letter[3], *name;
	int i;

	is_said("-E 80 [fe80::1]:80", "", "a link-local address needs a device", (char *)0);
	if (has(" TINY"))
		is_said("-E 21000-21008 1.2.3.4", "", has(", hints") ?
		    "too many ports, at most 8 (MAXLISTEN)" : "too many ports", "21000-21008");
	if (!has(", hints")) {
		is_said("-E 80 1.2.3.4 -A", "", "unknown, or not in this build", (char *)0);
		is_said("-E 80 1.2.3.4 --dsn", "", "unknown, or not in this build", (char *)0);
		return;
	}
	if (!lacks("-X"))
		is_said("-E 80 1.2.3.4 -XX", "", "not in this build: -XX", (char *)0);
	if (!has(", roll"))
		is_said("-E 80 1.2.3.4 -kll", "", "not in this build: -ll", (char *)0);
	if (lacks("--accept"))
		is_said("-E 80 1.2.3.4 --log", "", "not in this build: --", (char *)0);
	letter[0] = '-';
	letter[2] = 0;
	for (i = 0; options[i] != 0; i++) {
		letter[1] = options[i][1];
		name = options[i] + 3;
		if (!lacks(letter))
			continue;
		step(options[i]);
		is_said(f1("-E 80 1.2.3.4 -k%s", letter + 1), "",
		    f1("not in this build: %s", letter), (char *)0);
		if (!lacks("--accept"))
			is_said(f1("-E 80 1.2.3.4 %s", name), "", f1("not in this build: %s", name),
			    (char *)0);
	}
	if (lacks("-H"))
		is_said("-E 80 1.2.3.4,cut", "", "not in this build: cut", (char *)0);
}

/* The beginning of a long name is enough, if no other begins so. */
static void
test_beginnings(void)
{
	static char *lines[] = {
		"0--te --ret 5", "0--test --retr=5 --keep --connect 3", "0--te --sticky --sticky-t 5",
		"5--te --stick", "5--te --ma 5", "5--te --=5", "5--te --retryx 5",
		"5--te --keepalive-", 0
	};
	int i;

	if (lacks("--accept"))
		return;
	for (i = 0; lines[i] != 0; i++) {
		step(lines[i]);
		run_words(f3("%s %s %s", lines[i] + 1, SRC, DST), &r);
		want_num("exit status", (long)(lines[i][0] - '0'), (long)r.status);
	}
}

/*
 * WARNINGS: -E finds the line right, and tells what of it can never work.
 */

static struct hint warnings[] = {
	{ "80 1.2.3.4,drain", "all targets drain", 0, 0 },
	{ "80 1.2.3.4,backup,drain 1.2.3.5,drain", "all targets drain", "1.2.3.4,backup,drain", 0 },
	{ "80 1.2.3.4,backup", "all targets are backups", 0, 0 },
	{ "80 1.2.3.4,drain 1.2.3.5,backup", 0, 0, 0 },
	{ "80 1.2.3.4 1.2.3.4:80", 0, 0, 0 },
	{ "-o 80 1.2.3.4 1.2.3.4:80", "never reached, it is there already", 0, 0 },
	{ "-b hash 80 1.2.3.4 1.2.3.5 1.2.3.4", "never reached, it is there already", 0, 0 },
	{ "-b hash 80 1.2.3.4 1.2.3.4,weight=2", 0, 0, 0 },
	{ "-o 80 1.2.3.4,drain 1.2.3.4", 0, 0, 0 },
	{ "-o 80 1.2.3.4,max=3 1.2.3.4", 0, 0, 0 },
	{ "-o 80 1.2.3.4 1.2.3.4:81", 0, 0, 0 },
	{ "80 1.2.3.4,backup 1.2.3.4", "never reached, it is there already", "1.2.3.4,backup", 0 },
	{ "80 1.2.3.4,max=3 1.2.3.4,backup", 0, 0, 0 },
	{ "-a 10.* -x 10.1.* 80 1.2.3.4", "never reached, behind a wider rule", "-x 10.1.0.0/16", 0 },
	{ "-x * -a ::1 80 1.2.3.4", "no client is admitted", "80", 2 },
	{ "-x 10.1.* -a 10.* 80 1.2.3.4", 0, 0, 0 },
	{ "-a 10.* -a ::/0 -a * 80 1.2.3.4", 0, 0, 0 },
	{ "-a 10.1.2.3 -x 10.1.2.3/32 80 1.2.3.4", "never reached, behind a wider rule",
	    "-x 10.1.2.3/32", 0 },
	{ "-a * -x * 80 1.2.3.4", "never reached, behind a wider rule", "-x *", 0 },
	{ "-x * 80 1.2.3.4", "no client is admitted", "80", 0 },
	{ "-x 0.0.0.0/0 80 1.2.3.4", 0, 0, 0 },
	{ "-p 192.0.2.1 80 1.2.3.4", "no address of this machine to connect from", "192.0.2.1", 1 },
	{ "80@192.0.2.1 1.2.3.4", "no address of this machine to connect from", "192.0.2.1", 1 },
	{ "-p 127.0.0.1 80 1.2.3.4", 0, 0, 0 },
	{ "-p 0.0.0.0 80 1.2.3.4", 0, 0, 0 },
	{ 0, 0, 0, 0 }
};

/* Nothing but this warning, of that line of the file, or of none. */
static void
warned(char *words, char *place, char *said, char *word, int lines)
{
	run_words(words, &r);
	want_num("exit status", 0L, (long)r.status);
	want_text("standard output", "", r.out);
	want_num("lines on standard error", (long)lines, (long)count_lines(r.err));
	if (lines > 0)
		want_in("standard error", f4("%s: %swarning: %s: '%s'\n", base_name(), place, said,
		    word), r.err);
}

static void
test_warnings(void)
{
	struct hint *h;
	char *word, *said;
	int n;

	if (!has(", hints"))
		return;
	for (h = warnings; h->words != 0; h++) {
		if (lacks(h->words) || (h->how == 1 && has(" TINY")))
			continue;
		step(h->words);
		n = h->said == 0 ? 0 : h->how == 2 ? 2 : 1;
		said = n > 0 ? h->said : "";
		word = h->word != 0 ? h->word : strrchr(h->words, ' ') + 1;
		warned(f1("-E %s", h->words), "", said, word, n);
		if (lacks("-c"))
			continue;
		write_file("conf", f1("# one\n%s\n", h->words));
		warned("-E -c conf", "conf:2: ", said, word, n);
	}
}

/* -s where a source is: it can't be bound. */
static void
test_warn_status(void)
{
	static char said[] = "-s is at this source";

	needs("-s");
	if (!has(", hints"))
		return;
	warned("-E -s 127.0.0.1:80 80 1.2.3.4", "", said, "80", 1);
	warned("-E -s 0.0.0.0:80 127.0.0.1:79-81 1.2.3.4", "", said, "127.0.0.1:79-81", 1);
	warned("-E -s /s /s 1.2.3.4:80", "", said, "/s", 1);
	warned("-E -s 127.0.0.1:82 80 1.2.3.4", "", said, "", 0);
	warned("-E -s 127.0.0.2:80 127.0.0.1:80 1.2.3.4", "", said, "", 0);
	warned("-E -s /s /t 1.2.3.4:80", "", said, "", 0);
}

/* Lines of a file: which of them is warned of, 0 none. */
struct reach {
	char *text;
	int line;
	char *word;
};

static struct reach reaches[] = {
	{ "80 1.2.3.4\n80 1.2.3.5\n", 2, "80" },
	{ "80 1.2.3.4\n81 1.2.3.5\n127.0.0.1:80 1.2.3.5\n", 0, 0 },
	{ "-a 10.* 80 1.2.3.4\n-a 10.1.* 80 1.2.3.5\n", 2, "80" },
	{ "-a 10.1.* 80 1.2.3.4\n-a 10.* 80 1.2.3.5\n80 1.2.3.6\n", 0, 0 },
	{ "-x 10.* 80 1.2.3.4\n80 1.2.3.5\n", 0, 0 },
	{ "-x 10.* 80 1.2.3.4\n-a 10.1.* 80 1.2.3.5\n", 0, 0 },
	{ "-x 10.* 80 1.2.3.4\n-a 11.* 80 1.2.3.5\n", 2, "80" },
	{ "-x 10.* -a 11.* 80 1.2.3.4\n-a 11.0.0.1 80 1.2.3.5\n", 2, "80" },
	{ "-x 10.1.* -a * 80 1.2.3.4\n-a 10.* 80 1.2.3.5\n", 0, 0 },
	{ "-a 10.* 80 1.2.3.4\n-a 11.* 80 1.2.3.5\n-a 10.1.* -a 11.1.* 80 1.2.3.6\n", 3, "80" },
	{ "-a 10.* 80 1.2.3.4\n-a 11.* 80 1.2.3.5\n-a 10.1.* -a 12.1.* 80 1.2.3.6\n", 0, 0 },
	{ "80-83 1.2.3.4:1\n82 1.2.3.5\n", 2, "82" },
	{ "82 1.2.3.5\n80-83 1.2.3.4:1\n", 0, 0 },
	{ "/a 1.2.3.4:5\n/b 1.2.3.4:5\n/a 1.2.3.5:6\n", 3, "/a" },
	{ 0, 0, 0 }
};

static void
test_warn_lines(void)
{
	static char said[] = "never reached, an earlier line has its clients";
	struct reach *q;

	needs("-c");
	if (!has(", hints"))
		return;
	for (q = reaches; q->text != 0; q++) {
		if (q->text[0] == '/' && !has(", unix"))
			continue;
		step(q->text);
		write_file("conf", q->text);
		warned("-E -c conf", f1("conf:%s: ", num((long)q->line)), said, q->word,
		    q->line > 0);
	}
	step("the command line's rules");
	write_file("conf", "-a 10.1.* 80 1.2.3.4\n80 1.2.3.5\n");
	warned("-E -a 10.* -c conf", "conf:2: ", said, "80", 1);
	write_file("conf", "-a 10.1.* 80 1.2.3.4\n-a 11.* 80 1.2.3.5\n");
	warned("-E -a 10.1.* -c conf", "", said, "", 0);
	warned("-E -a 10.* -x 10.2.* -c conf", "", "never reached, behind a wider rule",
	    "-x 10.2.0.0/16", 1);
	if (!has(" TINY"))
		warned("-E -p 192.0.2.1 -c conf", "", "no address of this machine to connect from",
		    "192.0.2.1", 1);
	step("a mistake behind it");
	write_file("conf", "80 1.2.3.4,drain\n81 1.2.3.5,foo\n");
	run_words("-E -c conf", &r);
	want_num("exit status", 5L, (long)r.status);
	want_in("standard error", "conf:2: no such word: foo: ", r.err);
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
	{ "hints", "what is wrong is not told, or something else is", test_hints, 0 },
	{ "beginnings", "the beginning of a long name is no name, or one of two", test_beginnings, 0 },
	{ "warnings", "-E is silent about what never works, or warns of what does", test_warnings, 0 },
	{ "warn_status", "-E is silent about a port that -s has", test_warn_status, 0 },
	{ "warn_lines", "-E is silent about a line that is never reached", test_warn_lines, 0 },
	{ "elsewhere", "an option of another build is unknown", test_elsewhere, 0 },
	{ "dry", "-E binds or writes", test_dry, 0 },
	{ "no_start", "a wrong command line starts something", test_no_start, 0 },
	{ "debug", "-d is silent or detaches", test_debug, 0 },
	{ 0, 0, 0, 0 }
};

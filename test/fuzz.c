/*
 * fuzz.c: whatever bytes come, the proxy's answer and a request of the status
 * page are read alike in any pieces, and the command line, the file of -c,
 * rules and addresses are parsed or refused, a file that is read again too.
 *
 *	clang -g -O1 -fsanitize=fuzzer,address,undefined \
 *	    -o fuzz test/fuzz.c && ./fuzz -max_len=4000 DIR test/corpus
 *	cc -DFUZZ_MAIN -o fuzz test/fuzz.c && ./fuzz file ... (or AFL's @@)
 *
 * The first byte of an input says what the rest is: see the table below.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <sys/types.h>
#include <sys/socket.h>
#include <fcntl.h>
#include <unistd.h>

/*
 * Nothing is written, -V and -? come back, and the only file that there is
 * is the input.
 */
static int exits;
static long fake_read(char *p, unsigned n);

#define write(fd, p, n) ((void)(fd), (void)(p), (long)(n))
#define _exit(n) ((void)(n), (void)exits++)
#define open(path, how, mode) fake_open(path)
#define read(fd, p, n) fake_read(p, n)
#define close(fd) ((void)(fd), 0)
#define socket(family, type, how) (-1)
static int fake_open(char *path);
#define main plug_main
#include "../plug.c"
#undef main

#include <stdio.h>
#include <stdlib.h>

#define MAXINPUT 65536

typedef void (*fuzzfn)(char *p, int n);

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n);

static char input[MAXINPUT + 1];

/* What must hold; a fuzzer takes the abort for a find. */
static void
must(int holds, char *what)
{
	if (holds)
		return;
	(void)fprintf(stderr, "fuzz: broken: %s\n", what);
	abort();
}

static char *file;		/* the input as a file */
static long file_left;

static int
fake_open(char *path)
{
	(void)path;
	return 100;
}

static long
fake_read(char *p, unsigned n)
{
	if ((long)n > file_left)
		n = (unsigned)file_left;
	mem_copy(p, file, n);
	file += n;
	file_left -= (long)n;
	return (long)n;
}

static void
file_is(char *p, int n)
{
	file = p;
	file_left = (long)n;
}

/* Feed it in pieces of step bytes, or of lengths taken from the input. */
static int
feed(struct session *s, char *p, int n, int step, int *used)
{
	int at, k, u, r;

	mem_zero(s, sizeof *s);
	hello_start(s);
	*used = 0;
	r = MORE;
	for (at = 0; at < n && r == MORE; at += k) {
		k = step > 0 ? step : 1 + (p[at] & 15);
		if (k > n - at)
			k = n - at;
		r = hello_feed(s, p + at, k, &u);
		must(u > 0 && u <= k, "used is in range");
		must(r != MORE || u == k, "all is used while there is more");
		*used += u;
	}
	return r;
}

static void
fuzz_hello(char *p, int n)
{
	static struct session whole, parts;
	int r, used, step, u;

	r = feed(&whole, p, n, n + 1, &used);
	must(r == MORE || r == DONE || r == FAIL, "a verdict");
	must(r != MORE || n <= MAXREPLY, "bounded");
	must(r != DONE || (whole.code >= 200 && whole.code <= 299), "2xx");
	must(whole.code >= 0 && whole.code <= 999, "three digits");
	for (step = 0; step < 3; step++) {
		must(feed(&parts, p, n, step, &u) == r, "same verdict");
		must(u == used, "same bytes used");
		must(parts.code == whole.code, "same code");
		must(parts.hello == whole.hello, "same place");
	}
}

/* The request has as many lines as it shall have, and fits. */
static void
fuzz_request(struct plug *q, int row)
{
	static struct session s;
	char buf[MAXHELLO];
	struct text t;
	int i, lines;

	s.plug = (int)(q - plugs);
	s.target = row;
	text_start(&t, buf, MAXHELLO);
	put_request(&t, &s);
	must(t.len < MAXHELLO - 1, "the request fits");
	for (i = lines = 0; i < t.len; i++)
		lines += buf[i] == '\n';
	must(lines == 3 + (q->auth != 0), "no line is smuggled in");
}

/* A plug that was taken is one that can serve. */
static void
fuzz_plug(struct plug *q)
{
	struct target *g;
	int i;

	must(q->ntarget > 0 && q->target >= 0 &&
	    q->target + q->ntarget <= MAXTARGET, "targets");
	must(q->rule >= 0 && q->nrule >= 0 && q->rule + q->nrule <= rule.n,
	    "its rules");
	must(q->path != 0 ||
	    (q->source.port > 0 && q->source.port <= q->last &&
	    q->last <= 65535), "source");
	for (i = q->target; i < q->target + q->ntarget; i++) {
		g = &targets[i];
		must(g->at.port <= 65535, "a target's port");
		must(g->name == 0 || q->via.family != 0 || HAVE_NAMES ||
		    g->at.family == UNIX, "names are for a proxy alone");
		if (q->via.family != 0)
			fuzz_request(q, i);
	}
}

/* As at the start. */
static void
fuzz_start(void)
{
	mem_zero(&conf, sizeof conf);
	mem_zero(&draft, sizeof draft);
	mem_zero(&option.base, sizeof option.base);
	mem_zero(plugs, sizeof plugs);
	mem_zero(targets, sizeof targets);
	mem_zero(plug.name, sizeof plug.name);
	rule.n = rule.base = operand.n = option.listen = plug.n = plug.nfresh = 0;
	plug.reading = plug.age = 0;
	option.first = 0L;
}

/* A command line, one word a line. */
static void
fuzz_options(char *p, int n)
{
	static char *words[200];
	int i, k, status;

	fuzz_start();
	file_is("nobody:x:65534:65534::", 22);
	exits = 0;
	words[0] = "plug";
	k = 1;
	for (i = 0; i <= n && k < 199; i++)
		if (i == 0 || p[i - 1] == '\0') {
			words[k++] = p + i;
			for (; i < n && p[i] != '\0'; i++)
				if (p[i] == '\n')
					p[i--] = '\0';
		}
	words[k] = 0;
	status = config_parse(k, words);
	must(status == 0 || status == END_USAGE, "0 or 5");
	if (status != 0 || exits > 0)
		return;
	plug_commit(rule.base);
	for (i = 0; i < plug.n; i++)
		fuzz_plug(&plugs[plug.order[i]]);
}

/* A file of -c, which is then read again twice: as it is, and without its end. */
static void
fuzz_config(char *p, int n)
{
	static char *words[] = { "plug", "-Eo", "-c", "file", 0 };
	int i, from, before, round;

	fuzz_start();
	exits = 0;
	file_is(p, n);
	if (config_parse(4, words) != 0) {
		must(exits == 0, "a file ends nothing");
		return;
	}
	plug_commit(rule.base);
	for (round = 0; round < 3; round++) {
		must(plug.n > 0 && plug.n <= MAXPLUG, "plugs");
		must(rule.n >= 0 && rule.n <= MAXRULE, "rules");
		for (i = 0; i < plug.n; i++)
			fuzz_plug(&plugs[plug.order[i]]);
		from = rule.n;
		before = plug.n;
		file_is(p, round == 0 ? n : n / 2);
		if (config_file() == 0)
			plug_commit(from);
		else {
			plug_rollback(from);
			must(plug.n == before && rule.n == from, "nothing has changed");
		}
		must(round > 0 || plug.n == before, "as many plugs as before");
	}
	must(exits == 0, "a file ends nothing");
}

/* The rule alone, to allow, matches. */
static int
fuzz_matches(struct rule *r, struct addr *a)
{
	rules[0] = *r;
	rules[0].allow = rule.n = plug.n = plugs[0].nrule = 1;
	plug.order[0] = plugs[0].rule = rule.base = 0;
	rule_stale();
	return rule_admits(plugs, a);
}

static void
fuzz_rule(char *p, int n)
{
	struct rule r;
	struct addr a;

	a.family = 4;
	mem_zero(a.ip, sizeof a.ip);
	if (n > 0 && scan_rule(p, &r)) {
		must(r.bits >= 0 && r.bits <= 128, "bits");
		must(fuzz_matches(&r, &r.net), "matches itself");
		a.family = r.net.family;
		must(r.bits > 0 || fuzz_matches(&r, &a), "/0 is all");
	}
}

/* An IPv4 address has one form; an IPv6 one comes back from its text. */
static void
fuzz_addr(char *p, int n)
{
	struct addr a, b;
	struct text t;
	char buf[64];
	int colons, i;

	if (n > 0 && scan_host(p, &a)) {
		for (i = colons = 0; p[i] != '\0'; i++)
			colons += p[i] == ':';
		text_start(&t, buf, (int)sizeof buf);
		put_ip(&t, &a);
		must(t.len < (int)sizeof buf, "an address is short");
		buf[t.len] = '\0';
		must(colons > 0 || str_same(buf, p), "IPv4 has one form");
		must(scan_host(buf, &b) && addr_same(&a, &b),
		    "an address comes back");
	}
}

/* What is logged is one line of printable ASCII, and not endless. */
static void
fuzz_safe(char *p, int n)
{
	struct text t;
	char buf[300];
	int i;

	text_start(&t, buf, (int)sizeof buf);
	put_safe(&t, p);
	must(n > 0 || t.len == 0, "nothing for nothing");
	must(t.len <= 64 * 4 + 3, "bounded");
	for (i = 0; i < t.len; i++)
		must(buf[i] >= ' ' && buf[i] <= '~', "printable");
}

/* A request of the status page, in pieces of step bytes, or of any length. */
static void
hear(struct query *q, char *p, int n, int step)
{
	int at, k;

	mem_zero(q, sizeof *q);
	q->state = Q_LINE;
	file_is(p, 0);
	for (at = 0; at < n && q->state < Q_SEND; at += k) {
		k = step > 0 ? step : 1 + (p[at] & 15);
		if (k > n - at)
			k = n - at;
		file_left = (long)k;
		query_hear(q);
		must(q->state == Q_SEND || file_left == 0L || k > BUFSZ,
		    "all is heard");
		must(q->len >= 0 && q->len <= STATUSBUF, "the line fits");
		must(q->seen <= MAXREQUEST + 1, "no more than that is heard");
	}
}

/* It is answered with what it asks for, and by a line that is whole. */
static void
fuzz_query(char *p, int n)
{
	static struct query whole, parts;
	int i, step;

	if (n > BUFSZ)
		n = BUFSZ;
	hear(&whole, p, n, n + 1);
	for (step = 0; step < 3; step++) {
		hear(&parts, p, n, step);
		must(parts.state == whole.state && parts.answer == whole.answer &&
		    parts.bare == whole.bare && parts.only == whole.only,
		    "the same answer");
	}
	if (whole.state < Q_SEND || whole.answer == A_BAD)
		return;
	for (i = 0; i < n && p[i] != '\n'; i++)
		must((p[i] & 0377) >= ' ' || p[i] == '\r', "a line of text");
	must(i < n && i > 4, "a line");
	must(whole.answer == A_NONE || mem_same(p, "GET /", 5) ||
	    mem_same(p, "HEAD /", 6), "GET or HEAD");
}

static fuzzfn kinds[] = {
	fuzz_hello, fuzz_options, fuzz_config, fuzz_rule, fuzz_addr, fuzz_safe,
	fuzz_query
};

int
LLVMFuzzerTestOneInput(const unsigned char *p, size_t n)
{
	int kind;

	if (n < 1 || n > MAXINPUT)
		return 0;
	kind = p[0] % (int)(sizeof kinds / sizeof kinds[0]);
	mem_copy(input, p + 1, n - 1);
	input[n - 1] = '\0';
	(*kinds[kind])(input, (int)n - 1);
	return 0;
}

#ifdef FUZZ_MAIN
static int
fuzz_file(FILE *f)
{
	static unsigned char buf[MAXINPUT];
	size_t n;

	if (f == 0)
		return 1;
	n = fread(buf, 1, sizeof buf, f);
	(void)LLVMFuzzerTestOneInput(buf, n);
	(void)fclose(f);
	return 0;
}

int
main(int argc, char **argv)
{
	int i, bad;

	bad = argc < 2 ? fuzz_file(stdin) : 0;
	for (i = 1; i < argc; i++)
		bad += fuzz_file(fopen(argv[i], "rb"));
	return bad > 0;
}
#endif

/*
 * fuzz_hello.c: whatever bytes come, the proxy's answer is read alike in any
 * pieces, and the command line, rules and addresses are parsed or refused.
 *
 *	clang -g -O1 -fsanitize=fuzzer,address,undefined \
 *	    -o fuzz test/fuzz_hello.c && ./fuzz -max_len=40000 corpus
 *	cc -DFUZZ_MAIN -o fuzz test/fuzz_hello.c && ./fuzz file ... (or AFL's @@)
 *
 * The first byte of an input says what the rest is: see the table below.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <unistd.h>

/* Nothing is written, and -V and -? come back. */
#define write(fd, p, n) ((void)(fd), (void)(p), (long)(n))
#define _exit(n) ((void)(n))
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
fuzz_request(struct target *g)
{
	char buf[MAXHELLO];
	struct text t;
	int i, lines;

	text_start(&t, buf, MAXHELLO);
	put_request(&t, g);
	must(t.len < MAXHELLO - 1, "the request fits");
	for (i = lines = 0; i < t.len; i++)
		lines += buf[i] == '\n';
	must(lines == 3 + (plug.auth != 0), "no line is smuggled in");
}

/* A command line, one word a line. */
static void
fuzz_options(char *p, int n)
{
	static char *words[200];
	int i, k, status;

	mem_zero(&conf, sizeof conf);
	mem_zero(&plug, sizeof plug);
	mem_zero(targets, sizeof targets);
	plug.retry = conf.grace = NEVER;
	plug.balance = -1;
	nrule = noperand = option_first = 0;
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
	status = option_parse(k, words);
	must(status == 0 || status == END_USAGE, "0 or 5");
	if (status != 0)
		return;
	must(plug.ntarget > 0 && plug.ntarget <= MAXTARGET, "targets");
	must(nrule >= 0 && nrule <= MAXRULE, "rules");
	must(plug.source.port > 0 && plug.source.port <= 65535, "source");
	for (i = 0; i < plug.ntarget; i++) {
		must(targets[i].at.port > 0 && targets[i].at.port <= 65535,
		    "a target's port");
		must(targets[i].name == 0 || plug.via.family != 0,
		    "names are for a proxy alone");
		fuzz_request(&targets[i]);
	}
}

static void
fuzz_rule(char *p, int n)
{
	struct rule r;
	struct addr a;

	a.family = 4;
	mem_zero(a.ip, sizeof a.ip);
	if (n > 0 && scan_rule(p, &r)) {
		must(r.bits >= 0 && r.bits <= 32, "bits");
		must(addr_match(&r.net, &r.net, r.bits), "matches itself");
		must(r.bits > 0 || addr_match(&a, &r.net, 0), "/0 is all");
	}
}

/* What is taken for an address is printed just as it was. */
static void
fuzz_addr(char *p, int n)
{
	struct addr a;
	struct text t;
	char buf[64];

	if (n > 0 && scan_host(p, &a)) {
		text_start(&t, buf, (int)sizeof buf);
		put_ip(&t, &a);
		must(str_same(buf, p), "an address has one form");
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

static fuzzfn kinds[] = {
	fuzz_hello, fuzz_options, fuzz_rule, fuzz_addr, fuzz_safe
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

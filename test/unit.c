/*
 * unit.c: the rooms of plug.c by themselves.  It includes plug.c whole, with
 * fakes behind the system calls (unit.h, unit_fake.c), and then a file a room,
 * which goes through tables, plain oracles and a simulation of peers from a
 * seeded generator.
 *
 *	unit [seed] [name]
 *
 * A test's name says what is broken when it fails; all are run whose name
 * begins with the one given, which must be one's.
 */

/* Tables so small that every limit is met; smaller ones can be asked for. */
#ifndef MAXSESSION
#define MAXSESSION 8
#endif
#ifndef BUFSZ
#define BUFSZ 64
#endif
#ifndef MAXBUF
#define MAXBUF 3
#endif
#ifndef MAXPIPE
#define MAXPIPE 2
#endif
#ifndef PIPESZ
#define PIPESZ 512L
#define PIPELEAST 128L
#endif
#ifndef TURNBYTES
#define TURNBYTES 1024L
#endif
#ifndef STICKYSETS
#define STICKYSETS 4
#endif
#ifndef MAXCHILD
#define MAXCHILD 8
#endif
#ifdef TINY
#define FEW				/* of these, as it comes: looked through */
#endif
#ifndef MAXTARGET
#ifdef FEW
#define MAXTARGET 16
#else
#define MAXTARGET 20
#endif
#endif
#ifndef MAXRULE
#ifdef FEW
#define MAXRULE 8
#else
#define MAXRULE 40
#endif
#endif
#ifndef SPAREFD
#define SPAREFD 200
#endif

#define SEAMS_UNIT
#define main plug_main
#include "../plug.c"

#define lone plugs[0]			/* most tests have one */
#undef main

#include "sys.h"
#if HAVE_IPV6
#include <arpa/inet.h>
#endif

#define COUNT(table) ((int)(sizeof (table) / sizeof (table)[0]))

typedef void (*testfn)(void);

struct test {
	char *name;		/* what is broken when it fails */
	testfn run;
};

/*
 * VERDICTS
 */

static char *test_name;
static int test_bad;			/* expectations that were not met */

/* A string with what is not printable as \ooo. */
static void
show(char *s)
{
	int c, i;

	(void)putchar('\'');
	for (i = 0; s[i] != '\0' && i < 200; i++) {
		c = s[i] & 0377;
		if (c < ' ' || c > '~')
			(void)printf("\\%03o", c);
		else
			(void)putchar(c);
	}
	(void)printf(s[i] == '\0' ? "'" : "'...");
}

/* True when the failure is worth a line: not the hundredth of one test. */
static int
fails(char *what)
{
	if (++test_bad > 8)
		return 0;
	(void)printf("FAIL %s: ", test_name);
	show(what);
	(void)printf(": ");
	return 1;
}

static void
want_num(char *what, long expected, long got)
{
	if (expected != got && fails(what))
		(void)printf("expected %ld got %ld\n", expected, got);
}

static void
want_str(char *what, char *expected, char *got)
{
	if (strcmp(expected, got) == 0 || !fails(what))
		return;
	(void)printf("expected ");
	show(expected);
	(void)printf(" got ");
	show(got);
	(void)putchar('\n');
}

/* The text begins so; a TINY build says no more. */
static void
want_start(char *what, char *start, char *got)
{
	if (strncmp(got, start, strlen(start)) != 0)
		want_str(what, start, got);
}

/*
 * CHANCE: the same numbers everywhere for the same seed.
 */

static unsigned long rnd_state;

static void
rnd_seed(unsigned long seed)
{
	rnd_state = (seed * 2654435L + 12345L) & 0xffffffffL;
	if (rnd_state == 0)
		rnd_state = 1;
}

static unsigned long
rnd(void)
{
	unsigned long x;

	x = rnd_state;
	x ^= x << 13 & 0xffffffffL;
	x ^= x >> 17;
	x ^= x << 5 & 0xffffffffL;
	rnd_state = x & 0xffffffffL;
	return rnd_state;
}

/* 0 to n - 1. */
static int
below(int n)
{
	return (int)((rnd() >> 3) % (unsigned long)n);
}

/* True once in n. */
static int
once_in(int n)
{
	return below(n) == 0;
}

#include "world.c"
#include "unit_fake.c"
#include "unit_world.c"

/*
 * ROOMS: the tests, a file a room, in the order of plug.c.
 */

#include "u_compat.c"
#include "u_self.c"
#include "u_text.c"
#include "u_addr.c"
#include "u_log.c"
#include "u_rule.c"
#include "u_guest.c"
#include "u_target.c"
#include "u_sticky.c"
#include "u_pool.c"
#include "u_side.c"
#include "u_session.c"
#include "u_hello.c"
#include "u_relay.c"
#include "u_connect.c"
#include "u_check.c"
#include "u_status.c"
#include "u_query.c"
#include "u_option.c"
#include "u_value.c"
#include "u_config.c"
#include "u_hint.c"
#include "u_child.c"
#include "u_admit.c"
#include "u_reload.c"
#include "u_loop.c"

static struct test *rooms[] = {
	tests_compat, tests_self, tests_text, tests_addr, tests_log,
	tests_rule, tests_guest, tests_target, tests_sticky, tests_pool,
	tests_side, tests_session, tests_hello, tests_relay, tests_connect,
	tests_check, tests_status, tests_query, tests_option, tests_value,
	tests_config, tests_hint, tests_advice,
	tests_child, tests_admit, tests_reload, tests_loop,
	0
};

/* One test, in a world as at a start; true if all of it was as expected. */
static int
test_run(struct test *t, unsigned long seed)
{
	test_name = t->name;
	test_bad = 0;
	world_start();
	rnd_seed(seed);
	t->run();
	if (test_bad > 8)
		(void)printf("FAIL %s: and %d more\n", test_name,
		    test_bad - 8);
	(void)fflush(stdout);
	return test_bad == 0;
}

/* The tests whose name begins so; all of them for 0. */
static int
test_named(struct test *t, char *name)
{
	return name == 0 || (*name != '\0' &&
	    strncmp(t->name, name, strlen(name)) == 0);
}

/*
 * Runs them, and counts how they came out.  Each has the numbers of its place
 * among all tests, whether those before it are run or not.
 */
static void
tests_run(unsigned long seed, char *name, int *passed, int *failed)
{
	struct test **room, *t;

	for (room = rooms; *room != 0; room++)
		for (t = *room; t->name != 0; t++, seed++) {
			if (!test_named(t, name))
				continue;
			if (test_run(t, seed))
				(*passed)++;
			else
				(*failed)++;
		}
}

/* A word of digits alone is the seed. */
static int
seed_scan(char *word, unsigned long *seed)
{
	unsigned long n;
	char *end;

	n = strtoul(word, &end, 10);
	if (*word < '0' || *word > '9' || *end != '\0')
		return 0;
	*seed = n;
	return 1;
}

int
main(int argc, char **argv)
{
	int i, passed, failed;
	unsigned long seed;
	char *name;

	seed = 1L;
	i = 1 + (argc > 1 && seed_scan(argv[1], &seed));
	name = i < argc ? argv[i++] : (char *)0;
	if (i < argc) {
		(void)fprintf(stderr, "usage: unit [seed] [name]\n");
		return 2;
	}
	rnd_seed(seed);
	lots_fill();
	passed = failed = 0;
	tests_run(seed, name, &passed, &failed);
	if (passed + failed == 0) {
		(void)fprintf(stderr, "unit: no such test: %s\n", name);
		return 1;
	}
	(void)printf("%d passed, %d failed\n", passed, failed);
	(void)fflush(stdout);
	fake_all_gone();
	fd_closefrom(3);
	return failed > 0;
}

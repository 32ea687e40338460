/*
 * t_gone.c: peers who are reset while nobody watches them, because their
 * bytes wait for the other side, or their stream has ended, or no target is
 * there yet.  Each must be noticed, and its place be given to the next.
 *
 * The other side, who takes nothing, is reset after LINGERSECS: builds of
 * test.sh have few of them, but the tests wait for the 30 of any other.
 */
#include "live.h"

#define MB 1048576L
#define FREED 45000L		/* ms: a place is free by then */

static char buf[65536];

/* A plug with place for one, which says so, and its target's listener. */
static int
one_open(char **addr, char *options)
{
	char *behind;
	int lfd;

	noisy = 1;
	*addr = new_addr();
	behind = new_addr();
	lfd = listen_on(behind);
	start_plug(f3("-m 1 -S s.log %s %s %s", options, *addr, behind));
	return lfd;
}

/* The place is free again: a new client is served. */
static void
next_served(char *addr, int lfd)
{
	struct pair p;

	p.client = connect_to(addr);
	if (wait_fd(lfd, POLLIN, patience(FREED)) == 0)
		fail("the place of the dead for the next client", "still taken");
	p.target = accept_from(lfd);
	send_text(p.client, "my turn");
	recv_text(p.target, "my turn");
	pair_close(&p);
}

/* One side floods the other, who does not read, and is reset. */
static void
stuck(int side)
{
	struct pair p;
	char *addr;
	unsigned long sum;
	long n;
	int from, to;
	int lfd;

	lfd = one_open(&addr, "");
	pair_open(&p, addr, lfd);
	from = side ? p.target : p.client;
	to = side ? p.client : p.target;
	send_text(from, "first words");
	recv_text(to, "first words");
	want(fill_up(from, 64 * MB) < 64 * MB, "no room for more");
	reset_close(from);
	next_served(addr, lfd);
	want_num("a reset for who was stuck", (long)ECONNRESET, (long)read_end(to, &n, &sum));
}

static void
test_stuck_client(void)
{
	stuck(0);
}

static void
test_stuck_target(void)
{
	stuck(1);
}

/* Both ways are stuck, and one side goes. */
static void
test_stuck_both(void)
{
	struct pair p;
	char *addr;
	int lfd;

	lfd = one_open(&addr, "");
	pair_open(&p, addr, lfd);
	fill_up(p.client, 64 * MB);
	fill_up(p.target, 64 * MB);
	reset_close(p.client);
	next_served(addr, lfd);
}

/* Who reads on, if slowly, is not taken for who takes nothing; then a reset. */
static void
test_stuck_then_read(void)
{
	struct pair p;
	char *addr;
	unsigned long sum;
	long n;
	int e, i;
	int lfd;

	lfd = one_open(&addr, "");
	pair_open(&p, addr, lfd);
	fill_up(p.client, 64 * MB);
	reset_close(p.client);
	e = 0;
	for (i = 0; i < 15 && e == 0; i++) {
		pause_ms(200L);
		if (read(p.target, buf, sizeof buf) < 0 && errno != EAGAIN)
			e = errno;
	}
	if (e == 0)
		e = read_end(p.target, &n, &sum);
	want_num("a reset behind it", (long)ECONNRESET, (long)e);
	next_served(addr, lfd);
}

/* A client has ended its question, and goes before there is an answer. */
static void
test_ended(void)
{
	struct pair p;
	char *addr;
	int lfd;

	lfd = one_open(&addr, "");
	pair_open(&p, addr, lfd);
	send_text(p.client, "question");
	half_close(p.client);
	recv_text(p.target, "question");
	expect_eof(p.target);
	reset_close(p.client);
	next_served(addr, lfd);
	want_in("that was no cut", " 8 0 ", wait_lines("s.log", 2));
}

/* The same for a target that has ended first. */
static void
test_ended_target(void)
{
	struct pair p;
	char *addr;
	int lfd;

	lfd = one_open(&addr, "");
	pair_open(&p, addr, lfd);
	half_close(p.target);
	expect_eof(p.client);
	reset_close(p.target);
	next_served(addr, lfd);
}

/* A client that has filled its block while the target's connect hangs. */
static void
test_early(void)
{
	char *addr, *behind;
	int fd;

	addr = new_addr();
	behind = new_addr();
	if (black_hole(behind) < 0)
		skip("this system answers for a full queue");
	start_plug(f2("-C 300 -S s.log %s %s", addr, behind));
	fd = connect_to(addr);
	fill_up(fd, 64 * MB);
	reset_close(fd);
	wait_lines("s.log", 1);
}

/* A client that waits for room at the only target that lives, its block full. */
static void
test_waits(void)
{
	struct pair p;
	char *addr, *behind;
	int fd;
	int lfd;

	noisy = 1;
	addr = new_addr();
	behind = new_addr();
	lfd = listen_on(behind);
	start_plug(f3("-S s.log %s %s,max=1 %s", addr, behind, new_addr()));
	pair_open(&p, addr, lfd);
	fd = connect_to(addr);
	fill_up(fd, 64 * MB);
	pause_ms(500L);
	want_num("lines while it waits", 0L, (long)count_lines(read_file("s.log")));
	reset_close(fd);
	wait_lines("s.log", 1);
	send_text(p.client, "x");
	recv_text(p.target, "x");
	pair_close(&p);
}

struct test tests_gone[] = {
	{ "stuck_client", "a client that is reset while its bytes wait keeps its place", test_stuck_client, 120 },
	{ "stuck_target", "a target that is reset while its bytes wait keeps its place", test_stuck_target, 120 },
	{ "stuck_both", "a client that is reset with both ways full keeps its place", test_stuck_both, 120 },
	{ "stuck_then_read", "a slow reader sees a clean end on a stream that was cut", test_stuck_then_read, 120 },
	{ "ended", "a client that is reset behind its end keeps its place", test_ended, 120 },
	{ "ended_target", "a target that is reset behind its end keeps its place", test_ended_target, 120 },
	{ "early", "a client that is reset with a full block keeps a connect", test_early, 120 },
	{ "waits", "a client that is reset while it waits for a max keeps its place", test_waits, 120 },
	{ 0, 0, 0, 0 }
};

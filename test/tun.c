/*
 * tun.c: a bad line between two network namespaces, on Linux.
 *
 *	tun [-d ms] [-j ms] [-l n] [-u n] [-r n] [-s seed] [-L seconds]
 *
 * The interface `line' here and the one of that name in a new namespace, which
 * is this process's from then on, are its ends.  Of a thousand packets -l are
 * lost, -u come twice and -r overtake all others; the others take -d ms and
 * up to -j ms more, so that they overtake each other as well.  The generator
 * has a seed, but what it decides on is when packets come.
 *
 * It says `ready' when both ends are there.  USR1 cuts the line, USR2 mends
 * it.  It ends with TERM, when its parent is gone, or after -L seconds, and
 * tells what became of the packets.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* Packets under way, and the longest one; one more is lost. */
#define MAXPACKET 1024
#define MAXLENGTH 2048

/* A packet under way. */
struct packet {
	int to;			/* the end where it comes out; -1: a free row */
	long when;		/* in ms */
	int len;
	char data[MAXLENGTH];
};

static struct packet packets[MAXPACKET];
static int ends[2];
static long delay = 10, jitter, lose, twice, overtake, seconds = 100;
static unsigned long seed = 1;
static long passed, lost, doubled, overtaken;
static volatile sig_atomic_t cut, over;

static void
die(char *what)
{
	fprintf(stderr, "tun: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
on_signal(int sig)
{
	if (sig == SIGUSR1)
		cut = 1;
	else if (sig == SIGUSR2)
		cut = 0;
	else
		over = 1;
}

/* Milliseconds from any start. */
static long
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* A number below n, or 0. */
static long
any(long n)
{
	seed = (seed * 1103515245 + 12345) & 0xffffffff;
	return n > 0 ? (long)(seed >> 8) % n : 0;
}

/* True n times in a thousand. */
static int
dice(long n)
{
	return any(1000L) < n;
}

/* One end of the line, in the namespace where we are. */
static int
end_open(void)
{
	struct ifreq r;
	int fd;

	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	if (fd < 0)
		die("/dev/net/tun");
	memset(&r, 0, sizeof r);
	strcpy(r.ifr_name, "line");
	r.ifr_flags = IFF_TUN | IFF_NO_PI;
	if (ioctl(fd, TUNSETIFF, &r) < 0)
		die("TUNSETIFF");
	return fd;
}

/* Sends a packet on its way; without a row it is lost. */
static void
packet_add(int to, char *data, int len)
{
	struct packet *p;

	for (p = packets; p < packets + MAXPACKET && p->to >= 0; p++)
		;
	if (p == packets + MAXPACKET) {
		lost++;
		return;
	}
	p->to = to;
	p->len = len;
	memcpy(p->data, data, (size_t)len);
	p->when = clock_ms();
	if (dice(overtake))
		overtaken++;
	else
		p->when += delay + any(jitter);
}

/* Takes what has come to end i. */
static void
end_read(int i)
{
	char data[MAXLENGTH];
	long n;

	while ((n = (long)read(ends[i], data, sizeof data)) > 0) {
		if (cut || dice(lose)) {
			lost++;
			continue;
		}
		packet_add(!i, data, (int)n);
		if (dice(twice)) {
			doubled++;
			packet_add(!i, data, (int)n);
		}
	}
}

/* The row of the packet that is due first; -1: there is none. */
static int
packet_first(void)
{
	int i, first;

	first = -1;
	for (i = 0; i < MAXPACKET; i++)
		if (packets[i].to >= 0 && (first < 0 ||
		    packets[i].when < packets[first].when))
			first = i;
	return first;
}

/* Lets all come out whose time has come; ms until the next one, or -1. */
static int
packets_out(void)
{
	struct packet *p;
	long now;
	int i;

	now = clock_ms();
	while ((i = packet_first()) >= 0) {
		p = packets + i;
		if (p->when > now)
			return (int)(p->when - now);
		if (!cut && write(ends[p->to], p->data, (size_t)p->len) == p->len)
			passed++;
		else
			lost++;
		p->to = -1;
	}
	return -1;
}

static void
loop(void)
{
	struct pollfd p[2];
	int parent, wait;
	long until;

	parent = (int)getppid();
	until = clock_ms() + seconds * 1000;
	while (!over && (int)getppid() == parent && clock_ms() < until) {
		wait = packets_out();
		p[0].fd = ends[0];
		p[1].fd = ends[1];
		p[0].events = p[1].events = POLLIN;
		if (poll(p, 2, wait < 0 || wait > 500 ? 500 : wait) <= 0)
			continue;
		if (p[0].revents)
			end_read(0);
		if (p[1].revents)
			end_read(1);
	}
}

int
main(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "d:j:l:u:r:s:L:")) != -1)
		switch (c) {
		case 'd': delay = atol(optarg); break;
		case 'j': jitter = atol(optarg); break;
		case 'l': lose = atol(optarg); break;
		case 'u': twice = atol(optarg); break;
		case 'r': overtake = atol(optarg); break;
		case 's': seed = (unsigned long)atol(optarg); break;
		case 'L': seconds = atol(optarg); break;
		default: return 2;
		}
	for (c = 0; c < MAXPACKET; c++)
		packets[c].to = -1;
	signal(SIGUSR1, on_signal);
	signal(SIGUSR2, on_signal);
	signal(SIGTERM, on_signal);
	ends[0] = end_open();
	if (unshare(CLONE_NEWNET) < 0)
		die("unshare");
	ends[1] = end_open();
	puts("ready");
	fflush(stdout);
	loop();
	printf("%ld passed, %ld lost, %ld doubled, %ld overtook\n",
	    passed, lost, doubled, overtaken);
	return 0;
}

/*
 * storm.c: requests without end, and an account of each that fails.
 *
 *	storm ADDR:PORT SECS N PACE PATIENCE FROM CLIENTS
 *
 * For SECS seconds N connections at once ask a web server for "/", some for
 * "/slow", whose answer begins with the server's name and a newline.  Every
 * second connection is for one request ("Connection: close": its stream must
 * end well, too), the others are for REUSES.  Each waits PACE milliseconds
 * between requests, and one that has no answer after PATIENCE milliseconds has
 * failed.  They come from CLIENTS addresses in turn, from FROM upwards.
 * Standard output, times in milliseconds of the wall clock:
 *
 *	fail BEGAN ENDED SERVER WHAT	a request failed; its connection began
 *					then, SERVER had named itself on it,
 *					or - if none had
 *	shut BEGAN ENDED SERVER WHAT	a connection ended between two requests
 *	stall FROM TO			this program did not run, as the machine
 *					stood still: added to all patience
 *	served CLIENT SERVER N		so many answers
 *	total N LONGEST GAP		answers, the longest that one took, the
 *					longest time without any but stalls
 */
#include "sys.h"
#include <arpa/inet.h>

#define MOST 256		/* connections */
#define REUSES 100		/* requests on one connection */
#define ANSWER 4000		/* bytes of an answer */
#define STALL 500		/* milliseconds that one turn never takes */
#define SERVERS 8
#define NAMESIZE 16

/* What a slot waits for. */
#define W_PACE 0		/* its time; an open connection may end */
#define W_CONNECT 1
#define W_ANSWER 2

struct slot {
	int fd;			/* -1: none */
	int waits;
	int once;		/* one request a connection */
	int slow;		/* asks for what takes time */
	int uses;		/* requests asked on this connection */
	int client;		/* the address it comes from */
	double due;		/* W_PACE: when the next request begins */
	double began, asked;	/* the connection, the request */
	double limit;		/* when it has failed for want of an answer */
	int len;		/* bytes of the answer in buf */
	char buf[ANSWER + 1];
	char server[NAMESIZE];	/* who answers here; "-": not known yet */
};

static struct slot slots[MOST];
static struct pollfd polls[MOST];
static int nslot;
static struct sockaddr_in plug_at, from_at;
static double now, pace, patience;
static double last_answer, longest, gap;
static long answers;
static char servers[SERVERS][NAMESIZE];
static long served[MOST][SERVERS];

static void
clock_read(void)
{
	struct timeval tv;

	gettimeofday(&tv, (struct timezone *)0);
	now = (double)tv.tv_sec * 1000 + (double)(tv.tv_usec / 1000);
}

static void
slot_close(struct slot *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->waits = W_PACE;
	s->due = now + pace;
}

static void
slot_fail(struct slot *s, char *what)
{
	printf("%s %.0f %.0f %s %s\n", s->waits == W_PACE ? "shut" : "fail",
	    s->began, now, s->server, what);
	fflush(stdout);
	slot_close(s);
}

static void
slot_ask(struct slot *s)
{
	char text[100];

	sprintf(text, "GET %s HTTP/1.1\r\nHost: storm\r\n%s\r\n",
	    s->slow ? "/slow" : "/", s->once ? "Connection: close\r\n" : "");
	s->uses++;
	s->len = 0;
	s->asked = s->uses == 1 ? s->began : now;
	s->limit = now + patience;
	s->waits = W_ANSWER;
	if (write(s->fd, text, strlen(text)) != (int)strlen(text))
		slot_fail(s, strerror(errno));
}

static void
slot_open(struct slot *s)
{
	struct sockaddr_in from;

	s->began = now;
	s->limit = now + patience;
	s->uses = 0;
	s->waits = W_CONNECT;
	strcpy(s->server, "-");
	from = from_at;
	from.sin_addr.s_addr = htonl(ntohl(from_at.sin_addr.s_addr) +
	    (unsigned)s->client);
	s->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (s->fd < 0 || fcntl(s->fd, F_SETFL, O_NONBLOCK) < 0 ||
	    bind(s->fd, (struct sockaddr *)&from, sizeof from) < 0 ||
	    (connect(s->fd, (struct sockaddr *)&plug_at, sizeof plug_at) < 0 &&
	    errno != EINPROGRESS))
		slot_fail(s, strerror(errno));
}

/* True when the answer in buf is whole; the server is known from its name. */
static int
slot_whole(struct slot *s)
{
	char *body, *size, *name;

	s->buf[s->len] = '\0';
	body = strstr(s->buf, "\r\n\r\n");
	size = strstr(s->buf, "Content-Length: ");
	if (body == (char *)0 || size == (char *)0 || size > body)
		return 0;
	body += 4;
	name = strchr(body, '\n');
	if (name != (char *)0 && name - body < NAMESIZE)
		sprintf(s->server, "%.*s", (int)(name - body), body);
	return (int)strlen(body) >= atoi(size + 16);
}

/* The server's row in served. */
static int
slot_server(struct slot *s)
{
	int i;

	for (i = 0; i < SERVERS - 1; i++) {
		if (servers[i][0] == '\0')
			strcpy(servers[i], s->server);
		if (strcmp(servers[i], s->server) == 0)
			break;
	}
	return i;
}

/* A whole answer; on a connection for one request the end has come, too. */
static void
slot_answered(struct slot *s)
{
	int last;

	last = s->once || s->uses == REUSES ||
	    strstr(s->buf, "Connection: close") != (char *)0;
	if (strncmp(s->buf, "HTTP/1.1 200 ", 13) != 0) {
		slot_fail(s, "not the expected answer");
		return;
	}
	served[s->client][slot_server(s)]++;
	answers++;
	if (now - s->asked > longest)
		longest = now - s->asked;
	if (now - last_answer > gap)
		gap = now - last_answer;
	last_answer = now;
	s->waits = W_PACE;
	s->due = now + pace;
	if (last)
		slot_close(s);
}

static void
slot_read(struct slot *s)
{
	int n, whole;

	n = (int)read(s->fd, s->buf + s->len, (unsigned)(ANSWER - s->len));
	if (n < 0) {
		if (errno != EAGAIN)
			slot_fail(s, strerror(errno));
		return;
	}
	s->len += n;
	whole = slot_whole(s);
	if (s->waits == W_ANSWER && whole && (!s->once || n == 0))
		slot_answered(s);
	else if (n == 0)
		slot_fail(s, "ended");
	else if (s->waits == W_PACE || s->len == ANSWER)
		slot_fail(s, "more than an answer");
}

static void
slot_connected(struct slot *s)
{
	socklen_t len;
	int e;

	len = sizeof e;
	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, (char *)&e, &len) < 0)
		e = errno;
	if (e != 0)
		slot_fail(s, strerror(e));
	else
		slot_ask(s);
}

/* What its time brings. */
static void
slot_timed(struct slot *s)
{
	if (s->waits != W_PACE) {
		if (now > s->limit)
			slot_fail(s, "no answer");
	} else if (now >= s->due) {
		if (s->fd < 0)
			slot_open(s);
		else
			slot_ask(s);
	}
}

/* Time in which this machine stood still is nobody's fault. */
static void
turn_clock(void)
{
	double before;
	int i;

	before = now;
	clock_read();
	if (now - before < STALL)
		return;
	printf("stall %.0f %.0f\n", before, now);
	last_answer += now - before;
	for (i = 0; i < nslot; i++)
		slots[i].limit += now - before;
}

static void
turn(void)
{
	struct slot *s;
	int i;

	for (i = 0; i < nslot; i++) {
		polls[i].fd = slots[i].fd;
		polls[i].events = slots[i].waits == W_CONNECT ? POLLOUT : POLLIN;
		polls[i].revents = 0;
	}
	poll(polls, (unsigned)nslot, 5);
	turn_clock();
	for (i = 0; i < nslot; i++) {
		s = &slots[i];
		if (polls[i].revents != 0 && s->waits == W_CONNECT)
			slot_connected(s);
		else if (polls[i].revents != 0)
			slot_read(s);
		slot_timed(s);
	}
}

static void
report(int clients)
{
	struct sockaddr_in at;
	int i, j;

	at = from_at;
	for (i = 0; i < clients; i++)
		for (j = 0; j < SERVERS; j++) {
			at.sin_addr.s_addr = htonl(
			    ntohl(from_at.sin_addr.s_addr) + (unsigned)i);
			if (served[i][j] > 0)
				printf("served %s %s %ld\n",
				    inet_ntoa(at.sin_addr), servers[j],
				    served[i][j]);
		}
	if (now - last_answer > gap)
		gap = now - last_answer;
	printf("total %ld %.0f %.0f\n", answers, longest, gap);
}

int
main(int argc, char **argv)
{
	char *port;
	double end;
	int i, clients;

	if (argc != 8 || (port = strchr(argv[1], ':')) == (char *)0) {
		fprintf(stderr,
		    "usage: storm addr:port secs n pace patience from clients\n");
		return 5;
	}
	signal(SIGPIPE, SIG_IGN);
	*port = '\0';
	plug_at.sin_family = from_at.sin_family = AF_INET;
	plug_at.sin_addr.s_addr = inet_addr(argv[1]);
	plug_at.sin_port = htons((unsigned short)atoi(port + 1));
	from_at.sin_addr.s_addr = inet_addr(argv[6]);
	nslot = atoi(argv[3]);
	clients = atoi(argv[7]);
	if (nslot > MOST || clients < 1)
		return 5;
	pace = atof(argv[4]);
	patience = atof(argv[5]);
	clock_read();
	last_answer = now;
	end = now + atof(argv[2]) * 1000;
	/* pairs of both kinds from one address; not all at once */
	for (i = 0; i < nslot; i++) {
		slots[i].fd = -1;
		slots[i].once = i % 2;
		slots[i].slow = i / 2 % 4 == 0;
		slots[i].client = i / 2 % clients;
		slots[i].due = now + pace * i / nslot;
	}
	while (now < end)
		turn();
	report(clients);
	return 0;
}

/*
 * peer.c: the other end of the line.  It plays every server that plug may
 * have to live with: polite, slow, deaf, rude, or an HTTP proxy of any temper.
 *
 *	peer [options] addr:port|/path mode [argument]
 *
 * One process, one poll loop.  It says `ready' (`ready PORT' when port 0 was
 * asked for) once it listens, and ends with SIGTERM, when its parent is gone,
 * or after -L seconds, whatever comes first: no test run leaves one behind.
 *
 * A connection holds one buffer of bytes that it has to send.  What is read
 * goes into the buffer of `to', which is the connection itself for an echo
 * and the other half for a proxy: that is the whole relay.
 */
#include "sys.h"
#include "both.c"

/*
 * 1. TABLES
 */

/* Bytes a connection holds; a proxy's reply beyond 64K must fit. */
#undef BUFSZ
#define BUFSZ 98304

/* Connections at once, -x and -M options, bytes of a request's head. */
#define MAXCONN 20000
#define MAXNAME 16
#define MAXHEAD 8192

/* Modes: what the server does with a client. */
#define M_ECHO 0	/* send back everything */
#define M_SOURCE 1	/* send n bytes of the pattern, then end as -e says */
#define M_SINK 2	/* read everything, print count and sum */
#define M_STALL 3	/* never read */
#define M_HALF 4	/* read to the end, then answer with count and sum */
#define M_RESET 5	/* reset once n bytes came */
#define M_CLOSE 6	/* close at once */
#define M_NAME 7	/* say a name, then echo */
#define M_SLOW 8	/* say a text, one byte every -d ms, then end */
#define M_URGENT 9	/* say a, urgent !, b, then echo */
#define M_REFUSE 10	/* echo for n clients, then stop listening */
#define M_PAGE 11	/* a small web page */
#define M_PROXY 12	/* an HTTP proxy that knows CONNECT */

struct word {
	char *name;
	int value;
};

static struct word modes[] = {
	{ "echo", M_ECHO }, { "source", M_SOURCE }, { "sink", M_SINK },
	{ "stall", M_STALL }, { "half", M_HALF }, { "reset", M_RESET },
	{ "close", M_CLOSE }, { "name", M_NAME }, { "slow", M_SLOW },
	{ "urgent", M_URGENT }, { "refuse", M_REFUSE }, { "page", M_PAGE },
	{ "proxy", M_PROXY }, { 0, 0 }
};

/* What a proxy does besides saying its reply. */
#define K_RELAY 0	/* relay behind the reply */
#define K_END 1		/* close behind the reply */
#define K_SILENT 2	/* say nothing, ever */
#define K_RESET 3	/* reset instead of a reply */
#define K_SLOW 4	/* the reply byte by byte, every -d ms, then relay */
#define K_LINE 5	/* a header line of exactly n bytes, then relay */
#define K_REPLY 6	/* a whole reply of exactly n bytes, then relay */
#define K_LINES 7	/* n header lines, then relay */
#define K_EARLY 8	/* the target's first bytes in one write with the reply */
#define K_AUTH 9	/* 407 unless -u's words came, else relay */
#define K_CHECK 10	/* 400 unless the request is perfect, else relay */

struct temper {
	char *name;
	int kind;
	char *reply;
};

#define OK200 "HTTP/1.1 200 Connection established\r\n\r\n"

static struct temper tempers[] = {
	{ "ok", K_RELAY, OK200 },
	{ "lf", K_RELAY, "HTTP/1.0 200 OK\nVia: lf\n\n" },
	{ "mixed", K_RELAY, "HTTP/1.1 200 OK\r\nVia: both\n\r\n" },
	{ "headers", K_RELAY, "HTTP/1.1 200 OK\r\nVia: 1.1 x\r\nX-A: b: c\r\n\r\n" },
	{ "100", K_RELAY, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" },
	{ "103", K_RELAY, "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 K\r\n\r\n" },
	{ "201", K_RELAY, "HTTP/1.1 201 Created\r\n\r\n" },
	{ "299", K_RELAY, "HTTP/1.1 299 Odd\r\n\r\n" },
	{ "noreason", K_RELAY, "HTTP/1.1 200\r\n\r\n" },
	{ "h2", K_RELAY, "HTTP/2 200\r\n\r\n" },
	{ "2000", K_RELAY, "HTTP/1.1 2000 OK\r\n\r\n" },
	{ "20", K_RELAY, "HTTP/1.1 20 OK\r\n\r\n" },
	{ "garbage", K_RELAY, "SSH-2.0-OpenSSH_9.2p1\r\n\r\n" },
	{ "escape", K_END, "HTTP/1.1 502 \033[31m%s%n\001\r\n\r\n" },
	{ "301", K_END, "HTTP/1.1 301 Moved\r\nLocation: /\r\n\r\n" },
	{ "403", K_END, "HTTP/1.1 403 Forbidden\r\n\r\n" },
	{ "407", K_END, "HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic\r\n\r\n" },
	{ "500", K_END, "HTTP/1.1 500 Oops\r\n\r\n" },
	{ "502", K_END, "HTTP/1.1 502 Bad Gateway\r\n\r\n" },
	{ "503", K_END, "HTTP/1.1 503 Unavailable\r\nRetry-After: 1\r\n\r\n" },
	{ "middle", K_END, "HTTP/1.1 200 OK\r\nX-Hal" },
	{ "empty", K_END, "" },
	{ "silent", K_SILENT, "" },
	{ "reset", K_RESET, "" },
	{ "slow", K_SLOW, OK200 },
	{ "line", K_LINE, "" },
	{ "reply", K_REPLY, "" },
	{ "lines", K_LINES, "" },
	{ "early", K_EARLY, OK200 },
	{ "auth", K_AUTH, OK200 },
	{ "check", K_CHECK, OK200 },
	/* its bytes hold a NUL, so that its length is not strlen's: see below */
	{ "nul", K_RELAY, "HTTP/1.1 200 O@K\r\nX@Y: Z\r\n\r\n" },
	{ 0, 0, 0 }
};

/* How a source ends: it half-closes and waits, closes, or resets. */
#define E_HALF 0
#define E_CLOSE 1
#define E_RESET 2

static struct word ends[] = {
	{ "half", E_HALF }, { "close", E_CLOSE }, { "reset", E_RESET }, { 0, 0 }
};

/* A connection, by what it does now. */
#define S_RELAY 0	/* reads into `to', writes its buffer */
#define S_SAY 1		/* writes its buffer, then does what `then' says */
#define S_FILL 2	/* writes the pattern, `left' bytes of it */
#define S_COUNT 3	/* reads and counts */
#define S_STALL 4	/* nothing */
#define S_HEAD 5	/* reads a request's head */
#define S_DIAL 6	/* waits for its connect, on behalf of `to' */
#define S_EARLY 7	/* waits for the target's first bytes */

struct conn {
	int fd;
	int state;
	int then;		/* after S_SAY: a state, or one of T_ below */
	int to;			/* where the bytes go that we read */
	int eof;		/* read the end */
	int shut;		/* sent the end */
	int temper;		/* of a proxy's client: index into tempers */
	int heldback;		/* one byte a time, every `delay' ms */
	long born;		/* turn in which it was made: its events are stale */
	long when;		/* no write before this moment, in ms */
	long left;		/* bytes of the pattern to send */
	long count;		/* bytes read */
	unsigned long sum;	/* and their sum */
	unsigned long pat;	/* the pattern's state */
	int off, len;		/* what is to be sent: buf[off] to buf[len - 1] */
	char buf[BUFSZ];
};

#define T_CLOSE 100	/* close */
#define T_RESET 101	/* reset */
#define T_HALF 102	/* half-close, then count to the end */

static struct conn *conns[MAXCONN];
static struct pollfd polls[MAXCONN + 1];
static int polled[MAXCONN + 1];	/* which connection a pollfd is of */
static int nconn;		/* conns in use are below this */

static int listener;
static int mode;
static int temper;
static int howend = E_HALF;
static int verbose;
static long number;		/* n of the mode or temper */
static char *text = "";		/* name, or text of the mode */
static long delay = 20;		/* ms between slow bytes */
static unsigned long seed = 1;
static char *userpass;		/* -u: what a proxy wants to see */
static char *refused[MAXNAME];	/* -x: what a proxy answers with 502 */
static int nrefused;
static char *named[MAXNAME];	/* -M: name=addr:port */
static int nnamed;
static long served;		/* clients so far */
static long turns;		/* turns of the loop so far */
static long now;		/* ms, set once a turn */
static int parent;		/* who started us */

/*
 * 2. SMALL THINGS
 */

/* Ends with a reason.  A test tool may die; it must say why. */
static void
die(char *what)
{
	fprintf(stderr, "peer: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* A number of the command line: digits only, or the run ends. */
static long
number_of(char *s)
{
	char *end;
	long n;

	n = strtol(s, &end, 10);
	if (*s == 0 || *end != 0) {
		fprintf(stderr, "peer: %s: not a number\n", s);
		exit(2);
	}
	return n;
}

/* The value of a word, or the run ends. */
static int
word_value(struct word *w, char *s)
{
	for (; w->name != 0; w++)
		if (strcmp(w->name, s) == 0)
			return w->value;
	fprintf(stderr, "peer: %s: unknown word\n", s);
	exit(2);
	return 0;
}

/* No call may block the only loop. */
static void
nonblock(int fd)
{
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL, 0) | O_NONBLOCK) < 0)
		die("fcntl");
}

/* addr:port to a socket address; 0 if it is none. */
static int
scan_addr(char *s, struct sockaddr_in *sin)
{
	unsigned a, b, c, d, port;
	char rest;

	if (sscanf(s, "%3u.%3u.%3u.%3u:%5u%c", &a, &b, &c, &d, &port, &rest) != 5)
		return 0;
	if (a > 255 || b > 255 || c > 255 || d > 255 || port > 65535)
		return 0;
	memset(sin, 0, sizeof *sin);
	sin->sin_family = AF_INET;
	sin->sin_port = htons((unsigned short)port);
	sin->sin_addr.s_addr = htonl((unsigned long)a << 24 | b << 16 | c << 8 | d);
	return 1;
}

/*
 * 3. CONNECTIONS
 */

/* A row for a descriptor; -1 when the table is full. */
static int
conn_new(int fd, int state)
{
	struct conn *c;
	int i;

	for (i = 0; i < MAXCONN && conns[i] != 0; i++)
		;
	if (i == MAXCONN)
		return -1;
	c = (struct conn *)malloc(sizeof *c);
	if (c == 0)
		return -1;
	memset(c, 0, sizeof *c - BUFSZ);
	c->fd = fd;
	c->state = state;
	c->then = T_CLOSE;
	c->born = turns;
	c->to = i;
	c->pat = seed;
	conns[i] = c;
	if (nconn <= i)
		nconn = i + 1;
	nonblock(fd);
	return i;
}

/* Ends connection i alone, with a reset when asked for. */
static void
conn_end(int i, int reset)
{
	struct linger l;

	if (reset) {
		l.l_onoff = 1;
		l.l_linger = 0;
		setsockopt(conns[i]->fd, SOL_SOCKET, SO_LINGER, (char *)&l, sizeof l);
	}
	close(conns[i]->fd);
	free(conns[i]);
	conns[i] = 0;
	while (nconn > 0 && conns[nconn - 1] == 0)
		nconn--;
}

/* Ends i and the half that it is relayed with. */
static void
conn_kill(int i, int reset)
{
	int to;

	to = conns[i]->to;
	conn_end(i, reset);
	if (to != i && conns[to] != 0)
		conn_end(to, reset);
}

/* Puts bytes behind those that c has to send. */
static void
conn_put(struct conn *c, char *p, int n)
{
	if (n > BUFSZ - c->len)
		n = BUFSZ - c->len;
	memcpy(c->buf + c->len, p, (size_t)n);
	c->len += n;
}

static void
conn_puts(struct conn *c, char *s)
{
	conn_put(c, s, (int)strlen(s));
}

/* Says what is in the buffer, then goes on as told. */
static void
conn_say(struct conn *c, int then)
{
	c->state = S_SAY;
	c->then = then;
}

/* From now on bytes go one at a time. */
static void
conn_slow(struct conn *c)
{
	c->heldback = 1;
	c->when = now + delay;
}

/*
 * 4. MODES: what a new client meets
 */

/* One byte out of band in the middle; the client tells if it is in line. */
static void
start_urgent(struct conn *c)
{
	int on;

	on = 1;
	setsockopt(c->fd, SOL_SOCKET, SO_OOBINLINE, (char *)&on, sizeof on);
	if (send(c->fd, "a", 1, 0) != 1 || send(c->fd, "!", 1, MSG_OOB) != 1)
		return;
	conn_puts(c, "b");
	conn_say(c, S_RELAY);
}

/* Sets up client i for the mode of this run. */
static void
mode_start(int i)
{
	struct conn *c;

	c = conns[i];
	switch (mode) {
	case M_SOURCE:
		c->state = S_FILL;
		c->left = number;
		break;
	case M_SINK:
	case M_HALF:
	case M_RESET:
		c->state = S_COUNT;
		break;
	case M_STALL:
		c->state = S_STALL;
		break;
	case M_CLOSE:
		conn_end(i, 0);
		return;
	case M_NAME:
		conn_puts(c, text);
		conn_puts(c, "\n");
		conn_say(c, S_RELAY);
		break;
	case M_SLOW:
		conn_puts(c, text);
		conn_say(c, T_HALF);
		conn_slow(c);
		break;
	case M_URGENT:
		start_urgent(c);
		break;
	case M_PAGE:
	case M_PROXY:
		c->state = S_HEAD;
		c->temper = temper;
		break;
	default:
		break;
	}
	if (mode == M_RESET && number == 0)
		conn_end(i, 1);
}

/* Prints what a finished client sent: `sink BYTES SUM', of a source too. */
static void
print_count(struct conn *c)
{
	printf("%s %ld %lu\n", mode == M_HALF ? "half" : "sink", c->count, c->sum);
	fflush(stdout);
}

/* The client's stream has ended while we counted. */
static void
count_end(int i)
{
	struct conn *c;
	char line[64];

	c = conns[i];
	if (mode == M_SINK || mode == M_HALF || mode == M_SOURCE)
		print_count(c);
	if (mode != M_HALF) {
		conn_end(i, 0);
		return;
	}
	sprintf(line, "%ld %lu\n", c->count, c->sum);
	conn_puts(c, line);
	conn_say(c, T_CLOSE);
}

/* The next piece of the pattern, or its end as -e says. */
static void
fill_more(int i)
{
	struct conn *c;
	int n;

	c = conns[i];
	n = c->left < 65536 ? (int)c->left : 65536;
	c->left -= n;
	c->off = c->len = 0;
	while (c->len < n)
		c->buf[c->len++] = (char)pattern_next(&c->pat);
	if (c->left == 0)
		conn_say(c, howend == E_HALF ? T_HALF : howend == E_CLOSE ? T_CLOSE : T_RESET);
}

/*
 * 5. THE WEB PAGE
 */

static char *page[] = {
	"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n",
	"<meta name=\"viewport\" content=\"width=device-width\">\n",
	"<title>Through plug</title>\n",
	"<style>body{font:1.1em/1.5 sans-serif;max-width:34em;margin:3em auto;",
	"padding:0 1em;color:#222}h1{font-weight:normal}code{background:#eee}",
	"</style></head>\n<body>\n<h1>This page came through plug.</h1>\n",
	"<p>Your browser spoke to plug; plug passed its bytes, one by one and in ",
	"order, to a small server behind it, and brought this answer back.</p>\n",
	0
};

/* The whole answer, head and page, into c's buffer. */
static void
page_put(struct conn *c)
{
	struct sockaddr_in sin;
	socklen_t len;
	unsigned long a;
	char body[4096];
	char line[256];
	char **p;

	body[0] = 0;
	for (p = page; *p != 0; p++)
		strcat(body, *p);
	memset(&sin, 0, sizeof sin);
	len = sizeof sin;
	getpeername(c->fd, (struct sockaddr *)&sin, &len);
	a = ntohl(sin.sin_addr.s_addr);
	sprintf(line, "<p>Visit number <b>%ld</b>; the server saw the address ", served);
	strcat(body, line);
	sprintf(line, "<code>%lu.%lu.%lu.%lu</code>.</p>\n",
	    a >> 24 & 255, a >> 16 & 255, a >> 8 & 255, a & 255);
	strcat(body, line);
	strcat(body, "</body></html>\n");
	sprintf(line, "Content-Length: %lu\r\n", (unsigned long)strlen(body));
	conn_puts(c, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n");
	conn_puts(c, line);
	conn_puts(c, "Cache-Control: no-store\r\nConnection: close\r\n\r\n");
	conn_puts(c, body);
}

/* Any GET gets the page, anything else an error. */
static void
page_answer(struct conn *c, char *head)
{
	c->off = c->len = 0;
	if (strncmp(head, "GET /", 5) == 0)
		page_put(c);
	else
		conn_puts(c, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
	conn_say(c, T_HALF);
}

/*
 * 6. THE PROXY
 */

static char *bad_request = "HTTP/1.1 400 Bad Request\r\n\r\n";
static char *bad_gateway = "HTTP/1.1 502 Bad Gateway\r\n\r\n";
static char *need_auth =
    "HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic realm=x\r\n\r\n";

static char base64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Writes s in base 64. */
static void
put_base64(char *out, char *s)
{
	unsigned long three;
	int n;
	int i;

	while (*s != 0) {
		three = 0;
		for (n = 0; n < 3 && s[n] != 0; n++)
			three |= (unsigned long)(s[n] & 0377) << (16 - 8 * n);
		for (i = 0; i < 4; i++)
			*out++ = i > n ? '=' : base64[three >> (18 - 6 * i) & 63];
		s += n;
	}
	*out = 0;
}

/* Whether the head holds -u's words the way Basic wants them. */
static int
head_authorized(char *head)
{
	char want[1024];

	if (userpass == 0 || strlen(userpass) > 512)
		return 0;
	strcpy(want, "\r\nProxy-Authorization: Basic ");
	put_base64(want + strlen(want), userpass);
	strcat(want, "\r\n");
	return strstr(head, want) != 0;
}

/* Whether every line ends in CRLF and nothing follows the empty one. */
static int
head_lines(char *head, int n)
{
	int i;

	if (strlen(head) != (size_t)n)
		return 0;
	for (i = 0; i < n; i++)
		if ((head[i] == '\n') != (i > 0 && head[i - 1] == '\r'))
			return 0;
	return strcmp(strstr(head, "\r\n\r\n"), "\r\n\r\n") == 0;
}

/* Whether a strict proxy would like the request: line, Host, line ends. */
static int
head_perfect(char *head, int n, char *target)
{
	char want[600];

	if (!head_lines(head, n))
		return 0;
	sprintf(want, "CONNECT %s HTTP/1.1\r\n", target);
	if (strncmp(head, want, strlen(want)) != 0)
		return 0;
	sprintf(want, "\r\nHost: %s\r\n", target);
	if (strstr(head, want) == 0)
		return 0;
	return strstr(strstr(head, want) + 2, "\r\nHost:") == 0;
}

/* The word behind CONNECT; 0 if the line has another form. */
static int
head_target(char *head, char *target)
{
	int n;

	if (strncmp(head, "CONNECT ", 8) != 0)
		return 0;
	n = (int)strcspn(head + 8, " \r\n");
	if (n == 0 || n > 255 + 7 || head[8 + n] != ' ')
		return 0;
	memcpy(target, head + 8, (size_t)n);
	target[n] = 0;
	return 1;
}

/* What a name stands for (-M name=addr:port), else the name itself. */
static char *
name_meaning(char *target)
{
	size_t n;
	int i;

	n = strlen(target);
	for (i = 0; i < nnamed; i++)
		if (strncmp(named[i], target, n) == 0 && named[i][n] == '=')
			return named[i] + n + 1;
	return target;
}

static int
is_refused(char *target)
{
	int i;

	for (i = 0; i < nrefused; i++)
		if (strcmp(refused[i], target) == 0)
			return 1;
	return 0;
}

/* Answers with an error and closes. */
static void
proxy_refuse(struct conn *c, char *reply)
{
	c->off = c->len = 0;
	conn_puts(c, reply);
	conn_say(c, T_HALF);
}

/* Lines of n bytes, CRLF counted; the last is shorter where it must be. */
static void
put_line(struct conn *c, long n)
{
	long i;

	conn_puts(c, "X: ");
	for (i = 3; i < n - 2; i++)
		conn_put(c, "a", 1);
	conn_puts(c, "\r\n");
}

/* The replies that have a size instead of a text. */
static void
put_sized(struct conn *c, int kind)
{
	long i;

	conn_puts(c, "HTTP/1.1 200 OK\r\n");
	if (kind == K_LINE)
		put_line(c, number);
	else if (kind == K_REPLY)
		put_line(c, number - 17 - 2);
	else
		for (i = 0; i < number; i++)
			conn_puts(c, "X-Line: yes\r\n");
	conn_puts(c, "\r\n");
}

/* The reply of c's temper into its buffer. */
static void
put_reply(struct conn *c)
{
	struct temper *t;
	int i;

	t = &tempers[c->temper];
	c->off = c->len = 0;
	if (t->kind == K_LINE || t->kind == K_REPLY || t->kind == K_LINES)
		put_sized(c, t->kind);
	else
		conn_puts(c, t->reply);
	if (strcmp(t->name, "nul") == 0)
		for (i = 0; i < c->len; i++)
			if (c->buf[i] == '@')
				c->buf[i] = 0;
}

/* A connect on behalf of client i; 0 if it failed at once. */
static int
proxy_dial(int i, char *target)
{
	struct sockaddr_in sin;
	int fd;
	int j;

	if (!scan_addr(target, &sin))
		return 0;
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0)
		return 0;
	j = conn_new(fd, S_DIAL);
	if (j < 0) {
		close(fd);
		return 0;
	}
	conns[j]->to = i;
	conns[i]->to = j;
	conns[i]->state = S_STALL;
	if (connect(fd, (struct sockaddr *)&sin, sizeof sin) == 0 || errno == EINPROGRESS)
		return 1;
	conn_end(j, 0);
	conns[i]->to = i;
	return 0;
}

/* Whether the head is one that this temper refuses at once; then it did. */
static int
proxy_refuses(struct conn *c, char *head, int n, char *target)
{
	int kind;

	kind = tempers[c->temper].kind;
	if (!head_target(head, target))
		proxy_refuse(c, bad_request);
	else if (kind == K_CHECK && !head_perfect(head, n, target))
		proxy_refuse(c, bad_request);
	else if (kind == K_AUTH && !head_authorized(head))
		proxy_refuse(c, need_auth);
	else if (is_refused(target))
		proxy_refuse(c, bad_gateway);
	else
		return 0;
	return 1;
}

/* Client i has sent a whole head: obey, or be rude. */
static void
proxy_answer(int i, char *head, int n)
{
	struct conn *c;
	char target[300];
	int kind;

	c = conns[i];
	kind = tempers[c->temper].kind;
	if (proxy_refuses(c, head, n, target))
		return;
	if (kind == K_SILENT) {
		c->state = S_STALL;
	} else if (kind == K_RESET) {
		conn_end(i, 1);
	} else if (kind == K_END) {
		put_reply(c);
		conn_say(c, tempers[c->temper].reply[0] == 0 ? T_CLOSE : T_HALF);
	} else if (!proxy_dial(i, name_meaning(target))) {
		proxy_refuse(c, bad_gateway);
	}
}

/* The connect of j, made for a client, is decided. */
static void
proxy_dialled(int j)
{
	struct conn *c;
	socklen_t len;
	int err;
	int i;

	i = conns[j]->to;
	c = conns[i];
	err = 0;
	len = sizeof err;
	if (getsockopt(conns[j]->fd, SOL_SOCKET, SO_ERROR, (char *)&err, &len) < 0 || err != 0) {
		conn_end(j, 0);
		c->to = i;
		proxy_refuse(c, bad_gateway);
		return;
	}
	put_reply(c);
	if (tempers[c->temper].kind == K_EARLY) {
		conns[j]->state = S_EARLY;
		return;
	}
	conns[j]->state = S_RELAY;
	conn_say(c, S_RELAY);
	if (tempers[c->temper].kind == K_SLOW)
		conn_slow(c);
}

/* The target's first bytes: they leave in one write with the reply. */
static void
proxy_early(int j)
{
	struct conn *c;
	int n;

	c = conns[conns[j]->to];
	n = (int)read(conns[j]->fd, c->buf + c->len, (size_t)(BUFSZ - c->len));
	if (n > 0)
		c->len += n;
	conns[j]->state = S_RELAY;
	conn_say(c, S_RELAY);
}

/*
 * 7. READING AND WRITING
 */

/* More of a request's head.  Nobody may send more before the answer. */
static void
read_head(int i)
{
	struct conn *c;
	int n;

	c = conns[i];
	n = (int)read(c->fd, c->buf + c->len, (size_t)(MAXHEAD - 1 - c->len));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || c->len + n >= MAXHEAD - 1) {
		conn_end(i, 0);
		return;
	}
	if (verbose) {
		fwrite(c->buf + c->len, 1, (size_t)n, stdout);
		fflush(stdout);
	}
	c->len += n;
	c->buf[c->len] = 0;
	if (strstr(c->buf, "\n\r\n") == 0 && strstr(c->buf, "\n\n") == 0)
		return;
	if (mode == M_PAGE)
		page_answer(c, c->buf);
	else
		proxy_answer(i, c->buf, c->len);
}

/* Counts what came, and resets or answers when it is time. */
static void
read_count(int i)
{
	struct conn *c;
	char buf[65536];
	long n;

	c = conns[i];
	n = (long)read(c->fd, buf, sizeof buf);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		printf("error %ld %s\n", c->count, strerror(errno));
		fflush(stdout);
		conn_end(i, 0);
		return;
	}
	if (n == 0) {
		count_end(i);
		return;
	}
	c->count += n;
	c->sum = sum_add(c->sum, buf, n);
	if (mode == M_RESET && c->count >= number)
		conn_end(i, 1);
}

/* One read of the relay: from i into the buffer of `to', which is empty. */
static void
read_relay(int i)
{
	struct conn *c;
	struct conn *d;
	int n;

	c = conns[i];
	d = conns[c->to];
	n = (int)read(c->fd, d->buf, 65536);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		conn_kill(i, 1);
		return;
	}
	d->off = 0;
	d->len = n;
	c->eof = n == 0;
}

/* The end of the relay's one direction, or of both. */
static void
relay_end(int i)
{
	struct conn *c;
	int to;

	c = conns[i];
	to = c->to;
	if (!c->shut && conns[to]->eof && c->off == c->len) {
		shutdown(c->fd, 1);
		c->shut = 1;
	}
	if (c->eof && c->shut && conns[to]->eof && conns[to]->shut)
		conn_kill(i, 0);
}

/* What i read or wrote may have ended either direction. */
static void
relay_ends(int i)
{
	int to;

	to = conns[i]->to;
	relay_end(i);
	if (conns[i] != 0)
		relay_end(to);
}

/* Everything said: the next state, or the end. */
static void
said(int i)
{
	struct conn *c;

	c = conns[i];
	c->off = c->len = 0;
	c->heldback = 0;
	if (c->then == T_CLOSE || c->then == T_RESET) {
		conn_end(i, c->then == T_RESET);
	} else if (c->then == T_HALF) {
		shutdown(c->fd, 1);
		c->state = S_COUNT;
	} else {
		c->state = c->then;
	}
}

/* Sends what there is; an error ends both halves. */
static void
write_some(int i)
{
	struct conn *c;
	int n;

	c = conns[i];
	n = c->len - c->off;
	if (c->heldback && n > 1)
		n = 1;
	if (n > 0)
		n = (int)write(c->fd, c->buf + c->off, (size_t)n);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		conn_kill(i, 1);
		return;
	}
	c->off += n;
	if (c->heldback)
		c->when = now + delay;
	if (c->off < c->len)
		return;
	if (c->state == S_SAY)
		said(i);
	else if (c->state == S_FILL)
		fill_more(i);
	else
		c->off = c->len = 0;
}

/*
 * 8. THE LOOP
 */

/* A new client, or a listener that has served its number. */
static void
accept_one(void)
{
	int fd;
	int i;
	int on;

	fd = accept(listener, (struct sockaddr *)0, (socklen_t *)0);
	if (fd < 0)
		return;
	on = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, (char *)&on, sizeof on);
	i = conn_new(fd, S_RELAY);
	if (i < 0) {
		close(fd);
		return;
	}
	served++;
	mode_start(i);
	if (mode == M_REFUSE && served >= number) {
		close(listener);
		listener = -1;
	}
}

/* What connection i waits for, derived from its state and nowhere else. */
static int
want(int i)
{
	struct conn *c;
	int bytes;

	c = conns[i];
	bytes = c->len > c->off;
	switch (c->state) {
	case S_RELAY:
		return (bytes ? POLLOUT : 0) |
		    (!c->eof && conns[c->to]->len == 0 &&
		    conns[c->to]->state == S_RELAY ? POLLIN : 0);
	case S_SAY:
		return !c->heldback || c->when <= now ? POLLOUT : 0;
	case S_FILL:
	case S_DIAL:
		return POLLOUT;
	case S_COUNT:
	case S_HEAD:
	case S_EARLY:
		return POLLIN;
	default:
		return 0;
	}
}

/* One event of connection i. */
static void
serve(int i, int got)
{
	struct conn *c;

	c = conns[i];
	if (c->state == S_DIAL)
		proxy_dialled(i);
	else if (c->state == S_EARLY)
		proxy_early(i);
	else if (c->state == S_HEAD)
		read_head(i);
	else if (c->state == S_COUNT)
		read_count(i);
	else if (c->state == S_RELAY && (want(i) & POLLIN) && (got & (POLLIN | POLLHUP | POLLERR)))
		read_relay(i);
	else if (want(i) & POLLOUT)
		write_some(i);
	if (conns[i] == c && c->state == S_RELAY && conns[c->to]->state == S_RELAY)
		relay_ends(i);
}

/* Fills polls[]; those who want nothing are left out: a hang-up would spin. */
static int
poll_fill(void)
{
	int i;
	int n;
	int w;

	n = 0;
	for (i = 0; i < nconn; i++) {
		if (conns[i] == 0)
			continue;
		w = want(i);
		if (w == 0)
			continue;
		polls[n].fd = conns[i]->fd;
		polls[n].events = (short)w;
		polls[n].revents = 0;
		polled[n++] = i;
	}
	polls[n].fd = listener;
	polls[n].events = POLLIN;
	polls[n].revents = 0;
	return n;
}

/* How long to sleep: short while somebody is held back. */
static int
patience(void)
{
	long ms;
	int i;

	ms = 500;
	for (i = 0; i < nconn; i++)
		if (conns[i] != 0 && conns[i]->heldback && conns[i]->when - now < ms)
			ms = conns[i]->when - now;
	return ms < 1 ? 1 : (int)ms;
}

/* One turn.  A row that changed hands within it is passed over. */
static void
turn(void)
{
	int i;
	int n;

	turns++;
	now = clock_ms();
	n = poll_fill();
	if (poll(polls, (unsigned long)(n + (listener >= 0)), patience()) <= 0)
		return;
	now = clock_ms();
	for (i = 0; i < n; i++)
		if (polls[i].revents != 0 && conns[polled[i]] != 0 &&
		    conns[polled[i]]->born != turns)
			serve(polled[i], polls[i].revents);
	if (listener >= 0 && polls[n].revents != 0)
		accept_one();
}

/*
 * 9. START
 */

/* Binds to a unix path, which a former run may have left. */
static void
listen_path(char *path)
{
	struct sockaddr_un un;

	memset(&un, 0, sizeof un);
	un.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof un.sun_path)
		die(path);
	strcpy(un.sun_path, path);
	unlink(path);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&un, sizeof un) < 0)
		die(path);
}

/* Binds to addr:port and says which port it became. */
static int
listen_addr(char *name)
{
	struct sockaddr_in sin;
	socklen_t len;
	int asked;
	int on;

	if (!scan_addr(name, &sin)) {
		fprintf(stderr, "peer: %s: not an address\n", name);
		exit(2);
	}
	asked = ntohs(sin.sin_port);
	on = 1;
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener < 0)
		die("socket");
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, (char *)&on, sizeof on);
	setsockopt(listener, SOL_SOCKET, SO_OOBINLINE, (char *)&on, sizeof on);
	if (bind(listener, (struct sockaddr *)&sin, sizeof sin) < 0)
		die(name);
	len = sizeof sin;
	getsockname(listener, (struct sockaddr *)&sin, &len);
	return asked == 0 ? ntohs(sin.sin_port) : 0;
}

static void
usage(void)
{
	fprintf(stderr, "usage: peer [-v] [-L secs] [-n count] [-s seed] [-d ms]\n");
	fprintf(stderr, "\t[-e half|close|reset] [-u user:pass] [-x host:port]\n");
	fprintf(stderr, "\t[-M name=addr:port] address mode [argument]\n");
	exit(2);
}

/* One option with its value; -v has none and is not seen here. */
static void
option_set(int letter, char *value)
{
	switch (letter) {
	case 'L':
		alarm((unsigned)number_of(value));
		break;
	case 'n':
		number = number_of(value);
		break;
	case 's':
		seed = (unsigned long)number_of(value);
		break;
	case 'd':
		delay = number_of(value);
		break;
	case 'e':
		howend = word_value(ends, value);
		break;
	case 'u':
		userpass = value;
		break;
	case 'x':
		if (nrefused < MAXNAME)
			refused[nrefused++] = value;
		break;
	case 'M':
		if (nnamed < MAXNAME)
			named[nnamed++] = value;
		break;
	default:
		usage();
	}
}

/* The mode's argument: a number, a text or a proxy's temper. */
static void
argument_set(char *arg)
{
	if (mode == M_NAME || mode == M_SLOW) {
		text = arg;
	} else if (mode != M_PROXY) {
		number = number_of(arg);
	} else {
		for (temper = 0; tempers[temper].name != 0; temper++)
			if (strcmp(tempers[temper].name, arg) == 0)
				return;
		fprintf(stderr, "peer: %s: unknown temper\n", arg);
		exit(2);
	}
}

/* Options, then address, mode, argument. */
static char *
arguments(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "-v") == 0)
			verbose = 1;
		else if (argv[i][1] == 0 || argv[i][2] != 0 || i + 1 == argc)
			usage();
		else {
			option_set(argv[i][1], argv[i + 1]);
			i++;
		}
	}
	if (argc - i < 2 || argc - i > 3)
		usage();
	mode = word_value(modes, argv[i + 1]);
	if (argc - i == 3)
		argument_set(argv[i + 2]);
	return argv[i];
}

int
main(int argc, char **argv)
{
	char *name;
	int port;

	parent = (int)getppid();
	signal(SIGPIPE, SIG_IGN);
	alarm(300);
	name = arguments(argc, argv);
	port = 0;
	if (name[0] == '/')
		listen_path(name);
	else
		port = listen_addr(name);
	if (listen(listener, 1024) < 0)
		die("listen");
	nonblock(listener);
	if (port != 0)
		printf("ready %d\n", port);
	else
		printf("ready\n");
	fflush(stdout);
	while ((int)getppid() == parent)
		turn();
	return 0;
}

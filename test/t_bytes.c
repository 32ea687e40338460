/*
 * t_bytes.c: what happens to the bytes.  Every byte arrives, in order, before
 * the end of its direction; an end is passed on as an end and a reset as a
 * reset; nobody's slowness is felt by anybody else.
 */
#include "live.h"

#define KB 1024L
#define MB 1048576L

static char buf[1048576];

/* A plug in front of a listener of ours. */
struct line {
	char *addr;		/* plug's source */
	char *behind;		/* its target */
	int lfd;
	int pid;
};

static void
line_open(struct line *l, char *options)
{
	l->addr = new_addr();
	l->behind = new_addr();
	l->lfd = listen_on(l->behind);
	l->pid = start_plug(f3("%s %s %s", options, l->addr, l->behind));
}

/* A plug in front of a peer. */
static void
line_peer(struct line *l, char *options, char *peermode)
{
	l->addr = new_addr();
	l->behind = new_addr();
	start_peer(f2(peermode, l->behind, ""));
	l->pid = start_plug(f3("%s %s %s", options, l->addr, l->behind));
}

/*
 * A session that plug knows to be connected: a target that resets before plug
 * has looked would be a connect that failed, which is another story.
 */
static void
pair_greet(struct pair *p, struct line *l)
{
	pair_open(p, l->addr, l->lfd);
	send_text(p->target, "hello");
	recv_text(p->client, "hello");
}

/*
 * 1. INTEGRITY: many transfers at once, both ends in one loop
 */

#define ATONCE 32
#define HEADER 8

/* One end of a transfer. */
struct end {
	int fd;
	int patient;		/* ends its direction only after it has all */
	int shut;		/* has ended its direction */
	int eof;		/* has seen the other's end */
	long total, sent;
	long expected, got;
	unsigned long out, in;	/* states of the patterns */
	long chunk;		/* writes are at most this long */
	long when;		/* no write before this moment */
	long deaf;		/* no read before this moment */
	long resets;		/* it resets behind so many bytes sent; -1 */
	int gone;		/* it has */
	int cut;		/* it has seen the other's reset */
};

struct transfer {
	int used;
	long id;
	struct end e[2];	/* the client and the server */
};

static struct transfer transfers[ATONCE];
static int unnamed[ATONCE];	/* accepted, header not read yet */
static int nunnamed;
static long progress;		/* when a byte moved last */
static int rude;		/* ends reset and are deaf as they like */

/* Where a transfer went wrong. */
static char *
where(struct transfer *t, int side)
{
	return f4("transfer %s of -r %s, %s, at byte %s", num(t->id), num((long)seed),
	    side ? "server" : "client", num(t->e[side].got));
}

/* 0 to 8 MiB, every order of magnitude as often as the others. */
static long
random_size(void)
{
	if (rnd_below(12L) == 0)
		return 0;
	return rnd_below(1L << (1 + rnd_below(23L)));
}

static long
random_chunk(void)
{
	return 1 + rnd_below(rnd_below(3L) == 0 ? 100L : 65536L);
}

static void
end_setup(struct end *e, long total, long expected, unsigned long out, unsigned long in)
{
	e->fd = -1;
	e->patient = rnd_below(2L) == 0;
	e->shut = e->eof = 0;
	e->total = total;
	e->expected = expected;
	e->sent = e->got = 0;
	e->out = out;
	e->in = in;
	e->chunk = random_chunk();
	e->when = 0;
	e->deaf = rude && rnd_below(4L) == 0 ? clock_ms() + rnd_below(600L) : 0;
	e->resets = rude && rnd_below(4L) == 0 ? rnd_below(total + 1) : -1;
	e->gone = e->cut = 0;
}

/* A new transfer: its client connects and names it. */
static void
transfer_new(struct transfer *t, long id, char *addr)
{
	char header[32];
	long up, down;

	up = random_size();
	down = random_size();
	t->used = 1;
	t->id = id;
	end_setup(&t->e[0], up, down, (unsigned long)id * 2 + seed, (unsigned long)id * 2 + 1 + seed);
	end_setup(&t->e[1], down, up, t->e[0].in, t->e[0].out);
	t->e[0].fd = connect_to(addr);
	if (rnd_below(4L) == 0)
		small_buffer(t->e[0].fd, 65536);
	sprintf(header, "%07ld\n", id);
	send_text(t->e[0].fd, header);
}

/* The server's side of a connection whose header is there. */
static int
transfer_name(int fd)
{
	char header[HEADER + 1];
	long id;
	int i;

	if (recv(fd, header, HEADER, MSG_PEEK) < HEADER)
		return 0;
	recv_exact(fd, header, (long)HEADER);
	header[HEADER] = 0;
	id = atol(header);
	for (i = 0; i < ATONCE; i++)
		if (transfers[i].used && transfers[i].id == id && transfers[i].e[1].fd < 0) {
			transfers[i].e[1].fd = fd;
			return 1;
		}
	fail("a transfer's number", header);
	return 0;
}

/* An end has seen the reset of the other. */
static void
end_cut(struct end *e)
{
	close(e->fd);
	e->fd = -1;
	e->cut = 1;
}

/* Sends a chunk; the pattern advances by what really went. */
static void
end_send(struct transfer *t, int side)
{
	struct end *e;
	unsigned long x;
	long n;
	long r;

	e = &t->e[side];
	n = e->total - e->sent;
	if (n > e->chunk)
		n = e->chunk;
	x = e->out;
	pattern_fill(&x, buf, n);
	r = send_some(e->fd, buf, n);
	if (r < 0 && t->e[!side].gone) {
		/* the other's reset may be told here, and then only here */
		if (errno == EPIPE || e->eof)
			e->total = e->sent;
		else
			end_cut(e);
		return;
	}
	if (r < 0)
		fail(f1("to send: %s", where(t, side)), strerror(errno));
	e->sent += r;
	while (r-- > 0)
		pattern_next(&e->out);
	if (rnd_below(16L) == 0)
		e->when = clock_ms() + rnd_below(20L);
	if (rnd_below(16L) == 0)
		e->chunk = random_chunk();
}

/* Reads and compares with what the other end's pattern says. */
static void
end_recv(struct transfer *t, int side)
{
	struct end *e;
	long n;
	long i;

	e = &t->e[side];
	n = (long)read(e->fd, buf, (size_t)random_chunk());
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0 && t->e[!side].gone) {
		end_cut(e);
		return;
	}
	if (n < 0)
		fail(f1("a clean end: %s", where(t, side)), strerror(errno));
	if (n == 0) {
		e->eof = 1;
		if (t->e[!side].gone && !t->e[!side].shut)
			fail(f1("a reset: %s", where(t, side)), "a clean end");
		if (e->got != e->expected)
			fail(f2("%s bytes: %s", num(e->expected), where(t, side)), "the end");
	}
	if (e->got + n > e->expected)
		fail(f2("%s bytes: %s", num(e->expected), where(t, side)), "more");
	for (i = 0; i < n; i++, e->got++)
		if ((buf[i] & 0377) != pattern_next(&e->in))
			fail(f1("the byte sent: %s", where(t, side)), "another");
}

/* Nothing is to come of an end any more. */
static int
end_over(struct end *e)
{
	return e->gone || e->cut || (e->shut && e->eof);
}

/* Half-closes or resets when it is time; ends the transfer when both have. */
static void
transfer_ends(struct transfer *t)
{
	struct end *e;
	int i;

	for (i = 0; i < 2; i++) {
		e = &t->e[i];
		if (e->fd >= 0 && t->e[1].fd >= 0 && e->resets >= 0 &&
		    e->sent >= e->resets && !end_over(e)) {
			reset_close(e->fd);
			e->fd = -1;
			e->gone = 1;
		}
		if (e->fd >= 0 && !e->shut && e->sent == e->total &&
		    (!e->patient || e->got == e->expected || t->e[!i].gone)) {
			/* it may have been reset by now */
			if (t->e[!i].gone)
				(void)shutdown(e->fd, 1);
			else
				half_close(e->fd);
			e->shut = 1;
		}
	}
	if (end_over(&t->e[0]) && end_over(&t->e[1])) {
		for (i = 0; i < 2; i++)
			if (t->e[i].fd >= 0)
				close(t->e[i].fd);
		t->used = 0;
	}
}

/* What an end waits for now. */
static int
end_want(struct end *e, long now)
{
	int w;

	w = e->eof || e->deaf > now ? 0 : POLLIN;
	if (e->sent < e->total && e->when <= now)
		w |= POLLOUT;
	return w;
}

/* One turn over all ends and new connections; how many events there were. */
static int
integrity_turn(int lfd)
{
	struct pollfd p[3 * ATONCE + 1];
	struct end *owner[3 * ATONCE + 1];
	struct transfer *of[3 * ATONCE + 1];
	long now;
	int n;
	int i;
	int k;

	now = clock_ms();
	n = 0;
	for (i = 0; i < 2 * ATONCE; i++) {
		of[n] = &transfers[i / 2];
		owner[n] = &of[n]->e[i % 2];
		if (!of[n]->used || owner[n]->fd < 0)
			continue;
		p[n].fd = owner[n]->fd;
		p[n].events = (short)end_want(owner[n], now);
		if (p[n].events == 0)
			continue;
		p[n++].revents = 0;
	}
	p[n].fd = lfd;
	p[n].events = POLLIN;
	p[n].revents = 0;
	if (poll(p, (unsigned long)(n + 1), nunnamed > 0 ? 1 : 5) <= 0)
		return 0;
	for (i = 0; i < n; i++) {
		k = owner[i] == &of[i]->e[1];
		if (p[i].revents & (POLLIN | POLLHUP | POLLERR) && !owner[i]->eof)
			end_recv(of[i], k);
		if (p[i].revents & POLLOUT && owner[i]->fd >= 0)
			end_send(of[i], k);
	}
	if (p[n].revents != 0 && nunnamed < ATONCE)
		unnamed[nunnamed++] = accept_from(lfd);
	return 1;
}

/* Keeps ATONCE transfers going until n are through. */
static void
integrity(void)
{
	struct line l;
	long id;
	int busy;
	int i;

	line_open(&l, "");
	id = 0;
	busy = 1;
	progress = clock_ms();
	while (busy) {
		busy = 0;
		for (i = 0; i < ATONCE; i++) {
			if (!transfers[i].used && id < ntransfers)
				transfer_new(&transfers[i], ++id, l.addr);
			busy |= transfers[i].used;
		}
		if (integrity_turn(l.lfd))
			progress = clock_ms();
		if (clock_ms() - progress > patience(20000L))
			fail("progress", f1("none for 20 s, -r %s", num((long)seed)));
		for (i = 0; i < nunnamed; i++)
			if (transfer_name(unnamed[i]))
				unnamed[i--] = unnamed[--nunnamed];
		for (i = 0; i < ATONCE; i++)
			if (transfers[i].used)
				transfer_ends(&transfers[i]);
	}
	close(l.lfd);
}

static void
test_integrity(void)
{
	integrity();
}

/* Either end may reset at any moment, or not read for a while. */
static void
test_sessions(void)
{
	rude = 1;
	integrity();
}

/* Much through one session, both ways at once. */
static void
test_bulk(void)
{
	struct line l;
	unsigned long sent, got;
	long up, down;
	long r;
	int fd;

	line_peer(&l, "", "%s echo");
	fd = connect_to(l.addr);
	small_buffer(fd, 262144);
	sent = got = 0;
	for (up = down = 0; down < 48 * MB; ) {
		if (wait_fd(fd, POLLIN | (up < 48 * MB ? POLLOUT : 0), patience(15000L)) == 0)
			fail("progress", num(down));
		memset(buf, (int)(up >> 12 & 255), 65536);
		r = up < 48 * MB ? send_some(fd, buf, 48 * MB - up < 65536 ? 48 * MB - up : 65536L) : 0;
		want(r >= 0, "to send");
		sent = sum_add(sent, buf, r);
		up += r;
		if (up == 48 * MB && r > 0)
			half_close(fd);
		r = (long)read(fd, buf, sizeof buf);
		want(r != 0 && (r > 0 || errno == EAGAIN), "bytes, not an end");
		if (r > 0) {
			got = sum_add(got, buf, r);
			down += r;
		}
	}
	want_num("sum", (long)sent, (long)got);
	expect_eof(fd);
}

/* One byte a packet, each waited for. */
static void
test_single_bytes(void)
{
	struct line l;
	struct pair p;
	char c;
	int i;

	line_open(&l, "");
	pair_open(&p, l.addr, l.lfd);
	for (i = 0; i < 2000; i++) {
		c = (char)i;
		send_all(p.client, &c, 1L);
		recv_exact(p.target, &c, 1L);
		want_num("byte up", (long)(char)i, (long)c);
		c = (char)(i * 3);
		send_all(p.target, &c, 1L);
		recv_exact(p.client, &c, 1L);
		want_num("byte down", (long)(char)(i * 3), (long)c);
	}
	pair_close(&p);
}

/*
 * 2. ENDS
 */

/* After the end of one direction the other goes on, as long as it likes. */
static void
half(int first_target)
{
	struct line l;
	struct pair p;
	int a, b;
	int i;

	line_open(&l, "");
	pair_open(&p, l.addr, l.lfd);
	a = first_target ? p.target : p.client;
	b = first_target ? p.client : p.target;
	send_text(a, "last words");
	half_close(a);
	recv_text(b, "last words");
	expect_eof(b);
	for (i = 0; i < 5; i++) {
		pause_ms(150L);
		send_text(b, "still here ");
		recv_text(a, "still here ");
	}
	expect_quiet(a, 100L);
	half_close(b);
	expect_eof(a);
}

static void
test_half_client(void)
{
	half(0);
}

static void
test_half_target(void)
{
	half(1);
}

/* Both half-close at the same moment, with bytes on the way. */
static void
test_half_both(void)
{
	struct line l;
	struct pair p;
	int i;

	line_open(&l, "");
	for (i = 0; i < 50; i++) {
		pair_open(&p, l.addr, l.lfd);
		send_text(p.client, "one way");
		send_text(p.target, "the other");
		half_close(p.client);
		half_close(p.target);
		recv_text(p.target, "one way");
		expect_eof(p.target);
		recv_text(p.client, "the other");
		expect_eof(p.client);
		close(p.client);
		close(p.target);
	}
}

/* A peer that reads to the end and then answers gets and gives everything. */
static void
test_answer_after_end(void)
{
	struct line l;
	unsigned long x;
	unsigned long sum;
	char want_line[64];
	int fd;

	line_peer(&l, "", "%s half");
	fd = connect_to(l.addr);
	x = 7;
	pattern_fill(&x, buf, MB);
	send_all(fd, buf, MB);
	half_close(fd);
	sum = sum_add(0L, buf, MB);
	sprintf(want_line, "%ld %lu", MB, sum);
	want_text("peer's count", want_line, recv_line(fd));
	expect_eof(fd);
}

/* The target sends 5 MB and closes; the reader comes late and is slow. */
static void
test_slow_reader(void)
{
	struct line l;
	unsigned long x;
	unsigned long sum, want_sum;
	long n;
	int fd;
	int i;

	line_peer(&l, "", "-n 5000000 -s 11 -e close %s source");
	fd = connect_to(l.addr);
	small_buffer(fd, 16384);
	pause_ms(1500L);
	x = 11;
	want_sum = 0;
	for (i = 0; i < 50; i++) {
		pattern_fill(&x, buf, 100000L);
		want_sum = sum_add(want_sum, buf, 100000L);
	}
	want_num("a clean end", 0L, (long)read_end(fd, &n, &sum));
	want_num("bytes", 5000000L, n);
	want_num("sum", (long)want_sum, (long)sum);
}

/*
 * One end sends its last bytes and closes; the other goes on sending into the
 * void, reads late, and must still get the tail and a clean end.
 */
static void
tail(int from_target, int rcvbuf, long size)
{
	struct line l;
	struct pair p;
	long n;
	unsigned long sum;
	int a, b;
	int i;

	line_open(&l, "");
	pair_open(&p, l.addr, l.lfd);
	a = from_target ? p.target : p.client;
	b = from_target ? p.client : p.target;
	if (rcvbuf > 0)
		small_buffer(b, rcvbuf);
	memset(buf, 't', (size_t)size);
	send_all(a, buf, size);
	all_arrived(a);
	pause_ms(300L);
	close(a);
	for (i = 0; i < 200; i++) {
		send_some(b, "more and more", 13L);
		pause_ms(4L);
	}
	want_num("a clean end", 0L, (long)read_end(b, &n, &sum));
	want_num("bytes of the tail", size, n);
	want_num("their sum", (long)sum_add(0L, buf, size), (long)sum);
}

static void
test_tail_target(void)
{
	tail(1, 0, 60000L);
}

static void
test_tail_client(void)
{
	tail(0, 0, 60000L);
}

static void
test_tail_pending(void)
{
	tail(1, 4096, 150000L);
}

static void
test_tail_pending_up(void)
{
	tail(0, 4096, 150000L);
}

/* A client that never stops sending cannot keep a finished target's end away. */
static void
test_tail_flood(void)
{
	struct line l;
	long total;
	long end;
	long r;
	int fd;

	line_peer(&l, "", "-n 50000 -e close %s source");
	fd = connect_to(l.addr);
	total = 0;
	r = -1;
	end = clock_ms() + patience(15000L);
	for (;;) {
		if (clock_ms() > end)
			fail("an end while the client floods", "none");
		wait_fd(fd, POLLIN | POLLOUT, 100L);
		if (send_some(fd, buf, 65536L) < 0)
			break;		/* a reset; the read would not see it now */
		r = (long)read(fd, buf, sizeof buf);
		if (r > 0)
			total += r;
		if (r == 0 || (r < 0 && errno != EAGAIN && errno != EINTR))
			break;
	}
	/* the source may close with unread bytes: a reset may cut, an end may not */
	if (r == 0)
		want_num("bytes before a clean end", 50000L, total);
}

/*
 * 3. RESETS
 */

static void
test_reset_target(void)
{
	struct line l;
	struct pair p;

	line_open(&l, "");
	pair_greet(&p, &l);
	reset_close(p.target);
	expect_reset(p.client);
	pair_open(&p, l.addr, l.lfd);
	pair_close(&p);
}

static void
test_reset_client(void)
{
	struct line l;
	struct pair p;

	line_open(&l, "");
	pair_open(&p, l.addr, l.lfd);
	send_text(p.client, "x");
	recv_text(p.target, "x");
	reset_close(p.client);
	expect_reset(p.target);
	pair_open(&p, l.addr, l.lfd);
	pair_close(&p);
}

/* A reset behind a half-close cuts the other direction: it is a reset. */
static void
test_reset_after_half(void)
{
	struct line l;
	struct pair p;

	line_open(&l, "");
	step("client half-closed, target resets");
	pair_open(&p, l.addr, l.lfd);
	half_close(p.client);
	expect_eof(p.target);
	reset_close(p.target);
	expect_reset(p.client);
	step("target half-closed, client resets");
	pair_open(&p, l.addr, l.lfd);
	half_close(p.target);
	expect_eof(p.client);
	reset_close(p.client);
	expect_reset(p.target);
}

/* What was sent well before the reset arrives, then the reset. */
static void
test_bytes_before_reset(void)
{
	struct line l;
	struct pair p;
	int i;

	line_open(&l, "");
	for (i = 0; i < 5; i++) {
		pair_open(&p, l.addr, l.lfd);
		send_text(p.target, "the last thing it said");
		recv_text(p.client, "the last thing it said");
		send_text(p.target, "and more");
		pause_ms(200L);
		reset_close(p.target);
		recv_text(p.client, "and more");
		expect_reset(p.client);
		close(p.client);
		pair_open(&p, l.addr, l.lfd);
		send_text(p.client, "client's");
		pause_ms(200L);
		reset_close(p.client);
		recv_text(p.target, "client's");
		expect_reset(p.target);
		close(p.target);
	}
}

/* A stream that is cut in the middle of much is never ended cleanly. */
static void
test_reset_in_bulk(void)
{
	struct line l;
	long n;
	unsigned long sum;
	int fd;
	int i;

	line_peer(&l, "", "-n 3000000 -e reset %s source");
	for (i = 0; i < 5; i++) {
		fd = connect_to(l.addr);
		small_buffer(fd, 16384);
		pause_ms(200L);
		if (read_end(fd, &n, &sum) == 0)
			fail("a reset", f1("a clean end after %s bytes of 3000000", num(n)));
		close(fd);
	}
}

/* Writing to who has gone must not kill plug. */
static void
test_sigpipe(void)
{
	struct line l;
	struct pair p;
	int i, k;

	line_open(&l, "");
	for (i = 0; i < 30; i++) {
		pair_greet(&p, &l);
		for (k = 0; k < 10; k++) {
			send_some(p.client, buf, 20000L);
			send_some(p.target, buf, 20000L);
		}
		if (i % 2)
			close(p.target);
		else
			reset_close(p.target);
		for (k = 0; k < 10; k++)
			send_some(p.client, buf, 20000L);
		reset_close(p.client);
	}
	pair_open(&p, l.addr, l.lfd);
	pair_close(&p);
}

/*
 * 4. URGENT DATA
 */

static void
inline_urgent(int fd)
{
	int on;

	on = 1;
	setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, (char *)&on, sizeof on);
}

static void
send_urgent(int fd, char *c)
{
	if (send(fd, c, 1, MSG_OOB | MSG_NOSIGNAL) != 1)
		fail("to send an urgent byte", strerror(errno));
}

/* a, an urgent byte, b: in this order at the other end, and life goes on. */
static void
urgent_way(int from, int to)
{
	int i;

	for (i = 0; i < 20; i++) {
		send_text(from, "a");
		send_urgent(from, "!");
		send_text(from, "b");
		recv_text(to, "a!b");
	}
}

static void
urgent(char *options)
{
	struct line l;
	struct pair p;

	line_open(&l, options);
	pair_open(&p, l.addr, l.lfd);
	inline_urgent(p.client);
	inline_urgent(p.target);
	step("client to target");
	urgent_way(p.client, p.target);
	step("target to client");
	urgent_way(p.target, p.client);
	step("an urgent byte at the end");
	send_urgent(p.client, "!");
	half_close(p.client);
	recv_text(p.target, "!");
	expect_eof(p.target);
	half_close(p.target);
	expect_eof(p.client);
	close(p.client);
	close(p.target);
	step("the next session");
	pair_open(&p, l.addr, l.lfd);
	pair_close(&p);
}

static void
test_urgent(void)
{
	urgent("");
}

static void
test_urgent_k(void)
{
	urgent("-k");
}

/* The kernel's pipes stop at an urgent byte: that is no end. */
static void
test_urgent_bulk(void)
{
	struct line l;
	struct pair p;
	unsigned long x, y;
	long i, k;

	line_open(&l, "");
	pair_open(&p, l.addr, l.lfd);
	inline_urgent(p.client);
	inline_urgent(p.target);
	x = y = 5;
	for (i = 0; i < 40; i++) {
		pattern_fill(&x, buf, 50000L);
		send_all(p.target, buf, 50000L);
		send_urgent(p.target, "!");
		recv_exact(p.client, buf, 50001L);
		for (k = 0; k < 50000; k++)
			if ((buf[k] & 0377) != pattern_next(&y))
				fail("the byte sent", f1("another at %s", num(k)));
		want_num("the urgent byte", (long)'!', (long)buf[50000]);
	}
	pair_close(&p);
}

/*
 * 5. BEFORE THE TARGET IS CONNECTED
 */

#define FILLERS 20

/* Empties a black hole's queue until somebody comes who speaks. */
static int
accept_speaker(int lfd)
{
	int fds[FILLERS];
	long end;
	int n;
	int i;

	n = 0;
	end = clock_ms() + patience(15000L);
	while (clock_ms() < end) {
		if (n < FILLERS && wait_fd(lfd, POLLIN, 20L) != 0)
			fds[n++] = accept_from(lfd);
		for (i = 0; i < n; i++)
			if (wait_fd(fds[i], POLLIN, 0L) != 0)
				return fds[i];
	}
	fail("a session through the hole", "none");
	return -1;
}

/* A plug whose target lets connects hang; the listener. */
static int
hole_open(struct line *l, char *options)
{
	l->addr = new_addr();
	l->behind = new_addr();
	l->lfd = black_hole(l->behind);
	if (l->lfd < 0)
		skip("this system's queues cannot be filled");
	l->pid = start_plug(f3("-C 60 %s %s %s", options, l->addr, l->behind));
	return l->lfd;
}

static void
test_early_bytes(void)
{
	struct line l;
	int client, target;

	hole_open(&l, "");
	client = connect_to(l.addr);
	memset(buf, 'e', 100000);
	send_all(client, buf, 100000L);
	send_text(client, "end of it");
	pause_ms(500L);
	target = accept_speaker(l.lfd);
	memset(buf, 0, 100000);
	recv_exact(target, buf, 100000L);
	want_num("first byte", (long)'e', (long)buf[0]);
	want_num("last byte", (long)'e', (long)buf[99999]);
	recv_text(target, "end of it");
	send_text(target, "welcome");
	recv_text(client, "welcome");
}

static void
test_early_end(void)
{
	struct line l;
	int client, target;

	hole_open(&l, "");
	client = connect_to(l.addr);
	send_text(client, "question");
	half_close(client);
	pause_ms(500L);
	target = accept_speaker(l.lfd);
	recv_text(target, "question");
	expect_eof(target);
	send_text(target, "answer");
	half_close(target);
	recv_text(client, "answer");
	expect_eof(client);
}

/* Clients that leave while the connect hangs leave nothing behind. */
static void
test_early_reset(void)
{
	struct line l;
	long before;
	int fd[20];
	int i;

	hole_open(&l, "-S s.log");
	for (i = 0; i < 20; i++)
		fd[i] = connect_to(l.addr);
	send_text(fd[0], "some bytes");
	pause_ms(300L);
	for (i = 0; i < 20; i++)
		reset_close(fd[i]);
	step("a session line for each, long before -C");
	wait_lines("s.log", 20);
	before = cpu_ms(l.pid);
	pause_ms(1000L);
	want(cpu_ms(l.pid) - before < 300, "no processor time after the resets");
}

/* The same while a half-closed client waits: its hang-up must not spin. */
static void
test_early_spin(void)
{
	struct line l;
	long before;
	int fd;

	hole_open(&l, "");
	fd = connect_to(l.addr);
	send_text(fd, "question");
	half_close(fd);
	fd = connect_to(l.addr);
	memset(buf, 'f', sizeof buf);
	fill_up(fd, MB);
	before = cpu_ms(l.pid);
	pause_ms(1200L);
	want(cpu_ms(l.pid) - before < 300, "no processor time while a connect is pending");
}

/*
 * 6. OTHERS' TROUBLES
 */

#define STALLED 600
#define STUFFED (4 * MB)	/* of a stream that is stuck long before */

/*
 * More than plug has blocks and kernel pipes, as far as it has sessions; a
 * child of -F has its own.  Few, as the kernel's memory is everybody's.
 */
static int
stalled_most(void)
{
	long n;

	if (mode == M_FORK)
		return 40;
	n = table("blocks", 512L, 64L) + table("kernel pipes", 64L, 0L) + 24;
	if (n > table("sessions", 9900L, 64L) - 4)
		n = table("sessions", 9900L, 64L) - 4;
	return n < STALLED ? (int)n : STALLED;
}

/*
 * Sends to all clients at once what each may still have, until none has taken
 * a byte for a second: then all are stuck, however slow the machine is.
 */
static void
stuff(struct pair *p, int many, long *sent)
{
	static char zeros[65536];
	long moved;
	long most;
	long n;
	int i;

	for (moved = clock_ms(); clock_ms() - moved < patience(1000L); pause_ms(5L))
		for (i = 0; i < many; i++) {
			most = STUFFED - sent[i];
			if (most == 0)
				fail("a stuck session", f1("%s bytes went", num(sent[i])));
			n = send_some(p[i].target, zeros, most < 65536L ? most : 65536L);
			if (n < 0)
				fail("to send", strerror(errno));
			sent[i] += n;
			if (n > 0)
				moved = clock_ms();
		}
}

/* More stalled readers than plug has blocks; everybody else is served. */
static void
test_stalled(void)
{
	static struct pair p[STALLED];
	static long sent[STALLED];
	struct line l;
	struct line e;
	unsigned long sum;
	long n;
	int many;
	int fd;
	int i;

	many = stalled_most();
	line_open(&l, "");
	line_peer(&e, "", "-n 4000000 %s source");
	small_buffer(l.lfd, 4096);
	sock_room = 4096;
	for (i = 0; i < many; i++)
		pair_open(&p[i], l.addr, l.lfd);
	sock_room = 0;
	step("everybody is stuck");
	stuff(p, many, sent);
	step("a session beside the stalled ones");
	pair_open(&p[0], l.addr, l.lfd);
	for (i = 0; i < 100; i++) {
		send_text(p[0].client, "up we go");
		recv_text(p[0].target, "up we go");
		send_text(p[0].target, "and down");
		recv_text(p[0].client, "and down");
	}
	pair_close(&p[0]);
	step("a stalled one that begins to read");
	/* with more room, or the kernels would only ask each other for it, seldom */
	small_buffer(p[8].client, 1000000);
	recv_exact(p[8].client, buf, sent[8] < 300 * KB ? sent[8] : 300 * KB);
	step("another plug beside them");
	n = 0;
	fd = connect_to(e.addr);
	want_num("a clean end", 0L, (long)read_end(fd, &n, &sum));
	want_num("bytes", 4000000L, n);
}

/* One greedy session does not keep the quiet ones waiting. */
static void
test_fair(void)
{
	struct line l;
	struct line *e;
	struct pair quiet;
	long worst;
	long t;
	int i;
	int pid;

	e = &l;
	line_open(e, "");
	pair_open(&quiet, l.addr, l.lfd);
	pid = (int)fork();
	if (pid == 0) {
		/* the greedy one, both of its ends, until it is killed */
		struct pair g;
		alarm(30);
		signal(SIGALRM, SIG_DFL);
		pair_open(&g, l.addr, l.lfd);
		for (;;) {
			wait_fd(g.client, POLLIN | POLLOUT, 50L);
			send_some(g.client, buf, (long)sizeof buf);
			if (read(g.target, buf, sizeof buf) == 0)
				_exit(0);
		}
	}
	pause_ms(300L);
	worst = 0;
	for (i = 0; i < 300; i++) {
		t = clock_ms();
		send_text(quiet.client, "q");
		recv_text(quiet.target, "q");
		t = clock_ms() - t;
		if (t > worst)
			worst = t;
	}
	kill((pid_t)pid, SIGKILL);
	waitpid((pid_t)pid, (int *)0, 0);
	want(worst < patience(2000L), "every byte of a quiet session within 2 s");
}

/* Sessions that do nothing cost nothing, whatever half of them is closed. */
static void
test_idle_cpu(void)
{
	struct line l;
	struct pair p[6];
	long before;
	long used;
	int i;

	line_open(&l, "");
	for (i = 0; i < 6; i++)
		pair_open(&p[i], l.addr, l.lfd);
	half_close(p[1].client);
	expect_eof(p[1].target);
	half_close(p[2].target);
	expect_eof(p[2].client);
	fill_up(p[3].target, 64 * MB);
	fill_up(p[4].client, 64 * MB);
	half_close(p[4].client);
	fill_up(p[5].client, 64 * MB);
	fill_up(p[5].target, 64 * MB);
	pause_ms(300L);
	before = cpu_ms(l.pid);
	pause_ms(1500L);
	used = cpu_ms(l.pid) - before;
	if (used > 200)
		fail("no processor time while nothing moves", f1("%s ms of 1500", num(used)));
}

/*
 * 7. LIMITS
 */

/* -T ends what is silent, with a reset, and only that. */
static void
test_idle_time(void)
{
	struct line l;
	struct pair quiet, busy, one;
	long start;
	int i;

	line_open(&l, "-T 2");
	pair_open(&quiet, l.addr, l.lfd);
	pair_open(&busy, l.addr, l.lfd);
	pair_open(&one, l.addr, l.lfd);
	half_close(one.client);
	expect_eof(one.target);
	start = clock_ms();
	for (i = 0; i < 16; i++) {
		send_text(i % 4 < 2 ? busy.client : busy.target, "x");
		recv_text(i % 4 < 2 ? busy.target : busy.client, "x");
		send_text(one.target, "y");
		recv_text(one.client, "y");
		pause_ms(300L);
		if (clock_ms() - start < 1700)
			expect_quiet(quiet.client, 0L);
	}
	step("the silent session");
	expect_reset(quiet.client);
	expect_reset(quiet.target);
	step("the busy sessions, now silent");
	expect_reset(busy.client);
	expect_reset(one.client);
	want(clock_ms() - start < patience(14000L), "an end 2 s after the last byte");
}

/* All of plug's processes get a signal. */
static void
everybody(int pid, int sig)
{
	int list[512];
	int n;

	n = children_of(pid, list, 512);
	kill((pid_t)pid, sig);
	while (n-- > 0)
		kill((pid_t)list[n], sig);
}

/*
 * A plug that was stopped for longer than -T hears first of what has come in
 * that time, for each of more sessions than one look at events tells of.
 */
static void
test_idle_stopped(void)
{
	static struct pair p[300];
	struct line l;
	int i, n;

	n = (int)table("sessions", 9900L, 64L) / 2;
	if (n > 300)
		n = 300;
	if (mode == M_FORK)
		n = 20;
	line_open(&l, "-T 5");
	for (i = 0; i < n; i++)
		pair_open(&p[i], l.addr, l.lfd);
	for (i = 0; i < n; i++) {
		send_text(p[i].client, "a");
		recv_text(p[i].target, "a");
	}
	everybody(l.pid, SIGSTOP);
	pause_ms(1000L);
	for (i = 0; i < n; i++)
		send_text(i % 2 ? p[i].client : p[i].target, "b");
	pause_ms(5500L);
	everybody(l.pid, SIGCONT);
	for (i = 0; i < n; i++)
		recv_text(i % 2 ? p[i].target : p[i].client, "b");
}

/* -m 2: the third client waits in the kernel, and is served in the end. */
static void
test_max(void)
{
	struct line l;
	struct pair a, b;
	int third, target;

	noisy = 1;
	line_open(&l, "-m 2");
	pair_open(&a, l.addr, l.lfd);
	pair_open(&b, l.addr, l.lfd);
	third = connect_to(l.addr);
	send_text(third, "patience");
	accept_none(l.lfd, 500L);
	step("the first two meanwhile");
	send_text(a.client, "x");
	recv_text(a.target, "x");
	send_text(b.client, "x");
	recv_text(b.target, "x");
	step("one of them ends");
	pair_close(&a);
	target = accept_from(l.lfd);
	recv_text(target, "patience");
	send_text(target, "rewarded");
	recv_text(third, "rewarded");
}

/* At the limit plug sleeps, however many wait. */
static void
test_max_cpu(void)
{
	struct line l;
	struct pair a;
	long before;
	int fd;
	int i;

	noisy = 1;
	line_open(&l, "-m 1");
	pair_open(&a, l.addr, l.lfd);
	for (i = 0; i < 10; i++)
		fd = connect_to(l.addr);
	pause_ms(300L);
	before = cpu_ms(l.pid);
	pause_ms(1000L);
	want(cpu_ms(l.pid) - before < 300, "no processor time at the limit");
	send_text(fd, "x");
	pair_close(&a);
	close(accept_from(l.lfd));
}

/* Many short sessions, one after another, eight at a time. */
static void
test_short(void)
{
	struct line l;
	int fd[8];
	int fds;
	long n;
	int i;

	line_peer(&l, "", "%s echo");
	echo_works(l.addr);
	fds = mode == M_SINGLE ? settled_fds(l.pid) : 0;
	for (n = 0; n < nshort; n += 8) {
		for (i = 0; i < 8; i++)
			fd[i] = connect_to(l.addr);
		for (i = 0; i < 8; i++)
			send_text(fd[i], "short");
		for (i = 0; i < 8; i++) {
			recv_text(fd[i], "short");
			half_close(fd[i]);
		}
		for (i = 0; i < 8; i++) {
			expect_eof(fd[i]);
			close(fd[i]);
		}
	}
	if (mode == M_SINGLE) {
		want_num("descriptors", (long)fds, (long)settled_fds(l.pid));
	}
}

/* Many sessions that do nothing, and then each does something. */
static void
test_many(void)
{
	struct line l;
	int *fd;
	long i;

	fd = (int *)malloc((size_t)nidle * sizeof *fd);
	line_peer(&l, "", "%s echo");
	for (i = 0; i < nidle; i++)
		fd[i] = connect_to(l.addr);
	pause_ms(300L);
	for (i = 0; i < nidle; i++)
		send_text(fd[i], num(i));
	for (i = nidle - 1; i >= 0; i--)
		recv_text(fd[i], num(i));
	for (i = 0; i < nidle; i++)
		half_close(fd[i]);
	for (i = 0; i < nidle; i++) {
		expect_eof(fd[i]);
		close(fd[i]);
	}
}

struct test tests_bytes[] = {
	{ "integrity", "bytes are lost, changed or doubled", test_integrity, 150 },
	{ "sessions", "a stream that is cut passes for whole, or a whole one is cut", test_sessions, 240 },
	{ "bulk", "48 MB through one session differ", test_bulk, 0 },
	{ "single_bytes", "single bytes are delayed or lost", test_single_bytes, 0 },
	{ "half_client", "a client's half-close ends the session", test_half_client, 0 },
	{ "half_target", "a target's half-close ends the session", test_half_target, 0 },
	{ "half_both", "half-closes that cross lose bytes", test_half_both, 0 },
	{ "answer_after_end", "the answer to an ended question is lost", test_answer_after_end, 0 },
	{ "slow_reader", "a slow reader loses the tail", test_slow_reader, 0 },
	{ "tail_target", "a finished target's last bytes are lost while the client sends", test_tail_target, 0 },
	{ "tail_client", "a finished client's last bytes are lost while the target sends", test_tail_client, 0 },
	{ "tail_pending", "a write error up loses bytes on their way down", test_tail_pending, 0 },
	{ "tail_pending_up", "a write error down loses bytes on their way up", test_tail_pending_up, 0 },
	{ "tail_flood", "a client that floods keeps the end away", test_tail_flood, 0 },
	{ "reset_target", "a target's reset is not the client's", test_reset_target, 0 },
	{ "reset_client", "a client's reset is not the target's", test_reset_client, 0 },
	{ "reset_after_half", "a reset behind a half-close looks like an end", test_reset_after_half, 0 },
	{ "bytes_before_reset", "bytes before a reset are lost", test_bytes_before_reset, 0 },
	{ "reset_in_bulk", "a cut stream ends cleanly", test_reset_in_bulk, 0 },
	{ "sigpipe", "writing to who has gone kills plug", test_sigpipe, 0 },
	{ "urgent", "urgent data are lost, moved or deadly", test_urgent, 0 },
	{ "urgent_k", "urgent data are lost, moved or deadly with -k", test_urgent_k, 0 },
	{ "urgent_bulk", "an urgent byte stops a bulk transfer", test_urgent_bulk, 0 },
	{ "early_bytes", "bytes sent before the connect are lost", test_early_bytes, 0 },
	{ "early_end", "an end sent before the connect is lost", test_early_end, 0 },
	{ "early_reset", "clients that leave during the connect leave sessions", test_early_reset, 0 },
	{ "early_spin", "a pending connect burns the processor", test_early_spin, 0 },
	{ "stalled", "stalled readers stop other sessions", test_stalled, 120 },
	{ "fair", "one greedy session starves the others", test_fair, 0 },
	{ "idle_cpu", "sessions that do nothing burn the processor", test_idle_cpu, 0 },
	{ "idle_stopped", "a plug that was stopped ends what is busy", test_idle_stopped, 0 },
	{ "idle_time", "-T ends the wrong session, or not with a reset", test_idle_time, 0 },
	{ "max", "-m lets in too many, or loses who waits", test_max, 0 },
	{ "max_cpu", "plug spins at its limit", test_max_cpu, 0 },
	{ "short", "short connections fail or leak", test_short, 120 },
	{ "many", "idle sessions are lost", test_many, 120 },
	{ 0, 0, 0, 0 }
};

/*
 * eva.c: the rooms that only compute, with any bytes up to a bound, for
 * Frama-C's EVA.  Which of the functions below is main, and the statements
 * that keep eva_at, are eva.sh's: where a string was read up to, or which
 * state a machine is in.  EVA tells its states apart by that number.
 */
static char in[];
static int eva_at;
#include "../plug.c"

/*@ assigns \result \from min, max; ensures min <= \result <= max; */
extern int Frama_C_interval(int min, int max);
/*@ assigns p[0 .. n - 1]; ensures \initialized(p + (0 .. n - 1)); */
extern void Frama_C_make_unknown(char *p, unsigned long n);

#ifndef MOST
#define MOST 48			/* no address is longer */
#endif
#define PART 8			/* bytes that come at once */

static char in[MOST + 1];
static struct text told;
static char out[64];

/* Any string of at most MOST bytes. */
static char *
any_string(void)
{
	Frama_C_make_unknown(in, MOST);
	in[MOST] = '\0';
	eva_at = 0;
	return in;
}

static void
any_addr(struct addr *a)
{
	static int families[] = { 0, IP4, IP6, UNIX };

	a->family = families[Frama_C_interval(0, 3)];
	a->port = (unsigned)Frama_C_interval(0, 65535);
	Frama_C_make_unknown((char *)a->ip, 16);
}

/* Numbers are read; anything is written where there is no room, some, all. */
void
eva_text(void)
{
	static int rooms[] = { 1, 2, 7, 64 };
	struct addr a;
	char *p;
	long n;
	int i;

	p = any_string();
	(void)scan_num(&p, 0L, MAXSECS, &n);
	(void)scan_whole(any_string(), 1L, 65535L, &n);
	for (i = 0; i < 4; i++) {
		text_start(&told, out, rooms[i]);
		any_addr(&a);
		put_addr(&told, &a);
		text_start(&told, out, rooms[i]);
		put_safe(&told, any_string());
	}
	(void)addr_hash(&a);
}

void
eva_addr(void)
{
	struct addr a;
	char *p;

	mem_zero(&a, sizeof a);
	p = any_string();
	(void)scan_ip4(&p, &a);
	p = any_string();
	(void)scan_port(&p, &a);
}

void
eva_ip6(void)
{
	struct addr a;
	char *p;

	p = any_string();
	(void)scan_ip6(&p, &a);
}

void
eva_rule(void)
{
	struct rule r;

	mem_zero(&r, sizeof r);
	(void)scan_pattern(any_string(), &r);
	r.net.family = IP4;
	(void)scan_width(any_string(), &r);
	r.net.family = IP6;
	(void)scan_width(any_string(), &r);
}

/* An address against a rule of every width. */
void
eva_match(void)
{
	struct addr a, net;

	any_addr(&a);
	any_addr(&net);
	eva_at = Frama_C_interval(0, 128);
	(void)addr_match(&a, &net, eva_at);
}

/* An answer of any length: what was seen of it so far is any number. */
void
eva_hello(void)
{
	static struct session s;
	int used;

	hello_start(&s);
	while (Frama_C_interval(0, 1)) {
		Frama_C_make_unknown(in, PART);
		s.seen = Frama_C_interval(0, MAXREPLY);
		if (hello_feed(&s, in, Frama_C_interval(1, PART), &used) !=
		    MORE)
			break;
	}
}

void
eva_query(void)
{
	static struct query q;
	int i;

	q.state = Q_LINE;
	for (i = 0; i < MOST && q.state < Q_SEND; i++)
		query_take(&q, Frama_C_interval(0, 255));
}

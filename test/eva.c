/*
 * eva.c: the rooms that only compute, with any bytes up to a bound, for
 * Frama-C's EVA.  Which of the functions below is main, and the statements
 * that keep eva_at, are eva.sh's: where a string was read up to, or which
 * state a machine is in.  EVA tells its states apart by that number.
 *
 * A room that is too much at once is cut: where eva.sh says so, a function of
 * plug.c is called by its cut_ name below.  That does no less than the real
 * one may do, with any outcome, and the real one has a room of its own.
 */

/* What the system's functions need, for EVA knows nothing of them. */
/*@ requires to: \valid((char *)t + (0 .. n - 1));
  @ requires from: \valid_read((char *)f + (0 .. n - 1));
  @ assigns ((char *)t)[0 .. n - 1] \from ((char *)f)[0 .. n - 1];
  @ assigns \result \from t; ensures \result == t; */
extern void *memcpy(void *t, const void *f, unsigned long n);
/*@ requires to: \valid((char *)t + (0 .. n - 1));
  @ requires from: \valid_read((char *)f + (0 .. n - 1));
  @ assigns ((char *)t)[0 .. n - 1] \from ((char *)f)[0 .. n - 1];
  @ assigns \result \from t; ensures \result == t; */
extern void *memmove(void *t, const void *f, unsigned long n);
/*@ requires to: \valid((char *)t + (0 .. n - 1));
  @ assigns ((char *)t)[0 .. n - 1] \from c;
  @ assigns \result \from t; ensures \result == t; */
extern void *memset(void *t, int c, unsigned long n);
/*@ requires a: \valid_read((char *)p + (0 .. n - 1));
  @ requires b: \valid_read((char *)q + (0 .. n - 1));
  @ assigns \result \from ((char *)p)[0 .. n - 1], ((char *)q)[0 .. n - 1]; */
extern int memcmp(const void *p, const void *q, unsigned long n);
/*@ assigns \result \from min, max; ensures min <= \result <= max; */
extern int Frama_C_interval(int min, int max);
/*@ requires there: \valid(p + (0 .. n - 1)); assigns p[0 .. n - 1];
  @ ensures \initialized(p + (0 .. n - 1)); */
extern void Frama_C_make_unknown(char *p, unsigned long n);
extern unsigned long Frama_C_offset(const void *p);

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* The system: it does anything. */
#undef errno
#define errno eva_errno
#define read(fd, p, n) eva_read(p, n)
#define write(fd, p, n) eva_write(p, n)
#define open(path, how, mode) Frama_C_interval(-1, 9)
#define close(fd) Frama_C_interval(-1, 0)
#define fstat(fd, st) eva_fstat(st)
#define poll(p, n, ms) eva_poll(p)
#define getsockname(fd, sa, len) eva_getsockname(sa)
#define strerror(e) eva_strerror()
#define strcmp(a, b) eva_strcmp(a, b)
#define strlen(s) eva_strlen(s)
#define _exit(n) (void)(n)

struct addr;
struct listener;
struct option;
struct rule;
struct target;

static char in[];
static int eva_at, eva_errno;
static long eva_read(char *p, unsigned long n);
static long eva_write(char *p, unsigned long n);
static int eva_fstat(struct stat *st);
static int eva_poll(struct pollfd *p);
static int eva_getsockname(struct sockaddr *sa);
static char *eva_strerror(void);
static int eva_strcmp(char *a, char *b);
static unsigned long eva_strlen(char *s);
static int cut_log_usage(char *what, char *word);
static int cut_option_bad(struct option *o, char *why, char *word);
static int cut_scan_ip6(char **p, struct addr *a);
static int cut_scan_rule(char *s, struct rule *r);
static int cut_value_entry(char *s, char *name, long *id, long *group);
static int cut_value_find(char *file, char *name, long *id, long *group);
static int cut_value_rule(struct option *o, char *s);
static int cut_value_via(struct option *o, char *s);
static int cut_value_addr(struct option *o, char *s, struct addr *a);
static int cut_value_path(struct option *o, char *s, char **path);
static int cut_value_status(struct option *o, char *s);
static int cut_value_balance(struct option *o, char *s);
static int cut_value_number(struct option *o, char *s);
static int cut_value_user(struct option *o, char *s);
static int cut_words_apply(struct option *o, char *s);
static int cut_words_cluster(char *word, char *next);
static int cut_words_long(char *word, char *next);
static int cut_source_scan(char *word);
static int cut_operand_target(char *word, struct target *g);
static int cut_words_read(int n, char **words);
static int cut_plug_add(void);
static int cut_words_plug(void);
static int cut_config_file(void);
static int cut_config_ports(void);
static int cut_config_line(char *p);
static int cut_config_split(char *p);
#include "../plug.c"

#ifndef MOST
#define MOST 48			/* no address is longer */
#endif
#define PART 8			/* bytes that come at once */

static char in[MOST + 1];
static struct text told;
static char out[64];

static void
any_addr(struct addr *a)
{
	static int families[] = { 0, IP4, IP6, UNIX };
	int i;

	for (i = 0; i < 3 && Frama_C_interval(0, 1); i++)
		continue;
	a->family = families[i];
	a->port = (unsigned)Frama_C_interval(0, 65535);
	Frama_C_make_unknown((char *)a->ip, 16);
}

static long
eva_read(char *p, unsigned long n)
{
	int r;

	eva_at = Frama_C_interval(-1, (int)n);
	r = eva_at;
	errno = Frama_C_interval(1, 133);
	eva_at = (int)Frama_C_offset(p) + r;
	if (r > 0)
		Frama_C_make_unknown(p, (unsigned long)r);
	return (long)r;
}

static long
eva_write(char *p, unsigned long n)
{
	/*@ assert there: n > 0 ==> \valid_read(p + (0 .. n - 1)); */
	return (long)Frama_C_interval(-1, (int)n);
}

static int
eva_fstat(struct stat *st)
{
	Frama_C_make_unknown((char *)st, sizeof *st);
	return Frama_C_interval(-1, 0);
}

static int
eva_poll(struct pollfd *p)
{
	p->revents = (short)Frama_C_interval(0, 63);
	return Frama_C_interval(-1, 1);
}

static int
eva_getsockname(struct sockaddr *sa)
{
	Frama_C_make_unknown((char *)sa, sizeof(union sockany));
	return Frama_C_interval(-1, 0);
}

static char *
eva_strerror(void)
{
	return "Success, or anything else";
}

static int
eva_strcmp(char *a, char *b)
{
	for (; *a == *b && *a != '\0' && *b != '\0'; a++)
		b++;
	return *a - *b;
}

static unsigned long
eva_strlen(char *s)
{
	unsigned long n;

	for (n = 0; s[n] != '\0'; n++)
		continue;
	return n;
}

/* A string is one: it is read up to its end. */
static void
string(char *s)
{
	while (*s != '\0')
		s++;
}

static int
cut_log_usage(char *what, char *word)
{
	string(what);
	if (word != (char *)0)
		string(word);
	return END_USAGE;
}

static int
cut_option_bad(struct option *o, char *why, char *word)
{
	if (why != (char *)0)
		string(why);
	string(word);
	return o->letter >= 0 ? END_USAGE : 0;
}

/* Somewhere behind what it can read, and the zero is not of that. */
static int
cut_scan_ip6(char **p, struct addr *a)
{
	char *s;

	Frama_C_make_unknown((char *)a->ip, 16);
	for (s = *p; *s == ':' || *s == '.' || hex_digit(*s) >= 0; s++) {
		eva_at = (int)Frama_C_offset(s);
		if (Frama_C_interval(0, 1)) {
			a->family = IP6;
			*p = s;
			return 1;
		}
	}
	eva_at = (int)Frama_C_offset(*p);
	return 0;
}

static int
cut_scan_rule(char *s, struct rule *r)
{
	string(s);
	r->net.family = IP6;
	r->bits = Frama_C_interval(0, 128);
	return Frama_C_interval(0, 1);
}

static int
cut_value_entry(char *s, char *name, long *id, long *group)
{
	if (name != (char *)0)
		string(name);
	*s = '\0';
	*id = (long)Frama_C_interval(0, 2147483646);
	*group = (long)Frama_C_interval(0, 2147483646);
	return Frama_C_interval(0, 1);
}

static int
cut_value_find(char *file, char *name, long *id, long *group)
{
	string(file);
	if (name != (char *)0)
		string(name);
	*id = (long)Frama_C_interval(-1, 2147483646);
	*group = (long)Frama_C_interval(-1, 2147483646);
	return Frama_C_interval(0, 1);
}

/* A value is read, and where it goes is written. */
static int
cut_value_rule(struct option *o, char *s)
{
	string(s);
	return o->max == 0 && Frama_C_interval(0, 1) ? END_USAGE : 0;
}

static int
cut_value_via(struct option *o, char *s)
{
	return cut_value_rule(o, s);
}

static int
cut_value_addr(struct option *o, char *s, struct addr *a)
{
	any_addr(a);
	return cut_value_rule(o, s);
}

static int
cut_value_path(struct option *o, char *s, char **path)
{
	*path = s;
	return cut_value_rule(o, s);
}

static int
cut_value_status(struct option *o, char *s)
{
	return cut_value_rule(o, s);
}

static int
cut_value_balance(struct option *o, char *s)
{
	return cut_value_rule(o, s);
}

static int
cut_value_number(struct option *o, char *s)
{
	string(s);
	*o->number = (long)Frama_C_interval(o->min, 2147483647);
	return Frama_C_interval(0, 1) ? END_USAGE : 0;
}

static int
cut_value_user(struct option *o, char *s)
{
	return cut_value_rule(o, s);
}

/* A value stands there when the option has one. */
static int
cut_words_apply(struct option *o, char *s)
{
	if (o->value != (char *)0 && s != (char *)0)
		string(s);
	return Frama_C_interval(0, 1) ? END_USAGE : 0;
}

static int
cut_words_cluster(char *word, char *next)
{
	string(word);
	if (next != (char *)0)
		string(next);
	eva_at = Frama_C_interval(0, next != (char *)0 ? 2 : 1);
	return eva_at;
}

static int
cut_words_long(char *word, char *next)
{
	return cut_words_cluster(word, next);
}

static int
cut_source_scan(char *word)
{
	static int families[] = { IP4, IP6, UNIX };

	string(word);
	draft.source.family = families[Frama_C_interval(0, 2)];
	draft.source.port = (unsigned)Frama_C_interval(0, 65535);
	draft.last = (unsigned)Frama_C_interval(0, 65535);
	if (draft.source.family == UNIX)
		draft.path = word;
	return Frama_C_interval(0, 1) ? END_USAGE : 0;
}

static int
cut_operand_target(char *word, struct target *g)
{
	string(word);
	any_addr(&g->at);
	g->name = word;
	if (g->at.family != UNIX && Frama_C_interval(0, 1))
		g->name = 0;
	eva_at = eva_at % 8 + 8 * g->at.family;
	g->max = (long)Frama_C_interval(0, MAXSESSION);
	return Frama_C_interval(0, 1) ? END_USAGE : 0;
}

static int
cut_words_read(int n, char **words)
{
	int i;

	for (i = 0; i < n; i++)
		string(words[i]);
	return Frama_C_interval(0, 1) ? END_USAGE : 0;
}

static int
cut_plug_add(void)
{
	return Frama_C_interval(0, 1) ? END_USAGE : 0;
}

static int
cut_words_plug(void)
{
	return Frama_C_interval(0, 1) ? END_USAGE : 0;
}

static int
cut_config_file(void)
{
	return Frama_C_interval(0, 1) ? END_USAGE : 0;
}

static int
cut_config_ports(void)
{
	return Frama_C_interval(0, MAXLISTEN + 1);
}

static int
cut_config_line(char *p)
{
	string(p);
	plug.nfresh += plug.nfresh < MAXPLUG ? Frama_C_interval(0, 1) : 0;
	return Frama_C_interval(0, 1) ? END_USAGE : 0;
}

/* So many words, each with an end, or what can't be words. */
static int
cut_config_split(char *p)
{
	int n;

	string(p);
	eva_at = Frama_C_interval(-1, MAXWORDS);
	for (n = 0; n < eva_at; n++)
		config.words[n] = p;
	return eva_at;
}

/* Any string of at most MOST bytes. */
static char *
any_string(void)
{
	Frama_C_make_unknown(in, MOST);
	in[MOST] = '\0';
	eva_at = 0;
	return in;
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

#ifdef MAXRANGE
/* An address against a rule of every width. */
void
eva_match(void)
{
	unsigned long key[5], end[5];
	struct addr a, net;
	int n;

	any_addr(&a);
	any_addr(&net);
	eva_at = Frama_C_interval(0, 128);
	range_ends(&net, eva_at, key, end);
	n = Frama_C_interval(1, MAXRANGE);
	range_key(&a, key);
	(void)range_find(rule.range, n, key);
}
#endif

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

/* The option whose letter is c. */
static struct option *
option_of(int c)
{
	struct option *o;

	for (o = options; o->letter != c; o++)
		continue;
	return o;
}

void
eva_via(void)
{
	(void)value_via(option_of('h'), any_string());
}

void
eva_value(void)
{
	struct addr a;
	char *path;

	rule.n = Frama_C_interval(0, MAXRULE);
	(void)value_rule(option_of('a'), any_string());
	(void)value_addr(option_of('i'), any_string(), &a);
	(void)value_path(option_of('P'), any_string(), &path);
	(void)value_status(option_of('s'), any_string());
	(void)value_balance(option_of('b'), any_string());
	(void)value_number(option_of('C'), any_string());
	(void)value_number(option_of('m'), any_string());
}

void
eva_source(void)
{
	any_addr(&draft.source);
	option.listen = Frama_C_interval(0, 1);
	draft.tagged = Frama_C_interval(0, 1);
	(void)source_scan(any_string());
}

void
eva_target(void)
{
	static struct target t;

	any_addr(&draft.source);
	any_addr(&draft.via);
	draft.last = (unsigned)Frama_C_interval(0, 65535);
	(void)operand_target(any_string(), &t);
}

/* A text of a probe is written without its escapes. */
void
eva_escape(void)
{
	(void)operand_said(any_string() + 1);
	(void)operand_said((char *)0);
}

void
eva_cluster(void)
{
	static char value[MOST + 1] = "value";

	log_place((long)Frama_C_interval(0, 1));
	any_string();
	in[0] = '-';
	(void)words_cluster(in, Frama_C_interval(0, 1) ? value : 0);
}

void
eva_long(void)
{
	static char value[MOST + 1] = "value";

	log_place((long)Frama_C_interval(0, 1));
	any_string();
	in[0] = in[1] = '-';
	(void)words_long(in, Frama_C_interval(0, 1) ? value : 0);
}

#if HAVE_HINTS
/* A mistyped name of each length: what is near, and what begins so. */
void
eva_hint(void)
{
	int n, least;

	for (n = 0; n <= MOST; n++) {
		least = Frama_C_interval(0, MAXNEAR);
		(void)hint_near(any_string(), n, "max", &least);
		(void)hint_lacks(Frama_C_interval(-128, 127), in, n);
	}
}
#endif

/* Each option of the table, with a value where it has one. */
void
eva_apply(void)
{
	struct option *o;

	conf.debug = (long)Frama_C_interval(0, 32767);
	for (o = options; o->letter != 0; o++)
		(void)words_apply(o, OPTION_VALUE(o) ? any_string() :
		    (char *)0);
}

void
eva_whole(void)
{
	static struct rule r;

	if (scan_rule(any_string(), &r))
		/*@ assert width: 0 <= r.bits <= 128; */
		eva_at = 0;
}

void
eva_user(void)
{
	(void)value_user(option_of('u'), any_string());
}

void
eva_find(void)
{
	long id, group;

	(void)value_find("/etc/passwd", (char *)0, &id, &group);
}

void
eva_entry(void)
{
	long id, group;

	id = (long)Frama_C_interval(0, 2147483646);
	if (Frama_C_interval(0, 1))
		(void)value_entry(any_string(), "daemon", &id, &group);
	else
		(void)value_entry(any_string(), (char *)0, &id, &group);
}

void
eva_words(void)
{
	static char a[] = "-a", b[] = "word", c[] = "--", d[] = "--long";
	static char *some[] = { a, b, c, d };
	static char *words[5];
	int n;

	operand.n = Frama_C_interval(0, MAXTARGET);
	for (n = 0; n < 6; n++) {
		eva_at = 0;
		if (Frama_C_interval(0, 1))
			(void)words_read(n, words);
		if (n < 5)
			words[n] = some[Frama_C_interval(0, 3)];
	}
}

void
eva_split(void)
{
	int i, n, last;

	for (i = 0; i < MAXWORDS; i++)
		config.words[i] = in;
	n = config_split(any_string());
	last = in[MOST];
	/*@ assert the_end_is_there: last == 0; */
	for (i = 0; i < n; i++)
		last = *config.words[i];
}

/* What the lines before it left there is any number of rules and words. */
void
eva_line(void)
{
	rule.n = Frama_C_interval(0, MAXRULE);
	operand.n = Frama_C_interval(0, MAXTARGET + 1);
	(void)config_line(any_string());
}

void
eva_file(void)
{
	static char name[] = "file";

	conf.file = name;
	plug.reading = Frama_C_interval(0, 2);
	(void)config_file();
}

/* Any operands, with tables in any state. */
void
eva_operands(void)
{
	static char word[] = "a word";
	int i;

	for (i = 0; i < 3 && Frama_C_interval(0, 1); i++)
		operand.words[i] = word;
	operand.n = i;
	for (i = 0; i < MAXTARGET; i++)
		targets[i].used = Frama_C_interval(0, 1);
	conf.inetd = (long)Frama_C_interval(0, 1);
	conf.workers = (long)Frama_C_interval(0, 1);
	conf.uid = (long)Frama_C_interval(-1, 1);
	rule.n = Frama_C_interval(0, MAXRULE);
	draft.rule = Frama_C_interval(0, rule.n);
	draft.balance = Frama_C_interval(-1, B_HASH);
	option.first = (long)Frama_C_interval(0, 1);
	any_addr(&draft.via);
	any_addr(&draft.from);
	any_addr(&draft.source);
	(void)words_plug();
}

void
eva_parse(void)
{
	static char a[] = "-I", b[] = "word", c[] = "--", d[] = "-r5", e[] = "-cr";
	static char *some[] = { a, b, c, d, e };
	static char *argv[6];
	int n;

	argv[0] = self.name;
	conf.debug = (long)Frama_C_interval(0, 1);
	conf.file = Frama_C_interval(0, 1) ? b : 0;
	conf.sessions = Frama_C_interval(0, 1) ? b : 0;
	for (n = 1; n < 6; n++) {
		eva_at = 0;
		if (Frama_C_interval(0, 1)) {
			(void)config_inetd(n, argv);
			(void)config_parse(n, argv);
		}
		argv[n] = some[Frama_C_interval(0, 4)];
	}
}

/* What is said of a word: any line, in a file or not. */
void
eva_say(void)
{
	static char name[] = "file\n";
	static struct option o;

	conf.file = name;
	log_place((long)Frama_C_interval(0, 2147483647));
	(void)log_usage(in, any_string());
	(void)log_usage("what", (char *)0);
	o = options[Frama_C_interval(0, 9)];
	(void)option_bad(&o, "why", any_string());
	(void)option_bad(&o, (char *)0, any_string());
	log_trouble((struct listener *)0, any_string(),
	    Frama_C_interval(0, 133));
}

static void
any_stamp(struct stamp *t)
{
	t->sec = (long)Frama_C_interval(0, 2147483647);
	t->usec = (long)Frama_C_interval(0, 999999);
}

/* Into a line that has some room yet. */
void
eva_put(void)
{
	static char line[MAXTEXT];
	struct count c;
	struct stamp then;

	text_start(&told, line, MAXTEXT);
	told.len = Frama_C_interval(0, MAXTEXT - 1);
	Frama_C_make_unknown((char *)&c, sizeof c);
	put_count(&told, &c);
	any_stamp(&now);
	any_stamp(&then);
	put_since(&told, &then);
	put_file(&told, any_string());
	put_base64(&told, any_string());
}

/* What is said to a proxy, and before a stream. */
void
eva_request(void)
{
	struct session *s;
	static char request[MAXHELLO];

	s = &sessions[Frama_C_interval(0, 1) ? 0 : MAXSESSION];
	s->plug = MAXPLUG - 1;
	s->target = MAXTARGET - 1;
	s->listener = MAXLISTEN - 1;
	plugs[s->plug].auth = any_string();
	any_addr(&targets[s->target].at);
	any_addr(&targets[s->target].check);
	targets[s->target].name = in;
	if (targets[s->target].at.family != UNIX && Frama_C_interval(0, 1))
		targets[s->target].name = 0;
	any_addr(&s->peer);
	text_start(&told, request, MAXHELLO);
	told.len = Frama_C_interval(0, MAXHELLO - 1);
	put_request(&told, s);
	put_announce(&told, s);
}

/*
 * growth.c: what decisions cost where there is much of what they are about:
 * rules, targets, ports, plugs, sessions.  It includes plug.c whole and makes
 * each decision TIMES times in a function of its own, cost_NAME_N, N being how
 * much there is: growth.sh has valgrind count the instructions in each.
 */
#define main plug_main
#include "../plug.c"
#undef main

#include "sys.h"
#include "world.c"

#define TIMES 200
#define WORDS 600

static struct addr client;
static int sink;			/* what came out, so that it is wanted */

/* The n-th of many clients, far from the last in any order. */
static void
client_is(int n)
{
	mem_zero(&client, sizeof client);
	client.family = IP4;
	client.ip[0] = 172;
	client.ip[1] = (unsigned char)(n * 7 & 0377);
	client.ip[2] = (unsigned char)(n * 13 >> 8 & 0377);
	client.ip[3] = (unsigned char)(n * 31 & 0377);
}

/* The command line so far. */
static char *words[WORDS], texts[WORDS][40];
static int nword;

static void
word(char *text)
{
	(void)sprintf(texts[nword], "%.39s", text);
	words[nword] = texts[nword];
	nword++;
}

/* A word with numbers in it. */
static void
numbers(char *text, int a, int b)
{
	char out[100];

	(void)sprintf(out, text, a, b);
	word(out);
}

/* The command line takes effect. */
static void
serve(void)
{
	int i;

	world_tables();
	words[nword] = 0;
	if (config_parse(nword, words) != 0) {
		(void)fprintf(stderr, "growth: a word is wrong\n");
		exit(1);
	}
	plug_commit(rule.base);
	for (i = 0; i < listening.n; i++)
		listeners[i].fd = -1;
	nword = 0;
}

/* plug and one option; then n targets. */
static void
targets_are(char *option, int n)
{
	int i;

	word("plug");
	word("-n");
	word(option);
	word("8080");
	for (i = 0; i < n; i++)
		numbers("10.0.%d.%d:80", i / 200, i % 200 + 1);
	serve();
}

/* n rules of the plug's own; the client meets none of them, or the last. */
static void
rules_are(char *text, int n)
{
	int i;

	word("plug");
	word("-n");
	for (i = 0; i < n; i++) {
		word("-x");
		numbers(text, i, i);
	}
	word("8080");
	word("10.0.0.1:80");
	serve();
	client_is(0);
	sink += rule_admits(plugs, &client);
}

static void
rules_ask(void)
{
	int i;

	for (i = 0; i < TIMES; i++) {
		client_is(i);
		sink += rule_admits(plugs, &client);
	}
}

/* Clients of IPv6 who are like every rule for as long as can be. */
static void
rules_ask6(void)
{
	int i;

	for (i = 0; i < TIMES; i++) {
		mem_zero(&client, sizeof client);
		client.family = IP6;
		client.ip[0] = 0x20;
		client.ip[1] = 1;
		client.ip[15] = (unsigned char)i;
		client.ip[14] = 1;
		sink += rule_admits(plugs, &client);
	}
}

/* Choose, as a new session does; all targets live. */
static void
picks(int sticky)
{
	unsigned char tried[(MAXTARGET + 7) / 8];
	int i;

	for (i = 0; i < TIMES; i++) {
		client_is(i);
		mem_zero(tried, sizeof tried);
		sink += pick_target(plugs, &client, sticky ?
		    sticky_find(plugs, &client) : -1, tried);
	}
}

/* The clients have had targets before. */
static void
remembered(void)
{
	int i;

	for (i = 0; i < TIMES; i++) {
		client_is(i);
		sticky_keep(plugs, &client, plugs->ntarget - 1);
	}
}

/* -m, n ports, each with a descriptor. */
static void
ports_are(int n)
{
	int i, fd;

	word("plug");
	word("-n");
	word("-m");
	word("100");
	numbers("%d-%d", 20000, 20000 + n - 1);
	word("10.0.0.1:80");
	serve();
	(void)fd_limit(3000L);
	(void)ev_open();
	fd = sock_new(IP4);
	for (i = 0; i < n; i++) {
		listeners[i].at.family = IP4;
		listeners[i].at.port = (unsigned)(20000 + i);
		listeners[i].used = L_NEW;
		listeners[i].fd = dup(fd);
	}
	(void)close(fd);
	listening.n = n;
	listen_settle(1);
	gate_listen();
}

static void
ports_close(void)
{
	int i;

	for (i = 0; i < listening.n; i++)
		(void)close(listeners[i].fd);
}

/* What is wanted of listeners is asked for, turn by turn. */
static void
turns(void)
{
	int i;

	for (i = 0; i < TIMES; i++)
		gate_listen();
}

/* n sessions of one client end, those that began first before the others. */
static void
guests_are(int n)
{
	int i;

	world_tables();
	world_plug(1);
	client_is(1);
	for (i = 0; i < n; i++)
		guest_add(i, 0, &client);
}

static void
guests_go(void)
{
	int i;

	for (i = 0; i < TIMES; i++) {
		guest_drop(i);
		guest_add(i, 0, &client);
	}
}

/* n plugs in a file, a port each: the last one's client comes. */
static void
plugs_are(int n)
{
	int i;

	world_tables();
	for (i = 0; i < n; i++) {
		plugs[i].used = PL_USED;
		plugs[i].id = i;
		plugs[i].max = 100L;
		plugs[i].source.family = IP4;
		plugs[i].source.port = plugs[i].last = (unsigned)(2000 + i);
		plug.order[i] = i;
		listeners[i].at = plugs[i].source;
		listeners[i].used = L_NEW;
	}
	plug.n = listening.n = n;
	listen_settle(1);
	client_is(0);
	sink += rule_admits(plugs, &client);
}

static void
plugs_ask(void)
{
	int i;

	for (i = 0; i < TIMES; i++) {
		client_is(i);
		sink += admit_within(&listeners[listening.n - 1], 1L);
		sink += admit_plug(&listeners[listening.n - 1], -1, &client)
		    == plugs;
	}
}

/* A worker asks how many sessions all have. */
static void
workers_ask(void)
{
	int i;

	for (i = 0; i < TIMES; i++)
		sink += (int)admit_count(plugs);
}

static void
digits(int n)
{
	char out[100];
	struct text t;
	unsigned long k;
	int i;

	for (k = 1; n > 1; n--)
		k = k * 10 + 7;
	for (i = 0; i < TIMES; i++) {
		text_start(&t, out, 100);
		put_num(&t, k);
		sink += t.len;
	}
}

/* A function of that name, and like no other, or a compiler may join them. */
#define COST(name, call) void name(void) { call; sink += __LINE__; }

COST(cost_rules_1, rules_ask())
COST(cost_rules_250, rules_ask())
COST(cost_rules6_1, rules_ask6())
COST(cost_rules6_250, rules_ask6())
COST(cost_cycle_1, picks(0))
COST(cost_cycle_16, picks(0))
COST(cost_cycle_250, picks(0))
COST(cost_first_1, picks(0))
COST(cost_first_250, picks(0))
COST(cost_least_1, picks(0))
COST(cost_least_16, picks(0))
COST(cost_least_250, picks(0))
COST(cost_hash_1, picks(0))
COST(cost_hash_16, picks(0))
COST(cost_hash_250, picks(0))
COST(cost_sticky_1, picks(1))
COST(cost_sticky_16, picks(1))
COST(cost_sticky_250, picks(1))
COST(cost_ports_1, turns())
COST(cost_ports_1000, turns())
COST(cost_guests_200, guests_go())
COST(cost_guests_9000, guests_go())
COST(cost_plugs_1, plugs_ask())
COST(cost_plugs_64, plugs_ask())
COST(cost_workers_4, workers_ask())
COST(cost_digits_5, digits(5))
COST(cost_digits_19, digits(19))

/* A function that is called as itself, whatever the compiler would like. */
typedef void (*costly)(void);

static void
cost(costly f)
{
	static costly volatile g;

	g = f;
	(*g)();
}

static void
rules_all(void)
{
	rules_are("10.%d.%d.0/24", 1);
	cost(cost_rules_1);
	rules_are("10.%d.%d.0/24", 250);
	cost(cost_rules_250);
	rules_are("2001::%x", 1);
	cost(cost_rules6_1);
	rules_are("2001::%x", 250);
	cost(cost_rules6_250);
}

static void
picks_all(void)
{
	targets_are("-f", 1);
	cost(cost_cycle_1);
	remembered();
	cost(cost_sticky_1);
	targets_are("-f", 16);
	cost(cost_cycle_16);
	remembered();
	cost(cost_sticky_16);
	targets_are("-f", 250);
	cost(cost_cycle_250);
	remembered();
	cost(cost_sticky_250);
	targets_are("-o", 1);
	cost(cost_first_1);
	targets_are("-o", 250);
	cost(cost_first_250);
	targets_are("-bleast", 1);
	cost(cost_least_1);
	targets_are("-bleast", 16);
	cost(cost_least_16);
	targets_are("-bleast", 250);
	cost(cost_least_250);
	targets_are("-bhash", 1);
	cost(cost_hash_1);
	targets_are("-bhash", 16);
	cost(cost_hash_16);
	targets_are("-bhash", 250);
	cost(cost_hash_250);
}

int
main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	rules_all();
	picks_all();
	ports_are(1);
	cost(cost_ports_1);
	ports_close();
	ports_are(1000);
	cost(cost_ports_1000);
	ports_close();
	guests_are(200);
	cost(cost_guests_200);
	guests_are(9000);
	cost(cost_guests_9000);
	plugs_are(1);
	cost(cost_plugs_1);
	plugs_are(64);
	cost(cost_plugs_64);
	self_become(P_WORKER);
	self_use(3);
	cost(cost_workers_4);
	digits(1);
	cost(cost_digits_5);
	cost(cost_digits_19);
	return sink == -1;
}

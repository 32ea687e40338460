/*
 * u_hint.c: the rooms HINT, FAULT and ADVICE: which name is near, by a plain
 * oracle; that whatever word is refused is explained in one short line; and
 * that a warning is true, by every client of a small network.
 */

#if !HAVE_HINTS
#define tests_hint tests_none
#define tests_advice tests_none
static struct test tests_none[] = {
	{ 0, 0 }
};
#else

/* The distance by its definition: the ends of both alike, or one mistake. */
static int
distance(char *a, int n, char *b, int m)
{
	int d, least;

	if (n == 0 || m == 0)
		return n + m;
	least = distance(a, n - 1, b, m - 1) + (a[n - 1] != b[m - 1]);
	d = distance(a, n - 1, b, m) + 1;
	least = d < least ? d : least;
	d = distance(a, n, b, m - 1) + 1;
	least = d < least ? d : least;
	if (n > 1 && m > 1 && a[n - 1] == b[m - 2] && a[n - 2] == b[m - 1]) {
		d = distance(a, n - 2, b, m - 2) + 1;
		least = d < least ? d : least;
	}
	return least;
}

static void
test_hint_distance(void)
{
	char a[8], b[8];
	int i, k, n, m;

	for (i = 0; i < 3000; i++) {
		n = below(7);
		m = below(7);
		for (k = 0; k < n; k++)
			a[k] = (char)('a' + below(3));
		for (k = 0; k < m; k++)
			b[k] = (char)('a' + below(3));
		a[n] = b[m] = '\0';
		want_num(b, (long)distance(a, n, b, m),
		    (long)hint_distance(a, n, b));
	}
}

struct nearcase {
	char *word;
	char *name;		/* of these words, or 0 */
};

static char *near_names[] = {
	"weight", "max", "backup", "drain", "send", "expect", "connect-timeout"
};

static struct nearcase nearcases[] = {
	{ "weight", "weight" }, { "wieght", "weight" }, { "weigth", "weight" },
	{ "weights", "weight" }, { "eight", "weight" }, { "Weight", "weight" },
	{ "freight", "weight" }, { "straight", 0 }, { "mx", "max" },
	{ "mas", "max" }, { "m", 0 }, { "", 0 }, { "moo", 0 },
	{ "bakup", "backup" }, { "back", 0 }, { "bckp", 0 },
	{ "dran", "drain" }, { "train", "drain" }, { "sned", "send" },
	{ "exspect", "expect" }, { "conect-timout", "connect-timeout" },
	{ "connect_timeout", "connect-timeout" }, { "timeout", 0 },
	{ "aaaaaaaaaaaaaaaaaaaa", 0 }, { "aaaaaaaaaaaaaaaaaaaaa", 0 },
	{ "\377\376", 0 }
};

static void
test_hint_near(void)
{
	struct nearcase *c;
	char *best;
	int i, k, least;

	for (i = 0; i < COUNT(nearcases); i++) {
		c = &nearcases[i];
		best = 0;
		least = MAXNEAR;
		for (k = 0; k < COUNT(near_names); k++)
			if (hint_near(c->word, (int)strlen(c->word),
			    near_names[k], &least))
				best = near_names[k];
		want_str(c->word, c->name != 0 ? c->name : "",
		    best != 0 ? best : "");
	}
}

/* Any word in any place: one printable line, or it is right. */
static void
test_hint_words(void)
{
	static char *fronts[] = {
		"80 ", "80 1.2.3.4,", "80 1.2.3.4,weight", "", "-a ", "-h ",
		"-i ", "80 [", "-h 1.1.1.1 80 ", "-", "--", "/", "80 /"
	};
	static char bytes[] = "::..,,--11089[]/@%=*axwm\001\377";
	char text[100], *s;
	int i, k, n;

	for (i = 0; i < 40000; i++) {
		(void)strcpy(text, fronts[below(COUNT(fronts))]);
		n = (int)strlen(text) + 1 + below(once_in(9) ? 60 : 9);
		for (k = (int)strlen(text); k < n; k++)
			text[k] = bytes[below((int)sizeof bytes - 1)];
		(void)strcpy(text + n, " 1.2.3.4");
		k = parse(text);
		if (k != 0)
			want_bad(text, k);
		want_num(text, 1L, (long)(errs_len < 400));
		for (s = errs; *s != '\0'; s++)
			want_num(text, 1L, (long)(*s == '\n' ||
			    (*s >= ' ' && *s <= '~')));
	}
}

#if HAVE_LONG
/* -I is known before anything is read: errors must not reach the client. */
static void
test_hint_inetd(void)
{
	static char *yes[] = {
		"-I 1.2.3.4:5", "--inetd 1.2.3.4:5", "--ine 1.2.3.4:5",
		"-nI 1.2.3.4:5", "1.2.3.4:5 --inet"
	};
	static char *no[] = {
		"80 1.2.3.4", "--in 1.2.3.4:5", "--inetdx 80", "--int ::1 80",
		"-- --inetd", "-r I 80 1.2.3.4", "--i"
	};
	int i;

	for (i = 0; i < COUNT(yes); i++) {
		split(yes[i]);
		want_num(yes[i], 1L, (long)config_inetd(nwords, words));
	}
	for (i = 0; i < COUNT(no); i++) {
		split(no[i]);
		want_num(no[i], 0L, (long)config_inetd(nwords, words));
	}
}
#endif

/* A random net of the 16 addresses 10.0.0.0 to 10.0.0.15, or everybody. */
static void
rule_random(struct rule *r)
{
	mem_zero(r, sizeof *r);
	r->allow = below(2);
	if (once_in(6))
		return;
	r->net.family = IP4;
	r->bits = 28 + below(5);
	r->net.ip[0] = 10;
	r->net.ip[3] = (unsigned char)(below(16) & -(1 << (32 - r->bits)));
}

/* The plug has n rules of the table, from that row on. */
static void
plug_random(struct plug *p, int from, int n)
{
	mem_zero(p, sizeof *p);
	p->source.family = IP4;
	p->source.port = p->last = 80;
	p->rule = from;
	p->nrule = n;
	for (; n > 0; n--)
		rule_random(&rules[from + n - 1]);
}

/*
 * The number of the client among all that there are: those 16, and one who is
 * none of them.
 */
static void
client_of(struct addr *a, int i)
{
	mem_zero(a, sizeof *a);
	a->family = IP4;
	a->ip[0] = (unsigned char)(i < 16 ? 10 : 11);
	a->ip[3] = (unsigned char)i;
}

/* No plug is called useless that serves somebody, no rule that decides. */
static void
test_advice_true(void)
{
	struct addr a;
	struct plug *p;
	int i, k, n, most, served, told, round;

	told = 0;
	for (round = 0; round < 4000; round++) {
		world_options();
		said_clear();
		most = HAVE_FILE ? 1 + below(3) : 1;
		rule.base = HAVE_FILE ? below(2) : 0;
		rule_random(&rules[0]);
		operand.words[0] = "80";
		for (n = 0; n < most; n++) {
			plug_random(&plugs[n], 1 + 2 * n, below(3));
#if HAVE_FILE
			plug.order[n] = plug.fresh[n] = n;
			plug.n = plug.nfresh = n + 1;
#endif
		}
		rule_stale();
		p = &plugs[most - 1];
		served = 0;
		for (i = 0; i < 17; i++) {
			client_of(&a, i);
			for (k = 0; k < most && !rule_admits(&plugs[k], &a); k++)
				continue;
			served += k == most - 1;
		}
		advice_reach(p);
		told += errs_len > 0;
		want_num("clients of a useless plug", 0L,
		    errs_len > 0 ? (long)served : 0L);
	}
	want_num("sometimes one is told of", 1L, (long)(told > 100));
}

/* Of one rule and the one behind it, one plug: which is useless is told. */
static void
test_advice_rules(void)
{
	struct addr a;
	int i, round, used;

	for (round = 0; round < 2000; round++) {
		world_options();
		said_clear();
		plug_random(&plugs[0], 0, 2);
		used = 0;
		for (i = 0; i < 17; i++) {
			client_of(&a, i);
			used += rule_matches(&rules[1].net, rules[1].bits, &a) &&
			    !rule_matches(&rules[0].net, rules[0].bits, &a);
		}
		if (rules[1].net.family == 0 && rules[0].net.family != 0)
			used = 1;
		advice_rules(&plugs[0], 2);
		want_num("the second rule has clients", (long)(used > 0),
		    (long)(errs_len == 0));
	}
}

static struct test tests_hint[] = {
	{ "near names are far", test_hint_distance },
	{ "another name is suggested", test_hint_near },
	{ "a refused word is not explained in a line", test_hint_words },
#if HAVE_LONG
	{ "-I is seen too late", test_hint_inetd },
#endif
	{ 0, 0 }
};

static struct test tests_advice[] = {
	{ "a plug that serves is called useless", test_advice_true },
	{ "a rule that decides is called useless", test_advice_rules },
	{ 0, 0 }
};
#endif

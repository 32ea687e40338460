/*
 * u_rule.c: the room RULE: what a rule means, for addresses of both kinds, and
 * that the first that matches decides.  The oracle compares bit by bit.
 */

struct rulecase {
	char *text;
	int bits;		/* -1: refused */
	char *match;		/* an address that matches, */
	char *miss;		/* one that does not, or 0 */
};

static struct rulecase rulecases[] = {
	{ "*", 0, "203.0.113.9", 0 },
	{ "1.2.3.4", 32, "1.2.3.4", "1.2.3.5" },
	{ "1.2.3.4/32", 32, "1.2.3.4", "1.2.3.5" },
	{ "1.2.3.4/0", 0, "255.255.255.255", 0 },
	{ "0.0.0.0/0.0.0.0", 0, "9.9.9.9", 0 },
	{ "127.0.0.1/8", 8, "127.255.255.255", "128.0.0.0" },
	{ "10.0.0.0/255.0.0.0", 8, "10.1.2.3", "11.0.0.0" },
	{ "10.9.8.7/255.255.255.255", 32, "10.9.8.7", "10.9.8.6" },
	{ "10.9.8.7/255.255.255.254", 31, "10.9.8.6", "10.9.8.8" },
	{ "10.9.8.7/128.0.0.0", 1, "0.0.0.0", "128.0.0.0" },
	{ "10.0.0.0/1", 1, "127.0.0.1", "128.0.0.1" },
	{ "10.0.0.0/31", 31, "10.0.0.1", "10.0.0.2" },
	{ "192.33.112.*", 24, "192.33.112.255", "192.33.113.0" },
	{ "192.33.*", 16, "192.33.0.0", "192.34.0.0" },
	{ "192.*", 8, "192.0.0.1", "193.0.0.1" },
	{ "2001:db8::/32", 32, "2001:db8:ffff::1", "2001:db9::" },
	{ "2001:db8::1", 128, "2001:db8::1", "2001:db8::2" },
	{ "2001:db8::ff/127", 127, "2001:db8::fe", "2001:db8::1" },
	{ "::/0", 0, "ffff::1", "1.2.3.4" },
	{ "0.0.0.0/0", 0, "9.9.9.9", "::9" },
	{ "::ffff:1.2.3.4", 32, "1.2.3.4", "1.2.3.5" },
	{ "::ffff:1.2.3.0/120", 24, "1.2.3.4", "1.2.4.4" },
	{ "::ffff:0:0/96", 0, "1.2.3.4", "::1" },
	{ "*", 0, "2001:db8::1", 0 },
	{ "::1/129", -1, 0, 0 },
	{ "::1/-1", -1, 0, 0 },
	{ "::1/ffff::", -1, 0, 0 },
	{ "[::1]", -1, 0, 0 },
	{ "2001:db8:*", -1, 0, 0 },
	{ "1.2.3.4/255.0.255.0", -1, 0, 0 },
	{ "1.2.3.4/0.0.0.255", -1, 0, 0 },
	{ "1.2.3.4/255.255.255.253", -1, 0, 0 },
	{ "1.2.3.4/127.0.0.0", -1, 0, 0 },
	{ "1.2.3.4/33", -1, 0, 0 },
	{ "1.2.3.4/-1", -1, 0, 0 },
	{ "1.2.3.4/08", -1, 0, 0 },
	{ "1.2.3.4/", -1, 0, 0 },
	{ "1.2.3.4/8/8", -1, 0, 0 },
	{ "1.2.3.4/8x", -1, 0, 0 },
	{ "1.2.3.4/255.255.0", -1, 0, 0 },
	{ "1.2.3.4/255.255.0.0x", -1, 0, 0 },
	{ "1.2.3/24", -1, 0, 0 },
	{ "1.2.3", -1, 0, 0 },
	{ "1.2.3.", -1, 0, 0 },
	{ "1.2.3.4.*", -1, 0, 0 },
	{ "*.*", -1, 0, 0 },
	{ "1.*.3.*", -1, 0, 0 },
	{ "1.2*", -1, 0, 0 },
	{ "1.2.*x", -1, 0, 0 },
	{ "1.2.*/16", -1, 0, 0 },
	{ "*.1.2.3", -1, 0, 0 },
	{ "**", -1, 0, 0 },
	{ "*/0", -1, 0, 0 },
	{ "", -1, 0, 0 },
	{ "01.2.3.4", -1, 0, 0 },
	{ "01.*", -1, 0, 0 },
	{ "foo", -1, 0, 0 },
	{ "1.2.3.4 ", -1, 0, 0 },
	{ "256.*", -1, 0, 0 }
};

/* The plug has so many rules, those that stand there. */
static void
rules_are(int n)
{
	lone.nrule = rule.n = n;
	rule_stale();
}

/* A rule alone, to allow: true when it matches. */
static int
rule_alone(struct rule *r, struct addr *a)
{
	rules[0] = *r;
	rules[0].allow = 1;
	rules_are(1);
	return rule_admits(plugs, a);
}

static void
test_scan_rule(void)
{
	struct rulecase *c;
	struct rule r;
	struct addr a;
	int i, ok;

	for (i = 0; i < COUNT(rulecases); i++) {
		c = &rulecases[i];
		ok = scan_rule(c->text, &r);
		want_num(c->text, (long)(c->bits >= 0), (long)ok);
		if (!ok || c->bits < 0)
			continue;
		want_num(c->text, (long)c->bits, (long)r.bits);
		(void)scan_host(c->match, &a);
		want_num(c->match, 1L, (long)rule_alone(&r, &a));
		if (c->miss == 0)
			continue;
		(void)scan_host(c->miss, &a);
		want_num(c->miss, 0L, (long)rule_alone(&r, &a));
	}
}

/* So many ones, and then zeros. */
static unsigned long
mask_of(int bits)
{
	return bits == 0 ? 0L : 0xffffffffL << (32 - bits) & 0xffffffffL;
}

/* Every mask of every length, and every such mask with one bit wrong. */
static void
test_rule_mask(void)
{
	struct addr a;
	unsigned long mask;
	int bits, wrong, expected;

	for (bits = 0; bits <= 32; bits++) {
		mask = mask_of(bits);
		addr_set(&a, mask);
		want_num("mask", (long)bits, (long)rule_mask(&a));
		for (wrong = 0; wrong < 32; wrong++) {
			addr_set(&a, mask ^ 1L << (31 - wrong));
			expected = wrong == bits ? bits + 1 :
			    wrong == bits - 1 ? bits - 1 : -1;
			want_num("mask with a bit wrong", (long)expected,
			    (long)rule_mask(&a));
		}
	}
}

static int
plain_match(unsigned long a, unsigned long net, int bits)
{
	return bits == 0 || a >> (32 - bits) == net >> (32 - bits);
}

/* Every length, at addresses that are alike for as long as can be. */
static void
test_rule_alone(void)
{
	struct rule r;
	struct addr a;
	unsigned long x, y;
	int i;

	mem_zero(&r, sizeof r);
	for (i = 0; i < 8000; i++) {
		x = rnd();
		y = i % 4 == 0 ? rnd() : i % 4 == 1 ? x :
		    x ^ 1L << below(32);
		addr_set(&a, x);
		addr_set(&r.net, y);
		for (r.bits = 0; r.bits <= 32; r.bits++)
			want_num("match", (long)plain_match(x, y, r.bits),
			    (long)rule_alone(&r, &a));
	}
	r.bits = 0;
	r.net.family = 6;
	want_num("another family", 0L, (long)rule_alone(&r, &a));
	r.net.family = 0;
	want_num("any family", 1L, (long)rule_alone(&r, &a));
}

/* One rule in a random form; the oracle keeps what it stands for. */
static void
rule_text(char *text, unsigned long net, int bits)
{
	unsigned long mask;
	int n;

	n = sprintf(text, "%lu.%lu.%lu.%lu", net >> 24, net >> 16 & 255,
	    net >> 8 & 255, net & 255);
	if (bits == 0 && once_in(2)) {
		(void)strcpy(text, "*");
		return;
	}
	if (bits == 32 && once_in(2))
		return;
	if (bits % 8 == 0 && bits > 0 && bits < 32 && once_in(2)) {
		for (n = bits / 8; n > 0; n--)
			text = strchr(text, '.') + 1;
		(void)strcpy(text, "*");
		return;
	}
	if (once_in(2)) {
		(void)sprintf(text + n, "/%d", bits);
		return;
	}
	mask = mask_of(bits);
	(void)sprintf(text + n, "/%lu.%lu.%lu.%lu", mask >> 24,
	    mask >> 16 & 255, mask >> 8 & 255, mask & 255);
}

/* The first of n rules that is hit; else no, once there is one that admits. */
static int
plain_admits(int *hit, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (hit[i])
			return rules[i].allow;
	for (i = 0; i < n; i++)
		if (rules[i].allow)
			return 0;
	return 1;
}

static void
test_rule_model(void)
{
	static unsigned long net[MAXRULE];
	static int bits[MAXRULE], hit[MAXRULE];
	char text[64];
	struct addr a;
	unsigned long ip;
	int i, k, n, round;

	for (round = 0; round < 100000 / MAXRULE; round++) {
		n = below(MAXRULE + 1);
		for (i = 0; i < n; i++) {
			net[i] = i > 0 && once_in(2) ?
			    net[i - 1] ^ 1L << below(32) : rnd();
			bits[i] = below(33);
			rule_text(text, net[i], bits[i]);
			want_num(text, 1L, (long)scan_rule(text, &rules[i]));
			rules[i].allow = once_in(2);
		}
		rules_are(n);
		for (k = 0; k < 50; k++) {
			ip = n == 0 || once_in(4) ? rnd() :
			    net[below(n)] ^ rnd() >> below(32);
			for (i = 0; i < n; i++)
				hit[i] = plain_match(ip, net[i], bits[i]);
			addr_set(&a, ip);
			want_num(text, (long)plain_admits(hit, n),
			    (long)rule_admits(plugs, &a));
		}
	}
}

/* The same for IPv6; some rules are about IPv4 in IPv6's clothes. */
static void
rule_text6(char *text, unsigned char *net, int bits)
{
	char *p;
	int i;

	p = text;
	for (i = 0; i < 16; i += 2) {
		(void)sprintf(p, "%s%x", i > 0 ? ":" : "",
		    (unsigned)(net[i] << 8 | net[i + 1]));
		p += strlen(p);
	}
	(void)sprintf(p, "/%d", bits);
}

static int
plain_match6(unsigned char *ip, unsigned char *net, int bits)
{
	int i;

	for (i = 0; i < bits; i++)
		if ((ip[i / 8] ^ net[i / 8]) >> (7 - i % 8) & 1)
			return 0;
	return 1;
}

static void
test_rule_model6(void)
{
	static unsigned char net[MAXRULE][16];
	static int bits[MAXRULE], hit[MAXRULE];
	unsigned char ip[16];
	char text[64];
	struct addr a;
	int i, k, n, round;

	for (round = 0; round < 30000 / MAXRULE; round++) {
		n = 1 + below(MAXRULE);
		for (i = 0; i < n; i++) {
			for (k = 0; k < 16; k++)
				net[i][k] = (unsigned char)(i > 0 && k < 12 ?
				    net[i - 1][k] : below(256));
			if (once_in(8))
				(void)memcpy(net[i],
				    "\0\0\0\0\0\0\0\0\0\0\377\377", 12);
			bits[i] = below(129);
			rule_text6(text, net[i], bits[i]);
			want_num(text, 1L, (long)scan_rule(text, &rules[i]));
			rules[i].allow = once_in(2);
		}
		rules_are(n);
		for (k = 0; k < 50; k++) {
			memcpy(ip, net[below(n)], 16);
			i = below(128);
			ip[i / 8] = (unsigned char)(ip[i / 8] ^ 1 << i % 8);
			mem_zero(&a, sizeof a);
			a.family = IP6;
			mem_copy(a.ip, ip, 16);
			addr_unmap(&a);
			for (i = 0; i < n; i++)
				hit[i] = (a.family == IP6 || bits[i] >= 96) &&
				    plain_match6(ip, net[i], bits[i]);
			want_num("IPv6", (long)plain_admits(hit, n),
			    (long)rule_admits(plugs, &a));
		}
	}
}

/* The plain way: bit by bit. */
static int
plain_hit(struct rule *r, struct addr *a)
{
	return r->net.family == 0 || (r->net.family == a->family &&
	    plain_match6(a->ip, r->net.ip, r->bits));
}

/* The first of these that is hit, or 0; *allows if one of them does. */
static struct rule *
plain_first(int from, int n, struct addr *a, int *allows)
{
	struct rule *r, *hit;

	hit = (struct rule *)0;
	for (r = rules + from; r < rules + from + n; r++) {
		if (hit == 0 && plain_hit(r, a))
			hit = r;
		*allows |= r->allow;
	}
	return hit;
}

/* Anybody, or who is like one of the rules but for a bit. */
static void
plain_client(struct addr *a, int n)
{
	int i, bit;

	mem_zero(a, sizeof *a);
	if (n > 0 && !once_in(4))
		*a = rules[below(n)].net;
	else
		for (i = 0; i < 16; i++)
			a->ip[i] = (unsigned char)below(256);
	bit = below(129);
	if (bit < 128)
		a->ip[bit / 8] ^= (unsigned char)(1 << bit % 8);
	if (a->family == 0 || once_in(8))
		a->family = once_in(3) ? UNIX : once_in(2) ? IP6 : IP4;
	if (a->family == IP4)
		mem_zero(a->ip + 4, 12);
	if (a->family == UNIX)
		mem_zero(a->ip, 16);
}

/* A rule of any kind: few bits apart from the one before, nets in nets. */
static void
plain_rule(int i)
{
	struct rule *r;
	int k;

	r = &rules[i];
	mem_zero(r, sizeof *r);
	r->allow = once_in(2);
	if (once_in(16))
		return;
	if (i > 0 && rules[i - 1].net.family != 0 && !once_in(4))
		*r = rules[i - 1];
	else {
		r->net.family = once_in(2) ? IP6 : IP4;
		for (k = 0; k < (r->net.family == IP6 ? 16 : 4); k++)
			r->net.ip[k] = (unsigned char)(once_in(3) ? 255 *
			    below(2) : below(256));
	}
	r->allow = once_in(2);
	r->bits = below(r->net.family == IP6 ? 129 : 33);
	k = below(r->net.family == IP6 ? 128 : 32);
	r->net.ip[k / 8] ^= (unsigned char)(1 << k % 8);
}

/*
 * Plugs with rules of their own, and those of the command line behind them.
 * The first that matches decides; none: no, where one of either admits.
 */
static void
test_rule_lists(void)
{
	struct addr a;
	struct rule *hit;
	int i, k, n, allows, round;

	for (round = 0; round < 60000 / MAXRULE; round++) {
		n = below(MAXRULE + 1);
		for (i = 0; i < n; i++)
			plain_rule(i);
		rules_are(n);
		rule.base = HAVE_FILE ? below(n + 1) : 0;
		plug.n = HAVE_FILE ? 3 : 1;
		for (i = 0, k = rule.base; i < plug.n; i++) {
			plug.order[i] = i;
			plugs[i].rule = k;
			plugs[i].nrule = i == plug.n - 1 ? n - k :
			    below(n - k + 1);
			k += plugs[i].nrule;
		}
		for (k = 0; k < 60; k++) {
			plain_client(&a, n);
			i = below(plug.n);
			allows = 0;
			hit = plain_first(plugs[i].rule, plugs[i].nrule, &a,
			    &allows);
			if (hit == 0)
				hit = plain_first(0, rule.base, &a, &allows);
			want_num("the first that matches",
			    (long)(hit != 0 ? hit->allow : !allows),
			    (long)rule_admits(&plugs[i], &a));
		}
	}
}

struct admitcase {
	char *rules;		/* words: +rule or -rule */
	char *client;
	int admitted;
};

static struct admitcase admitcases[] = {
	{ "", "1.2.3.4", 1 },
	{ "+1.2.3.4", "1.2.3.4", 1 },
	{ "+1.2.3.4", "1.2.3.5", 0 },
	{ "-1.2.3.4", "1.2.3.4", 0 },
	{ "-1.2.3.4", "1.2.3.5", 1 },
	{ "+1.2.3.0/24 -1.2.3.4", "1.2.3.4", 1 },
	{ "-1.2.3.4 +1.2.3.0/24", "1.2.3.4", 0 },
	{ "-1.2.3.4 +1.2.3.0/24", "1.2.3.5", 1 },
	{ "-1.2.3.4 +1.2.3.0/24", "1.2.4.5", 0 },
	{ "+0.0.0.0/0", "200.1.1.1", 1 },
	{ "-*", "200.1.1.1", 0 },
	{ "+* -*", "200.1.1.1", 1 },
	{ "-10.* +*", "11.0.0.1", 1 },
	{ "-10.* +*", "10.0.0.1", 0 }
};

static void
test_rule_order(void)
{
	struct admitcase *c;
	struct addr a;
	char words[128], *p, *end;
	int i;

	for (i = 0; i < COUNT(admitcases); i++) {
		c = &admitcases[i];
		(void)strcpy(words, c->rules);
		rules_are(0);
		for (p = words; *p != '\0'; p = end) {
			end = p + strcspn(p, " ");
			if (*end == ' ')
				*end++ = '\0';
			(void)scan_rule(p + 1, &rules[lone.nrule]);
			rules[lone.nrule++].allow = *p == '+';
		}
		rules_are(lone.nrule);
		(void)scan_host(c->client, &a);
		want_num(c->rules, (long)c->admitted,
		    (long)rule_admits(plugs, &a));
	}
}

static struct test tests_rule[] = {
	{ "rules mean something else", test_scan_rule },
	{ "masks are counted wrong", test_rule_mask },
	{ "addresses match wrong nets", test_rule_alone },
	{ "wrong clients are admitted", test_rule_model },
	{ "wrong IPv6 clients are admitted", test_rule_model6 },
	{ "a plug's rules are not before all others'", test_rule_lists },
	{ "the order of rules is not kept", test_rule_order },
	{ 0, 0 }
};

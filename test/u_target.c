/*
 * u_target.c: the rooms TARGET and PICK: who is dead, alive or on trial, and
 * who comes next.  The oracle is an open book of who is dead since when;
 * shares are counted over two million picks.
 */

static void
test_target_verdicts(void)
{
	want_num("lived", 1L, (long)target_dead(1));
	want_num("was dead", 0L, (long)target_dead(1));
	want_num("is back", 1L, (long)target_alive(1));
	want_num("was there", 0L, (long)target_alive(1));
	target_release(1);
	want_num("alive stays alive", (long)H_ALIVE, sh->health[1].state);
}

static struct addr somebody;		/* a client */

/* What a session of somebody's gets that has tried these. */
static int
pick_one(int hint, unsigned char *tried)
{
	return pick_target(plugs, &somebody, hint, tried);
}

/* All picks that one session makes, as a string of digits. */
static char *
picks(int hint)
{
	static char seen[MAXTARGET + 2];
	unsigned char tried[(MAXTARGET + 7) / 8];
	int n, t;

	(void)memset(tried, 0, sizeof tried);
	for (n = 0; n <= MAXTARGET; n++) {
		t = pick_one(hint, tried);
		if (t < 0)
			break;
		seen[n] = (char)('0' + t);
		(void)target_dead(t);
	}
	seen[n] = '\0';
	return seen;
}

/* The first pick of a new session, which succeeds. */
static long
pick_good(int hint)
{
	unsigned char tried[(MAXTARGET + 7) / 8];
	int t;

	(void)memset(tried, 0, sizeof tried);
	t = pick_one(hint, tried);
	if (t >= 0)
		(void)target_alive(t);
	return (long)t;
}

static void
test_target_cycle(void)
{
	int i;

	lone.balance = B_CYCLE;
	for (i = 0; i < 9; i++)
		want_num("next in turn", (long)(i % 3), pick_good(-1));
	(void)target_dead(1);
	want_num("0 lives", 0L, pick_good(-1));
	want_num("1 is passed over", 2L, pick_good(-1));
	want_num("0 again", 0L, pick_good(-1));
	want_num("2 again", 2L, pick_good(-1));
	(void)target_alive(1);
	(void)pick_good(-1);
	want_num("1 is back", 1L, pick_good(-1));
}

static void
test_target_first(void)
{
	int i;

	lone.balance = B_FIRST;
	for (i = 0; i < 4; i++)
		want_num("the first", 0L, pick_good(-1));
	(void)target_dead(0);
	for (i = 0; i < 4; i++)
		want_num("the next", 1L, pick_good(-1));
	(void)target_alive(0);
	want_num("the first again", 0L, pick_good(-1));
}

static void
test_target_twice(void)
{
	lone.balance = B_CYCLE;
	want_str("all that fail", "012", picks(-1));
	want_num("all dead: tried again", 3L, (long)strlen(picks(-1)));
	lone.ntarget = 1;
	want_str("the only one", "0", picks(-1));
	want_str("the only one, dead", "0", picks(-1));
	lone.ntarget = MAXTARGET;
	want_num("the whole table", (long)MAXTARGET, (long)strlen(picks(-1)));
}

static void
test_target_trial(void)
{
	unsigned char a[(MAXTARGET + 7) / 8], b[(MAXTARGET + 7) / 8];

	lone.balance = B_FIRST;
	lone.retry = 10L;
	(void)target_dead(0);
	want_num("too early", 1L, pick_good(-1));
	now.sec += 9;
	now.usec = 999999L;
	want_num("still too early", 1L, pick_good(-1));
	now.sec += 1;
	now.usec = 0L;
	(void)memset(a, 0, sizeof a);
	(void)memset(b, 0, sizeof b);
	want_num("the trial", 0L, (long)pick_one(-1, a));
	want_num("on trial", -(long)getpid(), sh->health[0].state);
	want_num("others pass it by", 1L,
	    (long)pick_one(-1, b));
	want_num("a hint too", 1L, pick_good(0));
	target_release(0);
	(void)memset(b, 0, sizeof b);
	want_num("released: the next one tries", 0L,
	    (long)pick_one(-1, b));
	(void)target_dead(0);
	want_num("failed: waits anew", 1L, pick_good(-1));
	now.sec += 10;
	(void)memset(b, 0, sizeof b);
	want_num("and again", 0L, (long)pick_one(-1, b));
	target_orphan((long)getpid() + 1);
	want_num("another's death", -(long)getpid(), sh->health[0].state);
	target_orphan((long)getpid());
	want_num("an orphan", (long)H_DEAD, sh->health[0].state);
	lone.retry = NEVER;
	now.sec += 100000L;
	want_num("never", 1L, pick_good(-1));
	lone.retry = 0L;
	(void)target_dead(0);
	want_num("no waiting", 0L, pick_good(-1));
}

/* The oracle: an open book of who is dead since when. */
struct book {
	int state;		/* 0 alive, 1 dead, 2 on trial */
	long since;		/* microseconds */
};

static int
book_usable(struct book *b, long at)
{
	return b->state == 0 || (b->state == 1 && lone.retry != NEVER &&
	    at - b->since >= lone.retry * 1000000L);
}

static int
book_pick(struct book *b, int hint, int first, int *rotor, int *tried, long at)
{
	int t, k, pass;

	for (pass = 0; pass < 2; pass++) {
		if (hint >= 0 && hint < lone.ntarget && !tried[hint] &&
		    (pass == 1 || book_usable(&b[hint], at)))
			return hint;
		t = first ? 0 : *rotor;
		for (k = 0; k < lone.ntarget; k++, t++) {
			if (t == lone.ntarget)
				t = 0;
			if (tried[t] || (pass == 0 && !book_usable(&b[t], at)))
				continue;
			*rotor = t + 1 == lone.ntarget ? 0 : t + 1;
			return t;
		}
	}
	return -1;
}

static void
book_out(struct book *b, int t, int outcome, long at)
{
	switch (outcome) {
	case 0:
		b[t].state = 0;
		(void)target_alive(t);
		break;
	case 1:
		b[t].state = 1;
		b[t].since = at;
		(void)target_dead(t);
		break;
	default:
		if (b[t].state == 2)
			b[t].state = 1;
		target_release(t);
	}
}

static void
test_target_model(void)
{
	static struct book b[MAXTARGET];
	static int tried[MAXTARGET];
	unsigned char bits[(MAXTARGET + 7) / 8];
	int round, i, k, t, hint, rotor, first;
	long at;

	for (round = 0; round < 300; round++) {
		world_start();
		(void)memset(b, 0, sizeof b);
		lone.ntarget = 1 + below(MAXTARGET);
		first = once_in(3);
		lone.balance = first ? B_FIRST : B_CYCLE;
		lone.even = once_in(2);
		lone.retry = once_in(3) ? NEVER : (long)below(20);
		rotor = 0;
		for (i = 0; i < 200; i++) {
			now.usec += below(1000000);
			now.sec += below(4) + now.usec / 1000000L;
			now.usec %= 1000000L;
			at = (now.sec - 1000L) * 1000000L + now.usec;
			(void)memset(tried, 0, sizeof tried);
			(void)memset(bits, 0, sizeof bits);
			for (k = below(6); k >= 0; k--) {
				hint = once_in(2) ? -1 : below(lone.ntarget);
				t = book_pick(b, hint, first, &rotor, tried,
				    at);
				want_num("pick", (long)t,
				    (long)pick_one(hint, bits));
				if (t < 0)
					break;
				want_num("not twice", 0L, (long)tried[t]);
				tried[t] = 1;
				if (b[t].state != 0)
					b[t].state = 2;
				if (!once_in(4))
					book_out(b, t, below(3), at);
			}
		}
	}
}

/* Sessions that begin and end by chance, and what each target has had. */
static long shares[MAXTARGET];

/*
 * One more session; the one that it ends, if any, is chance's.  There are so
 * many that one of them more or less is far below what shares may be off.
 */
static int
share_pick(int ends)
{
	static int at[1000];		/* targets of the sessions that live */
	static int n;
	unsigned char tried[(MAXTARGET + 7) / 8];
	int i, t;

	if (ends < 0) {
		n = 0;
		return -1;
	}
	(void)memset(tried, 0, sizeof tried);
	addr_set(&somebody, rnd());
	now.usec = below(1000000);
	t = pick_one(-1, tried);
	if (t >= 0) {
		shares[t]++;
		own.traffic[t].live++;
		at[n++] = t;
	}
	if (n == COUNT(at) || (n > 0 && ends && once_in(2))) {
		i = below(n);
		own.traffic[at[i]].live--;
		at[i] = at[--n];
	}
	return t;
}

static int ways[] = { B_CYCLE, B_LEAST, B_RANDOM, B_HASH };

/* Within 1 % of the weights, over two million picks. */
static void
test_target_shares(void)
{
	char text[64];
	long n, k, sum, part, off;
	int i, way, round, many;

	for (way = 0; way < COUNT(ways); way++)
		for (round = 0; round < 3; round++) {
			world_start();
			(void)share_pick(-1);
			(void)memset(shares, 0, sizeof shares);
			lone.balance = ways[way];
			lone.ntarget = many = 2 + below(3);
			sum = 0L;
			for (i = 0; i < many; i++)
				sum += targets[i].weight =
				    1 + below(round == 0 ? 1 : 5);
			n = 160000L;
			for (k = 0; k < n; k++)
				(void)share_pick(1);
			for (i = 0; i < many; i++) {
				part = n * targets[i].weight / sum;
				off = shares[i] - part;
				if (off < 0L)
					off = -off;
				(void)sprintf(text, "way %d, weight %ld of \
%ld, target %d", ways[way], targets[i].weight, sum, i);
				want_num(text, 1L, (long)(off <= n / 100));
			}
		}
}

#if HAVE_FORK
/* What a process picks by chance, as seven bits. */
static int
luck_of_child(void)
{
	unsigned char tried[(MAXTARGET + 7) / 8];
	int i, id, n, st;

	(void)fflush(stdout);
	id = (int)fork();
	if (id == 0) {
		for (i = n = 0; i < 100; i++) {
			(void)memset(tried, 0, sizeof tried);
			n = (n * 5 + pick_one(-1, tried)) % 128;
		}
		_exit(n);
	}
	st = -1;
	want_num("ended", (long)id, (long)waitpid(id, &st, 0));
	return WEXITSTATUS(st);
}

/* Six processes that know the same: once in 2^35 runs all agree. */
static void
test_target_luck(void)
{
	int i, first, same;

	lone.balance = B_RANDOM;
	first = luck_of_child();
	for (i = same = 0; i < 5; i++)
		same += luck_of_child() == first;
	want_num("not all alike", 1L, (long)(same < 5));
}
#endif

/* Something happens to target i. */
static void
kinds_change(int i)
{
	switch (below(12)) {
	case 0:
		(void)target_dead(i);
		break;
	case 1:
		(void)target_alive(i);
		break;
	case 2:
		targets[i].drain = once_in(4);
		break;
	case 3:
		targets[i].backup = once_in(3);
		break;
	case 4:
		targets[i].max = below(6);
		break;
	case 5:
		targets[i].weight = 1 + below(MAXWEIGHT);
		break;
	}
}

/* How many do not drain, and are alive or need not be, and backups or not. */
static int
kinds_count(int alive, int backup)
{
	int i, n;

	for (i = n = 0; i < MAXTARGET; i++)
		n += !targets[i].drain && targets[i].backup == backup &&
		    (!alive || sh->health[i].state == H_ALIVE);
	return n;
}

/* One that the next session may get is below its max. */
static int
kinds_room(int lives, int backups)
{
	int i, good;

	for (i = 0; i < MAXTARGET; i++) {
		good = sh->health[i].state == H_ALIVE;
		if (lives)
			good &= !targets[i].backup;
		else
			good |= !backups;
		if (good && !targets[i].drain && target_room(i))
			return 1;
	}
	return 0;
}

/*
 * Targets of every kind: none over its max, none that drains, no backup while
 * another lives, none dead while another can be had.
 */
static void
test_target_kinds(void)
{
	long k;
	int t, lives, backups, any, full;

	(void)share_pick(-1);
	lone.ntarget = MAXTARGET;
	lone.capped = 1;
	for (k = 0; k < 400000L; k++) {
		if (k % 50 == 0)
			lone.balance = below(B_HASH + 1);
		kinds_change(below(MAXTARGET));
		lives = kinds_count(1, 0);
		backups = kinds_count(1, 1);
		any = kinds_count(0, 0) + kinds_count(0, 1);
		full = lives + backups > 0 && !kinds_room(lives, backups);
		want_num("full", (long)full,
		    (long)(pick_full(plugs) && lives + backups > 0));
		t = share_pick(1);
		if (t < 0) {
			want_num("why none", any ? (long)T_FULL : (long)T_NONE,
			    (long)t);
			continue;
		}
		want_num("drains", 0L, (long)targets[t].drain);
		want_num("a backup while another lives", 0L,
		    (long)(lives && targets[t].backup));
		want_num("dead while another lives", 0L,
		    (long)(lives + backups && H_TRIAL(&sh->health[t])));
		if (H_TRIAL(&sh->health[t]))
			target_release(t);
	}
}

static void
test_target_max(void)
{
	long k;
	int i;

	(void)share_pick(-1);
	for (i = 0; i < 3; i++)
		targets[i].max = i + 1;
	for (k = 0; k < 300000L; k++) {
		if (k % 50 == 0)
			lone.balance = below(B_HASH + 1);
		(void)share_pick(once_in(2));
		for (i = 0; i < 3; i++)
			want_num("over its max", 1L, (long)
			    ((long)own.traffic[i].live <= targets[i].max));
	}
}

/* Only the clients of the dead target move, and they come back. */
static void
test_target_hash(void)
{
	static int was[4000];
	unsigned char tried[(MAXTARGET + 7) / 8];
	int i, t, moved;

	lone.balance = B_HASH;
	lone.ntarget = 16;
	for (moved = -1; moved < 16; moved++) {
		if (moved >= 0)
			(void)target_dead(moved);
		for (i = 0; i < COUNT(was); i++) {
			addr_set(&somebody, 0x0a000000L + (unsigned long)i);
			(void)memset(tried, 0, sizeof tried);
			t = pick_one(-1, tried);
			if (moved < 0)
				was[i] = t;
			else if (was[i] != moved)
				want_num("another's client", (long)was[i],
				    (long)t);
			else
				want_num("a dead target's client", 0L,
				    (long)(t == moved));
		}
		if (moved >= 0)
			(void)target_alive(moved);
	}
	addr_set(&somebody, 0x0a010203L);
	(void)memset(tried, 0, sizeof tried);
	want_num("the same on every machine", 14L,
	    (long)pick_one(-1, tried));
}

static int parse(char *text);

/* The words are those of the only plug. */
static void
plug_is(char *words)
{
	want_num(words, 0L, (long)parse(words));
	plug_commit(rule.base);
}

/* The plain way, from what the user wrote: see pick_rendezvous(). */
static unsigned long
plain_mix(unsigned long h)
{
	h = ((h ^ h >> 16) * 0x7feb352dL) & 0xffffffffL;
	h = ((h ^ h >> 15) * 0x846ca68bL) & 0xffffffffL;
	return h ^ h >> 16;
}

static unsigned long
plain_fnv(struct addr *a)
{
	unsigned long h;
	int i;

	h = 0x811c9dc5L;
	for (i = 0; i < 16; i++)
		h = ((h ^ a->ip[i]) * 0x01000193L) & 0xffffffffL;
	return h ^ h >> 15;
}

static int
plain_rendezvous(struct addr *client)
{
	struct target *g;
	unsigned long h, high, seed;
	long k;
	char *s;
	int t, best;

	high = 0;
	best = lone.target;
	for (t = lone.target; t < lone.target + lone.ntarget; t++) {
		g = &targets[t];
		seed = plain_fnv(&g->at) + g->at.port;
		for (s = g->name; s != 0 && *s != '\0'; s++)
			seed = plain_mix((seed + (unsigned long)(*s & 0377)) &
			    0xffffffffL);
		for (k = 0; k < g->weight; k++) {
			seed = plain_mix((seed + 0x9e3779b9L) & 0xffffffffL);
			h = plain_mix(seed ^ plain_fnv(client));
			if (h > high) {
				high = h;
				best = t;
			}
		}
	}
	return best;
}

/* What targets are to it is known once they were read, with names and all. */
static char *hashwords[] = {
	"80 10.0.0.1 10.0.0.2 10.0.0.3",
	"80 10.0.0.1:81 10.0.0.1:82,weight=3 10.0.0.1:83,weight=255",
	"80-81 10.0.0.1 10.0.0.2,weight=2 10.0.0.3:80,max=5",
	"80 10.0.0.1",
#if HAVE_UNIX
	"80 /one /two,weight=2 /three,weight=3 10.0.0.1,backup /one/more",
#endif
#if HAVE_VIA
	"-h 10.9.9.9 80 a.example b.example:8081 c.example,weight=4 10.0.0.1",
#endif
#if HAVE_IPV6
	"80 [2001:db8::1]:80 [2001:db8::2]:80 [2001:db8::1]:81 10.0.0.1",
#endif
	0
};

static void
test_target_seeds(void)
{
	unsigned char tried[(MAXTARGET + 7) / 8];
	char words[200];
	int i, k;

	for (i = 0; hashwords[i] != 0; i++) {
		world_start();
		(void)sprintf(words, "-b hash %s", hashwords[i]);
		plug_is(words);
		for (k = 0; k < lone.ntarget; k++)
			targets[lone.target + k].backup = 0;
		for (k = 0; k < 400; k++) {
			addr_set(&somebody, rnd());
			(void)memset(tried, 0, sizeof tried);
			want_num(words, (long)plain_rendezvous(&somebody),
			    (long)pick_one(-1, tried));
		}
	}
}

/*
 * Installations that run: the targets of these clients are those that they
 * have had since -b hash is there.
 */
static void
test_target_shares_stay(void)
{
	static char words[] = "-b hash 80 10.0.0.1:80 10.0.0.2:80,weight=3 \
10.0.0.3:8080,weight=20 192.0.2.77:443,weight=7 10.0.0.2:81";
	unsigned char tried[(MAXTARGET + 7) / 8];
	char out[61];
	int i;

	plug_is(words);
	for (i = 0; i < 60; i++) {
		addr_set(&somebody, 0xc6336400L + (unsigned long)i * 37);
		(void)memset(tried, 0, sizeof tried);
		out[i] = (char)('0' + pick_one(-1, tried) - lone.target);
	}
	out[i] = '\0';
	want_str("as ever", "2222232322222123102201222222221222323421\
22223243233232222202", out);
}

/*
 * Where all have one weight the next in turn is taken without a look at the
 * others: it is the same one, whatever lives and whatever was remembered.
 */
static void
test_target_even(void)
{
	static int was[2000];
	unsigned char tried[(MAXTARGET + 7) / 8];
	unsigned long seed;
	int i, k, way, t;

	for (seed = 1; seed < 30; seed++)
		for (way = 0; way < 2; way++) {
			world_start();
			rnd_seed(seed);
			lone.ntarget = 1 + below(MAXTARGET);
			lone.even = way;
			lone.capped = 1;
			lone.retry = 3L;
			k = 1 + below(9);
			for (i = 0; i < MAXTARGET; i++)
				targets[i].weight = k;
			for (i = 0; i < COUNT(was); i++) {
				k = below(lone.ntarget);
				if (once_in(4))
					(void)target_dead(k);
				else if (once_in(3))
					(void)target_alive(k);
				targets[k].drain = once_in(9);
				targets[k].backup = once_in(9);
				targets[k].max = below(3);
				own.traffic[k].live = (unsigned)below(3);
				now.sec += once_in(5);
				(void)memset(tried, 0, sizeof tried);
				t = pick_one(once_in(3) ? k : -1, tried);
				if (t >= 0 && H_TRIAL(&sh->health[t]))
					target_release(t);
				if (way == 1)
					want_num("the next", (long)was[i],
					    (long)t);
				was[i] = t;
			}
		}
}

struct evencase {
	char *words;
	int even;
};

static struct evencase evencases[] = {
	{ "80 1.2.3.4", 1 },
	{ "80 1.2.3.4 1.2.3.5,weight=1", 1 },
	{ "80 1.2.3.4,weight=7 1.2.3.5,weight=7", 1 },
	{ "80 1.2.3.4,weight=7 1.2.3.5", 0 },
	{ "80 1.2.3.4 1.2.3.5,weight=2 1.2.3.6", 0 }
};

static void
test_target_even_words(void)
{
	char words[100];
	int i;

	for (i = 0; PICK_ONE == 1 && i < COUNT(evencases); i++) {
		world_start();
		(void)strcpy(words, evencases[i].words);
		plug_is(words);
		want_num(evencases[i].words, (long)evencases[i].even,
		    (long)lone.even);
	}
}

/* Slots are where rows were in an older reading: each finds its own. */
static void
test_target_row(void)
{
	int i, k, t, slot, round;

	for (round = 0; round < 2000; round++) {
		lone.target = below(MAXTARGET);
		lone.ntarget = 1 + below(MAXTARGET - lone.target);
		for (i = 0; i < MAXTARGET; i++)
			targets[i].slot = i;
		for (i = 0; HAVE_FILE && i < MAXTARGET; i++) {
			k = below(MAXTARGET);
			slot = targets[i].slot;
			targets[i].slot = targets[k].slot;
			targets[k].slot = slot;
		}
#if HAVE_FILE
		for (i = 0; i < MAXTARGET; i++)
			plug.row[targets[i].slot] = (short)(once_in(3) ?
			    below(MAXTARGET) : i);
#endif
		for (slot = -2; slot < MAXTARGET + 2; slot++) {
			t = -1;
			for (i = 0; i < lone.ntarget; i++)
				if (SLOT_OF(lone.target + i) == slot)
					t = lone.target + i;
			want_num("row", (long)t,
			    (long)target_row(plugs, slot));
		}
	}
}

/* A target that stands twice has one slot, which is the first one's. */
static void
test_target_double(void)
{
	char words[100];

	(void)strcpy(words, "-f 80 1.2.3.4 1.2.3.4,backup");
	plug_is(words);
	want_num("row", (long)lone.target,
	    (long)target_row(plugs, SLOT_OF(lone.target)));
}

/* What is remembered: a backup only while it serves, none at its max. */
static void
test_target_hint(void)
{
	targets[1].backup = 1;
	want_num("a backup is left", 0L, pick_good(1));
	(void)target_dead(0);
	(void)target_dead(2);
	want_num("a backup serves", 1L, pick_good(1));
	(void)target_alive(2);
	want_num("and is left again", 2L, pick_good(1));
	world_start();
	targets[1].max = 1L;
	want_num("remembered", 1L, pick_good(1));
	own.traffic[1].live = 1;
	want_num("at its max", 0L, (long)(pick_good(1) == 1L));
	world_start();
	targets[1].drain = 1;
	want_num("drains", 0L, (long)(pick_good(1) == 1L));
}

static struct test tests_target[] = {
	{ "a death is told twice", test_target_verdicts },
	{ "cycle does not cycle", test_target_cycle },
#if HAVE_FORK
	{ "chance is the same in all processes", test_target_luck },
#endif
	{ "first is not the first", test_target_first },
	{ "a session tries a target twice or not at all", test_target_twice },
	{ "a dead target is tried too early, by many or never",
	    test_target_trial },
	{ "wrong targets are picked", test_target_model },
	{ "targets do not get their shares", test_target_shares },
	{ "max, backup, drain or health are not kept", test_target_kinds },
	{ "a target is over its max", test_target_max },
	{ "-b hash moves others' clients", test_target_hash },
	{ "-b hash is not what the user wrote", test_target_seeds },
	{ "-b hash moves the clients of those who run it",
	    test_target_shares_stay },
	{ "the next in turn is another where all weigh the same",
	    test_target_even },
	{ "weights that differ pass for even", test_target_even_words },
	{ "a target is not found by its slot", test_target_row },
	{ "a client of a target that stands twice is forgotten",
	    test_target_double },
	{ "memory overrides backup, max or drain", test_target_hint },
	{ 0, 0 }
};

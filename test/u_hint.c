/*
 * u_hint.c: the rooms HINT and FAULT: which name is near, by a plain oracle;
 * and that whatever word is refused is explained in one short line.
 */

#if !HAVE_HINTS
#define tests_hint tests_none
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

static struct test tests_hint[] = {
	{ "near names are far", test_hint_distance },
	{ "another name is suggested", test_hint_near },
	{ "a refused word is not explained in a line", test_hint_words },
#if HAVE_LONG
	{ "-I is seen too late", test_hint_inetd },
#endif
	{ 0, 0 }
};

#endif

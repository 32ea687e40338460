/*
 * u_option.c: the room OPTION: each switch and each number in all its forms,
 * and huge words.  The oracle of numbers compares text.
 */

static char *words[MAXTARGET + MAXRULE + 20];
static int nwords;

/* Take a command line apart at its blanks; `' is an empty word. */
static void
split(char *text)
{
	static char copy[1000];
	char *p;

	(void)strcpy(copy, text);
	nwords = 0;
	words[nwords++] = "plug";
	for (p = strtok(copy, " "); p != 0; p = strtok((char *)0, " "))
		words[nwords++] = strcmp(p, "`") == 0 ? "" : p;
	words[nwords] = 0;
}

static int
parse(char *text)
{
	world_options();
	said_clear();
	split(text);
	return config_parse(nwords, words);
}

/* A bad command line: exit 5, and one clear line. */
static void
want_bad(char *what, int status)
{
	want_num(what, (long)END_USAGE, (long)status);
	want_num(what, 1L, (long)(strncmp(errs, "plug: ", 6) == 0));
	want_num(what, 1L, (long)(errs_len > 8 && strchr(errs, '\n') ==
	    errs + errs_len - 1));
}

/* Ways to write an option with its value: -r 5, -nr5, --retry=5, --retry 5. */
#if !HAVE_LONG
#define FORMS 2				/* without the long names */
#define NAME(o) "none"
#else
#define FORMS 4
#define NAME(o) (o)->name
#endif

static char *numbers[] = {
	"0", "1", "2", "7", "8", "9", "254", "255", "256", "9900", "9901",
	"31535999", "31536000", "31536001", "2147483647", "2147483648",
	"4294967296", "4294967297", "99999999999999999999", "-1", "+1", "01",
	"00", "0x1", "1e3", "1.5", "1s", "x", "1\351", "\3701", "'1'", "1,",
	"`"
};

/* Digits alone, no leading zero, in the option's limits: by comparing text. */
static int
plain_number(char *s, long min, long max)
{
	char text[40];
	int i;

	for (i = 0; s[i] != '\0'; i++)
		if (strchr("0123456789", s[i]) == 0)
			return 0;
	if (i == 0 || i > 10 || (s[0] == '0' && i > 1))
		return 0;
	(void)sprintf(text, "%ld", max);
	if (i > (int)strlen(text) ||
	    (i == (int)strlen(text) && strcmp(s, text) > 0))
		return 0;
	return min == 0L || strcmp(s, "0") != 0;
}

static void
number_try(struct option *o, char *value, int form)
{
	char text[400], *v;
	int ok;

	v = strcmp(value, "`") == 0 ? "" : value;
	ok = plain_number(v, (long)o->min, OPTION_MAX(o));
	switch (form) {
	case 0:
		(void)sprintf(text, "80 1.2.3.4 -%c %s", o->letter, value);
		break;
	case 1:
		(void)sprintf(text, "-n%c%s 80 1.2.3.4", o->letter,
		    *v == '\0' ? " `" : v);
		break;
	case 2:
		(void)sprintf(text, "--%s=%s 80 1.2.3.4", NAME(o), v);
		break;
	default:
		(void)sprintf(text, "--%s %s 80 1.2.3.4", NAME(o), value);
	}
	if (!ok) {
		want_bad(text, parse(text));
		return;
	}
	want_num(text, 0L, (long)parse(text));
	want_num(text, atol(v), *o->number);
}

static void
test_option_numbers(void)
{
	struct option *o;
	int i, form;

	for (o = options; o->letter != 0; o++)
		for (i = 0; o->max != 0L && i < COUNT(numbers); i++)
			for (form = 0; form < FORMS; form++)
				number_try(o, numbers[i], form);
}

static void
test_option_switches(void)
{
	struct option *o;
	char *source;
	char text[64];

	for (o = options; o->letter != 0; o++) {
		if (OPTION_VALUE(o) || o->number == 0)
			continue;
		source = o->letter == 'I' ? "" : "80";
		(void)sprintf(text, "-%c %s 1.2.3.4", o->letter, source);
		want_num(text, 0L, (long)parse(text));
		want_num(text, 1L, *o->number);
		(void)sprintf(text, "%s --%s= 1.2.3.4", source, NAME(o));
		want_bad(text, parse(text));
		(void)sprintf(text, "%s --%s 1.2.3.4", source, NAME(o));
		if (FORMS == 2) {
			want_bad(text, parse(text));
			continue;
		}
		want_num(text, 0L, (long)parse(text));
		want_num(text, 1L, *o->number);
	}
	want_num("-ddd", 0L, (long)parse("-ddd 80 1.2.3.4"));
	want_num("-ddd", 3L, conf.debug);
	want_num("-d implies -n", 1L, (long)conf.foreground);
	(void)parse("-S - 80 1.2.3.4");
	want_num("-S - implies -n", 1L, (long)conf.foreground);
	want_str("-S -", "-", conf.sessions);
	(void)parse("-S file 80 1.2.3.4");
	want_num("-S file does not", 0L, (long)conf.foreground);
	(void)parse("-o 80 1.2.3.4");
	want_num("-o is -b first", (long)B_FIRST, (long)lone.balance);
	want_num("no value", (long)END_USAGE, (long)parse("80 1.2.3.4 -r"));
}

/* Values of 64 KB, and with every byte there is: one line, exit 5. */
static void
test_option_huge(void)
{
	static char word[65537];
	static char *argv[8];
	struct option *o;
	int c, fill;

	for (o = options; o->letter != 0; o++) {
		if (OPTION_VALUE(o)== 0)
			continue;
		for (c = 1; c < 256; c += c < 34 ? 1 : 13) {
			fill = c == 2 ? '9' : c == 3 ? '0' : c == 4 ? '@' : c;
			(void)memset(word, fill, sizeof word - 1);
			world_options();
			said_clear();
			words[1] = word;
			argv[0] = "plug";
			argv[1] = "--";
			argv[1] = "80";
			argv[2] = "1.2.3.4";
			(void)memset(word, '-', 2);
			word[1] = (char)o->letter;
			argv[3] = word;
			want_bad(NAME(o), config_parse(4, argv));
		}
	}
	(void)memset(word, '7', sizeof word - 1);
	for (c = 1; c < 3; c++) {
		world_options();
		said_clear();
		argv[1] = "80";
		argv[2] = "1.2.3.4";
		argv[c] = word;
		want_bad("operand", config_parse(3, argv));
	}
}

static struct test tests_option[] = {
	{ "wrong numbers are taken", test_option_numbers },
	{ "switches don't switch", test_option_switches },
	{ "a huge word does harm", test_option_huge },
	{ 0, 0 }
};

/*
 * u_text.c: the room TEXT: what is appended to a line is right, whole, and
 * inside its buffer; what passes for a number is one, and in its limits.
 */

struct numcase {
	char *text;
	long min, max;
	int ok;
	long value;
	char *rest;
};

static struct numcase numcases[] = {
	{ "0", 0L, 9L, 1, 0L, "" },
	{ "7x", 0L, 9L, 1, 7L, "x" },
	{ "65535", 1L, 65535L, 1, 65535L, "" },
	{ "65536", 1L, 65535L, 0, 0L, "" },
	{ "70000", 1L, 65535L, 0, 0L, "" },
	{ "0", 1L, 65535L, 0, 0L, "" },
	{ "00", 0L, 9L, 0, 0L, "" },
	{ "01", 0L, 9L, 0, 0L, "" },
	{ "9", 0L, 5L, 0, 0L, "" },
	{ "5", 0L, 5L, 1, 5L, "" },
	{ "6", 0L, 5L, 0, 0L, "" },
	{ "255", 0L, 255L, 1, 255L, "" },
	{ "256", 0L, 255L, 0, 0L, "" },
	{ "2147483647", 0L, 2147483647L, 1, 2147483647L, "" },
	{ "2147483648", 0L, 2147483647L, 0, 0L, "" },
	{ "4294967297", 0L, 2147483647L, 0, 0L, "" },
	{ "18446744073709551617", 0L, 2147483647L, 0, 0L, "" },
	{ "99999999999999999999999999", 0L, 2147483647L, 0, 0L, "" },
	{ "", 0L, 9L, 0, 0L, "" },
	{ "-1", 0L, 9L, 0, 0L, "" },
	{ "+1", 0L, 9L, 0, 0L, "" },
	{ " 1", 0L, 9L, 0, 0L, "" },
	{ "0x10", 0L, 99L, 1, 0L, "x10" },
	{ "\3711", 0L, 9L, 0, 0L, "" }
};

static void
test_scan_num(void)
{
	struct numcase *c;
	char *p;
	long n;
	int i, ok;

	for (i = 0; i < COUNT(numcases); i++) {
		c = &numcases[i];
		p = c->text;
		n = 0L;
		ok = scan_num(&p, c->min, c->max, &n);
		want_num(c->text, (long)c->ok, (long)ok);
		want_num(c->text, c->value, n);
		want_str(c->text, c->ok ? c->rest : c->text, p);
		want_num(c->text, (long)(c->ok && c->rest[0] == '\0'),
		    (long)scan_whole(c->text, c->min, c->max, &n));
	}
}

/* All numbers near the limits of all small ranges. */
static void
test_scan_ranges(void)
{
	char text[32], *p;
	long min, max, n, v;

	for (max = 0L; max < 130L; max++)
		for (min = 0L; min <= max; min += 1 + max / 3)
			for (v = 0L; v < 1400L; v += 1 + v / 40) {
				(void)sprintf(text, "%ld", v);
				p = text;
				want_num(text, (long)(v >= min && v <= max),
				    (long)scan_num(&p, min, max, &n));
			}
}

static void
test_text_bounds(void)
{
	char buf[40];
	struct text t;
	int max, i;

	for (max = 1; max < 30; max++) {
		(void)memset(buf, '#', sizeof buf);
		text_start(&t, buf, max);
		put_num(&t, 12345L);
		put_str(&t, "abcdefghij");
		put_safe(&t, "\1\2\3\377\\");
		put_digits(&t, 7L, 9);
		want_num("length", (long)(max - 1), (long)t.len);
		want_num("terminated", 0L, (long)buf[t.len]);
		for (i = max; i < (int)sizeof buf; i++)
			want_num("untouched", (long)'#', (long)buf[i]);
	}
}

struct digitcase {
	unsigned long n;
	int width;
	char *out;
};

static struct digitcase digitcases[] = {
	{ 0L, 1, "0" }, { 0L, 2, "00" }, { 7L, 2, "07" }, { 10L, 1, "10" },
	{ 123L, 2, "123" }, { 5L, 9, "000000005" }, { 999999999L, 9,
	"999999999" }, { 2026L, 4, "2026" }, { 0xffffffffL, 1, "4294967295" },
	{ 100L, 3, "100" }, { 99L, 3, "099" }
};

static void
test_put_digits(void)
{
	char buf[64];
	struct text t;
	int i;

	for (i = 0; i < COUNT(digitcases); i++) {
		text_start(&t, buf, (int)sizeof buf);
		put_digits(&t, digitcases[i].n, digitcases[i].width);
		want_str(digitcases[i].out, digitcases[i].out, buf);
		if (digitcases[i].width > 1)
			continue;
		text_start(&t, buf, (int)sizeof buf);
		put_num(&t, digitcases[i].n);
		want_str(digitcases[i].out, digitcases[i].out, buf);
	}
}

/* A sum kept digit by digit, as at school. */
static void
school_add(char *digits, unsigned long n)
{
	int i, carry;

	carry = 0;
	for (i = 0; i < 40; i++) {
		carry += digits[i] + (int)(n % 10);
		n /= 10;
		digits[i] = (char)(carry % 10);
		carry /= 10;
	}
}

static void
test_put_count(void)
{
	char digits[40], school[41], buf[64];
	struct count c;
	struct text t;
	unsigned long n;
	int i, k, top;

	(void)memset(digits, 0, sizeof digits);
	(void)memset(&c, 0, sizeof c);
	for (i = 0; i < 20000; i++) {
		n = i % 3 == 0 ? rnd() >> 1 : i % 3 == 1 ? rnd() % 20 :
		    999999999L + rnd() % 3;
		count_add(&c, n);
		school_add(digits, n);
		for (top = 39; top > 0 && digits[top] == 0; top--)
			continue;
		for (k = 0; k <= top; k++)
			school[k] = (char)('0' + digits[top - k]);
		school[k] = '\0';
		text_start(&t, buf, (int)sizeof buf);
		put_count(&t, &c);
		want_str("sum", school, buf);
	}
	want_num("beyond 2^32", 1L, (long)(c.hi > 4L));
}

struct safecase {
	char *in, *out;
};

static struct safecase safecases[] = {
	{ "", "" },
	{ "plain", "plain" },
	{ "a\nb", "a\\012b" },
	{ "\r\n", "\\015\\012" },
	{ "\033[2J", "\\033[2J" },
	{ "back\\slash", "back\\134slash" },
	{ "\177\200\377", "\\177\\200\\377" },
	{ "%s%n", "%s%n" },
	{ " ~", " ~" },
	{ "\t", "\\011" },
	{ "0123456789012345678901234567890123456789012345678901234567890123",
	"0123456789012345678901234567890123456789012345678901234567890123" },
	{ "01234567890123456789012345678901234567890123456789012345678901234",
	"0123456789012345678901234567890123456789012345678901234567890123..." }
};

static void
test_put_safe(void)
{
	char buf[400];
	struct text t;
	int i;

	for (i = 0; i < COUNT(safecases); i++) {
		text_start(&t, buf, (int)sizeof buf);
		put_safe(&t, safecases[i].in);
		want_str(safecases[i].in, safecases[i].out, buf);
	}
}

struct sincecase {
	long sec, usec, tosec, tousec;
	char *out;
};

static struct sincecase sincecases[] = {
	{ 5L, 0L, 5L, 0L, "0" },
	{ 5L, 1L, 5L, 8L, "7" },
	{ 5L, 999999L, 6L, 0L, "1" },
	{ 5L, 999999L, 6L, 999998L, "999999" },
	{ 5L, 0L, 6L, 0L, "1000000" },
	{ 5L, 0L, 6L, 5L, "1000005" },
	{ 0L, 900000L, 100000L, 800000L, "99999900000" }
};

static void
test_put_since(void)
{
	char buf[64];
	struct text t;
	struct stamp then;
	struct sincecase *c;
	int i;

	for (i = 0; i < COUNT(sincecases); i++) {
		c = &sincecases[i];
		then.sec = c->sec;
		then.usec = c->usec;
		now.sec = c->tosec;
		now.usec = c->tousec;
		text_start(&t, buf, (int)sizeof buf);
		put_since(&t, &then);
		want_str(c->out, c->out, buf);
	}
}

static struct test tests_text[] = {
	{ "numbers are read wrong, wrap or overflow", test_scan_num },
	{ "numbers out of range are taken", test_scan_ranges },
	{ "lines are written past their end", test_text_bounds },
	{ "numbers are printed wrong", test_put_digits },
	{ "byte counts are wrong beyond 2^32", test_put_count },
	{ "words from outside forge log lines", test_put_safe },
	{ "durations are wrong", test_put_since },
	{ 0, 0 }
};

/*
 * u_self.c: the room SELF: a deadline comes at its microsecond.
 */

/* elapsed(), moments a microsecond apart, and a clock that was set back. */
static void
test_elapsed(void)
{
	struct stamp then;
	long secs, d;

	then.sec = 100L;
	then.usec = 500000L;
	for (secs = 0L; secs < 4L; secs++)
		for (d = -3000000L; d <= 3000000L; d += 1 + (d % 100000L == 0 ?
		    0L : d % 1000000L > 999990L ? 0L : 99998L)) {
			now.sec = then.sec;
			now.usec = then.usec + d;
			while (now.usec < 0L) {
				now.usec += 1000000L;
				now.sec--;
			}
			while (now.usec >= 1000000L) {
				now.usec -= 1000000L;
				now.sec++;
			}
			want_num("elapsed", (long)(d >= secs * 1000000L),
			    (long)elapsed(&then, secs));
		}
	now.sec = 2147483647L;
	now.usec = 0L;
	then.sec = 1L;
	want_num("the longest time", 1L, (long)elapsed(&then, MAXSECS));
	now.sec = 0L;
	then.sec = 2147480000L;
	want_num("set back", 0L, (long)elapsed(&then, 0L));
}

static struct test tests_self[] = {
	{ "deadlines come too early or never", test_elapsed },
	{ 0, 0 }
};

/*
 * u_check.c: the room CHECK: probes are spread evenly over their time.
 */

#if HAVE_CHECK
/* Probes are spread evenly over their time. */
static void
test_watch_spread(void)
{
	struct stamp due;
	long secs, n, i, k;

	for (k = 0L; k < 2000L; k++) {
		n = 1L + below(256);
		secs = 1L + below(k % 2 == 0L ? 300 : 30000);
		i = k % 3 == 0L ? n - 1L : (long)below((int)n);
		now.sec = 1000L;
		now.usec = k % 2 == 0L ? 0L : 999999L;
		watch_spread(&due, secs, i, n);
		want_num("microseconds", 1L,
		    (long)(due.usec >= 0L && due.usec < 1000000L));
		due.sec -= now.sec;
		due.usec -= now.usec;
		if (due.usec < 0L) {
			due.sec--;
			due.usec += 1000000L;
		}
		want_num("its second", secs * i / n, due.sec);
		want_num("its part of that", secs * i % n * (1000000L / n),
		    due.usec);
	}
	now.sec = 0L;
	now.usec = 0L;
	watch_spread(&due, MAXSECS, 255L, 256L);
	want_num("no overflow", MAXSECS / 256L * 255L + 127L, due.sec);
}
#endif

static struct test tests_check[] = {
#if HAVE_CHECK
	{ "probes come in crowds", test_watch_spread },
#endif
	{ 0, 0 }
};

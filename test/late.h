/*
 * late.h: clocks of the year 2038, for a build with -DSEAMS_LATE.
 * LATE is the second that the clock on the wall shows when plug first asks.
 * A time_t of 32 bits goes below zero behind 2147483647; with LATE_REFUSED
 * time() fails there instead, and stores nothing, as glibc's does.  With
 * LATE_STEP somebody sets that clock by so many seconds, and back again, every
 * eight seconds.  LATE_UP is the second of the monotonic clock then.
 */
#ifndef LATE
#define LATE 2147483660UL
#endif

#ifndef LATE_STEP
#define LATE_STEP 0UL
#endif

static unsigned long late_start;

/* The seconds of the wall, as many as fit. */
static unsigned long
late_seconds(void)
{
	struct timeval t;
	unsigned long n;

	(void)gettimeofday(&t, (void *)0);
	if (late_start == 0)
		late_start = (unsigned long)t.tv_sec;
	n = (unsigned long)t.tv_sec - late_start;
	return LATE + n + (n / 8 % 2 ? LATE_STEP : 0);
}

static long
late_time(time_t *t)
{
#ifdef LATE_REFUSED
	return t == (time_t *)0 ? -1L : -1L;
#else
	*t = (time_t)late_seconds();
	return (long)*t;
#endif
}
#undef sys_time
#define sys_time(t) late_time(t)

#ifdef NO_CLOCK
static int
late_clock(struct timeval *t)
{
	(void)gettimeofday(t, (void *)0);
	t->tv_sec = (time_t)late_seconds();
	return 0;
}
#undef sys_clock
#define sys_clock(t) late_clock(t)
#endif

#ifdef LATE_UP
static int
late_monotonic(struct timespec *t)
{
	static long start = -1L;

	(void)clock_gettime(CLOCK_MONOTONIC, t);
	if (start < 0)
		start = (long)t->tv_sec;
	t->tv_sec += LATE_UP - start;
	return 0;
}
#undef sys_monotonic
#define sys_monotonic(t) late_monotonic(t)
#endif

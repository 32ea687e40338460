/*
 * both.c: what both ends of a line have alike; live.c, peer.c and inject.c
 * include it.
 */

/* Milliseconds, from any start. */
long
clock_ms(void)
{
	struct timeval tv;

	gettimeofday(&tv, (void *)0);
	return (long)(tv.tv_sec % 1000000) * 1000 + (long)tv.tv_usec / 1000;
}

/* The bytes of peer's source; x is the seed, then the state. */
int
pattern_next(unsigned long *x)
{
	*x = (*x * 1103515245 + 12345) & 0xffffffff;
	return (int)(*x >> 16 & 255);
}

/* A sum that depends on the order of the bytes. */
unsigned long
sum_add(unsigned long sum, char *p, long n)
{
	while (n-- > 0)
		sum = (sum * 31 + (*p++ & 0377)) & 0xffffffff;
	return sum;
}

/*
 * u_guest.c: the room GUEST: how often a client is served, whoever else comes
 * and goes in whatever order.
 */

#define GUESTKINDS 6

static struct addr guests_of[GUESTKINDS];	/* some of one chain */
static int guest_kind[MAXGUEST], guest_at[MAXGUEST];	/* -1: nobody */

/* Clients of two chains, where there are more. */
static void
guest_kinds(void)
{
	unsigned long ip;
	int i;

	ip = 0x0a000000L;
	for (i = 0; i < GUESTKINDS; ip++) {
		addr_set(&guests_of[i], ip);
		if (addr_hash(&guests_of[i]) % GUESTSETS ==
		    (unsigned long)(i % 2) % GUESTSETS)
			i++;
	}
	for (i = 0; i < MAXGUEST; i++)
		guest_kind[i] = -1;
}

#if GUESTSETS > 1
/* Each that is there stands in its chain once, and knows who is before it. */
static void
want_chains(void)
{
	int i, n, seen, was, there;

	seen = there = 0;
	for (i = 0; i < GUESTSETS; i++) {
		was = 0;
		n = GUESTS->head[i];
		while (n > 0 && seen <= MAXGUEST) {
			want_num("back", (long)was,
			    (long)GUESTS->row[n - 1].back);
			want_num("its chain", (long)i, (long)
			    (addr_hash(&GUESTS->row[n - 1].client) %
			    GUESTSETS));
			was = n;
			n = GUESTS->row[n - 1].next;
			seen++;
		}
	}
	for (i = 0; i < MAXGUEST; i++)
		there += guest_kind[i] >= 0;
	want_num("in chains", (long)there, (long)seen);
}
#else
#define want_chains() (void)0
#endif

/* All of them are counted, at each plug. */
static void
want_guests(void)
{
	int i, k, id;
	long n;

	for (k = 0; k < GUESTKINDS; k++)
		for (id = 0; id < 3; id++) {
			n = 0L;
			for (i = 0; i < MAXGUEST; i++)
				n += guest_kind[i] == k && guest_at[i] == id;
			want_num("served", n,
			    guest_count(GUESTS, id, &guests_of[k]));
		}
}

/* They come and go by chance; to leave twice is nothing. */
static void
test_guest_chain(void)
{
	int i, round;

	guest_kinds();
	for (round = 0; round < 20000; round++) {
		i = below(MAXGUEST);
		if (guest_kind[i] >= 0 || once_in(4)) {
			guest_drop(i);
			guest_kind[i] = -1;
		} else {
			guest_kind[i] = below(GUESTKINDS);
			guest_at[i] = below(3);
			guest_add(i, guest_at[i], &guests_of[guest_kind[i]]);
		}
		if (round % 8 == 0) {
			want_chains();
			want_guests();
		}
	}
}

static struct test tests_guest[] = {
	{ "a client that leaves takes others' counts along",
	    test_guest_chain },
	{ 0, 0 }
};

/*
 * u_addr.c: the room ADDR: what is an address, and what is none; the same one
 * in, out, through the system and in print.  The system's inet_pton() is the
 * oracle of IPv6.
 */

struct hostcase {
	char *text;
	int ok;
};

static struct hostcase hostcases[] = {
	{ "0.0.0.0", 1 }, { "127.0.0.1", 1 }, { "255.255.255.255", 1 },
	{ "10.20.30.40", 1 }, { "", 0 }, { ".", 0 }, { "1", 0 }, { "1.2", 0 },
	{ "127.1", 0 }, { "1.2.3", 0 }, { "1.2.3.", 0 }, { "1.2.3.4.", 0 },
	{ "1.2.3.4.5", 0 }, { ".1.2.3.4", 0 }, { "1..3.4", 0 },
	{ "1.2.3.256", 0 }, { "256.2.3.4", 0 }, { "1.2.3.999999999999", 0 },
	{ "01.2.3.4", 0 }, { "0177.0.0.1", 0 }, { "127.0.0.01", 0 },
	{ "127.0.00.1", 0 }, { "0x7f.0.0.1", 0 }, { "1.2.3.4x", 0 },
	{ "1.2.3.4 ", 0 }, { " 1.2.3.4", 0 }, { "1.2.3.4:80", 0 },
	{ "1.2.3.-4", 0 }, { "+1.2.3.4", 0 }, { "a.b.c.d", 0 },
	{ "localhost", 0 }, { "*", 0 }, { "\261.2.3.4", 0 }, { "1,2,3,4", 0 },
	{ "3232235777", 0 }, { "1.2.3.4\n", 0 },
	{ "::1", 1 }, { "::", 1 }, { "1::", 1 }, { "2001:db8::1", 1 },
	{ "1:2:3:4:5:6:7:8", 1 }, { "1:0:0:4::8", 1 }, { "::2:0:0:5", 1 },
	{ "fe80::1", 1 }, { "64:ff9b::102:304", 1 },
	{ ":", 0 }, { ":1", 0 }, { "1:", 0 }, { ":::", 0 }, { "1::2::3", 0 },
	{ "1:2:3:4:5:6:7", 0 }, { "1:2:3:4:5:6:7:8:9", 0 }, { "12345::", 0 },
	{ "1:2:3:4:5:6:7:8::", 0 }, { "::1:2:3:4:5:6:7:8", 0 }, { "g::", 0 },
	{ "::1.2.3", 0 }, { "::1.2.3.4.5", 0 }, { "1.2.3.4::", 0 },
	{ "::1.2.3.4:5", 0 }, { "1:2:3:4:5:6:7:1.2.3.4", 0 }, { "::1%lo", 0 },
	{ "fe80::1%1", 0 }, { "[::1", 0 }, { "::1]", 0 }, { "[::1]:80", 0 },
	{ "::ffff:1.2.3.256", 0 }, { "::0177.0.0.1", 0 }, { "::1 ", 0 }
};

static void
test_scan_host(void)
{
	struct addr a;
	struct text t;
	char buf[64];
	int i;

	for (i = 0; i < COUNT(hostcases); i++) {
		(void)memset(&a, 0, sizeof a);
		want_num(hostcases[i].text, (long)hostcases[i].ok,
		    (long)scan_host(hostcases[i].text, &a));
		if (!hostcases[i].ok)
			continue;
		text_start(&t, buf, (int)sizeof buf);
		put_ip(&t, &a);
		want_str("printed again", hostcases[i].text, buf);
	}
}

#if HAVE_IPV6
/* Text made of what addresses are made of. */
static void
addr_text(char *p)
{
	static char *part[] = {
		":", "::", ":", "0", "1", "ffff", "db8", "00a", "1.2.3.4",
		":0:", "12345", "g", ".", "255.1.1.1", ":0:0:", "e"
	};
	int n;

	*p = '\0';
	for (n = 1 + below(17); n > 0; n--)
		(void)strcat(p, part[below(COUNT(part))]);
}

/*
 * What the system's inet_pton takes for an IPv6 address, plug does, and it
 * reads and prints the same.
 */
static void
test_ip6(void)
{
	unsigned char ip[16];
	struct addr a;
	struct text t;
	char word[256], buf[64], sys[64];
	int i, j, ok;

	for (i = 0; i < 300000; i++) {
		if (i % 3 == 0)
			addr_text(word);
		else {
			for (j = 0; j < 16; j++)
				ip[j] = (unsigned char)(below(3) ? 0 :
				    below(256));
			(void)inet_ntop(AF_INET6, ip, word, sizeof word);
		}
		if (strchr(word, ':') == 0)
			continue;
		ok = inet_pton(AF_INET6, word, ip);
		want_num(word, (long)ok, (long)scan_host(word, &a));
		if (!ok || a.family == IP4)
			continue;
		want_num(word, 0L, (long)memcmp(a.ip, ip, 16));
		text_start(&t, buf, (int)sizeof buf);
		put_ip(&t, &a);
		(void)inet_ntop(AF_INET6, ip, sys, sizeof sys);
		if (strchr(sys, '.') == 0)
			want_str("printed", sys, buf);
		want_num("read again", 1L, (long)scan_host(buf, &a));
		want_num(buf, 0L, (long)memcmp(a.ip, ip, 16));
	}
}
#else
#define test_ip6 test_mapped
#endif

/* ::ffff:1.2.3.4 is 1.2.3.4 wherever it comes from. */
static void
test_mapped(void)
{
	struct addr a, b;
	union sockany u;

	want_num("read", 1L, (long)scan_host("::ffff:1.2.3.4", &a));
	addr_set(&b, 0x01020304L);
	want_num("the same", 1L, (long)addr_same(&a, &b));
	want_num("not this", 1L, (long)scan_host("::fffe:1.2.3.4", &a));
	want_num("still IPv6", 6L, (long)a.family);
	if (!HAVE_IPV6)
		return;
	a.ip[11] = 255;
	a.port = 80;
	(void)addr_out(&a, "", &u);
	addr_in(&u, &a);
	want_num("from the system", 1L, (long)addr_same(&a, &b));
	want_num("its port", 80L, (long)a.port);
}

static struct hostcase portcases[] = {
	{ "1", 1 }, { "80", 1 }, { "65535", 1 }, { "0", 0 }, { "65536", 0 },
	{ "70000", 0 }, { "080", 0 }, { "", 0 }, { "-1", 0 }, { "http", 0 },
	{ "4294967376", 0 }
};

static void
test_scan_port(void)
{
	struct addr a;
	char *p;
	int i;

	for (i = 0; i < COUNT(portcases); i++) {
		p = portcases[i].text;
		a.port = 0;
		want_num(p, (long)portcases[i].ok, (long)scan_port(&p, &a));
		if (portcases[i].ok)
			want_num(portcases[i].text,
			    atol(portcases[i].text), (long)a.port);
	}
}

static void
test_addr_same(void)
{
	struct addr a, b;
	unsigned long x, y;
	int i;

	for (i = 0; i < 20000; i++) {
		x = rnd();
		y = i % 4 == 0 ? rnd() : i % 4 == 1 ? x :
		    x ^ 1L << below(32);
		addr_set(&a, x);
		addr_set(&b, y);
		want_num("same", (long)(x == y), (long)addr_same(&a, &b));
	}
	b.family = 6;
	want_num("another family", 0L, (long)addr_same(&a, &b));
}

/* Neighbours spread over the buckets; the same address is in the same one. */
static void
test_addr_hash(void)
{
	static int n[256];
	struct addr a;
	unsigned long i;
	int k, most;

	(void)memset(n, 0, sizeof n);
	for (i = 0; i < 25600; i++) {
		addr_set(&a, 0x0a000000L + i);
		n[addr_hash(&a) % 256]++;
		want_num("32 bits", 1L, (long)(addr_hash(&a) <= 0xffffffffL));
		a.port = 17;
		want_num("port counts not", 0L,
		    (long)(addr_hash(&a) % 256 != addr_hash(&a) % 256));
	}
	for (k = most = 0; k < 256; k++)
		most = n[k] > most ? n[k] : most;
	want_num("an even spread", 1L, (long)(most < 200));
}

static void
test_addr_system(void)
{
	union sockany u;
	struct addr a, b;
	int i;

	for (i = 0; i < 1000; i++) {
		addr_set(&a, rnd());
		a.port = (unsigned)(1 + below(65535));
		if (HAVE_IPV6 && i % 2 == 1) {
			a.family = 6;
			a.ip[15] = (unsigned char)below(256);
		}
		(void)addr_out(&a, "", &u);
		addr_in(&u, &b);
		want_num("there and back", 1L,
		    (long)(addr_same(&a, &b) && a.port == b.port));
	}
	addr_set(&a, 1L);
	a.port = 258;
	(void)addr_out(&a, "", &u);
	want_num("network order", 1L, (long)(u.in.sin_port ==
	    htons((unsigned short)a.port)));
}

static struct test tests_addr[] = {
	{ "odd addresses are taken", test_scan_host },
	{ "IPv6 is not read or printed as elsewhere", test_ip6 },
	{ "an IPv4-mapped address is another", test_mapped },
	{ "odd ports are taken", test_scan_port },
	{ "other addresses pass for the same", test_addr_same },
	{ "clients crowd in one bucket", test_addr_hash },
	{ "addresses change on their way through the system",
	    test_addr_system },
	{ 0, 0 }
};

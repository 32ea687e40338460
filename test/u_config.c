/*
 * u_config.c: the room CONFIG: whole command lines, good and bad ones, up to
 * full tables and one row more.
 */

/* It needs a socket of IPv6; a rule does not, nor what a proxy reaches. */
static int
of_ip6(char *s)
{
	return strstr(s, "::") != 0 && strncmp(s, "-a ::", 5) != 0 &&
	    strstr(s, "@1.1.1.1 80 [") == 0;
}

/* True when this build must refuse it: it has no -w, IPv6 or long names. */
static int
lacking(char *s)
{
	if ((!HAVE_WORKERS && strstr(s, "-w") != 0) ||
	    (!HAVE_IPV6 && of_ip6(s)))
		return 1;
	return !HAVE_LONG && (strstr(s, "--ret") != 0 ||
	    strstr(s, "--fore") != 0);
}

/* What workers can't keep without shared memory. */
static char *shared[] = {
	"-w2 -m1 80 1.2.3.4", "-w2 -M1 80 1.2.3.4", "-w2 -f 80 1.2.3.4",
	"80 1.2.3.4,max=3 -w2"
};

static char *goods[] = {
	"80 1.2.3.4", ":80 1.2.3.4", "*:80 1.2.3.4", "1.1.1.1:80 1.2.3.4",
	"80@1.1.1.1 1.2.3.4", "80/1.1.1.1 1.2.3.4",
	"1.1.1.1:80@2.2.2.2 1.2.3.4:90", "*:80@2.2.2.2 1.2.3.4",
	"80 1.2.3.4:65535 2.3.4.5:1 3.4.5.6", "-nld 80 1.2.3.4",
	"80 -n 1.2.3.4 -l", "-- 80 1.2.3.4", "-n -- 80 1.2.3.4",
	"80 1.2.3.4 --", "-r5 80 1.2.3.4", "-r 5 80 1.2.3.4",
	"-nr5 80 1.2.3.4",
	"-nr 5 80 1.2.3.4", "--retry 5 80 1.2.3.4", "--retry=5 80 1.2.3.4",
	"--foreground 80 1.2.3.4", "--fore 80 1.2.3.4",
	"--ret=5 80 1.2.3.4", "-a1.2.3.4 -x* 80 1.2.3.4",
	"-b first -o 80 1.2.3.4", "-o 80 1.2.3.4", "-bcycle 80 1.2.3.4",
	"-b first 80 1.2.3.4", "-i 127.0.0.1 80 1.2.3.4",
	"-i 127.0.0.1 127.0.0.1:80 1.2.3.4", "-i127.0.0.1 *:80 1.2.3.4",
	"-p 127.0.0.1 80 1.2.3.4", "-h 1.1.1.1 80 1.2.3.4",
	"-h 1.1.1.1:3128 80 name.example", "-h u:p@1.1.1.1 80 [::1]:22",
	"-h u:p:q@r@1.1.1.1:8080 80 a-b.c:22", "-h :@1.1.1.1 80 1.2.3.4",
	"-h 1.1.1.1 80 10-0-0-1:22",
	"-S - 80 1.2.3.4", "-S file -P file 80 1.2.3.4", "-F 80 1.2.3.4",
	"-w 3 80 1.2.3.4", "-E 80 1.2.3.4", "-kf -t 0 80 1.2.3.4",
	"-C1 -T0 -g0 -w1 80 1.2.3.4", "-m 8 80 1.2.3.4",
	"80 1.2.3.4 -r", "-w 8 80 1.2.3.4", "-dd 80 1.2.3.4",
	"80 [::1]", "80 [::1]:80", "[::]:80 1.2.3.4", "[::1]:80 [::1]:81",
	"-i ::1 80 1.2.3.4", "-i [::1] 80 1.2.3.4", "-i ::1 [::1]:80 1.2.3.4",
	"-p ::1 80 [::1]:22", "80@[::1] [::1]:22", "80@::1 [::1]:22",
	"-h [::1]:3128 80 name", "-h u:p@[::1] 80 1.2.3.4", "80 /a /b/c",
	"[2001:db8::1]:80@::1 [::2]", "-a ::1/128 -x 2001:db8::/32 80 1.2.3.4",
	"- 80 1.2.3.4", "80 127.0.0.1:81", "1.1.1.1:80 127.0.0.1:80"
};

static char *bads[] = {
	"", "80", "-n", "`", "` 1.2.3.4", "80 `", "0 1.2.3.4", "65536 1.2.3.4",
	"080 1.2.3.4", "x 1.2.3.4", ": 1.2.3.4", "*: 1.2.3.4", "* 1.2.3.4",
	"*80 1.2.3.4", "*1.1.1.1:80 1.2.3.4", "**:80 1.2.3.4",
	"1.1.1.1 1.2.3.4", "1.1.1.1: 1.2.3.4", "1.1.1:80 1.2.3.4",
	"01.1.1.1:80 1.2.3.4", "1.1.1.1:80: 1.2.3.4", "80: 1.2.3.4",
	"::80 1.2.3.4", "80@ 1.2.3.4", "80@x 1.2.3.4", "80@1.1.1 1.2.3.4",
	"80@1.1.1.1@1.1.1.1 1.2.3.4", "80/ 1.2.3.4", "80/24 1.2.3.4",
	"@1.1.1.1 1.2.3.4", "80x 1.2.3.4", "80,90 1.2.3.4", "-80 1.2.3.4",
	"80 x", "80 1.2.3", "80 1.2.3.4:", "80 1.2.3.4:0", "80 1.2.3.4:65536",
	"80 1.2.3.4:080", "80 1.2.3.4:80x", "80 1.2.3.4x", "80 :80",
	"80 1.2.3.4:80:80", "80 0177.0.0.1", "80 1.2.3.4,5", "80 [::1",
	"80 ::1:80", "80 ::1", "80 [::1]:", "80 [::1]:0", "80 [1.2.3.4]:80",
	"80 [::1%lo]:22", "[::1]80 1.2.3.4", "[::1] 1.2.3.4", "[::]: 1.2.3.4",
	"::1:80 1.2.3.4", "[::]:80 [::1]", "[::]:80 127.0.0.1",
	"[::1]:80 [::]", "[::]:80 0.0.0.0", "[::1]:80 [::1]:80",
	"80@::1 1.2.3.4",
	"-p ::1 80 1.2.3.4", "-p 1.1.1.1 80 [::1]:22", "-p [::1 80 [::1]:22",
	"-i ::1 1.1.1.1:80 1.2.3.4", "-i ::1 /a 1.2.3.4:5",
	"/a 1.2.3.4", "/a", "/a@ 1.2.3.4:5", "/a@1.1.1.1 1.2.3.4:5",
	"/a,mode= 1.2.3.4:5", "/a,mode=8 1.2.3.4:5", "/a,mode=1000 1.2.3.4:5",
	"/a,mode=00600 1.2.3.4:5", "/a,mod=600 1.2.3.4:5", "/a, 1.2.3.4:5",
	"-a 1.2.3.4 /a 1.2.3.4:5", "-x * /a 1.2.3.4:5",
	"-p 1.1.1.1 /a 1.2.3.4:5",
	"/a /a", "/a 1.2.3.4:5 /a", "80 /a,b", "80 /a@b", "80 /a\001",
	"a/b /c",
	"-h 1.1.1.1 80 /a", "-p 1.1.1.1 80 /a", "80 name",
	"80 localhost:22", "80 1.2.3.4 bad", "-h 1.1.1.1 -- 80 -k",
	"-h 1.1.1.1 -- 80 -k.example:22",
	"-Z 80 1.2.3.4", "-nZ 80 1.2.3.4", "--nonsense 80 1.2.3.4",
	"--foreground=1 80 1.2.3.4", "--f 80 1.2.3.4", "---n 80 1.2.3.4",
	"--=5 80 1.2.3.4", "--retry= 80 1.2.3.4", "--retryx=5 80 1.2.3.4",
	"80 1.2.3.4 --retry", "-a ` 80 1.2.3.4", "-a x 80 1.2.3.4",
	"-a 1.2.3.4/33 80 1.2.3.4", "--accept=1.2.3.4/ 80 1.2.3.4",
	"-x 1.2 80 1.2.3.4", "-b ` 80 1.2.3.4", "-b least1 80 1.2.3.4",
	"-b Cycle 80 1.2.3.4", "-o -b cycle 80 1.2.3.4",
	"-b cycle -o 80 1.2.3.4", "-i ` 80 1.2.3.4", "-i x 80 1.2.3.4",
	"-i 1.2.3.4:80 80 1.2.3.4", "-i 1.1.1.1 2.2.2.2:80 1.2.3.4",
	"-p x 80 1.2.3.4", "-p ` 80 1.2.3.4", "-h ` 80 1.2.3.4",
	"-h x 80 1.2.3.4", "-h 1.1.1.1: 80 1.2.3.4", "-h 1.1.1.1:0 80 1.2.3.4",
	"-h 1.1.1.1:80x 80 1.2.3.4", "-h u@1.1.1.1 80 1.2.3.4",
	"-h @1.1.1.1 80 1.2.3.4", "-h u:p@ 80 1.2.3.4",
	"-h u:\001@1.1.1.1 80 1.2.3.4", "-h u\177:@1.1.1.1 80 1.2.3.4",
	"-h 1.1.1.1 80 na_me", "-h 1.1.1.1 80 na/me", "-h 1.1.1.1 80 \351:80",
	"-h 1.1.1.1 80 name:", "-h 1.1.1.1 80 name:0", "-h 1.1.1.1 80 :80",
	"-h 1.1.1.1 80 [::1", "-h 1.1.1.1 80 []", "-h 1.1.1.1 80 [::g]",
	"-h 1.1.1.1 80 [::1]x", "-h 1.1.1.1 80 a\r\nb", "-S ` 80 1.2.3.4",
	"-P ` 80 1.2.3.4", "-F -w 2 80 1.2.3.4", "-w2 -F 80 1.2.3.4",
	"-m 9901 80 1.2.3.4", "-w 256 80 1.2.3.4", "80 1.2.3.4 -w",
	"80 127.0.0.1", "80 127.0.0.1:80", "80 127.9.9.9",
	"1.2.3.4:80 1.2.3.4", "-i 1.2.3.4 80 9.9.9.9 1.2.3.4:80",
	"80 0.0.0.0", "-V1 80", "--version=3"
};

static void
test_option_words(void)
{
	int i;

	for (i = 0; i < COUNT(goods); i++) {
		if (strcmp(goods[i], "80 1.2.3.4 -r") == 0)
			continue;
		if (lacking(goods[i])) {
			want_bad(goods[i], parse(goods[i]));
			continue;
		}
		want_num(goods[i], 0L, (long)parse(goods[i]));
		want_str(goods[i], "", errs);
		want_num(goods[i], 1L, (long)(lone.source.port == 80));
	}
	for (i = 0; i < COUNT(bads); i++) {
		if (strncmp(bads[i], "-V", 2) == 0)
			continue;
		want_bad(bads[i], parse(bads[i]));
	}
	for (i = 0; i < COUNT(shared); i++)
		if (HAVE_SHARE && HAVE_WORKERS)
			want_num(shared[i], 0L, (long)parse(shared[i]));
		else
			want_bad(shared[i], parse(shared[i]));
}

/* A listener on every address of the machine hears its own loopback. */
static char *loops[] = {
	"80 127.0.0.1", "*:80 127.0.0.1", "80 0.0.0.0", "0.0.0.0:80 127.0.0.1",
	"-i 0.0.0.0 80 127.0.0.1:80", "127.0.0.1:80 127.0.0.1:80",
	"127.0.0.1:80 0.0.0.0"
};

static void
test_option_loops(void)
{
	int i;

	for (i = 0; i < COUNT(loops); i++)
		want_bad(loops[i], parse(loops[i]));
}

static void
test_option_tables(void)
{
	static char text[1000];
	int i;

	(void)strcpy(text, "80");
	for (i = 0; i < MAXTARGET; i++)
		(void)strcat(text, " 1.2.3.4");
	want_num("as many targets as there are rows", 0L, (long)parse(text));
	want_num("targets", (long)MAXTARGET, (long)lone.ntarget);
	(void)strcat(text, " 1.2.3.4");
	want_bad("one target more", parse(text));
	(void)strcpy(text, "80 1.2.3.4");
	for (i = 0; i < MAXRULE; i++)
		(void)strcat(text, " -a1.2.3.4");
	want_num("as many rules as there are rows", 0L, (long)parse(text));
	want_num("rules", (long)MAXRULE, (long)lone.nrule);
	(void)strcat(text, " -x1.2.3.4");
	want_bad("one rule more", parse(text));
	(void)memset(text, 0, sizeof text);
	(void)strcpy(text, "-h 1.1.1.1 80 ");
	(void)memset(text + 14, 'n', MAXNAME);
	want_num("the longest name", 0L, (long)parse(text));
	text[14 + MAXNAME] = 'n';
	want_bad("a name too long", parse(text));
}

static struct test tests_config[] = {
	{ "a command line is misread", test_option_words },
	{ "plug connects to itself", test_option_loops },
	{ "tables overflow", test_option_tables },
	{ 0, 0 }
};

/*
 * t_status.c: the status page and its metrics, -s.
 */
#include "live.h"

#define MAXHEARD 1000000L

/* Clients that are served at once on no system (MAXSTATUS is 16 at most). */
#define CROWD 24

#define OK "HTTP/1.0 200 OK\r\n"

static char *door;		/* where the page is */
static char *source;		/* where plug's clients come to */
static char *where[3];		/* its targets */
static int lfd[3];		/* their listeners, the test's own */
static char reply[MAXHEARD + 1];
static struct result r;

/* Three targets; false for a build that has no -s. */
static int
begin(void)
{
	int i;

	if (lacks("-s"))
		return 0;
	door = new_addr();
	source = new_addr();
	for (i = 0; i < 3; i++) {
		where[i] = new_addr();
		lfd[i] = listen_on(where[i]);
	}
	return 1;
}

/* A plug with these options and the first n targets. */
static int
plug_on(char *options, int n)
{
	char *words;
	int i;

	words = f3("%s -s %s %s", options, door, source);
	for (i = 0; i < n; i++)
		words = f2("%s %s", words, where[i]);
	return start_plug(words);
}

/* A file in the test's directory, from the root. */
static char *
path_of(char *name)
{
	char dir[200];

	if (getcwd(dir, sizeof dir) == 0)
		fail("getcwd", strerror(errno));
	return f2("%s/%s", dir, name);
}

/* A connection to the page, at an address or a path. */
static int
knock(void)
{
	struct sockaddr_un un;
	long end;
	int fd;

	if (*door != '/')
		return connect_to(door);
	memset(&un, 0, sizeof un);
	un.sun_family = AF_UNIX;
	strncpy(un.sun_path, door, sizeof un.sun_path - 1);
	end = clock_ms() + patience(15000L);
	for (;;) {
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (connect(fd, (struct sockaddr *)&un, sizeof un) == 0)
			break;
		close(fd);
		if (clock_ms() > end)
			fail(f1("to connect to %s", door), strerror(errno));
		pause_ms(5L);
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

/* All that comes, into reply: 0 when it ended well, else the errno. */
static int
hear(int fd)
{
	long n, len;

	len = 0;
	for (;;) {
		reply[len] = 0;
		if (wait_fd(fd, POLLIN, patience(15000L)) == 0)
			fail("bytes or an end of the page", "silence");
		n = (long)read(fd, reply + len, (size_t)(MAXHEARD - len));
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return n < 0 ? errno : 0;
		len += n;
	}
}

/* The answer to these bytes. */
static void
ask_bytes(char *p, long n)
{
	int fd;

	fd = knock();
	send_all(fd, p, n);
	want_num("errno at the end of the answer", 0L, (long)hear(fd));
	close(fd);
}

static void
ask(char *request)
{
	ask_bytes(request, (long)strlen(request));
}

static void
ask_metrics(void)
{
	ask("GET /metrics HTTP/1.0\r\n\r\n");
}

static void
ask_page(void)
{
	ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
}

/* The value behind this name in the reply; -1 when there is none. */
static long
value_of(char *name)
{
	char *s;

	s = strstr(reply, f1("\nplug_%s ", name));
	return s == 0 ? -1L : atol(strchr(s + 1, ' '));
}

static long
metric(char *name)
{
	ask_metrics();
	return value_of(name);
}

/* The metric of a target. */
static char *
at(char *name, int i)
{
	return f3("target_%s{plug=\"1\",source=\"%s\",target=\"%s\"}", name,
	    source, where[i]);
}

/* It becomes this number, in time. */
static void
comes(char *metric_name, long n)
{
	char name[300];
	long end;

	(void)strcpy(name, metric_name);
	end = clock_ms() + patience(15000L);
	while (metric(name) != n && clock_ms() < end)
		pause_ms(10L);
	want_num(name, n, value_of(name));
}

/* No session is listed any more, in time: a child's goes with the child. */
static void
none_listed(void)
{
	long end;

	end = clock_ms() + patience(15000L);
	do {
		ask("GET /sessions\n");
	} while (*reply != '\0' && clock_ms() < end);
	want_text("none", "", reply);
}

/* The first piece of the page that has this in it. */
static void
page_has(char *part)
{
	ask_page();
	want_in("the page", part, reply);
}

/* It will have it. */
static void
page_shows(char *part)
{
	long end;

	end = clock_ms() + patience(15000L);
	do
		ask_page();
	while (strstr(reply, part) == 0 && clock_ms() < end);
	want_in("the page", part, reply);
}

/* So many bytes there, and so many back. */
static void
talk(struct pair *p, long there, long back)
{
	static char buf[100000];

	send_all(p->client, buf, there);
	recv_exact(p->target, buf, there);
	send_all(p->target, buf, back);
	recv_exact(p->client, buf, back);
}

/* What is counted, while a session is there and when it is over. */
static void
test_numbers(void)
{
	struct pair p;
	long n;

	if (!begin())
		return;
	noisy = 1;
	plug_on("-o -r 1000", 2);
	want_num("sessions at the start", 0L, metric("sessions"));
	want_num("it lives", 1L, value_of(at("up", 1)));
	n = value_of(at("state_seconds", 1));
	want(n >= 0 && n < patience(60L), "since plug was started");
	n = metric("uptime_seconds");
	want(n >= 0 && n < patience(60L), "plug is up since now");
	pair_open(&p, source, lfd[0]);
	talk(&p, 1000L, 23456L);
	step("while it goes on");
	comes("client_bytes_total", 1000L);
	comes("server_bytes_total", 23456L);
	want_num("its target's", 1000L, value_of(at("client_bytes_total", 0)));
	want_num("and back", 23456L, value_of(at("server_bytes_total", 0)));
	want_num("the other's", 0L, value_of(at("server_bytes_total", 1)));
	want_num("sessions", 1L, value_of("sessions"));
	want_num("there", 1L, value_of(at("sessions", 0)));
	want_num("not there", 0L, value_of(at("sessions", 1)));
	want_num("ended", 0L, value_of("sessions_ended_total"));
	page_has(">1 session, 0 ended<");
	page_has("1.00 kB in<br>\n23.4 kB out");
	page_has("<p>0 of 2 targets dead</p>");
	want_num("untried ones", 1L,
	    (long)count_in(">untried</font> for ", reply));
	step("when it is over");
	pair_close(&p);
	comes("sessions", 0L);
	comes(at("sessions", 0), 0L);
	want_num("ended", 1L, value_of("sessions_ended_total"));
	want_num("badly", 0L, value_of("sessions_failed_total"));
	want_num("ended there", 1L, value_of(at("sessions_ended_total", 0)));
	want_num("its bytes", 1000L, value_of(at("client_bytes_total", 0)));
	want_num("all", 23456L, value_of("server_bytes_total"));
	step("a target that fails, and a reset");
	close(lfd[0]);
	pair_open(&p, source, lfd[1]);
	talk(&p, 7L, 9L);
	reset_close(p.client);
	expect_end(p.target);
	comes("sessions_failed_total", 1L);
	want_num("ended", 2L, value_of("sessions_ended_total"));
	want_num("dead", 0L, value_of(at("up", 0)));
	want_num("failures", 1L, value_of(at("failures_total", 0)));
	want_num("none", 0L, value_of(at("failures_total", 1)));
	want_num("bytes", 7L, value_of(at("client_bytes_total", 1)));
	want_num("all", 1007L, value_of("client_bytes_total"));
	page_has("<p>1 of 2 targets dead</p>");
	page_has(">dead</font> for ");
	close(p.target);
}

/* Every line of the metrics with this text in it. */
static void
metrics_have(char *part)
{
	ask_metrics();
	want_in("the metrics", part, reply);
}

/* What plug says of ECONNREFUSED. */
static char *
refused(void)
{
	return has(" TINY") ? "" : strerror(ECONNREFUSED);
}

/* A target that nobody has tried is no living one; nor is it a dead one. */
static void
test_untried(void)
{
	struct pair p;

	if (!begin())
		return;
	plug_on("-o", 2);
	page_has("<p>0 of 2 targets dead</p>");
	want_num("untried", 2L, (long)count_in(">untried</font> for ", reply));
	want_num("alive", 0L, (long)count_in(">alive</font> for ", reply));
	want_num("it counts as alive", 1L, metric(at("up", 0)));
	pair_open(&p, source, lfd[0]);
	page_shows(">alive</font> for ");
	want_num("untried", 1L, (long)count_in(">untried</font> for ", reply));
	pair_close(&p);
	step("a probe has tried it");
	if (lacks("-H"))
		return;
	source = new_addr();
	door = new_addr();
	plug_on("-H 1", 1);
	page_shows(">alive</font> for ");
}

/* Why a target failed last, for people, programs and the log. */
static void
test_reason(void)
{
	int client, plug;

	if (!begin())
		return;
	noisy = 1;
	close(lfd[0]);
	plug = plug_on("-o -r 1000", 2);
	client = connect_to(source);
	close(accept_from(lfd[1]));
	expect_eof(client);
	close(client);
	page_shows(f1(" s ago<br>\n%s", refused()));
	page_has("<span>1 failure, ");
	want_num("failures", 1L, (long)count_in(" ago<br>\n", reply));
	metrics_have(f1(",failure=\"%s", refused()));
	want_num("without one", 1L, (long)count_in(",failure=\"\"} 1\n", reply));
	want(value_of(at("failure_seconds", 0)) >= 0L, "seconds since then");
	want_num("of the other", -1L, value_of(at("failure_seconds", 1)));
	kill((pid_t)plug, SIGUSR1);
	wait_text(plug_err(), f1(", last failure: %s", refused()));
	page_has(" on ");
	want(strstr(reply, "no target lives") == 0, "a target that lives");
	step("none lives");
	close(lfd[1]);
	expect_turned_away((char *)0, source);
	page_shows("<font color=\"#c01818\">no target lives</font></h2>\n");
	metrics_have("plug_source_targets_up{plug=\"1\",source=\"");
	want_num("targets up", 0L, value_of(f1(
	    "source_targets_up{plug=\"1\",source=\"%s\"}", source)));
}

/* What a target is for, and limits, are there; none that was not given is. */
static void
test_labels(void)
{
	char *words;

	if (!begin())
		return;
	words = f3("%s,max=3,backup %s,drain,weight=7 %s", where[0], where[1],
	    where[2]);
	start_plug(f3("-m 9 -s %s %s %s", door, source, words));
	page_has("<p>0 of 9 sessions, ");
	page_has(", backup</span><br>\n<span>0 of 3 sessions, ");
	page_has(">draining</font> for ");
	page_has(", weight 7</span>");
	metrics_have(f1("target=\"%s\",weight=\"1\",backup=\"1\",drain=\"0\",",
	    where[0]));
	metrics_have(f1("target=\"%s\",weight=\"7\",backup=\"0\",drain=\"1\",",
	    where[1]));
	want_num("its limit", 3L, value_of(at("sessions_limit", 0)));
	want_num("no limit", -1L, value_of(at("sessions_limit", 1)));
	want_num("the plug's", 9L, value_of(f1(
	    "source_sessions_limit{plug=\"1\",source=\"%s\"}", source)));
	want_num("targets", 3L, value_of("targets"));
	want_num("room for them", table("targets", 512L, 16L),
	    value_of("targets_limit"));
	step("of no plug");
	source = new_addr();
	door = new_addr();
	plug_on("", 1);
	metrics_have("\n# TYPE plug_source_sessions_limit gauge\n");
	want_num("no limit", 0L, (long)count_in("\nplug_source_sessions_limit",
	    reply));
	page_has("<p>0 sessions, ");
}

/*
 * Clients that wait are counted, in the kernel's queue or for a max.  A build
 * as for OpenBSD, which has kqueue, is not told of queues.
 */
static void
test_waiting(void)
{
#ifdef __linux__
	struct pair p;
	int fd[3], i;

	if (!begin())
		return;
	if (has("kqueue"))
		leave_out();
	noisy = 1;
	start_plug(f3("-s %s %s %s,max=1", door, source, where[0]));
	want_num("nobody", 0L, metric("waiting_clients"));
	pair_open(&p, source, lfd[0]);
	comes("sessions", 1L);
	for (i = 0; i < 3; i++)
		fd[i] = connect_to(source);
	comes("waiting_clients", 3L);
	page_shows(", <font color=\"#9a5b00\">3 clients waiting</font>, ");
	for (i = 0; i < 3; i++) {
		step(f1("%s served", num((long)i + 1)));
		pair_close(&p);
		p.client = fd[i];
		p.target = accept_from(lfd[0]);
		comes("waiting_clients", 2L - i);
	}
	pair_close(&p);
	step("in the queue of -m");
	source = new_addr();
	door = new_addr();
	plug_on("-m 1", 1);
	pair_open(&p, source, lfd[0]);
	comes("sessions", 1L);
	fd[0] = connect_to(source);
	fd[1] = connect_to(source);
	comes(f1("source_waiting_clients{plug=\"1\",source=\"%s\"}", source),
	    2L);
	page_has("<p>1 of 1 session, <font color=\"#9a5b00\">2 clients waiting</font>, ");
	close(fd[1]);
	close(fd[0]);
	pair_close(&p);
#else
	skip("no system that is known to tell");
#endif
}

/* The sessions of the process that answers, on a unix socket alone. */
static void
test_sessions(void)
{
	struct pair p[40];
	struct sockaddr_in sin;
	socklen_t n;
	char *line;
	int i;

	if (!begin())
		return;
	if (!has(", roll"))
		leave_out();
	plug_on("", 1);
	ask("GET /sessions\n");
	want_text("by TCP", "not found\n", reply);
	door = keep(path_of("door"));
	source = new_addr();
	plug_on("", 1);
	ask("GET /sessions\n");
	want_text("none", "", reply);
	for (i = 0; i < 40; i++) {
		pair_open(&p[i], source, lfd[0]);
		talk(&p[i], 10L, 2000L);
	}
	ask("GET /sessions HTTP/1.0\r\n\r\n");
	want_in("the head", OK, reply);
	ask("HEAD /sessions HTTP/1.0\r\n\r\n");
	want_text("no body", "\r\n\r\n", strstr(reply, "\r\n\r\n"));
	ask("GET /sessions\n");
	want_num("lines", mode == M_WORKERS ? 0L : 40L,
	    (long)count_lines(reply));
	line = f1(" in=10 out=2000 state=%s age=", mode == M_FORK ? "child" :
	    "relay");
	if (mode == M_SINGLE || has(" on shared memory"))
		want_num(line, mode == M_WORKERS ? 0L : 40L,
		    (long)count_in(line, reply));
	for (i = 0; i < 40 && mode != M_WORKERS; i++) {
		n = sizeof sin;
		getsockname(p[i].client, (struct sockaddr *)&sin, &n);
		line = f2(" client=127.0.0.1:%s target=%s in=", num((long)
		    ntohs(sin.sin_port)), where[0]);
		want_num(line, 1L, (long)count_in(line, reply));
	}
	for (i = 0; i < 40; i++)
		pair_close(&p[i]);
	comes("sessions", 0L);
	none_listed();
}

/* Processes are killed, and what they counted stays. */
static void
test_killed(void)
{
	struct pair p[4];
	int list[16];
	int plug, i, n;

	if (mode == M_SINGLE || !begin())
		return;
	plug = plug_on("", 1);
	for (i = 0; i < 4; i++) {
		pair_open(&p[i], source, lfd[0]);
		talk(&p[i], 1000L, 100L);
	}
	comes("client_bytes_total", 4000L);
	comes("sessions", 4L);
	want_num("of the target", 4L, value_of(at("sessions", 0)));
	n = children_of(plug, list, 16);
	for (i = 0; i < n; i++)
		kill((pid_t)list[i], SIGKILL);
	for (i = 0; i < 4; i++)
		expect_end(p[i].client);
	comes("sessions", 0L);
	want_num("of the target", 0L, value_of(at("sessions", 0)));
	want_num("ended", 4L, value_of("sessions_ended_total"));
	want_num("badly", 4L, value_of("sessions_failed_total"));
	want_num("there", 4L, value_of(at("sessions_ended_total", 0)));
	want_num("bytes", 4000L, value_of("client_bytes_total"));
	want_num("back", 400L, value_of(at("server_bytes_total", 0)));
	comes("processes", mode == M_FORK ? 1L : 3L);
	page_has(">0 sessions, 4 ended<");
	for (i = 0; i < 4; i++) {
		close(p[i].client);
		close(p[i].target);
	}
	step("new ones are counted");
	pair_open(&p[0], source, lfd[0]);
	talk(&p[0], 10L, 10L);
	comes("client_bytes_total", 4010L);
	comes("sessions", 1L);
	pair_close(&p[0]);
}

/* How a request is answered: the first line, or all of a bare answer. */
struct request {
	char *text;
	char *answer;
};

#define NONE "HTTP/1.0 404 Not Found\r\n"
#define BAD "HTTP/1.0 400 Bad Request\r\n"

static struct request requests[] = {
	{ "GET / HTTP/1.0\r\n\r\n", OK },
	{ "GET / HTTP/1.1\r\nHost: x\r\nA:b\r\nC:\r\nD: \te, \t\r\n\r\n", OK },
	{ "GET / HTTP/1.1\nHost: x\n\n", OK },
	{ "GET /metrics HTTP/1.1\r\nHost: x\n\r\n", OK },
	{ "HEAD / HTTP/1.0\r\n\r\n", OK },
	{ "HEAD /metrics HTTP/1.0\n\n", OK },
	{ "GET /\r\n", "<!DOCTYPE html>\n" },
	{ "GET /\n", "<!DOCTYPE html>\n" },
	{ "GET /metrics\n", "# HELP plug_info " },
	{ "GET /x\n", "not found\n" },
	{ "GET /x HTTP/1.0\r\n\r\n", NONE },
	{ "GET /metrics/ HTTP/1.0\r\n\r\n", NONE },
	{ "GET /METRICS HTTP/1.0\r\n\r\n", NONE },
	{ "GET //../../etc/passwd HTTP/1.0\r\n\r\n", NONE },
	{ "GET /\303\251 HTTP/1.0\r\n\r\n", NONE },
	{ "POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc", NONE },
	{ "get / HTTP/1.0\r\n\r\n", NONE },
	{ "HEAD /x HTTP/1.0\r\n\r\n", NONE },
	{ "\r\n", BAD },
	{ "\n\n\n", BAD },
	{ "GET\r\n\r\n", BAD },
	{ "GET \r\n\r\n", BAD },
	{ " GET / HTTP/1.0\r\n\r\n", BAD },
	{ "GET  / HTTP/1.0\r\n\r\n", BAD },
	{ "HEAD /\r\n", BAD },
	{ "POST /\r\n", BAD },
	{ "GET / HTTP/1\r\n\r\n", BAD },
	{ "GET / HTTP/1.10\r\n\r\n", BAD },
	{ "GET / HTTP/1.x\r\n\r\n", BAD },
	{ "GET / HTTP/11\r\n\r\n", BAD },
	{ "GET / http/1.0\r\n\r\n", BAD },
	{ "GET / HTTP/1.0 \r\n\r\n", BAD },
	{ "GET / HTTP/1.0 x\r\n\r\n", BAD },
	{ "GET / x HTTP/1.0\r\n\r\n", BAD },
	{ "GET\t/ HTTP/1.0\r\n\r\n", BAD },
	{ "GET /\r HTTP/1.0\r\n\r\n", BAD },
	{ "GET / HTTP/1.0\r\r\n\r\n", BAD },
	{ "GET /\001 HTTP/1.0\r\n\r\n", BAD },
	{ "GET /\177 HTTP/1.0\r\n\r\n", BAD },
	{ "GET / HTTP/1.0\r\nno colon\r\n\r\n", BAD },
	{ "GET / HTTP/1.0\r\nnocolon\r\n\r\n", BAD },
	{ "GET / HTTP/1.0\r\nA: b\r\n c\r\n\r\n", BAD },
	{ "GET / HTTP/1.0\r\nA: b\r\n\tc\r\n\r\n", BAD },
	{ "GET / HTTP/1.0\r\n A: b\r\n\r\n", BAD },
	{ "GET / HTTP/1.0\r\n: b\r\n\r\n", BAD },
	{ "GET / HTTP/1.0\r\nA : b\r\n\r\n", BAD },
	{ "GET / HTTP/1.0\r\nA\001: b\r\n\r\n", BAD },
	{ "GET / HTTP/1.0\r\nA: b\001\r\n\r\n", BAD },
	{ "GET / HTTP/1.0\r\nA: b\177\r\n\r\n", BAD },
	{ "GET / HTTP/1.0\r\nA: b\rc\r\n\r\n", BAD },
	{ "GET / HTTP/1.0\r\nA: b\r\r\n\r\n", BAD },
	{ "GET / HTTP/1.0\r\n\rA: b\r\n\r\n", BAD },
	{ "GET /x HTTP/1.0\r\nno\r\n\r\n", BAD },
	{ 0, 0 }
};

static void
test_requests(void)
{
	struct request *q;

	if (!begin())
		return;
	plug_on("", 1);
	for (q = requests; q->text != 0; q++) {
		step(f1("`%s'", q->text));
		ask(q->text);
		if (strncmp(reply, q->answer, strlen(q->answer)) != 0)
			fail(q->answer, f1("`%.300s'", reply));
	}
	step("the heads");
	ask_page();
	want_in("type", "\r\nContent-Type: text/html; charset=utf-8\r\n",
	    reply);
	want_in("the end", "</body></html>\n", reply);
	ask_metrics();
	want_in("type", "\r\nContent-Type: text/plain; version=0.0.4", reply);
	ask("HEAD / HTTP/1.0\r\n\r\n");
	want_text("no body", "\r\n\r\n", strstr(reply, "\r\n\r\n"));
	ask("HEAD /x HTTP/1.0\r\n\r\n");
	want_text("no body", "\r\n\r\n", strstr(reply, "\r\n\r\n"));
	ask("GET /x HTTP/1.0\r\n\r\n");
	want_in("a body", "\r\n\r\nnot found\n", reply);
}

/* What does not fit in a string: NULs, long lines, long heads, early ends. */
static void
test_requests_long(void)
{
	static char buf[40000];
	char *s;
	int fd, i;

	if (!begin())
		return;
	plug_on("", 1);
	step("a NUL");
	for (i = 0; i < 23; i++) {
		strcpy(buf, "GET / HTTP/1.0\r\nA: b\r\n\r\n");
		buf[i] = 0;
		ask_bytes(buf, 24L);
		want_in(num((long)i), BAD, reply);
	}
	step("a long line");
	memset(buf, 'a', sizeof buf);
	memcpy(buf, "GET /", 5);
	ask_bytes(buf, (long)sizeof buf);
	want_in("the answer", BAD, reply);
	step("a long head");
	strcpy(buf, "GET / HTTP/1.0\r\n");
	for (i = 0; i < 1000; i++)
		strcat(buf, "Header: value\r\n");
	strcat(buf, "\r\n");
	ask(buf);
	want_in("the answer", BAD, reply);
	step("a long header");
	memset(buf + 50, 'a', sizeof buf - 50);
	ask_bytes(buf, (long)sizeof buf);
	want_in("the answer", BAD, reply);
	step("what is just not too long");
	memset(buf, 'a', 8192);
	memcpy(buf, "GET / HTTP/1.0\r\nA: ", 19);
	strcpy(buf + 8188, "\r\n\r\n");
	ask(buf);
	want_in("the answer", OK, reply);
	strcpy(buf + 8188, "a\r\n\r\n");
	ask(buf);
	want_in("the answer", BAD, reply);
	step("an early end");
	s = "GET / HTTP/1.0\r\nA: b\r\n\r\n";
	for (i = 0; i < 24; i++) {
		fd = knock();
		send_all(fd, s, (long)i);
		half_close(fd);
		want_num("errno", 0L, (long)hear(fd));
		if (i > 0)
			want_in(num((long)i), BAD, reply);
		else
			want_text("nothing for nothing", "", reply);
		close(fd);
	}
	step("the end behind the request");
	fd = knock();
	send_text(fd, s);
	half_close(fd);
	want_num("errno", 0L, (long)hear(fd));
	want_in("the answer", OK, reply);
	close(fd);
}

/* In pieces of any length. */
static void
test_pieces(void)
{
	char *s;
	long n, at, k;
	int fd, size;

	if (!begin())
		return;
	plug_on("", 1);
	s = "GET /metrics HTTP/1.1\r\nHost: a\r\nAccept:\r\n\r\n";
	n = (long)strlen(s);
	for (size = 1; size < 30; size = size * 2 + 1) {
		step(f1("pieces of %s bytes", num((long)size)));
		fd = knock();
		for (at = 0; at < n; at += k) {
			k = n - at < size ? n - at : (long)size;
			send_all(fd, s + at, k);
			pause_ms(3L);
		}
		want_num("errno", 0L, (long)hear(fd));
		want_in("the answer", OK, reply);
		want_in("all of it", "plug_target_state_seconds{", reply);
		close(fd);
	}
}

/* More clients than rows wait for their turn; nobody is forgotten. */
static void
test_crowd(void)
{
	struct pair p;
	int fd[CROWD];
	int i, last;

	if (!begin())
		return;
	plug_on("", 1);
	for (i = 0; i < CROWD; i++)
		fd[i] = knock();
	last = knock();
	send_text(last, "GET / HTTP/1.0\r\n\r\n");
	expect_quiet(last, 300L);
	step("sessions take no notice");
	pair_open(&p, source, lfd[0]);
	talk(&p, 10L, 10L);
	pair_close(&p);
	for (i = 0; i < CROWD; i++) {
		half_close(fd[i]);
		want_num("errno", 0L, (long)hear(fd[i]));
		close(fd[i]);
	}
	want_num("errno of the last", 0L, (long)hear(last));
	want_in("its answer", OK, reply);
	close(last);
}

/* Who is slow with the request, or the answer, has so much time. */
static void
test_slow(void)
{
	struct pair p;
	int idle, slow, end, i;
	long t;

	if (!begin())
		return;
	plug_on("", 1);
	idle = knock();
	slow = knock();
	end = knock();
	t = clock_ms();
	send_text(end, "GET /x HTTP/1.0\r\n\r\n");
	send_text(slow, "GET / HTTP/1.0\r\nA: ");
	pair_open(&p, source, lfd[0]);
	for (i = 0; wait_fd(slow, POLLIN, 500L) == 0; i++) {
		want(clock_ms() - t < patience(45000L), "an end in time");
		send_text(slow, "a");
		talk(&p, 1L, 1L);
	}
	want(clock_ms() - t > 1000L, "some time for the request");
	expect_end(slow);
	expect_end(idle);
	while (wait_fd(end, 0, 500L) == 0)
		want(clock_ms() - t < patience(45000L), "an end in time");
	talk(&p, 100L, 100L);
	pair_close(&p);
	close(slow);
	close(idle);
	close(end);
}

/* Targets in so many plugs of a file, n each. */
static void
many(int plugs, int n)
{
	char *s;
	int i, k;

	if (table("targets", 512L, 16L) < (long)plugs * n)
		leave_out();
	write_file("conf", "");
	s = (char *)malloc(60000);
	*s = 0;
	for (i = 0; i < plugs; i++) {
		strcat(s, i == 0 ? source : new_addr());
		for (k = 0; k < n; k++)
			strcat(s, i + k == 0 ? f1(" %s", where[0]) :
			    f1(" 127.0.0.1:%s,backup",
			    num(1000L * (i + 1) + k)));
		strcat(s, "\n");
	}
	write_file("conf", s);
}

/* A client that reads nothing costs others nothing. */
static void
test_deaf(void)
{
	struct pair p;
	int plug, fd[4], i;
	long ms;

	if (!begin() || lacks("-c"))
		return;
	many(4, 60);
	plug = start_plug(f1("-c conf -s %s", door));
	for (i = 0; i < 4; i++) {
		fd[i] = knock();
		small_buffer(fd[i], 2048);
		send_text(fd[i], "GET /metrics HTTP/1.0\r\n\r\n");
	}
	pause_ms(300L);
	ms = cpu_ms(plug);
	for (i = 0; i < 10; i++) {
		pair_open(&p, source, lfd[0]);
		talk(&p, 1000L, 1000L);
		pair_close(&p);
	}
	page_has("</body></html>");
	pause_ms(500L);
	want(cpu_ms(plug) - ms < 400L, "no spinning");
	for (i = 0; i < 4; i++)
		close(fd[i]);
}

/* At the limit of sessions the page answers, and says so. */
static void
test_full(void)
{
	struct pair p[2];
	int fd;

	if (!begin())
		return;
	noisy = 1;
	plug_on("-m 2", 1);
	want_num("the limit", 2L, metric("sessions_limit"));
	pair_open(&p[0], source, lfd[0]);
	pair_open(&p[1], source, lfd[0]);
	fd = connect_to(source);
	accept_none(lfd[0], 300L);
	comes("sessions", 2L);
	page_has("sessions</span> <span>2 of 2</span>");
	pair_close(&p[0]);
	p[0].client = fd;
	p[0].target = accept_from(lfd[0]);
	talk(&p[0], 10L, 10L);
	pair_close(&p[0]);
	pair_close(&p[1]);
	comes("sessions", 0L);
}

/* With as few descriptors as there can be, both go on in the end. */
static void
test_descriptors(void)
{
	int plug, fd[CROWD], client[60], i, before;

	if (!begin())
		return;
	noisy = 1;
	spawn_nofile = 70L;
	plug = plug_on("", 1);
	want_num("sessions", 0L, metric("sessions"));
	before = settled_fds(plug);
	for (i = 0; i < 60; i++)
		client[i] = connect_to(source);
	step("all places are taken");
	page_shows("</body></html>");
	for (i = 0; i < CROWD; i++)
		fd[i] = knock();
	pause_ms(500L);
	step("all descriptors are");
	for (i = 0; i < CROWD; i++)
		close(fd[i]);
	page_shows("</body></html>");
	for (i = 0; i < 60; i++)
		close(client[i]);
	while (wait_fd(lfd[0], POLLIN, patience(300L)) != 0) {
		i = accept_from(lfd[0]);
		reset_close(i);
	}
	comes("sessions", 0L);
	want_num("descriptors", (long)before, (long)settled_fds(plug));
}

/* A unix socket: its mode, one that was left, one that is in use. */
static void
test_unix(void)
{
	struct stat st;
	int plug;
	char *words;

	if (!begin())
		return;
	door = path_of("door");
	plug = plug_on("", 1);
	ask_page();
	want_in("the page", OK, reply);
	want(stat(door, &st) == 0 && (st.st_mode & 0777) == 0600, "mode 0600");
	step("another one");
	words = f3("-n -s %s %s %s", door, new_addr(), where[0]);
	run_words(words, &r);
	want_num("exit status", 4L, (long)r.status);
	want_in("what is said", door, r.err);
	step("killed");
	kill((pid_t)plug, SIGKILL);
	wait_exit(plug, 15000L);
	want(stat(door, &st) == 0, "a socket that was left");
	source = new_addr();
	door = f1("%s,mode=640", door);
	plug = plug_on("", 1);
	door = path_of("door");
	ask("GET /metrics\n");
	want_in("bare metrics", "plug_sessions 0\n", reply);
	want(stat(door, &st) == 0 && (st.st_mode & 0777) == 0640, "mode 0640");
	stop_plug(plug, SIGTERM);
	want(stat(door, &st) < 0, "no socket that was left");
	step("a file in its place");
	write_file("door", "a file\n");
	run_words(words, &r);
	want_num("exit status", 4L, (long)r.status);
	want_text("the file", "a file\n", read_file("door"));
}

/* A start that fails leaves no socket. */
static void
test_unix_failed(void)
{
	struct stat st;

	if (!begin())
		return;
	door = path_of("door");
	run_plug(f3("-n -P /nowhere/pid -s %s %s %s", door, source, where[0]),
	    &r);
	want_num("exit status", 4L, (long)r.status);
	want(stat(door, &st) < 0, "no socket that was left");
}

/* Begin to read a long answer with a small buffer, and stop. */
static int
half_heard(void)
{
	int fd;

	fd = knock();
	small_buffer(fd, 2048);
	send_text(fd, "GET /metrics HTTP/1.0\r\n\r\n");
	recv_text(fd, OK);
	return fd;
}

/* It was cut with a reset, if the system had not all of it already. */
static void
want_cut(int fd)
{
	want(hear(fd) != 0 ||
	    count_in("state_seconds{plug=\"4\"", reply) == 60,
	    "a reset, for an answer that was cut");
	close(fd);
}

/* After TERM a successor can have the address, and no half answer is one. */
static void
test_term(void)
{
	struct pair p;
	char *old;
	int plug, fd;

	if (!begin() || lacks("-c"))
		return;
	many(4, 60);
	plug = start_plug(f1("-c conf -s %s", door));
	pair_open(&p, source, lfd[0]);
	fd = half_heard();
	kill((pid_t)plug, SIGTERM);
	wait_closed(door);
	want_cut(fd);
	step("the successor");
	old = source;
	source = new_addr();
	plug_on("", 1);
	want_num("its sessions", 0L, metric("sessions"));
	source = old;
	talk(&p, 10L, 10L);
	pair_close(&p);
	want_num("exit status", 0L, (long)wait_exit(plug, 15000L));
}

/* HUP: the new file's plugs, at the same address; a half answer is cut. */
static void
test_reload(void)
{
	int plug, fd;

	if (!begin() || lacks("-c"))
		return;
	noisy = 1;
	many(4, 60);
	plug = start_plug(f1("-c conf -s %s", door));
	want_num("failures", 0L, metric(at("failures_total", 0)));
	fd = half_heard();
	write_file("conf", f2("%s %s\n", source, where[1]));
	kill((pid_t)plug, SIGHUP);
	wait_text(plug_err(), " was read again");
	want_cut(fd);
	want_num("the old target", -1L, metric(at("up", 0)));
	want_num("the new one", 1L, value_of(at("up", 1)));
	want_num("plugs", 1L, (long)count_in("plug_target_up{", reply));
	want(value_of(at("state_seconds", 1)) < patience(30L), "since now");
	step("one that is refused");
	write_file("conf", "nonsense\n");
	kill((pid_t)plug, SIGHUP);
	wait_text(plug_err(), "nothing is changed");
	want_num("the same one", 1L, metric(at("up", 1)));
}

/* Children have neither the address nor its clients. */
static void
test_held(void)
{
	struct pair p[2];
	int list[16], idle[5];
	int plug, i, n, fds;
	long t;

	if (mode == M_SINGLE || !begin())
		return;
	plug = plug_on("", 1);
	pair_open(&p[0], source, lfd[0]);
	/* the connect comes before the child */
	send_text(p[0].client, "x");
	recv_text(p[0].target, "x");
	n = children_of(plug, list, 16);
	if (n < 1)
		skip("needs /proc");
	if (mode == M_WORKERS)
		pair_close(&p[0]);
	fds = settled_fds(list[0]);
	t = clock_ms();
	for (i = 0; i < 5; i++)
		idle[i] = knock();
	page_has("</body></html>");
	if (mode == M_WORKERS) {
		kill((pid_t)list[0], SIGKILL);
		comes("processes", 3L);
	}
	pair_open(&p[1], source, lfd[0]);
	send_text(p[1].client, "x");
	recv_text(p[1].target, "x");
	if (mode == M_FORK) {
		n = children_of(plug, list, 16);
		for (i = 0; i < n; i++)
			want_num("descriptors", (long)fds,
			    (long)settled_fds(list[i]));
		pair_close(&p[0]);
	}
	pair_close(&p[1]);
	if (mode == M_WORKERS) {
		n = children_of(plug, list, 16);
		for (i = 0; i < n; i++)
			want_num("descriptors", (long)fds,
			    (long)settled_fds(list[i]));
	}
	step("and are served on");
	page_has("</body></html>");
	for (i = 0; i < 5 && clock_ms() - t < 4000L; i++) {
		send_text(idle[i], "GET /x\n");
		want_num("errno", 0L, (long)hear(idle[i]));
		want_text("its answer", "not found\n", reply);
		close(idle[i]);
	}
}

/* -u and -R take nothing away. */
static void
test_rights(void)
{
	struct pair p;

	if (!begin() || lacks("-R"))
		return;
	if (geteuid() != 0)
		skip("needs root");
	mkdir("root", 0755);
	plug_on("-u 65534:65534 -R root", 1);
	want_num("sessions", 0L, metric("sessions"));
	pair_open(&p, source, lfd[0]);
	talk(&p, 10L, 10L);
	comes("sessions", 1L);
	pair_close(&p);
	comes("sessions", 0L);
	page_has("</body></html>");
}

static char *wrongs[] = {
	"80", ":80", "*:80", "localhost:80", "1.2.3.4", "1.2.3.4:",
	"1.2.3.4:0",
	"1.2.3.4:65536", "1.2.3.4:80x", "1.2.3.4:80-81", "1.2.3.4:80@1.2.3.4",
	"01.2.3.4:80", "[::1]", "[::1:80", "::1:80", "[::1]:80,mode=600",
	"1.2.3.4:80,mode=600", "/x,mode=", "/x,mode=8", "/x,mode=1777",
	"/x,mode=600,", "/x,backup", "/x,", "/x@1.2.3.4", "/x\001y", "x", "", 0
};

/* Nonsense is an error that names the word. */
static void
test_wrong(void)
{
	static char path[300];
	char *argv[8];
	int i;

	if (!begin())
		return;
	memset(path, 'p', sizeof path - 1);
	path[0] = '/';
	argv[0] = plug_path;
	argv[1] = "-s";
	argv[3] = "80";
	argv[4] = "1.2.3.4";
	argv[5] = 0;
	for (i = 0; i == 0 || wrongs[i - 1] != 0; i++) {
		argv[2] = wrongs[i] == 0 ? path : wrongs[i];
		step(argv[2]);
		run_to_exit(argv, &r);
		want_num("exit status", 5L, (long)r.status);
		want_num("lines", 1L, (long)count_lines(r.err));
		want_in("what is said", "-s", r.err);
		if (strchr(argv[2], '\001') == 0)
			want_in("what is said", f1("'%.60s", argv[2]), r.err);
	}
	step("without a value");
	run_words("80 1.2.3.4 -s", &r);
	want_num("exit status", 5L, (long)r.status);
	step("with -I");
	run_words("-I -s 1.2.3.4:80 1.2.3.4:80", &r);
	want_num("exit status", 5L, (long)r.status);
	want_num("lines", 1L, (long)count_lines(r.err));
	want_in("what is said", "-s", r.err);
	step("the long name, and nothing is wrong");
	run_words("-E --status=[::1]:80 80 1.2.3.4", &r);
	want_num("exit status", lacks("--status") ? 5L : 0L, (long)r.status);
	if (lacks("-c"))
		return;
	step("in a file");
	write_file("conf", "80 1.2.3.4\n-s 1.2.3.4:80 81 1.2.3.4\n");
	run_words("-E -c conf", &r);
	want_num("exit status", 5L, (long)r.status);
	want_num("lines", 1L, (long)count_lines(r.err));
	want_in("what is said", "conf:2: ", r.err);
	want_in("what is said", "-s", r.err);
}

/* An address that somebody has is trouble of the system, before detaching. */
static void
test_busy(void)
{
	if (!begin())
		return;
	run_plug(f3("-s %s %s %s", where[1], source, where[0]), &r);
	want_num("exit status", 4L, (long)r.status);
	want_num("lines", 1L, (long)count_lines(r.err));
	want_in("what is said", port_of(where[1]), r.err);
	run_plug(f3("-s %s %s %s", source, source, where[0]), &r);
	want_num("its own", 4L, (long)r.status);
}

/* Names that would be marks of the page, or end a label. */
static void
test_names(void)
{
	char *s, *t;

	if (!begin())
		return;
	s = path_of("s&<b>\"'\\\303\251");
	t = path_of("t&lt;</b><script>\"} 1");
	*strchr(t + strlen(t) - 2, ' ') = '_';
	start_plug(f3("-s %s %s %s", door, s, t));
	ask_page();
	want_in("source", "/s&amp;&lt;b>\"'\\134\\303\\251</h2>", reply);
	want_in("target", "/t&amp;lt;&lt;/b>&lt;script>\"}_1</b>", reply);
	want(strstr(reply, "<script>") == 0, "no script");
	ask_metrics();
	want_in("source", "/s&<b>\\\"'\\\\134\\\\303\\\\251\",target=\"",
	    reply);
	want_in("target", "/t&lt;</b><script>\\\"}_1\"} 1\n", reply);
}

/* No two lines of the metrics have the same name and labels. */
static void
want_unique(void)
{
	static char *line[4000];
	char *s;
	int i, k, n;

	n = 0;
	for (s = strtok(strstr(reply, "\r\n\r\n") + 4, "\n");
	    s != 0 && n < 4000; s = strtok((char *)0, "\n"))
		if (*s != '#') {
			*strrchr(s, ' ') = 0;
			line[n++] = s;
		}
	want(n > 10, "metrics");
	for (i = 0; i < n; i++)
		for (k = 0; k < i; k++)
			if (strcmp(line[i], line[k]) == 0)
				fail("every line once", line[i]);
}

/* A target given twice is one; a source given twice is two plugs. */
static void
test_twice(void)
{
	char *s;

	if (!begin() || lacks("-c"))
		return;
	s = home_addr();
	write_file("conf", f4("%s %s %s %s\n", source, where[0], where[1],
	    where[0]));
	write_file("conf", f4("%s%s 127.0.0.1:1 %s 127.0.0.1:1\n-a 1.* %s",
	    read_file("conf"), source, where[0], source));
	write_file("conf", f2("%s %s\n", read_file("conf"), where[0]));
	write_file("conf", f4("%s%s:20001-20003 %s %s:20001",
	    read_file("conf"), s, "127.0.0.1", "127.0.0.1"));
	write_file("conf", f1("%s 127.0.0.1:20002\n", read_file("conf")));
	start_plug(f1("-c conf -s %s", door));
	ask_metrics();
	want_num("targets", 8L, (long)count_in("plug_target_up{", reply));
	want_unique();
	ask_page();
	want_num("targets", 8L, (long)count_in("<div class=\"t ", reply));
	want_in("the head", "<p>0 of 8 targets dead</p>", reply);
}

/* As many targets as there can be: no line is lost where pieces meet. */
static void
test_many(void)
{
	int i;

	if (!begin() || lacks("-c"))
		return;
	many(4, 64);
	start_plug(f1("-c conf -s %s", door));
	for (i = 0; i < 3; i++) {
		ask_page();
		want_num("targets", 256L,
		    (long)count_in("<div class=\"t ", reply));
		want_num("their ends", 256L,
		    (long)count_in(" failures</span></div>\n", reply));
		want_num("backups", 255L,
		    (long)count_in(", backup</span>", reply));
		want_num("plugs", 5L, (long)count_in("<h2>", reply));
		want_in("the end", "</body></html>\n", reply);
		ask_metrics();
		want_num("lines", 256L * 8 + 4 * 3 + 19,
		    (long)count_in("\nplug_", reply));
		want_num("types", 33L,
		    (long)count_in("\n# TYPE plug_", reply));
		want_num("helps", 33L, (long)count_in("# HELP plug_", reply));
		want_unique();
	}
}

/* Every state of a target by its word. */
static void
test_words(void)
{
	struct pair p;
	int client, hole;

	if (!begin())
		return;
	noisy = 1;
	close(lfd[2]);
	start_plug(f4("-o -r 1 -s %s %s %s,drain %s", door, source, where[0],
	    f2("%s,max=1 %s", where[1], where[2])));
	page_has(">draining</font> for ");
	page_has(">untried</font> for ");
	pair_open(&p, source, lfd[1]);
	page_shows(">full</font> for ");
	page_has("1 of 1 session, ");
	step("dead");
	client = connect_to(source);
	page_shows(">dead</font> for ");
	close(client);
	step("on trial");
	hole = black_hole(where[2]);
	if (hole < 0)
		return;
	pause_ms(1500L);
	client = connect_to(source);
	page_shows(">on trial</font> for ");
	close(client);
	pair_close(&p);
}

/* Noise, resets and floods: the page answers, nothing leaks. */
static void
test_noise(void)
{
	static char buf[5000];
	int plug, fd, i, k, n, before;

	if (!begin())
		return;
	plug = plug_on("", 1);
	ask_page();
	before = settled_fds(plug);
	for (i = 0; i < 400; i++) {
		n = (int)rnd_below(i % 4 == 0 ? 5000L : 60L);
		for (k = 0; k < n; k++)
			buf[k] = (char)(i % 3 == 0 ? rnd_below(256L) :
			    (long)"GET / HTTP/1.0\r\n:a"[rnd_below(18L)]);
		fd = knock();
		(void)send_some(fd, buf, (long)n);
		if (i % 2 == 0)
			reset_close(fd);
		else
			close(fd);
	}
	for (i = 0; i < 100; i++) {
		fd = knock();
		send_text(fd, "GET / HTTP/1.0\r\n\r\n");
		if (i % 2 == 0)
			reset_close(fd);
		else
			close(fd);
	}
	page_has("</body></html>");
	want_num("descriptors", (long)before, (long)settled_fds(plug));
}

struct test tests_status[] = {
	{ "numbers", "a number of the status page is wrong", test_numbers, 0 },
	{ "untried",
	    "a target that nobody has tried is called alive", test_untried, 0 },
	{ "reason",
	    "why a target failed, or that none lives, is not told",
	    test_reason, 0 },
	{ "labels",
	    "what a target is for, or a limit, is not told", test_labels, 0 },
	{ "waiting",
	    "clients that wait are not counted", test_waiting, 0 },
	{ "sessions",
	    "/sessions forgets a session, or tells strangers",
	    test_sessions, 0 },
	{ "killed",
	    "a process that is killed takes its numbers along",
	    test_killed, 0 },
	{ "requests",
	    "a request of the status page is misread", test_requests, 0 },
	{ "requests_long",
	    "a long or cut request is misread", test_requests_long, 0 },
	{ "pieces", "a request in pieces is misread", test_pieces, 0 },
	{ "crowd",
	    "more clients of the status page than rows are lost",
	    test_crowd, 0 },
	{ "slow",
	    "slow clients of the status page stay for ever", test_slow, 120 },
	{ "deaf",
	    "a client of the status page that is deaf delays others",
	    test_deaf, 0 },
	{ "full",
	    "the status page is gone when the table is full", test_full, 0 },
	{ "descriptors",
	    "without descriptors the status page is gone",
	    test_descriptors, 0 },
	{ "unix",
	    "the status page's socket is not as it should be", test_unix, 0 },
	{ "unix_failed",
	    "a start that fails leaves a socket", test_unix_failed, 0 },
	{ "term",
	    "TERM keeps the status page's address, or half answers",
	    test_term, 0 },
	{ "reload", "a reload loses the status page", test_reload, 0 },
	{ "held", "children hold what is the status page's", test_held, 0 },
	{ "rights", "-u or -R take the status page away", test_rights, 0 },
	{ "wrong", "nonsense about the status page is taken", test_wrong, 0 },
	{ "busy", "-s goes on without its address", test_busy, 0 },
	{ "names",
	    "names break the status page or its metrics", test_names, 0 },
	{ "twice", "a metric is there twice", test_twice, 0 },
	{ "many",
	    "lines of the status page are lost between pieces", test_many, 0 },
	{ "words", "the status page says a wrong state", test_words, 0 },
	{ "noise", "noise stops the status page", test_noise, 0 },
	{ 0, 0, 0, 0 }
};

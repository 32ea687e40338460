/*
 * inject.c: one system call of a running plug fails, and nothing else may.
 *
 *	inject PLUG N SEED JOBS		N cases of all by chance, 0: all
 *	inject PLUG MODE CALL ERRNO WHEN	one case: single, -F or -w2
 *
 * A case starts plug in front of a server of ours and puts strace to it,
 * which lets CALL fail with ERRNO, as it says: at its WHENth time ("1"), or
 * at every seventh from there ("7+7"), in each process that there is or will
 * be.  The calls are those that a run without faults has made.  Clients and
 * server meanwhile are the two ends of sessions of all kinds; required is:
 *
 *	plug and its workers live, and end well when they are told to
 *	no byte is wrong, and no end is clean behind fewer than all bytes
 *	no more sessions are cut than faults were injected; none by EINTR
 *	or EAGAIN, or a shortage of memory
 *	all come to their end in time
 *	clients behind the faults are served
 *	no zombie stays
 *
 * A failure's line is the one to repeat it with.  Needs Linux, strace and
 * the right to trace.  Ends with "N passed, N failed".
 */
#include "sys.h"
#include "both.c"
#include <arpa/inet.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#define DEADLINE 20000L		/* ms that all sessions may take */
#define MOSTCALLS 80
#define MOSTCASES 20000
#define MAXJOBS 16
#define NAMESIZE 24
#define HEADER 8		/* "%07d\n" names a session to the server */

static char *mode_names[] = { "single", "-F", "-w2" };
static char *mode_words[] = { 0, "-F", "-w2" };
static char *errors[] = {
	"EINTR", "EAGAIN", "ENOMEM", "ENOBUFS", "EMFILE", "ENFILE", "EINVAL",
	"EBADF", "EPERM", "EIO", "ECONNRESET", "ENOSPC", "EPIPE", "ETIMEDOUT",
	"ENOSYS"
};
static char *whens[] = { "1", "2", "3", "7+7" };
#define COUNT(t) ((int)(sizeof (t) / sizeof (t)[0]))

/*
 * Calls that cannot fail, or not so: brk() tells it by its address, and a
 * pipe just made can be made not to block.
 */
static char *left[] = {
	"exit", "exit_group", "rt_sigreturn", "restart_syscall", "getpid", "brk",
	"fcntl"
};

/* What is tried again, and so may end nobody's session. */
static struct {
	char *call;
	char *errors[4];
} patient[] = {
	{ "read", { "EINTR", "EAGAIN", "ENOMEM", "ENOBUFS" } },
	{ "recvfrom", { "EINTR", "EAGAIN", "ENOMEM", "ENOBUFS" } },
	{ "write", { "EINTR", "EAGAIN", "ENOMEM", "ENOBUFS" } },
	{ "sendto", { "EINTR", "EAGAIN", "ENOMEM", "ENOBUFS" } },
	{ "splice", { "EINTR", "EAGAIN", "ENOMEM", "ENOBUFS" } },
	{ "accept", { "EINTR", "EAGAIN", "ENOMEM", "ENOBUFS" } },
	{ "accept4", { "EINTR", "EAGAIN", "ENOMEM", "ENOBUFS" } },
	{ "clone", { "EAGAIN", "ENOMEM" } },
	{ "pipe2", { "ENOMEM", "ENOBUFS", "EMFILE", "ENFILE" } },
	{ "epoll_create1", { "ENOMEM", "EMFILE", "ENFILE" } },
	{ "epoll_ctl", { "ENOMEM", "ENOSPC" } },
	{ "epoll_wait", { "EINTR", "EAGAIN", "ENOMEM", "ENOBUFS" } }
};

struct fault {
	int mode;
	char call[NAMESIZE];
	char error[NAMESIZE];
	char when[NAMESIZE];
};

static struct fault cases[MOSTCASES];
static int ncases;
static char *plug_path;
static char dir[64];		/* ours, of this process */
static char why[300];		/* why a case failed, or empty */
static int nexcuse;		/* so many ends may be clean that should not */
static int plug_pid, strace_pid;
static int workers[MAXJOBS];	/* of the first process */
static volatile int stopped;

/* One direction of a session, or what is left of it. */
struct end {
	int fd;			/* -1: not there yet, or not any more */
	long total;		/* bytes to send */
	long sent, got;
	unsigned long out, in;	/* states of the patterns */
	int shut;		/* has half-closed */
	int over;		/* 1 a clean end came, 2 a reset */
	int parts;		/* it resets when that many bytes came; 0 */
};

struct session {
	struct end e[2];	/* client, server */
	int rude;		/* the client resets */
	int met;		/* the server has seen it */
};

/* Bytes up, bytes down, and whether the client resets behind these. */
static struct {
	long up, down;
	int rude;
} kinds[] = {
	{ 5L, 5L, 0 }, { 300000L, 10L, 0 }, { 10L, 400000L, 0 },
	{ 90000L, 70000L, 0 }, { 0L, 3000L, 0 }, { 2000L, 0L, 0 },
	{ 100L, 200L, 1 }, { 1L, 1L, 0 }, { 200000L, 200000L, 0 }
};
#define NSESSION COUNT(kinds)

static struct session sessions[NSESSION];
static int waiting[64];		/* accepted, not named yet */
static int nwaiting;
static char buf[65536];

static void
on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

static void
pause_ms(long ms)
{
	poll((struct pollfd *)0, 0, (int)ms);
}

/* The first reason stays. */
static void
bad(char *what, long n)
{
	if (why[0] == 0)
		sprintf(why, "%.200s (%ld)", what, n);
}

/* An end that is clean on a stream that was cut; what makes a reset may fail. */
static void
unclean(char *what, long n)
{
	if (nexcuse > 0)
		nexcuse--;
	else
		bad(what, n);
}

static unsigned long rnd_state = 1;

static long
rnd_below(long n)
{
	rnd_state = (rnd_state * 6364136223846793005UL + 1442695040888963407UL);
	return (long)(rnd_state >> 33) % n;
}

/*
 * PROCESSES
 */

/* The state letter and the parent of a process; 0 when there is none. */
static int
proc_state(int pid, int *parent)
{
	char name[40], line[400], *p;
	FILE *f;
	int n;

	sprintf(name, "/proc/%d/stat", pid);
	f = fopen(name, "r");
	if (f == 0)
		return 0;
	n = (int)fread(line, 1, sizeof line - 1, f);
	fclose(f);
	line[n < 0 ? 0 : n] = 0;
	p = strrchr(line, ')');
	if (p == 0 || p[1] == 0)
		return 0;
	*parent = atoi(p + 4);
	return p[2];
}

/* Children of a process: those in this state, or with 0 all. */
static int
children(int pid, int state, int *list, int max)
{
	struct dirent *e;
	int n, id, st, parent;
	DIR *d;

	n = 0;
	d = opendir("/proc");
	while (d != 0 && (e = readdir(d)) != 0) {
		id = atoi(e->d_name);
		if (id <= 0 || (st = proc_state(id, &parent)) == 0 || parent != pid)
			continue;
		if ((state == 0 || st == state) && n < max)
			list[n++] = id;
	}
	if (d != 0)
		closedir(d);
	return n;
}

/* Whether somebody traces it. */
static int
traced(int pid)
{
	char name[40], line[200];
	int yes;
	FILE *f;

	sprintf(name, "/proc/%d/status", pid);
	f = fopen(name, "r");
	yes = 0;
	while (f != 0 && fgets(line, sizeof line, f) != 0)
		if (strncmp(line, "TracerPid:", 10) == 0)
			yes = atoi(line + 10) > 0;
	if (f != 0)
		fclose(f);
	return yes;
}

/* A program with standard error in a file of ours; it ends when we do. */
static int
spawn(char **argv, char *err)
{
	int pid, fd;

	pid = (int)fork();
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	fd = open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(fd, 1);
	dup2(fd, 2);
	fd = open("/dev/null", O_RDONLY);
	dup2(fd, 0);
	execvp(argv[0], argv);
	_exit(127);
}

/* Whether it has ended within ms; *status is its then. */
static int
ended(int pid, int *status, long ms)
{
	long limit;

	limit = clock_ms() + ms;
	while (waitpid((pid_t)pid, status, WNOHANG) == 0) {
		if (clock_ms() > limit)
			return 0;
		pause_ms(2L);
	}
	return 1;
}

/* Ends what this case has started, workers and children too. */
static void
end_all(void)
{
	int list[200], n, st;

	if (strace_pid > 0) {
		kill((pid_t)strace_pid, SIGTERM);
		if (!ended(strace_pid, &st, 5000L)) {
			kill((pid_t)strace_pid, SIGKILL);
			(void)ended(strace_pid, &st, 5000L);
		}
		strace_pid = 0;
	}
	if (plug_pid > 0) {
		n = children(plug_pid, 0, list, 200);
		kill((pid_t)plug_pid, SIGKILL);
		while (n-- > 0)
			kill((pid_t)list[n], SIGKILL);
		(void)ended(plug_pid, &st, 5000L);
		plug_pid = 0;
	}
}

/*
 * SOCKETS
 */

/* A loopback address of this process's own. */
static void
home(struct sockaddr_in *sin, int port)
{
	unsigned long p;

	p = (unsigned long)getpid();
	memset(sin, 0, sizeof *sin);
	sin->sin_family = AF_INET;
	sin->sin_port = htons((unsigned short)port);
	sin->sin_addr.s_addr = htonl(127UL << 24 | (226 + p / 62500 % 20) << 16 |
	    p / 250 % 250 << 8 | (2 + p % 250));
}

/* A listener there, or -1; with port 0 any port, which is then told. */
static int
listener(int *port)
{
	struct sockaddr_in sin;
	socklen_t len;
	int fd, on;

	on = 1;
	home(&sin, *port);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, (char *)&on, sizeof on);
	len = sizeof sin;
	if (bind(fd, (struct sockaddr *)&sin, sizeof sin) < 0 || listen(fd, 100) < 0 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) < 0)
		return -1;
	*port = ntohs(sin.sin_port);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

static int
client(int port)
{
	struct sockaddr_in sin;
	int fd;

	home(&sin, port);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&sin, sizeof sin) < 0) {
		bad("plug's port is deaf", (long)errno);
		close(fd);
		return -1;
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

static void
reset_close(int fd)
{
	struct linger l;

	l.l_onoff = 1;
	l.l_linger = 0;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, (char *)&l, sizeof l);
	close(fd);
}

/*
 * SESSIONS
 */

static void
end_setup(struct end *e, long total, unsigned long out, unsigned long in)
{
	memset(e, 0, sizeof *e);
	e->fd = -1;
	e->total = total;
	e->out = out;
	e->in = in;
}

/* An end's stream is over. */
static void
end_over(struct end *e, int how)
{
	e->over = how;
	if (how == 2 || e->shut) {
		close(e->fd);
		e->fd = -1;
	}
}

/* All clients connect, and say who they are. */
static void
sessions_begin(int port)
{
	struct session *s;
	char header[HEADER + 1];
	int i;

	nwaiting = 0;
	for (i = 0; i < NSESSION; i++) {
		s = &sessions[i];
		s->met = 0;
		s->rude = kinds[i].rude;
		end_setup(&s->e[0], kinds[i].up, 2UL * i, 2UL * i + 1);
		end_setup(&s->e[1], kinds[i].down, 2UL * i + 1, 2UL * i);
		s->e[0].fd = client(port);
		if (s->e[0].fd < 0)
			continue;
		sprintf(header, "%07d\n", i);
		if (write(s->e[0].fd, header, HEADER) < 0)
			end_over(&s->e[0], 2);
	}
}

static void
end_recv(struct session *s, int side)
{
	struct end *e;
	long n, i;

	e = &s->e[side];
	n = (long)read(e->fd, buf, sizeof buf);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		end_over(e, 2);
		return;
	}
	for (i = 0; i < n; i++, e->got++)
		if ((buf[i] & 0377) != pattern_next(&e->in)) {
			bad("a wrong byte", e->got);
			return;
		}
	if (e->got > s->e[!side].total)
		bad("more bytes than were sent", e->got);
	if (n == 0) {
		if (e->got < s->e[!side].total)
			unclean("a clean end behind too few bytes", e->got);
		if (s->rude && side == 1)
			unclean("a clean end behind a reset", e->got);
		end_over(e, 1);
	}
}

static void
end_send(struct end *e)
{
	unsigned long x;
	long n, i;

	n = e->total - e->sent;
	if (n > (long)sizeof buf)
		n = (long)sizeof buf;
	x = e->out;
	for (i = 0; i < n; i++)
		buf[i] = (char)pattern_next(&x);
	n = n == 0 ? 0 : (long)send(e->fd, buf, (size_t)n, MSG_NOSIGNAL);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		e->sent = e->total;
		e->shut = 1;
		/* the reset is told once; behind EPIPE reading says how it ended */
		if (errno != EPIPE)
			end_over(e, 2);
		return;
	}
	for (i = 0; i < n; i++)
		(void)pattern_next(&e->out);
	e->sent += n;
}

/* Whose bytes are all sent half-closes, or resets when the others are there. */
static void
end_finish(struct session *s, int side)
{
	struct end *e;

	e = &s->e[side];
	if (e->fd < 0 || e->shut || e->sent < e->total)
		return;
	if (s->rude && side == 0) {
		if (e->got == s->e[1].total) {
			reset_close(e->fd);
			e->fd = -1;
			e->over = 1;
		}
		return;
	}
	if (s->rude)
		return;
	(void)shutdown(e->fd, 1);
	e->shut = 1;
	if (e->over != 0)
		end_over(e, e->over);
}

/* A connection at the server whose header is there, or that is over. */
static int
session_named(int fd)
{
	char header[HEADER + 1];
	long n;
	int i;

	n = (long)recv(fd, header, HEADER, MSG_PEEK);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		if (n == 0)
			unclean("a clean end before the first bytes", 0L);
		close(fd);
		return 1;
	}
	if (n < HEADER)
		return 0;
	(void)read(fd, header, HEADER);
	header[HEADER] = 0;
	i = atoi(header);
	if (i >= NSESSION || i < 0 || sessions[i].met) {
		bad("a wrong first byte", (long)i);
		close(fd);
		return 1;
	}
	sessions[i].met = 1;
	sessions[i].e[1].fd = fd;
	return 1;
}

/* Whether nothing more is to come of a session. */
static int
session_over(struct session *s)
{
	if (s->e[0].over == 0)
		return 0;
	return s->met ? s->e[1].over != 0 : s->e[0].over == 2 || s->rude;
}

static int
session_cut(struct session *s)
{
	return !s->rude && (s->e[0].over == 2 || s->e[1].over == 2);
}

/* One turn over all that is open; whether something is still to come. */
static int
sessions_turn(int lfd)
{
	struct pollfd p[2 * NSESSION + 65];
	int i, k, n, open;
	struct end *e;

	n = 1;
	open = 0;
	p[0].fd = lfd;
	p[0].events = POLLIN;
	for (i = 0; i < NSESSION; i++)
		for (k = 0; k < 2; k++) {
			e = &sessions[i].e[k];
			open += k == 0 && !session_over(&sessions[i]);
			p[n].fd = e->fd;
			p[n].events = 0;
			p[n].revents = 0;
			if (e->fd >= 0 && e->over == 0)
				p[n].events |= POLLIN;
			if (e->fd >= 0 && e->sent < e->total)
				p[n].events |= POLLOUT;
			if (p[n].events == 0)
				p[n].fd = -1;
			n++;
		}
	for (i = 0; i < nwaiting; i++) {
		p[n].fd = waiting[i];
		p[n++].events = POLLIN;
	}
	if (poll(p, (nfds_t)n, 20) <= 0)
		return open;
	for (i = 0; i < 2 * NSESSION; i++) {
		e = &sessions[i / 2].e[i % 2];
		if (e->fd >= 0 && p[i + 1].fd >= 0 && p[i + 1].revents & POLLOUT)
			end_send(e);
		if (e->fd >= 0 && e->over == 0 && p[i + 1].revents & (POLLIN | POLLHUP | POLLERR))
			end_recv(&sessions[i / 2], i % 2);
		end_finish(&sessions[i / 2], i % 2);
	}
	for (i = 0; i < nwaiting; i++)
		if (session_named(waiting[i]))
			waiting[i--] = waiting[--nwaiting];
	if (p[0].revents != 0 && nwaiting < 64) {
		k = accept(lfd, (struct sockaddr *)0, (socklen_t *)0);
		if (k >= 0) {
			fcntl(k, F_SETFL, O_NONBLOCK);
			fcntl(k, F_SETFD, FD_CLOEXEC);
			waiting[nwaiting++] = k;
		}
	}
	return open;
}

/* Until all are over; how many were cut, and in *late how many never ended. */
static int
sessions_run(int lfd, int *late)
{
	long limit;
	int i, cut;

	limit = clock_ms() + DEADLINE;
	while (why[0] == 0 && !stopped && clock_ms() < limit && sessions_turn(lfd))
		continue;
	cut = *late = 0;
	for (i = 0; i < NSESSION; i++) {
		cut += session_cut(&sessions[i]);
		*late += !session_over(&sessions[i]);
	}
	return cut;
}

static void
sessions_close(void)
{
	int i;

	for (i = 0; i < 2 * NSESSION; i++)
		if (sessions[i / 2].e[i % 2].fd >= 0) {
			close(sessions[i / 2].e[i % 2].fd);
			sessions[i / 2].e[i % 2].fd = -1;
		}
	while (nwaiting > 0)
		close(waiting[--nwaiting]);
}

/*
 * CASES
 */

/*
 * Starts plug at a free port; 0 when it did not come up.  Workers have come
 * up when they sleep: a fault at their start is not this test's.
 */
static int
plug_start(int mode, int server)
{
	struct sockaddr_in sin;
	char source[40], target[40], pidfile[100], slog[100], err[100];
	char *argv[20];
	long limit;
	struct stat st;
	int port, fd, n;

	port = 0;
	fd = listener(&port);
	close(fd);
	home(&sin, 0);
	sprintf(source, "%s:%d", inet_ntoa(sin.sin_addr), port);
	sprintf(target, "%s:%d", inet_ntoa(sin.sin_addr), server);
	sprintf(pidfile, "%s/pid", dir);
	sprintf(slog, "%s/log", dir);
	sprintf(err, "%s/err", dir);
	unlink(pidfile);
	n = 0;
	argv[n++] = plug_path;
	argv[n++] = "-n";
	argv[n++] = "-C5";
	argv[n++] = "-S";
	argv[n++] = slog;
	argv[n++] = "-P";
	argv[n++] = pidfile;
	if (mode_words[mode] != 0)
		argv[n++] = mode_words[mode];
	argv[n++] = source;
	argv[n++] = target;
	argv[n] = 0;
	plug_pid = spawn(argv, err);
	limit = clock_ms() + 10000L;
	n = mode == 2 ? 2 : 0;
	while (stat(pidfile, &st) < 0 || st.st_size == 0 ||
	    children(plug_pid, 'S', workers, MAXJOBS) < n) {
		if (clock_ms() > limit || stopped)
			return 0;
		pause_ms(2L);
	}
	return port;
}

/* Puts strace to plug and its workers; 0 when it did not take. */
static int
strace_start(char *call, char *inject)
{
	char trace[100], out[100], err[100], pids[MAXJOBS][20];
	char *argv[60];
	int list[MAXJOBS], many, i, n, st;
	long limit;

	list[0] = plug_pid;
	many = 1 + children(plug_pid, 0, list + 1, MAXJOBS - 1);
	sprintf(trace, "trace=%s", call);
	sprintf(out, "%s/trace", dir);
	sprintf(err, "%s/strace", dir);
	n = 0;
	argv[n++] = "strace";
	argv[n++] = "-f";
	argv[n++] = "-qq";
	argv[n++] = "-o";
	argv[n++] = out;
	argv[n++] = "-e";
	argv[n++] = trace;
	if (inject != 0) {
		argv[n++] = "-e";
		argv[n++] = inject;
	}
	for (i = 0; i < many; i++) {
		sprintf(pids[i], "%d", list[i]);
		argv[n++] = "-p";
		argv[n++] = pids[i];
	}
	argv[n] = 0;
	strace_pid = spawn(argv, err);
	limit = clock_ms() + 10000L;
	for (i = 0; i < many; )
		if (traced(list[i]))
			i++;
		else if (clock_ms() > limit || ended(strace_pid, &st, 0L))
			return 0;
		else
			pause_ms(2L);
	return 1;
}

/* How many faults strace has injected. */
static long
injected(void)
{
	char name[100], line[2000];
	long n;
	FILE *f;

	sprintf(name, "%s/trace", dir);
	f = fopen(name, "r");
	n = 0;
	while (f != 0 && fgets(line, sizeof line, f) != 0)
		n += strstr(line, "(INJECTED)") != 0;
	if (f != 0)
		fclose(f);
	return n;
}

/* Whether this fault is nobody's end: what failed is tried again. */
static int
harmless(struct fault *c)
{
	int i, k;

	for (i = 0; i < COUNT(patient); i++)
		if (strcmp(c->call, patient[i].call) == 0)
			for (k = 0; k < 4 && patient[i].errors[k] != 0; k++)
				if (strcmp(c->error, patient[i].errors[k]) == 0)
					return 1;
	return 0;
}

/* What has to hold once the faults are over. */
static void
case_after(struct fault *c, int lfd, int port)
{
	int list[100], late, cut, st, i;

	sessions_begin(port);
	cut = sessions_run(lfd, &late);
	sessions_close();
	if (why[0] == 0 && (cut > 0 || late > 0))
		bad("clients behind the faults are not served", (long)(cut + late));
	for (i = 0; i < 400 && children(plug_pid, 'Z', list, 100) > 0; i++)
		pause_ms(10L);
	if (children(plug_pid, 'Z', list, 100) > 0)
		bad("zombies", (long)children(plug_pid, 'Z', list, 100));
	if (c->mode == 2 && children(plug_pid, 0, list, 100) != 2)
		bad("workers", (long)children(plug_pid, 0, list, 100));
	kill((pid_t)plug_pid, SIGINT);
	if (!ended(plug_pid, &st, 10000L))
		bad("plug does not end", 0L);
	else {
		plug_pid = 0;
		if (st != 0)
			bad("plug's end is not a good one", (long)st);
	}
}

/* What has to hold of the sessions that had the faults. */
static void
case_judge(struct fault *c, int cut, int late)
{
	long n;
	int st;

	if (ended(plug_pid, &st, 0L)) {
		plug_pid = 0;
		why[0] = 0;
		bad("plug died", (long)st);
		return;
	}
	n = injected();
	if (cut > 0 && harmless(c))
		bad("sessions cut by nothing", (long)cut);
	if ((long)cut > n)
		bad("more sessions cut than faults", cut - n);
	/* a close or an end that was not done at all is nobody's to mend */
	if (strcmp(c->call, "close") == 0 || strcmp(c->call, "shutdown") == 0)
		late = late > n ? (int)(late - n) : 0;
	if (late > 0)
		bad("sessions without an end", (long)late);
}

/* One case; its reason to fail is in why[]. */
static void
case_run(struct fault *c)
{
	char inject[200];
	int lfd, port, server, cut, late, st;

	why[0] = 0;
	server = 0;
	lfd = listener(&server);
	sprintf(inject, "inject=%s:error=%s:when=%s", c->call, c->error, c->when);
	port = plug_start(c->mode, server);
	if (port == 0 || !strace_start(c->call, inject))
		bad(port == 0 ? "plug does not start" : "strace does not start", 0L);
	else {
		nexcuse = strcmp(c->call, "setsockopt") == 0 ? NSESSION : 0;
		sessions_begin(port);
		cut = sessions_run(lfd, &late);
		nexcuse = 0;
		kill((pid_t)strace_pid, SIGTERM);
		if (ended(strace_pid, &st, 10000L))
			strace_pid = 0;
		sessions_close();
		case_judge(c, cut, late);
		if (why[0] == 0)
			case_after(c, lfd, port);
	}
	sessions_close();
	end_all();
	close(lfd);
}

/* The calls of a run without faults, each with all that can befall it. */
static void
cases_list(int mode)
{
	char seen[MOSTCALLS][NAMESIZE], name[100], line[2000], call[NAMESIZE];
	int lfd, port, server, late, n, i, k, st;
	FILE *f;

	server = 0;
	lfd = listener(&server);
	port = plug_start(mode, server);
	if (port == 0 || !strace_start("all", (char *)0)) {
		bad("plug or strace does not start", 0L);
		end_all();
		return;
	}
	sessions_begin(port);
	if (sessions_run(lfd, &late) > 0 || late > 0)
		bad("sessions without faults fail", (long)late);
	kill((pid_t)strace_pid, SIGTERM);
	if (ended(strace_pid, &st, 10000L))
		strace_pid = 0;
	sessions_close();
	end_all();
	close(lfd);
	sprintf(name, "%s/trace", dir);
	f = fopen(name, "r");
	n = 0;
	while (f != 0 && fgets(line, sizeof line, f) != 0) {
		if (sscanf(line, "%*d %23[a-z0-9_](", call) != 1 || strchr(line, '(') == 0)
			continue;
		for (i = 0; i < COUNT(left) && strcmp(left[i], call) != 0; i++)
			continue;
		for (k = 0; k < n && strcmp(seen[k], call) != 0; k++)
			continue;
		if (i == COUNT(left) && k == n && n < MOSTCALLS)
			strcpy(seen[n++], call);
	}
	if (f != 0)
		fclose(f);
	for (i = 0; i < n * COUNT(errors) * COUNT(whens) && ncases < MOSTCASES; i++) {
		cases[ncases].mode = mode;
		strcpy(cases[ncases].call, seen[i / (COUNT(errors) * COUNT(whens))]);
		strcpy(cases[ncases].error, errors[i / COUNT(whens) % COUNT(errors)]);
		strcpy(cases[ncases++].when, whens[i % COUNT(whens)]);
	}
}

/* A folder of this process's own. */
static void
dir_make(void)
{
	sprintf(dir, "%s/inject.%ld", getenv("TMPDIR") != 0 ? getenv("TMPDIR") : "/tmp",
	    (long)getpid());
	if (mkdir(dir, 0700) < 0) {
		perror(dir);
		exit(2);
	}
}

static void
dir_remove(void)
{
	static char *names[] = { "pid", "log", "err", "trace", "strace" };
	char name[100];
	int i;

	for (i = 0; i < COUNT(names); i++) {
		sprintf(name, "%s/%s", dir, names[i]);
		unlink(name);
	}
	rmdir(dir);
}

/* Every JOBSth case from the first one on; the exit status is the failed. */
static int
job(int first, int jobs, int n)
{
	int i, nbad;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	dir_make();
	nbad = 0;
	for (i = first; i < n && !stopped; i += jobs) {
		case_run(&cases[i]);
		if (stopped || why[0] == 0)
			continue;
		nbad++;
		printf("FAIL inject: %s %s %s %s: %s\n", mode_names[cases[i].mode],
		    cases[i].call, cases[i].error, cases[i].when, why);
		fflush(stdout);
	}
	dir_remove();
	return nbad > 250 ? 250 : nbad;
}

/* N of all cases to the front, by chance. */
static void
shuffle(int n)
{
	struct fault c;
	int i, k;

	for (i = 0; i < n; i++) {
		k = i + (int)rnd_below((long)(ncases - i));
		c = cases[i];
		cases[i] = cases[k];
		cases[k] = c;
	}
}

static int
run_jobs(int n, int jobs)
{
	int i, st, nbad;

	for (i = 0; i < jobs; i++) {
		fflush(stdout);
		workers[i] = (int)fork();
		if (workers[i] == 0)
			_exit(job(i, jobs, n));
	}
	nbad = 0;
	for (i = 0; i < jobs; i++) {
		while (waitpid((pid_t)workers[i], &st, 0) < 0)
			if (stopped)
				kill((pid_t)workers[i], SIGTERM);
		nbad += WIFEXITED(st) ? WEXITSTATUS(st) : 1;
	}
	if (stopped)
		exit(1);
	printf("%d passed, %d failed\n", n - nbad, nbad);
	return nbad > 0;
}

static void
usage(void)
{
	fprintf(stderr, "usage: inject PLUG N SEED JOBS | PLUG MODE CALL ERRNO WHEN\n");
	exit(2);
}

int
main(int argc, char **argv)
{
	struct sigaction sa;
	int i, n, jobs;

	memset(&sa, 0, sizeof sa);
	sa.sa_handler = on_signal;
	sigaction(SIGTERM, &sa, (struct sigaction *)0);
	sigaction(SIGINT, &sa, (struct sigaction *)0);
	signal(SIGPIPE, SIG_IGN);
	if (argc != 5 && argc != 6)
		usage();
	plug_path = argv[1];
	if (argc == 6) {
		for (i = 0; i < 3 && strcmp(mode_names[i], argv[2]) != 0; i++)
			cases[0].mode = i + 1;
		if (i == 3)
			usage();
		sprintf(cases[0].call, "%.20s", argv[3]);
		sprintf(cases[0].error, "%.20s", argv[4]);
		sprintf(cases[0].when, "%.20s", argv[5]);
		return run_jobs(1, 1);
	}
	rnd_state = strtoul(argv[3], (char **)0, 10);
	jobs = atoi(argv[4]);
	if (jobs < 1 || jobs > MAXJOBS)
		usage();
	dir_make();
	for (i = 0; i < 3 && !stopped; i++)
		cases_list(i);
	dir_remove();
	if (stopped)
		return 1;
	if (why[0] != 0) {
		printf("FAIL inject: a run without faults: %s\n0 passed, 1 failed\n", why);
		return 1;
	}
	n = atoi(argv[2]);
	if (n <= 0 || n > ncases)
		n = ncases;
	shuffle(n);
	printf("%d cases of %d, seed %s\n", n, ncases, argv[3]);
	return run_jobs(n, jobs);
}

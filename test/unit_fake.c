/*
 * unit_fake.c: what stands behind plug's system calls: sockets that do what a
 * table says, and kernel pipes.  Each has a real descriptor, so that the event
 * tables take it.  in[] is what the peer sends, out[] what plug wrote.
 */

#define MAXFAKE 120
#define FAKEBYTES 8192

#define K_SOCKET 0
#define K_PIPE 1
#define K_LOG 2

#define LIMITLESS 1000000L

/* How a fake target takes a connect. */
#define C_NOW 0
#define C_SOON 1
#define C_REFUSE_NOW 2
#define C_REFUSE_SOON 3
#define C_NEVER 4
#define C_HOW 5
#define C_NOPORT 6

struct fake {
	int used;
	int fd;			/* -1 once closed */
	int kind;
	char in[FAKEBYTES];
	long total;		/* bytes that the peer means to send */
	long arrived;		/* of these are here */
	long taken;		/* of these were read */
	int fin;		/* the end of the stream is behind them */
	int err;		/* what the next call says, once */
	int dead;		/* reset: no more after that */
	int gone;		/* the peer has closed: a write kills it */
	char out[FAKEBYTES];
	long wrote;
	long room;		/* bytes that can be written before EAGAIN */
	long most;		/* bytes of one call, 0 any */
	int eintr;		/* so many next calls say EINTR */
	int lacks;		/* so many say that there is no memory */
	int shut;		/* plug has ended its stream */
	int reset;		/* plug has asked for a reset on close */
	int unread;		/* closed with bytes unread: that resets */
	int how;		/* C_... */
	int connected;
	int target;		/* row that was connected to */
	int options;		/* that were set */
	struct fake *from;	/* write end of a pipe: its read end */
};

static struct fake fakes[MAXFAKE];
static int fake_ends[MAXFD];		/* descriptor: row + 1 */
static int fault_rate;			/* percent of calls with a fault */
static int fault_lacks;			/* so do so many next calls of any */
static int calls;			/* of read, write, peek, splice */

static char errs[8192];			/* standard error */
static int errs_len;
static char logs[8192];			/* syslog, one line each, heads off */
static int logs_len;
static int log_gone;			/* no syslogd is there */
static int log_dials;			/* so often one was looked for */
static testfn syslog_act;			/* what others do at a line for it */
static int socket_errno;		/* what socket() says, or 0 */
static int socket_scarce;		/* until something is closed */
static struct fake *accepts[MAXSESSION + 1];	/* clients that wait */
static int accept_n;
static int accept_errno;
static int accept_fails;		/* so many fail first */
static int accept_nameless;		/* no address is told of clients */
static int events_refuse;		/* so many changes of events fail */
static int pipe_errno;
static int pipe_most;			/* bytes in a pipe, beyond which EPERM; or 0 */
static int renews;			/* sockets that are over can connect again */
static int renewed;			/* so many did */
static int pipe_asked;			/* pipes, and sizes of them */
static int target_how[MAXTARGET];
static struct fake *dialled[MAXSESSION];	/* by row: its target */
static char *dial_says;			/* first bytes of any target */
static int setup_bytes;			/* so many does a new target send */

static struct fake *
fake_of(int fd)
{
	if (fd < 0 || fd >= MAXFD || fake_ends[fd] == 0)
		return (struct fake *)0;
	return &fakes[fake_ends[fd] - 1];
}

/* Nothing has happened to it, but its options. */
static void
fake_anew(struct fake *f, int kind, int fd)
{
	int set;

	set = f->options;
	(void)memset(f, 0, sizeof *f);
	f->options = set;
	f->used = 1;
	f->kind = kind;
	f->room = LIMITLESS;
	f->connected = 1;
	f->target = -1;
	f->fd = fd;
}

static struct fake *
fake_new(int kind)
{
	struct fake *f;
	int i;

	for (i = 0; i < MAXFAKE - 1 && fakes[i].used; i++)
		continue;
	f = &fakes[i];
	f->options = 0;
	fake_anew(f, kind, socket(AF_UNIX, SOCK_STREAM, 0));
	if (f->fd < 0 || f->fd >= MAXFD) {
		(void)printf("FAIL unit: descriptor %d\n", f->fd);
		exit(1);
	}
	fake_ends[f->fd] = i + 1;
	return f;
}

static void
fake_all_gone(void)
{
	int i;

	for (i = 0; i < MAXFAKE; i++)
		if (fakes[i].used && fakes[i].fd >= 0) {
			(void)close(fakes[i].fd);
			fake_ends[fakes[i].fd] = 0;
		}
	for (i = 0; i < MAXFAKE; i++)
		fakes[i].used = 0;
	accept_n = 0;
}

/* The peer is gone by a reset, or an error that tells of one. */
static void
fake_cut(struct fake *f, int err)
{
	f->err = err;
	f->dead = 1;
}

/* What the peer sends arrives. */
static void
fake_says(struct fake *f, char *p, long n)
{
	(void)memcpy(f->in + f->arrived, p, (size_t)n);
	f->arrived += n;
	f->total = f->arrived;
}

/* True when there is no memory for this call. */
static int
fake_lacks(struct fake *f)
{
	if (fault_rate > 0 && fault_lacks == 0 && once_in(100))
		fault_lacks = once_in(20) ? 1000 : 1 + below(3);
	if (f->lacks == 0 && fault_lacks == 0)
		return 0;
	f->lacks -= f->lacks > 0;
	fault_lacks -= fault_lacks > 0;
	errno = once_in(2) ? ENOBUFS : ENOMEM;
	return 1;
}

/* True when this call shall fail; may shorten it. */
static int
fake_fault(struct fake *f, long *n)
{
	calls++;
	if (f->eintr > 0) {
		f->eintr--;
		errno = EINTR;
		return 1;
	}
	if (fake_lacks(f))
		return 1;
	if (f->most > 0L && *n > f->most)
		*n = f->most;
	if (fault_rate == 0 || below(100) >= fault_rate)
		return 0;
	switch (below(4)) {
	case 0:
		errno = EAGAIN;
		return 1;
	case 1:
		errno = EINTR;
		return 1;
	case 2:
		*n = 1;
		return 0;
	}
	*n = 1 + below((int)(*n > 4096L ? 4096L : *n));
	return 0;
}

/* What Linux says when there is nothing to read: see tcp_recvmsg(). */
static long
fake_dry(struct fake *f)
{
	if (f->fin)
		return 0L;
	if (f->err != 0) {
		errno = f->err;
		f->err = 0;
		return -1L;
	}
	if (f->dead)
		return 0L;
	errno = EAGAIN;
	return -1L;
}

static long
fake_peek(int fd, char *p, long n)
{
	struct fake *f;
	long have;

	f = fake_of(fd);
	if (f == (struct fake *)0)
		return (long)recv(fd, p, (size_t)n, MSG_PEEK);
	if (fake_fault(f, &n))
		return -1L;
	have = f->arrived - f->taken;
	if (have == 0L)
		return fake_dry(f);
	if (n > have)
		n = have;
	(void)memcpy(p, f->in + f->taken, (size_t)n);
	return n;
}

static long
fake_read(int fd, char *p, long n)
{
	struct fake *f;

	f = fake_of(fd);
	if (f == (struct fake *)0)
		return (long)read(fd, p, (size_t)n);
	n = fake_peek(fd, p, n);
	if (n > 0L)
		f->taken += n;
	return n;
}

/* How much of n can be written now; -1 with errno when none. */
static long
fake_room(struct fake *f, long n)
{
	if (f->err != 0 || f->dead || f->shut) {
		errno = f->err != 0 ? f->err : EPIPE;
		f->err = 0;
		return -1L;
	}
	if (f->room == 0L || !f->connected) {
		errno = f->connected ? EAGAIN : ENOTCONN;
		return -1L;
	}
	return n < f->room ? n : f->room;
}

/* n bytes go to the peer; one that has closed answers with a reset. */
static void
fake_takes(struct fake *f, char *p, long n)
{
	if (f->room != LIMITLESS)
		f->room -= n;
	if (f->gone) {
		f->dead = 1;
		f->err = f->fin ? EPIPE : ECONNRESET;
		return;
	}
	if (f->wrote + n > FAKEBYTES)
		n = FAKEBYTES - f->wrote;
	(void)memcpy(f->out + f->wrote, p, (size_t)n);
	f->wrote += n;
}

static long
fake_write(int fd, char *p, long n)
{
	struct fake *f;

	f = fake_of(fd);
	if (fd == 2) {
		if (errs_len + n < (long)sizeof errs) {
			(void)memcpy(errs + errs_len, p, (size_t)n);
			errs_len += (int)n;
			errs[errs_len] = '\0';
		}
		return n;
	}
	if (f == (struct fake *)0)
		return (long)write(fd, p, (size_t)n);
	if (fake_fault(f, &n))
		return -1L;
	n = fake_room(f, n);
	if (n > 0L)
		fake_takes(f, p, n);
	return n;
}

/* A syslog line: without its head, with a newline. */
static long
fake_send(int fd, char *p, long n)
{
	char *text;
	long i;

	if (fake_of(fd) == (struct fake *)0)
		return (long)send(fd, p, (size_t)n, 0);
	if (syslog_act != 0)
		(*syslog_act)();
	if (log_gone) {
		errno = ECONNREFUSED;
		return -1L;
	}
	text = p;
	for (i = 0; i + 3 < n && strncmp(p + i, "]: ", 3) != 0; i++)
		continue;
	if (i + 3 < n)
		text = p + i + 3;
	n -= (long)(text - p);
	if (logs_len + n + 1 < (long)sizeof logs) {
		(void)memcpy(logs + logs_len, text, (size_t)n);
		logs_len += (int)n;
		logs[logs_len++] = '\n';
		logs[logs_len] = '\0';
	}
	return n + (long)(text - p);
}

/* The system may have no splice(), or a build may do without. */
#ifdef HAVE_SPLICE
#define PIPES 1

/* From a socket into a pipe. */
static long
fake_fill(struct fake *f, struct fake *pipe, long n)
{
	long have;

	have = f->arrived - f->taken;
	if (have == 0L)
		return fake_dry(f);
	if (n > have)
		n = have;
	if (n > PIPESZ - pipe->arrived)
		n = PIPESZ - pipe->arrived;
	if (n == 0L) {
		errno = EAGAIN;
		return -1L;
	}
	(void)memcpy(pipe->in + pipe->arrived, f->in + f->taken, (size_t)n);
	f->taken += n;
	pipe->arrived += n;
	return n;
}

/* From a pipe to a socket. */
static long
fake_drain(struct fake *pipe, struct fake *f, long n)
{
	if (n > pipe->arrived)
		n = pipe->arrived;
	if (n == 0L) {
		errno = EAGAIN;
		return -1L;
	}
	n = fake_room(f, n);
	if (n <= 0L)
		return n;
	fake_takes(f, pipe->in, n);
	pipe->arrived -= n;
	(void)memmove(pipe->in, pipe->in + n, (size_t)pipe->arrived);
	return n;
}

static long
fake_splice(int in, int out, long n)
{
	struct fake *a, *b;

	a = fake_of(in);
	b = fake_of(out);
	if (fake_fault(a->kind == K_PIPE ? b : a, &n))
		return -1L;
	if (a->kind == K_PIPE)
		return fake_drain(a, b, n);
	return fake_fill(a, b->from, n);
}
#else
#define PIPES 0
#endif

#ifdef HAVE_SPLICE
static int
fake_setpipe(int n)
{
	pipe_asked++;
	if (pipe_most == 0 || n <= pipe_most)
		return n;
	errno = EPERM;
	return -1;
}
#endif

static int
fake_pipe(int *p)
{
	struct fake *in, *out;

	pipe_asked++;
	if (pipe_errno != 0) {
		errno = pipe_errno;
		return -1;
	}
	in = fake_new(K_PIPE);
	out = fake_new(K_PIPE);
	out->from = in;
	p[0] = in->fd;
	p[1] = out->fd;
	return 0;
}

static int
fake_socket(int family)
{
	struct fake *f;

	if (socket_errno != 0) {
		errno = socket_errno;
		return -1;
	}
	f = fake_new(family == AF_UNIX ? K_LOG : K_SOCKET);
	f->connected = 0;
	return f->fd;
}

static int
fake_accept(int fd, struct sockaddr *sa, SOCKLEN *len)
{
	struct sockaddr_in *in;
	struct fake *f;

	accept_fails -= accept_fails > 0;
	if (accept_n == 0 || accept_fails > 0 || fd < 0) {
		errno = accept_errno != 0 ? accept_errno : EAGAIN;
		return -1;
	}
	f = accepts[0];
	(void)memmove(accepts, accepts + 1, sizeof accepts - sizeof f);
	accept_n--;
	in = (struct sockaddr_in *)(void *)sa;
	(void)memset(in, 0, sizeof *in);
	in->sin_family = AF_INET;
	in->sin_port = htons(4000);
	in->sin_addr.s_addr = htonl(0x0a000001L);
	*len = sizeof *in;
	if (accept_nameless) {
		sa->sa_family = 0;
		*len = 0;
	}
	return f->fd;
}

/* A target behind port 1000 + row; a proxy stands for the target tried. */
static int
fake_connect(int fd, struct sockaddr *sa, SOCKLEN len)
{
	struct sockaddr_in *in;
	struct fake *f;
	int i;

	f = fake_of(fd);
	if (f->kind == K_LOG) {
		log_dials++;
		errno = ECONNREFUSED;
		return -log_gone;
	}
#if MAXREUSE > 0
	if (sa->sa_family == AF_UNSPEC) {
		fake_anew(f, f->kind, f->fd);
		renewed++;
		return 0;
	}
#endif
	in = (struct sockaddr_in *)(void *)sa;
	f->target = len == 0 ? -1 : (int)ntohs(in->sin_port) - 1000;
	for (i = 0; i < session.top; i++)
		if (sessions[i].state != S_FREE &&
		    sessions[i].side[TARGET].fd == fd) {
			dialled[i] = f;
			f->target = sessions[i].target;
		}
	if (f->target < 0 || f->target >= MAXTARGET)
		f->target = 0;
	f->how = target_how[f->target];
	if (dial_says != (char *)0)
		fake_says(f, dial_says, (long)strlen(dial_says));
	f->total = f->arrived;
	for (i = 0; i < setup_bytes; i++)
		f->in[f->total++] = (char)rnd();
	f->connected = f->how == C_NOW;
	errno = f->how == C_REFUSE_NOW ? ECONNREFUSED :
	    f->how == C_NOPORT ? EADDRNOTAVAIL : EINPROGRESS;
	return f->connected ? 0 : -1;
}

/* A connect that was under way comes out. */
static void
fake_dialled(struct fake *f)
{
	if (f->connected || f->how == C_NEVER)
		return;
	if (f->how == C_SOON)
		f->connected = 1;
	else
		f->err = ECONNREFUSED;
	f->how = C_NEVER;
}

static int
fake_shutdown(int fd, int how)
{
	struct fake *f;

	f = fake_of(fd);
	if (f == (struct fake *)0 || how != 1)
		return shutdown(fd, how);
	if (fake_lacks(f))
		return -1;
	f->shut = 1;
	return 0;
}

static int
fake_close(int fd)
{
	struct fake *f;

	if (socket_scarce)
		socket_errno = 0;
	f = fake_of(fd);
	if (f != (struct fake *)0) {
		f->unread = f->taken < f->arrived;
		f->fd = -1;
		fake_ends[fd] = 0;
		if (f->kind != K_SOCKET)
			f->used = 0;
	}
	return close(fd);
}

static int
fake_setsockopt(int fd, int level, int what, char *p)
{
	struct fake *f;

	f = fake_of(fd);
	if (f != (struct fake *)0 && level == SOL_SOCKET &&
	    what == SO_LINGER && ((struct linger *)(void *)p)->l_onoff)
		f->reset = 1;
	else if (f != (struct fake *)0)
		f->options++;
	return 0;
}

static int
fake_getsockopt(int fd, int level, char *p, SOCKLEN *n)
{
	struct fake *f;

	f = fake_of(fd);
	if (level == IPPROTO_TCP) {
		*p = renews && f->fin && f->taken == f->total && f->shut &&
		    !f->dead ? 7 : 1;	/* TCP_CLOSE, TCP_ESTABLISHED */
		return 0;
	}
	if (level != SOL_SOCKET) {
		*n = 0;
		return 0;
	}
	(void)memcpy(p, &f->err, sizeof f->err);
	f->err = 0;
	return 0;
}

static int
fake_getpeername(int fd, struct sockaddr *sa, SOCKLEN *len)
{
	struct fake *f;

	f = fake_of(fd);
	(void)memset(sa, 1, sizeof (struct sockaddr_in));
	*len = sizeof (struct sockaddr_in);
	if (f->connected && !f->dead && !(f->fin && f->shut))
		return 0;
	errno = ENOTCONN;
	return -1;
}

static int
fake_getsockname(int fd, struct sockaddr *sa, SOCKLEN *len)
{
	struct fake *f;

	f = fake_of(fd);
	(void)memset(sa, f->how == C_HOW ? 1 : 2, sizeof (struct sockaddr_in));
	*len = sizeof (struct sockaddr_in);
	return 0;
}

/*
 * What is asked of events goes to the system, but for the n-th that adds
 * something from now on: there is no memory for that.
 */
static int refuse_add;			/* n, counted down; 0: none */
static int refuse_drops;		/* nothing is forgotten */

#if defined(USE_EPOLL) || defined(USE_KQUEUE)
static int
fake_refuses(int adds)
{
	if (adds && events_refuse > 0)
		events_refuse--;
	else if (!adds && refuse_drops)
		;
	else if (!adds || refuse_add == 0 || --refuse_add > 0)
		return 0;
	errno = ENOMEM;
	return 1;
}
#endif

#ifdef USE_EPOLL
static int
fake_epoll_ctl(int ev, int op, int fd, struct epoll_event *e)
{
	if (fake_refuses(op != EPOLL_CTL_DEL))
		return -1;
	return epoll_ctl(ev, op, fd, e);
}
#endif

#ifdef USE_KQUEUE
static int
fake_kevent(int kq, struct kevent *to, int n, struct kevent *from, int max, struct timespec *t)
{
	if (fake_refuses(n > 0 && (to->flags & EV_ADD) != 0))
		return -1;
	return kevent(kq, to, n, from, max, t);
}
#endif

/* What the system would report of a socket, level-triggered. */
static int
fake_ready(struct fake *f)
{
	int got;

	got = 0;
	if (f->err != 0 || f->dead)
		return EV_READ | EV_WRITE;
	if (!f->connected)
		return 0;
	if (f->arrived > f->taken || f->fin)
		got |= EV_READ;
	if (f->room > 0L)
		got |= EV_WRITE;
	return got;
}

static long fork_pid;		/* of the next child; 0: there can be none */
static long dead_pid;		/* of a child to be waited for */

static long
fake_fork(void)
{
	errno = EAGAIN;
	return fork_pid > 0L ? fork_pid : -1L;
}

/* It was killed. */
static long
fake_wait(int *status)
{
	long n;

	n = dead_pid;
	dead_pid = 0L;
	*status = SIGKILL;
	return n;
}

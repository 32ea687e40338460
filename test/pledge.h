/*
 * pledge.h: OpenBSD's pledge(2) and unveil(2) on a system without, for a
 * build with -DSEAMS_PLEDGE -DNO_SPLICE.  As there, what was not promised
 * ends the process by SIGABRT; a word about it goes to standard error.  What
 * libc does inside is not seen, only what goes through the seams of compat.h.
 * What needs which promise is as in OpenBSD's pledge(2) and kern_pledge.c of
 * 2024, read, not run.
 */
static char *pledge_words;		/* what was promised; 0: nothing yet */

static void
pledge_write(char *s)
{
	if (write(2, s, strlen(s)) < 0)
		return;
}

static void
pledge_kill(char *call, char *needs)
{
	pledge_write("pledge: ");
	pledge_write(call);
	pledge_write("() needs ");
	pledge_write(needs);
	pledge_write("\n");
	(void)signal(SIGABRT, SIG_DFL);
	(void)kill(getpid(), SIGABRT);
	_exit(134);
}

/* True when this word, of n bytes, is among those in list. */
static int
pledge_among(char *word, unsigned n, char *list)
{
	unsigned i;

	for (; *list != '\0'; list += i + (list[i] == ' ')) {
		for (i = 0; list[i] != ' ' && list[i] != '\0'; i++)
			continue;
		if (i == n && strncmp(word, list, n) == 0)
			return 1;
	}
	return 0;
}

/* One of the words in needs must have been promised: 0, or the end. */
static int
pledge_need(char *call, char *needs)
{
	char *p;
	unsigned n;

	if (pledge_words == (char *)0)
		return 0;
	for (p = needs; *p != '\0'; p += n + (p[n] == ' ')) {
		for (n = 0; p[n] != ' ' && p[n] != '\0'; n++)
			continue;
		if (pledge_among(p, n, pledge_words))
			return 0;
	}
	pledge_kill(call, needs);
	return 0;
}

static int
pledge_start(char *words, char *exec)
{
	if (pledge_words != (char *)0 || exec != (char *)0 ||
	    !pledge_among("stdio", 5, words)) {
		errno = EPERM;
		return -1;
	}
	pledge_words = words;
#ifdef PR_SET_NO_NEW_PRIVS
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L);
#endif
	return 0;
}

static int
unveil_start(char *path, char *how)
{
	if ((path == (char *)0) != (how == (char *)0)) {
		errno = EINVAL;
		return -1;
	}
	return pledge_need("unveil", "unveil");
}

#ifdef TCP_INFO
#define PLEDGE_INFO TCP_INFO
#else
#define PLEDGE_INFO TCP_NODELAY
#endif

/* An option of a socket. */
static int
pledge_option(int set, int level, int option)
{
	if (pledge_words == (char *)0 ||
	    (level == IPPROTO_TCP && option == TCP_NODELAY))
		return 0;
	if (level == SOL_SOCKET)
		return option == SO_ERROR ? 0 :
		    pledge_need("setsockopt", "inet unix");
	(void)pledge_need("setsockopt", "inet");
	if ((level == IPPROTO_TCP && option == PLEDGE_INFO) ||
	    (level == IPPROTO_IP && option == IP_OPTIONS && !set) ||
	    (level == IPPROTO_IP && option == IP_TOS) ||
	    (level == IPPROTO_IP && option == IP_TTL) ||
	    (level == IPPROTO_IPV6 && option == IPV6_V6ONLY) ||
	    (level == IPPROTO_IPV6 && option == IPV6_TCLASS))
		return 0;
	pledge_kill(set ? "setsockopt" : "getsockopt", "another option");
	return 0;
}

static int
pledge_open(int how)
{
	if ((how & O_ACCMODE) != O_WRONLY)
		(void)pledge_need("open", "rpath");
	if ((how & O_ACCMODE) != O_RDONLY)
		(void)pledge_need("open", "wpath");
	return how & O_CREAT ? pledge_need("open", "cpath") : 0;
}

static int
pledge_fcntl(int what)
{
	if (what == F_SETLK || what == F_SETLKW)
		return pledge_need("fcntl", "flock");
	return what == F_SETOWN ? pledge_need("fcntl", "proc") : 0;
}

#define pledge(words, exec) pledge_start(words, exec)
#define unveil(path, how) unveil_start(path, how)

#define PLEDGE_NET(call) pledge_need(call, "inet unix")
#undef sys_socket
#define sys_socket(family, type) (pledge_need("socket", \
	(family) == AF_UNIX ? "unix" : "inet"), socket(family, type, 0))
#undef sys_accept
#define sys_accept(fd, sa, len) (PLEDGE_NET("accept"), accept(fd, sa, len))
#undef sys_accept4
#define sys_accept4(fd, sa, len, flags) \
	(PLEDGE_NET("accept4"), accept4(fd, sa, len, flags))
#undef sys_connect
#define sys_connect(fd, sa, len) (PLEDGE_NET("connect"), connect(fd, sa, len))
#undef sys_bind
#define sys_bind(fd, sa, len) (PLEDGE_NET("bind"), bind(fd, sa, len))
#undef sys_listen
#define sys_listen(fd, n) (PLEDGE_NET("listen"), listen(fd, n))
#undef sys_getpeername
#define sys_getpeername(fd, sa, len) \
	(PLEDGE_NET("getpeername"), getpeername(fd, sa, len))
#undef sys_getsockname
#define sys_getsockname(fd, sa, len) \
	(PLEDGE_NET("getsockname"), getsockname(fd, sa, len))
#undef sys_setsockopt
#define sys_setsockopt(fd, l, o, p, n) \
	(pledge_option(1, (int)(l), o), setsockopt(fd, l, o, p, n))
#undef sys_getsockopt
#define sys_getsockopt(fd, l, o, p, n) \
	(pledge_option(0, (int)(l), o), getsockopt(fd, l, o, p, n))

#undef sys_open
#define sys_open(path, how, mode) (pledge_open(how), open(path, how, mode))
#undef sys_stat
#define sys_stat(path, st) (pledge_need("stat", "rpath"), stat(path, st))
#undef sys_lstat
#define sys_lstat(path, st) \
	(pledge_need("lstat", "rpath wpath"), lstat(path, st))
#undef sys_chmod
#define sys_chmod(path, mode) \
	(pledge_need("chmod", "fattr"), chmod(path, mode))
#undef sys_unlink
#define sys_unlink(path) (pledge_need("unlink", "cpath"), unlink(path))
#undef sys_chdir
#define sys_chdir(dir) (pledge_need("chdir", "rpath"), chdir(dir))
#undef sys_chroot
#define sys_chroot(dir) (pledge_need("chroot", "-"), chroot(dir))
#undef sys_fcntl
#define sys_fcntl(fd, what, arg) (pledge_fcntl(what), fcntl(fd, what, arg))
#undef sys_ioctl
#define sys_ioctl(fd, what, arg) \
	(pledge_need("ioctl", "-"), ioctl(fd, what, arg))

#undef sys_fork
#define sys_fork() (pledge_need("fork", "proc"), fork())
#undef sys_kill
#define sys_kill(pid, sig) (pledge_need("kill", "proc"), kill((int)(pid), sig))
#undef sys_setsid
#define sys_setsid() (pledge_need("setsid", "proc"), setsid())
#undef sys_setrlimit
#define sys_setrlimit(what, r) \
	(pledge_need("setrlimit", "proc id"), setrlimit(what, r))
#undef sys_setgroups
#define sys_setgroups(n, p) (pledge_need("setgroups", "id"), setgroups(n, p))
#undef sys_setgid
#define sys_setgid(gid) (pledge_need("setgid", "id"), setgid(gid))
#undef sys_setuid
#define sys_setuid(uid) (pledge_need("setuid", "id"), setuid(uid))
#define getaddrinfo(name, port, hints, list) \
	(pledge_need("getaddrinfo", "dns"), \
	(getaddrinfo)(name, port, hints, list))

/* What it has not. */
#undef IP_LATEPORT
#define IP_LATEPORT (-1)
#undef sys_close_range
#define sys_close_range(fd) (-1)

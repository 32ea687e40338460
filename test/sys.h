/*
 * sys.h: the system as the tests see it.  Names and headers come from
 * compat.h, by the same knobs as plug's; what else the tests use of libc and
 * an old system lacks is made here of what it has.
 */
#ifndef SYS_H
#define SYS_H

#ifndef COMPAT_H
#define NAMES_ONLY
#include "../compat.h"
#endif

#include <stdio.h>
#if defined(__STDC__) || !defined(OLD_BSD)
#include <stdlib.h>
#else
extern char *malloc();
extern long atol();
#endif
#ifdef OLD_BSD
#include <sys/dir.h>
#define dirent direct
#else
#include <dirent.h>
#endif
#if !defined(OLD_WAIT3) && (defined(OLD_DTABLE) || defined(OLD_NOFILE))
#include <sys/resource.h>
#endif

/* Types that only prototypes need. */
#if !defined(__STDC__) || defined(OLD_BSD)
#define pid_t int
#define rlim_t int
#define socklen_t int
#endif

/* Exit statuses, whatever wait() is declared to take. */
#undef WIFEXITED
#undef WIFSIGNALED
#undef WEXITSTATUS
#undef WTERMSIG
#define WIFEXITED(st) (((st) & 0177) == 0)
#define WIFSIGNALED(st) (((st) & 0177) != 0)
#define WEXITSTATUS(st) ((st) >> 8 & 0377)
#define WTERMSIG(st) ((st) & 0177)

/* 4.2BSD takes an int, and has no resets and no sizes of buffers. */
#ifdef SO_DONTLINGER
struct linger {
	int l_onoff;
	int l_linger;
};
#define SO_RCVBUF 0x1002
#define SO_SNDBUF 0x1001
#endif

#ifndef _SC_CLK_TCK
#define TICKS 60L
#else
#define TICKS sysconf(_SC_CLK_TCK)
#endif

#ifdef OLD_ERRLIST
#ifndef __STDC__
extern char *sys_errlist[];
#define strerror(e) sys_errlist[e]
#endif
#endif

#ifdef OLD_BSD
#ifndef __STDC__
#define getsid(pid) getpgrp(pid)
#endif
#define getcwd(p, n) getwd(p)
extern char *getwd();

/* The path of a file, from the root. */
static char *
sys_realpath(char *path, char *to)
{
	static char full[2048];

	(void)to;
	full[0] = 0;
	if (path[0] != '/' && getwd(full) != 0)
		(void)strcat(full, "/");
	(void)strcat(full, path);
	to = (char *)malloc((unsigned)strlen(full) + 1);
	return strcpy(to, full);
}
#define realpath(path, to) sys_realpath(path, to)
#endif

/*
 * Strings of System V and of ANSI.
 */
#ifdef OLD_STRINGS
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#define memcpy(to, from, n) mem_copy(to, from, n)
#define memmove(to, from, n) mem_move(to, from, n)
#define memcmp(a, b, n) bcmp((char *)(a), (char *)(b), (int)(n))
#define memset(p, c, n) sys_memset((char *)(p), c, (long)(n))
#define strchr(s, c) index(s, c)
#define strrchr(s, c) rindex(s, c)
#define strstr(s, part) sys_strstr(s, part)
#define strspn(s, set) sys_span(s, set, 1)
#define strcspn(s, set) sys_span(s, set, 0)
#define strtok(s, set) sys_strtok(s, set)
#define strtol(s, end, base) sys_strtol(s, end)
#define strtoul(s, end, base) (unsigned long)sys_strtol(s, end)
#ifndef __STDC__
extern char *index(), *rindex();
#endif

static void
sys_memset(char *p, int c, long n)
{
	while (n-- > 0L)
		*p++ = (char)c;
}

static char *
sys_strstr(char *s, char *part)
{
	int n;

	n = (int)strlen(part);
	for (; *s != 0; s++)
		if (*s == *part && strncmp(s, part, n) == 0)
			return s;
	return n == 0 ? s : (char *)0;
}

/* Bytes at the start of s that are in the set, or that are not. */
static int
sys_span(char *s, char *set, int in)
{
	int n;

	for (n = 0; s[n] != 0; n++)
		if ((index(set, s[n]) != 0) != in)
			break;
	return n;
}

static char *
sys_strtok(char *s, char *set)
{
	static char *rest;

	if (s == 0)
		s = rest;
	s += sys_span(s, set, 1);
	if (*s == 0)
		return 0;
	rest = s + sys_span(s, set, 0);
	if (*rest != 0)
		*rest++ = 0;
	return s;
}

static long
sys_strtol(char *s, char **end)
{
	long n;

	for (n = 0L; *s >= '0' && *s <= '9'; s++)
		n = n * 10L + (long)(*s - '0');
	if (end != 0)
		*end = s;
	return n;
}
#endif

/*
 * poll() on select().
 */
#ifdef NO_POLL
#ifndef POLLIN
#define POLLIN 1
#define POLLOUT 4
#define POLLERR 8
#define POLLHUP 16
struct pollfd {
	int fd;
	short events;
	short revents;
};
#endif
#define poll(list, n, ms) sys_poll(list, (int)(n), (long)(ms))

static int
sys_poll(struct pollfd *p, int n, long ms)
{
	fd_set r, w;
	struct timeval t;
	int i, top;

	FD_ZERO(&r);
	FD_ZERO(&w);
	top = 0;
	for (i = 0; i < n; i++) {
		if (p[i].events & POLLIN)
			FD_SET(p[i].fd, &r);
		if (p[i].events & POLLOUT)
			FD_SET(p[i].fd, &w);
		if (p[i].fd >= top)
			top = p[i].fd + 1;
	}
	t.tv_sec = ms / 1000L;
	t.tv_usec = ms % 1000L * 1000L;
	top = select(top, &r, &w, (fd_set *)0, ms < 0L ? (struct timeval *)0 : &t);
	for (i = 0; i < n && top >= 0; i++) {
		p[i].revents = 0;
		if ((p[i].events & POLLIN) && FD_ISSET(p[i].fd, &r))
			p[i].revents |= POLLIN;
		if ((p[i].events & POLLOUT) && FD_ISSET(p[i].fd, &w))
			p[i].revents |= POLLOUT;
	}
	return top;
}
#endif

/*
 * waitpid() on wait3(), which may give us another child than the one that
 * we ask for: that is kept until somebody asks.
 */
#ifdef OLD_WAIT3
#define SYS_KEPT 256
static int sys_pid[SYS_KEPT], sys_status[SYS_KEPT];
static int sys_kept;
#define waitpid(pid, st, how) sys_waitpid((int)(pid), st, how)
#undef sys_waitpid

/* One of those kept: any, or this one. */
static int
sys_recall(int pid, int *st)
{
	int i, found;

	for (i = 0; i < sys_kept; i++) {
		if (pid >= 0 && sys_pid[i] != pid)
			continue;
		found = sys_pid[i];
		if (st != 0)
			*st = sys_status[i];
		sys_pid[i] = sys_pid[--sys_kept];
		sys_status[i] = sys_status[sys_kept];
		return found;
	}
	return 0;
}

static int
sys_waitpid(int pid, int *st, int how)
{
	int ended, status;

	for (;;) {
		ended = sys_recall(pid, st);
		if (ended > 0)
			return ended;
		status = 0;
		ended = (int)wait3((union wait *)&status, how, (struct rusage *)0);
		if (ended <= 0)
			return ended;
		if (sys_kept < SYS_KEPT) {
			sys_pid[sys_kept] = ended;
			sys_status[sys_kept++] = status;
		}
	}
}
#endif

/* A FIFO, where the system has them: 0 or -1. */
#ifdef S_IFIFO
#define fifo_make(path) mkfifo(path, 0600)
#else
#define fifo_make(path) (*(path) == 0 ? 0 : -1)
#endif

#endif

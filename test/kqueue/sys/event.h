/*
 * sys/event.h: kqueue(2) and kevent(2) where the system has none, on poll(),
 * so that the backend for the BSDs is run on others: -Itest/kqueue
 * -DUSE_KQUEUE.  As there:
 *
 *	a descriptor and a filter have one knote in the queue; adding it again
 *	enables it and changes no more
 *	a knote is reported as often as its state is seen, until it is deleted
 *	or disabled: level-triggered; EV_ONESHOT deletes it when reported
 *	closing a descriptor deletes its knotes
 *	deleting, enabling or disabling a knote that is not there is ENOENT,
 *	adding one for a descriptor that is not there EBADF
 *	a change that fails is an event with EV_ERROR and the errno in data, if
 *	there is room for events, and no other events come then; else kevent()
 *	fails, and the changes behind it are not made
 *	EV_EOF comes with what may still be read; a write filter has it when
 *	nobody will read
 *	both filters of a descriptor are events of their own, in any order, and
 *	there may be others between them
 *	a child of fork() has no queue, and its number is free there
 *
 * Not as there: EV_CLEAR is refused, since poll() does not tell changes; a
 * process has one queue at a time, and a second one is EMFILE, as a leak
 * would be in the end; fflags are 0.
 *
 * With -DKQ_NETBSD the types and numbers are those of NetBSD 2 to 9.
 * close(), dup2() and fork() are ours from here on.  What a caller of them
 * does behind our back, with a descriptor that has knotes, ends the process.
 */
#ifndef KQUEUE_EVENT_H
#define KQUEUE_EVENT_H

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef KQ_NETBSD
#define EVFILT_READ 0U
#define EVFILT_WRITE 1U
#define KQ_FILTER uint32_t
#define KQ_FLAGS uint32_t
#define KQ_DATA int64_t
#define KQ_UDATA intptr_t
#define KQ_COUNT size_t
#else
#define EVFILT_READ (-1)
#define EVFILT_WRITE (-2)
#define KQ_FILTER short
#define KQ_FLAGS unsigned short
#define KQ_DATA intptr_t
#define KQ_UDATA void *
#define KQ_COUNT int
#endif

#define EV_ADD 0x0001
#define EV_DELETE 0x0002
#define EV_ENABLE 0x0004
#define EV_DISABLE 0x0008
#define EV_ONESHOT 0x0010
#define EV_CLEAR 0x0020
#define EV_ERROR 0x4000
#define EV_EOF 0x8000

struct kevent {
	uintptr_t ident;
	KQ_FILTER filter;
	KQ_FLAGS flags;
	unsigned fflags;
	KQ_DATA data;
	KQ_UDATA udata;
};

#define EV_SET(k, a, b, c, d, e, f) do { \
	(k)->ident = (a); \
	(k)->filter = (b); \
	(k)->flags = (c); \
	(k)->fflags = (d); \
	(k)->data = (e); \
	(k)->udata = (f); \
} while (0)

int kqueue(void);
int kevent(int kq, const struct kevent *to, KQ_COUNT nto, struct kevent *from, KQ_COUNT nfrom, const struct timespec *timeout);
int kq_close(int fd);
int kq_dup2(int from, int to);
pid_t kq_fork(void);

#ifndef POLLRDHUP
#define POLLRDHUP 0
#endif

#define KQ_FDS 65536			/* descriptors that can have knotes */
#define KQ_READ 0
#define KQ_WRITE 1

struct kq_note {
	int flags;			/* EV_ADD: there; EV_DISABLE, EV_ONESHOT */
	KQ_UDATA udata;
};

static struct kq_note kq_notes[KQ_FDS][2];
static struct pollfd kq_list[KQ_FDS];	/* descriptors with knotes, packed */
static int kq_slot[KQ_FDS];		/* place there plus 1; 0: has none */
static int kq_count;
static int kq_top;			/* above all that ever had one */
static int kq_fd = -1;			/* the queue's own number */
static int kq_turn;			/* where the next look begins */
static int kq_first;			/* the filter that comes first then */

/* The process can't go on: what it does would be lost on a BSD. */
static void
kq_abort(const char *why)
{
	if (write(2, why, strlen(why)) < 0 || write(2, "\n", 1) < 0)
		_exit(99);
	abort();
}

/* A descriptor's knotes have changed: what poll() is asked of it. */
static void
kq_update(int fd)
{
	struct kq_note *n;
	struct pollfd *p;
	int i, events, slot;

	events = 0;
	for (i = 0; i < 2; i++) {
		n = &kq_notes[fd][i];
		if ((n->flags & (EV_ADD | EV_DISABLE)) == EV_ADD)
			events |= i == KQ_READ ? POLLIN | POLLRDHUP : POLLOUT;
	}
	slot = kq_slot[fd];
	if (events != 0 && slot == 0)
		slot = kq_slot[fd] = ++kq_count;
	if (slot == 0)
		return;
	p = &kq_list[slot - 1];
	p->fd = fd;
	p->events = (short)events;
	p->revents = 0;
	if (events == 0) {
		*p = kq_list[--kq_count];
		kq_slot[p->fd] = slot;
		kq_slot[fd] = 0;
	}
}

static void
kq_forget(int fd)
{
	if (fd < 0 || fd >= kq_top)
		return;
	kq_notes[fd][KQ_READ].flags = kq_notes[fd][KQ_WRITE].flags = 0;
	kq_update(fd);
}

/* All knotes go, with the queue or in a child. */
static void
kq_reset(void)
{
	int fd;

	for (fd = 0; fd < kq_top; fd++)
		kq_forget(fd);
	kq_fd = -1;
}

int
kq_close(int fd)
{
	if (fd >= 0 && fd == kq_fd)
		kq_reset();
	kq_forget(fd);
	return close(fd);
}

int
kq_dup2(int from, int to)
{
	if (from != to && to == kq_fd && fcntl(from, F_GETFD) >= 0)
		kq_reset();
	if (from != to && fcntl(from, F_GETFD) >= 0)
		kq_forget(to);
	return dup2(from, to);
}

pid_t
kq_fork(void)
{
	pid_t pid;

	pid = fork();
	if (pid == 0 && kq_fd >= 0) {
		(void)close(kq_fd);
		kq_reset();
	}
	return pid;
}

int
kqueue(void)
{
	if (kq_fd >= 0) {
		errno = EMFILE;
		return -1;
	}
	kq_fd = socket(AF_UNIX, SOCK_STREAM, 0);	/* only its number counts */
	return kq_fd;
}

/* One change: 0, or an errno. */
static int
kq_change(const struct kevent *k)
{
	struct kq_note *n;
	int fd;

	if (k->filter != EVFILT_READ && k->filter != EVFILT_WRITE)
		return EINVAL;
	if ((k->flags & ~(EV_ADD | EV_DELETE | EV_ENABLE | EV_DISABLE |
	    EV_ONESHOT)) != 0)
		return EINVAL;
	if (k->ident >= KQ_FDS)
		return EBADF;
	fd = (int)k->ident;
	if (fcntl(fd, F_GETFD) < 0 || fd == kq_fd)
		return EBADF;
	n = &kq_notes[fd][k->filter == EVFILT_WRITE ? KQ_WRITE : KQ_READ];
	if ((k->flags & EV_ADD) == 0 && (n->flags & EV_ADD) == 0)
		return ENOENT;
	if (k->flags & EV_ADD) {
		n->flags = EV_ADD | (k->flags & EV_ONESHOT);
		n->udata = k->udata;
	}
	if (k->flags & EV_DELETE)
		n->flags = 0;
	if (k->flags & EV_DISABLE)
		n->flags |= EV_DISABLE;
	if (k->flags & EV_ENABLE)
		n->flags &= ~EV_DISABLE;
	kq_update(fd);
	if (fd >= kq_top)
		kq_top = fd + 1;
	return 0;
}

/* The event of a filter if poll() found one: 1, or 0. */
static int
kq_event(int fd, int which, int found, struct kevent *k)
{
	struct kq_note *n;
	int eof, bytes;

	n = &kq_notes[fd][which];
	if ((n->flags & (EV_ADD | EV_DISABLE)) != EV_ADD)
		return 0;
	eof = found & (POLLHUP | POLLERR);
	if (which == KQ_READ)
		eof |= found & POLLRDHUP;
	if (eof == 0 && (found & (which == KQ_READ ? POLLIN : POLLOUT)) == 0)
		return 0;
	bytes = 0;
	if (which == KQ_READ && ioctl(fd, FIONREAD, &bytes) < 0)
		bytes = 1;		/* clients that wait */
	memset(k, 0, sizeof *k);
	k->ident = (uintptr_t)fd;
	k->filter = EVFILT_READ;
	if (which == KQ_WRITE)
		k->filter = EVFILT_WRITE;
	k->flags = EV_ADD;
	if (eof != 0)
		k->flags |= EV_EOF;
	k->data = bytes;
	k->udata = n->udata;
	if (n->flags & EV_ONESHOT)
		n->flags = 0;
	return 1;
}

/* What poll() found, at most max events; each look begins elsewhere. */
static int
kq_collect(struct kevent *from, int max)
{
	struct pollfd *p;
	int pass, i, n, count;

	count = kq_count;
	if (kq_turn >= count)
		kq_turn = 0;
	n = 0;
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < count && n < max; i++) {
			p = &kq_list[i < count - kq_turn ? kq_turn + i :
			    kq_turn + i - count];
			if (p->revents == 0)
				continue;
			if (p->revents & POLLNVAL)
				kq_abort("kqueue: a descriptor is gone, its"
				    " knotes are not");
			n += kq_event(p->fd, pass ^ kq_first, p->revents,
			    from + n);
		}
	for (i = 0; i < n; i++)
		kq_update((int)from[i].ident);
	kq_turn = count > 0 ? (kq_turn + 17) % count : 0;
	kq_first ^= 1;
	return n;
}

int
kevent(int kq, const struct kevent *to, KQ_COUNT nto, struct kevent *from, KQ_COUNT nfrom, const struct timespec *timeout)
{
	int i, n, e, ms;

	if (kq < 0 || kq != kq_fd) {
		errno = EBADF;
		return -1;
	}
	n = 0;
	for (i = 0; i < (int)nto; i++) {
		e = kq_change(to + i);
		if (e == 0)
			continue;
		if (n >= (int)nfrom) {
			errno = e;
			return -1;
		}
		from[n] = to[i];
		from[n].flags = EV_ERROR;
		from[n++].data = e;
	}
	if (n > 0 || nfrom == 0)
		return n;
	ms = -1;
	if (timeout != 0 && timeout->tv_sec < 2000000)
		ms = (int)timeout->tv_sec * 1000 +
		    (int)((timeout->tv_nsec + 999999) / 1000000);
	n = poll(kq_list, (nfds_t)kq_count, ms);
	return n <= 0 ? n : kq_collect(from, (int)nfrom);
}

#define close(fd) kq_close(fd)
#define dup2(from, to) kq_dup2(from, to)
#define fork() kq_fork()

#endif

/*
 * cover.c: how a plug that is built for coverage ends: its _exit() is
 * cover_exit(), as the counters are written by exit() only.  The limits that
 * a test has set may not keep them from their file.
 */
#include <sys/time.h>
#include <sys/resource.h>
#include <unistd.h>

void __gcov_dump(void);

void
cover_exit(int status)
{
	struct rlimit r;

	r.rlim_cur = r.rlim_max = RLIM_INFINITY;
	if (setrlimit(RLIMIT_FSIZE, &r) == 0) {
		(void)close(0);
		__gcov_dump();
	}
	_exit(status);
}

/* The same numbers again: <sys/file.h> may have been there before. */
#define O_RDONLY 0
#define O_WRONLY 1
#define O_RDWR 2
#define O_NDELAY 4
#define O_APPEND 010
#define O_CREAT 01000
#define O_TRUNC 02000
#define O_EXCL 04000
#define F_GETFD 1
#define F_SETFD 2
#define F_GETFL 3
#define F_SETFL 4
#ifdef KR_SUN
#define O_NONBLOCK 040000
#define O_NOCTTY 0x8000
#define FD_CLOEXEC 1
#define F_SETLK 8
#define F_WRLCK 2
struct flock { short l_type, l_whence; long l_start, l_len; short l_pid, l_xxx; };
#endif

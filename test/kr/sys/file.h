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
#define LOCK_SH 1
#define LOCK_EX 2
#define LOCK_NB 4
#define LOCK_UN 8
#define F_OK 0
#define X_OK 1
#define W_OK 2
#define R_OK 4
#define L_SET 0
#ifdef KR_SUN
#define O_NONBLOCK 040000
#define O_NOCTTY 0x8000
#endif

#ifdef KR_211
extern unsigned int alarm(), sleep();
extern char *brk(), *sbrk(), *getwd();
extern void sync(), usleep();
#else
#ifdef KR_SUN
#define _SC_OPEN_MAX 5
#define R_OK 4
#define W_OK 2
#define X_OK 1
#define F_OK 0
#else
no_unistd_h_here
#endif
#endif

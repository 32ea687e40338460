struct rusage { struct timeval ru_utime, ru_stime; long ru_rest[14]; };
#define RLIMIT_CPU 0
#define RLIMIT_FSIZE 1
#ifdef KR_SUN
#define RLIMIT_NOFILE 6
#endif
#ifdef KR_211
struct rlimit { long rlim_cur, rlim_max; };
#else
struct rlimit { int rlim_cur, rlim_max; };
#endif

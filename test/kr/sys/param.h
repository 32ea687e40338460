#define MAXPATHLEN 1024
#ifdef KR_42
#define NOFILE 20
#else
#ifdef KR_211
#define NOFILE 30
#else
#define NOFILE 64
#endif
#endif

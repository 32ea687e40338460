#ifdef KR_SUN
#define KR_ONCE
#endif
#ifdef __STDC__
#define KR_ONCE
#endif
#if !defined(KR_ONCE) || !defined(KR_TIME)
#define KR_TIME
struct tm {
	int tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year;
	int tm_wday, tm_yday, tm_isdst;
};
extern struct tm *gmtime(), *localtime();
extern char *asctime(), *ctime();
#endif

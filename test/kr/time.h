struct tm {
	int tm_sec, tm_min, tm_hour, tm_mday, tm_mon;
	int tm_year, tm_wday, tm_yday, tm_isdst;
};
extern struct tm *localtime(), *gmtime();
extern char *asctime();

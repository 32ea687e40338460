#ifdef KR_42
extern struct in_addr inet_addr();
#else
extern unsigned long inet_addr();
#endif
extern char *inet_ntoa();

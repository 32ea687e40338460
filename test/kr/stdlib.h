#ifdef KR_211
extern char *malloc(), *calloc(), *getenv();
extern long strtol();
#else
#ifdef KR_SUN
extern char *malloc(), *calloc(), *getenv();
#else
no_stdlib_h_here
#endif
#endif

#ifndef KR_42
#include <strings.h>
extern char *strchr(), *strrchr(), *strpbrk(), *strtok();
extern int strspn(), strcspn();
#ifdef KR_211
extern char *memcpy(), *memset(), *memchr(), *strstr(), *strerror();
extern int memcmp();
#endif
#ifdef KR_SUN
extern char *memcpy(), *memset(), *memchr();
extern int memcmp();
#endif
#endif

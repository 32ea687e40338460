extern char *strcat(), *strncat(), *strcpy(), *strncpy(), *index(), *rindex();
extern int strcmp(), strncmp(), strlen();

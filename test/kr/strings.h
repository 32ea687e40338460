extern char *index(), *rindex(), *strncpy();

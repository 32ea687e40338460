struct group { char *gr_name, *gr_passwd; int gr_gid; char **gr_mem; };
extern struct group *getgrent(), *getgrgid(), *getgrnam();

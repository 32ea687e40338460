#define MAXNAMLEN 63
struct direct {
	u_long d_ino;
	short d_reclen, d_namlen;
	char d_name[MAXNAMLEN + 1];
};
typedef struct _dirdesc { int dd_fd; } DIR;
extern DIR *opendir();
extern struct direct *readdir();
extern int closedir();

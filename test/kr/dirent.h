#ifdef KR_SUN
struct dirent { off_t d_off; u_long d_fileno; u_short d_reclen, d_namlen; char d_name[256]; };
typedef struct { int dd_fd; } DIR;
extern DIR *opendir();
extern struct dirent *readdir();
#else
no_dirent_h_here
#endif

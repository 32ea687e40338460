struct stat {
	dev_t st_dev;
	ino_t st_ino;
	u_short st_mode;
	short st_nlink;
	short st_uid;
	short st_gid;
	dev_t st_rdev;
	off_t st_size;
};
#define S_IFMT 0170000
#define S_IFCHR 0020000
#define S_IFREG 0100000
#define S_IFSOCK 0140000

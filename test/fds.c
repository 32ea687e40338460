/*
 * fds.c: the descriptors that a process uses; live.c and scale.c include it.
 * Sockets that plug keeps to connect again are not in use: they are in none
 * of the system's tables.
 */
#define MAXINODE 65536

static unsigned long inodes[MAXINODE];
static int ninode;

/* Notes the sockets of one table: the n-th word of a line has the inode. */
static void
table_read(char *name, int n)
{
	static char line[1024];
	char *s;
	FILE *f;
	int i;

	f = fopen(name, "r");
	if (f == 0)
		return;
	while (fgets(line, sizeof line, f) != 0 && ninode < MAXINODE) {
		s = strtok(line, " \n");
		for (i = 1; s != 0 && i < n; i++)
			s = strtok((char *)0, " \n");
		if (s != 0 && atol(s) > 0L)
			inodes[ninode++] = (unsigned long)atol(s);
	}
	fclose(f);
}

/* The socket of this link of /proc/PID/fd is in a table. */
static int
socket_known(char *link)
{
	unsigned long inode;
	int i;

	inode = (unsigned long)atol(link + 8);
	for (i = 0; i < ninode; i++)
		if (inodes[i] == inode)
			return 1;
	return 0;
}

/*
 * Descriptors of a process whose link begins with this kind ("" is any), but
 * for the sockets above; 0 where there is no /proc.
 */
int
used_fds(int pid, char *kind)
{
	static char path[64 + 256];
	char link[64];
	struct dirent *e;
	int len;
	int n;
	DIR *d;

	ninode = 0;
	table_read("/proc/net/tcp", 10);
	table_read("/proc/net/tcp6", 10);
	table_read("/proc/net/unix", 7);
	sprintf(path, "/proc/%d/fd", pid);
	d = opendir(path);
	if (d == 0)
		return 0;
	for (n = 0; (e = readdir(d)) != 0; ) {
		sprintf(path, "/proc/%d/fd/%.200s", pid, e->d_name);
		len = (int)readlink(path, link, sizeof link - 1);
		if (len < 0)
			continue;
		link[len] = 0;
		n += strncmp(link, kind, strlen(kind)) == 0 &&
		    (strncmp(link, "socket:[", 8) != 0 || socket_known(link));
	}
	closedir(d);
	return n;
}

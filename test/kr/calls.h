/* What these systems leave undeclared. */
extern int accept(), access(), atoi(), bcmp(), bcopy(), bind(), bzero();
extern int chdir(), close(), connect(), dup2(), execv(), fcntl();
extern int flock(), fork(), fstat(), ftruncate(), getdtablesize(), getpgrp();
extern int getpeername(), getpid(), getppid(), getsockname(), getsockopt();
extern int gettimeofday(), getuid(), geteuid(), ioctl(), kill(), link();
extern int listen(), lstat(), mkdir(), open(), openlog(), pipe(), printf();
extern int read(), readlink(), recv(), rename(), rmdir(), select(), send();
extern int setpgrp(), setsockopt(), shutdown(), sigblock(), sigsetmask();
extern int socket(), stat(), symlink(), syslog(), umask();
extern int unlink(), wait3(), write(), initgroups(), setgid(), setuid();
extern int getgid(), getegid(), chroot(), dup();
extern int setgroups(), closelog(), getpagesize(), sigvec(), chmod(), chown();
extern long time(), lseek(), atol();
extern void _exit(), exit();
#ifdef KR_SUN
extern int getrlimit(), setrlimit(), poll(), sigaction(), sigemptyset();
extern int sigprocmask(), setsid(), waitpid(), munmap();
extern long sysconf();
#endif

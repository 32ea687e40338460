#define O_RDONLY 0
#define O_WRONLY 1
#define O_RDWR 2
#define O_NDELAY 4
#define O_APPEND 010
#define O_CREAT 01000
#define LOCK_EX 2
#define LOCK_NB 4

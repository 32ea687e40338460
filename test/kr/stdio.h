#define BUFSIZ 1024
extern struct _iobuf { int _cnt; char *_ptr; short _flag; } _iob[];
#define FILE struct _iobuf
#define NULL 0
#define EOF (-1)
#define stdin (&_iob[0])
#define stdout (&_iob[1])
#define stderr (&_iob[2])
#define putchar(x) fputc(x, stdout)
extern FILE *fopen(), *fdopen();
extern char *fgets(), *sprintf();

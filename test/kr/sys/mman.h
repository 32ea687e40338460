#ifdef KR_SUN
#define PROT_READ 1
#define PROT_WRITE 2
#define MAP_SHARED 1
extern caddr_t mmap();
#else
no_mman_h_here
#endif

#define TCP_NODELAY 1

#ifndef KR_42
#define TCP_NODELAY 1
#endif

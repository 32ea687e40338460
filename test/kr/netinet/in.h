#define IPPROTO_TCP 6
#define INADDR_ANY ((u_long)0)
struct in_addr { u_long s_addr; };
struct sockaddr_in {
	short sin_family;
	u_short sin_port;
	struct in_addr sin_addr;
	char sin_zero[8];
};
extern u_short htons(), ntohs();
extern u_long htonl(), ntohl();
#ifndef KR_42
#define IPPROTO_IP 0
#define IP_OPTIONS 1
#endif

struct in_addr { u_long s_addr; };
struct sockaddr_in {
	short sin_family;
	u_short sin_port;
	struct in_addr sin_addr;
	char sin_zero[8];
};
#define IPPROTO_IP 0
#define IPPROTO_TCP 6
extern u_short htons(), ntohs();

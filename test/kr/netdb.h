struct hostent {
	char *h_name, **h_aliases;
	int h_addrtype, h_length;
#ifdef KR_42
	char *h_addr;
#else
	char **h_addr_list;
#define h_addr h_addr_list[0]
#endif
};
extern struct hostent *gethostbyname(), *gethostbyaddr();

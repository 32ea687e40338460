union wait { int w_status; };
#define WNOHANG 1

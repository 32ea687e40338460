union wait {
	int w_status;
	struct {
		unsigned short w_Termsig:7, w_Coredump:1, w_Retcode:8;
	} w_T;
	struct {
		unsigned short w_Stopval:8, w_Stopsig:8;
	} w_S;
};
#define w_termsig w_T.w_Termsig
#define w_retcode w_T.w_Retcode
#define w_stopval w_S.w_Stopval
#define WSTOPPED 0177
#define WNOHANG 1
#define WIFSIGNALED(x) ((x).w_stopval != WSTOPPED && (x).w_termsig != 0)
#define WIFEXITED(x) ((x).w_stopval != WSTOPPED && (x).w_termsig == 0)

#define F_GETFD 1
#define F_SETFD 2
#define F_GETFL 3
#define F_SETFL 4

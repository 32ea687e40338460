#ifdef KR_42
#define LOG_ALERT 1
#define LOG_SALERT 2
#define LOG_EMERG 3
#define LOG_ERR 4
#define LOG_CRIT 5
#define LOG_WARNING 6
#define LOG_NOTICE 7
#define LOG_INFO 8
#define LOG_DEBUG 9
#define LOG_PID 1
#else
#define LOG_EMERG 0
#define LOG_ALERT 1
#define LOG_CRIT 2
#define LOG_ERR 3
#define LOG_WARNING 4
#define LOG_NOTICE 5
#define LOG_INFO 6
#define LOG_DEBUG 7
#define LOG_DAEMON 030
#define LOG_PID 1
#define LOG_NDELAY 8
#endif

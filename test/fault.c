/*
 * fault.c: plug itself, over the system calls of fault.h.
 */
#define SEAMS "test/fault.h"
#include "../plug.c"

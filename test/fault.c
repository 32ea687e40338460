/*
 * fault.c: plug itself, over the system calls of fault.h.
 */
#define SEAMS_FAULT
#include "../plug.c"

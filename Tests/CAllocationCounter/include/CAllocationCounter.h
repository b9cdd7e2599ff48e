/* Counts the heap allocations of one thread, for tests that prove that there are none. */
#ifndef CALLOCATIONCOUNTER_H
#define CALLOCATIONCOUNTER_H

#include <stdbool.h>
#include <stdint.h>

/* False where allocations cannot be counted: another C library than glibc, or a sanitizer that has its own malloc. */
bool allocation_counter_is_available(void);

/* Counts from zero, on the calling thread, until stopped. One thread at a time. */
void allocation_counter_start(void);

/* The number of allocations since the start. */
uint64_t allocation_counter_stop(void);

#endif

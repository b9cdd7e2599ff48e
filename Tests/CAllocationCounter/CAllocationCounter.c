/* The linker takes these definitions for the C library's, in every library of the process: they count, and pass the call on.
 * free needs no counting, and the C library's own takes what its allocator gave. */

#include "CAllocationCounter.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#if defined(__GLIBC__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer) && !__has_feature(memory_sanitizer)

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static _Thread_local bool counting;
static _Thread_local uint64_t allocations;

/* To find who allocates: gdb, break allocation_counted, backtrace. */
__attribute__((noinline, used)) void allocation_counted(void) {
    allocations++;
    __asm__ volatile("");
}

void *malloc(size_t size) {
    if (counting) allocation_counted();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    if (counting) allocation_counted();
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    if (counting) allocation_counted();
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    if (counting) allocation_counted();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    if (counting) allocation_counted();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (counting) allocation_counted();
    void *memory = __libc_memalign(alignment, size);
    if (memory == NULL) return ENOMEM;
    *result = memory;
    return 0;
}

bool allocation_counter_is_available(void) { return true; }

/* swift-testing has the Swift runtime call it for every error that is thrown, and keeps a backtrace on the heap: not while we
 * count. Nothing calls the runtime's hooks in a program of ours. */
extern _Atomic(void *) _swift_willThrow __attribute__((weak));
extern _Atomic(void *) _swift_willThrowTypedImpl __attribute__((weak));
static void *untyped, *typed;

void allocation_counter_start(void) {
    if (&_swift_willThrow) untyped = atomic_exchange(&_swift_willThrow, NULL);
    if (&_swift_willThrowTypedImpl) typed = atomic_exchange(&_swift_willThrowTypedImpl, NULL);
    allocations = 0;
    counting = true;
}

uint64_t allocation_counter_stop(void) {
    counting = false;
    if (&_swift_willThrow) atomic_store(&_swift_willThrow, untyped);
    if (&_swift_willThrowTypedImpl) atomic_store(&_swift_willThrowTypedImpl, typed);
    return allocations;
}

#else

bool allocation_counter_is_available(void) { return false; }
void allocation_counter_start(void) {}
uint64_t allocation_counter_stop(void) { return 0; }

#endif

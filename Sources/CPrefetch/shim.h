#pragma once

// Of the compiler, and unknown to Swift.
static inline void prefetch(const void *address) { __builtin_prefetch(address); }

#pragma once
#include <linux/capability.h>
#include <linux/filter.h>
#include <netpacket/packet.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/types.h>

// glibc has both and declares neither.
int capget(struct __user_cap_header_struct *header, struct __user_cap_data_struct *data);
int capset(struct __user_cap_header_struct *header, const struct __user_cap_data_struct *data);

// Declared only to those who ask for GNU's own.
int setresuid(uid_t real, uid_t effective, uid_t saved);
int setresgid(gid_t real, gid_t effective, gid_t saved);

// Variadic, so that Swift cannot call them.
static inline int process_control(int option, unsigned long value) { return prctl(option, value, 0ul, 0ul, 0ul); }
static inline int terminal_size(int descriptor, struct winsize *size) { return ioctl(descriptor, TIOCGWINSZ, size); }

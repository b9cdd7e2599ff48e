// R2, the own-read floor: the same work over one 1 MiB read(2) buffer, walking the record headers
// of a classic pcap file in the machine's byte order.
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include "touch.h"

enum { capacity = 1 << 20 };
static unsigned char buffer[capacity];

int main(int argc, char **argv) {
    uint32_t magic = 0, captured;
    unsigned char header[24];
    int file = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    if (file < 0 || read(file, header, sizeof header) != sizeof header)
        return perror("r2"), 1;
    memcpy(&magic, header, 4);
    if (magic != 0xa1b2c3d4 && magic != 0xa1b23c4d)
        return fprintf(stderr, "r2: not a classic pcap file in native byte order\n"), 1;

    uint64_t packets = 0, touched = 0;
    size_t start = 0, end = 0;
    for (;;) {
        while (end - start >= 16) {
            memcpy(&captured, buffer + start + 8, 4);
            if (captured > capacity - 16)
                return fprintf(stderr, "r2: record too long\n"), 1;
            if (end - start < 16 + captured)
                break;
            touched ^= touch(buffer + start + 16, captured);
            packets++;
            start += 16 + captured;
        }
        memmove(buffer, buffer + start, end - start);
        end -= start;
        start = 0;
        ssize_t got = read(file, buffer + end, capacity - end);
        if (got < 0)
            return perror("r2"), 1;
        if (got == 0)
            break;
        end += (size_t)got;
    }
    printf("%llu packets, %016llx\n", (unsigned long long)packets, (unsigned long long)touched);
    return 0;
}

/* Sends frames as fast as one core can: sender INTERFACE OCTETS SECONDS [VIP]. TCP segments of 256 connections between strangers, or from 256 clients to the VIP.
   Prints how many were sent. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { batch = 256 };

int main(int argc, char **argv) {
    if (argc < 4) return 64;
    int size = atoi(argv[2]), one = 1;
    int s = socket(AF_PACKET, SOCK_RAW, 0);
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(argv[1])};
    if (size < 60 || size > 1514 || s < 0 || bind(s, (struct sockaddr *)&to, sizeof to) < 0) return 1;
    setsockopt(s, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);
    static unsigned char frames[batch][1514];
    static struct iovec vectors[batch];
    static struct mmsghdr messages[batch];
    for (int i = 0; i < batch; i++) {
        unsigned char *f = frames[i];
        memcpy(f, "\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x08\0\x45\0", 16);
        f[16] = (unsigned char)((size - 14) >> 8), f[17] = (unsigned char)(size - 14);
        f[22] = 64, f[23] = 6;
        memcpy(f + 26, "\x0a\x08\0", 3), f[29] = (unsigned char)i;
        memcpy(f + 30, "\x0a\x07\0\x01", 4);
        if (argc > 4) inet_pton(AF_INET, argv[4], f + 30);
        f[34] = 40, f[35] = (unsigned char)i, f[36] = 1, f[37] = 187, f[46] = 0x50, f[47] = 0x10, f[48] = 2;
        vectors[i] = (struct iovec){f, (size_t)size};
        messages[i].msg_hdr.msg_iov = &vectors[i], messages[i].msg_hdr.msg_iovlen = 1;
    }
    struct timespec start, now;
    unsigned long sent = 0;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        int count = sendmmsg(s, messages, batch, 0);
        if (count > 0) sent += (unsigned long)count;
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec - start.tv_sec + (now.tv_nsec - start.tv_nsec) / 1e9 < atof(argv[3]));
    printf("%lu\n", sent);
    return 0;
}

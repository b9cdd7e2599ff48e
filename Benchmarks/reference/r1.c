// R1, the libpcap read floor: what libpcap itself takes to hand over every packet of a savefile.
#include <pcap.h>
#include <stdio.h>
#include "touch.h"

static uint64_t packets, touched;

static void packet(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes) {
    (void)user;
    touched ^= touch(bytes, header->caplen);
    packets++;
}

int main(int argc, char **argv) {
    char error[PCAP_ERRBUF_SIZE] = "usage: r1 FILE";
    pcap_t *file = argc == 2 ? pcap_open_offline(argv[1], error) : NULL;
    if (!file || pcap_loop(file, -1, packet, NULL) != 0) {
        fprintf(stderr, "r1: %s\n", file ? pcap_geterr(file) : error);
        return 1;
    }
    printf("%llu packets, %016llx, %s\n", (unsigned long long)packets, (unsigned long long)touched, pcap_lib_version());
    return 0;
}

/* Sends what ever new users do on a LAN, at a steady rate: churn INTERFACE PACKETS_A_SECOND SECONDS VIP.
   Each user asks for the VIP's hardware address and for a name, and connects: a fifth each is served and closes, is served and resets, is refused, gets no answer, and
   stops half way. Hosts, ports, names and numbers are drawn at random. Prints how many frames were sent. */
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

typedef unsigned char octet;

static int out;
static unsigned long sent;
static octet vip[4], user[4];
static octet frame[256];
static const octet node_mac[6] = {0x02, 0x42, 0x0a, 0, 0, 0x9d}, resolver[4] = {10, 7, 0, 53};
static octet user_mac[6] = {0x02, 0, 0, 0, 0, 0};

static unsigned long state = 88172645463325252ul;
static unsigned next(void) { state ^= state << 13, state ^= state >> 7, state ^= state << 17; return (unsigned)(state >> 16); }

static void put(int at, unsigned value, int octets) { while (octets--) frame[at + octets] = (octet)value, value >>= 8; }
static void emit(int length) { if (length < 60) memset(frame + length, 0, (size_t)(60 - length)), length = 60; if (send(out, frame, (size_t)length, 0) > 0) sent++; }
static void link_header(int back, unsigned type) { memcpy(frame, back ? user_mac : node_mac, 6), memcpy(frame + 6, back ? node_mac : user_mac, 6), put(12, type, 2); }

static void ipv4(int back, const octet *peer, int protocol, int length) {
    link_header(back, 0x0800), put(14, 0x4500, 2), put(16, (unsigned)length, 2), put(18, next(), 2), put(20, 0, 2), put(22, back ? 63 : 64, 1);
    put(23, (unsigned)protocol, 1), put(24, 0, 2), memcpy(frame + 26, back ? peer : user, 4), memcpy(frame + 30, back ? user : peer, 4);
    unsigned sum = 0;
    for (int i = 14; i < 34; i += 2) sum += (unsigned)frame[i] << 8 | frame[i + 1];
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    put(24, ~sum & 0xffff, 2);
}

static void arp(void) {
    link_header(0, 0x0806), memset(frame, 0xff, 6), put(14, 0x00010800, 4), put(18, 0x0604, 2), put(20, 1, 2), memcpy(frame + 22, user_mac, 6);
    memcpy(frame + 28, user, 4), memset(frame + 32, 0, 6), memcpy(frame + 38, vip, 4), emit(42);
    link_header(1, 0x0806), put(20, 2, 2), memcpy(frame + 22, node_mac, 6), memcpy(frame + 28, vip, 4), memcpy(frame + 32, user_mac, 6), memcpy(frame + 38, user, 4);
    emit(42);
}

static void tcp(int back, unsigned port, unsigned sequence, unsigned number, unsigned flags, int data) {
    ipv4(back, vip, 6, 40 + data), put(34, back ? 443 : port, 2), put(36, back ? port : 443, 2), put(38, sequence, 4), put(42, number, 4), put(46, 0x50, 1);
    put(47, flags, 1), put(48, 64240, 2), put(50, 0, 4);
    if (data) memset(frame + 54, 0x41, (size_t)data), memcpy(frame + 54, "\x17\x03\x03\0\x40", 5);
    emit(54 + data);
}

static void dns(void) {
    unsigned port = 1024 + next() % 60000, id = next(), name = next();
    for (int back = 0; back < 2; back++) {
        int length = 12 + 1 + 8 + 9 + 4 + 1 + 4 + 16 * back;
        ipv4(back, resolver, 17, 28 + length), put(34, back ? 53 : port, 2), put(36, back ? port : 53, 2), put(38, (unsigned)(8 + length), 2), put(40, 0, 2);
        put(42, id, 2), put(44, back ? 0x8180 : 0x0100, 2), put(46, 1, 2), put(48, (unsigned)back, 2), put(50, 0, 4);
        frame[54] = 8;
        for (int i = 0; i < 8; i++) frame[55 + i] = (octet)('a' + (name >> (4 * i) & 15));
        memcpy(frame + 63, "\x08laurivan\x03" "com\0\0\x01\0\x01", 18);
        if (back) put(81, 0xc00c0001, 4), put(85, 0x0001, 2), put(87, 60, 4), put(91, 4, 2), memcpy(frame + 93, vip, 4);
        emit(42 + length);
    }
}

static void session(void) {
    for (int i = 3; i < 6; i++) user_mac[i] = (octet)next();
    put(0, 0x0a000000u | (next() & 0xffffff), 4), memcpy(user, frame, 4);
    unsigned port = 1024 + next() % 60000, first = next(), answer = next(), fate = next() % 5;
    arp(), dns();
    tcp(0, port, first, 0, 2, 0);
    if (fate == 3) return;
    if (fate == 2) { tcp(1, port, 0, first + 1, 0x14, 0); return; }
    tcp(1, port, answer, first + 1, 0x12, 0);
    if (fate == 4) return;
    tcp(0, port, first + 1, answer + 1, 0x10, 0), tcp(0, port, first + 1, answer + 1, 0x18, 69), tcp(1, port, answer + 1, first + 70, 0x18, 69);
    if (fate == 1) { tcp(1, port, answer + 70, first + 70, 0x14, 0); return; }
    tcp(0, port, first + 70, answer + 70, 0x11, 0), tcp(1, port, answer + 70, first + 71, 0x11, 0), tcp(0, port, first + 71, answer + 71, 0x10, 0);
}

int main(int argc, char **argv) {
    if (argc < 5 || inet_pton(AF_INET, argv[4], vip) != 1) return 64;
    double rate = atof(argv[2]), seconds = atof(argv[3]), elapsed = 0;
    out = socket(AF_PACKET, SOCK_RAW, 0);
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(argv[1])};
    if (out < 0 || bind(out, (struct sockaddr *)&to, sizeof to) < 0) return 1;
    struct timespec start, now, rest = {0, 1000000};
    clock_gettime(CLOCK_MONOTONIC, &start);
    while (elapsed < seconds) {
        while ((double)sent < elapsed * rate) session();
        nanosleep(&rest, NULL);
        clock_gettime(CLOCK_MONOTONIC, &now);
        elapsed = (double)(now.tv_sec - start.tv_sec) + (double)(now.tv_nsec - start.tv_nsec) / 1e9;
    }
    printf("%lu\n", sent);
    return 0;
}

#!/usr/bin/env python3
"""Write the benchmark's captures: classic pcap, Ethernet, the same bytes every time.

    make_inputs.py --new-flows new-flows.pcap             every pair of packets a new TCP flow to one VIP
    make_inputs.py --dns dns.pcap                         DNS queries and answers, nothing else
    make_inputs.py --quic quic.pcap                       QUIC attempts, every one with its own keys
    make_inputs.py --mix mix.pcap --packets 2000000       bulk TCP with some DNS, ARP and ICMP

All checksums are right. Plain Python 3, no third-party modules; --quic takes OpenSSL's libcrypto by ctypes.
"""
import argparse
import functools
import random
import struct
from collections import deque
from ipaddress import IPv4Address, IPv6Address

import quic_initials

VIP = int(IPv4Address("10.0.0.157"))
RESOLVER = int(IPv4Address("10.0.0.53"))
LAN = int(IPv4Address("10.0.0.0"))
SERVERS = [int(IPv4Address("100.64.0.10")) + n for n in range(200)]
ROUTER = bytes.fromhex("02000a000001")
BROADCAST = b"\xff" * 6

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


class Savefile:
    """A pcap file of `packets` packets, 100,000 of them a second."""

    def __init__(self, path, packets):
        self.file = open(path, "wb")
        self.file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        self.time = 1_700_000_000 * 1_000_000
        self.left = packets
        self.waiting = []

    def put(self, *frames):
        """Append the frames; those beyond the wanted count are left out."""
        for frame in frames[: self.left]:
            frame = frame.ljust(60, b"\0")
            self.time += 10
            self.waiting.append(struct.pack("<IIII", *divmod(self.time, 1_000_000), len(frame), len(frame)))
            self.waiting.append(frame)
            self.left -= 1
        if len(self.waiting) > 10_000:
            self.flush()

    def flush(self):
        self.file.write(b"".join(self.waiting))
        self.waiting.clear()


# ---- Packets. 65536 is 1 modulo 65535, so the Internet checksum's sum over 16-bit words is any
# ---- big-endian number's remainder: addresses, sequence numbers and whole payloads add up directly.

def checksum(total):
    return -total % 0xFFFF


def number(data):
    return int.from_bytes(data + b"\0" if len(data) & 1 else data, "big")


def mac(address):
    return b"\x02\x42" + address.to_bytes(4, "big")


def path(source, destination):
    """Destination and source MAC address: hosts outside the LAN are behind the router."""
    near = [mac(end) if end >> 8 == LAN >> 8 else ROUTER for end in (destination, source)]
    return near[0] + near[1]


IPV4 = struct.Struct(">12sHHHHHBBHII")
TCP = struct.Struct(">HHIIHHHH")


def ipv4(source, destination, protocol, body, ident=0):
    length = 20 + len(body)
    total = 0x4500 + length + ident + 0x4000 + (64 << 8 | protocol) + source + destination
    return IPV4.pack(path(source, destination), 0x0800, 0x4500, length, ident, 0x4000, 64, protocol, checksum(total),
                     source, destination) + body


def tcp(source, destination, ports, sequence, acknowledged, flags, options=b"", data=b"", ident=0):
    header = 20 + len(options)
    bits = header << 10 | flags
    rest = options + data
    total = (source + destination + 6 + header + len(data) + ports[0] + ports[1] + sequence + acknowledged
             + bits + 64240 + number(rest))
    return ipv4(source, destination, 6, TCP.pack(ports[0], ports[1], sequence, acknowledged, bits, 64240,
                                                 checksum(total), 0) + rest, ident)


def udp(source, destination, ports, data, ident=0):
    length = 8 + len(data)
    total = source + destination + 17 + 2 * length + ports[0] + ports[1] + number(data)
    return ipv4(source, destination, 17, struct.pack(">HHHH", *ports, length, checksum(total) or 0xFFFF) + data, ident)


def echo(source, destination, kind, sequence):
    rest = struct.pack(">HH", 0x4242, sequence) + bytes(range(48))
    return ipv4(source, destination, 1, struct.pack(">BBH", kind, 0, checksum((kind << 8) + number(rest))) + rest)


def arp(operation, sender, target, destination):
    asked = bytes(6) if operation == 1 else mac(target)
    return (destination + mac(sender) + struct.pack(">HHHBBH", 0x0806, 1, 0x0800, 6, 4, operation)
            + mac(sender) + sender.to_bytes(4, "big") + asked + target.to_bytes(4, "big"))


# ---- Every pair of packets a new flow

MSS = b"\x02\x04\x05\xb4"


def new_flows(out, rnd):
    """A SYN from an address and port not seen before; the VIP answers half with SYN-ACK, half with RST."""
    seen = set()
    while out.left:
        client = (11 + rnd.randrange(116)) << 24 | rnd.getrandbits(24)
        port = rnd.randrange(1024, 65536)
        if (client, port) in seen:
            continue
        seen.add((client, port))
        sequence = rnd.getrandbits(32)
        answered = (sequence + 1) & 0xFFFFFFFF
        out.put(tcp(client, VIP, (port, 443), sequence, 0, SYN, MSS, ident=sequence & 0xFFFF))
        if rnd.random() < 0.5:
            out.put(tcp(VIP, client, (443, port), 0, answered, RST | ACK))
        else:
            out.put(tcp(VIP, client, (443, port), rnd.getrandbits(32), answered, SYN | ACK, MSS))


# ---- DNS

A, SOA, AAAA, HTTPS = 1, 6, 28, 65
SERVICES = ["argocd", "auth", "git", "grafana", "home", "longhorn", "nas", "photos", "registry", "vault"]
NAMES = [f"{service}.laurivan.com" for service in SERVICES] + [
    pattern % n for n in range(1500)
    for pattern in ("app%d.laurivan.com", "cdn%d.example.net", "img%d.static.example.com")]
NAMES += [f"missing{n}.{zone}" for n in range(80) for zone in ("laurivan.com", "example.org")]
EDNS = b"\0" + struct.pack(">HHIH", 41, 1232, 0, 0)


def labels(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def record(owner, kind, ttl, data):
    return owner + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data


@functools.cache
def zone_start(name):
    zone = ".".join(name.split(".")[-2:])
    data = labels("ns." + zone) + labels("hostmaster." + zone) + struct.pack(">IIIII", 2024010101, 7200, 3600, 86400, 300)
    return record(labels(zone), SOA, 300, data)


@functools.cache
def dns_messages(name, kind, edns):
    """Query and answer, both without their ID."""
    internal = name.endswith("laurivan.com")
    address = struct.pack(">I", VIP if internal else 0xC6336400 + len(name))
    question = labels(name) + struct.pack(">HH", kind, 1)
    answers, authority, rcode = [], b"", 0
    if name.startswith("missing"):
        rcode = 3
    elif kind == A:
        answers = [record(b"\xc0\x0c", A, 300, address)]
        if name.startswith("img"):
            answers = [record(b"\xc0\x0c", 5, 300, labels("edge.example.net")), record(labels("edge.example.net"), A, 60, address)]
    elif kind == AAAA and not internal:
        answers = [record(b"\xc0\x0c", AAAA, 300, IPv6Address(f"2001:db8::{len(name)}").packed)]
    elif kind == HTTPS and not internal:
        data = b"\0\x01\0" + b"\0\x01\0\x06\x02h3\x02h2" + b"\0\x04\0\x04" + address
        answers = [record(b"\xc0\x0c", HTTPS, 300, data)]
    if not answers:
        authority = zone_start(name)
    extra = EDNS if edns else b""
    query = struct.pack(">HHHHH", 0x0100, 1, 0, 0, edns) + question + extra
    counts = struct.pack(">HHHHH", 0x8180 | rcode, 1, len(answers), bool(authority), edns)
    return query, counts + question + b"".join(answers) + authority + extra


def dns_pair(rnd):
    client = LAN + rnd.randrange(160, 250)
    port = rnd.randrange(1024, 65536)
    kind = rnd.choice((A, A, AAAA, HTTPS))
    ident = struct.pack(">H", rnd.getrandbits(16))
    query, answer = dns_messages(rnd.choice(NAMES), kind, rnd.random() < 0.7)
    return [udp(client, RESOLVER, (port, 53), ident + query, rnd.getrandbits(16)),
            udp(RESOLVER, client, (53, port), ident + answer)]


def dns(out, rnd):
    """Answers come up to eight queries late; one in a hundred never."""
    coming = deque()
    while out.left:
        query, answer = dns_pair(rnd)
        out.put(query)
        if rnd.random() < 0.99:
            coming.append(answer)
        if len(coming) > 8:
            out.put(coming.popleft())


# ---- QUIC

def quic(out, rnd):
    """Attempts of ever new clients at one VIP, which answers none: one or two Initials each."""
    sealer = quic_initials.Sealer()
    while out.left:
        client = (11 + rnd.randrange(116)) << 24 | rnd.getrandbits(24)
        ports = (rnd.randrange(1024, 65536), 443)
        for datagram in quic_initials.attempt(sealer, rnd.choice(SERVICES) + ".laurivan.com", rnd):
            out.put(udp(client, VIP, ports, datagram, rnd.getrandbits(16)))


# ---- The mix

def extension(kind, body):
    return struct.pack(">HH", kind, len(body)) + body


def hello(kind, middle, extensions, rnd):
    body = b"\x03\x03" + rnd.randbytes(32) + middle + struct.pack(">H", len(extensions)) + extensions
    message = bytes([kind]) + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x03" + struct.pack(">H", len(message)) + message


def client_hello(name, rnd):
    host = name.encode()
    return hello(1, b"\0" + b"\0\x02\x13\x01" + b"\x01\0", (
        extension(0, struct.pack(">HBH", len(host) + 3, 0, len(host)) + host)
        + extension(10, b"\0\x02\0\x1d") + extension(13, b"\0\x02\x04\x03") + extension(16, b"\0\x0c\x02h2\x08http/1.1")
        + extension(43, b"\x02\x03\x04") + extension(51, b"\0\x24\0\x1d\0\x20" + rnd.randbytes(32))), rnd)


def server_hello(rnd):
    return hello(2, b"\0" + b"\x13\x01" + b"\0",
                 extension(43, b"\x03\x04") + extension(51, b"\0\x1d\0\x20" + rnd.randbytes(32)), rnd)


def connection(count, rnd):
    """The exchanges of one TLS connection: handshake, hellos, about 40 bursts of data, end."""
    client, server = LAN + 160 + count % 90, SERVERS[count * 7919 % len(SERVERS)]
    up, down = (1024 + count // 90 % 60000, 443), (443, 1024 + count // 90 % 60000)
    mine, theirs = rnd.getrandbits(31), rnd.getrandbits(31)
    yield [tcp(client, server, up, mine, 0, SYN, MSS), tcp(server, client, down, theirs, mine + 1, SYN | ACK, MSS),
           tcp(client, server, up, mine + 1, theirs + 1, ACK)]
    mine, theirs = mine + 1, theirs + 1
    greeting, reply = client_hello(f"host{count}.example.com", rnd), server_hello(rnd)
    yield [tcp(client, server, up, mine, theirs, PSH | ACK, data=greeting),
           tcp(server, client, down, theirs, mine + len(greeting), PSH | ACK, data=reply)]
    mine, theirs = mine + len(greeting), theirs + len(reply)
    flight, done = b"\x14\x03\x03\0\1\1" + b"\x17\x03\x03\x03\0" + b"s" * 768, b"\x14\x03\x03\0\1\1" + b"\x17\x03\x03\0\x35" + b"f" * 53
    yield [tcp(server, client, down, theirs, mine, PSH | ACK, data=flight), tcp(client, server, up, mine, theirs + len(flight), PSH | ACK, data=done)]
    mine, theirs = mine + len(done), theirs + len(flight)
    for _ in range(1 + int(rnd.expovariate(1 / 40))):
        burst = [b"\x17\x03\x03" + struct.pack(">H", size - 5) + bytes([size & 255]) * (size - 5)
                 for size in (1460, rnd.choice((120, 300, 700)))]
        yield [tcp(server, client, down, theirs, mine, ACK, data=burst[0]),
               tcp(server, client, down, theirs + 1460, mine, PSH | ACK, data=burst[1]),
               tcp(client, server, up, mine, theirs + 1460 + len(burst[1]), ACK)]
        theirs += 1460 + len(burst[1])
    yield [tcp(client, server, up, mine, theirs, FIN | ACK), tcp(server, client, down, theirs, mine + 1, FIN | ACK),
           tcp(client, server, up, mine + 1, theirs + 1, ACK)]


def mix(out, rnd, concurrent=1000):
    """By packets about 87 % TCP, 9 % DNS, 2 % ARP, 2 % ICMP echo."""
    opened = concurrent
    live = [connection(n, rnd) for n in range(concurrent)]
    turn = 0
    while out.left:
        turn += 1
        host, draw = LAN + 160 + turn % 90, rnd.random()
        if draw < 0.82:
            exchange = next(live[turn % concurrent], None)
            if exchange is None:
                live[turn % concurrent] = connection(opened, rnd)
                opened += 1
                exchange = next(live[turn % concurrent])
        elif draw < 0.94:
            exchange = dns_pair(rnd)
        elif draw < 0.97:
            exchange = [arp(1, host, VIP, BROADCAST), arp(2, VIP, host, mac(host))]
        else:
            server = SERVERS[turn % len(SERVERS)]
            exchange = [echo(host, server, 8, turn & 0xFFFF), echo(server, host, 0, turn & 0xFFFF)]
        out.put(*exchange)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    makers = {"--new-flows": new_flows, "--dns": dns, "--quic": quic, "--mix": mix}
    for option in makers:
        parser.add_argument(option, metavar="FILE")
    parser.add_argument("--packets", type=int, default=1_000_000)
    arguments = vars(parser.parse_args())
    for option, make in makers.items():
        target = arguments[option.strip("-").replace("-", "_")]
        if target:
            out = Savefile(target, arguments["packets"])
            make(out, random.Random(1))
            out.flush()
            out.file.close()


if __name__ == "__main__":
    main()

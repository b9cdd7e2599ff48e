"""Seeds: inputs that libFuzzer starts from, cut from captures into the form that each target takes (Sources/*.swift say which)."""

import hashlib
import struct
from pathlib import Path

import savefile
from layers import Layers

ETHERNET = 1
# The places of Frames.linkTypes.
LINK_TYPES = [1, 101, 113, 276, 0, 108, 9, 50, 204, 228, 229]
DNS_PORTS = {53, 5353, 5355}
# libFuzzer takes no longer inputs (run.py), so that longer seeds would only be cut.
LONGEST = 16_384


def piece(octets):
    return struct.pack(">H", len(octets)) + octets


def interval(seconds):
    """The word that Frames.interval reads: a number and how many times it is multiplied by 30."""
    microseconds, power = abs(int(seconds * 1e6)), 0
    while microseconds > 0xFFF and power < 7:
        microseconds //= 30
        power += 1
    return struct.pack(">H", (0x8000 if seconds < 0 else 0) | power << 12 | min(microseconds, 0xFFF))


class Seeds:
    """Writes each seed once, a file named by its digest, into a folder for each target: a few of each capture."""

    def __init__(self, folder, most):
        self.folder = folder
        self.most = most
        self.left = {}
        self.seen = set()

    def begin(self):
        """Another capture."""
        self.left = {}

    def add(self, target, octets):
        path = self.folder / target / hashlib.sha256(octets).hexdigest()[:16]
        if not 0 < len(octets) <= LONGEST or path in self.seen or self.left.setdefault(target, self.most) == 0:
            return
        self.seen.add(path)
        self.left[target] -= 1
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)


def add_site(seeds, path):
    seeds.add("site", path.read_bytes())


def add_capture(seeds, path):
    seeds.begin()
    octets = path.read_bytes()
    kind = savefile.kind(octets)
    if kind is None:
        return
    seeds.add(kind, octets[:LONGEST])
    seeds.add("replay", b"\x00" + octets[: LONGEST - 1])
    frames = list(savefile.frames(octets))
    add_sequence(seeds, frames)
    streams, datagrams = {}, {}
    for link_type, _, frame in frames:
        if link_type not in LINK_TYPES:
            continue
        seeds.add("frame", bytes([LINK_TYPES.index(link_type)]) + frame)
        layers = Layers(link_type, frame)
        add_layers(seeds, layers)
        if layers.protocol == 6 and layers.payload:
            key = (layers.addresses, layers.ports)
            if len(streams.get(key, b"")) < 8192:
                streams[key] = streams.get(key, b"") + layers.payload
        if layers.protocol == 17 and 443 in layers.ports:
            datagrams.setdefault(frozenset(layers.ports), []).append((layers.ports[1] != 443, layers.payload))
    for (_, ports), stream in streams.items():
        add_stream(seeds, ports, stream)
    for flow in datagrams.values():
        add_quic(seeds, flow)


def add_sequence(seeds, frames):
    """The capture's beginning, as far as one link type goes."""
    if not frames or frames[0][0] not in LINK_TYPES:
        return
    sequence, before = b"", frames[0][1]
    for link_type, time, frame in frames:
        part = interval(time - before) + piece(frame)
        if link_type != frames[0][0] or len(sequence) + len(part) >= LONGEST:
            break
        sequence, before = sequence + part, time
    for target in ("frames", "anonymize"):
        seeds.add(target, bytes([LINK_TYPES.index(frames[0][0])]) + sequence)


def add_layers(seeds, layers):
    if layers.arp:
        seeds.add("arp", layers.arp)
    if layers.network:
        seeds.add("ipv4" if layers.network[0] >> 4 == 4 else "ipv6", layers.network)
    if layers.transport:
        target = {1: "icmpv4", 58: "icmpv6", 112: "vrrp", 6: "tcp"}.get(layers.protocol)
        if target:
            seeds.add(target, layers.transport[:256])
        if layers.protocol == 6 and len(layers.transport) >= 20:
            seeds.add("tcp", layers.transport[20 : (layers.transport[12] >> 4) * 4])
        if layers.protocol == 47:
            seeds.add("tunnels", b"\x02" + layers.transport[:64])
    if layers.ppp:
        seeds.add("ppp", bytes([layers.ppp[0]]) + layers.ppp[1][:64])
    if layers.protocol != 17 or not layers.payload:
        return
    payload = layers.payload
    if DNS_PORTS & set(layers.ports):
        add_dns(seeds, payload)
    elif 443 in layers.ports:
        seeds.add("quic-packets", payload)
    elif layers.ports[1] in (4789, 8472):
        seeds.add("tunnels", b"\x00" + payload[:64])
    elif layers.ports[1] == 6081:
        seeds.add("tunnels", b"\x01" + payload[:128])
    elif payload[4:8] == b"\x21\x12\xa4\x42":
        seeds.add("stun", payload)
    elif payload[0] in (1, 2, 3, 4) and payload[1:4] == bytes(3):
        seeds.add("wireguard", payload)


def add_dns(seeds, message):
    seeds.add("dns", message)
    seeds.add("dns-name", b"\x0c" + message[:512])
    for kind in (b"\x00\x40", b"\x00\x41"):
        place = message.find(kind + b"\x00\x01", 12)
        if 0 <= place and place + 10 < len(message):
            (length,) = struct.unpack(">H", message[place + 8 : place + 10])
            seeds.add("service-binding", message[place + 10 : place + 10 + length])


def add_stream(seeds, ports, stream):
    if 53 in ports:
        seeds.add("dns", stream)
    elif stream[:1] in b"\x14\x15\x16\x17" and stream[1:2] == b"\x03":
        seeds.add("tls", b"\x00\x01" + stream)
        for place in range(len(stream) - 4):
            # A certificate: one sequence in another, behind a length of three octets.
            if stream[place : place + 2] == b"\x30\x82" and stream[place + 4 : place + 6] == b"\x30\x82":
                (length,) = struct.unpack(">H", stream[place + 2 : place + 4])
                seeds.add("x509", stream[place : place + 4 + length])
    elif stream[:5] == b"HTTP/" or b" HTTP/1." in stream[:1024]:
        seeds.add("http", stream[:4096])


def add_quic(seeds, flow):
    octets = b"\x00"
    for is_server, datagram in flow[:8]:
        octets += (b"\x02" if is_server else b"\x00") + piece(datagram)
    seeds.add("quic", octets)


def add_own(seeds):
    """What no capture shows, because it is encrypted there or is an order of operations."""
    name = b"argocd.laurivan.com"
    host = b"\x00" + piece(name)
    extensions = b"\x00\x00" + piece(piece(host)) + b"\x00\x10" + piece(piece(b"\x02h3\x05h3-29")) + b"\x00\x2b" + piece(b"\x02\x03\x04")
    body = b"\x03\x03" + bytes(32) + b"\x00\x00\x02\x13\x01\x01\x00" + piece(extensions)
    hello = b"\x01" + struct.pack(">I", len(body))[1:] + body
    crypto = b"\x06\x00" + struct.pack(">H", 0x4000 | len(hello)) + hello
    seeds.add("quic-frames", crypto)
    seeds.add("quic-frames", b"\x02\x05\x00\x01\x02\x01\x03\x03\x01\x00\x00\x01\x02\x03")
    seeds.add("quic-frames", b"\x1c\x41\x28\x06\x04" + b"none" + b"\x1d\x00\x00\x01" + bytes(8))
    half = len(hello) // 2
    parts = [b"\x06\x00" + struct.pack(">H", 0x4000 | half) + hello[:half],
             b"\x06" + struct.pack(">HH", 0x4000 | half, 0x4000 | len(hello) - half) + hello[half:]]
    refusal = b"\x1c\x41\x28\x06\x04" + b"none"
    for order in (parts, parts[::-1], [b"".join(parts)]):
        client = b"".join(bytes([0x01 | number << 4]) + piece(part) for number, part in enumerate(order))
        for version in (b"\x00", b"\x01"):
            seeds.add("quic", version + client + b"\x03" + piece(b"\x02\x00\x00\x00\x00" + refusal))
    seeds.add("stream", b"".join(struct.pack(">hBB", *part) for part in [(0, 2, 0), (40, 2, 0), (16, 3, 130), (0, 9, 0), (-8, 2, 0)]))
    for flags in (4, 5, 6):
        parts = [(flags, 0, 0, 10), (flags, 1, 10, 10), (flags & ~4, 1, 20, 3)]
        for order in (parts, parts[::-1]):
            seeds.add("fragments", b"".join(struct.pack(">BBHB", *part) for part in order))
    seeds.add("http", b"HTTP/1.1 421 Misdirected Request\r\nAlt-Svc: h3=\":443\"; ma=60, h2=\"[::1]:8443\"\r\nServer: envoy\r\n\r\n")
    seeds.add("service-binding", b"\x00\x01\x00\x00\x00\x00\x04\x00\x01\x00\x04\x00\x01\x00\x06\x02h3\x02h2\x00\x03\x00\x02\x01\xbb"
              b"\x00\x04\x00\x04\x0a\x00\x00\x9d\x00\x07\x00\x10/dns-query{?dns}")
    seeds.add("stun", b"\x01\x01\x00\x0c\x21\x12\xa4\x42" + bytes(12) + b"\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43")
    seeds.add("ppp", b"\x02\x11\x00\x00\x01\x00\x06\x00\x21\x45\x00\x00\x14")
    seeds.add("tunnels", b"\x00\x08\x00\x00\x00\x00\x00\x2a\x00")
    seeds.add("tunnels", b"\x01\x02\x00\x65\x58\x00\x00\x2a\x00\x01\x02\x80\x01\x00\x00\x00\x00")
    seeds.add("tunnels", b"\x02\xb0\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x2a\x00\x00\x00\x01")


def make(root, corpus, folder, most):
    """From the recorded cases, and from a corpus where there is one: at most so many of a capture for each target."""
    seeds = Seeds(folder, most)
    add_own(seeds)
    for path in sorted(root.glob("Captures/*/site.yaml")):
        seeds.begin()
        add_site(seeds, path)
    for path in sorted(root.glob("Captures/*/capture.pcap*")):
        add_capture(seeds, path)
    for path in sorted(Path(corpus).glob("captures/*")) if corpus else []:
        if path.stat().st_size <= 1 << 20:
            add_capture(seeds, path)

"""Frames of a savefile, as far as seeds need them: what is damaged or unusual ends the reading."""

import struct

PCAP = {b"\xd4\xc3\xb2\xa1": ("<", 1e6), b"\x4d\x3c\xb2\xa1": ("<", 1e9), b"\xa1\xb2\xc3\xd4": (">", 1e6), b"\xa1\xb2\x3c\x4d": (">", 1e9)}
PCAPNG = b"\x0a\x0d\x0d\x0a"


def kind(octets):
    return "pcap" if octets[:4] in PCAP else "pcapng" if octets[:4] == PCAPNG else None


def frames(octets):
    """Link type, time in seconds and octets of each frame."""
    try:
        yield from pcap(octets) if octets[:4] in PCAP else pcapng(octets)
    except (struct.error, IndexError):
        return


def pcap(octets):
    order, resolution = PCAP[octets[:4]]
    (link_type,) = struct.unpack_from(order + "I", octets, 20)
    place = 24
    while place < len(octets):
        seconds, fraction, captured, _ = struct.unpack_from(order + "IIII", octets, place)
        yield link_type & 0xFFFF, seconds + fraction / resolution, octets[place + 16 : place + 16 + captured]
        place += 16 + captured


def pcapng(octets):
    order, place, link_types = "<", 0, []
    while place < len(octets):
        if octets[place : place + 4] == PCAPNG:
            order = "<" if octets[place + 8] == 0x4D else ">"
            link_types = []
        block, length = struct.unpack_from(order + "II", octets, place)
        if block == 1:
            link_types.append(struct.unpack_from(order + "H", octets, place + 8)[0])
        elif block == 6:
            interface, high, low, captured = struct.unpack_from(order + "IIII", octets, place + 8)
            yield link_types[interface], (high << 32 | low) / 1e6, octets[place + 28 : place + 28 + captured]
        if length < 12:
            return
        place += length

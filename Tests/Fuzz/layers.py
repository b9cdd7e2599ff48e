"""Where the parts of a frame stand, roughly: enough to cut seeds, with nothing said about what is odd."""

import struct

LINK_HEADERS = {1: 14, 113: 16, 276: 20, 101: 0, 228: 0, 229: 0, 0: 4, 108: 4}
EXTENSIONS = {0, 43, 60}


class Layers:
    def __init__(self, link_type, frame):
        self.arp = self.network = self.transport = self.payload = b""
        self.ppp = None
        self.protocol, self.ports, self.addresses = None, (0, 0), b""
        try:
            self.link(link_type, frame)
        except (struct.error, IndexError):
            pass

    def link(self, link_type, frame):
        if link_type in (9, 50, 204):
            self.ppp = (1 if link_type == 204 else 0, frame)
        header = LINK_HEADERS.get(link_type)
        if header is None:
            return
        ether_type, rest = None, frame[header:]
        if link_type == 1:
            (ether_type,) = struct.unpack_from(">H", frame, 12)
        elif link_type == 113:
            (ether_type,) = struct.unpack_from(">H", frame, 14)
        elif link_type == 276:
            (ether_type,) = struct.unpack_from(">H", frame, 0)
        while ether_type in (0x8100, 0x88A8):
            (ether_type,) = struct.unpack_from(">H", rest, 2)
            rest = rest[4:]
        if ether_type == 0x0806:
            self.arp = rest
        elif ether_type == 0x8864:
            self.ppp = (2, rest)
        elif ether_type in (None, 0x0800, 0x86DD) and rest:
            self.ip(rest)

    def ip(self, rest):
        version = rest[0] >> 4
        if version == 4:
            self.network, self.protocol, self.addresses = rest, rest[9], rest[12:20]
            (total,) = struct.unpack_from(">H", rest, 2)
            self.transport = rest[(rest[0] & 15) * 4 : total or len(rest)]
        elif version == 6:
            self.network, self.protocol, self.addresses = rest, rest[6], rest[8:40]
            rest = rest[40:]
            while self.protocol in EXTENSIONS:
                self.protocol, rest = rest[0], rest[8 * (rest[1] + 1) :]
            self.transport = rest
        if self.protocol in (6, 17):
            self.ports = struct.unpack_from(">HH", self.transport)
            header = 8 if self.protocol == 17 else (self.transport[12] >> 4) * 4
            self.payload = self.transport[header:]

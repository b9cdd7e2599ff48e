"""Claims an address in a VLAN: what a trunk's other network says of it. The kernel needs no VLAN interface for it.

    tagged_arp.py INTERFACE MAC ADDRESS VLAN COUNT

A request for the address and a reply to it, then a gratuitous request each second, all with the tag.
"""

import socket
import struct
import sys
import time

BROADCAST = b"\xff" * 6


def main(interface, mac_text, address_text, vlan, count):
    mac, address = bytes.fromhex(mac_text.replace(":", "")), socket.inet_aton(address_text)
    asker, asker_address = bytes.fromhex("02000000a020"), socket.inet_aton("10.0.0.99")
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind((interface, 0))

    def send(target, source, operation, *fields):
        tag = struct.pack("!HHH", 0x8100, int(vlan), 0x0806)
        wire.send(target + source + tag + struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, operation, *fields))

    # Who has its answer does not ask again.
    send(BROADCAST, asker, 1, asker, asker_address, bytes(6), address)
    send(asker, mac, 2, mac, address, asker, asker_address)
    for _ in range(int(count)):
        send(BROADCAST, mac, 1, mac, address, BROADCAST, address)
        time.sleep(1)


if __name__ == "__main__":
    main(*sys.argv[1:])

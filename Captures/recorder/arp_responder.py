"""Answers ARP requests for VIPs that are on no interface, as Cilium and MetalLB do.

    arp_responder.py INTERFACE MAC VIP...

It runs inside a node's namespace. It leaves the node's own requests alone, as the real responders do.
"""

import socket
import struct
import sys

ETH_P_ARP, PACKET_OUTGOING = 0x0806, 4


def main(interface, mac_text, *vip_texts):
    mac = bytes.fromhex(mac_text.replace(":", ""))
    vips = {socket.inet_aton(text) for text in vip_texts}
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ARP))
    wire.bind((interface, ETH_P_ARP))
    print("answering", flush=True)
    while True:
        frame, (_, _, kind, _, _) = wire.recvfrom(2048)
        if kind == PACKET_OUTGOING or len(frame) < 42:
            continue
        operation, asker_mac, asker, _, wanted = struct.unpack("!H6s4s6s4s", frame[20:42])
        if operation == 1 and wanted in vips:
            wire.send(asker_mac + mac + frame[12:20]
                      + struct.pack("!H6s4s6s4s", 2, mac, wanted, asker_mac, asker))


if __name__ == "__main__":
    main(*sys.argv[1:])

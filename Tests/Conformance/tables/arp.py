"""ARP and RARP."""

import values
from table import Column, Rule, Table, message
from tables.rules import both_broken

HARDWARE = frozenset({"arp.src.hw_mac", "arp.dst.hw_mac"})
CLAIM = "tshark's judgement, filled only where it holds; announcements and probes are derived from the compared fields"



def other_hardware(row):
    return bool(row.messages) and row.cell("arp.hw.type") != "1"


def other_pairing(row):
    """Addresses of both kinds are there only where types and lengths are those of Ethernet and IPv4."""
    pair = row.cell("arp.hw.type"), row.cell("arp.proto.type")
    return not row.messages and (pair != ("1", "0x0800") or not row.cell("arp.src.hw_mac") or not row.cell("arp.src.proto_ipv4"))


TABLE = Table(
    name="arp",
    layers=("arp",),
    messages=message("arp"),
    columns=[
        Column("arp.opcode", ("operation",)),
        Column("arp.src.hw_mac", ("sender_hardware",), values.lower),
        Column("arp.src.proto_ipv4", ("sender_protocol",), values.text),
        Column("arp.dst.hw_mac", ("target_hardware",), values.lower),
        Column("arp.dst.proto_ipv4", ("target_protocol",), values.text),
    ],
    not_compared={
        "arp.hw.type": "our decoder reads addresses of six octets, whatever the hardware",
        "arp.proto.type": "our decoder reads IPv4 alone: a message of ours says that it is 0x0800",
        "arp.isgratuitous": CLAIM,
        "arp.isprobe": CLAIM,
        "arp.isannouncement": CLAIM,
        "arp.duplicate-address-detected": "state over frames, which events tell and decode does not",
        "arp.duplicate-address-frame": "state over frames, which events tell and decode does not",
    },
    rules=[
        both_broken("arp", "ARP/RARP"),
        Rule("addresses of other hardware than Ethernet, which the reference does not show as MAC addresses", other_hardware, HARDWARE),
        Rule("hardware other than Ethernet, or a protocol other than IPv4: we decode no other pairing (RFC 826)", other_pairing),
    ],
)

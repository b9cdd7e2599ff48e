"""Every frame: times, lengths, link layer, VLAN, IP headers, ports."""

import values
from table import Column, Rule, Table
from tables.rules import TUNNELS, cut_header, in_fragment, unopened
from tables.tcp import CUT_HEADER, NO_LENGTH

# Wireshark's numbers (wiretap/wtap.h) of the link types that are decoded: Ethernet, PPP, raw IP, loopback, cooked.
LINKS = {"1", "4", "7", "15", "25", "129", "130", "210"}
HEADERS = ("ip", "ipv6", "ipv6.fraghdr", "udp", "tcp", "eth")
PROVIDER_TAG = 0x88A8


def header(*path):
    """A field of every header of the kind, outermost first."""
    return lambda row: values.walk(row.headers, *path)


def either(*path):
    """A field that both versions of IP have."""
    return lambda row: [value for each in row.headers for kind in ("ipv4", "ipv6") for value in values.walk(each, kind, *path)]


def in_reach(*layers):
    """Leaves off what stands inside an encapsulation that we do not open, and inside the packet that an ICMP error quotes."""
    def cut(row, found):
        reached = row.in_reach
        return found if len(reached) == len(row.protocols) else found[: sum(name in layers for name in reached)]
    return cut


IP, IPV6, FRAGMENT, UDP, TCP, ETHERNET = (in_reach(name) for name in HEADERS)


def versions(row):
    return [{"ipv4": 4, "ipv6": 6}[kind] for each in row.headers for kind in ("ipv4", "ipv6") if kind in each]


def types(found):
    """Without lengths, which stand in the same octets below 0x0600 (IEEE 802.3 §3.2.6): the reference has another column for them."""
    return [number for number in found if number >= 0x0600]


def tags(row):
    """Tags that the reference states: those of a provider (0x88a8) have other columns (ieee8021ad.*)."""
    for each in row.headers:
        above = (values.walk(each, "ethernet", "ether_type") + values.walk(each, "cooked", "ether_type") + [0])[0]
        for tag in each.get("vlan", []):
            if above != PROVIDER_TAG:
                yield tag
            above = tag["ether_type"]


def fragment_units(*path):
    """The reference states offsets in units of eight octets, as the header does (RFC 791 §3.1)."""
    return lambda row: [offset // 8 for offset in values.walk(row.headers, *path)]


COLUMNS = [
    Column("frame.time_epoch", lambda row: [row.frame["time"]], values.nanoseconds),
    Column("frame.len", lambda row: [row.frame["original_length"]]),
    Column("frame.cap_len", lambda row: [row.frame["captured_length"]]),
    Column("eth.src", header("ethernet", "source"), values.lower, ETHERNET),
    Column("eth.dst", header("ethernet", "destination"), values.lower, ETHERNET),
    Column("eth.type", lambda row: types(values.walk(row.headers, "ethernet", "ether_type")), theirs=ETHERNET),
    Column("sll.pkttype", header("cooked", "packet_type")),
    Column("sll.src.eth", header("cooked", "source"), values.lower),
    Column("sll.etype", lambda row: types(values.walk(row.headers, "cooked", "ether_type"))),
    Column("vlan.id", lambda row: [tag["id"] for tag in tags(row)], theirs=in_reach("vlan")),
    Column("vlan.etype", lambda row: types(tag["ether_type"] for tag in tags(row)), theirs=in_reach("vlan")),
    Column("ip.version", versions, theirs=in_reach("ip", "ipv6")),
    Column("ip.src", header("ipv4", "source"), values.text, IP),
    Column("ip.dst", header("ipv4", "destination"), values.text, IP),
    Column("ip.hdr_len", header("ipv4", "header_length"), theirs=IP),
    Column("ip.len", header("ipv4", "total_length"), theirs=IP),
    Column("ip.id", header("ipv4", "identification"), theirs=IP),
    Column("ip.flags.df", header("ipv4", "dont_fragment"), theirs=IP),
    Column("ip.flags.mf", header("ipv4", "more_fragments"), theirs=IP),
    Column("ip.frag_offset", fragment_units("ipv4", "fragment_offset"), theirs=IP),
    Column("ip.ttl", header("ipv4", "time_to_live"), theirs=IP),
    Column("ip.proto", header("ipv4", "protocol"), theirs=IP),
    Column("ip.checksum", header("ipv4", "checksum"), theirs=IP),
    Column("ip.opt.type", header("ipv4", "options", "type")),
    Column("ipv6.src", header("ipv6", "source"), values.address, IPV6),
    Column("ipv6.dst", header("ipv6", "destination"), values.address, IPV6),
    Column("ipv6.plen", header("ipv6", "payload_length"), theirs=IPV6),
    Column("ipv6.nxt", header("ipv6", "next_header"), theirs=IPV6),
    Column("ipv6.hlim", header("ipv6", "hop_limit"), theirs=IPV6),
    Column("ipv6.fraghdr.offset", fragment_units("ipv6", "fragment", "offset"), theirs=FRAGMENT),
    Column("ipv6.fraghdr.more", header("ipv6", "fragment", "more_fragments"), theirs=FRAGMENT),
    Column("ipv6.fraghdr.nxt", header("ipv6", "fragment", "next_header"), theirs=FRAGMENT),
    Column("udp.length", header("udp", "length"), theirs=UDP),
    Column("udp.checksum", header("udp", "checksum"), theirs=UDP),
    Column("udp.srcport", header("udp", "source_port"), theirs=UDP),
    Column("udp.dstport", header("udp", "destination_port"), theirs=UDP),
    Column("tcp.srcport", header("tcp", "source_port"), theirs=TCP),
    Column("tcp.dstport", header("tcp", "destination_port"), theirs=TCP),
    Column("tcp.len", header("tcp", "payload_length"), theirs=TCP),
]

# What every frame has whatever its link type.
ANY_LINK = {"frame.time_epoch", "frame.len", "frame.cap_len"}

TABLE = Table(
    name="frames",
    columns=COLUMNS,
    not_compared={
        "frame.interface_id": "decode does not state the interface of a pcapng file",
        "frame.encap_type": "the reference's own number of the link type",
    },
    messages=lambda frame: [frame],
    rules=[
        Rule(NO_LENGTH, in_fragment, frozenset({"tcp.len"})),
        Rule(CUT_HEADER, cut_header, frozenset({"tcp.len"})),
        Rule(TUNNELS, unopened),
        Rule(
            "the record has no time stamp (Simple Packet Block)",
            lambda row: not row.cell("frame.time_epoch"),
            frozenset({"frame.time_epoch"})),
        Rule(
            "the link type is none of Ethernet, PPP, raw IP, loopback and cooked: only times and lengths are compared",
            lambda row: row.cell("frame.encap_type") not in LINKS,
            frozenset(column.name for column in COLUMNS) - ANY_LINK),
    ],
)

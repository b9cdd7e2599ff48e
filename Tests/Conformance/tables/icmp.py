"""ICMP, with the packet that an error quotes."""

import values
from table import Column, Table, message
from tables.rules import both_broken, fragment


def quotes(message):
    """The packets that a message quotes: an error has one, an option of Neighbor Discovery another."""
    return values.walk(message, "quoted") + values.walk(message, "options", "quoted")


def with_quote(mine, quoted):
    """A field of the message, and the same of an ICMP message that it quotes."""
    return lambda row: [value for each in row.messages for value in values.walk(each, *mine) + values.walk(quotes(each), quoted)]


def sequence(*extended):
    """Of all but an extended echo (RFC 8335), whose sequence number of one octet has a column of its own in the reference."""
    def found(row):
        for each in row.messages:
            yield from values.walk(each, "sequence") if each["type"] not in extended else []
            yield from values.walk(quotes(each), "icmp_sequence")
    return found


def packet(header, quoted):
    """A field of every IPv4 or transport header, and the same of the quoted one."""
    return lambda row: values.walk(row.headers, *header) + values.walk(quotes(row.messages), quoted)


def port(kind, number, which):
    """A port of every header of the kind, and of the quoted one if it is of that kind."""
    def found(row):
        quoted = [quote for quote in quotes(row.messages) if quote.get("protocol") == number]
        return values.walk(row.headers, kind, which) + values.walk(quoted, which)
    return found


TABLE = Table(
    name="icmp",
    layers=("icmp",),
    messages=message("icmpv4"),
    columns=[
        Column("icmp.type", with_quote(("type",), "icmp_type")),
        Column("icmp.code", with_quote(("code",), "icmp_code")),
        Column("icmp.checksum", with_quote(("checksum",), "icmp_checksum")),
        Column("icmp.ident", with_quote(("identifier",), "icmp_identifier")),
        Column("icmp.seq", sequence(42, 43)),
        Column("icmp.mtu", ("next_hop_mtu",)),
        Column("icmp.redir_gw", ("gateway",), values.text),
        Column("icmp.pointer", ("pointer",)),
        Column("icmp.mpls.label", ("extensions", "labels", "label")),
        Column("ip.proto", packet(("ipv4", "protocol"), "protocol")),
        Column("ip.ttl", packet(("ipv4", "time_to_live"), "time_to_live")),
        Column("ip.id", packet(("ipv4", "identification"), "identification")),
        Column("udp.srcport", port("udp", 17, "source_port")),
        Column("udp.dstport", port("udp", 17, "destination_port")),
        Column("tcp.srcport", port("tcp", 6, "source_port")),
        Column("tcp.dstport", port("tcp", 6, "destination_port")),
        Column("tcp.seq", port("tcp", 6, "sequence")),
    ],
    not_compared={},
    rules=[both_broken("icmpv4", "ICMP"), fragment()],
)

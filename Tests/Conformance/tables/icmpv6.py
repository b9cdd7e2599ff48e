"""ICMPv6 and Neighbor Discovery, with the packet that an error quotes."""

import values
from table import PORTS, Column, Table, message
from tables.icmp import port, quotes, sequence, with_quote
from tables.rules import both_broken, fragment

SOLICITATION, ADVERTISEMENT, REDIRECT = 135, 136, 137


def of_type(number, *path):
    return lambda row: values.walk([each for each in row.messages if each["type"] == number], *path)


def ipv6(mine, *quoted):
    """A field of every IPv6 header, and the same of the quoted one: the first of these names that it has."""
    def found(row):
        quotes6 = [quote for quote in quotes(row.messages) if ":" in quote["source"]]
        return values.walk(row.headers, "ipv6", mine) + [next(quote[name] for name in quoted if name in quote) for quote in quotes6]
    return found


def resolvers(row):
    return [each["address"] for option in values.walk(row.messages, "options") for each in option.get("addresses", [])]


def link_addresses(row):
    return [option["address"] for option in values.walk(row.messages, "options") if "address" in option]


TABLE = Table(
    name="icmpv6",
    layers=("icmpv6",),
    messages=message("icmpv6"),
    columns=[
        Column("icmpv6.type", with_quote(("type",), "icmp_type")),
        Column("icmpv6.code", with_quote(("code",), "icmp_code")),
        Column("icmpv6.checksum", with_quote(("checksum",), "icmp_checksum")),
        Column("icmpv6.echo.identifier", with_quote(("identifier",), "icmp_identifier")),
        Column("icmpv6.echo.sequence_number", sequence(160, 161)),
        Column("icmpv6.mtu", ("next_hop_mtu",)),
        Column("icmpv6.pointer", ("pointer",)),
        Column("icmpv6.nd.ns.target_address", of_type(SOLICITATION, "target"), values.address),
        Column("icmpv6.nd.na.target_address", of_type(ADVERTISEMENT, "target"), values.address),
        Column("icmpv6.nd.na.flag.r", of_type(ADVERTISEMENT, "router")),
        Column("icmpv6.nd.na.flag.s", of_type(ADVERTISEMENT, "solicited")),
        Column("icmpv6.nd.na.flag.o", of_type(ADVERTISEMENT, "override")),
        Column("icmpv6.nd.rd.target_address", of_type(REDIRECT, "target"), values.address),
        Column("icmpv6.rd.na.destination_address", of_type(REDIRECT, "destination"), values.address),
        Column("icmpv6.nd.ra.router_lifetime", ("router_lifetime",)),
        Column("icmpv6.opt.type", ("options", "type")),
        Column("icmpv6.opt.linkaddr", link_addresses, values.octets),
        Column("icmpv6.opt.prefix", ("options", "prefix"), values.address),
        Column("icmpv6.opt.rdnss", resolvers, values.address),
        Column("ipv6.nxt", ipv6("next_header", "next_header", "protocol")),
        Column("ipv6.hlim", ipv6("hop_limit", "time_to_live")),
        Column("udp.srcport", port("udp", 17, "source_port")),
        Column("udp.dstport", port("udp", 17, "destination_port")),
        Column("tcp.srcport", port("tcp", 6, "source_port")),
        Column("tcp.dstport", port("tcp", 6, "destination_port")),
    ],
    not_compared={"ip.proto": PORTS["udp.srcport"]},
    rules=[both_broken("icmpv6", "ICMPv6"), fragment()],
)

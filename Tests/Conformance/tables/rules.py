"""Rules that several tables share."""

from table import Rule


def both_broken(layer, *dissectors):
    """Where both sides say that a message is damaged or cut, what stood before the damage is not held against each other."""
    def applies(row):
        if row.messages or row.frame.get("anomaly", {}).get("layer") != layer:
            return False
        broken = row.cell("_ws.malformed")
        return bool(row.cell("_ws.short")) or any(f"Malformed Packet: {name}]" in broken for name in dissectors)
    return Rule("both say that the message is malformed or cut: fields before the damage are not compared", applies)


def in_fragment(row):
    """The innermost packet is the first fragment of a datagram."""
    ipv4, ipv6 = row.frame.get("ipv4", {}), row.frame.get("ipv6", {})
    return bool(ipv4.get("more_fragments") or ipv6.get("fragment", {}).get("more_fragments"))


def cut_header(row):
    """A TCP header of fewer than 20 octets, or one whose data offset says so."""
    found = row.frame.get("tcp")
    return found is not None and found.get("header_length", 0) < 20


def unopened(row):
    """Tunnels that the reference opens and we do not."""
    udp, ip = row.frame.get("udp", {}), row.frame.get("ipv4", {})
    ports = udp.get("source_port"), udp.get("destination_port")
    return 4790 in ports or ports[0] == 6081 or in_fragment(row) and ip.get("protocol") == 47


TUNNELS = (
    "VXLAN-GPE, which is a draft; a datagram from Geneve's port, not to it (RFC 8926 §3.3); a tunnel in the first fragment of a datagram: "
    "not opened by us")


def fragment():
    return Rule(
        "the first fragment of a datagram: the reference dissects the part (ip.defragment off), we decode whole messages",
        lambda row: not row.messages and in_fragment(row))


def dissected_once():
    """For messages over TCP; the marks come from the table tcp."""
    return [
        Rule("a segment sent again, which the reference does not dissect again", lambda row: bool(row.cell("(sent again)"))),
        Rule(
            "after a gap that is never filled the reference shows no more messages of that direction",
            lambda row: bool(row.cell("(after a gap)"))),
    ]

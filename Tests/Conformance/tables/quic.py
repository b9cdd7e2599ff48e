"""QUIC: packets, frames of Initials, and the handshake inside them."""

import values
from table import PORTS, Column, Rule, Table, message
from tables.tls import IN_QUIC, SECRETS

V2 = {0x6B3343CF, 0x709A50C4}
FRAMES = {"padding": 0, "ping": 1, "ack": 2, "crypto": 6, "connection_close": 0x1C}


def packets(found, keep=lambda packet: True):
    """A field of every packet of the datagram, or a function of the packet."""
    def values_of(row):
        for packet in values.walk(row.messages, "packets"):
            if keep(packet) and (callable(found) or found in packet):
                yield found(packet) if callable(found) else packet[found]
    return values_of


def header_form(packet):
    return packet["first_octet"] >> 7


def packet_type(packet):
    """The two bits as they stand, whose meaning depends on the version (RFC 9369 §3.2)."""
    return packet["first_octet"] >> 4 & 3


def is_long(packet):
    """A Version Negotiation packet has the form, but no type (RFC 8999 §6)."""
    return header_form(packet) == 1 and packet.get("version") != 0


def is_retry(packet):
    return "integrity_tag" in packet


def has_token_length(packet):
    """A Retry's token has no length: it ends before the integrity tag (RFC 9000 §17.2.5)."""
    return "token" in packet and not is_retry(packet)


def token_length(packet):
    return len(packet["token"]) // 2


def is_named(packet):
    return bool(packet.get("dcid"))


def is_long_and_named(packet):
    return is_named(packet) and header_form(packet) == 1


def destinations(row):
    """The reference gives a short header's ID in some connections and not in others, whatever it knows of their lengths."""
    every = list(packets("dcid", is_named)(row))
    return every if len(every) == len([each for each in row.cell("quic.dcid").split("|") if each]) else packets("dcid", is_long_and_named)(row)


def versions(row):
    return {values.number(each) for each in row.cell("quic.version").split("|") if each}


def is_no_version(row):
    """Versions are small numbers, of a draft, of a vendor in ASCII, or grease (RFC 9000 §15)."""
    known = {0, 1} | V2
    return any(each not in known and each >> 16 not in (0xFF00, 0xFACE) and each & 0x0F0F0F0F != 0x0A0A0A0A
               and each >> 24 not in (0x50, 0x51, 0x54) for each in versions(row))


def is_old_draft(row):
    drafts = versions(row) | set(values.walk(row.messages, "packets", "version"))
    return any(0xFF000000 < each < 0xFF000017 or each == 0xFACEB001 for each in drafts)


def frames(row):
    return values.walk(row.messages, "packets", "frames")


def frame_type(frame):
    """ACK with ECN counts, and an application's CONNECTION_CLOSE, have the next number (RFC 9000 §19.3, §19.19)."""
    return FRAMES.get(frame["type"], frame["type"]) + bool(frame.get("ecn") or frame.get("application"))


def crypto(key):
    return lambda row: [frame[key] for frame in frames(row) if frame["type"] == "crypto"]


GOOGLE = "Google QUIC, which is not decoded"

OPENED = frozenset({
    "quic.packet_number", "quic.frame_type", "quic.crypto.offset", "quic.crypto.length", "quic.cc.error_code", "quic.cc.reason_phrase",
    *(column.name for column in IN_QUIC),
})

TABLE = Table(
    name="quic",
    layers=("quic",),
    messages=message("quic"),
    columns=[
        Column("quic.header_form", packets(header_form)),
        Column("quic.version", packets("version")),
        Column("quic.long.packet_type", packets(packet_type, lambda packet: is_long(packet) and packet["version"] not in V2)),
        Column("quic.long.packet_type_v2", packets(packet_type, lambda packet: is_long(packet) and packet["version"] in V2)),
        Column("quic.dcid", destinations, values.octets),
        Column("quic.scid", packets("scid", lambda packet: packet.get("scid")), values.octets),
        Column("quic.token_length", packets(token_length, has_token_length)),
        Column("quic.length", packets("length")),
        Column("quic.packet_number", packets("packet_number")),
        Column("quic.supported_version", ("packets", "supported_versions", "version")),
        Column("quic.retry_token", packets("token", is_retry), values.octets),
        Column("quic.retry_integrity_tag", packets("integrity_tag"), values.octets),
        Column("quic.frame_type", lambda row: [frame_type(frame) for frame in frames(row)]),
        Column("quic.crypto.offset", crypto("offset")),
        Column("quic.crypto.length", crypto("length")),
        Column("quic.cc.error_code", ("packets", "frames", "error_code")),
        Column("quic.cc.reason_phrase", ("packets", "frames", "reason_phrase"), values.text),
        *IN_QUIC,
    ],
    not_compared={
        "udp.stream": "the reference's own count of connections",
        "quic.connection.number": "the reference's own count of connections",
        "quic.packet_length": "derived: where the packet ends in the datagram",
        "quic.decryption_failed": "says which packets the reference had no keys for: packet_number and frames say so as well",
        "gquic.version": GOOGLE,
        "gquic.cid": GOOGLE,
        "gquic.tag.sni": GOOGLE,
        **{name: reason for name, reason in PORTS.items() if name.startswith("udp")},
    },
    rules=[
        Rule(GOOGLE, lambda row: "gquic" in row.protocols),
        Rule("no QUIC but what shares its ports: a first octet from 128 to 191 is RTP's (RFC 9443 §3)", is_no_version),
        Rule("drafts before 23, which the reference takes for plain UDP", lambda row: "quic" not in row.protocols and is_old_draft(row)),
        Rule("drafts before 23, whose Initials we do not open", is_old_draft, OPENED),
        Rule(SECRETS.reason, SECRETS.applies, OPENED),
    ],
)

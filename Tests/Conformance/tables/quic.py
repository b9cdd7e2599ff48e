"""QUIC: packets, frames of Initials, and the handshake inside them."""

import values
from table import PORTS, Column, Rule, Table, message
from tables.tls import IN_QUIC

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


def frames(row):
    return values.walk(row.messages, "packets", "frames")


def frame_type(frame):
    """ACK with ECN counts, and an application's CONNECTION_CLOSE, have the next number (RFC 9000 §19.3, §19.19)."""
    return FRAMES.get(frame["type"], frame["type"]) + bool(frame.get("ecn") or frame.get("application"))


def crypto(key):
    return lambda row: [frame[key] for frame in frames(row) if frame["type"] == "crypto"]


GOOGLE = "Google QUIC, which is not decoded"

TABLE = Table(
    name="quic",
    layers=("quic",),
    messages=message("quic"),
    columns=[
        Column("quic.header_form", packets(header_form)),
        Column("quic.version", packets("version")),
        Column("quic.long.packet_type", packets(packet_type, lambda packet: is_long(packet) and packet["version"] not in V2)),
        Column("quic.long.packet_type_v2", packets(packet_type, lambda packet: is_long(packet) and packet["version"] in V2)),
        Column("quic.dcid", packets("dcid"), values.octets),
        Column("quic.scid", packets("scid"), values.octets),
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
    rules=[Rule(GOOGLE, lambda row: "gquic" in row.protocols)],
)

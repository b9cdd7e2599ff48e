"""TLS records and handshakes, those inside QUIC too."""

import values
from table import PORTS, Column, Rule, Table
from tables.rules import both_broken, dissected_once

CLIENT_HELLO, SERVER_HELLO = "client_hello", "server_hello"
HELLOS = (CLIENT_HELLO, SERVER_HELLO)


def messages(frame):
    """A QUIC datagram's handshake messages are TLS without records (RFC 9001 §4)."""
    found = [entry["tls"] for entry in frame.get("messages", []) if "tls" in entry]
    return found + [entry["quic"] for entry in frame.get("messages", []) if entry.get("quic", {}).get("handshakes")]


def hello(client=None, server=None):
    """A field of both hellos in the order of the handshakes, at a path in each."""
    paths = {CLIENT_HELLO: client, SERVER_HELLO: server}
    def found(row):
        handshakes = values.walk(row.messages, "handshakes")
        return [value for each in handshakes for kind in HELLOS if paths[kind] for value in values.walk(each, kind, *paths[kind])]
    return found


def retry_group(wanted):
    """A HelloRetryRequest names the group that it asks for, a ServerHello the group of its share (RFC 8446 §4.2.8)."""
    def found(row):
        groups = []
        for each in values.walk(row.messages, "handshakes"):
            if not wanted:
                groups += values.walk(each, CLIENT_HELLO, "key_share_groups", "code")
            if each.get(SERVER_HELLO, {}).get("hello_retry_request", False) == wanted:
                groups += values.walk(each, SERVER_HELLO, "key_share_group")
        return groups
    return found


def content_types(row):
    """The reference calls the type of a TLS 1.3 record that hides another `opaque_type` (RFC 8446 §5.2), which the table has not."""
    types = values.walk(row.messages, "records", "content_type")
    return types if "23" in row.cell("tls.record.content_type").split("|") else [each for each in types if each != 23]


def signature_algorithms(row):
    """The reference lists those of delegated credentials (RFC 9345) as well, in the order of the extensions."""
    lists = {13: "signature_algorithms", 34: "delegated_credential_algorithms"}
    found = []
    for each in values.walk(row.messages, "handshakes", CLIENT_HELLO):
        for kind in values.walk(each, "extensions", "type"):
            found += values.walk(each, lists[kind], "code") if kind in lists else []
    return found


def has_no_hello(row):
    return "1" not in row.cell("tls.handshake.type").split("|")


def session_lengths(row):
    return [len(text) // 2 for text in hello(("legacy_session_id",), ("legacy_session_id",))(row)]


SECRETS = Rule(
    "the capture brings its keys along (Decryption Secrets Block), which the reference uses and we do not", lambda row: row.cell("(secrets)"))

# Columns that the tables of QUIC have, too.
IN_QUIC = [
    Column("tls.handshake.type", ("handshakes", "msg_type")),
    Column("tls.handshake.version", hello(("legacy_version",), ("legacy_version",))),
    Column("tls.handshake.extensions_server_name", hello(("server_name",)), values.text),
    Column("tls.handshake.extensions_alpn_str", hello(("application_protocols", "name"), ("application_protocol",)), values.text),
    Column("tls.handshake.extensions.supported_version", hello(("supported_versions", "code"), ("selected_version",))),
    Column("tls.handshake.ciphersuite", hello(("cipher_suites", "code"), ("cipher_suite",))),
    Column("tls.handshake.extension.type", hello(("extensions", "type"), ("extensions", "type"))),
    Column("tls.handshake.extensions_supported_group", hello(("supported_groups", "code"))),
    Column("tls.handshake.extensions_key_share_group", retry_group(False)),
    Column("tls.handshake.ja3", hello(("ja3",)), values.text),
    Column("tls.handshake.ja3s", hello(server=("ja3s",)), values.text),
    Column("tls.handshake.ja4", hello(("ja4",)), values.text),
]

TABLE = Table(
    name="tls",
    layers=("tls",),
    messages=messages,
    columns=[
        Column("tls.record.content_type", content_types),
        Column("tls.record.version", ("records", "legacy_record_version")),
        Column("tls.record.length", ("records", "length")),
        Column("tls.handshake.length", ("handshakes", "length")),
        Column("tls.handshake.random", hello(("random",), ("random",)), values.octets),
        Column("tls.handshake.session_id_length", session_lengths),
        Column("tls.handshake.comp_method", hello(("legacy_compression_methods", "code"), ("legacy_compression_method",))),
        Column("tls.handshake.extensions_ec_point_format", hello(("ec_point_formats", "code"), ("ec_point_formats", "code"))),
        Column("tls.handshake.extensions_key_share_selected_group", retry_group(True)),
        Column("tls.handshake.sig_hash_alg", signature_algorithms),
        Column("tls.alert_message.level", ("alerts", "level")),
        Column("tls.alert_message.desc", ("alerts", "description")),
        *IN_QUIC,
    ],
    not_compared={
        "tcp.stream": "the reference's own count of connections",
        "udp.stream": "the reference's own count of connections",
        "tls.handshake.ja3_full": "the text whose digest tls.handshake.ja3 is",
        "tls.handshake.ja3s_full": "the text whose digest tls.handshake.ja3s is",
        "tls.handshake.ja4_r": "the text whose digests are in tls.handshake.ja4",
        **PORTS,
    },
    rules=[
        SECRETS,
        Rule(
            "SSL 2 (RFC 6176 prohibits it), which is not decoded", lambda row: "0x0002" in row.cell("tls.record.version").split("|")),
        Rule(
            "TLS off port 443, which the reference finds by heuristics alone",
            lambda row: "tls" not in row.protocols and "443" not in (row.cell("tcp.srcport"), row.cell("tcp.dstport"))),
        Rule(
            "those of ServerKeyExchange, CertificateRequest and certificate timestamps, which we do not decode",
            has_no_hello, frozenset({"tls.handshake.sig_hash_alg"})),
        Rule("DTLS, which is not decoded", lambda row: "dtls" in row.protocols), both_broken("tls", "TLS"), *dissected_once(),
    ],
)

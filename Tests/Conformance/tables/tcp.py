"""TCP headers and options."""

import values
from table import Column, Rule, Table
from tables.rules import both_broken, cut_header, in_fragment

ANALYSIS = "sequence analysis over the connection, which events state and decode does not"
NO_LENGTH = "the reference states no length of a segment in a fragment"


CUT_HEADER = (
    "a TCP header of fewer than 20 octets, or whose data offset says so: the ports are compared; behind them the reference stops "
    "elsewhere, and counts a length of segment")


def options(*path):
    return lambda row: values.walk(row.messages, "options", *path)


BEHIND_PORTS = frozenset("tcp." + name for name in (
    "seq", "ack", "flags", "hdr_len", "len", "window_size_value", "urgent_pointer", "checksum", "options"))

TABLE = Table(
    name="tcp",
    layers=("tcp",),
    messages=lambda frame: values.walk(frame.get("outer", []) + [frame], "tcp"),
    columns=[
        Column("tcp.srcport", ("source_port",)),
        Column("tcp.dstport", ("destination_port",)),
        Column("tcp.seq", ("sequence",)),
        Column("tcp.ack", ("acknowledgment",)),
        Column("tcp.flags", ("flags",)),
        Column("tcp.hdr_len", ("header_length",)),
        Column("tcp.len", ("payload_length",)),
        Column("tcp.window_size_value", ("window",)),
        Column("tcp.urgent_pointer", ("urgent_pointer",)),
        Column("tcp.checksum", ("checksum",)),
        Column("tcp.options", options("octets"), values.octets),
        Column("tcp.options.mss_val", options("maximum_segment_size")),
        Column("tcp.options.wscale.shift", options("window_scale")),
        # The reference's value of a permission is the option's two octets.
        Column("tcp.options.sack_perm", options("sack_permitted"), theirs=lambda row, found: [1 for _ in found]),
        Column("tcp.options.sack_le", options("sack", "left_edge")),
        Column("tcp.options.sack_re", options("sack", "right_edge")),
        Column("tcp.options.timestamp.tsval", options("timestamp_value")),
        Column("tcp.options.timestamp.tsecr", options("timestamp_echo")),
        Column("tcp.options.tfo.cookie", lambda row: [each for each in options("fast_open_cookie")(row) if each], values.octets),
    ],
    not_compared={
        "tcp.stream": "the reference's own count of connections",
        "tcp.options.tfo.request": "says that the cookie is empty: tcp.options holds the octets",
        **dict.fromkeys(
            ("tcp.analysis." + name for name in (
                "flags", "retransmission", "fast_retransmission", "spurious_retransmission", "out_of_order", "lost_segment",
                "duplicate_ack_num", "keep_alive", "zero_window", "zero_window_probe", "window_full", "window_update",
                "reused_ports", "ack_rtt", "initial_rtt")),
            ANALYSIS),
    },
    rules=[
        both_broken("tcp", "TCP"),
        Rule(NO_LENGTH, in_fragment, frozenset({"tcp.len"})),
        Rule(CUT_HEADER, cut_header, BEHIND_PORTS),
    ],
)

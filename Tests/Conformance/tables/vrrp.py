"""VRRP versions 2 and 3."""

import values
from table import ELSEWHERE, Column, Table, message
from tables.rules import both_broken, fragment


def addresses(version):
    return lambda row: [text for text in values.walk(row.messages, "addresses", "address") if (":" in text) == (version == 6)]


TABLE = Table(
    name="vrrp",
    layers=("vrrp",),
    messages=message("vrrp"),
    columns=[
        Column("vrrp.version", ("version",)),
        Column("vrrp.virt_rtr_id", ("virtual_router",)),
        Column("vrrp.prio", ("priority",)),
        Column("vrrp.addr_count", lambda row: [len(each["addresses"]) for each in row.messages]),
        Column("vrrp.ip_addr", addresses(4), values.text),
        Column("vrrp.ipv6_addr", addresses(6), values.address),
    ],
    not_compared={
        "vrrp.type": "1 is the only type there is (RFC 9568 §5.2.2), and a message of ours says that it is 1",
        "ip.ttl": ELSEWHERE,
        "ipv6.hlim": ELSEWHERE,
    },
    rules=[both_broken("vrrp", "VRRP"), fragment()],
)

"""What a reference table is compared by: columns, rules, and the comparison of one row."""

from dataclasses import dataclass, field
from typing import Callable

import values

ELSEWHERE = "compared in the table frames"
LAXER = "the reference is stricter in some places and laxer in others: not to be held equal (corpus README)"
WITHIN_QUOTE = "the protocol was met only inside the packet that an ICMP error quotes (in_icmp)"

# The reference's names of encapsulations that we do not open: what stands in them is out of our reach, and counted.
UNOPENED = {
    "ayiya", "avsp", "capwap.data", "cmd", "gtp", "ipcomp", "l2tp", "lisp", "lisp-data", "macsec", "nsh", "openflow", "openvpn", "sflow", "teredo",
    "wlan",
}

# Columns that every table repeats.
COMMON = {
    "frame.number": "the key of the row",
    "frame.time_epoch": ELSEWHERE,
    "frame.protocols": "the reference's own names of its dissectors",
    "eth.src": ELSEWHERE,
    "eth.dst": ELSEWHERE,
    "vlan.id": ELSEWHERE,
    "ip.src": ELSEWHERE,
    "ip.dst": ELSEWHERE,
    "ipv6.src": ELSEWHERE,
    "ipv6.dst": ELSEWHERE,
    "in_icmp": "a mark of the row, used as a rule",
    "_ws.malformed": LAXER,
    "_ws.short": LAXER,
}
PORTS = dict.fromkeys(("udp.srcport", "udp.dstport", "tcp.srcport", "tcp.dstport"), ELSEWHERE)


@dataclass
class Row:
    """A frame as both sides have it."""

    frame: dict
    reference: dict
    messages: list = field(default_factory=list)

    def cell(self, column):
        return self.reference.get(column, "")

    @property
    def protocols(self):
        return self.cell("frame.protocols").split(":")

    @property
    def in_reach(self):
        """The reference's layers down to an encapsulation that we do not open, or to the first ICMP header: what an error quotes comes
        after it, and the tables icmp and icmpv6 compare that."""
        layers = self.protocols
        ends = [index for index, name in enumerate(layers) if name in UNOPENED]
        ends += [layers.index(name) + 1 for name in ("icmp", "icmpv6") if name in layers]
        return layers[: min(ends)] if ends else layers

    def barrier(self, names):
        """The encapsulation that hides every layer of these names from us, if one does."""
        first = min((index for index, name in enumerate(self.protocols) if name in names), default=0)
        return next((name for name in self.protocols[:first] if name in UNOPENED), None)

    @property
    def headers(self):
        """Our headers from the outermost packet to the innermost."""
        return self.frame.get("outer", []) + [self.frame]


@dataclass
class Column:
    """A reference column, and what we state for it: a path into the messages, or a function of the row."""

    name: str
    ours: Callable | tuple
    normal: Callable = values.number
    theirs: Callable | None = None

    def our_values(self, row):
        found = values.walk(row.messages, *self.ours) if isinstance(self.ours, tuple) else self.ours(row)
        return [self.normal(value) for value in found]

    def their_values(self, row):
        cell = row.cell(self.name)
        found = cell.split("|") if cell else []
        if self.theirs:
            found = self.theirs(row, found)
        return [self.normal(value) for value in found]


@dataclass
class Rule:
    """A general statement about the reference that takes rows, or some columns of them, out of the comparison."""

    reason: str
    applies: Callable
    columns: frozenset | None = None


@dataclass
class Table:
    name: str
    columns: list
    not_compared: dict
    """Our messages of a frame that the table is about; what the frames table wants is the frame itself."""
    messages: Callable
    """The reference's names of the layers that put a frame into the table."""
    layers: tuple = ()
    rules: list = field(default_factory=list)

    def unmapped(self, header):
        known = {column.name for column in self.columns} | set(self.not_compared) | set(COMMON)
        return [name for name in header if name not in known]

    def absent(self, header):
        """Columns that the mapping names and this table lacks; a table of any age may lack some."""
        return {column.name for column in self.columns} - set(header)


def message(name):
    """The messages of one kind in a frame."""
    return lambda frame: [entry[name] for entry in frame.get("messages", []) if name in entry]


@dataclass
class Difference:
    table: str
    file: str
    frame: int
    field: str
    kind: str
    ours: str
    theirs: str
    """Fields that it stands for: a row without a message counts with all of them."""
    fields: int = 1

    @property
    def key(self):
        return (self.file, str(self.frame), f"{self.table}:{self.field}", self.ours, self.theirs)


def written(found):
    """As a cell of explained.tsv: no control character may break its row."""
    return "".join(each if each >= " " and each != "\x7f" else f"\\x{ord(each):02x}" for each in "|".join(str(value) for value in found))


def kind_of(ours, theirs):
    if not ours:
        return "we have none"
    if not theirs:
        return "the reference has none"
    return "other number of values" if len(ours) != len(theirs) else "other value"


def compare(table, file, row, excluded, absent):
    """Every column of a row that either side fills.

    Returns fields equal, differences."""
    equal, differences = 0, []
    number = row.reference["frame.number"]
    for column in table.columns:
        if column.name in excluded or column.name in absent:
            continue
        ours, theirs = column.our_values(row), column.their_values(row)
        if not ours and not theirs:
            continue
        if ours == theirs:
            equal += 1
        else:
            differences.append(
                Difference(table.name, file, number, column.name, kind_of(ours, theirs), written(ours), written(theirs)))
    if not row.messages and differences:
        lost = Difference(table.name, file, number, "row", "no message of ours", "none", row.cell("frame.protocols"), len(differences))
        return equal, [lost]
    return equal, differences

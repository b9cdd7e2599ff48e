"""Compares one capture with its tables."""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from table import WITHIN_QUOTE, Difference, Row, compare
from tables.frames import LINKS

NO_CAPTURE = "the container is neither pcap nor pcapng"
NO_PACKET = "a block that is no packet, which the reference numbers as one"
OTHER_LINK = "the link type is none of Ethernet, PPP, raw IP, loopback and cooked"
AFTER_DAMAGE = "the reference stopped at a damaged block before it"


@dataclass
class Result:
    """What came of one table of one capture, or of all of them."""

    rows: int = 0
    compared: int = 0
    equal: int = 0
    differences: list = field(default_factory=list)
    excluded_rows: Counter = field(default_factory=Counter)
    excluded_fields: Counter = field(default_factory=Counter)
    unmapped: set = field(default_factory=set)

    def add(self, other):
        self.rows += other.rows
        self.compared += other.compared
        self.equal += other.equal
        self.differences += other.differences
        self.excluded_rows += other.excluded_rows
        self.excluded_fields += other.excluded_fields
        self.unmapped |= other.unmapped


def second_opinion(corpus, file, table, rows):
    """What a newer reference adds: JA4, and the handshake where the first one shows no server name."""
    _, newer = corpus.table(file, f"{table.name}44")
    by_number = {row["frame.number"]: row for row in newer}
    added = set()
    for row in rows:
        other = by_number.get(row["frame.number"], {})
        better = not row.get("tls.handshake.extensions_server_name") and other.get("tls.handshake.extensions_server_name")
        for name, value in other.items():
            if name.startswith("tls.handshake.") and (better or name not in row):
                row[name] = value
                added.add(name)
    return added


class Capture:
    def __init__(self, corpus, decoder, file):
        self.corpus, self.file = corpus, file
        self.is_capture = corpus.is_capture(file)
        decoded, self.stop = decoder.frames(corpus.capture(file)) if self.is_capture else ([], None)
        _, self.reference = corpus.table(file, "frames")
        packets = [row for row in self.reference if row["frame.encap_type"]]
        self.frames = {row["frame.number"]: frame for row, frame in zip(packets, decoded)}
        self.rows = {row["frame.number"]: row for row in self.reference}
        self.beyond = decoded[len(packets):]

    @cached_property
    def analysis(self):
        """Marks of segments that the reference does not dissect, by frame number."""
        marks, gaps = {}, set()
        _, rows = self.corpus.table(self.file, "tcp")
        for row in rows:
            direction = row["tcp.stream"], row["tcp.srcport"]
            if row.get("tcp.analysis.lost_segment"):
                gaps.add(direction)
            again = any(row.get(f"tcp.analysis.{kind}retransmission") for kind in ("", "fast_", "spurious_"))
            marks[row["frame.number"]] = {"(sent again)": again, "(after a gap)": direction in gaps}
        return marks

    def compare(self, table):
        header, rows = self.corpus.table(self.file, table.name)
        result = Result(rows=len(rows), unmapped=set(table.unmapped(header)))
        header = set(header) | second_opinion(self.corpus, self.file, table, rows)
        absent = table.absent(header)
        if not self.is_capture:
            result.excluded_rows[NO_CAPTURE] += len(rows)
            return result
        secrets = self.corpus.has_secrets(self.file)
        for reference in rows:
            self.row(table, reference | {"(secrets)": secrets}, absent, result)
        numbers = {row["frame.number"] for row in rows}
        for number, frame in self.frames.items():
            if number not in numbers and table.messages(frame):
                self.ours_alone(table, self.rows[number], frame, result)
        if table.name == "frames":
            self.whole(table, result)
        return result

    def row(self, table, reference, absent, result):
        number = reference["frame.number"]
        frame = self.frames.get(number, {})
        row = Row(frame, reference, table.messages(frame) if frame else [])
        reason, excluded = self.rules(table, row)
        if reason:
            result.excluded_rows[reason] += 1
            return
        if not frame:
            result.differences.append(
                Difference(table.name, self.file, number, "row", "no frame of ours", "none", row.cell("frame.protocols")))
            return
        result.compared += 1
        equal, differences = compare(table, self.file, row, excluded, absent)
        result.equal += equal
        result.differences += differences
        for column, why in excluded.items():
            result.excluded_fields[why] += bool(row.cell(column))

    def rules(self, table, row):
        """A reason to leave the row out, or reasons to leave columns of it out."""
        listed = self.rows.get(row.reference["frame.number"], {})
        if not listed.get("frame.encap_type"):
            return NO_PACKET, {}
        if table.name != "frames" and listed["frame.encap_type"] not in LINKS:
            return OTHER_LINK, {}
        if row.cell("in_icmp") == "1":
            return WITHIN_QUOTE, {}
        if barrier := row.barrier(table.layers):
            return f"inside an encapsulation that we do not open: {barrier}", {}
        excluded = {}
        for rule in table.rules:
            if not rule.applies(row):
                continue
            if rule.columns is None:
                return rule.reason, {}
            excluded.update(dict.fromkeys(rule.columns, rule.reason))
        return None, excluded

    def ours_alone(self, table, listed, frame, result):
        """A message where the reference has no row: its row of the frames table stands in for the rules."""
        row = Row(frame, {**listed, **self.analysis.get(listed["frame.number"], {})}, table.messages(frame))
        reason, _ = self.rules(table, row)
        if reason:
            result.excluded_rows[f"(ours alone) {reason}"] += 1
        else:
            number, layers = listed["frame.number"], listed["frame.protocols"]
            result.differences.append(Difference(table.name, self.file, number, "row", "the reference has no row", "row", layers))

    def whole(self, table, result):
        if self.stop:
            result.differences.append(Difference(table.name, self.file, "0", "capture", "the program stopped", self.stop, ""))
        if self.beyond and self.corpus.status.get(self.file, 0) != 0:
            result.excluded_rows[f"(ours alone) {AFTER_DAMAGE}"] += len(self.beyond)
        elif self.beyond:
            result.differences.append(
                Difference(table.name, self.file, "0", "capture", "the reference has no row", f"{len(self.beyond)} more frames", ""))

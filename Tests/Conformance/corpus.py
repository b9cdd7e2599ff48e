"""The corpus: a folder with manifest.tsv, captures/ and truth/NAME.TABLE.tsv.gz."""

import gzip
import json
from pathlib import Path

MAGICS = {
    bytes.fromhex(magic)
    for magic in ("a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1", "a1b2cd34", "34cdb2a1", "0a0d0d0a")
}


def lines(text):
    """Rows end at a line feed alone: values may hold other characters that Python takes for line ends."""
    return [line.split("\t") for line in text.split("\n") if line]


class Corpus:
    def __init__(self, folder):
        self.folder = Path(folder)
        header, *rows = lines((self.folder / "manifest.tsv").read_text(encoding="utf-8"))
        self.files = [dict(zip(header, row))["file"] for row in rows]
        self.status = {}
        meta = self.folder / "truth" / "meta.jsonl"
        if meta.exists():
            for line in meta.read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                self.status[entry["capture"]] = entry["exit"]

    def capture(self, file):
        return self.folder / "captures" / file

    def is_capture(self, file):
        """pcap, modified pcap or pcapng; the reference reads other containers, too."""
        with self.capture(file).open("rb") as stream:
            return stream.read(4) in MAGICS

    def has_secrets(self, file):
        """A pcapng file may bring the keys of its connections: a Decryption Secrets Block is of type 10."""
        octets = self.capture(file).read_bytes()
        offset = 0
        while octets[:4] == b"\x0a\x0d\x0d\x0a" and offset + 12 <= len(octets):
            kind, length = int.from_bytes(octets[offset:offset + 4], "little"), int.from_bytes(octets[offset + 4:offset + 8], "little")
            if kind == 10:
                return True
            if length < 12:
                return False
            offset += length
        return False

    def table(self, file, name):
        """The table's columns and its rows, each a dictionary; nothing where the capture has no such row."""
        path = self.folder / "truth" / f"{file}.{name}.tsv.gz"
        if not path.exists():
            return [], []
        header, *rows = lines(gzip.decompress(path.read_bytes()).decode("utf-8"))
        return header, [dict(zip(header, row)) for row in rows]

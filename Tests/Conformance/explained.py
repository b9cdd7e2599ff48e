"""Differences that are explained: one a row, with the RFC's section or the reference's quirk."""

COLUMNS = ("file", "frame", "field", "ours", "theirs", "why")
MOST_ENTRIES = 200


class Explained:
    def __init__(self, path):
        header, *rows = [line.split("\t") for line in path.read_text(encoding="utf-8").split("\n") if line]
        self.errors = []
        self.reasons = {}
        self.used = set()
        if tuple(header) != COLUMNS:
            self.errors.append(f"{path.name}: the columns are {', '.join(COLUMNS)}")
        for row in rows:
            if len(row) != len(COLUMNS) or not row[-1].strip():
                self.errors.append(f"{path.name}: not {len(COLUMNS)} columns, or no reason: {row}")
            elif tuple(row[:5]) in self.reasons:
                self.errors.append(f"{path.name}: twice: {row[:5]}")
            else:
                self.reasons[tuple(row[:5])] = row[5]
        if len(rows) > MOST_ENTRIES:
            self.errors.append(f"{path.name}: {len(rows)} entries, at most {MOST_ENTRIES}")

    def covers(self, difference):
        if difference.key not in self.reasons:
            return False
        self.used.add(difference.key)
        return True

    def stale(self, files, tables):
        """Entries about what was compared that no difference needed."""
        return [
            key for key in self.reasons
            if key not in self.used and (files is None or key[0] in files) and (tables is None or key[2].split(":")[0] in tables)
        ]

#!/usr/bin/env python3
"""Validates event streams against the schema: validate.py --schema FILE [--damaged FILE] PATH...

A PATH is a .jsonl file or a folder of them, each a whole stream. Checked are, beside the schema itself:

  * every line is one JSON object in UTF-8, without a key twice, and valid; its keys, and those of the objects in it, stand in
    the order of the schema's properties;
  * a stream's first record is the capture's start and names the schema's version (the last part of its $id);
  * event.sequence counts from 1 without gaps.

Every line of the damaged file is {"defect": "...", "at": "/finding/state", "record": {...}}: a record with one defect, written by
make_damaged.py. Each must fail, with an error at that place; what is missing or not allowed is an error of the object around it. Each dataset of the
streams must have one.

Needs jsonschema 4.10 or later (Debian: python3-jsonschema).
"""

import argparse
import json
import re
import sys
from pathlib import Path

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

MOST_MESSAGES = 20

# Streams of one capture repeat themselves but for the number: it is checked apart, and each other text validated once.
SEQUENCE = re.compile(rb'("event":\{[^{}]*"sequence":)[1-9][0-9]*(?=\})')


def in_order(validator, properties, instance, schema):
    """The keyword `properties`, and the order of the keys."""
    if not validator.is_type(instance, "object"):
        return
    keys = [key for key in instance if key in properties]
    wanted = [key for key in properties if key in instance]
    if keys != wanted:
        yield ValidationError(f"keys stand in the order {', '.join(keys)}; the schema has {', '.join(wanted)}")
    for key in keys:
        # The library says of these only in which object they are.
        if properties[key] is False:
            yield ValidationError("must not be there", path=[key])
        else:
            yield from validator.descend(instance[key], properties[key], path=key, schema_path=key)


def unique(pairs):
    record = dict(pairs)
    if len(record) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return record


def no_constant(name):
    raise ValueError(f"{name} is no JSON number")


def parse(line):
    record = json.loads(line.decode("utf-8"), object_pairs_hook=unique, parse_constant=no_constant)
    if not isinstance(record, dict):
        raise ValueError("is no object")
    return record


def pointer(error):
    return "".join(f"/{part}" for part in error.absolute_path)


def flattened(errors):
    """The errors, and those of the alternatives that none of them took."""
    for error in errors:
        yield error
        yield from flattened(error.context)


class Checker:
    def __init__(self, schema):
        Draft202012Validator.check_schema(schema)
        self.validator = extend(Draft202012Validator, {"properties": in_order})(schema)
        self.version = schema["$id"].rsplit("/", 1)[-1]
        self.known = {}
        self.datasets = set()
        self.messages = []

    def errors(self, record):
        return list(self.validator.iter_errors(record))

    def complain(self, place, message):
        self.messages.append(f"{place}: {message}")

    def stream(self, path):
        """Lines in the file."""
        lines = path.read_bytes().split(b"\n")
        if lines.pop():
            self.complain(f"{path}:{len(lines) + 1}", "/: the line has no end")
        if not lines:
            self.complain(path, "/: holds no record")
        sequence = 0
        for number, line in enumerate(lines, start=1):
            place = f"{path}:{number}"
            sequence += 1
            try:
                record = parse(line)
            except (ValueError, RecursionError) as error:
                self.complain(place, f"/: {error}")
                continue
            text = SEQUENCE.sub(rb"\g<1>1", line, count=1)
            if text not in self.known:
                self.known[text] = [f"{pointer(error) or '/'}: {error.message[:300]}" for error in self.errors(record)]
            for message in self.known[text]:
                self.complain(place, message)
            if number == 1:
                self.start(place, record)
            sequence = self.follow(place, record, sequence)
        return len(lines)

    def start(self, place, record):
        event, capture = record.get("event"), record.get("capture")
        if not isinstance(event, dict) or (event.get("dataset"), event.get("action")) != ("vipscope.capture", "start"):
            self.complain(place, "/event: a stream begins with the capture's start")
        elif not isinstance(capture, dict) or capture.get("schema_version") != self.version:
            self.complain(place, f"/capture/schema_version: the schema is version {self.version}")

    def follow(self, place, record, expected):
        """The record's sequence number, as the next one must follow it."""
        event = record.get("event")
        event = event if isinstance(event, dict) else {}
        self.datasets.add(str(event.get("dataset")))
        sequence = event.get("sequence")
        if type(sequence) is not int:
            self.complain(place, f"/event/sequence: is {sequence!r}, and should be {expected}")
            return expected
        if sequence != expected:
            self.complain(place, f"/event/sequence: is {sequence}, and should be {expected}")
        return sequence

    def damaged(self, path):
        """Lines in the file, once the streams have been read."""
        lines = path.read_bytes().splitlines()
        undamaged = set(self.datasets)
        for number, line in enumerate(lines, start=1):
            case = parse(line)
            undamaged -= {dataset for dataset in undamaged if f'"{dataset}"'.encode() in line}
            places = [pointer(error) for error in flattened(self.errors(case["record"]))]
            if not places:
                self.complain(f"{path}:{number}", f"{case['at']}: passes, but {case['defect']}")
            elif case["at"] not in places:
                self.complain(f"{path}:{number}", f"{case['at']}: {case['defect']}: fails only at {', '.join(places)}")
        for dataset in sorted(undamaged):
            self.complain(path, f"/event/dataset: no damaged record of {dataset}")
        return len(lines)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--schema", type=Path, required=True)
    options.add_argument("--damaged", type=Path)
    options.add_argument("paths", metavar="PATH", type=Path, nargs="+")
    options = options.parse_args()

    checker = Checker(json.loads(options.schema.read_text(encoding="utf-8")))
    files = [file for path in options.paths for file in (sorted(path.rglob("*.jsonl")) if path.is_dir() else [path])]
    if not files:
        sys.exit("no .jsonl file there")
    count = sum(checker.stream(file) for file in files)
    damaged = checker.damaged(options.damaged) if options.damaged else 0

    for message in checker.messages[:MOST_MESSAGES]:
        print(message, file=sys.stderr)
    if len(checker.messages) > MOST_MESSAGES:
        print(f"and {len(checker.messages) - MOST_MESSAGES} more", file=sys.stderr)
    if checker.messages:
        sys.exit(1)
    if options.damaged:
        print(f"{damaged} damaged records refused")
    print(f"{count} lines in {len(files)} files valid")


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        sys.exit(str(error))

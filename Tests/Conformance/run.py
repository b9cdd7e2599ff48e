#!/usr/bin/env python3
"""Compares `vipscope decode` with the reference tables of a corpus, field by field.

    run.py CORPUS                                        every table of every capture
    run.py CORPUS --only dns --show 5                    one table, five examples of each kind of difference
    run.py CORPUS --file NAME                            one capture

A corpus is a folder with manifest.tsv, captures/ and truth/NAME.TABLE.tsv.gz. Fails (status 1) on a difference that explained.tsv does
not explain, and on an entry there that is stale, doubled or one too many. Python 3 alone is needed.
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import report
import tables
from capture import Capture, Result
from corpus import Corpus
from decoded import Decoder
from explained import Explained

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--only", metavar="TABLE", action="append", choices=[table.name for table in tables.ALL])
    parser.add_argument("--file", metavar="NAME", action="append", help="a capture of the manifest")
    parser.add_argument("--show", metavar="N", type=int, default=3, help="examples of each kind of difference (3)")
    parser.add_argument("--jobs", metavar="N", type=int, default=2)
    parser.add_argument("--list", metavar="PATH", type=Path, help="write unexplained differences as rows of explained.tsv without reasons")
    parser.add_argument("--program", type=Path, default=ROOT / ".build/release/vipscope")
    parser.add_argument("--cache", type=Path, default=ROOT / ".build/conformance")
    return parser.parse_args()


def compare(folder, program, cache, only, file):
    """In a process of its own: every chosen table of one capture."""
    capture = Capture(Corpus(folder), Decoder(program, cache), file)
    return [capture.compare(table) for table in chosen(only)]


def chosen(only):
    return [table for table in tables.ALL if only is None or table.name in only]


def main():
    options = parse()
    if not (options.corpus / "manifest.tsv").exists():
        print(f"conformance: skipped, no corpus at {options.corpus}")
        return 0
    if not options.program.exists():
        sys.exit(f"conformance: no {options.program}; build it with: make build")
    Decoder(options.program, options.cache)  # clears the output of an older program before the workers start
    files = options.file or Corpus(options.corpus).files
    results = [(table, Result()) for table in chosen(options.only)]
    work = partial(compare, options.corpus, options.program, options.cache, options.only)
    with ProcessPoolExecutor(options.jobs) as pool:
        for found in pool.map(work, files, chunksize=4):
            for (_, result), part in zip(results, found):
                result.add(part)
    return judge(results, options)


def judge(results, options):
    explained = Explained(HERE / "explained.tsv")
    unexplained = [each for _, result in results for each in result.differences if not explained.covers(each)]
    errors = explained.errors
    errors += [f"explained.tsv: stale: {' '.join(key)}" for key in explained.stale(options.file, options.only)]
    for table, result in results:
        errors += [f"{table.name}: no mapping and no reason for the column {name}" for name in sorted(result.unmapped)]
    for table, result in results:
        report.table(table, result, explained, options.show)
    report.summary(results, explained)
    for error in errors:
        print(error)
    if options.list:
        rows = ["\t".join(each.key) for each in unexplained]
        options.list.write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(f"{len(explained.reasons)} entries in explained.tsv; {len(unexplained)} differences not explained, {len(errors)} other errors")
    return 1 if unexplained or errors else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Builds the fuzz targets, makes their seeds, runs them, and says what came of it.

    run.py                                 every target: 600 s for a composed one, 120 s for a single decoder
    run.py --target dns --seconds 60       one of them, for so long
    run.py --short                         a fixed number of inputs each, as CI does
    run.py --coverage                      region coverage of Wire by what earlier runs have kept
    run.py --try FILE --target dns         one input, such as a crash's

Everything is kept in .build/fuzz: package/ (the package laid out), seeds/, corpus/ (goes on growing from run to run), crashes/, logs/,
totals.json. Captures of a corpus (VIPSCOPE_CORPUS, or ../shared/corpus) serve as seeds where there is one; they stay in .build.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import coverage
import seeds
from package import Package

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = ROOT / ".build/fuzz"
# By the longest input that makes sense. Composed targets put several decoders, or packets over time, on top of each other.
COMPOSED = {
    "frame": 2048, "frames": 16384, "dns": 8192, "tls": 16384, "quic": 8192, "pcap": 16384, "pcapng": 16384, "site": 4096, "replay": 16384,
    "anonymize": 16384,
}
SMALL = {
    "arp": 64, "icmpv4": 512, "icmpv6": 512, "vrrp": 256, "ipv4": 256, "ipv6": 512, "tcp": 128, "tunnels": 512, "ppp": 64, "stun": 512,
    "wireguard": 256, "http": 4096, "x509": 4096, "stream": 512, "fragments": 1024, "quic-packets": 2048, "quic-frames": 1024,
    "dns-name": 1024, "service-binding": 1024,
}
TARGETS = COMPOSED | SMALL
DICTIONARIES = {"site", "http"}
# Inputs of a short run. Counted and drawn from a fixed seed, so that from an empty clone a change alone decides what it meets.
SHORT = 20_000
SHORT_OF = {"frames": 1_000, "replay": 1_000, "anonymize": 1_000}
# Of one capture, for each target.
SEEDS = 12


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", action="append", choices=TARGETS, help="this one alone (may be repeated)")
    parser.add_argument("--seconds", type=int, help="for each target (600, and 120 for single decoders)")
    parser.add_argument("--short", action="store_true", help=f"{SHORT} inputs each, or {min(SHORT_OF.values())} where one is many packets")
    parser.add_argument("--jobs", type=int, default=2, help="targets at a time (2)")
    parser.add_argument("--timeout", type=int, help="seconds that one input may take (1; 10 with --short, as CI's machines are busy)")
    parser.add_argument("--coverage", action="store_true")
    parser.add_argument("--try", dest="input", type=Path, metavar="FILE", help="run one input")
    return parser.parse_args()


def environment(target):
    # The quarantine of freed memory is no growth of ours. Hashing is seeded anew in each process unless it is told not to.
    asan = "quarantine_size_mb=16:detect_leaks=0:allocator_may_return_null=1"
    return os.environ | {"FUZZ_TARGET": target, "ASAN_OPTIONS": asan, "SWIFT_DETERMINISTIC_HASHING": "1", "SWIFT_BACKTRACE": "enable=no"}


def folder(*parts):
    path = WORK.joinpath(*parts)
    path.mkdir(parents=True, exist_ok=True)
    return path


class Run:
    """One target's, from start to report."""

    def __init__(self, program, target, limits, timeout):
        self.target = target
        self.log = folder("logs") / f"{target}.log"
        self.corpus = folder("corpus", target)
        self.prefix = f"{folder('crashes')}/{target}-"
        self.before = set(Path(self.prefix).parent.glob(f"{target}-*"))
        self.command = [
            program, *limits, f"-timeout={timeout}", "-rss_limit_mb=512", f"-max_len={TARGETS[target]}",
            "-detect_leaks=0", "-print_final_stats=1", f"-artifact_prefix={self.prefix}", self.corpus, folder("seeds", target),
        ]
        if target in DICTIONARIES:
            self.command.append(f"-dict={HERE / target}.dict")

    def __call__(self):
        start = time.monotonic()
        with self.log.open("wb") as log:
            self.status = subprocess.run(self.command, env=environment(self.target), stdout=log, stderr=log).returncode
        self.seconds = round(time.monotonic() - start)
        text = self.log.read_text(errors="replace")
        self.executions = int((re.findall(r"number_of_executed_units: (\d+)", text) or re.findall(r"#(\d+)\s", text) or ["0"])[-1])
        self.peak = (re.findall(r"peak_rss_mb: +(\d+)", text) or ["?"])[-1]
        self.files = len(list(self.corpus.iterdir()))
        # An input that was only slow is kept by libFuzzer, too.
        found = set(Path(self.prefix).parent.glob(f"{self.target}-*")) - self.before
        self.crashes = sorted(path for path in found if "slow-unit" not in path.name)
        print(f"{self.target:16} {self.seconds:4} s {self.executions:12} executions {self.files:6} inputs kept {self.peak:>4} MB"
              f"{'' if self.passed else '  FAILED'}", flush=True)
        return self

    @property
    def passed(self):
        return self.status == 0 and not self.crashes

    def explain(self):
        print(f"\n{self.target}: status {self.status}, see {self.log.relative_to(ROOT)}")
        for line in self.log.read_text(errors="replace").splitlines():
            if re.search(r"Fatal error|ERROR: |SUMMARY: ", line):
                print(f"    {line[:300]}")
        for path in self.crashes:
            name = path.relative_to(ROOT)
            print(f"    again:    Tests/Fuzz/run.py --target {self.target} --try {name}\n"
                  f"    smaller:  FUZZ_TARGET={self.target} .build/fuzz/build/release/Fuzz -minimize_crash=1 -runs=100000 {name}\n"
                  f"    as hex:   xxd -p {name}    (correct the source, and quote the octets as a named row of the decoder's test)")


def add_totals(runs):
    """Executions and seconds over all sittings."""
    path = WORK / "totals.json"
    totals = json.loads(path.read_text()) if path.exists() else {}
    for run in runs:
        total = totals.setdefault(run.target, {"executions": 0, "seconds": 0})
        total["executions"] += run.executions
        total["seconds"] += run.seconds
        total["inputs"] = run.files
    path.write_text(json.dumps(totals, indent=1))
    executions = sum(total["executions"] for total in totals.values())
    inputs = sum(total["inputs"] for total in totals.values())
    print(f"over all runs so far: {executions} executions, {inputs} inputs kept")


def main():
    options = parse()
    chosen = options.target or list(TARGETS)
    package = Package(ROOT, WORK)
    if options.coverage:
        return coverage.report(package, chosen, environment, WORK)
    program = package.build()
    if options.input:
        return subprocess.run([program, options.input], env=environment(chosen[0])).returncode
    corpus = os.environ.get("VIPSCOPE_CORPUS", ROOT.parent / "shared/corpus")
    seeds.make(ROOT, None if options.short else corpus, folder("seeds"), SEEDS)
    runs = []
    for target in chosen:
        seconds = options.seconds or (60 if options.short else 600 if target in COMPOSED else 120)
        limits = [f"-max_total_time={seconds}"]
        if options.short:
            limits += [f"-runs={SHORT_OF.get(target, SHORT)}", "-seed=1"]
        runs.append(Run(program, target, limits, options.timeout or (10 if options.short else 1)))
    with ThreadPoolExecutor(options.jobs) as pool:
        done = list(pool.map(lambda run: run(), runs))
    add_totals(done)
    for run in done:
        if not run.passed:
            run.explain()
    return 0 if all(run.passed for run in done) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Build the reference programs, run programs on one core, and boil their rounds down."""
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

REFERENCE = Path(__file__).resolve().parent / "reference"
TIME_LIMIT = 900  # seconds for one run: a peer that hangs must not hold up the rest


class RunFailed(Exception):
    """A program could not be run, or ended with a status that it should not."""


@dataclass
class Sample:
    microseconds: int  # user + system
    rss_kib: int
    status: int
    output: str = ""


@dataclass
class Goal:
    """At most `times` x the time of `than`; for a peer, at least that. Or at most so many nanoseconds a packet."""

    times: float
    than: str
    peer: bool = False
    nanoseconds: int = None

    def held(self, ratio):
        return ratio >= self.times if self.peer else ratio <= self.times


@dataclass
class Program:
    name: str
    command: list
    packets: int
    goal: Goal = None
    statuses: tuple = (0,)
    peer: bool = False
    start: list = None  # a command whose time is taken off: the same program on next to nothing
    lines: int = None  # written to standard output, counted in the warm-up
    samples: list = field(default_factory=list)
    times: list = field(default_factory=list)  # nanoseconds a packet, by round


def build_references(directory):
    for name, libraries in {"r1": ["-lpcap"], "r2": [], "launch": []}.items():
        subprocess.run([os.environ.get("CC", "cc"), "-O2", "-Wall", "-Wextra", "-o", str(directory / name),
                        str(REFERENCE / f"{name}.c"), *libraries], check=True)


def progress(text):
    """One line that is written over, where somebody watches."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


class Runner:
    def __init__(self, directory, core):
        self.launch = str(directory / "launch")
        self.core = core

    def run(self, command, statuses=(0,), keep_output=False):
        """Run the command pinned to the core; its output goes to /dev/null unless it is wanted."""
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
            reading, writing = os.pipe()
            process = subprocess.Popen(
                [self.launch, str(self.core), str(writing), *command], pass_fds=[writing], start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=output if keep_output else subprocess.DEVNULL, stderr=errors)
            os.close(writing)
            try:
                process.wait(TIME_LIMIT)
            except subprocess.TimeoutExpired:
                raise RunFailed(f"{command[0]} took longer than {TIME_LIMIT} s") from None
            finally:
                if process.returncode is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
                with os.fdopen(reading) as report:
                    figures = [int(word) for word in report.read().split()]
            sample = Sample(*figures) if len(figures) == 3 else Sample(0, 0, process.returncode)
            if not figures or sample.status not in statuses:
                errors.seek(0)
                raise RunFailed(f"{' '.join(command)}: status {sample.status}\n{errors.read()[-2000:]}")
            if keep_output:
                output.seek(0)
                sample.output = output.read()
            return sample

    def count_lines(self, command):
        """How many lines the command writes, so that a run that did nothing is seen."""
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            return sum(block.count(b"\n") for block in iter(lambda: process.stdout.read(1 << 20), b""))

    def interleave(self, programs, rounds, peer_rounds):
        """A warm-up round, then every program once a round. A peer that fails is left out."""
        out = set()
        for turn in range(rounds + 1):
            for program in programs:
                if program.name in out or program.peer and not 0 < turn <= peer_rounds:
                    continue
                progress(f"round {turn} of {rounds}: {program.name}")
                try:
                    sample = self.run(program.command, program.statuses)
                    start = self.run(program.start).microseconds if program.start else 0
                except RunFailed as failure:
                    if not program.peer:
                        raise
                    progress("")
                    print(f"{program.name} is left out: {failure}", file=sys.stderr)
                    out.add(program.name)
                    continue
                if turn:
                    program.samples.append(sample)
                    program.times.append((sample.microseconds - start) * 1000 / program.packets)
                elif program.lines is not None:
                    program.lines = self.count_lines(program.command)
        progress("")
        return [program for program in programs if program.name not in out]


def ratios(program, other):
    """Round by round, so that what slowed down one round slows down both sides."""
    return [time / base for time, base in zip(program.times, other.times)]


def spread(values, digits):
    """The median, and the range it stands in."""
    return f"{statistics.median(values):,.{digits}f} [{min(values):,.{digits}f}–{max(values):,.{digits}f}]"

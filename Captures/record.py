#!/usr/bin/env python3
"""Records the captures of this directory: record.py [--force] [--list] [CASE...]

Each scenario of recorder/scenarios is played on a LAN of network namespaces and recorded at one
or more vantages; each vantage is a case with a folder of its own. Naming one case records its whole
scenario, so that its folders stay views of the same packets. Needs root; README.md names the software.
"""

import argparse
import shutil
import signal
import struct
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True

from recorder import peers
from recorder.lan import LAN, command, stop, wait_until
from recorder.scenarios import SCENARIOS

HERE = Path(__file__).resolve().parent

# Where each view is recorded: the station and the interface.
VANTAGES = {
    "mirror": ("switch", "br0"),        # each frame of the LAN once
    "client": ("client", "eth0"),
    "bystander": ("bystander", "eth0"),
    "announcer": ("node03", "eth0"),
    "router-any": ("router", "any"),    # cooked: no destination MACs
}


class Recording:
    """One capture program at one vantage."""

    def __init__(self, lan, view, pcapng):
        where, interface = VANTAGES[view]
        self.view, self.pcapng = view, pcapng
        self.path = lan.directory / f"{view}.{'pcapng' if pcapng else 'pcap'}"
        if pcapng:
            words = ["dumpcap", "-q", "-i", interface, "-w", self.path]
        else:
            words = ["tcpdump", "-n", "-U", "--immediate-mode", "--time-stamp-precision=nano",
                     "-Z", "root", "-i", interface, "-w", self.path]
        self.process = getattr(lan, where).start(*words)
        # Both programs write the file's header when they have begun to capture.
        wait_until(lambda: self.path.exists() and self.path.stat().st_size >= 24, "the capture's start")

    def save(self, folders):
        stop(self.process, signal.SIGINT)
        data = self.path.read_bytes()
        if self.pcapng:
            data = without_host(data)
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            for old in (folder / "capture.pcap", folder / "capture.pcapng"):
                old.unlink(missing_ok=True)
            target = folder / f"capture{self.path.suffix}"
            target.write_bytes(data)
            count = command("capinfos", "-Mc", target).stdout.split()[-1]
            print(f"  {folder.name}/{target.name}: {count} frames")


def without_host(pcapng):
    """Drops the options of a pcapng file that name the recording machine: hardware and system."""
    result, offset = b"", 0
    while offset < len(pcapng):
        kind, length = struct.unpack_from("<II", pcapng, offset)
        body = pcapng[offset + 8:offset + length - 4]
        if kind == 0x0A0D0D0A:          # section header: 16 bytes, then options
            body = body[:16] + options_without(body[16:], {2, 3})
        elif kind == 1:                 # interface description: 8 bytes, then options
            body = body[:8] + options_without(body[8:], {12})
        length = len(body) + 12
        result += struct.pack("<II", kind, length) + body + struct.pack("<I", length)
        offset += struct.unpack_from("<I", pcapng, offset + 4)[0]
    return result


def options_without(options, unwanted):
    result, offset = b"", 0
    while offset < len(options):
        code, length = struct.unpack_from("<HH", options, offset)
        end = offset + 4 + (length + 3) // 4 * 4
        if code not in unwanted:
            result += options[offset:end]
        offset = end
    return result


def record(scenario, force):
    folders = {view: [HERE / case for case in cases] for view, cases in scenario.cases.items()}
    existing = [folder.name for cases in folders.values() for folder in cases
                if any(folder.glob("capture.pcap*"))]
    if existing and not force:
        print(f"{scenario.name}: {', '.join(existing)} exist; --force records them again")
        return
    print(f"{scenario.name}:", flush=True)
    with LAN() as lan:
        play = scenario.script(lan)
        next(play)                      # everything before the yield: preparation
        lan.prime()
        recordings = [Recording(lan, view, scenario.pcapng) for view in folders]
        next(play, None)                # everything after it: the recorded part
        lan.close()
        for recording in recordings:
            recording.save(folders[recording.view])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("case", nargs="*", help="a case or a scenario; none records all")
    parser.add_argument("--force", action="store_true", help="overwrite captures that exist")
    parser.add_argument("--list", action="store_true", help="list scenarios and their cases")
    parser.add_argument("--peers", action="store_true", help="install Envoy, Caddy and aioquic in .build/peers first")
    arguments = parser.parse_args()
    if arguments.peers:
        peers.install()
    if arguments.list:
        for scenario in SCENARIOS:
            print(scenario.name, "->", " ".join(scenario.case_names()))
        return
    unknown = set(arguments.case) - {name for s in SCENARIOS for name in [s.name, *s.case_names()]}
    if unknown:
        sys.exit(f"unknown: {', '.join(sorted(unknown))} (--list shows them)")
    missing = [program for program in ("ip", "tcpdump", "dumpcap", "capinfos", "ethtool") if not shutil.which(program)]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    for scenario in SCENARIOS:
        if not arguments.case or {scenario.name, *scenario.case_names()} & set(arguments.case):
            try:
                record(scenario, arguments.force)
            except (RuntimeError, subprocess.TimeoutExpired, AssertionError) as error:
                sys.exit(f"{scenario.name}: {error}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Measure vipscope against the reference programs and against its peers; README.md says how.

    Benchmarks/run.py                                     everything, a few minutes
    Benchmarks/run.py --no-peers --rounds 3               without softflowd, ndpiReader and tshark
    Benchmarks/run.py --input dns --packets 200000        one input, and small
"""
import argparse
import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

import measure
import programs
import report

ROOT = Path(__file__).resolve().parent.parent
MAKE_BIG = ROOT.parent / "shared" / "perf" / "make_big.py"
INPUTS = ("mix", "new-flows", "dns", "quic")


def whole_path(text):
    return Path(text).absolute()


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vipscope", nargs="?", type=whole_path, default=ROOT / ".build/release/vipscope",
                        help="a release build of vipscope")
    parser.add_argument("--packets", type=int, default=2_000_000, help="packets in the mix; the others have half as many, QUIC a tenth")
    parser.add_argument("--rounds", type=int, default=5, help="measured rounds, after one to warm up")
    parser.add_argument("--peer-rounds", type=int, default=2, help="rounds in which the slow peers take part")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--no-vipscope", action="store_true", help="the reference programs and peers alone")
    parser.add_argument("--input", action="append", choices=INPUTS, help="this input alone (may be repeated)")
    parser.add_argument("--make-big", type=Path, default=MAKE_BIG, metavar="PATH", help="the full mix generator, used where it is there")
    parser.add_argument("--stand-in", action="store_true", help="make the mix with make_inputs.py in any case")
    parser.add_argument("--cache", type=whole_path, default=ROOT / ".build/bench", help="where inputs and reference programs are kept")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)), help="the core to run on")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample to FILE")
    return parser.parse_args()


def mix_generator(arguments):
    if arguments.stand_in:
        return None
    if arguments.make_big.is_file():
        return arguments.make_big.resolve()
    if arguments.make_big != MAKE_BIG:
        sys.exit(f"{arguments.make_big} is not there")
    return None


def count_packets(runner, floors):
    """What both floors say about a capture, and the libpcap version. They must agree to the bit."""
    said = [runner.run(floor.command, keep_output=True).output.strip().split(", ") for floor in floors]
    if said[0][:2] != said[1]:
        sys.exit(f"R1 and R2 read {floors[0].command[1]} differently: {said}")
    return int(said[0][0].split()[0]), said[0][2]


def measure_input(name, capture, runner, arguments):
    floors = programs.references(arguments.cache, capture, 0)
    packets, libpcap = count_packets(runner, floors)
    size = (capture.stat().st_size - 24) / packets - 16
    print(f"\n## {name}: {packets:,} packets of {size:.0f} B on average")
    running = programs.references(arguments.cache, capture, packets)
    if not arguments.no_vipscope:
        running += programs.vipscope_programs(arguments.vipscope, name, capture, packets)
    peers = name == "mix" and not arguments.no_peers
    with programs.network_namespace(peers) as namespace:
        if peers:
            running += programs.peer_programs(capture, packets, arguments.cache, namespace)
        running = runner.interleave(running, arguments.rounds, arguments.peer_rounds)
    print(f"\n{report.table(running)}", flush=True)
    return {"input": name, "packets": packets, "mean_bytes": size, "libpcap": libpcap, "programs": running}


def measure_memory(results, start, runner, arguments):
    """The bytes that a new flow costs, where new flows were measured."""
    attack = next((result["programs"][-1] for result in results if result["input"] == "new-flows"), None)
    if attack:
        command = programs.replay(arguments.vipscope, start, "--vip", programs.NEW_FLOWS_VIP)
        idle = runner.interleave([measure.Program("start", command, 2, statuses=programs.JUDGED)], arguments.rounds, 0)[0]
        print(f"\n{report.memory(idle, attack)}")


def main():
    arguments = parse()
    version = None if arguments.no_vipscope else programs.refuse_debug(arguments.vipscope)
    arguments.cache.mkdir(parents=True, exist_ok=True)
    measure.build_references(arguments.cache)
    generator = mix_generator(arguments)
    inputs = programs.make_inputs(arguments.cache, arguments.packets, generator)
    runner = measure.Runner(arguments.cache, arguments.core)

    facts = {"cpu": report.cpu_model(), "cores": os.cpu_count(), "core": arguments.core, "kernel": platform.release(),
             "vipscope": version, "rounds": arguments.rounds, "mix_made_by": generator.name if generator else "make_inputs.py (stand-in)",
             "versions": programs.versions(), "load_before": report.load()}
    print(f"{facts['cpu']}, {facts['cores']} cores, core {facts['core']} used; Linux {facts['kernel']}")
    print(f"\nvipscope {version or 'not measured'}; mix made by {facts['mix_made_by']}; {arguments.rounds} rounds after a warm-up")
    results = [measure_input(name, inputs[name], runner, arguments) for name in arguments.input or INPUTS]
    if not arguments.no_vipscope:
        measure_memory(results, inputs["start"], runner, arguments)
    facts["load_after"] = report.load()
    print(f"\n{results[0]['libpcap']}; " + "; ".join(f"{name} {number}" for name, number in facts["versions"].items()))
    print(f"\nload average before {facts['load_before']}, after {facts['load_after']}")
    if arguments.json:
        report.write_json(arguments.json, facts, results)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    try:
        main()
    except measure.RunFailed as failure:
        sys.exit(f"\n{failure}")
    except subprocess.CalledProcessError as failure:
        sys.exit(f"\n{' '.join(map(str, failure.cmd))}: status {failure.returncode}")
    except KeyboardInterrupt:
        sys.exit(130)

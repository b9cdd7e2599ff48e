#!/usr/bin/env python3
"""Live capture beside tcpdump, in a namespace pair: offered, processed, lost, CPU time. Root; a release build.

    Benchmarks/live.py [VIPSCOPE] [--seconds 5] [--rounds 3]

Offered is what the sender's socket took, and so what the veth passed on. Every packet must be accounted for: offered = processed + lost, or, with the
generated filter, nearly nothing passed.
"""
import argparse, json, os, re, signal, statistics, subprocess, sys, tempfile, time

from pair import pair, sh

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(HERE, "..", ".build", "bench")
VIP = "10.7.0.157"


def run(receiver, parse, size, seconds, vip):
    """Sends while a receiver runs; returns offered, processed, lost, CPU seconds of the receiver."""
    errors, output = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
    process = subprocess.Popen(["ip", "netns", "exec", "bench-b", "taskset", "-c", "0"] + receiver, stdout=output, stderr=errors)
    while True:
        time.sleep(0.1)
        errors.seek(0)
        if "listening on" in errors.read():
            break
        if process.poll() is not None:
            sys.exit(f"{receiver[0]} ended early")
    time.sleep(0.3)
    command = ["ip", "netns", "exec", "bench-a", "taskset", "-c", "1", os.path.join(BUILD, "sender"), "eth0", str(size), str(seconds)]
    sent = int(subprocess.run(command + ([vip] if vip else []), check=True, capture_output=True, text=True).stdout)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, _, usage = os.wait4(process.pid, 0)
    output.seek(0), errors.seek(0)
    processed, lost = parse(output.read(), errors.read())
    return sent, processed, lost, usage.ru_utime + usage.ru_stime


def vipscope_counts(output, _):
    record = [json.loads(line) for line in output.splitlines() if '"action":"statistics"' in line][-1]["capture"]
    return record["frames"], record["kernel_drops"] + record["interface_drops"]


def tcpdump_counts(_, errors):
    count = lambda words: int(re.search(rf"(\d+) packets? {words}", errors).group(1))
    return count("captured"), count("dropped by kernel")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("vipscope", nargs="?", default=".build/release/vipscope")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if "debug" in subprocess.run([options.vipscope, "--version"], capture_output=True, text=True).stdout:
        sys.exit("a debug build says nothing: give a release build")
    os.makedirs(BUILD, exist_ok=True)
    sh("cc", "-O2", "-o", os.path.join(BUILD, "sender"), os.path.join(HERE, "reference", "sender.c"))
    with pair("bench"):
        capture = [options.vipscope, "capture", "--vip", VIP, "--interface", "eth0"]
        programs = [
            ("vipscope, every flow", capture + ["--everything"], vipscope_counts, None),
            ("vipscope, all to the VIP", capture, vipscope_counts, VIP),
            ("vipscope, filter, others' traffic", capture, vipscope_counts, None),
            ("vipscope --write /dev/null", capture + ["--everything", "--write", "/dev/null"], vipscope_counts, None),
            ("tcpdump -w /dev/null", ["tcpdump", "-i", "eth0", "-n", "-B", "65536", "-w", "/dev/null"], tcpdump_counts, None),
        ]
        print(f"load average {os.getloadavg()[0]:.1f}; medians of {options.rounds} rounds in turn, {options.seconds} s each, 64 MiB ring")
        print("| octets | program | offered/s | processed | lost | unaccounted | CPU, % of a core | ns a packet |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- |")
        for size in (60, 1514):
            results = {name: [] for name, *_ in programs}
            for _ in range(options.rounds):
                for name, command, parse, vip in programs:
                    results[name].append(run(command, parse, size, options.seconds, vip))
            for name, rows in results.items():
                sent, processed, lost, cpu = (statistics.median(column) for column in zip(*rows))
                missing = max(r[0] - r[1] - r[2] for r in rows)
                print(
                    f"| {size} | {name} | {sent / options.seconds:,.0f} | {processed:,.0f} | {lost:,.0f} | {missing:,} "
                    f"| {100 * cpu / options.seconds:.1f} | {1e9 * cpu / sent:.0f} |", flush=True)


main()

#!/usr/bin/env python3
"""Half an hour of ever new users: is memory flat? Root; a release build.

    Benchmarks/soak.py [VIPSCOPE] [--minutes 30] [--rate 20000] [--plot Benchmarks/soak.svg]

In a namespace pair: one side plays users whose addresses, ports and names are all new (reference/churn.c), the other captures everything. The resident memory of the
capture is read every few seconds, and drawn. Flat is what grows by less than a hundredth, or 1 MiB, between the middle and the end. Every frame must be in the counters.
"""
import argparse, os, re, signal, subprocess, sys, tempfile, time

from pair import pair, sh

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(HERE, "..", ".build", "bench")
VIP = "10.7.0.157"


def resident(pid):
    """MiB."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def cpu(pid):
    """Seconds of user and system time."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def soak(options, sides):
    output, errors = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
    capture = [options.vipscope, "capture", "--vip", VIP, "--interface", "eth0", "--everything", "--events", "/dev/null", "--format", "text"]
    receiver = subprocess.Popen(["ip", "netns", "exec", sides[1]] + capture, stdout=output, stderr=errors)
    samples, started = [], 0
    try:
        while started == 0:
            time.sleep(0.2)
            errors.seek(0)
            started = time.monotonic() if "listening on" in errors.read() else 0
            if receiver.poll() is not None:
                sys.exit("the capture ended early")
        churn = [os.path.join(BUILD, "churn"), "eth0", str(options.rate), str(options.minutes * 60), VIP]
        sender = subprocess.Popen(["ip", "netns", "exec", sides[0]] + churn, stdout=subprocess.PIPE, text=True)
        try:
            while sender.poll() is None:
                samples.append((time.monotonic() - started, resident(receiver.pid)))
                time.sleep(options.every)
        finally:
            if sender.poll() is None:
                sender.terminate()
            sent = int(sender.communicate()[0] or 0)
        time.sleep(1)
        used = cpu(receiver.pid)
    finally:
        if receiver.poll() is None:
            receiver.send_signal(signal.SIGINT)
        receiver.wait()
    output.seek(0)
    return samples, sent, used, output.read()


def plot(samples, path, title):
    """Resident memory over time, as SVG."""
    width, height, left, bottom = 720, 280, 60, 40
    end, top = max(t for t, _ in samples), max(m for _, m in samples) * 1.15
    x = lambda t: left + (width - left - 20) * t / end
    y = lambda m: height - bottom - (height - bottom - 40) * m / top
    line = " ".join(f"{x(t):.1f},{y(m):.1f}" for t, m in samples)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="12">',
             f'<rect width="{width}" height="{height}" fill="white"/>', f'<text x="{left}" y="22" font-size="14">{title}</text>']
    for step in range(5):
        value = top * step / 4
        parts.append(f'<line x1="{left}" x2="{width - 20}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="#ddd"/>'
                     f'<text x="{left - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.0f}</text>')
    for step in range(7):
        value = end * step / 6
        parts.append(f'<text x="{x(value):.1f}" y="{height - bottom + 18}" text-anchor="middle">{value / 60:.0f}</text>')
    parts += [f'<text x="{(width + left) / 2}" y="{height - 6}" text-anchor="middle">minutes</text>',
              f'<text x="14" y="{height / 2}" transform="rotate(-90 14 {height / 2})" text-anchor="middle">MiB resident</text>',
              f'<polyline points="{line}" fill="none" stroke="#1f6feb" stroke-width="1.5"/>', "</svg>"]
    with open(path, "w") as file:
        file.write("\n".join(parts) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vipscope", nargs="?", default=".build/release/vipscope")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=int, default=20_000, help="packets a second")
    parser.add_argument("--every", type=float, default=5, help="seconds between two looks")
    parser.add_argument("--plot", default=os.path.join(HERE, "soak.svg"))
    options = parser.parse_args()
    os.makedirs(BUILD, exist_ok=True)
    sh("cc", "-O2", "-o", os.path.join(BUILD, "churn"), os.path.join(HERE, "reference", "churn.c"))
    with pair("soak") as sides:
        samples, sent, used, report = soak(options, sides)
    half = len(samples) // 2
    middle, last = (sum(m for _, m in part) / len(part) for part in (samples[half:half + 12], samples[-12:]))
    growth = last - middle
    print(report)
    print(f"sent {sent:,} frames in {samples[-1][0]:.0f} s; CPU {100 * used / samples[-1][0]:.1f} % of a core")
    print(f"resident: {middle:.1f} MiB in the middle, {last:.1f} MiB at the end, {max(m for _, m in samples):.1f} MiB at most: {growth:+.2f} MiB")
    plot(samples, options.plot, f"vipscope capture --everything, {sent / samples[-1][0]:,.0f} packets a second of ever new users")
    # The report's first line of counters: a finding's words may count frames, too.
    counters = re.search(r"(\d+)\s+frames.*", report)
    told = sum(int(count) for count in re.findall(r"(\d+)\s+(?:frames|LOST)", counters[0])) if counters else 0
    wrong = [f"sent {sent:,} frames, told of {told:,}"] if told != sent else []
    if growth >= max(1, middle / 100):
        wrong.append("memory grew")
    sys.exit("; ".join(wrong) or 0)


main()

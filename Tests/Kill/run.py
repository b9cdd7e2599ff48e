#!/usr/bin/env python3
"""Kills captures while they write, and measures what their files lack: run.py VIPSCOPE [--kills 200] [--seed N]. Root; in network namespaces.

Five captures at a time listen to one sender, whose frames carry a number and are sent at one of three rates; each capture writes a file or a ring and is
killed (SIGKILL) at a random moment of its own. Every file must be readable to its last whole block, without a gap, and lack no more than the last
flush interval held: one second, or 64 KiB of blocks. The kernel hands frames over some milliseconds late, and a busy machine later: `SLACK`.
"""
import argparse, ctypes, os, random, shutil, socket, struct, subprocess, sys, tempfile, threading, time

CAPTURES = 5
LONGEST = 3.0
FLUSH_SECONDS, FLUSH_OCTETS = 1.0, 1 << 16
SLACK = 0.35
HEAD = b"\xff" * 6 + b"\x02\x00\x00\x00\x07\x77" + b"\x88\xb5"
# Frames a second, and octets of each: by the clock, in between, and by the octets.
RATES = {"slow": (100, 300), "middling": (2000, 600), "fast": (20000, 200)}


def sh(*command):
    subprocess.run(command, check=True)


def packet_socket(namespace):
    """A socket stays in the namespace in which it was made."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/ns/net") as here, open(f"/run/netns/{namespace}") as there:
        if libc.setns(there.fileno(), 0) != 0:
            sys.exit("setns: not permitted")
        try:
            sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            sender.bind(("eth0", 0))
        finally:
            libc.setns(here.fileno(), 0)
    return sender


class Sender(threading.Thread):
    def __init__(self, link, rate):
        super().__init__(daemon=True)
        self.link, (self.rate, self.size) = link, RATES[rate]
        self.times, self.is_over = [], False

    def run(self):
        start, pad = time.monotonic(), bytes(self.size - len(HEAD) - 8)
        while not self.is_over:
            due = int((time.monotonic() - start) * self.rate)
            while len(self.times) < due and not self.is_over:
                self.times.append(time.monotonic())
                self.link.send(HEAD + struct.pack(">Q", len(self.times) - 1) + pad)
            time.sleep(min(0.001, 1 / self.rate))

    @property
    def block(self):
        return 32 + (self.size + 3) // 4 * 4


def numbers(path):
    """Of the frames of a pcapng file, and whether it ends within a block."""
    with open(path, "rb") as file:
        octets = file.read()
    found, offset = [], 0
    while len(octets) - offset >= 12:
        kind, length = struct.unpack_from("<II", octets, offset)
        if length < 12 or length % 4:
            sys.exit(f"{path}: a block of {length} octets at {offset}")
        if offset + length > len(octets):
            break
        if struct.unpack_from("<I", octets, offset + length - 4)[0] != length:
            sys.exit(f"{path}: a block without its end at {offset}")
        if kind == 6 and octets[offset + 28:offset + 42] == HEAD:
            found.append(struct.unpack_from(">Q", octets, offset + 42)[0])
        offset += length
    return found, offset < len(octets)


class Capture:
    def __init__(self, program, folder, ring):
        self.target = folder if ring else os.path.join(folder, "a.pcapng")
        self.folder, self.ring = folder, ring
        self.errors = tempfile.TemporaryFile("w+")
        files = ["--ring", "64MiB", "--ring-files", "64"] if ring else []
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", "kill-b", program, "capture", "--interface", "eth0", "--everything", "--write", self.target] + files,
            stdout=subprocess.DEVNULL, stderr=self.errors)

    def wait(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            self.errors.seek(0)
            if "listening on" in self.errors.read() and os.listdir(self.folder):
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        self.errors.seek(0)
        sys.exit(f"no capture: {self.errors.read()}")

    def kill(self):
        self.process.kill()
        self.moment = time.monotonic()
        self.process.wait()

    def read(self):
        paths = sorted(os.path.join(self.folder, name) for name in os.listdir(self.folder))
        found, cut = [], False
        for place, path in enumerate(paths):
            more, is_cut = numbers(path)
            if is_cut and place + 1 < len(paths):
                sys.exit(f"{path}: cut, and not the last of its ring")
            found, cut = found + more, is_cut
        return found, cut, paths


def judge(capture, sender, program):
    found, cut, paths = capture.read()
    # Nothing at all is missing frames from the first one on.
    if found and found[0] != 0:
        sys.exit(f"{capture.target}: begins with {found[0]}")
    if found != list(range(len(found))):
        sys.exit(f"{capture.target}: a gap within 0 to {found[-1]}")
    for path in paths:
        if subprocess.run([program, "decode", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
            sys.exit(f"{path}: cannot be read")
    missing = [moment for moment in sender.times[len(found):] if moment <= capture.moment]
    age = capture.moment - missing[0] if missing else 0.0
    octets = len(missing) * sender.block
    # Whichever comes first: neither more than a second's nor more than 64 KiB, and what the kernel had still to hand over.
    slack = SLACK * sender.rate * sender.block
    return age, octets, cut, age <= FLUSH_SECONDS + SLACK and octets <= FLUSH_OCTETS + slack


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("vipscope")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    if os.geteuid() != 0:
        return print("kill: skipped, network namespaces need root")
    seed = options.seed if options.seed is not None else random.randrange(1 << 32)
    chance = random.Random(seed)
    program = os.path.abspath(options.vipscope)
    for name in "ab":
        subprocess.run(["ip", "netns", "delete", f"kill-{name}"], stderr=subprocess.DEVNULL)
        sh("ip", "netns", "add", f"kill-{name}")
    results, failed = {rate: [] for rate in RATES}, 0
    try:
        sh("ip", "link", "add", "eth0", "netns", "kill-a", "type", "veth", "peer", "name", "eth0", "netns", "kill-b")
        for name in "ab":
            sh("ip", "netns", "exec", f"kill-{name}", "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
            sh("ip", "-n", f"kill-{name}", "link", "set", "eth0", "up")
        link = packet_socket("kill-a")
        while sum(map(len, results.values())) < options.kills:
            rate = min(RATES, key=lambda rate: len(results[rate]))
            base = tempfile.mkdtemp(prefix="vipscope-kill-")
            os.chmod(base, 0o755)
            captures = []
            for number in range(CAPTURES):
                folder = os.path.join(base, str(number))
                os.mkdir(folder)
                os.chmod(folder, 0o777)
                captures.append(Capture(program, folder, ring=chance.random() < 0.4))
            for capture in captures:
                capture.wait()
            sender = Sender(link, rate)
            sender.start()
            start = time.monotonic()
            for capture, moment in zip(captures, sorted(chance.uniform(0.02, LONGEST) for _ in captures)):
                time.sleep(max(0, start + moment - time.monotonic()))
                capture.kill()
            sender.is_over = True
            sender.join()
            for capture in captures:
                age, octets, cut, is_right = judge(capture, sender, program)
                results[rate].append((age, octets, cut))
                if not is_right:
                    failed += 1
                    print(f"{rate}: {octets} octets are missing, the oldest sent {age:.3f} s before (seed {seed})")
            shutil.rmtree(base)
    finally:
        for name in "ab":
            subprocess.run(["ip", "netns", "delete", f"kill-{name}"], stderr=subprocess.DEVNULL)
    print("| rate | frames/s | octets | kills | cut in a block | oldest missing, s: median, most | missing, octets: median, most |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for rate, found in results.items():
        if not found:
            continue
        ages, octets = sorted(age for age, _, _ in found), sorted(count for _, count, _ in found)
        middle = len(found) // 2
        print(
            f"| {rate} | {RATES[rate][0]} | {RATES[rate][1]} | {len(found)} | {sum(cut for _, _, cut in found)} "
            f"| {ages[middle]:.3f}, {ages[-1]:.3f} | {octets[middle]}, {octets[-1]} |")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""How long an operator waits: from start to the first packet, and from packet or time-out to the finding. Root; a release build.

    Benchmarks/latency.py [VIPSCOPE] [--rounds 20]

Times are this machine's clock on all sides: the sender's before it sends, the kernel's on the packet, and that at which a line could be read from
vipscope's standard output.
"""
import argparse, contextlib, ctypes, datetime, json, os, select, signal, socket, statistics, struct, subprocess, sys, tempfile, threading, time

from pair import pair

VIP, CLIENT, NODE, ROUTER = ("10.7.0.157", "10.7.0.11", "10.7.0.2", "10.7.0.1")
MACS = {CLIENT: bytes.fromhex("02000000000b"), NODE: bytes.fromhex("020000000002"), ROUTER: bytes.fromhex("020000000001")}
MACS[VIP] = MACS[NODE]
CLONE_NEWNET = 0x40000000


def raw_socket(namespace):
    """A socket that sends frames in a namespace; this thread stays where it was."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/ns/net") as home, open(f"/run/netns/{namespace}") as there:
        if libc.setns(there.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        try:
            sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            sender.bind(("eth0", 0))
        finally:
            libc.setns(home.fileno(), CLONE_NEWNET)
    return sender


def checksum(octets):
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def tcp(source, port, destination, to, flags, sequence=1, acknowledgement=0):
    ends = socket.inet_aton(source) + socket.inet_aton(destination)
    segment = struct.pack("!HHIIBBHHH", port, to, sequence, acknowledgement, 0x50, flags, 64240 if flags & 2 else 0, 0, 0)
    segment = segment[:16] + struct.pack("!H", checksum(ends + struct.pack("!BBH", 0, 6, 20) + segment)) + segment[18:]
    header = struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0x4000, 64, 6, 0) + ends
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return (MACS[destination] + MACS[source] + b"\x08\x00" + header + segment).ljust(60, b"\0")


def arp_request(asker, target):
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + MACS[asker] + socket.inet_aton(asker) + bytes(6) + socket.inet_aton(target)
    return (b"\xff" * 6 + MACS[asker] + b"\x08\x06" + body).ljust(60, b"\0")


@contextlib.contextmanager
def capture(vipscope, namespace, *options):
    """Capture on the quiet link, with its lines to read; it listens when this yields."""
    command = ["ip", "netns", "exec", namespace, vipscope, "capture", "--vip", VIP, "--interface", "eth0", "--format", "jsonl", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        while b"listening on" not in process.stderr.readline():
            if process.poll() is not None:
                sys.exit("vipscope ended early")
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def finding(process, label, seconds):
    """The record that opens a finding, and when its line could be read."""
    pending, end = b"", time.time() + seconds
    while time.time() < end:
        if not select.select([process.stdout], [], [], 0.5)[0]:
            continue
        octets = os.read(process.stdout.fileno(), 1 << 16)
        now = time.time()
        if not octets:
            sys.exit("vipscope ended early")
        pending += octets
        *lines, pending = pending.split(b"\n")
        for line in lines:
            record = json.loads(line)
            if record["event"]["kind"] == "alert" and record["finding"]["label"] == label:
                return record, now
    sys.exit(f"no {label} within {seconds} s")


def start_to_first_packet(vipscope, sides, sender):
    """Frames every half millisecond, as they may come while somebody starts the probe."""
    running = True

    def send():
        while running:
            sender.send(tcp(CLIENT, 40000, VIP, 443, 2))
            time.sleep(0.0005)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            name = os.path.join(folder, "first.pcap")
            begun = time.time()
            capture = subprocess.run(
                ["ip", "netns", "exec", sides[1], vipscope, "capture", "--vip", VIP, "--interface", "eth0", "--count", "1", "--write", name, "--user", "root",
                 "--pcap"], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            if not os.path.exists(name) or os.path.getsize(name) <= 40:
                sys.exit(f"no packet was captured (status {capture.returncode}): {capture.stderr}")
            with open(name, "rb") as file:
                magic, = struct.unpack("<I", file.read(24)[:4])
                seconds, fraction = struct.unpack("<II", file.read(8))
    finally:
        running = False
        thread.join()
    return seconds + fraction / (1e9 if magic == 0xa1b23c4d else 1e6) - begun


def packet_to_finding(vipscope, sides, sender, turn):
    """A refusal proves it at once."""
    with capture(vipscope, sides[1]) as process:
        # At another phase of whatever ticks inside, each time.
        time.sleep(1 + turn * 0.013)
        sender.send(tcp(CLIENT, 40000, VIP, 443, 2, sequence=1))
        sent = time.time()
        sender.send(tcp(VIP, 443, CLIENT, 40000, 0x14, sequence=0, acknowledgement=2))
        return finding(process, "tcp-port-closed", 5)[1] - sent


def time_out_to_finding(vipscope, sides, sender, turn):
    """Nobody answers the questions; the record's time is the end of the last one's."""
    with capture(vipscope, sides[1]) as process:
        time.sleep(1 + turn * 0.013)
        # Unicast between others is seen here, so an answer would be.
        for one, other in ((CLIENT, NODE), (NODE, ROUTER), (ROUTER, CLIENT)):
            sender.send(tcp(one, 40001, other, 22, 2))
            sender.send(tcp(other, 22, one, 40001, 0x12, acknowledgement=2))
        # One asker alone might be the node that announces it.
        for _ in range(3):
            for asker in (CLIENT, ROUTER):
                sender.send(arp_request(asker, VIP))
            time.sleep(1)
        record, read = finding(process, "vip-no-announcer", 10)
        return read - datetime.datetime.fromisoformat(record["@timestamp"][:26] + "+00:00").timestamp()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("vipscope", nargs="?", default=".build/release/vipscope")
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    vipscope = os.path.abspath(options.vipscope)
    if "debug" in subprocess.run([vipscope, "--version"], capture_output=True, text=True).stdout:
        sys.exit("a debug build says nothing: give a release build")
    with tempfile.NamedTemporaryFile() as stripped, pair("latency") as sides:
        subprocess.run(["strip", "-o", stripped.name, vipscope], check=True)
        print(f"stripped, the executable has {os.path.getsize(stripped.name) / 1e6:.1f} MB")
        sender = raw_socket(sides[0])
        print(f"load average {os.getloadavg()[0]:.1f}; {options.rounds} rounds\n")
        print("| from | to | median, ms | range, ms | goal, ms |\n| --- | --- | ---: | --- | ---: |")
        for begin, end, goal, measure in (
            ("start", "first packet captured", 100, lambda turn: start_to_first_packet(vipscope, sides, sender)),
            ("packet", "finding on standard output", 250, lambda turn: packet_to_finding(vipscope, sides, sender, turn)),
            ("time-out", "finding on standard output", 250, lambda turn: time_out_to_finding(vipscope, sides, sender, turn)),
        ):
            times = sorted(1000 * measure(turn) for turn in range(options.rounds))
            print(f"| {begin} | {end} | {statistics.median(times):.0f} | {times[0]:.0f} to {times[-1]:.0f} | {goal} |", flush=True)


main()

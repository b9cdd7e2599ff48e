"""What is measured: inputs, vipscope and its goals, peers."""
import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from measure import Goal, Program

HERE = Path(__file__).resolve().parent
GENERATOR = HERE / "make_inputs.py"
INITIALS = HERE / "quic_initials.py"
MIX_VIP = "100.64.0.10"  # one of the mix's 200 servers
NEW_FLOWS_VIP = "10.0.0.157"
JUDGED = (0, 1, 2)  # vipscope's exit statuses for "healthy", "open finding", "no VIP could be judged"
SLICE = 100_000


def make_once(path, generator, arguments):
    """Make an input unless the same generator already made it with the same arguments."""
    stamp = path.with_name(path.name + ".made-by")
    source = generator.read_bytes() + (INITIALS.read_bytes() if "--quic" in arguments else b"")
    wanted = f"{hashlib.sha256(source).hexdigest()} {' '.join(arguments)}\n"
    if not (path.exists() and stamp.exists() and stamp.read_text() == wanted):
        print(f"making {path.name} with {generator.name}", file=sys.stderr)
        stamp.unlink(missing_ok=True)
        subprocess.run([sys.executable, str(generator), *arguments], check=True, stdout=subprocess.DEVNULL)
        stamp.write_text(wanted)


def make_inputs(cache, packets, make_big):
    """The captures by name: the mix, half as many packets of new flows and of DNS, a tenth of QUIC, and two for the start."""
    inputs = {name: cache / f"{name}.pcap" for name in ("mix", "new-flows", "dns", "quic", "start")}
    mix = str(inputs["mix"])
    if make_big:
        make_once(inputs["mix"], make_big, ["-o", mix, "-n", str(packets)])
    else:
        make_once(inputs["mix"], GENERATOR, ["--mix", mix, "--packets", str(packets)])
    for option, name, count in (("new-flows", "new-flows", packets // 2), ("dns", "dns", packets // 2), ("quic", "quic", packets // 10),
                                ("new-flows", "start", 2)):
        make_once(inputs[name], GENERATOR, [f"--{option}", str(inputs[name]), "--packets", str(count)])
    return inputs


def cut(source, target, packets):
    """The first packets of a classic little-endian pcap file. Returns how many there were."""
    with open(source, "rb") as whole, open(target, "wb") as part:
        part.write(whole.read(24))
        for count in range(packets):
            header = whole.read(16)
            if len(header) < 16:
                return count
            part.write(header + whole.read(int.from_bytes(header[8:12], "little")))
    return packets


def refuse_debug(vipscope):
    """A debug build is several times slower: nothing can be learnt from it. Returns the version."""
    if not os.access(vipscope, os.X_OK):
        sys.exit(f"{vipscope} is not there: build it with `make build`, or name it")
    if any("debug" == part.lower() for path in (vipscope, vipscope.resolve()) for part in path.parts):
        sys.exit(f"{vipscope} is a debug build: build with `make build`")
    version = subprocess.run([str(vipscope), "--version"], capture_output=True, text=True)
    text = (version.stdout + version.stderr).strip()
    if "debug" in text.lower():
        sys.exit(f"{vipscope} says that it is a debug build: {text}")
    return text.splitlines()[0] if text and version.returncode == 0 else "unknown"


def references(directory, capture, packets):
    return [Program("R1 (libpcap)", [str(directory / "r1"), str(capture)], packets),
            Program("R2 (read)", [str(directory / "r2"), str(capture)], packets)]


def replay(vipscope, capture, *options):
    return [str(vipscope), "replay", str(capture), *options, "--format", "jsonl"]


def vipscope_programs(vipscope, name, capture, packets):
    def program(label, times, *options, nanoseconds=None):
        return Program(f"vipscope, {label}", replay(vipscope, capture, *options), packets,
                       Goal(times, "R1 (libpcap)", nanoseconds=nanoseconds), JUDGED, lines=0)

    return {
        "mix": lambda: [program("one VIP", 1.5, "--vip", MIX_VIP), program("every flow", 3, "--everything")],
        "new-flows": lambda: [program("VIP under attack", 5, "--vip", NEW_FLOWS_VIP)],
        "dns": lambda: [program("every transaction", 12, "--everything")],
        "quic": lambda: [program("every attempt", None, "--everything", nanoseconds=4000)],
    }[name]()


@contextlib.contextmanager
def network_namespace(wanted):
    """softflowd wants a network to itself. Yields a command prefix, or None where that needs more rights."""
    name = f"bench-{os.getpid()}"
    made = wanted and os.geteuid() == 0 and shutil.which("ip") and subprocess.run(["ip", "netns", "add", name]).returncode == 0
    try:
        yield ["ip", "netns", "exec", name] if made else None
    finally:
        if made:
            subprocess.run(["ip", "netns", "delete", name])


def peer_programs(mix, packets, cache, namespace):
    """The peers that are installed; about the others a line is printed."""
    part, start = cache / "mix-slice.pcap", cache / "mix-start.pcap"
    in_part = cut(mix, part, SLICE)
    cut(mix, start, 1)
    one_vip, every_flow = "vipscope, one VIP", "vipscope, every flow"
    tshark = ["tshark", "-r"]
    peers = [
        Program("softflowd", [*(namespace or []), "softflowd", "-r", str(mix), "-d"], packets, Goal(2, one_vip, True), peer=True),
        Program("ndpiReader", ["ndpiReader", "-q", "-i", str(mix)], packets, Goal(8, one_vip, True), peer=True),
        Program("tshark io,phs", [*tshark, str(mix), "-q", "-z", "io,phs"], packets, Goal(50, one_vip, True), peer=True),
        Program(f"tshark ek, first {in_part:,}", [*tshark, str(part), "-T", "ek"], in_part, Goal(100, every_flow, True), peer=True,
                start=[*tshark, str(start), "-T", "ek"]),
    ]
    present = []
    for peer in peers:
        tool = peer.name.split()[0]
        if not shutil.which(tool):
            print(f"\n{peer.name} is skipped: {tool} is not installed")
        elif tool == "softflowd" and namespace is None:
            print("\nsoftflowd is skipped: a network namespace for it needs root and `ip`")
        else:
            present.append(peer)
    return present


def versions():
    """The compiler and peers that are installed, each with the first version number that it prints."""
    asked = {"cc": [os.environ.get("CC", "cc"), "--version"], "softflowd": ["softflowd", "-h"],
             "ndpiReader": ["ndpiReader", "-h"], "tshark": ["tshark", "--version"]}
    found = {}
    for name, command in asked.items():
        if shutil.which(command[0]):
            run = subprocess.run(command, capture_output=True, text=True)
            number = re.search(r"\d+(\.\d+)+", run.stdout + run.stderr)
            found[name] = number.group() if number else "unknown"
    return found

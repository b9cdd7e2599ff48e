"""A LAN made of network namespaces.

The bridge lives in a namespace of its own, every station in another, and nothing is connected to
the machine that this runs on. Addresses and MACs are fixed, so that recordings can be compared.
"""

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

PREFIX = "vs-"
INTERNAL, EXTERNAL = "10.0.0.157", "10.0.0.158"
ROUTER, RESOLVER, AUTHORITY = "10.0.0.1", "10.0.0.53", "10.0.0.156"
WAN_HOST, WAN_GATEWAY = "203.0.113.10", "203.0.113.1"

STATIONS = {
    "router": (ROUTER, "00:1a:8c:00:00:01"),
    "node03": ("10.0.0.147", "00:50:56:aa:bb:03"),
    "node04": ("10.0.0.148", "00:50:56:aa:bb:04"),
    "client": ("10.0.0.20", "3c:22:fb:00:00:20"),
    "client2": ("10.0.0.21", "3c:22:fb:00:00:21"),
    "bystander": ("10.0.0.30", "b8:27:eb:00:00:30"),
    "resolver": (RESOLVER, "dc:a6:32:00:00:53"),
    "authority": (AUTHORITY, "00:50:56:aa:bb:56"),
}

# What a namespace starts with. Kernel defaults, written down because a namespace inherits the
# machine's; the exceptions are IPv6, which is off to keep its chatter out of the recordings,
# arp_announce, so that stations ask with their own address, and send_redirects.
SYSCTLS = {
    "ip_forward": 0, "rp_filter": 0, "send_redirects": 0, "accept_redirects": 0,
    "arp_ignore": 0, "arp_announce": 2, "arp_notify": 0, "arp_accept": 0, "arp_filter": 0,
}

# Programs see nothing of the environment of whoever records (proxies, locale, home).
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": "/nonexistent"}


def command(*words, check=True, timeout=20):
    """Runs a program to its end; every program that is run so is bounded in time."""
    done = subprocess.run([str(word) for word in words], env=ENVIRONMENT, timeout=timeout,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(done.args)}: {done.stderr.strip() or done.returncode}")
    return done


def stop(process, sign=signal.SIGTERM):
    """Ends one program that this recorder started."""
    if process.poll() is None:
        process.send_signal(sign)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


class Station:
    """One namespace with one interface, eth0, on the LAN."""

    def __init__(self, lan, name, address=None, mac=None):
        self.lan, self.name, self.address, self.mac = lan, name, address, mac
        self.namespace = PREFIX + name

    def words(self, *words):
        return ["ip", "netns", "exec", self.namespace, *map(str, words)]

    def run(self, *words, check=True, timeout=20):
        return command(*self.words(*words), check=check, timeout=timeout)

    def start(self, *words):
        """Starts a program that runs until the LAN is taken down."""
        log = open(self.lan.directory / f"{self.name}.log", "ab")
        process = subprocess.Popen(self.words(*words), env=ENVIRONMENT, cwd=self.lan.directory,
                                   stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.lan.processes.append(process)
        return process

    def sysctl(self, **settings):
        """Sets IPv4 sysctls: those of an interface on "all", "default" and eth0."""
        for key, value in settings.items():
            names = [f"net.ipv4.{key}"]
            if not key.startswith(("ip_", "tcp_")):
                names = [f"net.ipv4.conf.{where}.{key}" for where in ("all", "default", "eth0")]
            for name in names:
                # eth0 does not exist before the station is plugged in.
                self.run("sysctl", "-qw", f"{name}={value}", check=".eth0." not in name)

    def firewall(self, *rule, table="filter"):
        self.run("iptables", "-t", table, *rule)

    # What stations do on the LAN

    def hold(self, vip):
        """Puts a VIP on the interface. The kernel answers ARP for it and announces nothing."""
        self.run("ip", "address", "add", f"{vip}/32", "dev", "eth0")

    def release(self, vip):
        self.run("ip", "address", "del", f"{vip}/32", "dev", "eth0")

    def announce(self, vip, count=2):
        """Gratuitous ARP requests, one a second, while the caller goes on."""
        self.start("arping", "-U", "-c", count, "-I", "eth0", vip)

    def curl(self, url, address=INTERNAL, max_time=5):
        """One HTTP or HTTPS request, by name but without DNS. Tells whether it worked."""
        return self.run("curl", "--silent", "--insecure", "--noproxy", "*", "--output", "/dev/null",
                        "--connect-to", f"::{address}:", "--max-time", max_time, url,
                        check=False).returncode == 0

    def dig(self, name, kind="A", server=RESOLVER):
        """One DNS question. Returns its status, for example NXDOMAIN, and whether it has answers."""
        text = self.run("dig", "+tries=1", "+time=3", f"@{server}", name, kind, check=False).stdout
        status = text.partition("status: ")[2].partition(",")[0]
        return status, "ANSWER: 0" not in text

    def ping(self, address, count=2, wait=4):
        return self.run("ping", "-n", "-c", count, "-W", wait, address, check=False).returncode == 0

    def arping(self, address, *options, count=1):
        self.run("arping", *options, "-c", count, "-w", count + 1, "-I", "eth0", address, check=False)

    def forget(self):
        """Empties the neighbour table, so that the next packet to anybody begins with ARP."""
        self.run("ip", "neighbour", "flush", "all")


class LAN:
    """Ten namespaces: a switch, its stations, and a host behind the router."""

    def __init__(self):
        self.processes = []
        self.temporary = tempfile.TemporaryDirectory(prefix="vipscope-lan-")
        self.directory = Path(self.temporary.name)
        self.directory.chmod(0o755)
        self.switch = Station(self, "sw")
        self.wan = Station(self, "wan", WAN_HOST)
        self.stations = {name: Station(self, name, *who) for name, who in STATIONS.items()}
        self.created = []

    def __getattr__(self, name):
        try:
            return self.__dict__["stations"][name]
        except KeyError:
            raise AttributeError(name) from None

    def __enter__(self):
        try:
            self.build()
        except BaseException:
            self.take_down()
            raise
        return self

    def __exit__(self, *_):
        self.take_down()

    def build(self):
        for station in [self.switch, self.wan, *self.stations.values()]:
            command("ip", "netns", "add", station.namespace)
            self.created.append(station.namespace)
            for where in ("all", "default"):
                station.run("sysctl", "-qw", f"net.ipv6.conf.{where}.disable_ipv6=1")
            station.run("ip", "link", "set", "lo", "up")
            station.sysctl(**SYSCTLS)
        self.build_switch()
        for station in self.stations.values():
            self.plug_in(station)
        self.build_wan()

    def build_switch(self):
        bridge = self.switch
        bridge.run("ip", "link", "add", "br0", "type", "bridge", "stp_state", "0", "mcast_snooping", "0")
        # A switch does not filter, whatever the machine's bridges do.
        bridge.run("sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=0", check=False)
        bridge.run("ip", "link", "set", "br0", "up")

    def plug_in(self, station):
        port = station.name
        self.switch.run("ip", "link", "add", port, "type", "veth", "peer", "name", "eth0",
                        "address", station.mac, "netns", station.namespace)
        self.switch.run("ip", "link", "set", port, "master", "br0", "up")
        station.run("ip", "address", "add", f"{station.address}/24", "brd", "+", "dev", "eth0")
        station.run("ip", "link", "set", "eth0", "up")
        if station.name != "router":
            station.run("ip", "route", "add", "default", "via", ROUTER)

    def build_wan(self):
        self.router.run("ip", "link", "add", "wan0", "address", "00:1a:8c:00:00:02", "type", "veth",
                        "peer", "name", "eth0", "address", "00:00:5e:00:53:10",
                        "netns", self.wan.namespace)
        self.router.run("ip", "address", "add", f"{WAN_GATEWAY}/24", "dev", "wan0")
        self.router.run("ip", "link", "set", "wan0", "up")
        self.router.sysctl(ip_forward=1)
        self.wan.run("ip", "address", "add", f"{WAN_HOST}/24", "dev", "eth0")
        self.wan.run("ip", "link", "set", "eth0", "up")
        self.wan.run("ip", "route", "add", "default", "via", WAN_GATEWAY)

    def with_ipv6(self, *stations):
        """Addresses in a /64 beside the IPv4 ones, with the same last number: fd00:10::20 for 10.0.0.20."""
        for station in stations:
            # Duplicate address detection would only hold up the preparation.
            for key, value in (("disable_ipv6", 0), ("accept_dad", 0), ("accept_ra", 0), ("router_solicitations", 0)):
                for where in ("all", "default", "eth0"):
                    station.run("sysctl", "-qw", f"net.ipv6.conf.{where}.{key}={value}")
            address = f"fd00:10::{station.address.rpartition('.')[2]}/64"
            station.run("ip", "-6", "address", "add", address, "dev", "eth0", "nodad")

    def as_on_wire(self):
        """Every frame as a network card would send it: no segment beyond the MTU, each checksum computed."""
        for station in [*self.stations.values(), self.wan]:
            station.run("ethtool", "-K", "eth0", "tso", "off", "gso", "off", "gro", "off", "tx", "off")
        self.router.run("ethtool", "-K", "wan0", "tso", "off", "gso", "off", "gro", "off", "tx", "off")

    def prime(self):
        """Teaches the switch every port, so that unicast is not flooded, then empties the
        neighbour tables, so that ARP is in the recording."""
        everybody = list(self.stations.values())
        for station in everybody:
            station.ping(ROUTER if station.name != "router" else RESOLVER, count=1, wait=1)
        for station in [*everybody, self.wan]:
            station.forget()

    def close(self):
        """Ends a recording: waits until every retransmission and answer that the scenario caused
        has been seen, then lets the bystander talk to the router. Its broadcast shows at every
        vantage that the capture went on after the last packet of interest."""
        time.sleep(1.5)
        self.bystander.ping(ROUTER, count=1, wait=1)
        time.sleep(0.2)

    def take_down(self):
        for process in reversed(self.processes):
            stop(process)
        for namespace in reversed(self.created):
            command("ip", "netns", "del", namespace, check=False)
        self.temporary.cleanup()


def wait_until(condition, what, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"{what} did not happen within {seconds} s")
        time.sleep(0.05)

"""What clients meet when the VIP has moved, belongs to somebody else, or has more than one backend behind it."""

import sys
import time
from pathlib import Path

from ..lan import INTERNAL, wait_until
from ..scenario import GRAFANA, expect, scenario
from ..servers import announce_like_cilium, nginx
from .announcing import hand_over

# One HTTP/1.1 connection: a request, a rest, and the next request.
RESTING_CLIENT = """
import http.client, sys, time
connection = http.client.HTTPConnection(sys.argv[1], 80)
connection.request("GET", "/")
connection.getresponse().read()
time.sleep(float(sys.argv[2]))
try:
    connection.request("GET", "/")
    connection.getresponse().read()
except OSError:
    sys.exit(3)
"""


@scenario()
def stale_arp(lan):
    """A client whose entry for the VIP is pinned to the old node's MAC, as appliances do."""
    for node in (lan.node03, lan.node04):
        nginx(node, ports=(80,))
    lan.node03.hold(INTERNAL)
    yield
    expect(lan.client.curl(f"http://{GRAFANA}"), "works before")
    lan.client.run("ip", "neighbour", "replace", INTERNAL, "lladdr", lan.node03.mac, "nud", "permanent", "dev", "eth0")
    hand_over(INTERNAL, lan.node03, lan.node04)
    time.sleep(1)
    expect(not lan.client.curl(f"http://{GRAFANA}", max_time=4), "the old node has it no more")
    lan.client.run("ip", "neighbour", "del", INTERNAL, "dev", "eth0")
    expect(lan.client.curl(f"http://{GRAFANA}"), "works after")


@scenario()
def host_conflict(lan):
    """The bystander has the VIP for its own address, and serves nothing."""
    lan.node03.hold(INTERNAL)
    nginx(lan.node03, ports=(80,))
    lan.bystander.hold(INTERNAL)
    yield
    for _ in range(3):
        lan.client.forget()
        lan.client.curl(f"http://{GRAFANA}")
        time.sleep(0.5)


@scenario()
def not_served(lan):
    """The VIP is on the node, and nothing listens."""
    lan.node03.hold(INTERNAL)
    yield
    expect(not lan.client.curl(f"http://{GRAFANA}"), "80 is closed")
    expect(not lan.client.curl(f"https://{GRAFANA}"), "443 is closed")
    expect(not lan.client2.curl(f"https://{GRAFANA}"), "for everybody")


@scenario()
def route_loop(lan):
    """Each node believes that the other one has the VIP."""
    announce_like_cilium(lan.node03, ports=())
    lan.node04.sysctl(ip_forward=1)
    lan.node03.run("ip", "neighbour", "replace", INTERNAL, "lladdr", lan.node04.mac, "nud", "permanent", "dev", "eth0")
    lan.node04.run("ip", "neighbour", "replace", INTERNAL, "lladdr", lan.node03.mac, "nud", "permanent", "dev", "eth0")
    yield
    expect(not lan.client.curl(f"http://{GRAFANA}", max_time=2), "no connection")


@scenario()
def mtu_blackhole(lan):
    """As `pmtu`, but the router's ICMP errors are filtered."""
    lan.as_on_wire()
    lan.node03.hold(INTERNAL)
    nginx(lan.node03, body=6000)
    lan.router.run("ip", "link", "set", "wan0", "mtu", 1280)
    lan.router.firewall("-A", "OUTPUT", "-p", "icmp", "--icmp-type", "fragmentation-needed", "-j", "DROP")
    yield
    expect(not lan.wan.curl(f"http://{GRAFANA}", max_time=6), "the page does not arrive")
    expect(lan.client.curl(f"http://{GRAFANA}"), "the page arrives on the LAN")


def spread(lan):
    """Every second connection goes to the other node, with the announcer's address for its source."""
    lan.node03.hold(INTERNAL)
    lan.node03.sysctl(ip_forward=1)
    nginx(lan.node03, ports=(80,))
    lan.node03.firewall("-A", "PREROUTING", "-d", INTERNAL, "-p", "tcp", "--dport", 80, "-m", "statistic", "--mode", "nth", "--every", 2,
                        "--packet", 1, "-j", "DNAT", "--to-destination", f"{lan.node04.address}:80", table="nat")
    lan.node03.firewall("-A", "POSTROUTING", "-d", lan.node04.address, "-p", "tcp", "--dport", 80, "-j", "MASQUERADE", table="nat")


@scenario()
def backend_varies(lan):
    spread(lan)
    nginx(lan.node04, ports=(80,))
    yield
    for _ in range(4):
        expect(lan.client.curl(f"http://{GRAFANA}"), "works")


@scenario()
def backend_inconsistent(lan):
    """Nothing listens on the other node."""
    spread(lan)
    yield
    for works in (True, False, True, False):
        expect(lan.client.curl(f"http://{GRAFANA}") == works, "works and fails by turns")


@scenario()
def dsr(lan):
    """The announcer passes packets on as they are, and the other node, which has the VIP on `lo`, answers."""
    announce_like_cilium(lan.node03, ports=())
    lan.node03.run("ip", "route", "add", INTERNAL, "via", lan.node04.address)
    lan.node04.sysctl(arp_ignore=1)
    lan.node04.run("ip", "address", "add", f"{INTERNAL}/32", "dev", "lo")
    nginx(lan.node04, ports=(80,))
    yield
    for _ in range(2):
        expect(lan.client.curl(f"http://{GRAFANA}"), "works")


@scenario()
def idle_reset(lan):
    """The server forgets a connection that rests: its socket is destroyed, and nobody hears of it."""
    lan.node03.hold(INTERNAL)
    nginx(lan.node03, ports=(80,))
    yield
    process = lan.client.start(sys.executable, "-I", "-c", RESTING_CLIENT, INTERNAL, 7)
    time.sleep(2)
    lan.node03.firewall("-A", "OUTPUT", "-p", "tcp", "--sport", 80, "-j", "DROP")
    lan.node03.run("ss", "-K", "state", "established", "sport", "=", ":80")
    time.sleep(0.5)
    lan.node03.firewall("-F", "OUTPUT")
    expect(process.wait(15) == 3, "the second request fails")


@scenario()
def slow_handshakes(lan):
    """The announcer sends what is for the VIP over a long way round to the other node, which answers directly."""
    announce_like_cilium(lan.node03, ports=())
    lan.node04.sysctl(arp_ignore=1)
    lan.node04.run("ip", "address", "add", f"{INTERNAL}/32", "dev", "lo")
    nginx(lan.node04, ports=(80,))
    holder = lan.node04.start("sleep", 600)
    lan.node03.start(sys.executable, "-I", Path(__file__).parents[1] / "delay_line.py", holder.pid, 0.08)
    log = lan.directory / "node03.log"
    wait_until(lambda: "carrying" in log.read_text(errors="replace"), "the long way")
    lan.node03.run("ip", "route", "add", INTERNAL, "dev", "far0")
    yield
    for _ in range(21):
        expect(lan.client.curl(f"http://{GRAFANA}"), "works")

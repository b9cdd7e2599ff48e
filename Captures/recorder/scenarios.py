"""The scenarios. Each is a generator: what precedes its `yield` prepares the LAN and is not recorded.

A scenario checks by its programs' results that it shows what it is meant to show; what the packets
mean is said in the about.md of each case, which was written from tshark's view of the recording.
"""

import time
from dataclasses import dataclass
from typing import Callable

from .lan import EXTERNAL, INTERNAL, RESOLVER, wait_until
from .servers import ZONE, Authority, announce_like_cilium, caddy, dnsmasq, keepalived, nginx

GRAFANA, ARGOCD, GIT = (f"{name}.{ZONE}" for name in ("grafana", "argocd", "git"))
RECORDS = {"grafana": INTERNAL, "argocd": INTERNAL, "git": INTERNAL, "home": INTERNAL, "photos": EXTERNAL}
ALL_VIEWS = ("mirror", "client", "bystander")
SCENARIOS = []


@dataclass
class Scenario:
    name: str
    script: Callable
    cases: dict         # view -> names of the folders that get its recording
    pcapng: bool

    def case_names(self):
        return [case for cases in self.cases.values() for case in cases]


def scenario(views=("mirror",), pcapng=False, **extra):
    """Registers a script. Each view becomes the case `<script>-<view>`; `extra` names further
    folders for a view's recording, or the only folder for a view that `views` does not list."""
    def register(script):
        name = script.__name__.replace("_", "-")
        cases = {view: [f"{name}-{view}"] for view in views}
        for view, case in extra.items():
            cases.setdefault(view, []).append(case)
        SCENARIOS.append(Scenario(name, script, cases, pcapng))
        return script
    return register


def expect(condition, what):
    if not condition:
        raise RuntimeError(f"expected: {what}")


def resolve(lan, records=RECORDS, **options):
    """Pi-hole and k8s-gateway with these records."""
    authority = Authority(lan, records, **options)
    dnsmasq(lan, forward=(ZONE, *options.get("other_zones", ())))
    return authority


# Nobody announces the VIP

@scenario(ALL_VIEWS, mirror="no-announcer-no-site")
def no_announcer(lan):
    resolve(lan)
    yield
    expect(lan.client.dig(GRAFANA) == ("NOERROR", True), "an address")
    expect(not lan.client.curl(f"https://{GRAFANA}"), "no connection")
    expect(not lan.client2.curl(f"https://{GRAFANA}"), "no connection")


@scenario((), client="lone-asker-no-site")
def lone_asker(lan):
    resolve(lan)
    yield
    expect(lan.client.dig(GRAFANA) == ("NOERROR", True), "an address")
    expect(not lan.client.curl(f"https://{GRAFANA}"), "no connection")


@scenario()
def garp_only(lan):
    lan.node03.sysctl(arp_ignore=8)     # announces, and answers nobody
    lan.node03.hold(INTERNAL)
    yield
    lan.node03.announce(INTERNAL)
    time.sleep(2)
    expect(not lan.client.curl(f"https://{GRAFANA}"), "no connection")


@scenario(mirror="router-asks-no-site", **{"router-any": "router-asks-any"})
def router_asks(lan):
    lan.node03.hold(EXTERNAL)
    nginx(lan.node03)
    yield
    expect(lan.wan.curl(f"http://photos.{ZONE}", EXTERNAL), "the other VIP works")
    expect(not lan.wan.curl(f"http://{GRAFANA}"), "no connection")
    expect(not lan.wan.ping(INTERNAL), "no answer to ping")


@scenario()
def arp_sweep(lan):
    announce_like_cilium(lan.node03)
    nginx(lan.node03)
    yield
    expect(lan.client.curl(f"https://{GRAFANA}"), "the VIP works")
    for last in range(201, 209):
        lan.client2.run("arping", "-q", "-c", 1, "-w", 1, "-I", "eth0", f"10.0.0.{last}", check=False)
    expect(lan.client.curl(f"https://{GRAFANA}"), "the VIP works")


@scenario()
def arp_probe(lan):
    yield
    lan.client.arping(INTERNAL, "-D", count=3)


@scenario()
def arp_only(lan):
    announce_like_cilium(lan.node03)
    yield
    lan.client.arping(INTERNAL, count=2)


# Two announce it

@scenario(ALL_VIEWS, pcapng=True)
def duplicate_announcers(lan):
    for node in (lan.node03, lan.node04):
        node.hold(INTERNAL)
        nginx(node)
    yield
    lan.client.curl(f"https://{GRAFANA}")
    lan.client2.curl(f"http://{GRAFANA}")


@scenario()
def control_plane_announces(lan):
    """The node of the site file that must not announce does."""
    lan.node04.hold(INTERNAL)
    nginx(lan.node04, ports=(80,))
    yield
    lan.client.forget()
    expect(lan.client.curl(f"http://{INTERNAL}"), "works all the same")


def hand_over(vip, old, new):
    """Two gratuitous ARP requests, a second apart; the first is out when this returns."""
    old.release(vip)
    new.hold(vip)
    new.announce(vip)
    time.sleep(0.3)


@scenario(pcapng=True)
def failover(lan):
    for node in (lan.node03, lan.node04):
        nginx(node)
    lan.node03.hold(INTERNAL)
    yield
    expect(lan.client.curl(f"https://{GRAFANA}"), "works before")
    hand_over(INTERNAL, lan.node03, lan.node04)
    expect(lan.client.curl(f"https://{GRAFANA}"), "works after")


@scenario()
def flap_garp(lan):
    for node in (lan.node03, lan.node04):
        nginx(node, ports=(80,))
    lan.node03.hold(INTERNAL)
    yield
    expect(lan.client.curl(f"http://{GRAFANA}"), "works before")
    for old, new in ((lan.node03, lan.node04), (lan.node04, lan.node03), (lan.node03, lan.node04)):
        time.sleep(2)
        hand_over(INTERNAL, old, new)
        lan.client.forget()             # the client asks again: each holder answers requests
        expect(lan.client.curl(f"http://{GRAFANA}"), "works after the move")


@scenario()
def vrrp_mac(lan):
    for node in (lan.node03, lan.node04):
        # Only the virtual interface answers for what it holds.
        node.sysctl(arp_ignore=1)
        nginx(node, ports=(80,))
    master = keepalived(lan.node03, 200)
    keepalived(lan.node04, 100)
    wait_until(lambda: INTERNAL in lan.node03.run("ip", "-4", "-br", "address").stdout, "a master", 15)
    time.sleep(6)                       # its first gratuitous ARP packets are over
    yield
    expect(lan.client.curl(f"http://{GRAFANA}"), "works before")
    master.terminate()
    wait_until(lambda: INTERNAL in lan.node04.run("ip", "-4", "-br", "address").stdout, "a new master")
    time.sleep(0.5)
    lan.client.forget()
    expect(lan.client.curl(f"http://{GRAFANA}"), "works after")


# Ping fails and nothing is wrong

@scenario(ALL_VIEWS, mirror="ping-benign-no-site", bystander="ping-benign-bystander-no-site",
          announcer="ping-benign-announcer-no-site")
def ping_benign(lan):
    announce_like_cilium(lan.node03)
    nginx(lan.node03)
    yield
    expect(not lan.client.ping(INTERNAL), "no answer to ping")
    expect(lan.client.curl(f"https://{GRAFANA}"), "the VIP works")


@scenario()
def ping_redirect(lan):
    announce_like_cilium(lan.node03, redirects=True)
    nginx(lan.node03)
    yield
    expect(lan.client.curl(f"http://{GRAFANA}"), "the VIP works")
    expect(not lan.client.ping(INTERNAL), "no answer to ping")


@scenario()
def ping_reject(lan):
    lan.node03.hold(INTERNAL)
    nginx(lan.node03)
    lan.node03.firewall("-A", "INPUT", "-d", INTERNAL, "-p", "icmp", "--icmp-type", "echo-request",
                        "-j", "REJECT", "--reject-with", "icmp-host-prohibited")
    yield
    expect(lan.client.curl(f"https://{GRAFANA}"), "the VIP works")
    expect(not lan.client.ping(INTERNAL), "no answer to ping")


@scenario()
def ping_benign_no_tcp(lan):
    announce_like_cilium(lan.node03)
    nginx(lan.node03)
    yield
    expect(not lan.client.ping(INTERNAL), "no answer to ping")


# TCP is rejected

def only_port_80(lan, *target):
    """The VIP on node03, with a rule for 443."""
    lan.node03.hold(INTERNAL)
    nginx(lan.node03)
    lan.node03.firewall("-A", "INPUT", "-d", INTERNAL, "-p", "tcp", "--dport", 443, *target)


@scenario(ALL_VIEWS)
def tcp_rejected(lan):
    only_port_80(lan, "-j", "REJECT", "--reject-with", "icmp-port-unreachable")
    yield
    expect(lan.client.curl(f"http://{GRAFANA}"), "port 80 works")
    expect(not lan.client.curl(f"https://{GRAFANA}"), "443 is rejected")


@scenario(pcapng=True)
def tcp_unserved_port(lan):
    announce_like_cilium(lan.node03, ports=(80,))
    nginx(lan.node03, ports=(80,))
    yield
    expect(lan.client.curl(f"http://{GRAFANA}"), "port 80 works")
    expect(not lan.client.curl(f"https://{GRAFANA}:8443"), "8443 is not served")


@scenario(("mirror", "bystander"))
def tcp_closed(lan):
    lan.node03.sysctl(arp_announce=0)   # the kernel's default: it asks in the VIP's name
    lan.node03.hold(INTERNAL)
    nginx(lan.node03, ports=(80,))
    yield
    expect(lan.client.curl(f"http://{GRAFANA}"), "port 80 works")
    lan.node03.forget()                 # so that the node has to ask for the client
    expect(not lan.client.curl(f"https://{GRAFANA}"), "443 is closed")


@scenario()
def pmtu(lan):
    lan.node03.hold(INTERNAL)
    nginx(lan.node03, body=6000)
    lan.router.run("ip", "link", "set", "wan0", "mtu", 1280)
    yield
    expect(lan.wan.curl(f"http://{GRAFANA}"), "the page arrives")
    expect(lan.client.curl(f"http://{GRAFANA}"), "the page arrives on the LAN")


# TCP is dropped

@scenario(ALL_VIEWS)
def syn_blackhole(lan):
    only_port_80(lan, "-j", "DROP")
    yield
    expect(lan.client.curl(f"http://{GRAFANA}"), "port 80 works")
    expect(not lan.client.curl(f"https://{GRAFANA}", max_time=6), "443 is dropped")


@scenario((), mirror="syn-blackhole-backoff-no-site")
def syn_blackhole_backoff(lan):
    """The retransmission times of kernels before 6.5 and of most other systems: 1, 3, 7 s."""
    lan.client.sysctl(tcp_syn_linear_timeouts=0)
    only_port_80(lan, "-j", "DROP")
    yield
    expect(not lan.client.curl(f"https://{GRAFANA}", max_time=8), "443 is dropped")
    expect(lan.client.curl(f"http://{GRAFANA}"), "port 80 works")


@scenario()
def syn_lost_once(lan):
    only_port_80(lan, "-m", "statistic", "--mode", "nth", "--every", 1000, "--packet", 0, "-j", "DROP")
    yield
    expect(lan.client.curl(f"https://{GRAFANA}"), "the second SYN is answered")


# Names

def denied(lan, *names, server=RESOLVER):
    for name in names:
        expect(lan.client.dig(name, server=server)[0] == "NXDOMAIN", f"NXDOMAIN for {name}")


@scenario(("mirror", "client"), mirror="nxdomain-all-no-zone")
def nxdomain_all(lan):
    resolve(lan, {})
    yield
    denied(lan, GRAFANA, ARGOCD, GIT)


@scenario()
def nxdomain_two(lan):
    resolve(lan, {})
    yield
    denied(lan, GRAFANA, ARGOCD)


@scenario()
def nxdomain_recovered(lan):
    authority = resolve(lan, {})
    yield
    denied(lan, GRAFANA, ARGOCD, GIT)
    authority.reload(RECORDS)
    for name in ("home", "photos"):
        expect(lan.client.dig(f"{name}.{ZONE}") == ("NOERROR", True), "an address")


@scenario()
def nxdomain_suffix(lan):
    resolve(lan, RECORDS, other_zones=("lan",))
    yield
    denied(lan, *(f"{name}.lan" for name in (GRAFANA, ARGOCD, GIT)), "printer.lan")
    for name in (GRAFANA, ARGOCD, GIT):
        expect(lan.client.dig(name) == ("NOERROR", True), "an address")


@scenario()
def single_name_missing(lan):
    resolve(lan)
    yield
    for name in (GRAFANA, ARGOCD):
        expect(lan.client.dig(name) == ("NOERROR", True), "an address")
    denied(lan, f"wiki.{ZONE}")


@scenario()
def nodata(lan):
    resolve(lan)
    yield
    for name in (GRAFANA, ARGOCD, GIT):
        expect(lan.client.dig(name) == ("NOERROR", True), "an address")
        for kind in ("AAAA", "HTTPS"):
            expect(lan.client.dig(name, kind) == ("NOERROR", False), f"no {kind}")


# All is well

@scenario(ALL_VIEWS, pcapng=True, mirror="healthy-no-site")
def healthy(lan):
    resolve(lan)
    announce_like_cilium(lan.node03)
    caddy(lan.node03)
    yield
    expect(lan.client.dig(GRAFANA) == ("NOERROR", True), "an address")
    expect(lan.client.curl(f"https://{GRAFANA}"), "the VIP works")

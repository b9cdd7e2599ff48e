"""Who announces the VIP: nobody, one, two in turn, two at once."""

import time

from ..lan import EXTERNAL, INTERNAL, wait_until
from ..scenario import ALL_VIEWS, GRAFANA, expect, resolve, scenario
from ..servers import ZONE, announce_like_cilium, keepalived, nginx


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
        nginx(node, self_signed=True)
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

"""IPv6, and packets that are too big for their way."""

import time

from ..authority import certificate
from ..gateways import aioquic_client, caddy3
from ..lan import INTERNAL
from ..scenario import GRAFANA, expect, scenario
from ..servers import nginx

VIP = "fd00:10::157"


def fetch(station, url):
    return station.curl(url, f"[{VIP}]")


def hold(station):
    station.run("ip", "-6", "address", "add", f"{VIP}/128", "dev", "eth0", "nodad")


def release(station):
    station.run("ip", "-6", "address", "del", f"{VIP}/128", "dev", "eth0")


def dual_stack(lan, *stations):
    lan.with_ipv6(lan.client, lan.router, *stations)
    lan.as_on_wire()
    time.sleep(2)                       # reports of multicast groups


@scenario()
def ipv6_vip(lan):
    dual_stack(lan, lan.node03)
    nginx(lan.node03, ports=(80,), ipv6=True)
    hold(lan.node03)
    yield
    expect(lan.client.ping(VIP, count=1), "an answer to ping")
    expect(fetch(lan.client, f"http://{GRAFANA}"), "a page")
    expect(not fetch(lan.client, f"https://{GRAFANA}"), "443 is closed")
    # The answer is ICMPv6 "port unreachable", and dig asks three times.
    expect(lan.client.dig(GRAFANA, server=VIP)[0] == "", "no name server")


@scenario()
def ipv6_vip_absent(lan):
    dual_stack(lan, lan.node03)
    yield
    expect(not fetch(lan.client, f"http://{GRAFANA}"), "nobody there")


@scenario()
def ipv6_failover(lan):
    """An unsolicited neighbor advertisement tells the client of the VIP's move."""
    dual_stack(lan, lan.node03, lan.node04)
    for node in (lan.node03, lan.node04):
        nginx(node, ports=(80,), ipv6=True)
    lan.node04.run("sysctl", "-qw", "net.ipv6.conf.eth0.ndisc_notify=1")
    hold(lan.node03)
    yield
    expect(fetch(lan.client, f"http://{GRAFANA}"), "works before")
    release(lan.node03)
    lan.node04.run("ip", "-6", "address", "add", f"{VIP}/128", "dev", "eth0")
    time.sleep(1)
    expect(fetch(lan.client, f"http://{GRAFANA}"), "works after")


@scenario()
def ipv6_quic(lan):
    dual_stack(lan, lan.node03)
    hold(lan.node03)
    caddy3(lan.node03, certificate(lan))
    yield
    expect(aioquic_client(lan.client, GRAFANA, address=VIP) == "200", "an answer by HTTP/3")


@scenario()
def ipv6_packet_too_big(lan):
    dual_stack(lan, lan.node03)
    nginx(lan.node03, ports=(80,), body=4000, ipv6=True)
    hold(lan.node03)
    for station, device, address in ((lan.router, "wan0", "fd00:203::1"), (lan.wan, "eth0", "fd00:203::10")):
        for key, where in (("disable_ipv6", device), ("accept_dad", device)):
            station.run("sysctl", "-qw", f"net.ipv6.conf.{where}.{key}=0")
        station.run("ip", "-6", "address", "add", f"{address}/64", "dev", device, "nodad")
    lan.router.run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1")
    lan.wan.run("ip", "-6", "route", "add", "default", "via", "fd00:203::1")
    lan.node03.run("ip", "-6", "route", "add", "default", "via", "fd00:10::1")
    lan.router.run("ip", "link", "set", "wan0", "mtu", 1280)
    yield
    expect(fetch(lan.wan, f"http://{GRAFANA}"), "the page arrives")


@scenario()
def fragments(lan):
    """Pings of 3000 octets, in three fragments: IPv4 and IPv6."""
    dual_stack(lan, lan.node03)
    lan.node03.hold(INTERNAL)
    hold(lan.node03)
    yield
    for address in (INTERNAL, VIP):
        done = lan.client.run("ping", "-n", "-c", 1, "-s", 3000, "-M", "dont", address, check=False)
        expect(done.returncode == 0, f"an answer from {address}")

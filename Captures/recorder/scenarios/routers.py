"""VRRP on the wire: version 3 whose master falls silent, version 2 whose master says goodbye."""

import time

from ..lan import INTERNAL, wait_until
from ..scenario import GRAFANA, expect, scenario
from ..servers import keepalived, nginx


def pair(lan, **options):
    for node in (lan.node03, lan.node04):
        nginx(node, ports=(80,))
    master = keepalived(lan.node03, 200, virtual_mac=False, **options)
    keepalived(lan.node04, 100, virtual_mac=False, **options)
    wait_until(lambda: holds(lan.node03), "a master", 15)
    time.sleep(6)                       # its first gratuitous ARP packets are over
    return master


def holds(node):
    return INTERNAL in node.run("ip", "-4", "-br", "address").stdout


@scenario()
def vrrp_v3_failover(lan):
    pair(lan)
    yield
    expect(lan.client.curl(f"http://{GRAFANA}"), "works before")
    time.sleep(1)
    lan.node03.run("ip", "link", "set", "eth0", "down")
    wait_until(lambda: holds(lan.node04), "a new master")
    time.sleep(0.5)
    expect(lan.client.curl(f"http://{GRAFANA}"), "works after")


@scenario()
def vrrp_v2_failover(lan):
    master = pair(lan, version=2)
    yield
    expect(lan.client.curl(f"http://{GRAFANA}"), "works before")
    time.sleep(1)
    master.terminate()
    wait_until(lambda: holds(lan.node04), "a new master")
    time.sleep(0.5)
    expect(lan.client.curl(f"http://{GRAFANA}"), "works after")

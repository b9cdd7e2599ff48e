"""Ways around: other networks, public addresses, tunnels, a mesh."""

import time

from ..authority import certificate
from ..gateways import aioquic_client, aioquic_server
from ..lan import WAN_HOST
from ..scenario import GRAFANA, expect, scenario
from ..servers import ZONE, dnsmasq, nginx

TUNNEL = "quic.cftunnel.com"


@scenario()
def cross_cluster_open(lan):
    nginx(lan.wan, ports=(443,))
    yield
    expect(lan.client.curl(f"https://{GRAFANA}/", address=WAN_HOST), "a page of the other network")


@scenario()
def cross_cluster_rejected(lan):
    nginx(lan.wan, ports=(443,))
    lan.router.firewall("-A", "FORWARD", "-d", WAN_HOST, "-j", "REJECT", "--reject-with", "icmp-admin-prohibited")
    yield
    expect(not lan.client.curl(f"https://{GRAFANA}/", address=WAN_HOST), "no page of the other network")


@scenario()
def cross_cluster_dropped(lan):
    nginx(lan.wan, ports=(443,))
    lan.router.firewall("-A", "FORWARD", "-d", WAN_HOST, "-j", "DROP")
    yield
    expect(not lan.client.curl(f"https://{GRAFANA}/", address=WAN_HOST, max_time=8), "no page of the other network")
    time.sleep(4)


@scenario()
def client_wrong_prefix(lan):
    """A /16 on the client where the LAN has a /24: it looks for the other network's hosts beside itself."""
    lan.client.run("ip", "address", "replace", f"{lan.client.address}/16", "dev", "eth0")
    yield
    expect(not lan.client.ping("10.0.7.9", count=1, wait=4), "no answer")
    time.sleep(1)


@scenario()
def hairpin(lan):
    """The resolver gives a name of the zone its public address, and the client connects there."""
    nginx(lan.wan, ports=(443,))
    dnsmasq(lan, (), f"--host-record={GRAFANA},{WAN_HOST}", f"--local=/{ZONE}/")
    yield
    expect(lan.client.dig(GRAFANA) == ("NOERROR", True), "a public address")
    expect(lan.client.curl(f"https://{GRAFANA}/", address=WAN_HOST), "a page through the Internet")


def tunnel(lan):
    files = certificate(lan)
    aioquic_server(lan.wan, files, "--alpn", "argotunnel", address=WAN_HOST, port=7844)
    nginx(lan.wan, ports=(7844,))
    lan.as_on_wire()


@scenario()
def tunnel_quic(lan):
    """A connector's tunnel to an edge, as cloudflared opens it: its server name and its protocol."""
    tunnel(lan)
    yield
    result = aioquic_client(lan.node04, TUNNEL, "--port", 7844, "--alpn", "argotunnel", address=WAN_HOST)
    expect(result == "established", f"a tunnel, not {result}")


@scenario()
def tunnel_quic_blocked(lan):
    """The router drops UDP 7844, and the connector takes TCP."""
    tunnel(lan)
    lan.router.firewall("-A", "FORWARD", "-p", "udp", "--dport", 7844, "-j", "DROP")
    yield
    result = aioquic_client(lan.node04, TUNNEL, "--port", 7844, "--alpn", "argotunnel", "--wait", 5, address=WAN_HOST)
    expect(result == "no answer", f"no answer, not {result}")
    time.sleep(4)
    expect(lan.node04.curl(f"https://{TUNNEL}:7844/", address=WAN_HOST), "a tunnel over TCP")


@scenario()
def mesh(lan):
    """TLS on ztunnel's port, between two nodes."""
    nginx(lan.node04, ports=(15008,))
    yield
    expect(lan.node03.curl("https://ztunnel:15008/", address=lan.node04.address), "a page through the mesh's port")

"""A browser and HTTP/3: answered, dropped, refused. Chromium races TCP against QUIC in each of them."""

import time

from ..browser import chromium
from ..authority import certificate
from ..gateways import aioquic_server, caddy3, envoy, https_listener, quic_listener, tls_context
from ..lan import INTERNAL
from ..scenario import ARGOCD, GRAFANA, RECORDS, expect, resolve, scenario
from ..servers import announce_like_cilium

URL = f"https://{GRAFANA}/"
UNTIL_H3 = f"{URL}until-h3"


def gateway(lan, protocols="h1 h2 h3", holds=True):
    """Names with an HTTPS record that says h3, and Caddy behind the VIP."""
    resolve(lan, {**RECORDS, "grafana": [INTERNAL, f"HTTPS 1 . alpn=h3,h2 ipv4hint={INTERNAL}"]})
    if holds:
        lan.node03.hold(INTERNAL)
    files = certificate(lan)
    caddy3(lan.node03, files, protocols)
    lan.as_on_wire()
    return files


def visit(lan, files, carrier, url=URL):
    page = chromium(lan.client, url, files[0])
    expect(carrier in page, f"a page by {carrier}, not {page!r}")


@scenario()
def h3_answered(lan):
    files = gateway(lan)
    yield
    visit(lan, files, "HTTP/3", UNTIL_H3)


@scenario()
def h3_dropped(lan):
    files = gateway(lan)
    lan.node03.firewall("-A", "INPUT", "-p", "udp", "--dport", 443, "-j", "DROP")
    yield
    visit(lan, files, "HTTP/2")


@scenario()
def h3_rejected(lan):
    files = gateway(lan)
    lan.node03.firewall("-A", "INPUT", "-p", "udp", "--dport", 443, "-j", "REJECT", "--reject-with", "icmp-port-unreachable")
    yield
    visit(lan, files, "HTTP/2")


@scenario()
def h3_unserved(lan):
    """The VIP is on no interface, and only TCP is served: the node sends QUIC back to the LAN."""
    files = gateway(lan, "h1 h2", holds=False)
    announce_like_cilium(lan.node03)
    yield
    visit(lan, files, "HTTP/2")
    time.sleep(3)                       # until the node says that it finds nobody


@scenario()
def h3_retry(lan):
    files = gateway(lan, "h1 h2")
    aioquic_server(lan.node03, files, "--retry")
    yield
    visit(lan, files, "HTTP/3", UNTIL_H3)


@scenario()
def h3_name_unserved(lan):
    """Envoy serves the name by TLS and not by QUIC, where it has another one: it closes in its first Initial."""
    resolve(lan, {**RECORDS, "argocd": [INTERNAL, "HTTPS 1 . alpn=h3,h2"]})
    lan.node03.hold(INTERNAL)
    files = certificate(lan)
    envoy(lan.node03, https_listener({ARGOCD: tls_context(files)}), quic_listener(GRAFANA, files))
    lan.as_on_wire()
    yield
    visit(lan, files, "ok", f"https://{ARGOCD}/")


@scenario()
def h3_forced_dropped(lan):
    files = gateway(lan)
    lan.node03.firewall("-A", "INPUT", "-p", "udp", "--dport", 443, "-j", "DROP")
    yield
    page = chromium(lan.client, URL, files[0], f"--origin-to-force-quic-on={GRAFANA}:443")
    expect("HTTP/" not in page, f"no page, not {page!r}")

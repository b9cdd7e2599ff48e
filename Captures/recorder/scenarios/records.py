"""Records beyond A: HTTPS and SVCB, answers too long for a datagram, explained errors, multicast DNS."""

import time

from ..gateways import PROGRAMS
from ..lan import AUTHORITY, EXTERNAL, INTERNAL, stop
from ..peers import peer
from ..scenario import GRAFANA, RECORDS, expect, resolve, scenario
from ..servers import ZONE, Authority, avahi, unbound

TEXT = "TXT " + " ".join(f'"{str(number) * 200}"' for number in range(10))


def asked(lan, name, kind, *options, server=AUTHORITY):
    return lan.client.run("dig", "+tries=1", "+time=5", *options, f"@{server}", name, kind).stdout


@scenario()
def dns_service_bindings(lan):
    """Service mode with parameters, alias mode, two priorities, and SVCB under a port's name."""
    resolve(lan, {**RECORDS,
                  "grafana": [INTERNAL, f"HTTPS 1 . alpn=h3,h2 ipv4hint={INTERNAL}"],
                  "photos": [EXTERNAL, "HTTPS 1 . mandatory=alpn,port alpn=h2 no-default-alpn port=8443 "
                             f"ipv4hint={EXTERNAL},{INTERNAL} ipv6hint=fd00:10::158 key65280=vipscope"],
                  "home": f"HTTPS 0 {GRAFANA}.",
                  "argocd": [INTERNAL, f"HTTPS 1 {GRAFANA}. alpn=h3", f"HTTPS 2 photos.{ZONE}. alpn=h2"],
                  "_53._dns.ns1": f"SVCB 1 ns1.dns.{ZONE}. alpn=dot,h2 key7=/dns-query{{?dns}}"})
    yield
    for name in ("grafana", "photos", "home", "argocd"):
        expect(lan.client.dig(f"{name}.{ZONE}", "HTTPS") == ("NOERROR", True), "an HTTPS record")
    expect(lan.client.dig(f"_53._dns.ns1.{ZONE}", "SVCB") == ("NOERROR", True), "an SVCB record")


@scenario()
def dns_truncated(lan):
    Authority(lan, {**RECORDS, "text": TEXT})
    lan.as_on_wire()
    yield
    expect("Truncated, retrying in TCP mode" in asked(lan, f"text.{ZONE}", "TXT"), "an answer by TCP")


@scenario()
def dns_fragmented(lan):
    Authority(lan, {**RECORDS, "text": TEXT}, udp_payload=4096)
    lan.as_on_wire()
    yield
    expect("(UDP)" in asked(lan, f"text.{ZONE}", "TXT", "+bufsize=4096"), "an answer by UDP, in fragments")


@scenario()
def dns_extended_errors(lan):
    """A resolver that says why: stale data while the authority is gone, and a client that may not ask."""
    authority = Authority(lan, RECORDS)
    unbound(lan, "access-control: 10.0.0.21/32 refuse", "cache-max-ttl: 1", "serve-expired: yes", "ede-serve-expired: yes")
    yield
    expect(lan.client.dig(GRAFANA) == ("NOERROR", True), "an address")
    stop(authority.process)
    time.sleep(2)
    expect(lan.client.dig(GRAFANA) == ("NOERROR", True), "a stale address")
    expect(lan.client2.dig(GRAFANA)[0] == "REFUSED", "no answer for this client")
    time.sleep(5)                       # the resolver goes on asking behind the stale answer's back


@scenario()
def mdns(lan):
    yield
    announcer = avahi(lan.node04, "printer")
    time.sleep(2.5)                     # it asks three times whether the names are free, then announces them
    found = lan.client.run(peer("python3"), PROGRAMS / "mdns_browser.py", lan.client.address, "_http._tcp.local.").stdout
    expect("printer.local. 80 10.0.0.148" in found, f"the service, not {found!r}")
    stop(announcer)

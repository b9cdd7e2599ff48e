"""Names whose servers fail: forwarding, caches, leaks, and an authority that is silent, absent or says no."""

import time

from ..lan import AUTHORITY, EXTERNAL, INTERNAL, WAN_HOST
from ..scenario import ARGOCD, GRAFANA, RECORDS, expect, resolve, scenario
from ..servers import ZONE, Authority, dnsmasq, public_server, unbound

WIKI = f"wiki.{ZONE}"


@scenario()
def dns_negative_cache(lan):
    """The resolver keeps a denial that the authority no longer gives."""
    authority = resolve(lan, RECORDS, minimum=600)
    yield
    expect(lan.client.dig(WIKI)[0] == "NXDOMAIN", "a denial")
    authority.reload({**RECORDS, "wiki": INTERNAL})
    expect(lan.client2.dig(WIKI, server=AUTHORITY) == ("NOERROR", True), "the authority's address")
    time.sleep(1)
    expect(lan.client.dig(WIKI)[0] == "NXDOMAIN", "the resolver's denial")


@scenario()
def dns_type_inconsistent(lan):
    """Unbound has the A record itself and passes on the authority's denial for AAAA."""
    Authority(lan, RECORDS)
    unbound(lan, f'local-zone: "{WIKI}" typetransparent', f'local-data: "{WIKI} 60 A {INTERNAL}"')
    yield
    for _ in range(2):
        expect(lan.client.dig(WIKI) == ("NOERROR", True), "an address")
        expect(lan.client.dig(WIKI, "AAAA")[0] == "NXDOMAIN", "a denial of AAAA")


@scenario(("mirror", "client"))
def dns_forwarding_missing(lan):
    """Pi-hole without its conditional forwarding: the Internet knows photos by a public address, and nothing else."""
    Authority(lan, RECORDS)
    public_server(lan, f"--local=/{ZONE}/", f"--host-record=photos.{ZONE},{WAN_HOST}")
    dnsmasq(lan, (), f"--server={WAN_HOST}")
    yield
    expect(lan.client.dig(GRAFANA)[0] == "NXDOMAIN", "a denial")
    expect(lan.client.dig(f"photos.{ZONE}") == ("NOERROR", True), "a public address")


@scenario()
def dns_split_horizon_leak(lan):
    """A public resolver's answer with the VIP. Its first question to the zone's server is lost, so that it takes as long as distance does."""
    public_server(lan, f"--local=/{ZONE}/", f"--host-record={GRAFANA},{INTERNAL}", port=5353)
    lan.wan.run("ip", "address", "add", "203.0.113.53/24", "dev", "eth0")
    lan.wan.firewall("-A", "INPUT", "-i", "lo", "-p", "udp", "--dport", 5353, "-m", "statistic", "--mode", "nth", "--every", 2,
                     "--packet", 0, "-j", "DROP")
    configuration = lan.directory / "public.conf"
    configuration.write_text(f"""
server:
  interface: 203.0.113.53
  access-control: 0.0.0.0/0 allow
  username: ""
  chroot: ""
  directory: "{lan.directory}"
  pidfile: "{lan.directory}/public.pid"
  use-syslog: no
  do-ip6: no
  module-config: "iterator"
stub-zone:
  name: {ZONE}
  stub-addr: {WAN_HOST}@5353
remote-control:
  control-enable: no
""")
    lan.wan.start("unbound", "-d", "-c", configuration)
    time.sleep(1)
    yield
    expect(lan.client.dig(GRAFANA, server="203.0.113.53") == ("NOERROR", True), "the VIP")


@scenario()
def dns_authority_timeout(lan):
    """A filter on the authority drops what comes to port 53."""
    resolve(lan)
    yield
    expect(lan.client.dig(GRAFANA) == ("NOERROR", True), "an address")
    lan.authority.firewall("-A", "INPUT", "-p", "udp", "--dport", 53, "-j", "DROP")
    for _ in range(2):
        expect(lan.client.dig(ARGOCD) == ("", True), "no answer")
    time.sleep(5)


@scenario()
def dns_authority_absent(lan):
    """The authority's address is announced by nobody."""
    resolve(lan)
    lan.authority.run("ip", "address", "flush", "dev", "eth0")
    yield
    expect(lan.client.dig(GRAFANA) == ("", True), "no answer")
    time.sleep(2)


@scenario()
def dns_authority_servfail(lan):
    """The authority could not load its zone."""
    resolve(lan, {"grafana": "A not-an-address"})
    yield
    expect(lan.client.dig(GRAFANA)[0] == "SERVFAIL", "SERVFAIL")


@scenario()
def dns_authority_refused(lan):
    """The authority is not configured for the zone."""
    resolve(lan, RECORDS, serves=False, other_zones=("lan",))
    yield
    expect(lan.client.dig(GRAFANA)[0] == "REFUSED", "REFUSED")


@scenario()
def dns_wrong_address(lan):
    """Two names have each other's gateway, and one leads to its own through a CNAME."""
    resolve(lan, {**RECORDS, "photos": INTERNAL, "grafana": "CNAME home"})
    yield
    for name in ("photos", "grafana"):
        expect(lan.client.dig(f"{name}.{ZONE}") == ("NOERROR", True), "an address")
    expect(EXTERNAL not in lan.client.run("dig", "+short", f"photos.{ZONE}", f"@{AUTHORITY}").stdout, "not its own gateway")

"""Names that the zone's authority denies, rightly and wrongly."""

from ..lan import RESOLVER
from ..scenario import ARGOCD, GIT, GRAFANA, RECORDS, expect, resolve, scenario
from ..servers import ZONE


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

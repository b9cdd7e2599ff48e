"""HTTP/1.1 in the clear: redirects, Alt-Svc, and a gateway that answers in place of its upstream."""

from ..authority import certificate
from ..gateways import aioquic_client, answering, envoy, http_listener, https_listener, tls_context
from ..lan import INTERNAL
from ..scenario import ARGOCD, GIT, GRAFANA, expect, scenario
from ..servers import ZONE
from .secure import fetch

CURL_TOO_MANY_REDIRECTS = 47
HTTP3_IS_HERE = ("alt-svc", 'h3=":443"; ma=86400')


def gateway(lan):
    """grafana is served by TLS and redirected to it, argocd's upstream is closed, git redirects to itself."""
    lan.node03.hold(INTERNAL)
    routes = {GRAFANA: {"redirect": {"https_redirect": True}}, ARGOCD: {"route": {"cluster": "gone"}},
              GIT: {"redirect": {"path_redirect": "/login"}}, f"home.{ZONE}": answering()}
    envoy(lan.node03, http_listener(routes, [HTTP3_IS_HERE]),
          https_listener({GRAFANA: tls_context(certificate(lan))}))
    lan.as_on_wire()


@scenario()
def http_page(lan):
    gateway(lan)
    yield
    expect(fetch(lan, f"http://home.{ZONE}") == (0, "200"), "a page")


@scenario()
def http_redirect(lan):
    gateway(lan)
    yield
    expect(fetch(lan, f"http://{GRAFANA}", "--location", "--insecure") == (0, "200"), "a page by TLS")


@scenario()
def http_redirect_loop(lan):
    gateway(lan)
    yield
    expect(fetch(lan, f"http://{GIT}/login", "--location", "--max-redirs", 4)[0] == CURL_TOO_MANY_REDIRECTS, "a loop")


@scenario()
def http_unavailable(lan):
    gateway(lan)
    yield
    for _ in range(2):
        expect(fetch(lan, f"http://{ARGOCD}") == (0, "503"), "an upstream that is gone")


@scenario()
def http_websocket_refused(lan):
    gateway(lan)
    yield
    upgrade = [word for header in ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==") for word in ("--header", header)]
    expect(fetch(lan, f"http://{ARGOCD}/stream", *upgrade)[1] == "403", "a gateway without upgrades")


@scenario()
def http_route_missing(lan):
    gateway(lan)
    yield
    expect(fetch(lan, f"http://wiki.{ZONE}") == (0, "404"), "no route")


@scenario()
def alt_svc_unserved(lan):
    """The gateway's header promises HTTP/3, and nothing listens on UDP 443."""
    gateway(lan)
    yield
    expect(fetch(lan, f"http://home.{ZONE}") == (0, "200"), "a page")
    expect(aioquic_client(lan.client, f"home.{ZONE}") == "no answer", "no HTTP/3")

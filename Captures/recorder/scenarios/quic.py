"""QUIC handshakes as no browser asks for them: other versions, other ALPN, and answers from another address."""

from ..authority import certificate
from ..gateways import aioquic_client, aioquic_server, caddy3, envoy, quic_listener
from ..lan import INTERNAL
from ..scenario import GRAFANA, expect, scenario
from ..servers import ZONE

VERSION_1, VERSION_2, GREASED = "00000001", "6b3343cf", "1a2a3a4a"


def envoy_gateway(lan):
    lan.node03.hold(INTERNAL)
    envoy(lan.node03, quic_listener(GRAFANA, certificate(lan)))
    lan.as_on_wire()


def caddy_gateway(lan):
    lan.node03.hold(INTERNAL)
    caddy3(lan.node03, certificate(lan))
    lan.as_on_wire()


def aioquic_gateway(lan, *options, address=INTERNAL):
    lan.node03.hold(INTERNAL)
    aioquic_server(lan.node03, certificate(lan), *options, address=address)
    lan.as_on_wire()


def request(lan, answer, *options, name=GRAFANA):
    result = aioquic_client(lan.client, name, *options)
    expect(result == answer, f"{answer}, not {result}")


@scenario()
def quic_envoy(lan):
    envoy_gateway(lan)
    yield
    request(lan, "200")


@scenario()
def quic_version_negotiated(lan):
    envoy_gateway(lan)
    yield
    request(lan, "200", "--first", GREASED, "--versions", f"{GREASED},{VERSION_1}")


@scenario()
def quic_version_mismatch(lan):
    envoy_gateway(lan)
    yield
    request(lan, "closed 0x1", "--versions", VERSION_2)


@scenario()
def quic_v2(lan):
    caddy_gateway(lan)
    yield
    request(lan, "200", "--versions", VERSION_2)


@scenario()
def quic_v1_to_v2(lan):
    """Compatible version negotiation: the client begins with version 1, the server goes on with version 2."""
    aioquic_gateway(lan, "--versions", f"{VERSION_2},{VERSION_1}")
    yield
    request(lan, "200", "--first", VERSION_1, "--versions", f"{VERSION_2},{VERSION_1}")


@scenario()
def quic_alpn_refused_envoy(lan):
    envoy_gateway(lan)
    yield
    request(lan, "closed 0x178", "--alpn", "hq-interop")


@scenario()
def quic_alpn_refused_caddy(lan):
    caddy_gateway(lan)
    yield
    request(lan, "closed 0x178", "--alpn", "hq-interop")


@scenario()
def quic_name_unserved(lan):
    envoy_gateway(lan)
    yield
    request(lan, "no answer", name=f"wiki.{ZONE}")


@scenario()
def quic_wrong_source(lan):
    """A server on all addresses of a node that has the VIP as its second one answers from its first."""
    aioquic_gateway(lan, address="0.0.0.0")
    yield
    request(lan, "no answer")

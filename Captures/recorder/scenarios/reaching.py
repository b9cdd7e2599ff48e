"""What ping and TCP to the VIP meet: answers, refusals, silence; and a VIP that works."""

from ..lan import INTERNAL
from ..scenario import ALL_VIEWS, GRAFANA, expect, resolve, scenario
from ..servers import announce_like_cilium, caddy, nginx


# Ping fails and nothing is wrong

@scenario(ALL_VIEWS, mirror="ping-benign-no-site", bystander="ping-benign-bystander-no-site",
          announcer="ping-benign-announcer-no-site")
def ping_benign(lan):
    announce_like_cilium(lan.node03)
    nginx(lan.node03)
    yield
    expect(not lan.client.ping(INTERNAL), "no answer to ping")
    expect(lan.client.curl(f"https://{GRAFANA}"), "the VIP works")


@scenario()
def ping_redirect(lan):
    announce_like_cilium(lan.node03, redirects=True)
    nginx(lan.node03)
    yield
    expect(lan.client.curl(f"http://{GRAFANA}"), "the VIP works")
    expect(not lan.client.ping(INTERNAL), "no answer to ping")


@scenario()
def ping_reject(lan):
    lan.node03.hold(INTERNAL)
    nginx(lan.node03)
    lan.node03.firewall("-A", "INPUT", "-d", INTERNAL, "-p", "icmp", "--icmp-type", "echo-request",
                        "-j", "REJECT", "--reject-with", "icmp-host-prohibited")
    yield
    expect(lan.client.curl(f"https://{GRAFANA}"), "the VIP works")
    expect(not lan.client.ping(INTERNAL), "no answer to ping")


@scenario()
def ping_benign_no_tcp(lan):
    announce_like_cilium(lan.node03)
    nginx(lan.node03)
    yield
    expect(not lan.client.ping(INTERNAL), "no answer to ping")


# TCP is rejected

def only_port_80(lan, *target):
    """The VIP on node03, with a rule for 443."""
    lan.node03.hold(INTERNAL)
    nginx(lan.node03)
    lan.node03.firewall("-A", "INPUT", "-d", INTERNAL, "-p", "tcp", "--dport", 443, *target)


@scenario(ALL_VIEWS)
def tcp_rejected(lan):
    only_port_80(lan, "-j", "REJECT", "--reject-with", "icmp-port-unreachable")
    yield
    expect(lan.client.curl(f"http://{GRAFANA}"), "port 80 works")
    expect(not lan.client.curl(f"https://{GRAFANA}"), "443 is rejected")


@scenario(pcapng=True)
def tcp_unserved_port(lan):
    announce_like_cilium(lan.node03, ports=(80,))
    nginx(lan.node03, ports=(80,))
    yield
    expect(lan.client.curl(f"http://{GRAFANA}"), "port 80 works")
    expect(not lan.client.curl(f"https://{GRAFANA}:8443"), "8443 is not served")


@scenario(("mirror", "bystander"))
def tcp_closed(lan):
    lan.node03.sysctl(arp_announce=0)   # the kernel's default: it asks in the VIP's name
    lan.node03.hold(INTERNAL)
    nginx(lan.node03, ports=(80,))
    yield
    expect(lan.client.curl(f"http://{GRAFANA}"), "port 80 works")
    lan.node03.forget()                 # so that the node has to ask for the client
    expect(not lan.client.curl(f"https://{GRAFANA}"), "443 is closed")


@scenario()
def tcp_flood(lan):
    """A client without manners: a health check that tries again at once, some hundred times a second."""
    lan.node03.hold(INTERNAL)
    nginx(lan.node03, ports=(80,))
    yield
    expect(lan.client.curl(f"http://{GRAFANA}"), "port 80 works")
    lan.client.run(
        "python3", "-c",
        f"import socket\nfor _ in range(300): assert socket.socket().connect_ex(('{INTERNAL}', 443)) == 111")


@scenario()
def pmtu(lan):
    lan.node03.hold(INTERNAL)
    nginx(lan.node03, body=6000)
    lan.router.run("ip", "link", "set", "wan0", "mtu", 1280)
    yield
    expect(lan.wan.curl(f"http://{GRAFANA}"), "the page arrives")
    expect(lan.client.curl(f"http://{GRAFANA}"), "the page arrives on the LAN")


# TCP is dropped

@scenario(ALL_VIEWS)
def syn_blackhole(lan):
    only_port_80(lan, "-j", "DROP")
    yield
    expect(lan.client.curl(f"http://{GRAFANA}"), "port 80 works")
    expect(not lan.client.curl(f"https://{GRAFANA}", max_time=6), "443 is dropped")


@scenario((), mirror="syn-blackhole-backoff-no-site")
def syn_blackhole_backoff(lan):
    """The retransmission times of kernels before 6.5 and of most other systems: 1, 3, 7 s."""
    lan.client.sysctl(tcp_syn_linear_timeouts=0)
    only_port_80(lan, "-j", "DROP")
    yield
    expect(not lan.client.curl(f"https://{GRAFANA}", max_time=8), "443 is dropped")
    expect(lan.client.curl(f"http://{GRAFANA}"), "port 80 works")


@scenario()
def syn_lost_once(lan):
    only_port_80(lan, "-m", "statistic", "--mode", "nth", "--every", 1000, "--packet", 0, "-j", "DROP")
    yield
    expect(lan.client.curl(f"https://{GRAFANA}"), "the second SYN is answered")


# All is well

@scenario(ALL_VIEWS, pcapng=True, mirror="healthy-no-site")
def healthy(lan):
    resolve(lan)
    announce_like_cilium(lan.node03)
    caddy(lan.node03)
    yield
    expect(lan.client.dig(GRAFANA) == ("NOERROR", True), "an address")
    expect(lan.client.curl(f"https://{GRAFANA}"), "the VIP works")

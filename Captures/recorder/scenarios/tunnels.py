"""WireGuard, as wireguard-go speaks it."""

import time

from ..lan import wait_until
from ..scenario import expect, scenario

INSIDE = {"client": "10.9.0.20", "node04": "10.9.0.148"}


def tunnel(lan, *stations, port=51820):
    """An interface at each of the two, not yet told where the other is."""
    keys = {}
    for station in stations:
        name, private = f"vs-{station.name}", lan.directory / f"wg-{station.name}.key"
        private.write_text(station.run("wg", "genkey").stdout)
        private.chmod(0o600)
        keys[station] = station.run("sh", "-c", f"wg pubkey < {private}").stdout.strip()
        station.start("env", "WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD=1", "wireguard-go", "--foreground", name)
        wait_until(lambda: station.run("wg", "show", name, check=False).returncode == 0, "WireGuard's start")
        station.run("wg", "set", name, "private-key", private, "listen-port", port)
        station.run("ip", "address", "add", f"{INSIDE[station.name]}/24", "dev", name)
        station.run("ip", "link", "set", name, "up")
    return keys


def introduce(station, other, key, *options, port=51820):
    station.run("wg", "set", f"vs-{station.name}", "peer", key, "allowed-ips", f"{INSIDE[other.name]}/32",
                "endpoint", f"{other.address}:{port}", *options)


@scenario()
def wireguard(lan):
    keys = tunnel(lan, lan.client, lan.node04)
    introduce(lan.node04, lan.client, keys[lan.client])
    introduce(lan.client, lan.node04, keys[lan.node04])
    yield
    expect(lan.client.ping(INSIDE["node04"]), "an answer through the tunnel")


@scenario()
def wireguard_dropped(lan):
    """Tailscale's port, and a firewall that drops it: the initiation comes again every five seconds."""
    keys = tunnel(lan, lan.client, lan.node04, port=41641)
    introduce(lan.client, lan.node04, keys[lan.node04], port=41641)
    lan.node04.firewall("-A", "INPUT", "-p", "udp", "--dport", 41641, "-j", "DROP")
    yield
    expect(not lan.client.ping(INSIDE["node04"], count=1, wait=1), "no answer through the tunnel")
    time.sleep(10)

"""The programs behind a VIP and behind a name: nginx, Caddy, Knot, dnsmasq, Unbound, Avahi, keepalived."""

import sys
from pathlib import Path

from .authority import ZONE, certificate, issued
from .lan import AUTHORITY, INTERNAL, RESOLVER, WAN_HOST, wait_until


def write(lan, name, text):
    path = lan.directory / name
    path.write_text(text)
    return path


def wait_for_port(station, port, kind="tcp"):
    def listening():
        return station.run("ss", "-Hln", f"--{kind}", "sport", "=", f":{port}").stdout.strip()
    wait_until(listening, f"a {kind} listener on {station.name} port {port}")


def nginx(station, ports=(80, 443), body=3, ipv6=False, self_signed=False):
    """A gateway on all addresses of the node: HTTP on 80, HTTPS on every other port."""
    lan, name = station.lan, f"nginx-{station.name}"
    chain, key = (certificate if self_signed else issued)(lan, name)
    root = lan.directory / f"{name}-root"
    root.mkdir()
    (root / "index.html").write_text("ok\n" + "x" * max(0, body - 3))
    listeners = "".join(f"listen {family}{port}{'' if port == 80 else ' ssl'}; "
                        for port in ports for family in ("", "[::]:")[:1 + ipv6])
    configuration = write(lan, f"{name}.conf", f"""
        daemon off; master_process off; pid {lan.directory}/{name}.pid; error_log stderr;
        events {{ }}
        http {{
          access_log off;
          client_body_temp_path {root}/a; proxy_temp_path {root}/b; fastcgi_temp_path {root}/c;
          uwsgi_temp_path {root}/d; scgi_temp_path {root}/e;
          server {{ {listeners} root {root}; ssl_certificate {chain}; ssl_certificate_key {key}; }}
        }}""")
    station.start("nginx", "-e", "stderr", "-c", configuration)
    for port in ports:
        wait_for_port(station, port)


def caddy(station, name=f"grafana.{ZONE}"):
    """A gateway with a certificate of Caddy's own authority, without HTTP/3."""
    data = station.lan.directory / f"caddy-{station.name}"
    configuration = write(station.lan, f"{data.name}.caddyfile", f"""
        {{
            admin off
            skip_install_trust
            auto_https disable_redirects
            storage file_system {data}
            servers {{
                protocols h1 h2
            }}
        }}
        http://{name}, https://{name} {{
            tls internal
            respond ok
        }}""")
    station.start("caddy", "run", "--adapter", "caddyfile", "--config", configuration)
    wait_for_port(station, 443)


def announce_like_cilium(station, vip=INTERNAL, ports=(80, 443), redirects=False):
    """The VIP is on no interface: a responder answers ARP, DNAT takes the service ports to the
    node's own server, and the kernel forwards everything else back to the LAN."""
    station.sysctl(ip_forward=1, send_redirects=int(redirects))
    for port in ports:
        station.firewall("-A", "PREROUTING", "-d", vip, "-p", "tcp", "--dport", port, "-j", "DNAT",
                         "--to-destination", f"{station.address}:{port}", table="nat")
    log = station.lan.directory / f"{station.name}.log"
    station.start(sys.executable, "-I", Path(__file__).with_name("arp_responder.py"), "eth0",
                  station.mac, vip)
    wait_until(lambda: "answering" in log.read_text(errors="replace"), "the ARP responder's start")


def zone_text(origin, records, serial, minimum):
    lines = [f"@ 60 SOA ns1.dns.{ZONE}. hostmaster.{ZONE}. {serial} 7200 1800 86400 {minimum}",
             f"@ 60 NS ns1.dns.{ZONE}."]
    if origin == ZONE:
        lines.append(f"ns1.dns 60 A {AUTHORITY}")
    # A record of another type is written out: "HTTPS 1 . alpn=h3".
    lines += [f"{name} 60 {'A ' if data[0].isdigit() else ''}{data}" for name, datas in records.items()
              for data in ([datas] if isinstance(datas, str) else datas)]
    return f"$ORIGIN {origin}.\n" + "\n".join(lines) + "\n"


class Authority:
    """Knot in the place of k8s-gateway. `records` maps the first label of a name to an address, or to records."""

    def __init__(self, lan, records, minimum=60, other_zones=(), udp_payload=1232, serves=True):
        self.station, self.lan, self.minimum, self.serial = lan.authority, lan, minimum, 1
        zones = [*([ZONE] if serves else []), *other_zones]
        self.write_zone(ZONE, records)
        for zone in other_zones:
            self.write_zone(zone, {})
        entries = "".join(f"  - domain: {zone}\n    file: {zone}.zone\n" for zone in zones)
        self.configuration = write(lan, "knot.conf", f"""
server:
    rundir: {lan.directory}
    listen: {AUTHORITY}@53
    user: root
    udp-max-payload: {udp_payload}
database:
    storage: {lan.directory}
template:
  - id: default
    storage: {lan.directory}
    zonefile-sync: -1
    journal-content: none
zone:
{entries}""")
        self.process = self.station.start("knotd", "-c", self.configuration)
        wait_for_port(self.station, 53, "udp")
        wait_until(lambda: self.control("zone-status").returncode == 0, "Knot's start")

    def write_zone(self, zone, records):
        write(self.lan, f"{zone}.zone", zone_text(zone, records, self.serial, self.minimum))

    def control(self, *words, check=False):
        return self.station.run("knotc", "-c", self.configuration, *words, check=check)

    def reload(self, records):
        """What a restart of k8s-gateway does: the zone has these records from now on."""
        self.serial += 1
        self.write_zone(ZONE, records)
        self.control("--blocking", "zone-reload", ZONE, check=True)


def dnsmasq(lan, forward=(ZONE,), *options):
    """Pi-hole's forwarder: the zones go to the authority, it knows no other server."""
    lan.resolver.start("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv",
                       "--no-hosts", "--user=root", "--pid-file=", f"--listen-address={RESOLVER}",
                       "--bind-interfaces", *(f"--server=/{zone}/{AUTHORITY}" for zone in forward), *options)
    wait_for_port(lan.resolver, 53, "udp")


def public_server(lan, *options, port=53):
    """dnsmasq beyond the router: what the Internet says about the zone."""
    lan.wan.start("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user=root", "--pid-file=",
                  f"--port={port}", f"--listen-address={WAN_HOST}", "--bind-interfaces", *options)
    wait_for_port(lan.wan, port, "udp")


def unbound(lan, *options):
    """A resolver that asks the authority for the zone, and explains its failures (RFC 8914)."""
    lines = "".join(f"  {option}\n" for option in options)
    configuration = write(lan, "unbound.conf", f"""
server:
  interface: {RESOLVER}
  access-control: 10.0.0.0/24 allow
  username: ""
  chroot: ""
  directory: "{lan.directory}"
  pidfile: "{lan.directory}/unbound.pid"
  use-syslog: no
  do-ip6: no
  module-config: "iterator"
  ede: yes
{lines}
stub-zone:
  name: {ZONE}
  stub-addr: {AUTHORITY}
remote-control:
  control-enable: no
""")
    lan.resolver.start("unbound", "-d", "-c", configuration)
    wait_for_port(lan.resolver, 53, "udp")


def avahi(station, host, service="_http._tcp", port=80):
    """Announces a host and one service of it by multicast DNS. Its fixed paths are its own: nobody else's are seen."""
    lan, name = station.lan, f"avahi-{station.name}"
    for folder in ("services", "run"):
        (lan.directory / f"{name}-{folder}").mkdir()
    configuration = write(lan, f"{name}.conf", f"""
[server]
host-name={host}
use-ipv6=no
enable-dbus=no
[publish]
publish-hinfo=no
publish-workstation=no
""")
    write(lan, f"{name}-services/web.service", f"""<?xml version="1.0"?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name>{host}</name><service><type>{service}</type><port>{port}</port><txt-record>path=/</txt-record></service></service-group>
""")
    script = (f"mkdir -p /run/avahi-daemon && mount --bind {lan.directory}/{name}-run /run/avahi-daemon && "
              f"mount --bind {lan.directory}/{name}-services /etc/avahi/services && "
              f"exec avahi-daemon --no-drop-root --no-rlimits -f {configuration}")
    return station.start("unshare", "--mount", "sh", "-c", script)


def keepalived(station, priority, vip=INTERNAL, version=3, virtual_mac=True):
    """VRRP; version 2 with a password, version 3 with the virtual MAC 00:00:5e:00:01:33 or without."""
    password = "authentication {\n auth_type PASS\n auth_pass vrrp1234\n }"
    configuration = write(station.lan, f"keepalived-{station.name}.conf", f"""
        global_defs {{
            router_id {station.name}
            vrrp_version {version}
        }}
        vrrp_instance gateway {{
            state BACKUP
            interface eth0
            {"use_vmac vrrp.51" if virtual_mac else ""}
            {password if version == 2 else ""}
            virtual_router_id 51
            priority {priority}
            advert_int 1
            virtual_ipaddress {{
                {vip}/32
            }}
        }}""")
    pid = station.lan.directory / f"keepalived-{station.name}"
    return station.start("keepalived", "--dont-fork", "--log-console", "--vrrp", "--use-file",
                         configuration, "--pid", f"{pid}.pid", "--vrrp_pid", f"{pid}-vrrp.pid")

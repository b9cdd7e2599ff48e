"""One file a protocol: how a reference table's columns are found in our output."""

from tables import arp, dns, frames, icmp, icmpv6, quic, tcp, tls, vrrp

ALL = [frames.TABLE, arp.TABLE, icmp.TABLE, icmpv6.TABLE, dns.TABLE, tcp.TABLE, tls.TABLE, quic.TABLE, vrrp.TABLE]

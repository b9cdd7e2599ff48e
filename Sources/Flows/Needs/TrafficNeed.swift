package import Site
package import Wire

/// Traffic that somebody needs to see, in libpcap's language (pcap-filter(7)): the capture filter is made of these, so that what nobody
/// needs never leaves the kernel.
///
/// Expressions are about untagged frames; `CaptureFilter` looks behind VLAN tags.
///
/// Of what can be learned without the site file, an authority alone adds to what is watched. Resolvers are seen by their DNS, whoever asks; addresses
/// that names lead to, announcers' own and routers by ARP, Neighbor Discovery, ICMP errors, and the beginnings and ends of connections, which pass
/// from everybody to everybody. Their bulk is what the filter is there to leave out.
package struct TrafficNeed: Sendable {
    /// Correlators and rules, by name.
    package var whose: String
    package var why: String
    package var expressions: @Sendable (Watched) -> [String]

    /// What a capture is about.
    package struct Watched: Hashable, Sendable {
        package var addresses: [IPAddress]
        /// UDP ports on which the VIPs may speak QUIC.
        package var quicPorts: [Port]

        package init(addresses: [IPAddress], quicPorts: [Port]) {
            self.addresses = addresses
            self.quicPorts = quicPorts
        }

        package init(site: Site) {
            addresses = site.vips.map(\.address) + [site.dns.authority].compactMap(\.self)
            quicPorts = QUICAttempts.ports(of: site)
        }
    }

    /// A new correlator or rule that needs other traffic has its line here.
    package static let all: [TrafficNeed] = [
        TrafficNeed("connections, sessions, attempts, echoes", "what the VIPs and the zones' authority send and are sent") { watched in
            watched.addresses.map { address in
                switch address {
                case .v4: "ip host \(address)"
                case .v6: "ip6 host \(address)"
                }
            }
        },
        TrafficNeed("neighbours", "announcements, and who asks in vain; also of others, for who is who") { _ in
            ["arp", "icmp6 and ip6[40] >= 133 and ip6[40] <= 137"]
        },
        TrafficNeed("virtual routers", "whose virtual address a VIP may be") { _ in ["ip proto 112", "ip6 proto 112"] },
        TrafficNeed("reachability", "errors about packets for the VIPs come from anybody") { _ in
            ["icmp and (icmp[0] = 3 or icmp[0] = 4 or icmp[0] = 5 or icmp[0] = 11 or icmp[0] = 12)", "icmp6 and ip6[40] < 128"]
        },
        TrafficNeed("transactions, DNS streams", "names, whoever asks whomever") { _ in ["udp port 53", "tcp port 53"] },
        TrafficNeed("fragments", "of DNS answers: only the first one has ports") { _ in
            ["ip proto 17 and ip[6:2] & 0x3fff != 0", "ip6[6] = 44 and ip6[40] = 17"]
        },
        TrafficNeed("attempts", "who answers for a VIP: long headers, so not the bulk") { watched in
            watched.quicPorts.map { "udp src port \($0) and (udp[8] & 0x80 != 0 or (ip6 and ip6[48] & 0x80 != 0))" }
        },
        TrafficNeed("stations", "positive controls: begin and end of others' connections show whose unicast is visible") { _ in
            ["tcp[13] & 0x07 != 0", "ip6 proto 6 and ip6[53] & 0x07 != 0"]
        },
        TrafficNeed("tunnels", "handshakes of cloudflared (7844), ambient meshes (15008) and WireGuard") { _ in
            [
                "udp port 7844 and (udp[8] & 0x80 != 0 or (ip6 and ip6[48] & 0x80 != 0))", "tcp port 15008 and tcp[13] & 0x07 != 0",
                "ip proto 17 and (udp[8:4] = 0x01000000 or udp[8:4] = 0x02000000 or udp[8:4] = 0x03000000)",
                "ip6 proto 17 and (ip6[48:4] = 0x01000000 or ip6[48:4] = 0x02000000 or ip6[48:4] = 0x03000000)",
            ]
        },
    ]

    private init(_ whose: String, _ why: String, _ expressions: @escaping @Sendable (Watched) -> [String]) {
        self.whose = whose
        self.why = why
        self.expressions = expressions
    }
}

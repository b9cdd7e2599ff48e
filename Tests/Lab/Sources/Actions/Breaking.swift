/// Faults of the network.
extension Actions {
    static let breaking: [String: Action] = [
        // Packets vanish: a match of nftables, for example "udp dport 443".
        "drop": { fields, plan in
            let (on, chain, match) = (try fields.station("on", plan), try chain(fields), try fields.text("match"))
            return { lan in try await lan[on].firewall(chain, "\(match) drop") }
        },
        // Packets are refused: "icmp port-unreachable", "icmp host-prohibited", "tcp reset".
        "reject": { fields, plan in
            let (on, chain, match, with) = (
                try fields.station("on", plan), try chain(fields), try fields.text("match"),
                try fields.text("with", or: "icmp port-unreachable")
            )
            return { lan in try await lan[on].firewall(chain, "\(match) reject with \(with)") }
        },
        // Takes back what the two before did in a chain.
        "mend": { fields, plan in
            let (on, chain) = (try fields.station("on", plan), try chain(fields))
            return { lan in try await lan[on].must("nft", "flush", "chain", "ip", "lab", chain.rawValue) }
        },
        // Connections go to one backend after the other; with masquerade, from the announcer's address (externalTrafficPolicy: Cluster).
        "balance": { fields, plan in
            let (on, vip, port) = (try fields.station("on", plan), try fields.text("vip"), try fields.integer("port", or: 443))
            let (to, masquerade) = (try fields.texts("to"), try fields.flag("masquerade"))
            return { lan in
                try await lan[on].sysctl(["ip_forward": 1])
                let choices = to.enumerated().map { "\($0.offset) : \($0.element.replacing(":", with: " . "))" }.joined(separator: ", ")
                try await lan[on].firewall(
                    .before, "ip daddr \(vip) tcp dport \(port) dnat to numgen inc mod \(to.count) map { \(choices) }")
                if masquerade { try await lan[on].firewall(.after, "ct status dnat ip saddr != \(lan[on].address) masquerade") }
            }
        },
        "mtu": { fields, plan in
            let (on, interface, mtu) = (try fields.station("on", plan), try fields.text("interface", or: "eth0"), try fields.integer("mtu"))
            return { lan in try await lan[on].must("ip", "link", "set", interface, "mtu", String(mtu)) }
        },
        "route": { fields, plan in
            let (on, to, via) = (try fields.station("on", plan), try fields.text("to"), try fields.text("via"))
            return { lan in try await lan[on].must("ip", "route", "replace", to, "via", via) }
        },
        // The address of an interface with another prefix length, as a mistaken netmask gives it.
        "prefix": { fields, plan in
            let (on, length) = (try fields.station("on", plan), try fields.integer("length"))
            return { lan in
                // The old one goes first, and takes the routes with it.
                try await lan[on].must("ip", "address", "flush", "dev", "eth0")
                try await lan[on].must("ip", "address", "add", "\(lan[on].address)/\(length)", "brd", "+", "dev", "eth0")
                if let gateway = plan.stations.first(where: { $0.name == on })?.gateway {
                    try await lan[on].must("ip", "route", "replace", "default", "via", gateway)
                }
            }
        },
        "sysctl": { fields, plan in
            let on = try fields.station("on", plan)
            let settings = try fields.singlePairs("set").map { name, value in
                guard let number = Int(value) else { throw fields.error("expected a number for \(name)", at: "set") }
                return (name, number)
            }
            return { lan in
                for (name, value) in settings {
                    if name.contains(".") {
                        try await lan[on].must("sysctl", "-qw", "\(name)=\(value)")
                    } else {
                        try await lan[on].sysctl([name: value])
                    }
                }
            }
        },
        // An uplink that is narrower than what is sent over it: a queue.
        "throttle": { fields, plan in
            let (on, interface) = (try fields.station("on", plan), try fields.text("interface", or: "eth0"))
            let (rate, queue) = (try fields.text("rate"), try fields.text("queue", or: "60k"))
            return { lan in
                try await lan[on].must("tc", "qdisc", "add", "dev", interface, "root", "tbf", "rate", rate, "burst", "3k", "limit", queue)
            }
        },
    ]

    private static func chain(_ fields: Fields) throws -> Station.Chain { try fields.choice("chain", or: .in) }
}

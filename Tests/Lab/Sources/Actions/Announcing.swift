/// Who holds and announces a VIP.
extension Actions {
    static let announcing: [String: Action] = [
        // The address on the interface: the kernel answers ARP for it and announces nothing.
        "hold": { fields, plan in
            let (on, vip) = (try fields.station("on", plan), try fields.text("vip"))
            return { lan in try await lan[on].must("ip", "address", "add", "\(vip)/32", "dev", "eth0") }
        },
        "release": { fields, plan in
            let (on, vip) = (try fields.station("on", plan), try fields.text("vip"))
            return { lan in try await lan[on].must("ip", "address", "del", "\(vip)/32", "dev", "eth0") }
        },
        // Gratuitous ARP, one a second, while the scenario goes on.
        "announce": { fields, plan in
            let (on, vip, count) = (try fields.station("on", plan), try fields.text("vip"), try fields.integer("count", or: 2))
            let form: GratuitousForm = try fields.choice("as", or: .request)
            return { lan in
                try await lan.start(["arping", form == .request ? "-U" : "-A", "-c", String(count), "-I", "eth0", vip], on: lan[on])
            }
        },
        // Claims of the same address in another VLAN, one a second, while the scenario goes on: another network's, whose frames pass the
        // same ports with a tag.
        "announce_tagged": { fields, plan in
            let (on, vip, count) = (try fields.station("on", plan), try fields.text("vip"), try fields.integer("count", or: 5))
            let vlan = try fields.integer("vlan", or: 20)
            return { lan in
                let script = Peers.script("tagged_arp.py")
                try await lan.start(
                    ["/usr/bin/python3", "-I", script, "eth0", lan[on].mac, vip, String(vlan), String(count)], on: lan[on])
            }
        },
        // The address leaves one node for another, which says so by gratuitous ARP or does not.
        "move": { fields, plan in
            let (vip, from, to) = (try fields.text("vip"), try fields.station("from", plan), try fields.station("to", plan))
            let (announced, gap) = (try fields.flag("announced", or: true), try fields.number("gap", or: 0))
            return { lan in
                try await lan[from].must("ip", "address", "del", "\(vip)/32", "dev", "eth0")
                if gap > 0 { try await Task.sleep(for: .seconds(gap)) }
                try await lan[to].must("ip", "address", "add", "\(vip)/32", "dev", "eth0")
                guard announced else { return }
                try await lan.start(["arping", "-U", "-c", "2", "-I", "eth0", vip], on: lan[to])
                try await Task.sleep(for: .milliseconds(300))
            }
        },
        // A responder as Cilium's and MetalLB's, with DNAT for the served ports.
        "respond": { fields, plan in
            let on = try fields.station("on", plan)
            let responder = Responder(
                vip: try fields.text("vip"), tcp: try fields.integers("tcp", or: [80, 443]), udp: try fields.integers("udp", or: []),
                to: fields.has("to") ? try fields.text("to") : nil, redirects: try fields.flag("redirects"))
            return { lan in try await responder.start(lan, on: lan[on]) }
        },
        "vrrp": { fields, plan in
            let on = try fields.station("on", plan)
            let daemon = Keepalived(
                vip: try fields.text("vip"), priority: try fields.integer("priority"), version: try fields.integer("version", or: 3),
                virtualMAC: try fields.flag("virtual_mac"))
            return { lan in try await daemon.start(lan, on: lan[on]) }
        },
        "wait_until_held": { fields, plan in
            let (on, vip) = (try fields.station("on", plan), try fields.text("vip"))
            return { lan in
                try await Shell.waitUntil("\(on) holding \(vip)") {
                    try await lan[on].must("ip", "-4", "-br", "address").contains("\(vip)/")
                }
            }
        },
        // Empties neighbour tables, so that the next packet to anybody begins with ARP.
        "forget": { fields, plan in
            let on = try fields.station("on", plan)
            return { lan in try await lan[on].must("ip", "neighbour", "flush", "all") }
        },
        "link": { fields, plan in
            let (on, up) = (try fields.station("on", plan), try fields.flag("up"))
            return { lan in try await lan[on].must("ip", "link", "set", "eth0", up ? "up" : "down") }
        },
        // Addresses of IPv6 beside those of IPv4, with the same last number: fd00:10::20 for 10.0.0.20.
        "ipv6": { fields, plan in
            let (names, prefix) = (try fields.texts("on"), try fields.text("prefix"))
            return { lan in
                for station in names.compactMap({ lan.stations[$0] }) {
                    // Duplicate address detection would only hold up the preparation.
                    let settings = ["disable_ipv6=0", "accept_dad=0", "accept_ra=0", "router_solicitations=0"].flatMap { setting in
                        ["all", "default", "eth0"].map { "net.ipv6.conf.\($0).\(setting)" }
                    }
                    try await Shell.must(station.words(["sysctl", "-qew"] + settings))
                    let last = station.address.split(separator: ".").last ?? ""
                    try await station.must("ip", "-6", "address", "add", "\(prefix)\(last)/64", "dev", "eth0", "nodad")
                }
            }
        },
        // A second interface of the same station on the first segment, with an address of its own.
        "second_interface": { fields, plan in
            let (on, mac, address) = (try fields.station("on", plan), try fields.text("mac"), try fields.text("address"))
            return { lan in
                try await Shell.must([
                    "ip", "-n", lan.switchNamespace, "link", "add", "\(on).x", "type", "veth", "peer", "name", "second",
                    "address", mac, "netns", lan[on].namespace,
                ])
                try await Shell.must([
                    "ip", "-n", lan.switchNamespace, "link", "set", "\(on).x", "master", LAN.bridge(plan.segments[0]), "up",
                ])
                try await lan[on].must("ip", "address", "add", address, "dev", "second")
                try await lan[on].must("ip", "link", "set", "second", "up")
            }
        },
    ]
}

private enum GratuitousForm: String, CaseIterable { case request, reply }

import Site
import Wire

/// Turns YAML values into the site, collecting what is wrong on the way.
///
/// A value that is wrong leaves its place empty, so that the rest is read and its errors are told, too.
struct SiteReader {
    var problems: Problems
    private var vipAddresses = Unique<IPAddress>()
    private var nodeNames = Unique<String>()
    private var nodeAddresses = Unique<IPAddress>()
    private var nodeMACs = Unique<MACAddress>()

    init(_ problems: Problems) { self.problems = problems }

    mutating func site(_ value: YAMLValue) -> Site {
        var site = Site()
        guard !value.isNull, let keys = keys(of: value, ["site", "vips", "nodes", "dns", "networks", "thresholds"]) else { return site }
        site.name = keys["site"].flatMap { name($0) }
        site.vips = list(keys["vips"], of: "VIPs") { $0.vip($1) }
        site.nodes = list(keys["nodes"], of: "nodes") { $0.node($1) }
        if let value = keys["dns"] { site.dns = dns(value) }
        if let value = keys["networks"] { site.networks = networks(value) }
        if let value = keys["thresholds"] { site.thresholds = thresholds(value) }
        return site
    }

    private mutating func vip(_ value: YAMLValue) -> VIP? {
        guard let keys = keys(of: value, ["address", "name", "services", "http3", "names"], required: "address") else { return nil }
        let address = keys["address"].flatMap { vipAddress($0) }
        var vip = VIP(address: address ?? .v4(.any))
        vip.name = keys["name"].flatMap { name($0) }
        vip.services = list(keys["services"], of: "services") { $0.service($1) }
        vip.http3 = keys["http3"].flatMap { flag($0) }
        vip.names = list(keys["names"], of: "names") { $0.pattern($1) }
        return address == nil ? nil : vip
    }

    private mutating func vipAddress(_ value: YAMLValue) -> IPAddress? {
        guard let address = hostAddress(value) else { return nil }
        return vipAddresses.insert(address, at: value, &problems)
    }

    private mutating func node(_ value: YAMLValue) -> Node? {
        guard let keys = keys(of: value, ["name", "address", "mac", "role"], required: "name") else { return nil }
        let name = keys["name"].flatMap { nodeName($0) }
        var node = Node(name: name ?? "")
        node.address = keys["address"].flatMap { nodeAddress($0) }
        if let value = keys["mac"] {
            node.macs = value.scalar == nil ? list(value, of: "MAC addresses") { $0.nodeMAC($1) } : nodeMAC(value).map { [$0] } ?? []
        }
        node.role = keys["role"].flatMap { role($0) }
        return name == nil ? nil : node
    }

    private mutating func nodeName(_ value: YAMLValue) -> String? {
        guard let name = name(value) else { return nil }
        return nodeNames.insert(name, at: value, &problems)
    }

    private mutating func nodeAddress(_ value: YAMLValue) -> IPAddress? {
        guard let address = hostAddress(value) else { return nil }
        return nodeAddresses.insert(address, at: value, &problems)
    }

    private mutating func nodeMAC(_ value: YAMLValue) -> MACAddress? {
        guard let mac = mac(value) else { return nil }
        return nodeMACs.insert(mac, at: value, &problems)
    }

    private mutating func dns(_ value: YAMLValue) -> Site.DNS {
        var dns = Site.DNS()
        guard let keys = keys(of: value, ["zones", "authority", "resolvers", "public"]) else { return dns }
        dns.zones = list(keys["zones"], of: "zones") { $0.zone($1) }
        dns.authority = keys["authority"].flatMap { hostAddress($0) }
        dns.resolvers = list(keys["resolvers"], of: "addresses") { $0.hostAddress($1) }
        dns.public = list(keys["public"], of: "addresses") { $0.hostAddress($1) }
        return dns
    }

    private mutating func networks(_ value: YAMLValue) -> Site.Networks {
        var networks = Site.Networks()
        guard let keys = keys(of: value, ["lan", "pods", "apart"]) else { return networks }
        networks.lan = list(keys["lan"], of: "prefixes") { $0.prefix($1) }
        networks.pods = list(keys["pods"], of: "prefixes") { $0.prefix($1) }
        networks.apart = list(keys["apart"], of: "pairs of prefixes") { $0.pair($1) }
        return networks
    }

    private mutating func thresholds(_ value: YAMLValue) -> Thresholds {
        var thresholds = Thresholds()
        let names = Thresholds.durations.map(\.name) + Thresholds.counts.map(\.name)
        guard let keys = keys(of: value, names) else { return thresholds }
        for (name, path) in Thresholds.durations {
            if let interval = keys[name].flatMap({ duration($0) }) { thresholds[keyPath: path] = interval }
        }
        for (name, path) in Thresholds.counts {
            if let count = keys[name].flatMap({ count($0) }) { thresholds[keyPath: path] = count }
        }
        return thresholds
    }

    private mutating func pair(_ value: YAMLValue) -> Site.Pair? {
        guard value.isList, value.count == 2 else {
            let found = value.isList ? "a list of \(value.count)" : value.kind
            problems.add("expected a pair of prefixes, found \(found); write [10.11.0.0/16, 10.12.0.0/16]", at: value)
            return nil
        }
        let prefixes = list(value, of: "prefixes") { $0.prefix($1) }
        guard prefixes.count == 2 else { return nil }
        let (one, other) = (prefixes[0], prefixes[1])
        guard !one.contains(other.address), !other.contains(one.address) else {
            problems.add("\(one) and \(other) overlap; networks that must not reach each other have no address in common", at: value)
            return nil
        }
        return Site.Pair(one: one, other: other)
    }
}

/// Values of which a site has each only once, with the places where they stand.
private struct Unique<Value: Hashable & CustomStringConvertible> {
    private var first: [Value: YAMLValue] = [:]

    /// The value, or nil, after an error, where it was given before.
    mutating func insert(_ value: Value, at place: YAMLValue, _ problems: inout Problems) -> Value? {
        if let before = first[value] {
            let line = before.position.map { " in line \($0.line)" } ?? ""
            problems.add("\(value.description.quoted) is already \(before.path)\(line); give each only once", at: place)
            return nil
        }
        first[value] = place
        return value
    }
}

package import Site
import Wire

extension SiteFile {
    /// The YAML that reads as this site. Thresholds that are as they always are stay out.
    package static func text(of site: Site) -> String {
        var lines: [String] = []
        if let name = site.name { lines.append("site: \(name.inYAML)") }
        section("vips", site.vips.map(mapping), &lines)
        section("nodes", site.nodes.map(mapping), &lines)
        let dns = site.dns
        keys(
            "dns",
            [
                ("zones", list(dns.zones)), ("authority", dns.authority?.description.inYAML), ("resolvers", list(dns.resolvers)),
                ("public", list(dns.public)),
            ], &lines)
        let networks = site.networks
        let apart = networks.apart.map { "[\($0.one.description.inYAML), \($0.other.description.inYAML)]" }.joined(separator: ", ")
        keys(
            "networks", [("lan", list(networks.lan)), ("pods", list(networks.pods)), ("apart", apart.isEmpty ? nil : "[\(apart)]")], &lines)
        keys("thresholds", thresholds(site.thresholds), &lines)
        return lines.map { $0 + "\n" }.joined()
    }

    private static func mapping(_ vip: VIP) -> [(String, String?)] {
        [
            ("address", vip.address.description.inYAML), ("name", vip.name?.inYAML), ("services", list(vip.services)),
            ("http3", vip.http3?.description), ("names", list(vip.names)),
        ]
    }

    private static func mapping(_ node: Node) -> [(String, String?)] {
        [
            ("name", node.name.inYAML), ("address", node.address?.description.inYAML), ("mac", list(node.macs)),
            ("role", node.role?.rawValue.inYAML),
        ]
    }

    private static func thresholds(_ thresholds: Thresholds) -> [(String, String?)] {
        let usual = Thresholds()
        let durations = Thresholds.durations.map { name, path in
            let value = thresholds[keyPath: path]
            return (name, value == usual[keyPath: path] ? nil : "\(Double(value.nanoseconds) / 1e6)ms")
        }
        let counts = Thresholds.counts.map { name, path in
            let value = thresholds[keyPath: path]
            return (name, value == usual[keyPath: path] ? nil : "\(value)")
        }
        return durations + counts
    }

    // MARK: YAML

    private static func list(_ values: [some CustomStringConvertible]) -> String? {
        values.isEmpty ? nil : "[\(values.map(\.description.inYAML).joined(separator: ", "))]"
    }

    private static func section(_ key: String, _ mappings: [[(String, String?)]], _ lines: inout [String]) {
        if mappings.isEmpty { return }
        lines.append("\(key):")
        for mapping in mappings {
            lines.append("  - { \(mapping.compactMap { key, value in value.map { "\(key): \($0)" } }.joined(separator: ", ")) }")
        }
    }

    private static func keys(_ key: String, _ values: [(String, String?)], _ lines: inout [String]) {
        let there = values.compactMap { key, value in value.map { "  \(key): \($0)" } }
        if there.isEmpty { return }
        lines.append("\(key):")
        lines += there
    }
}

extension String {
    /// As a scalar that is no number, date or word of YAML's.
    fileprivate var inYAML: String {
        let escaped = unicodeScalars.map { scalar in scalar == "\"" || scalar == "\\" ? "\\\(scalar)" : "\(scalar)" }.joined()
        return "\"\(escaped)\""
    }
}

package import Site
package import Wire

/// What the operator asked to see: the VIPs, their names and their resolvers, or everything.
package struct Scope: Sendable {
    /// Addresses whose packets are followed: the VIPs and the zones' authority.
    package let watched: [IPAddress]
    package let vips: [IPAddress]
    /// Every flow is reported.
    package let everything: Bool

    package init(site: Site, everything: Bool) {
        let vips = site.vips.map(\.address)
        self.vips = vips
        watched = vips + [site.dns.authority].compactMap(\.self).filter { !vips.contains($0) }
        self.everything = everything || site.vips.isEmpty
    }

    @inline(__always)
    package func follows(_ address: IPAddress) -> Bool { everything || watched.contains(address) }

    @inline(__always)
    package func follows(_ one: IPAddress, _ other: IPAddress) -> Bool {
        everything || watched.contains(one) || watched.contains(other)
    }

    package func isVIP(_ address: IPAddress) -> Bool { vips.contains(address) }
}

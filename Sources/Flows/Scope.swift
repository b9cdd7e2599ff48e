package import Site
package import Wire

/// What the operator asked to see: the VIPs, their names and their resolvers, or everything.
package struct Scope: Sendable {
    package let vips: [IPAddress]
    /// Every flow is reported.
    package let everything: Bool
    private let watchedVIPs: AddressList
    /// Addresses whose packets are followed: the VIPs and the zones' authority.
    private var watched: AddressList
    /// Addresses that the operator did not name, and traffic did: a zone's authority. The capture filter is made anew for each.
    package private(set) var learned: [IPAddress] = []
    private let apart: [Site.Pair]
    private let lan: [IPPrefix]

    package init(site: Site, everything: Bool) {
        vips = site.vips.map(\.address)
        watchedVIPs = AddressList(vips)
        watched = AddressList(vips + [site.dns.authority].compactMap(\.self))
        apart = site.networks.apart
        lan = site.networks.lan
        self.everything = everything || site.vips.isEmpty
    }

    @inline(__always)
    package func follows(_ address: IPAddress) -> Bool { everything || watched.contains(address) }

    @inline(__always)
    package func follows(_ one: IPAddress, _ other: IPAddress) -> Bool {
        everything || watched.contains(one) || watched.contains(other) || (!apart.isEmpty && isApart(one, other))
    }

    /// The two are in networks that must not reach each other.
    package func isApart(_ one: IPAddress, _ other: IPAddress) -> Bool {
        for index in apart.indices {
            if apart[index].one.contains(one) && apart[index].other.contains(other) { return true }
            if apart[index].one.contains(other) && apart[index].other.contains(one) { return true }
        }
        return false
    }

    /// A station of the LAN looks for an address beside it that no prefix of the LAN holds. Link-local addresses are everybody's (RFC 3927).
    func isForeign(_ target: IPAddress, to asker: IPAddress) -> Bool {
        guard !lan.isEmpty, case .v4(let address) = target, address.rawValue >> 16 != 0xa9fe else { return false }
        return lan.contains { $0.contains(asker) } && !lan.contains { $0.contains(target) }
    }

    @inline(__always)
    package func isVIP(_ address: IPAddress) -> Bool { watchedVIPs.contains(address) }

    /// A network has one or two authorities; whoever invents more is not followed.
    package static let mostLearned = 8

    /// From now on this address is followed, too.
    mutating func learn(_ address: IPAddress) {
        guard !watched.contains(address), learned.count < Self.mostLearned else { return }
        learned.append(address)
        watched.append(address)
    }
}

/// A few addresses, looked through for every packet: a scan of plain words is quicker than a hash.
private struct AddressList: Sendable {
    private var v4: [UInt32] = []
    private var v6: [IPv6Address] = []

    init(_ addresses: [IPAddress]) { for address in addresses { append(address) } }

    mutating func append(_ address: IPAddress) {
        switch address {
        case .v4(let address): v4.append(address.rawValue)
        case .v6(let address): v6.append(address)
        }
    }

    @inline(__always)
    func contains(_ address: IPAddress) -> Bool {
        switch address {
        case .v4(let address):
            for index in v4.indices where v4[index] == address.rawValue { return true }
        case .v6(let address):
            for index in v6.indices where v6[index] == address { return true }
        }
        return false
    }
}

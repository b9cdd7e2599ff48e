package import Site
package import Wire

/// What the operator asked to see: the VIPs, their names and their resolvers, or everything.
package struct Scope: Sendable {
    package let vips: [IPAddress]
    /// Every flow is reported.
    package let everything: Bool
    private let watchedVIPs: AddressList
    /// Addresses whose packets are followed: the VIPs and the zones' authority.
    private let watched: AddressList

    package init(site: Site, everything: Bool) {
        vips = site.vips.map(\.address)
        watchedVIPs = AddressList(vips)
        watched = AddressList(vips + [site.dns.authority].compactMap(\.self))
        self.everything = everything || site.vips.isEmpty
    }

    package func follows(_ address: IPAddress) -> Bool { everything || watched.contains(address) }

    package func follows(_ one: IPAddress, _ other: IPAddress) -> Bool {
        everything || watched.contains(one) || watched.contains(other)
    }

    package func isVIP(_ address: IPAddress) -> Bool { watchedVIPs.contains(address) }
}

/// A few addresses, looked through for every packet: a scan of plain words is quicker than a hash.
private struct AddressList: Sendable {
    private var v4: [UInt32] = []
    private var v6: [IPv6Address] = []

    init(_ addresses: [IPAddress]) {
        for address in addresses {
            switch address {
            case .v4(let address): v4.append(address.rawValue)
            case .v6(let address): v6.append(address)
            }
        }
    }

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

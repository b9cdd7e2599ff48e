package import Site
package import Wire

extension Anonymizer {
    /// What the operator knows, about the network as it is afterwards.
    package func rewrite(_ site: Site) -> Site { SiteEditor(names: names, addresses: addresses).rewrite(site) }
    package func rewrite(_ name: DNSName) -> DNSName { SiteEditor(names: names, addresses: addresses).rewrite(name) }
    package func rewrite(_ address: IPAddress) -> IPAddress { addresses(address) }
    package func rewrite(_ address: MACAddress) -> MACAddress { addresses(address) }
    package func rewrite(_ text: String) -> String { names.text(text, addresses) }
}

private struct SiteEditor {
    let names: NameMap
    let addresses: AddressMap

    func rewrite(_ site: Site) -> Site {
        var site = site
        site.name = site.name.map { names.text($0, addresses) }
        for index in site.vips.indices {
            site.vips[index].address = addresses(site.vips[index].address)
            site.vips[index].name = site.vips[index].name.map { names.text($0, addresses) }
            site.vips[index].names = site.vips[index].names.map { pattern in
                NamePattern((pattern.isWildcard ? "*." : "") + rewrite(pattern.name).description) ?? pattern
            }
        }
        for index in site.nodes.indices {
            site.nodes[index].name = names.text(site.nodes[index].name, addresses)
            site.nodes[index].address = site.nodes[index].address.map { addresses($0) }
            site.nodes[index].macs = site.nodes[index].macs.map { addresses($0) }
        }
        site.dns.zones = site.dns.zones.map { rewrite($0) }
        site.dns.authority = site.dns.authority.map { addresses($0) }
        site.dns.resolvers = site.dns.resolvers.map { addresses($0) }
        site.dns.public = site.dns.public.map { addresses($0) }
        site.networks.lan = site.networks.lan.map { addresses($0) }
        site.networks.pods = site.networks.pods.map { addresses($0) }
        site.networks.apart = site.networks.apart.map { Site.Pair(one: addresses($0.one), other: addresses($0.other)) }
        return site
    }

    func rewrite(_ name: DNSName) -> DNSName {
        var labels: [[UInt8]] = []
        var index = 0
        while index < name.octets.count, name.octets[index] != 0 {
            let end = min(name.octets.count, index + 1 + Int(name.octets[index]))
            labels.append(Array(name.octets[index + 1..<end]))
            index = end
        }
        var octets: [UInt8] = []
        for label in names(labels, addresses) { octets += [UInt8(truncatingIfNeeded: label.count)] + label }
        octets.append(0)
        var offset = 0
        return (try? DNSNameBuffer(decoding: octets.span, at: &offset))?.name ?? name
    }
}

package import Flows
import Site
import Wire

/// A client of the LAN goes out to reach what is inside.
///
/// *Means*: DNS gives it a name's public address, so its packets leave for the provider and come back through a tunnel or a port forwarding.
/// *Proven by*: an answer with a public address for a name of the zone, and then a SYN to that address by whoever was told it.
/// *Looks the same*: a host that nobody told: the address may serve other names, too.
package struct HairpinRule: Rule {
    package static let label = Label.hairpinThroughPublic
    package static let kinds: FlowEvent.Kinds = .sighting

    package static let explanation = Explanation(
        severity: .warning,
        title: "A client of the LAN reaches an internal name through the Internet",
        meaning: """
            A client asks for a name of the zone, gets a public address, and connects there. Its traffic leaves the house and comes back through the \
            provider's tunnel: slower, metered, and gone when the uplink is. The name exists outside only, or the LAN's resolver does not know it.
            """,
        proof:
            "An answer that gives a client of the LAN a public address for a name of the zone, and a SYN from that client to that address.",
        lookAlikes: [
            "A client that was not told: large providers serve many names from one address.",
            "Names of other zones, and a zone that is only inferred.",
        ],
        remedy: [
            "dig {name}   # on the client: a public address",
            "kubectl get httproute -A | grep {name}   # attach the route to the internal gateway, too, so that the authority knows it",
        ])

    /// More names than this are one reason.
    static let mostNames = 64

    private var names = FirstFew<DNSName>(limit: mostNames)

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .sighting(let sighting) = event, sighting.kind == .publicAddress, let told = sighting.name,
            told.client == sighting.client.address, isOfLAN(told.client, known),
            known.site.dns.zones.contains(where: { told.name.isWithin($0) })
        else { return }
        let subject = Finding.Subject(name: told.name.lowercased)
        if sighting.answer != nil || book.countAgain(Self.label, subject, at: sighting.last.time) || !names.admits(told.name) { return }
        let (client, server) = (sighting.client.address, sighting.server)
        var finding = Finding(
            Self.label, .warning, subject, .proven, at: sighting.last.time,
            summary:
                "\(known.name(client)) reaches \(told.name) through the Internet: it was told \(server.address) and connects to it on TCP "
                + "\(server.port) \(Text.duration(sighting.first.time - told.answer.time)) later",
            evidence: [
                Evidence(told.answer, "\(client) is told that \(told.name) is at \(server.address)"),
                Evidence(sighting.first, "SYN of \(client) to \(server.address):\(server.port)"),
            ])
        finding.ruledOut = [Exclusion("other-name", because: "the client itself was told this address for this name")]
        finding.remedy = Self.explanation.remedy(["name": told.name.description])
        book.state(finding, at: sighting.last.time)
    }

    private func isOfLAN(_ client: IPAddress, _ known: Knowledge) -> Bool {
        let lan = known.site.networks.lan
        return lan.isEmpty ? client.isPrivate : lan.contains { $0.contains(client) }
    }
}

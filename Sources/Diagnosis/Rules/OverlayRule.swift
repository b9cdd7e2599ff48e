package import Flows
import Wire

/// A WireGuard overlay is at work.
///
/// *Means*: nothing is wrong; what it carries cannot be read here.
/// *Proven by*: a handshake initiation, and the response that names its index.
/// *Looks the same*: datagrams of those lengths that are something else; initiations that nobody answers.
package struct OverlayRule: Rule {
    package static let label = Label.overlayWireGuard
    package static let kinds: FlowEvent.Kinds = .sighting

    package static let explanation = Explanation(
        severity: .info,
        title: "A WireGuard overlay is at work",
        meaning: """
            Two hosts keep a WireGuard tunnel (Tailscale's is one, mostly on UDP 41641). Clients that reach a VIP through it appear with the overlay \
            router's address, or are not seen here at all, and ARP says nothing about them.
            """,
        proof: "A handshake initiation (148 octets, type 1) and a response (92 octets, type 2) that carries the initiation's index.",
        lookAlikes: [
            "Datagrams of the same lengths that are no WireGuard: their indexes do not fit together.",
            "Initiations that nobody answers: a peer that is off.",
        ],
        remedy: ["wg show   # or tailscale status, on one of the two: peers and their last handshakes"])

    /// More hosts than this are one overlay.
    static let mostClients = 16

    private var clients = FirstFew<IPAddress>(limit: mostClients)

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .sighting(let sighting) = event, sighting.kind == .wireguard, let answer = sighting.answer else { return }
        let subject = Finding.Subject(client: sighting.client.address)
        if book.countAgain(Self.label, subject, at: answer.time) || !clients.admits(sighting.client.address) { return }
        let isTailscale = [sighting.client.port, sighting.server.port].contains(Self.tailscale)
        let (client, server) = (known.name(sighting.client.address), known.name(sighting.server.address))
        var finding = Finding(
            Self.label, .info, subject, .proven, at: answer.time,
            summary:
                "\(client) and \(server) keep a WireGuard tunnel on UDP \(sighting.server.port)\(isTailscale ? ", Tailscale's port" : ""): the response "
                + "comes \(Text.duration(answer.time - sighting.first.time)) after the initiation",
            evidence: [
                Evidence(sighting.first, "handshake initiation"), Evidence(answer, "handshake response with the initiation's index"),
            ])
        finding.ruledOut = [Exclusion("chance", because: "the response carries the initiation's index")]
        finding.remedy = Self.explanation.remedy
        book.state(finding, at: answer.time)
    }

    private static let tailscale = Port(rawValue: 41_641)
}

package import Flows
import Site
import Wire

/// An ambient mesh is at work.
///
/// *Means*: nothing is wrong; traffic between pods is inside mutual TLS and cannot be read here.
/// *Proven by*: a TCP handshake on port 15008 between nodes or pods.
/// *Looks the same*: a service that listens on that port by chance.
package struct MeshRule: Rule {
    package static let label = Label.meshHBONE
    package static let kinds: FlowEvent.Kinds = .sighting

    package static let explanation = Explanation(
        severity: .info,
        title: "Traffic between pods goes through a mesh",
        meaning: """
            Istio's ambient mode carries connections between pods inside HBONE, HTTP/2 CONNECT over mutual TLS on TCP 15008. What they hold cannot be \
            read here, and a backend's failure shows at the gateway alone.
            """,
        proof:
            "A SYN to TCP 15008 and its SYN-ACK, both ends being nodes or pods as the site file lists them, or private addresses without one.",
        lookAlikes: ["A service that listens on TCP 15008 by chance, outside nodes and pods."],
        remedy: ["istioctl ztunnel-config workloads   # who is in the mesh?"])

    /// More hosts than this are one mesh.
    static let mostClients = 16

    private var clients = FirstFew<IPAddress>(limit: mostClients)

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .sighting(let sighting) = event, sighting.kind == .mesh, let answer = sighting.answer,
            isOfCluster(sighting.client.address, known), isOfCluster(sighting.server.address, known)
        else { return }
        let subject = Finding.Subject(client: sighting.client.address)
        if book.countAgain(Self.label, subject, at: answer.time) || !clients.admits(sighting.client.address) { return }
        let (client, server) = (known.name(sighting.client.address), known.name(sighting.server.address))
        var finding = Finding(
            Self.label, .info, subject, .proven, at: answer.time,
            summary: "\(client) speaks HBONE with \(server): TCP 15008 answers after \(Text.duration(answer.time - sighting.first.time))",
            evidence: [Evidence(sighting.first, "SYN to \(sighting.server.address):15008"), Evidence(answer, "SYN-ACK")])
        finding.ruledOut = [Exclusion("service-on-that-port", because: "both ends are the cluster's")]
        finding.remedy = Self.explanation.remedy
        book.state(finding, at: answer.time)
    }

    private func isOfCluster(_ address: IPAddress, _ known: Knowledge) -> Bool {
        if known.site.nodes.isEmpty && known.site.networks.pods.isEmpty { return address.isPrivate }
        return known.site.node(address) != nil || known.site.networks.pods.contains { $0.contains(address) }
    }
}

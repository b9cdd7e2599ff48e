package import Flows
import Site
import Wire

/// The VIP's answers come from another station than its announcer: direct server return.
///
/// *Means*: nothing is wrong. Whoever looks at the announcer alone sees half of each connection.
/// *Proven by*: connections that work, whose frames go to the MAC that answers ARP and come from another one, of another node.
/// *Looks the same*: two announcers (a second claim); two interfaces of one node; VRRP's virtual MACs; a host that is no node.
package struct AsymmetricReplyRule: Rule {
    package static let label = Label.dsrAsymmetricReply
    package static let kinds: FlowEvent.Kinds = .tcp

    package static let explanation = Explanation(
        severity: .info,
        title: "The VIP's answers come from another node",
        meaning: """
            Clients send to the announcer, and a backend on another node answers them directly (direct server return). That is how Cilium's DSR mode \
            and others work. A capture on the announcer does not show the answers, and a stateful firewall between client and VIP sees half.
            """,
        proof: """
            A completed handshake whose SYN went to the MAC that answers ARP or Neighbor Discovery for the VIP and whose SYN-ACK came from \
            the MAC of another node that does not claim the VIP. Without a list of nodes it is likely, unless the forwarded copy of a \
            packet was seen.
            """,
        lookAlikes: [
            "Two announcers: the other MAC claims the VIP, too.", "Two interfaces of one node, and VRRP's virtual MACs.",
            "A host that is no node and answers in the VIP's name.",
        ],
        remedy: ["kubectl -n kube-system get cm cilium-config -o yaml | grep -E 'mode|dsr'   # is it meant to be so?"])

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .tcp(let connection, .established) = event, let near = connection.nextHopMAC, let far = connection.responderMAC,
            near != far || book.isOpen(Self.label, vip: connection.responder.address),
            let record = known.vips[connection.responder.address],
            let synACK = connection.synACK
        else { return }
        let subject = Finding.Subject(vip: connection.responder.address)
        guard near != far else {
            return book.resolve(
                Self.label, subject, at: connection.time, because: Evidence(synACK, "the announcer \(near) answers itself"))
        }
        if book.countAgain(Self.label, subject, at: connection.time) { return }
        guard let answer = record.answers[near], record.answers[far] == nil, record.lastClaim?.station.mac != far,
            !known.isOneStation(Station(mac: near), Station(mac: far)), known.site.nodes.isEmpty || known.site.node(far) != nil,
            let syn = connection.syns.last
        else { return }
        let (vip, port) = (connection.responder.address, connection.responder.port)
        var finding = Finding(
            Self.label, .info, subject, known.site.node(far) != nil || connection.hops > 0 ? .proven : .likely, at: connection.time,
            summary: "\(known.name(vip)) answers directly from another station: the SYN of \(connection.originator.address):"
                + "\(connection.originator.port) to TCP \(port) goes to \(known.name(answer.station)), which answers \(vip.resolution), and its "
                + "SYN-ACK comes from \(known.name(Station(mac: far))) after \(Text.duration(synACK.time - syn.time))",
            evidence: [
                Evidence(answer.frame, "\(answer.means.words): \(vip) is at \(near)"), Evidence(syn, "SYN to \(near)"),
                Evidence(synACK, "SYN-ACK from \(far)"),
            ])
        finding.ruledOut = [Exclusion("duplicate-announcers", because: "\(far) does not claim the VIP")]
        finding.remedy = Self.explanation.remedy
        book.state(finding, at: connection.time)
    }
}

package import Flows
import Site
import Wire

/// Two networks should be apart and are not.
///
/// *Means*: a route or a missing filter lets one cluster reach the other.
/// *Proven by*: an answer between networks that the site file keeps apart: a completed handshake or an echo reply.
/// *Looks the same*: a reset or an ICMP error, which a packet filter sends.
package struct CrossClusterOpenRule: Rule {
    package static let label = Label.crossClusterOpen
    package static let kinds: FlowEvent.Kinds = [.tcp, .echo, .icmpError]
    package static let considersOthers = true

    package static let explanation = Explanation(
        severity: .warning,
        title: "Networks that should be apart reach each other",
        meaning: """
            A host of one network was answered by one of another that the site file keeps apart from it. A route between the two exists, and no \
            filter stops it: staging can reach production, or the other way round.
            """,
        proof: "A TCP handshake that completes, or an echo reply, between two networks that the site file keeps apart.",
        lookAlikes: [
            "A reset or an ICMP error, which a packet filter sends in the host's name.",
            "Packets that nobody answers: then the networks are apart.",
        ],
        remedy: [
            "ip route get {server} from {client} iif eth0   # on the router: why does it forward?",
            "nft list ruleset | grep -n forward   # or iptables -S FORWARD: which rule should stop it?",
        ])

    /// Of each sender, the last destination that answered.
    private var destinations = Recent<IPAddress, IPAddress>(limit: 64)

    /// More senders than this are a scan.
    static let mostSenders = 64

    private var senders = FirstFew<IPAddress>(limit: mostSenders)

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard let crossing = Crossing(event, known), let networks = known.apart(crossing.source, crossing.destination) else { return }
        let fate: String
        switch crossing.fate {
        case .rejected(let how), .silent(let how):
            guard destinations[crossing.source] == crossing.destination else { return }
            destinations[crossing.source] = nil
            book.resolve(
                Self.label, crossing.subject, at: crossing.time,
                because: Evidence(crossing.evidence[0].frame, "\(crossing.destination) is not reached any more: \(how)"))
            return
        case .answered(let how): fate = how
        }
        destinations[crossing.source] = crossing.destination
        if book.countAgain(Self.label, crossing.subject, at: crossing.time) || !senders.admits(crossing.source) { return }
        var finding = Finding(
            Self.label, .warning, crossing.subject, .proven, at: crossing.time,
            summary:
                "\(known.name(crossing.source)) in \(networks.0) reaches \(known.name(crossing.destination)) in \(networks.1), which should be kept "
                + "apart: \(fate)",
            evidence: crossing.evidence)
        finding.ruledOut = [Exclusion("cross-cluster-blocked", because: "frame \(crossing.evidence[0].frame.number) answers")]
        finding.remedy = Self.explanation.remedy(["client": crossing.source.description, "server": crossing.destination.description])
        book.state(finding, at: crossing.time)
    }
}

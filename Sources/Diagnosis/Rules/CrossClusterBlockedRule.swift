package import Flows
import Site
import Wire

/// Two networks are kept apart, and somebody tries.
///
/// *Means*: the separation works; what tries may be wrongly configured.
/// *Proven by*: packets between networks that the site file keeps apart, and their fate: an ICMP error, or silence that the sender's own
/// retransmissions show.
/// *Looks the same*: a reset, which a packet filter sends as well as a host: nothing is said of it.
package struct CrossClusterBlockedRule: Rule {
    package static let label = Label.crossClusterBlocked
    package static let kinds: FlowEvent.Kinds = [.tcp, .echo, .icmpError]
    package static let considersOthers = true

    package static let explanation = Explanation(
        severity: .info,
        title: "Networks that are kept apart are apart",
        meaning: """
            A host of one network tried to reach one of another that the site file keeps apart from it, and was not let through. The separation \
            works. Whoever tried may hold an address that is none of its own network's.
            """,
        proof:
            "A packet between the two networks, and an ICMP error that quotes it, or a SYN that is sent again and again without an answer.",
        lookAlikes: [
            "A reset: a packet filter sends it as well as a host, so nothing is said.",
            "A ping without a reply, whose reply may go another way.",
        ],
        remedy: [
            "kubectl get pods -A -o wide | grep {client}   # who tries, and why does it know the other network's address?"
        ])

    /// Of each sender, the last destination that did not answer.
    private var destinations = Recent<IPAddress, IPAddress>(limit: 64)

    /// More senders than this are a scan.
    static let mostSenders = 64

    private var senders = FirstFew<IPAddress>(limit: mostSenders)

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard let crossing = Crossing(event, known), let networks = known.apart(crossing.source, crossing.destination) else { return }
        let fate: String
        switch crossing.fate {
        case .answered(let how):
            guard destinations[crossing.source] == crossing.destination else { return }
            destinations[crossing.source] = nil
            book.resolve(
                Self.label, crossing.subject, at: crossing.time,
                because: Evidence(crossing.evidence[0].frame, "\(crossing.destination) answers: \(how)"))
            return
        case .rejected(let how), .silent(let how): fate = how
        }
        destinations[crossing.source] = crossing.destination
        if book.countAgain(Self.label, crossing.subject, at: crossing.time) || !senders.admits(crossing.source) { return }
        var finding = Finding(
            Self.label, .info, crossing.subject, .proven, at: crossing.time,
            summary:
                "\(known.name(crossing.source)) in \(networks.0) does not reach \(known.name(crossing.destination)) in \(networks.1), which is kept "
                + "apart: \(fate)",
            evidence: crossing.evidence)
        if case .silent = crossing.fate { finding.arguesFromAbsence = true }
        finding.ruledOut = [Exclusion("cross-cluster-open", because: "\(crossing.destination) did not answer")]
        finding.remedy = Self.explanation.remedy(["client": crossing.source.description])
        book.state(finding, at: crossing.time)
    }
}

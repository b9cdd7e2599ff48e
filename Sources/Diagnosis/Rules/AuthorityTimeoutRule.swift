package import Flows
import Site
import Wire

/// The authority says nothing.
///
/// *Means*: its pod hangs, or a packet filter drops the queries or the answers.
/// *Proven by*: the same question again by the same asker, or two different questions where answers of the authority would be seen, each 2 s or
/// longer without an answer, though ARP for it is answered.
/// *Looks the same*: nobody announces the authority; its port is closed; it answers with an error.
package struct AuthorityTimeoutRule: Rule {
    package static let label = Label.dnsAuthorityTimeout
    package static let kinds: FlowEvent.Kinds = [.dns, .icmpError, .claim]

    package static let explanation = Explanation(
        severity: .fault,
        title: "The authority does not answer",
        meaning: """
            Queries reach the authority's address and nothing comes back: its pod hangs, its service leads nowhere, or a packet filter drops the \
            queries or the answers. dnsmasq and Pi-hole then say nothing to their clients either, and browsers wait.
            """,
        proof: """
            The same question to the authority again by the same asker, with any id and port, or two different questions, each 2 s or \
            longer without an answer, though ARP or Neighbor Discovery for it is answered. Two different questions count only where the \
            authority's answers to that asker are visible to this sensor; a repeated question where they are not makes it likely.
            """,
        lookAlikes: [
            "Nobody answers ARP or Neighbor Discovery for the authority: then no query leaves.",
            "An ICMP error quotes the query: the port is closed, or the address is unreachable.",
            "The authority answers with an error, or denies the name.",
        ],
        remedy: [
            "dig @{server} {name} +norecurse +tries=1   # from the resolver's host",
            "kubectl -n kube-system get pods -o wide | grep gateway   # running and ready, on which node?",
            "kubectl get ciliumnetworkpolicy,networkpolicy -A   # does a policy drop UDP 53?",
        ])

    /// Questions without an answer that are remembered.
    static let mostQuestions = 16

    private var silent: [DNSTransaction] = []
    private var authorities = KnownAuthorities()
    /// The last answer of an authority to each asker: its answers are visible there.
    private var answered = Recent<Pair, FrameReference>(limit: 64)
    private var rejected = Recent<Pair, FrameReference>(limit: 64)
    private var announcer: Claim?

    private struct Pair: Hashable, Sendable {
        var server: IPAddress
        var asker: IPAddress
    }

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        switch event {
        case .claim(let claim) where claim.means.isAnswer && claim.address == known.site.dns.authority: announcer = claim
        case .icmpError(let error) where error.message.isUnreachable && error.quoted.destinationPort == .dns:
            guard authorities.contains(error.quoted.destination, known) else { return }
            rejected[Pair(server: error.quoted.destination, asker: error.quoted.source)] = error.frame
        case .dns(let transaction) where transaction.role == .authority:
            authorities.note(transaction)
            if let response = transaction.response {
                isAnswered(transaction, by: response, known, &book)
            } else {
                isSilent(transaction, known, &book)
            }
        default: return
        }
    }

    private mutating func isAnswered(
        _ transaction: DNSTransaction, by response: FrameReference, _ known: Knowledge, _ book: inout FindingBook
    ) {
        let server = transaction.server.address
        answered[Pair(server: server, asker: transaction.client.address)] = response
        silent.removeAll { $0.server.address == server }
        book.resolve(
            Self.label, known.subject(ofAuthority: server, zone: authorities.zone(of: server)), at: transaction.time,
            because: Evidence(response, "\(server) answers \(transaction.question)"))
    }

    private mutating func isSilent(_ transaction: DNSTransaction, _ known: Knowledge, _ book: inout FindingBook) {
        let server = transaction.server.address
        let pair = Pair(server: server, asker: transaction.client.address)
        guard let query = transaction.query, transaction.time - query.time >= known.site.thresholds.authoritySilence,
            !(rejected[pair].map { $0 >= query } ?? false), !(answered[pair].map { $0 >= query } ?? false)
        else { return }
        let subject = known.subject(ofAuthority: server, zone: authorities.zone(of: server))
        if book.openFinding(.dnsAuthorityNoAnnouncer, subject) != nil || book.isOpen(.vipNoAnnouncer, vip: server) { return }
        silent.removeAll { transaction.time - $0.time > known.site.thresholds.zoneMemory }
        if silent.count == Self.mostQuestions { silent.removeFirst() }
        silent.append(transaction)
        if book.openFinding(Self.label, subject)?.confidence == .proven {
            book.countAgain(Self.label, subject, at: transaction.time)
            return
        }
        let isVisible = answered[pair].map { transaction.time - $0.time <= known.site.thresholds.zoneMemory } ?? false
        let before = silent.dropLast().last { other in
            guard other.server.address == server else { return false }
            let isSame = other.name == transaction.name && other.type == transaction.type
            return isSame ? other.client.address == pair.asker : isVisible
        }
        if let again = transaction.again, again.time - query.time >= known.site.thresholds.authoritySilence {
            state(transaction, query, transaction, again, isVisible: isVisible, subject, known, &book)
        } else if let before, let first = before.query {
            state(before, first, transaction, query, isVisible: isVisible, subject, known, &book)
        }
    }

    private func state(
        _ one: DNSTransaction, _ first: FrameReference, _ other: DNSTransaction, _ second: FrameReference, isVisible: Bool,
        _ subject: Finding.Subject, _ known: Knowledge, _ book: inout FindingBook
    ) {
        let server = other.server.address
        let isSame = one.name == other.name && one.type == other.type
        let questions =
            isSame
            ? "\(known.name(other.client.address)) asked for \(other.question) and again \(Text.duration(second.time - first.time)) later"
            : "\(known.name(one.client.address)) asked for \(one.question) and, \(Text.duration(second.time - first.time)) later, "
                + "\(known.name(other.client.address)) for \(other.question)"
        var evidence = [
            Evidence(first, "\(one.client.address) asks for \(one.question)"),
            Evidence(second, "\(other.client.address) asks for \(other.question)\(isSame ? " again" : "")"),
        ]
        var summary = "The authority \(known.name(server)) does not answer: \(questions)"
        let answer = announcer.flatMap { $0.address == server ? $0 : nil }
        if let answer {
            evidence.append(Evidence(answer.frame, "\(answer.means.words): \(server) is at \(answer.station.mac)"))
            summary += ", though \(known.name(answer.station)) answers \(server.resolution)"
        }
        let isCut = one.isCut || other.isCut
        if isCut { summary += "; the capture ends before the time for an answer was over" }
        var finding = Finding(
            Self.label, .fault, subject, isVisible && answer != nil && !isCut ? .proven : .likely, at: other.time, summary: summary,
            evidence: evidence)
        finding.arguesFromAbsence = true
        finding.ruledOut = [Exclusion("dns-authority-port-closed", because: "no ICMP error quotes the queries")]
        if let answer {
            finding.ruledOut.append(
                Exclusion("dns-authority-no-announcer", because: "frame \(answer.frame.number) answers \(server.resolution)"))
        }
        finding.remedy = Self.explanation.remedy(["server": server.description, "name": other.name.description])
        book.state(finding, at: other.time)
    }
}

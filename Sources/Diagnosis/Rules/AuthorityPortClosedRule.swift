package import Flows
import Site
import Wire

/// Nothing listens at the authority's port 53.
///
/// *Means*: the address is there, and the DNS server behind it is not: its pod is gone, or its service has no port 53.
/// *Proven by*: an ICMP port unreachable that quotes a query.
/// *Looks the same*: an error that quotes an answer, which a client sends that has given up.
package struct AuthorityPortClosedRule: Rule {
    package static let label = Label.dnsAuthorityPortClosed
    package static let kinds: FlowEvent.Kinds = [.icmpError, .dns]

    package static let explanation = Explanation(
        severity: .fault,
        title: "The authority's port 53 is closed",
        meaning: """
            A query to the authority is answered by ICMP "port unreachable": its address is reachable, but no DNS server listens there, or a packet \
            filter says so. Names of the zone fail at once, with SERVFAIL or REFUSED from the resolver.
            """,
        proof: "An ICMP port unreachable that quotes a datagram to the authority's UDP port 53.",
        lookAlikes: [
            "An error that quotes the authority's answer: its client had closed its own port already.",
            "Host unreachable: nobody has the address.",
        ],
        remedy: [
            "kubectl get svc -A -o wide | grep {server}   # does the service list port 53 over UDP?",
            "kubectl get endpointslices -A | grep -i gateway   # has it a ready backend?",
            "dig @{server} +tcp {zone} SOA   # and over TCP?",
        ])

    private var authorities = KnownAuthorities()

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        switch event {
        case .dns(let transaction):
            authorities.note(transaction)
            guard transaction.role == .authority, let frame = transaction.response, transaction.transport == .udp else { return }
            book.resolve(
                Self.label, known.subject(ofAuthority: transaction.server.address, zone: authorities.zone(of: transaction.server.address)),
                at: transaction.time,
                because: Evidence(frame, "\(transaction.server.address) answers \(transaction.question)"))
        case .icmpError(let error): consider(error, known, &book)
        default: return
        }
    }

    private func consider(_ error: ICMPError, _ known: Knowledge, _ book: inout FindingBook) {
        let server = error.quoted.destination
        guard error.message.meaning == .portUnreachable, error.quoted.protocol == .udp, error.quoted.destinationPort == .dns,
            authorities.contains(server, known), error.source != error.quoted.source
        else { return }
        let subject = known.subject(ofAuthority: server, zone: authorities.zone(of: server))
        if book.countAgain(Self.label, subject, at: error.frame.time) { return }
        let client = "\(error.quoted.source):\(error.quoted.sourcePort?.description ?? "?")"
        let by = error.source == server ? "" : ", says \(known.name(error.source))"
        var finding = Finding(
            Self.label, .fault, subject, .proven, at: error.frame.time,
            summary: "Port 53 of the authority \(known.name(server)) is closed: the query of \(client) gets \(error.message.name)\(by)",
            evidence: [Evidence(error.frame, "\(error.message.name) from \(error.source), quotes \(client) to \(server):53")])
        finding.ruledOut = [
            Exclusion("dns-authority-timeout", because: "frame \(error.frame.number) answers"),
            Exclusion("dns-authority-no-announcer", because: "an error about the port comes from who has the address"),
        ]
        finding.remedy = Self.explanation.remedy(["server": server.description, "zone": subject.name ?? "."])
        book.state(finding, at: error.frame.time)
    }
}

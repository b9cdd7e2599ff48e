package import Flows
import Site
import Wire

/// A name leads to an address that is not its gateway's.
///
/// *Means*: the record is stale, served stale by a resolver, or written by somebody else.
/// *Proven by*: an answer for a name whose gateway the site file tells, with another VIP's address or, where the name is listed by itself, any
/// other; or with an address that nobody announces.
/// *Looks the same*: a CNAME chain that ends at the right VIP; a record of a plain host under a wildcard.
package struct WrongAddressRule: Rule {
    package static let label = Label.dnsWrongAddress
    package static let kinds: FlowEvent.Kinds = [.dns, .unanswered]

    package static let explanation = Explanation(
        severity: .warning,
        title: "A name has an address that is not its gateway's",
        meaning: """
            DNS sends clients of this name to an address that the site file does not list for it, or that nobody on the segment answers for. \
            Another gateway has no route for the name and answers 404 or with the wrong certificate; a dead address times out.
            """,
        proof: """
            A positive answer of the authority or of the LAN's resolver for a name whose gateway the site file tells: with another VIP, \
            or, where the name is listed by itself and not by a wildcard, with any other address. Or an answer with an address that nobody \
            answers ARP or Neighbor Discovery for (likely: its host may merely be off).
            """,
        lookAlikes: [
            "A CNAME chain that ends at the right VIP.",
            "A plain host's record under a wildcard, whose address answers.",
            "A VIP that nobody announces: the name is right, and the VIP is not.",
        ],
        remedy: [
            "dig @{server} {name} +norecurse   # what does the authority say?",
            "kubectl get svc -A -o wide | grep {address}   # which service has this address, if any?",
            "kubectl get httproute -A | grep {name}   # which gateway is its route attached to?",
        ])

    private struct Answer: Sendable {
        var name: DNSName
        var question: String
        var server: IPAddress
        var frame: FrameReference
    }

    static let mostAddresses = 256

    /// More names than this are one reason.
    static let mostNames = 64

    private var names = FirstFew<DNSName>(limit: mostNames)
    private var answers = Recent<IPAddress, Answer>(limit: mostAddresses)

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        switch event {
        case .dns(let transaction): consider(transaction, known, &book)
        case .unanswered(let run): consider(run, known, &book)
        default: return
        }
    }

    private mutating func consider(_ transaction: DNSTransaction, _ known: Knowledge, _ book: inout FindingBook) {
        guard transaction.role != .public, let zone = transaction.zone, transaction.isPositive, transaction.name != zone,
            let response = transaction.response
        else { return }
        let addresses = transaction.addresses
        guard let first = addresses.first else { return }
        let server = transaction.server.address
        for address in addresses.prefix(8) where !known.isVIP(address) {
            answers[address] = Answer(name: transaction.name, question: transaction.question, server: server, frame: response)
        }
        let (gateways, isExact) = gateways(of: transaction.name, like: first, known)
        guard !gateways.isEmpty else { return }
        let subject = Finding.Subject(name: transaction.name.lowercased)
        // A public address from a resolver is its forwarding's matter.
        let wrong = addresses.first { address in
            !gateways.contains(address) && (known.isVIP(address) || isExact && (transaction.role == .authority || !address.isGlobal))
        }
        guard let wrong else {
            guard addresses.allSatisfy(gateways.contains) else { return }
            book.resolve(
                Self.label, subject, at: transaction.time,
                because: Evidence(response, "\(server): \(transaction.question): \(Text.list(addresses.map(\.description)))"))
            return
        }
        guard names.admits(transaction.name) else { return }
        let right = Text.list(gateways.map(known.name))
        var finding = Finding(
            Self.label, .warning, subject, .proven, at: transaction.time,
            summary: "\(known.name(server)) answers \(transaction.question) with \(known.name(wrong)), and its gateway is \(right)",
            evidence: [Evidence(response, "\(server): \(transaction.question): \(wrong)")])
        finding.ruledOut = [Exclusion("cname-chain", because: "the chain's last address is \(wrong)")]
        finding.remedy = remedy(server, transaction.name, wrong)
        book.state(finding, at: transaction.time)
    }

    /// What the site file lists: names by themselves come before wildcards, longer wildcards before shorter ones.
    private func gateways(of name: DNSName, like address: IPAddress, _ known: Knowledge) -> (addresses: [IPAddress], isExact: Bool) {
        var best = (rank: 0, addresses: [IPAddress]())
        for vip in known.site.vips where vip.address.isIPv6 == address.isIPv6 {
            for pattern in vip.names where pattern.matches(name) {
                let rank = pattern.isWildcard ? pattern.name.labelCount : Int.max
                if rank > best.rank { best = (rank, []) }
                if rank == best.rank { best.addresses.append(vip.address) }
            }
        }
        return (best.addresses, best.rank == Int.max)
    }

    private mutating func consider(_ run: UnansweredRequest, _ known: Knowledge, _ book: inout FindingBook) {
        guard !known.isVIP(run.address), run.address != known.site.dns.authority, let answer = answers[run.address], !run.isCut,
            known.site.node(run.asker.station.mac) == nil, let first = run.requests.first, let last = run.requests.last,
            first > answer.frame, !gateways(of: answer.name, like: run.address, known).addresses.isEmpty
        else { return }
        guard names.admits(answer.name) else { return }
        let asker = known.asker(run.asker.station)
        var finding = Finding(
            Self.label, .warning, Finding.Subject(name: answer.name.lowercased), .likely, at: run.time,
            summary:
                "\(known.name(answer.server)) answers \(answer.question) with \(run.address), and nobody answers \(run.address.resolution) for that: "
                + "\(asker) asked \(Text.times(run.count)) in \(Text.duration(last.time - first.time))",
            evidence: [Evidence(answer.frame, "\(answer.server): \(answer.question): \(run.address)")]
                + run.requests.map { Evidence($0, "who has \(run.address), asks \(asker)") })
        finding.arguesFromAbsence = true
        finding.ruledOut = [Exclusion("vip-no-announcer", because: "\(run.address) is none of the VIPs that the site file lists")]
        finding.remedy = remedy(answer.server, answer.name, run.address)
        book.state(finding, at: run.time)
    }

    private func remedy(_ server: IPAddress, _ name: DNSName, _ address: IPAddress) -> [String] {
        Self.explanation.remedy(["server": server.description, "name": name.description, "address": address.description])
    }
}

extension IPAddress {
    fileprivate var isIPv6: Bool { if case .v6 = self { true } else { false } }
}

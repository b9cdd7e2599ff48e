package import Flows
import Site
import Wire

/// A resolver goes on denying a name that the authority has.
///
/// *Means*: the fault is over, and its denial is kept in the resolver's cache until its negative TTL runs out.
/// *Proven by*: the authority's positive answer for a name, and after it NXDOMAIN from a resolver that asked nobody.
/// *Looks the same*: the authority denies it again; another resolver, with a cache of its own.
package struct NegativeCacheStaleRule: Rule {
    package static let label = Label.dnsNegativeCacheStale
    package static let kinds: FlowEvent.Kinds = .dns

    package static let explanation = Explanation(
        severity: .warning,
        title: "A resolver keeps a denial that is no longer true",
        meaning: """
            The authority has the name again, but the resolver still answers NXDOMAIN from its cache, and clients fail until the denial's time to \
            live runs out. Nothing in the cluster is wrong any more: flush the resolver's cache, or wait.
            """,
        proof: """
            A positive answer from the authority for the name; then NXDOMAIN from a resolver for the same name, whose question came after that \
            answer and about which the resolver asked nobody, though it was seen to ask the authority before. Where the denial that it keeps was not seen, the finding is likely.
            """,
        lookAlikes: [
            "The authority denies the name again: the resolver asked it, or its denial was seen since.",
            "Several resolvers with different caches: the finding names the one that denies.",
        ],
        remedy: [
            "pihole restartdns reload-lists; systemctl reload dnsmasq   # on the resolver: forget the cache (a plain reload clears dnsmasq's)",
            "dig @{resolver} {name}   # the SOA record's TTL counts down while the denial is kept",
        ])

    private struct Denial: Sendable {
        var frame: FrameReference
        /// When caches forget it.
        var end: Timestamp?
    }

    private struct Record: Sendable {
        var positive: PositiveAnswers.Answer?
        var denial: Denial?
        /// Whose denial is told.
        var resolver: IPAddress?
    }

    static let mostNames = 256

    /// More names than this are one cache.
    static let mostFindings = 64

    private var told = FirstFew<DNSName>(limit: mostFindings)
    private var records = Recent<DNSName, Record>(limit: mostNames)
    /// Who was seen to ask an authority: that they ask nobody is visible, too.
    private var askers = Recent<IPAddress, Bool>(limit: 64)

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .dns(let transaction) = event, transaction.zone != nil, let response = transaction.response,
            transaction.isPositive || transaction.isDenial
        else { return }
        let name = transaction.name
        let subject = Finding.Subject(name: name.lowercased)
        var record = records[name] ?? Record()
        if transaction.role == .authority { askers[transaction.client.address] = true }
        switch transaction.role {
        case .authority where transaction.isPositive:
            record.positive = PositiveAnswers.Answer(
                name: name, type: transaction.type, server: transaction.server.address, frame: response)
        case .authority:
            record.positive = nil
            record.denial = Denial(frame: response, end: Self.end(transaction))
            book.resolve(
                Self.label, subject, at: transaction.time,
                because: Evidence(response, "the authority \(transaction.server.address) denies it, too"))
        case .resolver where transaction.isPositive:
            guard record.resolver == transaction.server.address else { return }
            record.resolver = nil
            book.resolve(
                Self.label, subject, at: transaction.time,
                because: Evidence(response, "\(transaction.server.address) has \(transaction.question)"))
        case .resolver:
            guard let positive = record.positive, let query = transaction.query, query > positive.frame,
                transaction.upstream.isEmpty, askers[transaction.server.address] != nil,
                response.time - positive.frame.time <= known.site.thresholds.negativeCache,
                told.admits(name)
            else { return }
            record.resolver = transaction.server.address
            book.state(finding(transaction, response, positive, record.denial, subject, known), at: transaction.time)
        case .public, .unknown: return
        }
        records[name] = record
    }

    private static func end(_ transaction: DNSTransaction) -> Timestamp? {
        guard let frame = transaction.response, let seconds = transaction.message.negativeTimeToLive else { return nil }
        return frame.time + .seconds(Int64(seconds))
    }

    private func finding(
        _ transaction: DNSTransaction, _ response: FrameReference, _ positive: PositiveAnswers.Answer, _ denial: Denial?,
        _ subject: Finding.Subject, _ known: Knowledge
    ) -> Finding {
        let (resolver, name) = (transaction.server.address, transaction.name)
        var evidence = [
            Evidence(positive.frame, "the authority \(positive.server) has \(name) \(positive.type.name)"),
            Evidence(response, "\(resolver): \(transaction.question): NXDOMAIN, and it asked nobody"),
        ]
        var summary =
            "\(known.name(resolver)) still answers NXDOMAIN for \(name), \(Text.duration(response.time - positive.frame.time)) after the "
            + "authority \(known.name(positive.server)) had it"
        if let denial {
            evidence.insert(Evidence(denial.frame, "the authority denied it then, which is what the resolver keeps"), at: 0)
            summary += ": it keeps the denial of \(Text.duration(response.time - denial.frame.time)) ago"
        }
        if let end = Self.end(transaction) ?? denial?.end, end > response.time {
            summary += "; its negative TTL runs out in \(Text.duration(end - response.time))"
        }
        var finding = Finding(
            Self.label, .warning, subject, denial == nil ? .likely : .proven, at: transaction.time, summary: summary, evidence: evidence)
        finding.arguesFromAbsence = true
        finding.ruledOut = [Exclusion("dns-single-name-missing", because: "frame \(positive.frame.number): the authority has the name")]
        finding.remedy = Self.explanation.remedy(["resolver": resolver.description, "name": name.description])
        return finding
    }
}

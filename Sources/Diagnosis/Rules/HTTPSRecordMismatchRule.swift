package import Flows
import Site
import Wire

/// A DNS record promises HTTP/3 that the VIP does not speak.
///
/// *Means*: clients try QUIC because type 65 tells them to, and lose time or fail. Often the split horizon is torn: the A record is
/// overridden locally, and type 65 still comes from the public zone.
/// *Proven by*: an HTTPS answer with h3 that the client got for the name, and its QUIC attempt at the VIP that failed.
/// *Looks the same*: HTTPS answers without h3; a VIP that does speak QUIC.
package struct HTTPSRecordMismatchRule: Rule {
    package static let label = Label.httpsRRH3Mismatch
    package static let kinds: FlowEvent.Kinds = [.quic, .dns]
    package static let considersOthers = true

    package static let explanation = Explanation(
        severity: .warning,
        title: "A DNS record promises HTTP/3, and the VIP does not speak it",
        meaning: """
            The HTTPS record (type 65) of a name says h3, so clients try QUIC at the VIP, and fail. Where the record's address hints are public \
            while the A record is the VIP, the name is overridden locally for type A alone: override type 65 as well, or block it for the zone.
            """,
        proof: """
            A DNS answer to the client with an HTTPS record for the name whose alpn list has h3, not expired, and then a QUIC attempt of that client \
            for the name at the VIP that met silence, ICMP or the server's close. It is over when the VIP speaks QUIC, or the same server answers \
            without h3.
            """,
        lookAlikes: [
            "HTTPS answers without h3, which say nothing about QUIC.", "A VIP that does speak QUIC: its attempts are established.",
        ],
        remedy: [
            "dig HTTPS {name} @{server}   # the record that promises it",
            "dig A {name} @{server}; dig HTTPS {name} @1.1.1.1   # is type 65 the public zone's, and type A a local override?",
            "kubectl get svc -A -o wide | grep {vip}   # or let the gateway serve HTTP/3: does the service list {port}/UDP?",
        ])

    private struct Promise: Hashable, Sendable {
        var server: IPAddress
        var subject: Finding.Subject
        var expires: Timestamp
    }

    private var limit = FirstFew<Finding.Subject>()
    /// Who promised what was found to be wrong: one name may stand for several VIPs, and several servers may promise the same.
    private var promises = Recent<DNSName, [Promise]>(limit: FirstFew<DNSName>.usual)
    /// Of one name; nobody asks more resolvers, and whoever invents them is not followed.
    private static let mostPromises = 8

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        if case .dns(let transaction) = event { return consider(transaction, &book) }
        guard known.vips.watches(event), case .quic(let attempt, let change) = event else { return }
        if change == .established {
            book.resolve(
                Self.label, attempt.namedSubject, at: attempt.time,
                because: Evidence(attempt.last, "QUIC handshake of \(attempt.client.text) on UDP \(attempt.server.port)"))
            forgetPromises(attempt)
        }
        guard attempt.isFailed(change, known.site.thresholds), let promise = attempt.reason.promise else { return }
        let name = promise.name.description
        let subject = Finding.Subject(vip: attempt.server.address, port: attempt.server.port, name: name)
        // Silence counts where the client repeats itself, or what the VIP sends is seen.
        let isRepeated = attempt.isRepeated(known.site.thresholds)
        let isServerSeen = known.vips[attempt.server.address]?.works.values.contains { $0.synACK != nil } ?? false
        let failure = attempt.failure
        guard failure.evidence != nil || isRepeated || isServerSeen, limit.admits(subject) else { return }
        let hints = promise.hints
        let arePublic = !hints.isEmpty && hints.allSatisfy { !$0.isPrivate }
        var record = ["alpn \(promise.alpn.map(\.description).joined(separator: ","))"]
        if !hints.isEmpty { record.append("hints \(hints.map(\.description).joined(separator: ","))") }
        record.append(promise.offersECH ? "ech" : "no ech")
        var summary =
            "DNS promises HTTP/3 for \(name), and \(known.name(attempt.server.address)) does not speak it on UDP \(attempt.server.port): "
            + "\(known.name(promise.server)) gave an HTTPS record (\(record.joined(separator: "; "))), and "
            + "\(Text.exactDuration(attempt.first.time - promise.frame.time)) later \(attempt.client.text) \(attempt.tries); \(failure.phrase)"
        var evidence = [Evidence(promise.frame, "HTTPS record of \(name) from \(promise.server), with h3")] + attempt.initialEvidence
        if let failure = failure.evidence { evidence.append(failure) }
        if arePublic {
            summary += "; its hints are public, so the name is overridden for its address and not for type 65: the split horizon is torn"
        }
        let isProven = failure.evidence != nil || isRepeated
        var finding = Finding(
            Self.label, .warning, subject, isProven ? .proven : .likely, at: attempt.time, summary: summary, evidence: evidence)
        finding.arguesFromAbsence = failure.evidence == nil
        finding.ruledOut = [Exclusion("quic-ok", because: "the attempt was not established")]
        var values = attempt.placeholders
        (values["name"], values["server"]) = (name, promise.server.description)
        finding.remedy = Self.explanation.remedy(values)
        let others = (promises[promise.name] ?? []).filter { $0.server != promise.server || $0.subject != subject }
        promises[promise.name] = (others + [Promise(server: promise.server, subject: subject, expires: promise.expires)])
            .suffix(Self.mostPromises)
        book.state(finding, at: attempt.time)
    }

    /// They are kept.
    private mutating func forgetPromises(_ attempt: QUICAttempt) {
        guard !promises.isEmpty, let name = attempt.serverName.flatMap({ DNSName($0.description) }), let all = promises[name] else {
            return
        }
        let rest = all.filter { $0.subject != attempt.namedSubject }
        promises[name] = rest.isEmpty ? nil : rest
    }

    /// Whoever promised takes it back: another server's answer says nothing of this one's, and of two that promised both must, unless the
    /// clients have forgotten the other's.
    private mutating func consider(_ transaction: DNSTransaction, _ book: inout FindingBook) {
        guard !promises.isEmpty, transaction.type == .https, let response = transaction.response,
            transaction.message.header.responseCode == .noError,
            // The whole answer comes over TCP.
            !transaction.message.header.isTruncated, !transaction.promisesHTTP3, let all = promises[transaction.name]
        else { return }
        let server = transaction.server.address
        let rest = all.filter { $0.server != server && $0.expires > transaction.time }
        promises[transaction.name] = rest.isEmpty ? nil : rest
        for promise in all where promise.server == server && !rest.contains(where: { $0.subject == promise.subject }) {
            book.resolve(
                Self.label, promise.subject, at: transaction.time,
                because: Evidence(response, "\(server) answers \(transaction.question) without h3"))
        }
    }
}

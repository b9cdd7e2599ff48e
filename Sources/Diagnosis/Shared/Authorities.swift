import Flows
import Site
import Wire

extension Knowledge {
    /// What a finding about an authority is about: its zone, or its address where no zone is known.
    func subject(ofAuthority server: IPAddress, zone: DNSName?) -> Finding.Subject {
        if let zone = zone ?? (server == site.dns.authority ? site.dns.zones.first : nil) {
            return Finding.Subject(name: zone.description)
        }
        return Finding.Subject(vip: server)
    }
}

/// The authorities that answers or questions named, and their zones: a network has one or two.
struct KnownAuthorities: Sendable {
    private static let most = 8
    private var zones: [(server: IPAddress, zone: DNSName)] = []

    mutating func note(_ transaction: DNSTransaction) {
        guard transaction.role == .authority, let zone = transaction.zone else { return }
        let server = transaction.server.address
        if let index = zones.firstIndex(where: { $0.server == server }) {
            zones[index].zone = zone
        } else if zones.count < Self.most {
            zones.append((server, zone))
        }
    }

    func contains(_ server: IPAddress, _ known: Knowledge) -> Bool {
        server == known.site.dns.authority || zones.contains { $0.server == server }
    }

    func zone(of server: IPAddress) -> DNSName? { zones.first { $0.server == server }?.zone }
}

/// The authority's own answers carry an error: the names for which they do, until one of them is answered.
struct AuthorityFailures: Sendable {
    let label: Label
    let code: DNSResponseCode
    /// Names that a summary lists.
    static let mostNames = 8

    private var failing: [(name: DNSName, question: String, reason: String, response: FrameReference)] = []

    init(_ label: Label, _ code: DNSResponseCode) {
        self.label = label
        self.code = code
    }

    mutating func consider(
        _ transaction: DNSTransaction, _ known: Knowledge, _ book: inout FindingBook, _ explanation: Explanation
    ) {
        guard transaction.role == .authority, let zone = transaction.zone, let response = transaction.response,
            let answer = transaction.responseCode
        else { return }
        let (server, name) = (transaction.server.address, transaction.name)
        let subject = Finding.Subject(name: zone.description)
        guard answer == code else {
            guard answer == .noError || answer == .nonExistentDomain, failing.contains(where: { $0.name == name }) else { return }
            failing = []
            book.resolve(
                label, subject, at: transaction.time,
                because: Evidence(response, "\(server): \(transaction.question): \(answer.name)"))
            return
        }
        guard !failing.contains(where: { $0.name == name }), failing.count < Self.mostNames else {
            book.countAgain(label, subject, at: transaction.time)
            return
        }
        let reasons = transaction.message.extendedErrors(transaction.message.options).map(\.infoCode.name)
        let reason = reasons.isEmpty ? "" : " (\(Text.list(reasons)))"
        failing.append((name, transaction.question, reason, response))
        var finding = Finding(
            label, .fault, subject, .proven, at: transaction.time,
            summary: "The authority \(known.name(server)) answers \(code.name) for " + Text.list(failing.map { $0.question + $0.reason }),
            evidence: failing.map { Evidence($0.response, "\(server): \($0.question): \(code.name)\($0.reason)") })
        finding.ruledOut = [Exclusion("resolver-error", because: "the answer comes from the authority itself")]
        finding.remedy = explanation.remedy(["server": server.description, "name": name.description])
        book.state(finding, at: transaction.time, rewording: true)
    }
}

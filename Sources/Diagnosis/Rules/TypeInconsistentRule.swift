package import Flows
import Site
import Wire

/// One server says that a name does not exist, and that it does.
///
/// *Means*: resolvers that got the NXDOMAIN deny the whole name for as long as they keep it (RFC 8020 §2), so that it works by turns.
/// *Proven by*: NXDOMAIN for one type of a name and data for another, by the same server within a minute. Once it may be a change
/// between the two; back and forth it is none.
/// *Looks the same*: a name that has just been added or removed; different servers; NODATA.
package struct TypeInconsistentRule: Rule {
    package static let label = Label.dnsTypeInconsistent
    package static let kinds: FlowEvent.Kinds = .dns

    package static let explanation = Explanation(
        severity: .warning,
        title: "A server denies a name for one type and has data for another",
        meaning: """
            NXDOMAIN says that no record of any type exists (RFC 8020), so a resolver that asked for the wrong type first denies the name to \
            everybody until its cache forgets. The name fails now and then, mostly for clients that ask for AAAA or HTTPS. Right would be NODATA: \
            NOERROR without an answer (RFC 4074 names this fault).
            """,
        proof: """
            The same server answers NXDOMAIN for one type of a name and data for another within a minute: likely. Data before and after the denial, \
            or denials before and after the data: proven.
            """,
        lookAlikes: [
            "A name that was added or removed in between: then the type that was denied first has data later, or the other way round.",
            "Answers of different servers.",
            "NODATA, which is right.",
        ],
        remedy: [
            "dig @{server} {name} A +norecurse; dig @{server} {name} AAAA +norecurse; dig @{server} {name} HTTPS +norecurse   # compare status",
            "kubectl -n kube-system describe deploy k8s-gateway | grep Image   # is it up to date?",
        ])

    private struct Key: Hashable, Sendable {
        var server: IPAddress
        var name: DNSName
    }

    private struct Answer: Sendable {
        var type: DNSType
        var frame: FrameReference
    }

    /// First and last of each kind since the name changed.
    private struct Record: Sendable {
        var data: [Answer] = []
        var denials: [Answer] = []
    }

    static let mostNames = 256
    /// Of a kind: the first, and the last of other types.
    private static let mostAnswers = 4

    /// More names than this are one server's habit.
    static let mostFindings = 64

    private var told = FirstFew<Key>(limit: mostFindings)
    private var records = Recent<Key, Record>(limit: mostNames)

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .dns(let transaction) = event, transaction.zone != nil, transaction.role != .public,
            let response = transaction.response
        else { return }
        let key = Key(server: transaction.server.address, name: transaction.name)
        let answer = Answer(type: transaction.type, frame: response)
        let start = response.time - known.site.thresholds.sameMinute
        var record = records[key] ?? Record()
        record.data.removeAll { $0.frame.time < start }
        record.denials.removeAll { $0.frame.time < start }
        let subject = Finding.Subject(name: transaction.name.lowercased)
        if transaction.isPositive {
            // What was denied of this type has been added since.
            if record.denials.contains(where: { $0.type == answer.type }) { record.denials = [] }
            Self.append(answer, to: &record.data)
        } else if transaction.isDenial {
            if record.data.contains(where: { $0.type == answer.type }) { record.data = [] }
            Self.append(answer, to: &record.denials)
        } else {
            // NODATA for the type that was denied.
            guard transaction.message.header.responseCode == .noError, record.denials.contains(where: { $0.type == answer.type })
            else { return }
            record.denials.removeAll { $0.type == answer.type }
            book.resolve(
                Self.label, subject, at: transaction.time,
                because: Evidence(response, "\(key.server): \(transaction.question): NOERROR without data, which is right"))
        }
        records[key] = record
        if let finding = finding(record, transaction, subject, known), told.admits(key) { book.state(finding, at: transaction.time) }
    }

    private static func append(_ answer: Answer, to answers: inout [Answer]) {
        if answers.count == mostAnswers { answers.remove(at: 1) }
        answers.append(answer)
    }

    private func finding(
        _ record: Record, _ transaction: DNSTransaction, _ subject: Finding.Subject, _ known: Knowledge
    ) -> Finding? {
        guard let data = record.data.last, let denial = record.denials.last, let firstData = record.data.first,
            let firstDenial = record.denials.first
        else { return nil }
        var cited = [(denial, "NXDOMAIN"), (data, "data")]
        var isProven = false
        if firstData.frame < denial.frame, denial.frame < data.frame {
            cited.append((firstData, "data before"))
            isProven = true
        } else if firstDenial.frame < data.frame, data.frame < denial.frame {
            cited.append((firstDenial, "NXDOMAIN before"))
            isProven = true
        }
        let (server, name) = (transaction.server.address, transaction.name)
        var finding = Finding(
            Self.label, .warning, subject, isProven ? .proven : .likely, at: transaction.time,
            summary:
                "\(known.name(server)) answers NXDOMAIN for \(name) \(denial.type.name) and data for \(name) \(data.type.name) within "
                + "\(Text.duration(max(denial.frame.time - data.frame.time, data.frame.time - denial.frame.time)))\(isProven ? ", back and forth" : ""): "
                + "resolvers then deny the whole name",
            evidence: cited.map { Evidence($0.0.frame, "\(server): \(name) \($0.0.type.name): \($0.1)") })
        finding.ruledOut = [Exclusion("dns-single-name-missing", because: "frame \(data.frame.number) has data for the name")]
        finding.remedy = Self.explanation.remedy(["server": server.description, "name": name.description])
        return finding
    }
}

import Foundation

/// A line of the event stream, as far as it is judged.
private struct Record: Decodable {
    struct Event: Decodable { let dataset: String }
    struct VIP: Decodable {
        struct Layer: Decodable { let status: String }

        let address: String
        let layers: [String: Layer]?
        let verdict: String?
    }
    struct Host: Decodable { let ip: String? }
    struct Port: Decodable { let port: Int? }

    let event: Event
    let vip: VIP?
    let source: Host?
    let destination: Port?
    let finding: Finding.Body?
}

/// A finding as the event stream told it last.
struct Finding: Sendable {
    struct Body: Decodable, Sendable {
        let id: String
        let label: String
        let severity: String
        let state: String
        let confidence: String
        let summary: String
        let name: String?
        let causedBy: String?
    }

    let body: Body
    let vip: String?
    let port: Int?
    let client: String?

    fileprivate init(_ body: Body, _ record: Record) {
        (self.body, vip, port, client) = (body, record.vip?.address, record.destination?.port, record.source?.ip)
    }

    func fits(_ wanted: Expectation) -> Bool {
        body.label == wanted.label && (wanted.vip ?? vip) == vip && (wanted.port ?? port) == port && (wanted.name ?? body.name) == body.name
            && (wanted.client ?? client) == client
    }

    func satisfies(_ wanted: Expectation) -> Bool {
        fits(wanted) && body.state == wanted.state ?? "open" && (wanted.confidence ?? body.confidence) == body.confidence
            && (wanted.severity ?? body.severity) == body.severity
            && wanted.cause.map { body.causedBy?.hasPrefix("\($0)/") ?? false } ?? true
    }

    var isTrouble: Bool { body.severity == "fault" || body.severity == "warning" }

    var description: String {
        let cause = body.causedBy.map { ", caused by \($0)" } ?? ""
        return "\(body.label) (\(body.severity), \(body.confidence), \(body.state)\(cause)): \(body.summary)"
    }
}

/// What a replay said.
struct Replay: Sendable {
    var findings: [Finding] = []
    /// VIP -> "verdict" or a layer -> its state, as the ledger had it last.
    var ledgers: [String: [String: String]] = [:]
}

/// What one scenario came to.
struct Verdict: Sendable {
    /// How one label was judged from one view with one knowledge.
    enum Result: Sendable {
        /// It had to be found, and was.
        case proven, likely
        case missed
        /// It had to be absent, and was.
        case quiet
        case wrong
    }

    struct Entry: Sendable {
        let label: String
        let view: View
        let knowledge: Knowledge
        let result: Result
    }

    let scenario: String
    var entries: [Entry] = []
    /// Sentences; none where all is as it must be.
    var complaints: [String] = []
}

struct Judge: Sendable {
    let vipscope: String

    func judge(_ scenario: Scenario, folder: String) async throws -> Verdict {
        var verdict = Verdict(scenario: scenario.name)
        var complaints = Complaints()
        let site = "\(folder)/site.yaml"
        try scenario.site.write(toFile: site, atomically: false, encoding: .utf8)
        for view in View.allCases {
            for knowledge in Knowledge.allCases {
                let words = knowledge == .site ? ["--site", site] : scenario.vips.flatMap { ["--vip", $0] }
                let said = try await replay(Recorder.path(view, in: folder), words)
                let from = "\(view.rawValue)/\(knowledge.rawValue)"
                hold(said.findings, scenario.expectations, view, knowledge, &verdict) { complaints.add($0, from) }
                for wanted in scenario.expectations.ledger where wanted.views.contains(view) && wanted.knowing.contains(knowledge) {
                    let ledger = said.ledgers[wanted.vip] ?? [:]
                    for (place, states) in wanted.states where !states.contains(ledger[place] ?? "absent") {
                        complaints.add(
                            "the ledger of \(wanted.vip): \(place) is \(ledger[place] ?? "absent"), not \(states.joined(separator: " or "))",
                            from)
                    }
                }
            }
        }
        verdict.complaints = complaints.lines
        return verdict
    }

    /// What is said of several places is said once.
    private struct Complaints {
        private var places: [(what: String, places: [String])] = []

        mutating func add(_ what: String, _ place: String) {
            if let index = places.firstIndex(where: { $0.what == what }) {
                places[index].places.append(place)
            } else {
                places.append((what, [place]))
            }
        }

        var lines: [String] { places.map { "\($0.what) [\($0.places.joined(separator: " "))]" } }
    }

    private func replay(_ capture: String, _ words: [String]) async throws -> Replay {
        let outcome = try await Shell.run([vipscope, "replay", capture, "--format", "jsonl"] + words, seconds: 60)
        guard outcome.status <= 2 else { throw LabError("vipscope replay \(capture): status \(outcome.status): \(outcome.error.trimmed)") }
        var said = Replay()
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        for line in outcome.output.split(separator: "\n") where line.contains(#""vipscope.finding""#) || line.contains(#""vipscope.vip""#) {
            let record = try decoder.decode(Record.self, from: Data(line.utf8))
            if record.event.dataset == "vipscope.finding", let body = record.finding {
                said.findings.removeAll { $0.body.id == body.id }
                said.findings.append(Finding(body, record))
            } else if let vip = record.vip, let layers = vip.layers {
                said.ledgers[vip.address] = layers.mapValues(\.status).merging(["verdict": vip.verdict ?? "absent"]) { first, _ in first }
            }
        }
        return said
    }

    private func hold(
        _ findings: [Finding], _ expected: Expectations, _ view: View, _ knowledge: Knowledge, _ verdict: inout Verdict,
        complain: (String) -> Void
    ) {
        func note(_ label: String, _ result: Verdict.Result) {
            verdict.entries.append(Verdict.Entry(label: label, view: view, knowledge: knowledge, result: result))
        }
        for wanted in expected.must where wanted.concerns(view, knowledge) {
            if let found = findings.first(where: { $0.satisfies(wanted) }) {
                note(wanted.label, found.body.confidence == "likely" ? .likely : .proven)
            } else {
                note(wanted.label, .missed)
                let other = findings.first { $0.fits(wanted) }.map { ", but \($0.description)" } ?? ""
                complain("not found: \(wanted.description)\(other)")
            }
        }
        for unwanted in expected.mustNot where unwanted.concerns(view, knowledge) {
            let found = findings.first { $0.fits(unwanted) && (unwanted.state ?? $0.body.state) == $0.body.state }
            note(unwanted.label, found == nil ? .quiet : .wrong)
            if let found { complain("must not be found: \(found.description)") }
        }
        let named = (expected.must + expected.may + expected.mustNot).filter { $0.concerns(view, knowledge) }
        for finding in findings where finding.isTrouble && !named.contains(where: finding.fits) {
            note(finding.body.label, .wrong)
            complain("not expected: \(finding.description)")
        }
    }
}

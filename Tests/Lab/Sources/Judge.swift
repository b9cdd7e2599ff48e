import Foundation

/// A finding as the event stream told it last.
struct Finding: Decodable, Sendable {
    struct Record: Decodable {
        struct Event: Decodable { let dataset: String }
        struct Address: Decodable { let address: String }
        struct Host: Decodable { let ip: String? }
        struct Port: Decodable { let port: Int? }

        let event: Event
        let vip: Address?
        let source: Host?
        let destination: Port?
        let finding: Body?
    }

    struct Body: Decodable, Sendable {
        let id: String
        let label: String
        let severity: String
        let state: String
        let confidence: String
        let summary: String
        let name: String?
    }

    let body: Body
    let vip: String?
    let port: Int?
    let client: String?

    init(_ body: Body, _ record: Record) {
        (self.body, vip, port, client) = (body, record.vip?.address, record.destination?.port, record.source?.ip)
    }

    func fits(_ wanted: Expectation) -> Bool {
        body.label == wanted.label && (wanted.vip ?? vip) == vip && (wanted.port ?? port) == port && (wanted.name ?? body.name) == body.name
            && (wanted.client ?? client) == client
    }

    func satisfies(_ wanted: Expectation) -> Bool {
        fits(wanted) && body.state == wanted.state && (wanted.confidence ?? body.confidence) == body.confidence
    }

    var isTrouble: Bool { body.severity == "fault" || body.severity == "warning" }
    var description: String { "\(body.label) (\(body.severity), \(body.confidence), \(body.state)): \(body.summary)" }
}

/// What one scenario came to. It is kept beside the recordings, for the table.
struct Verdict: Codable, Sendable {
    /// How one label was judged from one view with one knowledge.
    enum Result: String, Codable, Sendable {
        /// It had to be found, and was.
        case proven, likely
        case missed
        /// It had to be absent, and was.
        case quiet
        case wrong
    }

    struct Entry: Codable, Sendable {
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
                let findings = try await replay(Recorder.path(view, in: folder), words)
                let place = "\(view.rawValue)/\(knowledge.rawValue)"
                hold(findings, scenario.expectations, view, knowledge, &verdict) { complaints.add($0, place) }
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

    private func replay(_ capture: String, _ words: [String]) async throws -> [Finding] {
        let outcome = try await Shell.run([vipscope, "replay", capture, "--format", "jsonl"] + words, seconds: 60)
        guard outcome.status <= 2 else { throw LabError("vipscope replay \(capture): status \(outcome.status): \(outcome.error.trimmed)") }
        var last: [String: Finding] = [:]
        var order: [String] = []
        let decoder = JSONDecoder()
        for line in outcome.output.split(separator: "\n") where line.contains(#""vipscope.finding""#) {
            let record = try decoder.decode(Finding.Record.self, from: Data(line.utf8))
            guard record.event.dataset == "vipscope.finding", let body = record.finding else { continue }
            if last.updateValue(Finding(body, record), forKey: body.id) == nil { order.append(body.id) }
        }
        return order.compactMap { last[$0] }
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
            let found = findings.first { $0.fits(unwanted) }
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

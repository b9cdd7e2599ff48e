import LAN
@testable import Diagnosis
import Flows
import Site
import Wire

/// Facts in, findings out.
struct Bench {
    private(set) var diagnosis: Diagnosis
    private(set) var changes: [FindingBook.Change] = []
    private(set) var ledgers: [Ledger] = []

    init(_ site: Site = .home, _ rules: [any Rule] = RuleRegistry.standard) {
        diagnosis = Diagnosis(site: site, rules: rules)
    }

    /// Returns what these facts changed.
    @discardableResult
    mutating func consider(_ events: FlowEvent...) -> [FindingBook.Change] {
        let start = changes.count
        for event in events { take(diagnosis.consider(event)) }
        return Array(changes[start...])
    }

    mutating func consider(_ events: [FlowEvent]) {
        for event in events { take(diagnosis.consider(event)) }
    }

    @discardableResult
    mutating func loseFrames(at seconds: Double) -> [FindingBook.Change] {
        let start = changes.count
        take(diagnosis.note(.lost, at: at(seconds)))
        return Array(changes[start...])
    }

    @discardableResult
    mutating func finish(at seconds: Double) -> [FindingBook.Change] {
        let start = changes.count
        take(diagnosis.finish(at: at(seconds)))
        return Array(changes[start...])
    }

    private mutating func take(_ new: [Diagnosis.Change]) {
        for change in new {
            switch change {
            case .finding(let change): changes.append(change)
            case .ledger(let ledger, _): ledgers.append(ledger)
            }
        }
    }

    var findings: [Finding] { diagnosis.book.findings }
    var open: [Finding] { diagnosis.book.open }

    func finding(_ label: Label, _ address: IPv4Address = theVIP) -> Finding? {
        findings.first { $0.label == label && ($0.subject.vip == .v4(address) || $0.subject.vip == nil) }
    }

    func ledger(_ address: IPv4Address = theVIP) -> Ledger? { diagnosis.ledgers.first { $0.vip == .v4(address) } }
}

/// From frames to findings, as a replay goes.
struct Watch: ~Copyable {
    private(set) var sensor: Sensor
    private(set) var bench: Bench

    init(_ site: Site = .home, _ limits: Limits = Limits()) {
        sensor = Sensor(site, limits)
        bench = Bench(site)
    }

    mutating func see(_ octets: [UInt8], at seconds: Double) { bench.consider(sensor.see(octets, at: seconds)) }

    /// A frame of which the capture holds so many octets.
    mutating func see(_ octets: [UInt8], cutTo length: Int, at seconds: Double) {
        bench.consider(sensor.see(Array(octets.prefix(length)), at: seconds, originalLength: octets.count))
    }

    mutating func advance(to seconds: Double) { bench.consider(sensor.advance(to: seconds)) }

    mutating func finish(at seconds: Double) {
        bench.consider(sensor.finish(at: seconds))
        bench.finish(at: seconds)
    }

    func finding(_ label: Label, _ address: IPv4Address = theVIP) -> Finding? { bench.finding(label, address) }
}

extension [FindingBook.Change] {
    var actions: [FindingBook.Action] { map(\.action) }
}

extension Finding {
    /// The frames of the evidence, as times in milliseconds.
    var frames: [UInt64] { evidence.map(\.frame.number) }
    var excluded: [String] { ruledOut.map(\.label) }
}

package import Flows
import Site
package import Wire

/// A layer of a VIP's ledger, from the segment up.
package enum LedgerLayer: String, Hashable, Sendable, CaseIterable { case l2, icmp, dns, tcp, tls, quic, http }

package enum LayerStatus: String, Hashable, Sendable, CaseIterable {
    case ok, warning, fault
    /// Nothing of this layer happened.
    case notSeen = "not_seen"
    /// It may have happened, but this sensor or this version cannot tell.
    case notObservable = "not_observable"
}

package enum Verdict: String, Hashable, Sendable, CaseIterable {
    case healthy, warning, fault
    case notJudged = "not_judged"
}

/// A VIP layer by layer: it exonerates, too, so that "DNS was never the problem" is a statement.
package struct Ledger: Hashable, Sendable {
    package struct Line: Hashable, Sendable {
        package var status: LayerStatus
        package var evidence: [Evidence]
        /// The time of the first evidence of this status.
        package var since: Timestamp?
    }

    package var vip: IPAddress
    package var name: String?
    package var announcer: Station?
    package var announcerNode: String?
    package var lines: [LedgerLayer: Line]
    package var verdict: Verdict

    package func line(_ layer: LedgerLayer) -> Line { lines[layer] ?? Line(status: .notSeen, evidence: [], since: nil) }

    /// True where the records would differ in what they state, evidence aside.
    func states(otherThan other: Ledger?) -> Bool {
        guard let other else { return true }
        return verdict != other.verdict || announcer != other.announcer
            || LedgerLayer.allCases.contains { line($0).status != other.line($0).status }
    }

    init(_ vip: IPAddress, _ known: borrowing Knowledge, open: [Finding]) {
        self.vip = vip
        name = known.site.vip(vip)?.name
        let record = known.vips[vip] ?? VIPRecord()
        announcer = record.lastClaim.map { claim in
            Station(mac: claim.station.mac, address: known.site.node(claim.station.mac)?.address ?? claim.station.address)
        }
        announcerNode = announcer.flatMap { known.site.node($0.mac)?.name }
        let concerned = open.filter { Ledger.concerns($0, vip, known) }
        lines = [:]
        for layer in LedgerLayer.allCases {
            lines[layer] = Ledger.line(layer, record, concerned.filter { $0.label.layer == layer })
        }
        verdict =
            concerned.contains { $0.severity == .fault }
            ? .fault
            : concerned.contains { $0.severity == .warning }
                ? .warning : record.fails.isEmpty && !record.works.isEmpty ? .healthy : .notJudged
    }

    /// A status that goes on keeps the time of its first evidence.
    mutating func keepSince(_ before: Ledger) {
        for layer in LedgerLayer.allCases where lines[layer]?.status == before.lines[layer]?.status {
            lines[layer]?.since = before.lines[layer]?.since
        }
    }

    /// A finding concerns a VIP that it names, or whose names are in the zone that it is about.
    package static func concerns(_ finding: Finding, _ vip: IPAddress, _ known: Knowledge) -> Bool {
        if let subject = finding.subject.vip { return subject == vip }
        guard let zone = finding.subject.name.flatMap(DNSName.init) else { return false }
        let patterns = known.site.vip(vip)?.names ?? []
        return patterns.contains { $0.name.isWithin(zone) || $0.matches(zone) } || known.vips[vip]?.named?.name.isWithin(zone) ?? false
    }

    private static func line(_ layer: LedgerLayer, _ record: VIPRecord, _ findings: [Finding]) -> Line {
        if let worst = findings.first(where: { $0.severity == .fault }) ?? findings.first(where: { $0.severity == .warning }) {
            return Line(status: worst.severity == .fault ? .fault : .warning, evidence: worst.evidence, since: worst.firstSeen)
        }
        if let good = positive(layer, record) ?? findings.first?.evidence.first {
            return Line(status: .ok, evidence: [good], since: good.frame.time)
        }
        return Line(status: silent(layer, record), evidence: [], since: nil)
    }

    private static func positive(_ layer: LedgerLayer, _ record: VIPRecord) -> Evidence? {
        switch layer {
        case .l2:
            if let claim = record.standing { return Evidence(claim.frame, "\(claim.means.words) by \(claim.station.mac)") }
            return record.works.values.max { $0.first < $1.first }.map {
                Evidence($0.synACK ?? $0.ack ?? $0.last, "TCP \($0.responder.port) works, so its frames find their way")
            }
        case .icmp: return record.echoReply.flatMap { exchange in exchange.reply.map { Evidence($0, "echo reply") } }
        case .dns:
            return record.named.flatMap { transaction in
                transaction.response.map { Evidence($0, "\(transaction.name) has its address, says \(transaction.server.address)") }
            }
        case .tcp:
            return record.works.values.max { $0.first < $1.first }.map {
                Evidence($0.synACK ?? $0.ack ?? $0.last, "handshake on TCP \($0.responder.port)")
            }
        case .quic: return record.quic.map { Evidence($0.frame, "QUIC handshake on UDP \($0.port)") }
        case .tls:
            return record.handshake.map { handshake in
                let version = handshake.serverHello?.version.name ?? "TLS"
                return Evidence(handshake.frames.end ?? handshake.last, "\(version) handshake on TCP \(handshake.server.port)")
            }
        case .http:
            return record.page.flatMap { exchange in
                exchange.response.map { Evidence($0.frame, "HTTP \($0.status) on TCP \(exchange.server.port)") }
            }
        }
    }

    private static func silent(_ layer: LedgerLayer, _ record: VIPRecord) -> LayerStatus {
        switch layer {
        case .l2: record.uncountedSilence == nil ? .notSeen : .notObservable
        // An attempt that failed says nothing by itself: a VIP need not speak QUIC.
        case .icmp, .dns, .tcp, .quic: .notSeen
        // What was begun and not completed may be the client's doing: a finding says what it is.
        case .tls: record.hasTLS ? .notObservable : .notSeen
        // Behind TLS it cannot be read.
        case .http: record.hasTLS || record.hasHTTP ? .notObservable : .notSeen
        }
    }
}

package import Diagnosis
import Flows
import Site
package import Wire

extension EventWriter {
    package mutating func write(_ change: FindingBook.Change) {
        let finding = change.finding
        let subject = finding.subject
        let site = site
        record(change.time, Head(kind: "alert", dataset: "vipscope.finding", action: change.action.rawValue)) { json in
            if let vip = subject.vip { json.vip(vip, site) }
            if let client = subject.client { json.endpoint("source", client) }
            if let port = subject.port {
                json.network(finding.label.transport, vlan: 0)
                json.object("destination") { json in
                    if let vip = subject.vip { json.field("ip", vip) }
                    json.field("port", port.rawValue)
                }
            }
            json.object("finding") { json in
                json.field("id", finding.id)
                json.field("label", plain: finding.label.rawValue)
                json.field("severity", plain: finding.severity.rawValue)
                json.field("state", plain: finding.state.rawValue)
                json.field("confidence", plain: finding.confidence.rawValue)
                if let name = subject.name { json.field("name", name) }
                json.field("summary", finding.summary)
                json.array("evidence", finding.evidence) { evidence, json in json.element { $0.evidence(evidence) } }
                json.array("ruled_out", finding.ruledOut) { exclusion, json in
                    json.element { json in
                        json.field("label", exclusion.label)
                        json.field("because", exclusion.because)
                    }
                }
                json.array("remedy", finding.remedy) { remedy, json in json.element(remedy) }
                if let cause = finding.causedBy { json.field("caused_by", cause) } else { json.null("caused_by") }
                json.field("first_seen", finding.firstSeen)
                json.field("last_seen", finding.lastSeen)
                json.field("count", finding.count)
            }
            json.packet(
                finding.evidence.map(\.frame).min { $0.number < $1.number }, finding.evidence.map(\.frame).max { $0.number < $1.number })
        }
    }

    package mutating func write(_ ledger: Ledger, at time: Timestamp) {
        record(time, Head(kind: "state", dataset: "vipscope.vip", action: "ledger")) { json in
            json.object("vip") { json in
                json.field("address", ledger.vip)
                if let name = ledger.name { json.field("name", name) }
                if let announcer = ledger.announcer {
                    json.object("announcer") { json in
                        json.field("mac", announcer.mac)
                        if let node = ledger.announcerNode { json.field("node", node) }
                        if let address = announcer.address { json.field("address", address) }
                    }
                }
                json.object("layers") { json in
                    for layer in LedgerLayer.allCases {
                        let line = ledger.line(layer)
                        json.beginObject(named: layer.rawValue)
                        json.field("status", plain: line.status.rawValue)
                        json.array("evidence", line.evidence) { evidence, json in json.element { $0.evidence(evidence) } }
                        if let since = line.since { json.field("since", since) }
                        json.endObject()
                    }
                }
                json.field("verdict", plain: ledger.verdict.rawValue)
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func evidence(_ evidence: Evidence) {
        field("frame", evidence.frame.number)
        field("time", evidence.frame.time)
        field("note", evidence.note)
    }
}

extension Label {
    var transport: StaticString? {
        switch self {
        case .tcpICMPRejected, .tcpSYNBlackhole: "tcp"
        case .tlsVersionMismatch, .tlsALPNMismatch, .tlsSNINoMatch, .tlsHandshakeFailed, .tlsPlaintextOnTLSPort: "tcp"
        case .tlsCertificateExpired, .tlsCertificateNameMismatch, .tlsCertificateUntrusted, .tlsCertificateExpiring: "tcp"
        case .httpUpstreamError, .httpRedirectLoop, .httpRouteMissing: "tcp"
        case .quicBlackholeFallback, .quicICMPFallback, .quicNoFallbackFailure, .quicReplyWrongSource, .quicHandshakeFailed: "udp"
        case .quicVersionNegotiated, .quicVersionMismatch, .quicOK, .httpsRRH3Mismatch, .altSvcH3Mismatch: "udp"
        case .tcpPortClosed, .mtuBlackhole, .backendInconsistent, .backendVaries, .idleConnectionReset, .tcpHandshakeSlow: "tcp"
        default: nil
        }
    }
}

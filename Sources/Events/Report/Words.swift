package import Diagnosis
package import Flows
import Wire

extension Finding {
    /// Those for whom it is so, as far as the packets tell.
    ///
    /// - Parameter siblings: findings that differ from this one by their client alone.
    func audience(_ siblings: [Finding], _ known: Knowledge) -> String {
        if let client = subject.client {
            let others = siblings.compactMap(\.subject.client).map(known.name)
            if others.isEmpty { return "\(known.name(client)) alone, as far as was seen" }
            let rest = others.count > 2 ? ["\(others.count - 1) others"] : []
            return Text.list([known.name(client)] + others.prefix(others.count > 2 ? 1 : 2) + rest)
        }
        switch label {
        case .vipNoAnnouncer: return "everyone: no packet can be sent to the VIP"
        case .duplicateAnnouncers, .ipConflictWithHost: return "each client that believes the wrong station"
        case .tlsVersionMismatch, .tlsALPNMismatch, .quicHandshakeFailed: return "clients that offer the same"
        case .tlsCertificateExpired, .tlsCertificateNameMismatch: return "every client that checks certificates"
        case .tlsCertificateUntrusted: return "clients that trust the same authorities as this one"
        case .tlsCertificateExpiring: return "nobody yet; every client that checks certificates when it expires"
        case .announcedByControlPlane, .announcedByUnknownHost: return "nobody fails by this alone: it is not where it is meant to be"
        case .dnsNXDomainAllInternal, .dnsForwardingMissing, .dnsAuthorityTimeout, .dnsAuthorityNoAnnouncer, .dnsAuthorityPortClosed,
            .dnsAuthorityServfail, .dnsAuthorityRefused:
            return "whoever asks for a name in \(subject.name ?? "the zone")"
        case .dnsSplitHorizonLeak: return "everyone outside who asks for \(subject.name ?? "it")"
        default: return whoever
        }
    }

    private var whoever: String {
        if let place { return "clients of \(place)" + (subject.name.map { " that ask for \($0)" } ?? "") }
        return subject.name.map { "whoever asks for \($0)" } ?? "everyone"
    }

    /// The port or address that it is about: `TCP 443 of 10.0.0.157`.
    var place: String? {
        let port = subject.port.map { port in label.transport.map { "\("\($0)".uppercased()) \(port)" } ?? "port \(port)" }
        let parts = [port, subject.vip?.description].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: " of ")
    }

    /// Open trouble: what an operator is woken for.
    var isTrouble: Bool { state == .open && (severity == .fault || severity == .warning) }

    /// Open trouble comes first, and that a VIP is healthy last: the verdict says it, too.
    var rank: Int { (isTrouble ? 0 : 4) + (label == .healthy ? 4 : severity.rank) }

    /// Whether another one differs by its client alone.
    func isSibling(of other: Finding) -> Bool {
        label == other.label && state == other.state && subject.vip == other.subject.vip && subject.port == other.subject.port
            && subject.name == other.subject.name
    }
}

extension Severity {
    /// The worst comes first.
    var rank: Int {
        switch self {
        case .fault: 0
        case .warning: 1
        case .event: 2
        case .info: 3
        }
    }
}

extension Verdict {
    package var words: String {
        switch self {
        case .healthy: "healthy"
        case .warning: "WARNING"
        case .fault: "FAULT"
        case .notJudged: "no verdict: too little was seen"
        }
    }
}

extension LedgerLayer {
    package var words: String {
        switch self {
        case .l2: "announcement"
        case .icmp: "ICMP"
        case .dns: "DNS"
        case .tcp: "TCP"
        case .tls: "TLS"
        case .quic: "QUIC"
        case .http: "HTTP"
        }
    }
}

extension Vantage {
    package var words: String {
        switch self {
        case .unknown: "no hardware addresses"
        case .mirror: "others' unicast is visible"
        case .station: "one station's unicast is visible"
        case .broadcastOnly: "broadcasts only"
        }
    }
}

extension String {
    /// Three decimals.
    init(decimal value: Double) {
        let thousandths = Int64((value * 1000).rounded())
        self = "\(thousandths / 1000).\(String(thousandths % 1000 + 1000).dropFirst())"
    }

    /// Cut to a width, and marked where it is.
    func clipped(to width: Int) -> String { count > width ? prefix(width - 1) + "…" : self }
}

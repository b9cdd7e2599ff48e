package import Wire

/// A conclusion, with the packets that prove it.
package struct Finding: Hashable, Sendable {
    package var label: Label
    package var severity: Severity
    package var subject: Subject
    package var confidence: Confidence
    package var summary: String
    package var evidence: [Evidence]
    package var ruledOut: [Exclusion] = []
    package var remedy: [String] = []
    /// It argues from silence, so lost frames weaken it.
    package var arguesFromAbsence = false

    package var state = State.open
    /// The id of the finding that explains this one.
    package var causedBy: String?
    package var firstSeen: Timestamp
    package var lastSeen: Timestamp
    package var count = 1

    package enum State: String, Hashable, Sendable, CaseIterable { case open, resolved }

    /// What a finding is about, as far as each part applies.
    package struct Subject: Hashable, Sendable {
        package var vip: IPAddress?
        package var port: Port?
        package var name: String?
        package var client: IPAddress?

        package init(vip: IPAddress? = nil, port: Port? = nil, name: String? = nil, client: IPAddress? = nil) {
            self.vip = vip
            self.port = port
            self.name = name
            self.client = client
        }
    }

    package init(
        _ label: Label, _ severity: Severity, _ subject: Subject, _ confidence: Confidence, at time: Timestamp, summary: String,
        evidence: [Evidence]
    ) {
        self.label = label
        self.severity = severity
        self.subject = subject
        self.confidence = confidence
        self.summary = summary
        self.evidence = evidence
        firstSeen = evidence.map(\.frame.time).min() ?? time
        lastSeen = time
    }

    /// Silence proves less where frames are missing, and the finding says why they are.
    mutating func weaken(_ reason: String) {
        guard confidence == .proven else { return }
        confidence = .likely
        summary += "; \(reason), so silence proves less"
    }

    /// Label and subject: stable across replays and restarts.
    package var id: String { Self.id(label, subject) }

    package static func id(_ label: Label, _ subject: Subject) -> String {
        var parts = [label.rawValue]
        if let vip = subject.vip { parts.append(vip.description) }
        if let port = subject.port { parts.append(port.description) }
        if let name = subject.name { parts.append(name) }
        if let client = subject.client { parts.append(client.description) }
        return parts.joined(separator: "/")
    }
}

/// Why rules were not told everything.
package enum MissingFrames: Sendable {
    case lost
    case filtered
    /// Connections to a VIP were counted, and not told.
    case flooded(IPAddress)

    var words: String {
        switch self {
        case .lost: "frames were lost in this capture"
        case .filtered: "a filter left frames out"
        case .flooded: "connections of a flood were only counted"
        }
    }

    /// Of a flood, what argues from there being no connection.
    func concerns(_ finding: Finding) -> Bool {
        guard case .flooded(let vip) = self else { return true }
        return finding.subject.vip == vip && (finding.label.layer == .tcp || finding.label.layer == .quic)
    }
}

/// A packet that proves a clause of the summary.
package struct Evidence: Hashable, Sendable {
    package var frame: FrameReference
    package var note: String

    package init(_ frame: FrameReference, _ note: String) {
        self.frame = frame
        self.note = note
    }
}

/// A look-alike that the evidence excludes.
package struct Exclusion: Hashable, Sendable {
    /// A label of the catalogue, or the name of a thing that is no finding.
    package var label: String
    package var because: String

    package init(_ label: String, because: String) {
        self.label = label
        self.because = because
    }
}

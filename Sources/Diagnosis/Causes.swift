/// Which finding explains which: an operator reads one cause, not ten symptoms.
enum Causes {
    static func explains(_ cause: Finding, _ consequence: Finding) -> Bool {
        switch cause.label {
        // A router that finds no neighbour rejects what it should forward.
        case .vipNoAnnouncer:
            cause.subject.vip == consequence.subject.vip
                && (consequence.label == .tcpICMPRejected || consequence.label == .tcpSYNBlackhole)
        // Clients try QUIC because they were told to.
        case .httpsRRH3Mismatch, .altSvcH3Mismatch:
            isSamePort(cause, consequence) && failsWithoutQUIC.contains(consequence.label)
        case .quicReplyWrongSource: isSamePort(cause, consequence) && consequence.label == .quicNoFallbackFailure
        // What was a lone failure at first turns out to depend on the name.
        case .tlsSNINoMatch:
            isSamePort(cause, consequence) && cause.subject.name == consequence.subject.name && consequence.label == .tlsHandshakeFailed
        default: false
        }
    }

    private static let failsWithoutQUIC: Set<Label> = [
        .quicBlackholeFallback, .quicICMPFallback, .quicNoFallbackFailure, .quicReplyWrongSource, .quicHandshakeFailed,
        .quicVersionMismatch,
    ]

    private static func isSamePort(_ cause: Finding, _ consequence: Finding) -> Bool {
        cause.subject.vip == consequence.subject.vip && cause.subject.port == consequence.subject.port
    }
}

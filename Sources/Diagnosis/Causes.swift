import Wire

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
        // The address is there and nothing behind it: the findings about each port are its parts.
        case .announcedNotServed:
            cause.subject.vip == consequence.subject.vip
                && [.tcpPortClosed, .tcpSYNBlackhole, .tcpICMPRejected].contains(consequence.label)
        // Who believes the wrong station finds no service.
        case .ipConflictWithHost, .duplicateAnnouncers:
            cause.subject.vip == consequence.subject.vip
                && [.announcedByUnknownHost, .tcpPortClosed, .tcpSYNBlackhole, .backendInconsistent].contains(consequence.label)
        case .announcerFlapping: cause.subject.vip == consequence.subject.vip && consequence.label == .vipFailover
        case .vipRouteLoop:
            cause.subject.vip == consequence.subject.vip
                && [.announcedNotServed, .tcpSYNBlackhole, .tcpICMPRejected].contains(consequence.label)
        case .staleARPAfterFailover:
            cause.subject.vip == consequence.subject.vip && consequence.label == .tcpSYNBlackhole
        // One reason why names fail: the whole zone's before a single name's, the segment's before the server's.
        case .dnsNXDomainAllInternal: consequence.label == .dnsSingleNameMissing && isWithin(consequence, cause)
        case .dnsAuthorityNoAnnouncer: consequence.label == .dnsAuthorityTimeout && consequence.subject == cause.subject
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

    private static func isWithin(_ finding: Finding, _ zone: Finding) -> Bool {
        guard let name = finding.subject.name.flatMap(DNSName.init), let zone = zone.subject.name.flatMap(DNSName.init) else {
            return false
        }
        return name.isWithin(zone)
    }
}

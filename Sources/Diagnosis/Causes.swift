import Wire

/// Which finding explains which: an operator reads one cause, not ten symptoms.
enum Causes {
    static func explains(_ cause: Finding, _ consequence: Finding) -> Bool {
        switch cause.label {
        // A router that finds no neighbour rejects what it should forward.
        case .vipNoAnnouncer:
            cause.subject.vip == consequence.subject.vip
                && (consequence.label == .tcpICMPRejected || consequence.label == .tcpSYNBlackhole)
        // One reason why names fail: the whole zone's before a single name's, the segment's before the server's.
        case .dnsNXDomainAllInternal: consequence.label == .dnsSingleNameMissing && isWithin(consequence, cause)
        case .dnsAuthorityNoAnnouncer: consequence.label == .dnsAuthorityTimeout && consequence.subject == cause.subject
        default: false
        }
    }

    private static func isWithin(_ finding: Finding, _ zone: Finding) -> Bool {
        guard let name = finding.subject.name.flatMap(DNSName.init), let zone = zone.subject.name.flatMap(DNSName.init) else {
            return false
        }
        return name.isWithin(zone)
    }
}

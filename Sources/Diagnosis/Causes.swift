/// Which finding explains which: an operator reads one cause, not ten symptoms.
enum Causes {
    static func explains(_ cause: Finding, _ consequence: Finding) -> Bool {
        switch cause.label {
        // A router that finds no neighbour rejects what it should forward.
        case .vipNoAnnouncer:
            cause.subject.vip == consequence.subject.vip
                && (consequence.label == .tcpICMPRejected || consequence.label == .tcpSYNBlackhole)
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
        default: false
        }
    }
}

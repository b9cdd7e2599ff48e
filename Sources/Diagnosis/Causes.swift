/// Which finding explains which: an operator reads one cause, not ten symptoms.
enum Causes {
    static func explains(_ cause: Finding, _ consequence: Finding) -> Bool {
        switch cause.label {
        // A router that finds no neighbour rejects what it should forward.
        case .vipNoAnnouncer:
            cause.subject.vip == consequence.subject.vip
                && (consequence.label == .tcpICMPRejected || consequence.label == .tcpSYNBlackhole)
        default: false
        }
    }
}

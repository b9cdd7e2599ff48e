import Wire

/// The subjects about which a rule has spoken. Names and clients come from whoever sends packets: those of a scanner leave room for the findings
/// of others.
struct SubjectLimit: Sendable {
    /// An operator who has read so many of one kind needs no more of them.
    static let most = 64

    private var known: Set<Finding.Subject> = []

    mutating func admits(_ subject: Finding.Subject) -> Bool {
        if known.contains(subject) { return true }
        guard known.count < Self.most else { return false }
        known.insert(subject)
        return true
    }
}

package import Wire

/// The capture filter of what is watched, for one link type after another.
package struct CaptureFilter: Hashable, Sendable {
    /// Nil where everything is to be seen.
    package var watched: TrafficNeed.Watched?
    /// The user's own.
    package var user: String?

    package init(watched: TrafficNeed.Watched?, user: String? = nil) {
        self.watched = watched
        self.user = user
    }

    /// Nil lets everything pass.
    package func expression(for linkType: LinkType) -> String? {
        let user = user.map { "(\($0))" }
        // These words move all offsets of what follows them, so nothing can follow: the user knows best.
        if let user, Self.movesOffsets(user) { return user }
        guard let watched else { return user }
        let plain = TrafficNeed.all.flatMap { $0.expressions(watched) }.map { "(\($0))" }.joined(separator: " or ")
        // `vlan` moves the offsets of what follows it, so that tags come last.
        let tagged = linkType == .ethernet ? "(\(plain)) or (vlan and ((\(plain)) or (vlan and (\(plain)))))" : plain
        return user.map { "\($0) and (\(tagged))" } ?? tagged
    }

    private static func movesOffsets(_ expression: String) -> Bool {
        expression.split { !$0.isLetter && !$0.isNumber }.contains { ["vlan", "mpls", "pppoes", "geneve"].contains($0) }
    }
}

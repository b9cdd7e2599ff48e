import Flows
import Wire

/// Version Negotiation packets whose clients have not got further yet.
struct QUICNegotiations: Sendable {
    struct Negotiation: Sendable {
        var client: IPAddress
        var server: Endpoint
        /// The client's, before it was told.
        var version: QUICVersion
        var offered: [QUICVersion]
        var first: FrameReference
        var frame: FrameReference
        var name: String?
    }

    static let most = 64

    private var waiting: [Negotiation] = []
    /// The last that were taken or have lapsed, by their frames: each counts once.
    private var done: [UInt64] = []

    mutating func note(_ attempt: QUICAttempt) {
        guard let frame = attempt.versionNegotiation, !done.contains(frame.number) else { return }
        let known = waiting.firstIndex { $0.frame == frame }
        // Later the attempt may have gone over to a version on the list.
        guard known == nil else { return }
        if waiting.count == Self.most { waiting.removeFirst() }
        waiting.append(
            Negotiation(
                client: attempt.client.address, server: attempt.server, version: attempt.version, offered: attempt.offeredVersions,
                first: attempt.first, frame: frame, name: attempt.serverName?.description))
    }

    /// An attempt of the client that gets further ends the wait.
    mutating func take(_ attempt: QUICAttempt) -> Negotiation? {
        guard let index = waiting.lastIndex(where: { $0.client == attempt.client.address && $0.server == attempt.server }) else {
            return nil
        }
        let found = waiting[index]
        for entry in waiting where entry.client == found.client && entry.server == found.server { finish(entry) }
        return found
    }

    mutating func lapsed(before time: Timestamp, after patience: Interval) -> [Negotiation] {
        if waiting.isEmpty { return [] }
        let found = waiting.filter { $0.frame.time + patience < time }
        for entry in found { finish(entry) }
        return found
    }

    private mutating func finish(_ entry: Negotiation) {
        waiting.removeAll { $0.frame == entry.frame }
        if done.count == Self.most { done.removeFirst() }
        done.append(entry.frame.number)
    }
}

package import Wire

/// The stage of a move that has just been seen.
package enum HandoverChange: String, Hashable, Sendable, CaseIterable {
    /// Another station announces the address.
    case moved
    /// A client has its first answer through the new announcer.
    case resumed
    /// A client goes on sending to the old one, and nobody answers.
    case stale
}

/// A watched address changed hands: who had it, who has it, and what a client saw of that.
package struct Handover: Hashable, Sendable {
    package var address: IPAddress
    package var vlan: UInt32
    /// The old announcer's last claim, and the new one's first.
    package var previous: Claim
    package var claim: Claim
    /// Nil for the move itself.
    package var client: Client?
    package var time: Timestamp

    package struct Client: Hashable, Sendable {
        package var address: IPAddress
        /// Who sends its frames on this segment, and whether that one forwards what others sent.
        package var sender: Station
        package var isForwarded: Bool
        /// The last answer that it had through the old announcer.
        package var lastAnswer: FrameReference?
        /// What it asked since then, in vain: the first such frame.
        package var attempt: FrameReference?
        /// Its first frame to the new announcer, and the first answer to that.
        package var firstFrame: FrameReference?
        package var firstAnswer: FrameReference?
        /// Frames to the old announcer that ask for an answer, later than a second after the claim: the first three, and all.
        package var stale: FirstFrames = []
        package var staleCount = 0
        /// It repeats itself, which proves that it had no answer; else that answers to it were visible before.
        package var repeatsItself = false
    }
}

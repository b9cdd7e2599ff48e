package import Wire

/// Two stations claim an address at one time.
package struct ClaimConflict: Hashable, Sendable {
    package var address: IPAddress
    package var vlan: UInt32
    package var first: Claim
    package var second: Claim
    /// The claim by the first station's rival that came before, where the two alternate.
    package var earlier: Claim?
    package var time: Timestamp

    /// Both answered one request.
    package var isSameRequest: Bool { earlier == nil }
}

/// Why an interface gives no frames.
package struct CaptureError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: Hashable, Sendable {
        /// The process lacks CAP_NET_RAW.
        case notPermitted
        /// There is no interface of that name, or none that leads to the VIP.
        case noInterface
        /// It is there and down.
        case down
        /// It was there, and is not any more.
        case vanished
        case filter
        case other
    }

    package var kind: Kind
    package var interface: String
    /// In libpcap's words, or ours.
    package var problem: String

    package init(_ kind: Kind, _ interface: String, _ problem: String) {
        self.kind = kind
        self.interface = interface
        self.problem = problem
    }

    package var description: String { interface.isEmpty ? problem : "\(interface): \(problem)" }
}

package import Wire

/// An address and a port: one end of a flow (RFC 7011 calls the pair and the protocol a five-tuple).
package struct Endpoint: Hashable, Sendable {
    package var address: IPAddress
    package var port: Port

    package init(_ address: IPAddress, _ port: Port) {
        self.address = address
        self.port = port
    }
}

/// A five-tuple in one order for both directions, as plain words: the lower end first.
package struct FlowKey: TableKey, Hashable {
    private var lowerHigh: UInt64
    private var lowerLow: UInt64
    private var upperHigh: UInt64
    private var upperLow: UInt64
    private var ports: UInt32
    private var transport: UInt8
    private var isV6: Bool

    /// The key, and whether `source` is its lower end. Both ends are of one family, as the ends of a packet are.
    @inline(__always)
    init(_ protocol: IPProtocol, source: Endpoint, destination: Endpoint, sourceIsLower: inout Bool) {
        let (sourceHigh, sourceLow) = source.address.words
        let (destinationHigh, destinationLow) = destination.address.words
        if sourceHigh != destinationHigh {
            sourceIsLower = sourceHigh < destinationHigh
        } else if sourceLow != destinationLow {
            sourceIsLower = sourceLow < destinationLow
        } else {
            sourceIsLower = source.port <= destination.port
        }
        if case .v6 = source.address { isV6 = true } else { isV6 = false }
        transport = `protocol`.rawValue
        if sourceIsLower {
            (lowerHigh, lowerLow, upperHigh, upperLow) = (sourceHigh, sourceLow, destinationHigh, destinationLow)
            ports = UInt32(source.port.rawValue) << 16 | UInt32(destination.port.rawValue)
        } else {
            (lowerHigh, lowerLow, upperHigh, upperLow) = (destinationHigh, destinationLow, sourceHigh, sourceLow)
            ports = UInt32(destination.port.rawValue) << 16 | UInt32(source.port.rawValue)
        }
    }

    var lower: Endpoint { Endpoint(address(lowerHigh, lowerLow), Port(rawValue: UInt16(ports >> 16))) }
    var upper: Endpoint { Endpoint(address(upperHigh, upperLow), Port(rawValue: UInt16(truncatingIfNeeded: ports))) }

    /// Whoever began, and the other.
    func ends(lowerFirst isLower: Bool) -> (first: Endpoint, second: Endpoint) { isLower ? (lower, upper) : (upper, lower) }

    private func address(_ high: UInt64, _ low: UInt64) -> IPAddress {
        isV6 ? .v6(IPv6Address(high: high, low: low)) : .v4(IPv4Address(rawValue: UInt32(truncatingIfNeeded: low)))
    }

    @inline(__always)
    package func hash(into hash: inout KeyedHash) {
        hash.mix(lowerLow ^ UInt64(ports) << 32)
        hash.mix(upperLow ^ UInt64(transport) << 40)
        if isV6 {
            hash.mix(lowerHigh)
            hash.mix(upperHigh)
        }
    }
}

extension IPAddress {
    @inline(__always)
    var words: (high: UInt64, low: UInt64) {
        switch self {
        case .v4(let address): (0, UInt64(address.rawValue))
        case .v6(let address): (address.high, address.low)
        }
    }
}

extension KeyedHash {
    @inline(__always)
    mutating func mix(_ address: IPAddress) {
        let (high, low) = address.words
        mix(low)
        if high != 0 { mix(high) }
    }
}

package import QUICInitial
package import Wire

/// What receives the packets of a datagram as a conversation reads them: `decode` states them, a correlator does not care.
package protocol QUICVisitor {
    /// A packet; its frames and the handshake messages that they complete come next.
    mutating func packet(_ packet: QUICPacket, _ opening: QUICOpening)
    mutating func frame(_ frame: QUICFrame, in payload: Span<UInt8>)
    /// A handshake message is whole; its body is without the header.
    mutating func handshakeMessage(_ header: TLSHandshakeHeader, _ body: Span<UInt8>, from side: QUICSide)
    /// What did not decode: octets from the start of the datagram, or of the packet's payload.
    mutating func anomaly(_ error: DecodeError, at offset: Int, inPayload: Bool)
}

/// How far a packet could be read.
package enum QUICOpening: Hashable, Sendable {
    case opened(number: UInt64)
    case failed(InitialOpener.Failure)
    /// A Retry, and whether its integrity tag is right; nil where its version's key is not known.
    case verified(Bool?)
    /// Nothing in it is protected.
    case plain
    /// Its keys are not on the wire, or its version's protection is not known.
    case noKeys
}

/// Nobody asks.
package struct NoQUICVisitor: QUICVisitor {
    package init() {}
    package mutating func packet(_ packet: QUICPacket, _ opening: QUICOpening) {}
    package mutating func frame(_ frame: QUICFrame, in payload: Span<UInt8>) {}
    package mutating func handshakeMessage(_ header: TLSHandshakeHeader, _ body: Span<UInt8>, from side: QUICSide) {}
    package mutating func anomaly(_ error: DecodeError, at offset: Int, inPayload: Bool) {}
}

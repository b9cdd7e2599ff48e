/// What stands before each handshake message (RFC 8446 §4).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +---------------+-----------------------------------------------+
///     |   msg_type    |                    length                     |
///     +---------------+-----------------------------------------------+
package struct TLSHandshakeHeader: Hashable, Sendable {
    package var type: MessageType
    /// Octets of the message's body, which may go on in further records.
    package var bodyLength: Int

    package static let length = 4

    package init(type: MessageType, bodyLength: Int) {
        self.type = type
        self.bodyLength = bodyLength
    }

    package struct MessageType: RawRepresentable, Hashable, Sendable {
        package var rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        package static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

        package static let helloRequest = Self(rawValue: 0)
        package static let clientHello = Self(rawValue: 1)
        package static let serverHello = Self(rawValue: 2)
        package static let newSessionTicket = Self(rawValue: 4)
        package static let encryptedExtensions = Self(rawValue: 8)
        package static let certificate = Self(rawValue: 11)
        package static let serverKeyExchange = Self(rawValue: 12)
        package static let certificateRequest = Self(rawValue: 13)
        package static let serverHelloDone = Self(rawValue: 14)
        package static let certificateVerify = Self(rawValue: 15)
        package static let clientKeyExchange = Self(rawValue: 16)
        package static let finished = Self(rawValue: 20)
        package static let certificateStatus = Self(rawValue: 22)
    }
}

extension TLSHandshakeHeader: Message {
    package static let layer = Layer.tls

    package init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        try bytes.require(Self.length)
        type = MessageType(rawValue: try bytes.read())
        bodyLength = try bytes.readUInt24()
    }

    package func describe(to fields: inout some FieldVisitor) {
        fields.field("msg_type", type.rawValue)
        fields.field("length", bodyLength)
    }
}

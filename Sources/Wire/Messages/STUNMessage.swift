/// A STUN message: a client learns the address that others see (RFC 8489 §5).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +---+---------------------------+-------------------------------+
///     |0 0|  class in bits 8 and 4    |            length             |
///     |                  magic cookie = 0x2112a442                    |
///     |                  transaction (12 octets)                      |
///     |   attributes: type (2), length (2), value, padded to 4        |
///     +---------------------------------------------------------------+
public struct STUNMessage: Hashable, Sendable {
    public var messageClass: Class
    public var method: Method
    public var transaction: [UInt8]
    public var attributes: [STUNAttribute]

    public enum Class: UInt8, Hashable, Sendable, CustomStringConvertible {
        case request, indication, success, error

        public var description: String {
            switch self {
            case .request: "request"
            case .indication: "indication"
            case .success: "success response"
            case .error: "error response"
            }
        }
    }

    /// STUN Methods, IANA.
    public struct Method: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt16
        public init(rawValue: UInt16) { self.rawValue = rawValue }

        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

        public static let binding = Self(rawValue: 1)
        public static let allocate = Self(rawValue: 3)

        public var name: String {
            switch self {
            case .binding: "binding"
            case .allocate: "allocate"
            default: "method \(rawValue)"
            }
        }
    }

    static let headerLength = 20
    static let magicCookie: UInt32 = 0x2112_a442

    /// The address and port that the server saw, by either attribute (RFC 8489 §14.1, §14.2).
    public var mappedAddress: (address: IPAddress, port: Port)? {
        attributes.lazy.compactMap { if case .mappedAddress(_, let address, let port) = $0 { (address, port) } else { nil } }.first
    }
    public var error: (code: Int, reason: String)? {
        attributes.lazy.compactMap { if case .errorCode(let code, let reason) = $0 { (code, reason) } else { nil } }.first
    }
}

extension STUNMessage: RecognizableMessage {
    public static let layer = Layer.stun

    public static func recognizes(_ payload: Span<UInt8>) -> Bool {
        guard payload.count >= headerLength, payload[0] >> 6 == 0, payload.uint32(at: 4) == magicCookie else { return false }
        return Int(payload.uint16(at: 2)) == payload.count - headerLength && payload.count % 4 == 0
    }

    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        try bytes.require(Self.headerLength)
        let type = bytes.uint16(at: 0)
        guard type >> 14 == 0 else { throw .malformed("message type") }
        guard bytes.uint32(at: 4) == Self.magicCookie else { throw .unsupported("magic cookie") }
        let length = Int(bytes.uint16(at: 2))
        guard length % 4 == 0 else { throw .malformed("message length") }
        // The class's bits stand between those of the method (RFC 8489 §5, figure 3).
        messageClass =
            switch (type & 0x100 != 0, type & 0x010 != 0) {
            case (false, false): .request
            case (false, true): .indication
            case (true, false): .success
            case (true, true): .error
            }
        method = Method(rawValue: type & 0x000f | type >> 1 & 0x0070 | type >> 2 & 0x0f80)
        try bytes.skip(8)
        transaction = try bytes.readArray(12)
        try bytes.require(length)
        var rest = bytes.extracting(first: length)
        attributes = []
        do throws(DecodeError) {
            while !rest.isEmpty { attributes.append(try STUNAttribute(decoding: &rest, transaction: transaction)) }
        } catch {
            try bytes.skip(length - rest.count)
            throw error
        }
        try bytes.skip(length)
    }

    public func describe(to fields: inout some FieldVisitor) {
        fields.field("class", messageClass.rawValue)
        fields.field("method", method.rawValue)
        fields.field("transaction", transaction.hexadecimal)
        fields.list("attributes", count: attributes.count) { attributes[$0].describe(to: &$1) }
    }
}

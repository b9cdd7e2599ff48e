/// An attribute of a STUN message (RFC 8489 §14).
///
///     type (2) | length (2) | value | padding to a multiple of four, not counted in the length
public enum STUNAttribute: Hashable, Sendable {
    /// MAPPED-ADDRESS (type 1), or XOR-MAPPED-ADDRESS, which is told in clear here: some translators rewrite addresses that they
    /// find in packets (§14.2).
    case mappedAddress(isXOR: Bool, IPAddress, Port)
    case errorCode(Int, reason: String)
    case software(String)
    case other(type: UInt16, length: Int)

    public var type: UInt16 {
        switch self {
        case .mappedAddress(let isXOR, _, _): isXOR ? 0x0020 : 0x0001
        case .errorCode: 0x0009
        case .software: 0x8022
        case .other(let type, _): type
        }
    }

    init(decoding bytes: inout Span<UInt8>, transaction: [UInt8]) throws(DecodeError) {
        try bytes.require(4)
        let type = bytes.uint16(at: 0)
        let length = Int(bytes.uint16(at: 2))
        let padded = (length + 3) & ~3
        try bytes.require(4 + padded)
        var value = bytes.extracting(first: 4 + length)
        value = value.extracting(droppingFirst: 4)
        switch type {
        case 0x0001, 0x0020: self = try Self.address(&value, isXOR: type == 0x0020, transaction)
        case 0x0009:
            try value.require(4)
            // Hundreds and the rest stand apart (§14.8).
            let code = Int(value[2] & 7) * 100 + Int(value[3])
            try value.skip(4)
            self = .errorCode(code, reason: String(decoding: [UInt8](copying: value), as: UTF8.self))
        case 0x8022: self = .software(String(decoding: [UInt8](copying: value), as: UTF8.self))
        default: self = .other(type: type, length: length)
        }
        try bytes.skip(4 + padded)
    }

    private static func address(_ value: inout Span<UInt8>, isXOR: Bool, _ transaction: [UInt8]) throws(DecodeError) -> Self {
        try value.skip(1)
        let family: UInt8 = try value.read()
        var port: UInt16 = try value.read()
        let magic = STUNMessage.magicCookie
        if isXOR { port ^= UInt16(magic >> 16) }
        let address: IPAddress
        switch family {
        case 1:
            let word: UInt32 = try value.read()
            address = .v4(IPv4Address(rawValue: isXOR ? word ^ magic : word))
        case 2:
            var (high, low): (UInt64, UInt64) = (try value.read(), try value.read())
            if isXOR {
                let mask = transaction.span
                try mask.require(12)
                high ^= UInt64(magic) << 32 | UInt64(mask.uint32(at: 0))
                low ^= UInt64(mask.uint32(at: 4)) << 32 | UInt64(mask.uint32(at: 8))
            }
            address = .v6(IPv6Address(high: high, low: low))
        default: throw .unsupported("address family")
        }
        return .mappedAddress(isXOR: isXOR, address, Port(rawValue: port))
    }

    func describe(to fields: inout some FieldVisitor) {
        fields.field("type", type)
        switch self {
        case .mappedAddress(_, let address, let port):
            fields.field("address", address.description)
            fields.field("port", port.rawValue)
        case .errorCode(let code, let reason):
            fields.field("code", code)
            fields.field("reason", reason)
        case .software(let name): fields.field("software", name)
        case .other(_, let length): fields.field("length", length)
        }
    }
}

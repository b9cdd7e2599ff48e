/// The OPT pseudo-record: what a sender's DNS can do, and more of a message's header (RFC 6891 §6.1).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +---------------+-------------------------------+---------------+
///     |   name = 0    |           type = 41           |  UDP payload  |
///     |     size      | extended rcode|    version    |D|      Z      |
///     |      Z        |           data length         |    options    |
///     +---------------+-------------------------------+---------------+
public struct EDNS: Hashable, Sendable {
    /// The largest UDP payload that the sender takes.
    public var payloadSize: UInt16
    /// The upper eight bits of the response code.
    public var extendedResponseCode: UInt8
    public var version: UInt8
    public var flags: UInt16
    public var options: [EDNSOption]

    /// DO: the sender takes DNSSEC records (RFC 3225 §3).
    public var dnssecOK: Bool { flags & 0x8000 != 0 }

    /// Nil for a record of another type. Malformed options are none.
    public init?(_ record: DNSRecord) {
        guard record.type == .opt else { return nil }
        payloadSize = record.recordClass.rawValue
        extendedResponseCode = UInt8(truncatingIfNeeded: record.timeToLive >> 24)
        version = UInt8(truncatingIfNeeded: record.timeToLive >> 16)
        flags = UInt16(truncatingIfNeeded: record.timeToLive)
        options = if case .options(let options) = record.data { options } else { [] }
    }

    public func describe(to fields: inout some FieldVisitor) {
        fields.field("udp_payload_size", payloadSize)
        fields.field("extended_response_code", extendedResponseCode)
        fields.field("version", version)
        fields.field("flags", flags)
        fields.field("dnssec_ok", flag: dnssecOK)
        fields.list("options", count: options.count) { index, fields in options[index].describe(to: &fields) }
    }
}

/// An option of EDNS (RFC 6891 §6.1.2).
public struct EDNSOption: Hashable, Sendable {
    public var code: Code
    public var data: [UInt8]

    /// DNS EDNS0 Option Codes (IANA).
    public struct Code: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt16
        public init(rawValue: UInt16) { self.rawValue = rawValue }

        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

        public static let nsid = Self(rawValue: 3)
        public static let clientSubnet = Self(rawValue: 8)
        public static let cookie = Self(rawValue: 10)
        public static let extendedError = Self(rawValue: 15)

        public var name: String {
            switch rawValue {
            case 1: "LLQ"
            case 2: "Update Lease"
            case 3: "NSID"
            case 5: "DAU"
            case 6: "DHU"
            case 7: "N3U"
            case 8: "edns-client-subnet"
            case 9: "EDNS EXPIRE"
            case 10: "COOKIE"
            case 11: "edns-tcp-keepalive"
            case 12: "Padding"
            case 13: "CHAIN"
            case 14: "edns-key-tag"
            case 15: "Extended DNS Error"
            case 16: "EDNS-Client-Tag"
            case 17: "EDNS-Server-Tag"
            case 18: "Report-Channel"
            case 19: "ZONEVERSION"
            default: "OPTION\(rawValue)"
            }
        }
    }

    /// Why an answer is as it is, as far as the server tells.
    public var extendedError: ExtendedDNSError? { ExtendedDNSError(self) }

    /// The server's name for itself, or nothing where a client asks for it (RFC 5001 §2.3).
    public var serverIdentifier: [UInt8]? { code == .nsid ? data : nil }

    static func all(in octets: Span<UInt8>) throws(DecodeError) -> [EDNSOption] {
        var rest = octets
        var options: [EDNSOption] = []
        while !rest.isEmpty {
            let code: UInt16 = try rest.read()
            let length: UInt16 = try rest.read()
            guard rest.count >= Int(length) else { throw .malformed("OPTION-LENGTH") }
            options.append(EDNSOption(code: Code(rawValue: code), data: try rest.readArray(Int(length))))
        }
        return options
    }

    /// Cookies and clients' subnets are nobody's business: of most options only the length is told.
    func describe(to fields: inout some FieldVisitor) {
        fields.field("code", code.rawValue)
        fields.field("code_name", code.name)
        fields.field("length", data.count)
        if let serverIdentifier { fields.field("server_identifier", DNSText.quoted(serverIdentifier)) }
        if let extendedError {
            fields.field("info_code", extendedError.infoCode.rawValue)
            fields.field("info_code_name", extendedError.infoCode.name)
            fields.field("extra_text", extendedError.text)
        }
    }

    /// There is no presentation format for options; this one is for people.
    var description: String {
        guard let extendedError else { return "\(code.name) (\(data.count) octets)" }
        return "\(code.name) \(extendedError)"
    }
}

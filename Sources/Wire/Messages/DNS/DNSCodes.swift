/// What a message is about (DNS OpCodes, IANA).
public struct DNSOperation: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Stated, because RawRepresentable's own goes through a witness for every packet.
    @inline(__always)
    public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    public static let query = Self(rawValue: 0)
    public static let notify = Self(rawValue: 4)
    public static let update = Self(rawValue: 5)

    public var name: String {
        switch rawValue {
        case 0: "QUERY"
        case 1: "IQUERY"
        case 2: "STATUS"
        case 4: "NOTIFY"
        case 5: "UPDATE"
        case 6: "DSO"
        default: "OPCODE\(rawValue)"
        }
    }
}

/// A response code: four bits of the header and, with EDNS, eight above them (DNS RCODEs, IANA; RFC 6895 §2.3).
public struct DNSResponseCode: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Stated, because RawRepresentable's own goes through a witness for every packet.
    @inline(__always)
    public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    public static let noError = Self(rawValue: 0)
    public static let formatError = Self(rawValue: 1)
    public static let serverFailure = Self(rawValue: 2)
    public static let nonExistentDomain = Self(rawValue: 3)
    public static let notImplemented = Self(rawValue: 4)
    public static let refused = Self(rawValue: 5)
    public static let badVersion = Self(rawValue: 16)
    public static let badCookie = Self(rawValue: 23)

    public var name: String {
        switch rawValue {
        case 0: "NOERROR"
        case 1: "FORMERR"
        case 2: "SERVFAIL"
        case 3: "NXDOMAIN"
        case 4: "NOTIMP"
        case 5: "REFUSED"
        case 6: "YXDOMAIN"
        case 7: "YXRRSET"
        case 8: "NXRRSET"
        case 9: "NOTAUTH"
        case 10: "NOTZONE"
        case 11: "DSOTYPENI"
        case 16: "BADVERS"  // in a TSIG record BADSIG, which is no response code of a message
        case 17: "BADKEY"
        case 18: "BADTIME"
        case 19: "BADMODE"
        case 20: "BADNAME"
        case 21: "BADALG"
        case 22: "BADTRUNC"
        case 23: "BADCOOKIE"
        default: "RCODE\(rawValue)"
        }
    }
}

/// A class of records or questions (DNS CLASSes, IANA; RFC 6895 §3.2).
public struct DNSClass: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Stated, because RawRepresentable's own goes through a witness for every packet.
    @inline(__always)
    public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    public static let internet = Self(rawValue: 1)
    public static let chaos = Self(rawValue: 3)
    public static let none = Self(rawValue: 254)
    public static let any = Self(rawValue: 255)

    /// Multicast DNS takes the first bit of a class that it knows: in a record "flush older ones from the cache", in a question
    /// "a unicast answer will do" (RFC 6762 §5.4, §10.2). Classes of unicast DNS never look like that: those numbers are unassigned.
    public var hasMulticastBit: Bool { rawValue & 0x8000 != 0 && Self(rawValue: rawValue & 0x7fff).knownName != nil }

    /// Without the bit of multicast DNS.
    public var name: String { (hasMulticastBit ? Self(rawValue: rawValue & 0x7fff) : self).knownName ?? "CLASS\(rawValue)" }

    private var knownName: String? {
        switch rawValue {
        case 1: "IN"
        case 3: "CH"
        case 4: "HS"
        case 254: "NONE"
        case 255: "ANY"
        default: nil
        }
    }
}

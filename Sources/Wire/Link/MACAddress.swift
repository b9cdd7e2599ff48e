/// A 48-bit hardware address (IEEE 802-2014 §8.2).
public struct MACAddress: RawRepresentable, Hashable, Sendable {
    /// The six octets, the first one highest.
    public var rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue & 0xffff_ffff_ffff }

    /// Stated, because RawRepresentable's own goes through a witness for every packet.
    @inline(__always)
    public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }
    @inline(__always)
    public static func != (left: Self, right: Self) -> Bool { left.rawValue != right.rawValue }

    public static let zero = Self(rawValue: 0)
    public static let broadcast = Self(rawValue: 0xffff_ffff_ffff)

    /// Group addresses, broadcast among them.
    public var isMulticast: Bool { rawValue & 0x0100_0000_0000 != 0 }

    /// A VRRP virtual router's address, 00:00:5e:00:01:xx and :02:xx (RFC 9568 §7.3).
    public var isVRRP: Bool { rawValue >> 8 == 0x00_005e_0001 || rawValue >> 8 == 0x00_005e_0002 }
}

extension MACAddress: LosslessStringConvertible {
    public var description: String { String(decoding: text, as: UTF8.self) }

    /// Lower-case pairs with colons, as ASCII.
    public var text: [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(17)
        for index in 0..<6 {
            if index > 0 { text.append(0x3a) }
            text.appendHexadecimal(UInt8(truncatingIfNeeded: rawValue >> (40 - 8 * UInt64(index))))
        }
        return text
    }

    /// Six pairs of hexadecimal digits with colons or dashes between them.
    public init?(_ description: String) {
        let parts = description.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "-" }
        guard parts.count == 6 else { return nil }
        var value: UInt64 = 0
        for part in parts {
            guard part.count == 2, part.allSatisfy(\.isHexDigit), let octet = UInt8(part, radix: 16) else { return nil }
            value = value << 8 | UInt64(octet)
        }
        self.init(rawValue: value)
    }
}

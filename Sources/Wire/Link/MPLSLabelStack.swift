/// The label stack between a link header and what it carries, as far as it names its place in the frame (RFC 3032 §2.1, RFC 5462 §2).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +---------------------------------------+-----+-+---------------+
///     |                 label                 |class|S| time to live  |  each label; S is set in the last one
///     +---------------------------------------+-----+-+---------------+
public struct MPLSLabelStack: Hashable, Sendable {
    /// Octets from the start of the frame.
    private var offset: Int32 = 0
    public private(set) var count: Int32 = 0

    public init() {}

    /// Nothing in the stack tells what it carries: the first four bits are those of an IP version, or of anything else, a pseudowire most
    /// likely (RFC 4928 §3).
    static func etherType(of payload: Span<UInt8>) -> EtherType {
        guard !payload.isEmpty else { return .none }
        return switch payload[0] >> 4 {
        case 4: .ipv4
        case 6: .ipv6
        default: .none
        }
    }
}

/// An entry of a label stack.
public struct MPLSLabel: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Stated, because RawRepresentable's own goes through a witness.
    @inline(__always)
    public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    public static let length = 4

    public var label: UInt32 { rawValue >> 12 }
    public var trafficClass: UInt8 { UInt8(rawValue >> 9 & 7) }
    public var isBottom: Bool { rawValue & 0x100 != 0 }
    public var timeToLive: UInt8 { UInt8(rawValue & 0xff) }
}

extension MPLSLabelStack {
    /// - Parameter offset: of the first label, in octets from the start of the frame.
    public init(decoding bytes: inout Span<UInt8>, at offset: Int) throws(DecodeError) {
        self.offset = Int32(truncatingIfNeeded: offset)
        var label: MPLSLabel
        repeat {
            label = MPLSLabel(rawValue: try bytes.read())
            count &+= 1
        } while !label.isBottom
    }

    func describe(in bytes: Span<UInt8>, to fields: inout some FieldVisitor) {
        guard count > 0, Int(offset) + Int(count) * MPLSLabel.length <= bytes.count else { return }
        fields.list("mpls", count: Int(count)) { index, fields in
            MPLSLabel(rawValue: bytes.uint32(at: Int(offset) + index * MPLSLabel.length)).describe(to: &fields)
        }
    }
}

extension MPLSLabel {
    func describe(to fields: inout some FieldVisitor) {
        fields.field("label", label)
        fields.field("traffic_class", trafficClass)
        fields.field("bottom", flag: isBottom)
        fields.field("time_to_live", timeToLive)
    }
}

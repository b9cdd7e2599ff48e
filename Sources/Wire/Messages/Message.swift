/// What can state its fields.
public protocol Describable: Sendable {
    /// The name in `decode` output and in anomalies.
    static var layer: Layer { get }

    /// States every decoded field, in wire order.
    func describe(to fields: inout some FieldVisitor)
}

/// What stands above the headers: a leaf that a correlator may ask for.
///
/// The span holds exactly the message, and `init` advances it past what it has read.
public protocol Message: Describable {
    init(decoding bytes: inout Span<UInt8>) throws(DecodeError)
}

/// A message that its octets give away, whatever the port: for protocols without a port of their own.
public protocol RecognizableMessage: Message {
    /// Strict, for every datagram of unknown content is asked.
    static func recognizes(_ payload: Span<UInt8>) -> Bool
}

/// What receives the fields of a header or message: text, JSON or a test.
public protocol FieldVisitor {
    mutating func field(_ name: StaticString, _ value: UInt64)
    mutating func field(_ name: StaticString, _ value: String)
    mutating func field(_ name: StaticString, flag: Bool)
    /// A list of objects, each described by one call of the closure.
    mutating func list(_ name: StaticString, count: Int, _ describe: (Int, inout Self) -> Void)
    mutating func object(_ name: StaticString, _ describe: (inout Self) -> Void)
}

extension FieldVisitor {
    public mutating func field(_ name: StaticString, _ value: some BinaryInteger) { field(name, UInt64(truncatingIfNeeded: value)) }
    public mutating func field(_ name: StaticString, _ value: MACAddress) { field(name, value.description) }
    public mutating func field(_ name: StaticString, _ value: IPv4Address) { field(name, value.description) }
    public mutating func field(_ name: StaticString, _ value: IPv6Address) { field(name, value.description) }
}

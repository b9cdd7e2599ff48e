/// The span is the cursor: each read checks once, then shrinks the span from the front. Network byte order throughout.
extension Span<UInt8> {
    @inline(__always)
    public func require(_ octets: Int) throws(DecodeError) {
        guard count >= octets else { throw .truncated(needed: octets, available: count) }
    }

    @inline(__always)
    public mutating func skip(_ octets: Int) throws(DecodeError) {
        try require(octets)
        self = extracting(droppingFirst: octets)
    }

    /// Shortens the end, so that padding never reaches an upper layer. A length beyond the end changes nothing.
    @inline(__always)
    public mutating func limit(to octets: Int) {
        if octets < count { self = extracting(first: Swift.max(0, octets)) }
    }

    @inline(__always)
    public mutating func read() throws(DecodeError) -> UInt8 {
        try require(1)
        let value = self[0]
        self = extracting(droppingFirst: 1)
        return value
    }

    @inline(__always)
    public mutating func read() throws(DecodeError) -> UInt16 {
        try require(2)
        let value = uint16(at: 0)
        self = extracting(droppingFirst: 2)
        return value
    }

    @inline(__always)
    public mutating func read() throws(DecodeError) -> UInt32 {
        try require(4)
        let value = uint32(at: 0)
        self = extracting(droppingFirst: 4)
        return value
    }

    @inline(__always)
    public mutating func read() throws(DecodeError) -> UInt64 {
        try require(8)
        let value = uint64(at: 0)
        self = extracting(droppingFirst: 8)
        return value
    }

    public mutating func read() throws(DecodeError) -> MACAddress {
        try require(6)
        let value = UInt64(uint16(at: 0)) << 32 | UInt64(uint32(at: 2))
        self = extracting(droppingFirst: 6)
        return MACAddress(rawValue: value)
    }

    public mutating func read() throws(DecodeError) -> IPv4Address { IPv4Address(rawValue: try read()) }

    public mutating func read() throws(DecodeError) -> IPv6Address { IPv6Address(high: try read(), low: try read()) }

    /// Copies octets out: for values that outlive the frame.
    public mutating func readArray(_ octets: Int) throws(DecodeError) -> [UInt8] {
        try require(octets)
        let array = [UInt8](copying: extracting(first: octets))
        self = extracting(droppingFirst: octets)
        return array
    }

    /// Stays before the field where it holds another value, so that an anomaly points at it.
    @inline(__always)
    public mutating func expect(_ value: UInt8, field: Field) throws(DecodeError) {
        var rest = self
        let found: UInt8 = try rest.read()
        guard found == value else { throw .unsupported(field) }
        self = rest
    }

    @inline(__always)
    public mutating func expect(_ value: UInt16, field: Field) throws(DecodeError) {
        var rest = self
        let found: UInt16 = try rest.read()
        guard found == value else { throw .unsupported(field) }
        self = rest
    }

    /// For octets that `require` has already vouched for.
    @inline(__always)
    public func uint16(at index: Int) -> UInt16 { UInt16(self[index]) << 8 | UInt16(self[index + 1]) }

    @inline(__always)
    public func uint32(at index: Int) -> UInt32 {
        UInt32(self[index]) << 24 | UInt32(self[index + 1]) << 16 | UInt32(self[index + 2]) << 8 | UInt32(self[index + 3])
    }

    @inline(__always)
    public func uint64(at index: Int) -> UInt64 { UInt64(uint32(at: index)) << 32 | UInt64(uint32(at: index + 4)) }
}

extension [UInt8] {
    /// The octets of a span, copied.
    public init(copying span: Span<UInt8>) {
        self = unsafe span.withUnsafeBufferPointer { octets in unsafe [UInt8](octets) }
    }

    public mutating func append(copying span: Span<UInt8>) {
        unsafe span.withUnsafeBufferPointer { octets in unsafe append(contentsOf: octets) }
    }
}

/// Where a service is found, and how: the data of SVCB and HTTPS records (RFC 9460 §2.2).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-------------------------------+-------------------------------+
///     |            priority           |      target, a name ...       |
///     |              key              |             length            |
///     |            value ...                 more keys and values ... |
///     +-------------------------------+-------------------------------+
public struct ServiceBinding: Hashable, Sendable {
    public var priority: UInt16
    public var target: DNSName
    /// Keys and values as they were sent, and checked: most are never asked for.
    let octets: [UInt8]

    /// Service Parameter Keys (IANA).
    public struct Key: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt16
        public init(rawValue: UInt16) { self.rawValue = rawValue }

        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

        public static let mandatory = Self(rawValue: 0)
        public static let alpn = Self(rawValue: 1)
        public static let noDefaultALPN = Self(rawValue: 2)
        public static let port = Self(rawValue: 3)
        public static let ipv4Hint = Self(rawValue: 4)
        public static let ech = Self(rawValue: 5)
        public static let ipv6Hint = Self(rawValue: 6)
        public static let dohPath = Self(rawValue: 7)
        public static let ohttp = Self(rawValue: 8)

        public var name: String {
            switch rawValue {
            case 0: "mandatory"
            case 1: "alpn"
            case 2: "no-default-alpn"
            case 3: "port"
            case 4: "ipv4hint"
            case 5: "ech"
            case 6: "ipv6hint"
            case 7: "dohpath"
            case 8: "ohttp"
            case 9: "tls-supported-groups"
            default: "key\(rawValue)"
            }
        }
    }

    /// The target is an alias of the owner, and parameters mean nothing (RFC 9460 §2.4.2).
    public var isAlias: Bool { priority == 0 }

    /// Calls the closure for each parameter, in the order of their keys.
    @inline(__always)
    func forEachParameter(_ body: (Key, Span<UInt8>) -> Void) {
        let octets = octets.span
        var offset = 0
        while offset < octets.count {
            let start = offset + 4
            offset = start + Int(octets.uint16(at: offset + 2))
            body(Key(rawValue: octets.uint16(at: start - 4)), octets.extracting(start..<offset))
        }
    }

    /// A parameter's value goes to the closure; an alias has none.
    @inline(__always)
    private func withValue(of wanted: Key, _ body: (Span<UInt8>) -> Void) {
        if isAlias { return }
        forEachParameter { key, value in if key == wanted { body(value) } }
    }

    private func has(_ key: Key) -> Bool {
        var found = false
        withValue(of: key) { _ in found = true }
        return found
    }

    /// The `alpn` list as it stands; any octets may stand in an identifier (RFC 7301 §3.1).
    public var alpn: [[UInt8]] {
        var list: [[UInt8]] = []
        forEachIdentifier { list.append([UInt8](copying: $0)) }
        return list
    }

    @inline(__always)
    private func forEachIdentifier(_ body: (Span<UInt8>) -> Void) { withValue(of: .alpn) { Self.forEachIdentifier(in: $0, body) } }

    @inline(__always)
    static func forEachIdentifier(in value: Span<UInt8>, _ body: (Span<UInt8>) -> Void) {
        var offset = 0
        while offset < value.count {
            let start = offset + 1
            offset = start + Int(value[start - 1])
            body(value.extracting(start..<offset))
        }
    }

    /// The protocols that are offered: the list, and unless `no-default-alpn` forbids it those that clients of this service take for granted
    /// (RFC 9460 §7.1.2).
    public func alpnIDs(default defaults: [[UInt8]]) -> [[UInt8]] {
        guard !isAlias else { return [] }
        let alpn = alpn
        return alpn + (has(.noDefaultALPN) ? [] : defaults.filter { !alpn.contains($0) })
    }

    /// A promise that HTTP/3 is served (RFC 9114 §3.1).
    public var promisesHTTP3: Bool {
        var found = false
        forEachIdentifier { if $0.count == 2, $0.uint16(at: 0) == 0x6833 { found = true } }
        return found
    }

    public var port: UInt16? {
        var port: UInt16?
        withValue(of: .port) { port = $0.uint16(at: 0) }
        return port
    }

    public var ipv4Hints: [IPv4Address] {
        var hints: [IPv4Address] = []
        forEachHint { if case .v4(let address) = $0 { hints.append(address) } }
        return hints
    }

    public var ipv6Hints: [IPv6Address] {
        var hints: [IPv6Address] = []
        forEachHint { if case .v6(let address) = $0 { hints.append(address) } }
        return hints
    }

    /// Calls the closure for each address of the hints, those of IPv4 first.
    public func forEachHint(_ body: (IPAddress) -> Void) {
        withValue(of: .ipv4Hint) { value in
            for index in 0..<(value.count / 4) { body(.v4(Self.ipv4Address(value, index))) }
        }
        withValue(of: .ipv6Hint) { value in
            for index in 0..<(value.count / 16) { body(.v6(Self.ipv6Address(value, index))) }
        }
    }

    /// An address of a hint.
    @inline(__always)
    static func ipv4Address(_ hint: Span<UInt8>, _ index: Int) -> IPv4Address { IPv4Address(rawValue: hint.uint32(at: 4 * index)) }

    @inline(__always)
    static func ipv6Address(_ hint: Span<UInt8>, _ index: Int) -> IPv6Address {
        IPv6Address(high: hint.uint64(at: 16 * index), low: hint.uint64(at: 16 * index + 8))
    }

    /// A list of ECH configurations is there.
    public var offersECH: Bool { has(.ech) }

    /// Without the parameters that have no room, in so many octets, behind those before them: for those who keep many.
    public func shortened(to most: Int) -> ServiceBinding {
        guard octets.count > most else { return self }
        var kept: [UInt8] = []
        forEachParameter { key, value in
            guard kept.count + 4 + value.count <= most else { return }
            for number in [key.rawValue, UInt16(value.count)] {
                kept.append(UInt8(number >> 8))
                kept.append(UInt8(truncatingIfNeeded: number))
            }
            for index in value.indices { kept.append(value[index]) }
        }
        return ServiceBinding(priority: priority, target: target, octets: kept)
    }
}

extension DNSRecord {
    /// The protocols that an HTTPS or SVCB record offers; HTTPS takes HTTP/1.1 for granted (RFC 9460 §9).
    public var alpnIDs: [[UInt8]] {
        guard case .serviceBinding(let binding) = data else { return [] }
        return binding.alpnIDs(default: type == .https ? [Array("http/1.1".utf8)] : [])
    }
}

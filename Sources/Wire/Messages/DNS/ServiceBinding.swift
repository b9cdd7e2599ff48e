/// Where a service is found, and how: the data of SVCB and HTTPS records (RFC 9460 §2.2).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-------------------------------+-------------------------------+
///     |            priority           |      target, a name ...       |
///     |              key              |             length            |
///     |            value ...                 more keys and values ... |
///     +-------------------------------+-------------------------------+
package struct ServiceBinding: Hashable, Sendable {
    package var priority: UInt16
    package var target: DNSName
    package var parameters: [Parameter]

    package struct Parameter: Hashable, Sendable {
        package var key: Key
        package var value: Value
    }

    /// Service Parameter Keys (IANA).
    package struct Key: RawRepresentable, Hashable, Sendable {
        package var rawValue: UInt16
        package init(rawValue: UInt16) { self.rawValue = rawValue }

        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        package static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

        package static let mandatory = Self(rawValue: 0)
        package static let alpn = Self(rawValue: 1)
        package static let noDefaultALPN = Self(rawValue: 2)
        package static let port = Self(rawValue: 3)
        package static let ipv4Hint = Self(rawValue: 4)
        package static let ech = Self(rawValue: 5)
        package static let ipv6Hint = Self(rawValue: 6)
        package static let dohPath = Self(rawValue: 7)
        package static let ohttp = Self(rawValue: 8)

        package var name: String {
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

    package enum Value: Hashable, Sendable {
        /// `no-default-alpn`, `ohttp`: that the key is there says it all.
        case none
        case keys([Key])
        /// ALPN identifiers; any octets may stand in one (RFC 7301 §3.1).
        case identifiers([[UInt8]])
        case port(UInt16)
        case ipv4Addresses([IPv4Address])
        case ipv6Addresses([IPv6Address])
        /// `ech`: a list of ECH configurations; `dohpath`: a URI template (RFC 9461 §5); keys that we do not know.
        case octets([UInt8])
    }

    /// The target is an alias of the owner, and parameters mean nothing (RFC 9460 §2.4.2).
    package var isAlias: Bool { priority == 0 }

    package subscript(_ key: Key) -> Value? { parameters.first { $0.key == key }?.value }

    /// The `alpn` list as it stands.
    package var alpn: [[UInt8]] { if !isAlias, case .identifiers(let list)? = self[.alpn] { list } else { [] } }

    /// The protocols that are offered: the list, and unless `no-default-alpn` forbids it those that clients of this service take for granted
    /// (RFC 9460 §7.1.2).
    package func alpnIDs(default defaults: [[UInt8]]) -> [[UInt8]] {
        guard !isAlias else { return [] }
        return alpn + (self[.noDefaultALPN] == nil ? defaults.filter { !alpn.contains($0) } : [])
    }

    /// A promise that HTTP/3 is served (RFC 9114 §3.1).
    package var promisesHTTP3: Bool { alpn.contains(Array("h3".utf8)) }

    package var port: UInt16? { if !isAlias, case .port(let port)? = self[.port] { port } else { nil } }
    package var ipv4Hints: [IPv4Address] { if !isAlias, case .ipv4Addresses(let hints)? = self[.ipv4Hint] { hints } else { [] } }
    package var ipv6Hints: [IPv6Address] { if !isAlias, case .ipv6Addresses(let hints)? = self[.ipv6Hint] { hints } else { [] } }
    package var offersECH: Bool { !isAlias && self[.ech] != nil }
}

extension DNSRecord {
    /// The protocols that an HTTPS or SVCB record offers; HTTPS takes HTTP/1.1 for granted (RFC 9460 §9).
    package var alpnIDs: [[UInt8]] {
        guard case .serviceBinding(let binding) = data else { return [] }
        return binding.alpnIDs(default: type == .https ? [Array("http/1.1".utf8)] : [])
    }
}

import Site
import Wire

extension SiteReader {
    // MARK: Kinds

    /// What a mapping's keys lead to, absent values left out; nil, after an error, where it is no mapping or lacks a key.
    mutating func keys(of value: YAMLValue, _ known: [String], required: String? = nil) -> [String: YAMLValue]? {
        guard value.isMapping else {
            problems.add("expected a mapping with \(known.joined(separator: ", ")); found \(value.kind)", at: value)
            return nil
        }
        guard problems.allow(value.count, at: value) else { return nil }
        var keys: [String: YAMLValue] = [:]
        for (key, value) in value.mapping {
            guard let name = key.scalar, known.contains(name) else {
                let near = key.scalar?.nearest(of: known)
                let advice = near.map { "did you mean \($0)?" } ?? "known here: \(known.joined(separator: ", "))"
                problems.add("unknown key; \(advice)", at: key)
                continue
            }
            if !value.isNull { keys[name] = value }
        }
        if let required, keys[required] == nil {
            problems.add("\(required) is missing; add \(required): …", at: value)
        }
        return keys
    }

    mutating func list<T>(_ value: YAMLValue?, of what: String, _ read: (inout Self, YAMLValue) -> T?) -> [T] {
        guard let value else { return [] }
        guard value.isList else {
            let advice = value.scalar == nil ? "begin each with \"- \"" : "put it in brackets"
            problems.add("expected a list of \(what), found \(value.kind); \(advice)", at: value)
            return []
        }
        guard problems.allow(value.count, at: value) else { return [] }
        return value.list.compactMap { read(&self, $0) }
    }

    private mutating func scalar(_ value: YAMLValue, _ what: String) -> String? {
        if let text = value.scalar { return text }
        problems.add("expected \(what), found \(value.kind)", at: value)
        return nil
    }

    /// A scalar in its only text form; `example` shows it.
    private mutating func read<T>(_ value: YAMLValue, _ what: String, example: String? = nil, _ convert: (String) -> T?) -> T? {
        guard let text = scalar(value, what) else { return nil }
        if let result = convert(text) { return result }
        problems.add("\(text.quoted) is not \(what)\(example.map { "; write \($0)" } ?? "")", at: value)
        return nil
    }

    // MARK: Words

    mutating func name(_ value: YAMLValue) -> String? {
        guard let text = scalar(value, "a name") else { return nil }
        guard !text.isEmpty, text == text.printable else {
            problems.add("\(text.quoted) is not a name; use 1 to 64 printable characters", at: value)
            return nil
        }
        return text
    }

    mutating func flag(_ value: YAMLValue) -> Bool? { read(value, "true or false") { Bool($0) } }

    mutating func count(_ value: YAMLValue) -> Int? {
        read(value, "a count", example: "a whole number from 1 to 1000, 3") { Int($0).flatMap { (1...1000).contains($0) ? $0 : nil } }
    }

    /// A number and its unit, from a millisecond to a year.
    mutating func duration(_ value: YAMLValue) -> Interval? {
        read(value, "a duration", example: "a number and ms, s, min, h or d, 3.5s") { text in
            let number = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            let units: [Substring: Double] = ["ms": 1e6, "s": 1e9, "min": 60e9, "h": 3600e9, "d": 86_400e9]
            guard let amount = Double(number), let unit = units[text.dropFirst(number.count).drop { $0 == " " }] else { return nil }
            let nanoseconds = amount * unit
            return (1e6...31_536_000e9).contains(nanoseconds) ? Interval(nanoseconds: Int64(nanoseconds.rounded())) : nil
        }
    }

    mutating func role(_ value: YAMLValue) -> Node.Role? {
        let roles = Node.Role.allCases.map(\.rawValue)
        guard let text = scalar(value, "a role") else { return nil }
        if let role = Node.Role(rawValue: text) { return role }
        let advice = text.nearest(of: roles).map { "did you mean \($0)?" } ?? "known: \(roles.joined(separator: ", "))"
        problems.add("\(text.quoted) is not a role; \(advice)", at: value)
        return nil
    }

    // MARK: Addresses

    /// An address that one host or service can have.
    mutating func hostAddress(_ value: YAMLValue) -> IPAddress? {
        guard let address = read(value, "an IPv4 or IPv6 address", IPAddress.init) else { return nil }
        guard let reason = address.reasonAgainstHost else { return address }
        problems.add("\(address.description.quoted) is \(reason); give the address of one host", at: value)
        return nil
    }

    mutating func mac(_ value: YAMLValue) -> MACAddress? {
        guard let address = read(value, "a MAC address", example: "six pairs of hexadecimal digits, 00:50:56:aa:bb:03", MACAddress.init)
        else { return nil }
        guard !address.isMulticast, address != .zero else {
            let reason = address.isMulticast ? "a multicast address" : "no address"
            problems.add("\(address.description.quoted) is \(reason); give the address of an interface", at: value)
            return nil
        }
        return address
    }

    mutating func prefix(_ value: YAMLValue) -> IPPrefix? {
        guard let text = scalar(value, "a prefix") else { return nil }
        guard let prefix = IPPrefix(text) else {
            let example = IPAddress(text).map { "\($0)/\($0.bits)" } ?? "an address, a slash and a length, 10.0.0.0/24"
            problems.add("\(text.quoted) is not a prefix; write \(example)", at: value)
            return nil
        }
        guard prefix.address == prefix.network.address else {
            let host = "\(prefix.address)/\(prefix.address.bits)"
            problems.add("\(text.quoted) has bits set beyond its length; write \(prefix.network) or \(host)", at: value)
            return nil
        }
        return prefix
    }

    mutating func service(_ value: YAMLValue) -> Service? {
        // The port is a number that has other spellings, "+443" among them.
        read(value, "a service", example: "tcp/ or udp/ and a port from 1 to 65535, tcp/443") { text in
            Service(text).flatMap { $0.description == text ? $0 : nil }
        }
    }

    // MARK: Names in the DNS

    mutating func zone(_ value: YAMLValue) -> DNSName? {
        guard let text = scalar(value, "a domain name") else { return nil }
        guard text.hasPrefix("*.") else { return domainName(text, value, given: text) }
        problems.add("\(text.quoted) is not a zone; write \(text.dropFirst(2).description.printable), its names are within it", at: value)
        return nil
    }

    mutating func pattern(_ value: YAMLValue) -> NamePattern? {
        guard let text = scalar(value, "a domain name") else { return nil }
        guard domainName(text.hasPrefix("*.") ? String(text.dropFirst(2)) : text, value, given: text) != nil else { return nil }
        return NamePattern(text)
    }

    /// Host names, with the underscore that service names begin with (RFC 1123 §2.1, RFC 8552).
    private mutating func domainName(_ text: String, _ value: YAMLValue, given: String) -> DNSName? {
        let isPlain = text.utf8.allSatisfy { $0.isLetterOrDigit || $0 == 0x2d || $0 == 0x2e || $0 == 0x5f }
        if isPlain, text != ".", let name = DNSName(text) { return name }
        let advice = text.utf8.contains { $0 > 127 } ? "write labels that are not ASCII in their xn-- form" : "write argocd.example.com"
        problems.add("\(given.quoted) is not a domain name; \(advice)", at: value)
        return nil
    }
}

extension IPAddress {
    fileprivate var bits: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        }
    }

    /// Why no host has this address (RFC 1122 §3.2.1.3, RFC 4291 §2.5.2 and §2.7), or nil.
    fileprivate var reasonAgainstHost: String? {
        switch self {
        case .v4(let address):
            if address.rawValue >> 28 == 14 {
                "a multicast address"
            } else if address.rawValue == .max {
                "the broadcast address"
            } else {
                address == .any ? "the unspecified address" : nil
            }
        case .v6(let address):
            if address.high >> 56 == 0xff {
                "a multicast address"
            } else {
                address.high | address.low == 0 ? "the unspecified address" : nil
            }
        }
    }
}

extension IPPrefix {
    /// The prefix with the bits beyond its length cleared.
    fileprivate var network: IPPrefix {
        var prefix = self
        switch address {
        case .v4(let address):
            prefix.address = .v4(IPv4Address(rawValue: address.rawValue & ~(UInt32.max >> UInt32(length))))
        case .v6(let address):
            let high = ~(UInt64.max >> UInt64(min(length, 64)))
            let low = ~(UInt64.max >> UInt64(max(length - 64, 0)))
            prefix.address = .v6(IPv6Address(high: address.high & high, low: address.low & low))
        }
        return prefix
    }
}

extension ServiceBinding {
    /// Refuses what clients must take for malformed (RFC 9460 §2.2, §7, §8).
    ///
    /// - Parameter message: up to the end of the data, which begins at `start`.
    init(decoding message: Span<UInt8>, at start: Int) throws(DecodeError) {
        var data = message.extracting(droppingFirst: start)
        priority = try data.read()
        var offset = start + 2
        target = try DNSNameBuffer(decoding: message, at: &offset).name
        parameters = []
        var rest = message.extracting(droppingFirst: offset)
        while !rest.isEmpty {
            let key = Key(rawValue: try rest.read())
            // Strictly: the same key twice is out of order, too.
            if let last = parameters.last, last.key.rawValue >= key.rawValue { throw .malformed("SvcParamKey order") }
            let length: UInt16 = try rest.read()
            guard rest.count >= Int(length) else { throw .malformed("SvcParamValue length") }
            let value = try Value(decoding: rest.extracting(first: Int(length)), of: key)
            parameters.append(Parameter(key: key, value: value))
            try rest.skip(Int(length))
        }
        try checkMandatory()
    }

    /// The addresses of the hints (RFC 9460 §7.3), found without touching the heap.
    ///
    /// - Parameter message: up to the end of the data, which begins at `start`.
    package static func forEachHint(
        in message: Span<UInt8>, at start: Int, _ body: (IPAddress) -> Void
    ) throws(DecodeError) {
        var rest = message.extracting(droppingFirst: start)
        let priority: UInt16 = try rest.read()
        guard priority != 0 else { return }
        var offset = start + 2
        try DNSNameBuffer.skip(message, at: &offset)
        rest = message.extracting(droppingFirst: offset)
        while !rest.isEmpty {
            let key = Key(rawValue: try rest.read())
            let length: UInt16 = try rest.read()
            try rest.require(Int(length))
            var value = rest.extracting(first: Int(length))
            try rest.skip(Int(length))
            while !value.isEmpty {
                switch key {
                case .ipv4Hint: body(.v4(try value.read()))
                case .ipv6Hint: body(.v6(try value.read()))
                default: value = value.extracting(first: 0)
                }
            }
        }
    }

    /// Every mandatory key is there. Both lists ascend, so one walk along them will do.
    private func checkMandatory() throws(DecodeError) {
        guard case .keys(let keys)? = self[.mandatory] else { return }
        var index = 0
        for key in keys {
            while index < parameters.count, parameters[index].key.rawValue < key.rawValue { index += 1 }
            guard index < parameters.count, parameters[index].key == key else { throw .malformed("mandatory") }
        }
    }
}

extension ServiceBinding.Value {
    fileprivate init(decoding value: Span<UInt8>, of key: ServiceBinding.Key) throws(DecodeError) {
        var rest = value
        switch key {
        case .mandatory:
            var keys: [ServiceBinding.Key] = []
            guard !rest.isEmpty, rest.count % 2 == 0 else { throw .malformed("mandatory") }
            while !rest.isEmpty {
                let next = ServiceBinding.Key(rawValue: try rest.read())
                // Ascending and not itself: zero can stand neither first nor later.
                guard next.rawValue > keys.last?.rawValue ?? 0 else { throw .malformed("mandatory") }
                keys.append(next)
            }
            self = .keys(keys)
        case .alpn:
            var list: [[UInt8]] = []
            while !rest.isEmpty {
                let length: UInt8 = try rest.read()
                guard length > 0, rest.count >= Int(length) else { throw .malformed("alpn") }
                list.append(try rest.readArray(Int(length)))
            }
            guard !list.isEmpty else { throw .malformed("alpn") }
            self = .identifiers(list)
        case .noDefaultALPN:
            guard rest.isEmpty else { throw .malformed("no-default-alpn") }
            self = .none
        case .ohttp:
            guard rest.isEmpty else { throw .malformed("ohttp") }
            self = .none
        case .port:
            guard rest.count == 2 else { throw .malformed("port") }
            self = .port(try rest.read())
        case .ipv4Hint:
            guard !rest.isEmpty, rest.count % 4 == 0 else { throw .malformed("ipv4hint") }
            var addresses: [IPv4Address] = []
            while !rest.isEmpty { addresses.append(try rest.read()) }
            self = .ipv4Addresses(addresses)
        case .ipv6Hint:
            guard !rest.isEmpty, rest.count % 16 == 0 else { throw .malformed("ipv6hint") }
            var addresses: [IPv6Address] = []
            while !rest.isEmpty { addresses.append(try rest.read()) }
            self = .ipv6Addresses(addresses)
        default:
            self = .octets([UInt8](copying: rest))
        }
    }
}

extension ServiceBinding {
    /// Refuses what clients must take for malformed (RFC 9460 §2.2, §7, §8).
    ///
    /// - Parameter message: up to the end of the data, which begins at `start`.
    public init(decoding message: Span<UInt8>, at start: Int) throws(DecodeError) {
        var data = message.extracting(droppingFirst: start)
        priority = try data.read()
        var offset = start + 2
        target = try DNSNameBuffer(decoding: message, at: &offset).name
        let parameters = message.extracting(droppingFirst: offset)
        try Self.check(parameters)
        octets = [UInt8](copying: parameters)
    }

    private static func check(_ parameters: Span<UInt8>) throws(DecodeError) {
        var rest = parameters
        // The mandatory keys that have not come. They ascend, and the list comes first.
        var awaited = parameters.extracting(first: 0)
        var isComplete = true
        var last = -1
        while !rest.isEmpty {
            let key = Key(rawValue: try rest.read())
            // Strictly: the same key twice is out of order, too.
            guard Int(key.rawValue) > last else { throw .malformed("SvcParamKey order") }
            last = Int(key.rawValue)
            let length: UInt16 = try rest.read()
            guard rest.count >= Int(length) else { throw .malformed("SvcParamValue length") }
            let value = rest.extracting(first: Int(length))
            try check(value, of: key)
            if key == .mandatory {
                awaited = value
            } else if !awaited.isEmpty, case let next = awaited.uint16(at: 0), next <= key.rawValue {
                isComplete = isComplete && next == key.rawValue
                awaited = awaited.extracting(droppingFirst: 2)
            }
            try rest.skip(Int(length))
        }
        guard isComplete, awaited.isEmpty else { throw .malformed("mandatory") }
    }

    private static func check(_ value: Span<UInt8>, of key: Key) throws(DecodeError) {
        switch key {
        case .mandatory:
            guard !value.isEmpty, value.count % 2 == 0 else { throw .malformed("mandatory") }
            // Ascending and not itself: zero can stand neither first nor later.
            var last: UInt16 = 0
            for index in stride(from: 0, to: value.count, by: 2) {
                guard value.uint16(at: index) > last else { throw .malformed("mandatory") }
                last = value.uint16(at: index)
            }
        case .alpn:
            var offset = 0
            while offset < value.count {
                let length = Int(value[offset])
                guard length > 0, value.count - offset > length else { throw .malformed("alpn") }
                offset += 1 + length
            }
            guard !value.isEmpty else { throw .malformed("alpn") }
        case .noDefaultALPN: guard value.isEmpty else { throw .malformed("no-default-alpn") }
        case .ohttp: guard value.isEmpty else { throw .malformed("ohttp") }
        case .port: guard value.count == 2 else { throw .malformed("port") }
        case .ipv4Hint: guard !value.isEmpty, value.count % 4 == 0 else { throw .malformed("ipv4hint") }
        case .ipv6Hint: guard !value.isEmpty, value.count % 16 == 0 else { throw .malformed("ipv6hint") }
        default: break
        }
    }

    /// The addresses of the hints (RFC 9460 §7.3), found without touching the heap.
    ///
    /// - Parameter message: up to the end of the data, which begins at `start`.
    public static func forEachHint(
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
}

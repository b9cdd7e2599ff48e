import Wire

extension Scope {
    /// A VIP among the answers, found without copying a record.
    @inline(__always)
    func watchedAddress(in message: Span<UInt8>, _ header: DNSHeader) throws(DecodeError) -> IPAddress? {
        vips.isEmpty || header.answerCount == 0 ? nil : try searchAnswers(message, header)
    }

    private func searchAnswers(_ message: Span<UInt8>, _ header: DNSHeader) throws(DecodeError) -> IPAddress? {
        var found: IPAddress?
        try DNSOctets.forEachAnswer(in: message, header) { record throws(DecodeError) in
            var data = message.extracting(record.data)
            let address: IPAddress
            switch record.type {
            case .a: address = .v4(try data.read())
            case .aaaa: address = .v6(try data.read())
            default: return false
            }
            if isVIP(address) { found = address }
            return found != nil
        }
        return found
    }

    /// An HTTPS record hints at a VIP: the name is the VIP's, though to resolve it takes an address record (RFC 9460 §7.3).
    @inline(__always)
    func isHinted(in message: Span<UInt8>, _ header: DNSHeader) -> Bool {
        !vips.isEmpty && header.answerCount > 0 && searchHints(message, header)
    }

    private func searchHints(_ message: Span<UInt8>, _ header: DNSHeader) -> Bool {
        var isHinted = false
        // What comes before a record that does not decode counts.
        try? DNSOctets.forEachAnswer(in: message, header) { record throws(DecodeError) in
            guard record.type == .https else { return false }
            // A bad record stands for itself alone (RFC 9460 §2.2).
            try? ServiceBinding.forEachHint(in: message.extracting(first: record.data.upperBound), at: record.data.lowerBound) {
                isHinted = isHinted || isVIP($0)
            }
            return isHinted
        }
        return isHinted
    }
}

import Wire

extension Scope {
    /// A VIP among the answers, found without copying a record.
    @inline(__always)
    func watchedAddress(in message: Span<UInt8>, _ header: DNSHeader) throws(DecodeError) -> IPAddress? {
        vips.isEmpty || header.answerCount == 0 ? nil : try searchAnswers(message, header)
    }

    private func searchAnswers(_ message: Span<UInt8>, _ header: DNSHeader) throws(DecodeError) -> IPAddress? {
        var offset = DNSHeader.length
        try DNSNameBuffer.skip(message, at: &offset)
        offset += 4
        for _ in 0..<header.answerCount {
            try DNSNameBuffer.skip(message, at: &offset)
            let record = try DNSRecordHeader(decoding: message, at: &offset)
            var data = message.extracting(record.data)
            let address: IPAddress
            switch record.type {
            case .a: address = .v4(try data.read())
            case .aaaa: address = .v6(try data.read())
            default: continue
            }
            if isVIP(address) { return address }
        }
        return nil
    }

    /// An HTTPS record hints at a VIP: the name is the VIP's, though to resolve it takes an address record (RFC 9460 §7.3).
    @inline(__always)
    func isHinted(in message: Span<UInt8>, _ header: DNSHeader) -> Bool {
        !vips.isEmpty && header.answerCount > 0 && searchHints(message, header)
    }

    private func searchHints(_ message: Span<UInt8>, _ header: DNSHeader) -> Bool {
        var isHinted = false
        var offset = DNSHeader.length
        do throws(DecodeError) {
            try DNSNameBuffer.skip(message, at: &offset)
            offset += 4
            for _ in 0..<header.answerCount {
                try DNSNameBuffer.skip(message, at: &offset)
                let record = try DNSRecordHeader(decoding: message, at: &offset)
                guard record.type == .https else { continue }
                // A bad record stands for itself alone (RFC 9460 §2.2).
                try? ServiceBinding.forEachHint(in: message.extracting(first: record.data.upperBound), at: record.data.lowerBound) {
                    isHinted = isHinted || isVIP($0)
                }
            }
        } catch {}  // what came before it counts
        return isHinted
    }
}

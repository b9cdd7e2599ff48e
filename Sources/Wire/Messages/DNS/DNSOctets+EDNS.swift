/// What the OPT record of a kept message says (RFC 6891 §6.1), found without decoding the others.
extension DNSOctets {
    /// The OPT record, where there is one.
    public var options: DNSRecordHeader? {
        guard header.additionalCount > 0 else { return nil }
        // Mostly it is the last record and has no options: root, type 41, no data.
        let end = octets.count
        if end >= DNSHeader.length + 11, octets[end - 11] == 0, octets.span.uint32(at: end - 4) & 0xffff == 0,
            octets.span.uint16(at: end - 10) == DNSType.opt.rawValue, header.additionalCount == 1
        {
            var offset = end - 10
            return try? DNSRecordHeader(decoding: octets.span, at: &offset)
        }
        var found: DNSRecordHeader?
        forEachRecord(of: .additional) { _, _, record in
            if found == nil, record.type == .opt { found = record }
        }
        return found
    }

    /// With the upper bits that the OPT record holds (RFC 6891 §6.1.3).
    public var responseCode: DNSResponseCode { responseCode(options) }

    public func responseCode(_ options: DNSRecordHeader?) -> DNSResponseCode {
        guard let options else { return header.responseCode }
        return DNSResponseCode(rawValue: UInt16(options.timeToLive >> 24) << 4 | header.responseCode.rawValue)
    }

    /// Why the answer is as it is (RFC 8914). Octets that make no option end the list.
    public func extendedErrors(_ options: DNSRecordHeader?) -> [ExtendedDNSError] {
        guard let options, options.data.count >= 6, options.data.upperBound <= octets.count else { return [] }
        let all = try? EDNSOption.all(in: octets.span.extracting(options.data))
        return all?.compactMap(\.extendedError) ?? []
    }
}

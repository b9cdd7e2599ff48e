import Wire

/// A DNS message whose names, addresses and texts are replaced where they stand (RFC 1035 §4.1): its length, and the offsets that pointers
/// name, stay.
struct DNSEditor {
    private var editor: OctetEditor
    private let names: NameMap
    private let addresses: AddressMap
    /// Labels that have been replaced, by their places: several names end with them.
    private var originals: [Int: [UInt8]] = [:]

    var octets: [UInt8] { editor.octets }

    /// - Returns: the octets, and how many of them were understood.
    static func rewrite(_ message: [UInt8], _ names: NameMap, _ addresses: AddressMap) -> (octets: [UInt8], known: Int) {
        var message = DNSEditor(editor: OctetEditor(octets: message), names: names, addresses: addresses)
        let known = message.rewrite()
        return (message.octets, known)
    }

    private init(editor: OctetEditor, names: NameMap, addresses: AddressMap) {
        self.editor = editor
        self.names = names
        self.addresses = addresses
    }

    private mutating func rewrite() -> Int {
        guard let questions = editor.uint16(4), let answers = editor.uint16(6), let authorities = editor.uint16(8),
            let others = editor.uint16(10)
        else { return 0 }
        var offset = DNSHeader.length
        for _ in 0..<questions {
            guard let end = name(at: offset), editor.holds(end, 4) else { return offset }
            offset = end + 4
        }
        for _ in 0..<(answers + authorities + others) {
            guard let next = record(at: offset) else { return offset }
            offset = next
        }
        return offset
    }

    // MARK: Names

    /// Replaces a name's labels; nil, with nothing replaced, where it is none.
    ///
    /// - Returns: where the name ends in its place.
    private mutating func name(at start: Int) -> Int? {
        var labels: [(offset: Int, label: [UInt8])] = []
        var (offset, end): (Int, Int?) = (start, nil)
        for _ in 0..<256 {
            guard let length = editor.uint8(offset) else { return nil }
            if length == 0 {
                replace(labels)
                return end ?? offset + 1
            }
            if length & 0xc0 == 0xc0 {
                guard let pointer = editor.uint16(offset) else { return nil }
                if end == nil { end = offset + 2 }
                // Names point back (RFC 1035 §4.1.4).
                guard pointer & 0x3fff < offset else { return nil }
                offset = pointer & 0x3fff
            } else {
                guard length < 64, editor.holds(offset + 1, length), labels.count < 128 else { return nil }
                labels.append((offset, editor[offset + 1..<offset + 1 + length]))
                offset += 1 + length
            }
        }
        return nil
    }

    private mutating func replace(_ labels: [(offset: Int, label: [UInt8])]) {
        // What an earlier name ends with is replaced already; what becomes of a label depends on those behind it alone, so that it fits.
        let mapped = names(labels.map { originals[$0.offset] ?? $0.label }, addresses)
        for (place, label) in zip(labels, mapped) where originals[place.offset] == nil {
            originals[place.offset] = place.label
            editor.write(label, at: place.offset + 1)
        }
    }

    // MARK: Records

    /// - Returns: where the next one begins; nil where this one is not whole or contradicts itself.
    private mutating func record(at start: Int) -> Int? {
        guard let header = name(at: start), let type = editor.uint16(header), let recordClass = editor.uint16(header + 2),
            let length = editor.uint16(header + 8), editor.holds(header + 10, length)
        else { return nil }
        let data = header + 10..<header + 10 + length
        if !data.isEmpty { rewrite(DNSType(rawValue: UInt16(type)), DNSClass(rawValue: UInt16(recordClass)), data) }
        return data.upperBound
    }

    private mutating func rewrite(_ type: DNSType, _ recordClass: DNSClass, _ data: Range<Int>) {
        let start = data.lowerBound
        switch type {
        case .a where data.count == 4 && recordClass != .chaos: editor.replace(ipv4: start, addresses)
        case .aaaa where data.count == 16: editor.replace(ipv6: start, addresses)
        case .cname, .ns, .ptr, .dname: names(at: start, count: 1, data)
        case .mx: names(at: start + 2, count: 1, data)
        case .srv: names(at: start + 6, count: 1, data)
        case .soa: names(at: start, count: 2, data)
        case .txt, .spf, .hinfo: strings(data, count: .max)
        case .svcb, .https: serviceBinding(data)
        case .opt: options(data)
        case .naptr:
            let end = strings(start + 4..<max(start + 4, data.upperBound), count: 3)
            names(at: end, count: 1, data)
        case .rrsig, .sig:
            if let end = names(at: start + 18, count: 1, data) { editor.replace(opaque: span(end, data.upperBound), names) }
        case .nsec: names(at: start, count: 1, data)
        case .ds, .cds, .tlsa, .smimea, .dnskey, .cdnskey, .key:
            editor.replace(opaque: span(min(start + 4, data.upperBound), data.upperBound), names)
        case .sshfp: editor.replace(opaque: span(min(start + 2, data.upperBound), data.upperBound), names)
        case .nsec3, .nsec3param:
            // Salt, then the hash of a name, each behind its length (RFC 5155 §3.2).
            guard let salt = editor.uint8(start + 4), start + 5 + salt <= data.upperBound else { return editor.blot(data) }
            editor.replace(opaque: start + 5..<start + 5 + salt, names)
            guard type == .nsec3, let hash = editor.uint8(start + 5 + salt), start + 6 + salt + hash <= data.upperBound else { return }
            editor.replace(opaque: start + 6 + salt..<start + 6 + salt + hash, names)
        case .caa:
            guard let tag = editor.uint8(start + 1), start + 2 + tag <= data.upperBound else { return editor.blot(data) }
            editor.replace(text: start + 2 + tag..<data.upperBound, names, addresses)
        case .uri: editor.replace(text: span(min(start + 4, data.upperBound), data.upperBound), names, addresses)
        default: editor.replace(opaque: data, names)
        }
    }

    /// Names one behind the other; where one is none, the data from there on is made unreadable.
    @discardableResult
    private mutating func names(at start: Int, count: Int, _ data: Range<Int>) -> Int? {
        var offset = start
        for _ in 0..<count {
            guard offset < data.upperBound, let end = name(at: offset), end <= data.upperBound else {
                editor.blot(span(min(offset, data.upperBound), data.upperBound))
                return nil
            }
            offset = end
        }
        return offset
    }

    /// Character strings (RFC 1035 §3.3).
    @discardableResult
    private mutating func strings(_ data: Range<Int>, count: Int) -> Int {
        var (offset, left) = (data.lowerBound, count)
        while left > 0, offset < data.upperBound, let length = editor.uint8(offset) {
            guard offset + 1 + length <= data.upperBound else {
                editor.blot(offset..<data.upperBound)
                return data.upperBound
            }
            editor.replace(text: offset + 1..<offset + 1 + length, names, addresses)
            offset += 1 + length
            left -= 1
        }
        return offset
    }

    // MARK: Parameters and options

    private mutating func serviceBinding(_ data: Range<Int>) {
        guard var offset = names(at: data.lowerBound + 2, count: 1, data) else { return }
        while offset < data.upperBound {
            guard let key = editor.uint16(offset), let length = editor.uint16(offset + 2), offset + 4 + length <= data.upperBound else {
                return editor.blot(offset..<data.upperBound)
            }
            let value = offset + 4..<offset + 4 + length
            switch ServiceBinding.Key(rawValue: UInt16(key)) {
            case .mandatory, .noDefaultALPN, .port, .ohttp: break
            case .alpn: editor.replace(protocols: value, names)
            case .ipv4Hint:
                for place in stride(from: value.lowerBound, to: value.upperBound - 3, by: 4) { editor.replace(ipv4: place, addresses) }
            case .ipv6Hint:
                for place in stride(from: value.lowerBound, to: value.upperBound - 15, by: 16) { editor.replace(ipv6: place, addresses) }
            case .dohPath: editor.replace(text: value, names, addresses)
            default: editor.replace(opaque: value, names)
            }
            offset = value.upperBound
        }
    }

    /// EDNS (RFC 6891 §6.1.2).
    private mutating func options(_ data: Range<Int>) {
        var offset = data.lowerBound
        while offset < data.upperBound {
            guard let code = editor.uint16(offset), let length = editor.uint16(offset + 2), offset + 4 + length <= data.upperBound else {
                return editor.blot(offset..<data.upperBound)
            }
            let value = offset + 4..<offset + 4 + length
            switch EDNSOption.Code(rawValue: UInt16(code)) {
            case .clientSubnet: clientSubnet(value)
            case .extendedError: editor.replace(text: span(min(value.lowerBound + 2, value.upperBound), value.upperBound), names, addresses)
            case .nsid: editor.replace(text: value, names, addresses)
            // Algorithms, expiry, keep-alive, padding.
            case _ where [1, 2, 5, 6, 7, 9, 11, 12].contains(code): break
            default: editor.replace(opaque: value, names)
            }
            offset = value.upperBound
        }
    }

    /// Family, two prefix lengths, and as many octets of the address as the first one needs (RFC 7871 §6).
    private mutating func clientSubnet(_ value: Range<Int>) {
        guard let family = editor.uint16(value.lowerBound), let length = editor.uint8(value.lowerBound + 2), value.count >= 4 else {
            return editor.blot(value)
        }
        let octets = editor[value.lowerBound + 4..<value.upperBound]
        guard octets.count <= (family == 1 ? 4 : 16), family == 1 || family == 2 else {
            return editor.blot(value.lowerBound + 4..<value.upperBound)
        }
        var whole = OctetEditor(octets: octets + [UInt8](repeating: 0, count: (family == 1 ? 4 : 16) - octets.count))
        if family == 1 { whole.replace(ipv4: 0, addresses) } else { whole.replace(ipv6: 0, addresses) }
        for index in whole.octets.indices where index * 8 + 8 > length {
            whole.octets[index] = index * 8 >= length ? 0 : whole.octets[index] & (0xff << UInt8(index * 8 + 8 - length))
        }
        editor.write(whole.octets.prefix(octets.count), at: value.lowerBound + 4)
    }
}

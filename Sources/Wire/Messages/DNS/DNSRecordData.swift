/// What a resource record says. Types that we do not read keep their octets (RFC 3597).
package enum DNSRecordData: Hashable, Sendable {
    case address(IPAddress)
    /// CNAME, NS and PTR (RFC 1035 §3.3).
    case name(DNSName)
    case mailExchange(preference: UInt16, DNSName)
    case text([[UInt8]])
    /// RFC 2782.
    case service(priority: UInt16, weight: UInt16, port: UInt16, target: DNSName)
    case startOfAuthority(StartOfAuthority)
    case other([UInt8])

    /// RFC 1035 §3.3.13. Times are in seconds; `minimum` bounds how long a denial is kept (RFC 2308 §4).
    package struct StartOfAuthority: Hashable, Sendable {
        package var primary: DNSName
        package var mailbox: DNSName
        package var serial: UInt32
        package var refresh: UInt32
        package var retry: UInt32
        package var expire: UInt32
        package var minimum: UInt32
    }

    init(decoding message: Span<UInt8>, header: DNSRecordHeader) throws(DecodeError) {
        // Names inside may point back into the message, so they are read from the whole of it, up to the data's end.
        let upToEnd = message.extracting(first: header.data.upperBound)
        var data = message.extracting(header.data)
        switch header.type {
        case .a:
            self = .address(.v4(try data.read()))
        case .aaaa:
            self = .address(.v6(try data.read()))
        case .cname, .ns, .ptr:
            var offset = header.data.lowerBound
            self = .name(try DNSNameBuffer(decoding: upToEnd, at: &offset).name)
        case .mx:
            let preference: UInt16 = try data.read()
            var offset = header.data.lowerBound + 2
            self = .mailExchange(preference: preference, try DNSNameBuffer(decoding: upToEnd, at: &offset).name)
        case .txt:
            var strings: [[UInt8]] = []
            while !data.isEmpty {
                let length: UInt8 = try data.read()
                strings.append(try data.readArray(Int(length)))
            }
            self = .text(strings)
        case .srv:
            let (priority, weight, port): (UInt16, UInt16, UInt16) = (try data.read(), try data.read(), try data.read())
            var offset = header.data.lowerBound + 6
            let target = try DNSNameBuffer(decoding: upToEnd, at: &offset).name
            self = .service(priority: priority, weight: weight, port: port, target: target)
        case .soa:
            var offset = header.data.lowerBound
            let primary = try DNSNameBuffer(decoding: upToEnd, at: &offset).name
            let mailbox = try DNSNameBuffer(decoding: upToEnd, at: &offset).name
            var numbers = upToEnd.extracting(droppingFirst: offset)
            self = .startOfAuthority(
                StartOfAuthority(
                    primary: primary, mailbox: mailbox, serial: try numbers.read(), refresh: try numbers.read(),
                    retry: try numbers.read(), expire: try numbers.read(), minimum: try numbers.read()))
        default:
            self = .other([UInt8](copying: data))
        }
    }
}

extension DNSRecordData {
    /// Data that contradicts its type keeps its octets.
    package init(lenient message: Span<UInt8>, header: DNSRecordHeader) {
        do throws(DecodeError) {
            self = try DNSRecordData(decoding: message, header: header)
        } catch {
            self = .other([UInt8](copying: message.extracting(header.data)))
        }
    }
}

extension DNSRecordData: CustomStringConvertible {
    /// Presentation format (RFC 1035 §5.1; RFC 3597 §5 for the types that we do not read).
    package var description: String {
        switch self {
        case .address(let address): return address.description
        case .name(let name): return name.description
        case .mailExchange(let preference, let name): return "\(preference) \(name)"
        case .text(let strings):
            return strings.map { string in
                var text: [UInt8] = []
                for octet in string { text.append(presenting: octet, delimiter: 0x22, printable: 0x20...0x7e) }
                return "\"\(String(decoding: text, as: UTF8.self))\""
            }.joined(separator: " ")
        case .service(let priority, let weight, let port, let target): return "\(priority) \(weight) \(port) \(target)"
        case .startOfAuthority(let soa):
            return "\(soa.primary) \(soa.mailbox) \(soa.serial) \(soa.refresh) \(soa.retry) \(soa.expire) \(soa.minimum)"
        case .other(let octets):
            var text: [UInt8] = []
            for octet in octets { text.appendHexadecimal(octet) }
            return octets.isEmpty ? "\\# 0" : "\\# \(octets.count) \(String(decoding: text, as: UTF8.self))"
        }
    }
}

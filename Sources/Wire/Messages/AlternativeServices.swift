/// What an Alt-Svc field says: where else the origin is served, and with which protocol (RFC 7838 §3).
///
///     Alt-Svc = "clear" / 1#( protocol-id "=" quoted-string *( OWS ";" OWS parameter ) )
public struct AlternativeServices: Hashable, Sendable {
    /// All alternatives of before are void.
    public var isClear = false
    public var services: [Service] = []

    public struct Service: Hashable, Sendable {
        /// An ALPN name, as `h3`.
        public var protocolID: String
        /// Empty where the origin's own host is meant; an IPv6 address in brackets.
        public var host: String
        public var port: Port
    }

    /// An entry that cannot be read is passed over, as clients do.
    public init(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            var entry = rest.takeEntry()
            if entry.elementsEqual("clear".utf8) {
                isClear = true
            } else if let service = entry.takeService() {
                services.append(service)
            }
        }
    }
}

extension ArraySlice<UInt8> {
    /// All before the next comma that is not quoted, without the white space around it.
    fileprivate mutating func takeEntry() -> Self {
        var isQuoted = false
        var isEscaped = false
        var end = startIndex
        while end < endIndex, isQuoted || self[end] != 0x2c {
            if isEscaped {
                isEscaped = false
            } else if isQuoted && self[end] == 0x5c {
                isEscaped = true
            } else if self[end] == 0x22 {
                isQuoted.toggle()
            }
            end += 1
        }
        var entry = self[startIndex..<end]
        self = self[Swift.min(end + 1, endIndex)...]
        while let first = entry.first, first == 0x20 || first == 0x09 { entry.removeFirst() }
        while let last = entry.last, last == 0x20 || last == 0x09 { entry.removeLast() }
        return entry
    }

    /// Protocol and authority; parameters (RFC 7838 §3.1) are left.
    fileprivate mutating func takeService() -> AlternativeServices.Service? {
        guard let equals = firstIndex(of: 0x3d), equals > startIndex, self[startIndex..<equals].allSatisfy(\.isTokenCharacter) else {
            return nil
        }
        let identifier = self[startIndex..<equals]
        self = self[(equals + 1)...]
        guard popFirst() == 0x22, let close = firstIndex(of: 0x22) else { return nil }
        let authority = self[startIndex..<close]
        guard let colon = authority.lastIndex(of: 0x3a) else { return nil }
        let digits = String(decoding: authority[(colon + 1)...], as: UTF8.self)
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits) else { return nil }
        return AlternativeServices.Service(
            protocolID: String(decoding: identifier.percentDecoded, as: UTF8.self),
            host: String(decoding: authority[authority.startIndex..<colon], as: UTF8.self), port: Port(rawValue: port))
    }

    /// Octets that are no token characters stand as %XX in a protocol-id (RFC 7838 §3).
    private var percentDecoded: [UInt8] {
        var octets: [UInt8] = []
        var rest = self
        while let octet = rest.popFirst() {
            if octet == 0x25, rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
                octets.append(value)
                rest = rest.dropFirst(2)
            } else {
                octets.append(octet)
            }
        }
        return octets
    }
}

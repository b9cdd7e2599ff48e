/// A name as its sender wrote it: a host's, or an application protocol's. Mostly ASCII, but any octet can stand in it.
public struct TLSName: Hashable, Sendable {
    public var octets: [UInt8]

    public init(octets: [UInt8]) { self.octets = octets }
    public init(_ text: String) { octets = Array(text.utf8) }
}

extension TLSName: CustomStringConvertible {
    /// Backslashes are doubled and what is not printable ASCII is decimal, as in DNS names (RFC 1035 §5.1).
    public var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(octets.count)
        for octet in octets { text.append(presenting: octet, delimiter: 0x5c, printable: 0x21...0x7e) }
        return String(decoding: text, as: UTF8.self)
    }
}

extension TLSName {
    /// Whether a certificate's name, this one, is that of `host` (RFC 9525 §6.3): case does not count, and `*` stands for exactly one
    /// label, the left-most, as a whole. A dot at the host's end, which makes it absolute, is no part of its name.
    public func covers(_ host: TLSName) -> Bool {
        var host = host.octets[...]
        if host.last == 0x2e { host = host.dropLast() }
        var pattern = octets[...]
        if pattern.starts(with: [0x2a, 0x2e]) {
            guard let dot = host.firstIndex(of: 0x2e), dot > host.startIndex else { return false }
            pattern = pattern.dropFirst()
            host = host[dot...]
        }
        return !host.isEmpty && host.count == pattern.count && zip(host, pattern).allSatisfy { $0.lowercasedASCII == $1.lowercasedASCII }
    }
}

/// Names of protocols that tell nobody who uses them (TLS Application-Layer Protocol Negotiation Protocol IDs, IANA).
enum KnownProtocol {
    private static let names: Set<String> = [
        "http/0.9", "http/1.0", "http/1.1", "spdy/1", "spdy/2", "spdy/3", "stun.turn", "stun.nat-discovery", "h2", "h2c", "webrtc",
        "c-webrtc", "ftp", "imap", "pop3", "managesieve", "coap", "co", "xmpp-client", "xmpp-server", "acme-tls/1", "mqtt", "dot",
        "ntske/1", "sunrpc", "h3", "smb", "irc", "nntp", "nnsp", "doq", "sip/2", "tds/8.0", "dicom", "postgresql", "radius/1.0",
        "radius/1.1",
        // No registered one, and known to rules.
        "argotunnel",
    ]
    /// Of standards before their time, with a number that may have its maker's letter: `h3-29`, `h3-Q050`, `h3-T051`, `doq-i02`.
    private static let drafts = ["h2-", "h3-", "hq-", "doq-"]

    static func contains(_ name: [UInt8]) -> Bool {
        let text = String(decoding: name, as: UTF8.self)
        let isDraft = drafts.contains { draft in
            guard text.hasPrefix(draft) else { return false }
            let number = text.utf8.dropFirst(draft.utf8.count)
            let digits = number.first.map("QTi".utf8.contains) == true ? number.dropFirst() : number
            return 2...3 ~= digits.count && digits.allSatisfy(\.isDigit)
        }
        // Reserved values, for which nobody is to have a use (RFC 8701 §2).
        let isGREASE = name.count == 2 && name[0] == name[1] && name[0] & 15 == 10
        return names.contains(text) || isDraft || isGREASE
    }
}

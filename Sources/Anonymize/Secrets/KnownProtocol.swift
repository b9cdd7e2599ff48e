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
    /// Of standards before their time: `h3-29`.
    private static let drafts = ["h2-", "h3-", "hq-", "doq-"]

    static func contains(_ name: [UInt8]) -> Bool {
        let text = String(decoding: name, as: UTF8.self)
        let isDraft = drafts.contains { text.hasPrefix($0) && name.count - $0.utf8.count <= 4 } && name.last.map(\.isDigit) == true
        // Reserved values, for which nobody is to have a use (RFC 8701 §2).
        let isGREASE = name.count == 2 && name[0] == name[1] && name[0] & 15 == 10
        return names.contains(text) || isDraft || isGREASE
    }
}

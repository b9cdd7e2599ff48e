import Flows
import Site
import Wire

// What several rules say and ask of a TLS handshake.

extension TLSHandshake {
    var subject: Finding.Subject {
        Finding.Subject(vip: server.address, port: server.port, name: serverName?.description)
    }

    func concerns(_ known: Knowledge) -> Bool { known.isVIP(server.address) && known.isService(server.port, of: server.address) }

    /// What remedies name.
    var placeholders: [String: String] {
        ["vip": server.address.description, "port": server.port.description, "name": serverName?.description ?? server.address.description]
    }

    /// `for grafana.laurivan.com`
    var purpose: String {
        if let name = serverName { return "for \(name)" }
        // A hello that was not seen whole may have one.
        return clientHello == nil ? "for a name that was not seen" : "without a server name"
    }

    /// `10.0.0.20:40000 offers TLS 1.3 at most, ALPN h2 and http/1.1`, and what the server chose.
    var offers: String {
        var words = "\(client.text)"
        if let hello = clientHello {
            words += " offers \(hello.highestVersion.words) at most"
            let protocols = hello.applicationProtocols.map(\.description).filter { !$0.hasPrefix("\\") }
            words += protocols.isEmpty ? ", no ALPN" : ", ALPN \(Text.list(protocols))"
            if hello.encryptedClientHello != nil { words += ", and ECH, so the name may be an outer one" }
        }
        if let chosen = serverHello { words += "; the server chose \(chosen.version.words)" }
        return words
    }

    var helloEvidence: [Evidence] { frames.clientHello.map { [Evidence($0, "ClientHello \(purpose)")] } ?? [] }

    /// A fatal alert in the clear, by either side.
    var fatalAlert: (value: TLSAlert, side: TCPConnection.Side, frame: FrameReference)? {
        guard outcome == .alert, let alert, let value = alert.value, let frame = frames.alert, !value.isClosure else { return nil }
        return (value, alert.side, frame)
    }

    /// The server ended the connection by RST or FIN between ClientHello and ServerHello.
    var isDroppedAtHello: Bool {
        frames.clientHello != nil && stage == .beforeServerHello && endedBy == .responder && (outcome == .reset || outcome == .closed)
            && frames.end != nil && alert == nil
    }

    /// `4.1 ms later`, since the ClientHello.
    func after(_ frame: FrameReference) -> String {
        guard let hello = frames.clientHello else { return "" }
        return " after \(Text.exactDuration(frame.time - hello.time))"
    }

    /// The sender's own certificate, and where it stood.
    var leaf: (certificate: X509Certificate, frame: FrameReference)? {
        guard let leaf = certificate?.leaf, let frame = frames.certificate else { return nil }
        return (leaf, frame)
    }

    /// Nobody but its own subject, or a staging authority, stands behind the certificate.
    var hasUnknownIssuer: Bool { leaf.map { $0.certificate.isSelfIssued || $0.certificate.issuer.isStaging } ?? false }

    /// The client ended it before the handshake was complete.
    var isRefusedByClient: Bool {
        endedBy == .originator && stage != .complete && (outcome == .alert || outcome == .reset || outcome == .closed)
    }
}

extension TCPConnection.Side {
    var words: String { self == .originator ? "client" : "server" }
}

extension TLSVersion {
    var words: String { name ?? "version 0x" + String(rawValue, radix: 16) }
}

extension TLSAlert {
    var words: String { "\(description.name ?? "alert") (\(description.rawValue))" }

    /// RFC 8446 §6.2: 42 to 48, but for 47, illegal_parameter.
    var isAboutCertificate: Bool { (42...48).contains(description.rawValue) && description.rawValue != 47 }
}

extension X509Name {
    /// Let's Encrypt's staging environment puts this in front of all its names; no client trusts it.
    var isStaging: Bool {
        [commonName, organization].contains { $0?.hasPrefix("(STAGING)") ?? false } || commonName?.hasPrefix("Fake LE ") ?? false
    }

    var words: String { commonName ?? organization ?? "a name of \(octets.count) octets" }
}

extension Text {
    /// `2026-04-05 12:00:00 UTC`
    static func date(_ time: Timestamp) -> String {
        let date = CivilTime(time)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(date.year)-\(two(date.month))-\(two(date.day)) \(two(date.hour)):\(two(date.minute)):\(two(date.second)) UTC"
    }

    /// `229 days`, `5 hours`
    static func age(_ interval: Interval) -> String {
        let hours = max(0, interval.nanoseconds) / 3_600_000_000_000
        if hours >= 48 { return "\(hours / 24) days" }
        return hours == 1 ? "1 hour" : "\(hours) hours"
    }
}

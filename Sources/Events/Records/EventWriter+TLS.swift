import Flows
import Site
import Wire

extension EventWriter {
    mutating func write(_ handshake: TLSHandshake) {
        begin(
            handshake.time,
            Head(
                dataset: "vipscope.tls", action: "handshake", outcome: handshake.ecsOutcome,
                duration: handshake.last.time - handshake.first.time))
        json.vip(handshake.server.address, site)
        json.endpoint("source", handshake.client.address, port: handshake.client.port)
        json.network("tcp", vlan: handshake.vlan, communityID(.tcp, handshake.client, handshake.server))
        json.endpoint("destination", handshake.server.address, port: handshake.server.port)
        json.beginObject("tls")
        json.choice(handshake.serverHello)
        json.field("established", handshake.isEstablished)
        json.outcome(handshake)
        if let hello = handshake.clientHello {
            json.beginObject("client")
            json.client(hello, handshake.fingerprints)
            json.endObject()
        }
        json.server(handshake)
        json.frames(handshake.frames)
        json.endObject()
        json.packet(handshake.first, handshake.last)
        json.endLine()
    }
}

extension JSONWriter {
    fileprivate mutating func choice(_ hello: ServerHello?) {
        guard let hello else { return }
        if let name = hello.version.name {
            field("version", plain: String(name.dropFirst(4)))
            field("version_protocol", literal: name.hasPrefix("SSL") ? "ssl" : "tls")
        }
        field("cipher", plain: hello.cipherSuite.name)
        if let group = hello.keyShareGroup { field("curve", plain: group.name) }
        if let name = hello.applicationProtocol { field("next_protocol", name) }
    }

    fileprivate mutating func outcome(_ handshake: TLSHandshake) {
        if let outcome = handshake.outcome { field("outcome", plain: outcome.rawValue) }
        field("stage", plain: handshake.stage.rawValue)
        if let side = handshake.endedBy { field("ended_by", plain: side.rawValue) }
        if let alert = handshake.alert {
            beginObject("alert")
            field("side", plain: alert.side.rawValue)
            field("encrypted", alert.value == nil)
            if let value = alert.value {
                field("level", value.level.rawValue)
                field("code", value.description.rawValue)
                if let name = value.description.name { field("name", plain: name) }
            }
            endObject()
        }
        if let group = handshake.retryGroup { field("retry_group", plain: group.name) }
        if !handshake.answer.isEmpty { field("answer", plain: handshake.answer.digits) }
        if handshake.isPostgreSQL { field("postgresql", true) }
        if handshake.isShortened { field("shortened", true) }
    }

    fileprivate mutating func client(_ hello: ClientHello, _ fingerprints: TLSHandshake.Fingerprints?) {
        if let name = hello.serverName { field("server_name", name) }
        if let ja3 = fingerprints?.ja3 { field("ja3", plain: ja3) }
        if let ja4 = fingerprints?.ja4 { field("ja4", plain: ja4) }
        // Where supported_versions is not there, the best one is what the hello itself says (RFC 8446 §4.2.1).
        let versions = hello.supportedVersions.isEmpty ? [hello.legacyVersion] : hello.supportedVersions
        beginList("versions")
        for version in versions where !version.isGREASE { element(version.name ?? version.number) }
        endList()
        beginList("alpn")
        for name in hello.applicationProtocols where !name.isGREASE { element(name) }
        endList()
        groups("groups", hello.supportedGroups)
        groups("key_share_groups", hello.keyShareGroups)
        field("encrypted_client_hello", hello.encryptedClientHello != nil)
    }

    private mutating func groups(_ key: StaticString, _ groups: [TLSGroup]) {
        beginList(key)
        for group in groups where !group.isGREASE { element(group.name) }
        endList()
    }

    fileprivate mutating func server(_ handshake: TLSHandshake) {
        let leaf = handshake.certificate?.leaf
        guard leaf != nil || handshake.fingerprints?.ja3s != nil else { return }
        beginObject("server")
        if let ja3s = handshake.fingerprints?.ja3s { field("ja3s", plain: ja3s) }
        if let leaf {
            beginObject("x509")
            name("subject", leaf.subject)
            name("issuer", leaf.issuer)
            field("not_before", leaf.notBefore)
            field("not_after", leaf.notAfter)
            beginList("alternative_names")
            for name in leaf.dnsNames { element(name) }
            for address in leaf.addresses { element(address.description) }
            endList()
            endObject()
        }
        endObject()
    }

    private mutating func name(_ key: StaticString, _ name: X509Name) {
        beginObject(key)
        if let commonName = name.commonName { field("common_name", commonName) }
        if let organization = name.organization { field("organization", organization) }
        endObject()
    }

    fileprivate mutating func frames(_ frames: TLSHandshake.Frames) {
        beginObject("frames")
        frame("client_hello", frames.clientHello)
        frame("acknowledgment", frames.acknowledgment)
        frame("hello_retry_request", frames.helloRetryRequest)
        frame("server_hello", frames.serverHello)
        frame("certificate", frames.certificate)
        frame("alert", frames.alert)
        frame("client_record", frames.clientRecord)
        frame("end", frames.end)
        endObject()
    }

    private mutating func frame(_ key: StaticString, _ frame: FrameReference?) {
        if let frame { field(key, frame.number) }
    }
}

extension JSONWriter {
    mutating func field(_ key: StaticString, _ name: TLSName) {
        if name.isPlain { field(key, plain: name.octets.span) } else { field(key, name.description) }
    }

    mutating func element(_ name: TLSName) {
        if name.isPlain { element(plain: name.octets.span) } else { element(name.description) }
    }
}

extension TLSHandshake {
    /// ECS: event.outcome.
    var ecsOutcome: StaticString {
        switch outcome {
        case .established: "success"
        case .alert, .reset, .closed, .unanswered, .notTLS: "failure"
        case .cut, nil: "unknown"
        }
    }
}

extension TLSVersion {
    fileprivate var number: String { "0x" + [UInt8(rawValue >> 8), UInt8(truncatingIfNeeded: rawValue)].digits }
}

extension TLSName {
    /// Two octets of a kind (RFC 8701 §2).
    var isGREASE: Bool { octets.count == 2 && octets[0] & 0x0f == 0x0a && octets[0] == octets[1] }

    /// It stands in JSON as its sender wrote it: printable ASCII without a quotation mark or a backslash, as almost every name is.
    fileprivate var isPlain: Bool { octets.allSatisfy { 0x21...0x7e ~= $0 && $0 != 0x22 && $0 != 0x5c } }
}

extension [UInt8] {
    /// Hexadecimal, two digits an octet.
    var digits: String {
        var text: [UInt8] = []
        for octet in self { text.appendHexadecimal(octet) }
        return String(decoding: text, as: UTF8.self)
    }
}

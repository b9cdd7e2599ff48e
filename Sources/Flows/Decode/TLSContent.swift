package import Wire

/// What a TCP segment completes of TLS: records, and the handshake messages and alerts in them that are in the clear.
package struct TLSContent: Describable {
    package static let layer = Layer.tls

    package internal(set) var records: [TLSRecord] = []
    package internal(set) var handshakes: [TLSHandshakeContent] = []
    package internal(set) var alerts: [TLSAlert] = []

    var isEmpty: Bool { records.isEmpty && handshakes.isEmpty && alerts.isEmpty }

    package func describe(to fields: inout some FieldVisitor) {
        fields.list("records", count: records.count) { records[$0].describe(to: &$1) }
        handshakes.describe(to: &fields)
        fields.list("alerts", count: alerts.count) { alerts[$0].describe(to: &$1) }
    }
}

/// A handshake message, with its fingerprints where it has some.
package struct TLSHandshakeContent: Sendable {
    package var header: TLSHandshakeHeader
    package var body: Body

    package enum Body: Sendable {
        case clientHello(ClientHello, ja3: String, ja4: String)
        case serverHello(ServerHello, ja3s: String)
        case certificate(TLSCertificate)
        /// Of a kind that has no decoder.
        case other
        case damaged(DecodeError)
    }

    /// - Parameter body: without the header, whole.
    init(_ header: TLSHandshakeHeader, _ body: Span<UInt8>, over transport: JA4.Transport, _ fingerprint: Fingerprint?) {
        self.header = header
        var cursor = body
        do throws(DecodeError) {
            switch header.type {
            case .clientHello:
                let hello = try ClientHello(decoding: &cursor)
                self.body = .clientHello(hello, ja3: fingerprint?.ja3(hello) ?? "", ja4: fingerprint?.ja4(hello, over: transport) ?? "")
            case .serverHello:
                let hello = try ServerHello(decoding: &cursor)
                self.body = .serverHello(hello, ja3s: fingerprint?.ja3s(hello) ?? "")
            case .certificate: self.body = .certificate(try TLSCertificate(decoding: &cursor))
            default: self.body = .other
            }
        } catch {
            // All of the message is there, so what it lacks its length withholds.
            if case .truncated = error { self.body = .damaged(.malformed("length")) } else { self.body = .damaged(error) }
        }
    }

    var error: DecodeError? { if case .damaged(let error) = body { error } else { nil } }

    fileprivate func describe(to fields: inout some FieldVisitor) {
        header.describe(to: &fields)
        switch body {
        case .clientHello(let hello, let ja3, let ja4):
            fields.object("client_hello") { fields in
                hello.describe(to: &fields)
                fields.field("ja3", ja3)
                fields.field("ja4", ja4)
            }
        case .serverHello(let hello, let ja3s):
            fields.object("server_hello") { fields in
                hello.describe(to: &fields)
                fields.field("ja3s", ja3s)
            }
        case .certificate(let certificate): fields.object("certificate") { certificate.describe(to: &$0) }
        case .other, .damaged: break
        }
    }
}

extension [TLSHandshakeContent] {
    func describe(to fields: inout some FieldVisitor) {
        fields.list("handshakes", count: count) { self[$0].describe(to: &$1) }
    }
}

/// Collects what a stream of TLS completes. A record is told where it ends, and what it holds with it, as whoever reads a capture sees it.
struct TLSCollector: TLSVisitor {
    /// The record that the octets so far have begun, and what of it was read.
    struct Unfinished: Sendable {
        fileprivate var record: TLSRecord?
        fileprivate var handshakes: [TLSHandshakeContent] = []
        fileprivate var alerts: [TLSAlert] = []
        /// What the messages take in memory, roughly: names of one octet take thirty times that.
        fileprivate(set) var heldOctets = 0
        fileprivate static let growth = 32
    }

    var content = TLSContent()
    var unfinished: Unfinished
    let fingerprint: Fingerprint?

    mutating func record(_ record: TLSRecord) { unfinished.record = record }

    mutating func endOfRecord() {
        if let record = unfinished.record { content.records.append(record) }
        content.handshakes += unfinished.handshakes
        content.alerts += unfinished.alerts
        unfinished = Unfinished()
    }

    mutating func handshake(_ type: TLSHandshakeHeader.MessageType, _ body: Span<UInt8>) {
        let header = TLSHandshakeHeader(type: type, bodyLength: body.count)
        unfinished.handshakes.append(TLSHandshakeContent(header, body, over: .tcp, fingerprint))
        unfinished.heldOctets += MemoryLayout<TLSHandshakeContent>.stride + body.count * Unfinished.growth
    }

    mutating func alert(_ alert: TLSAlert?) {
        if let alert { unfinished.alerts.append(alert) }
    }

    mutating func notTLS(_ octets: Span<UInt8>) {}
}

import Flows
import Wire

enum TLS {
    /// A stream says the same, however it is cut into segments.
    static func stream(_ bytes: Span<UInt8>) {
        var bytes = bytes
        var numbers = Numbers(bytes.word())
        let octets = [UInt8](copying: bytes)
        var (whole, cut) = (TLSStream(), TLSStream())
        var (heard, heardCut) = (Hearing(fingerprints: try? Fingerprint()), Hearing())
        _ = whole.take(octets.span, &heard)
        var waiting: [UInt8] = []
        var position = 0
        while position < octets.count {
            let end = min(octets.count, position + Int.random(in: 1...64, using: &numbers))
            waiting += octets[position..<end]
            position = end
            let done = cut.take(waiting.span, &heardCut)
            expect((0...waiting.count).contains(done), "\(done) octets done")
            waiting.removeFirst(done)
        }
        expect(heard.told == heardCut.told, "whole: \(heard.told), cut: \(heardCut.told)")
        expect(whole.isEncrypted == cut.isEncrypted && whole.state == cut.state, "\(whole.state), \(cut.state)")
    }

    /// What a stream told, and every message in it decoded.
    private struct Hearing: TLSVisitor {
        enum Fact: Equatable {
            case record(TLSRecord)
            case handshake(TLSHandshakeHeader.MessageType, [UInt8])
            case alert(TLSAlert?)
            case notTLS
        }
        var fingerprints: Fingerprint?
        var told: [Fact] = []

        mutating func record(_ record: TLSRecord) { told.append(.record(record)) }
        mutating func alert(_ alert: TLSAlert?) { told.append(.alert(alert)) }

        mutating func notTLS(_ octets: Span<UInt8>) {
            told.append(.notTLS)
            decode(PostgreSQLSSLRequest.self, octets)
            decode(TLSAlert.self, octets)
        }

        mutating func handshake(_ type: TLSHandshakeHeader.MessageType, _ body: Span<UInt8>) {
            told.append(.handshake(type, [UInt8](copying: body)))
            switch type {
            case .clientHello: if let hello = decode(ClientHello.self, body) { fingerprint(hello) }
            case .serverHello: if let hello = decode(ServerHello.self, body) { _ = fingerprints?.ja3s(hello) }
            case .certificate: decode(TLSCertificate.self, body)
            default: break
            }
        }

        private func fingerprint(_ hello: ClientHello) {
            guard let fingerprints else { return }
            _ = fingerprints.ja3(hello)
            let ja4 = fingerprints.ja4(hello, over: .tcp)
            expect(ja4.utf8.count == 36, "JA4 \(ja4)")
        }
    }

    static func certificate(_ bytes: Span<UInt8>) {
        attempt(bytes) { cursor throws(DecodeError) in
            let certificate = try X509Certificate(decoding: &cursor)
            var fields = Fields()
            certificate.describe(to: &fields)
            for name in certificate.dnsNames { _ = certificate.covers(name) }
        }
    }
}

import LAN
@testable import Flows
import QUICInitial
import Testing
import Wire

/// What is kept of messages is bounded, whatever they hold.
struct ShorteningTests {
    /// A ClientHello with so many of each, all but one of them nonsense.
    private static func hello(protocols: Int, ciphers: Int = 1, extensions: Int = 0, name: Int = 4) -> [UInt8] {
        func field(_ type: UInt16, _ data: [UInt8]) -> [UInt8] { big16(type) + big16(UInt16(data.count)) + data }
        let host = [0] + big16(UInt16(name)) + [UInt8](repeating: 0x61, count: name)
        let list = (0..<protocols).flatMap { _ in [2, 0x68, 0x33] as [UInt8] }
        var fields = field(0, big16(UInt16(host.count)) + host) + field(16, big16(UInt16(list.count)) + list) + field(43, [2, 3, 4])
        for number in 0..<extensions { fields += field(UInt16(1000 + number), []) }
        let suites = (0..<ciphers).flatMap { big16(UInt16($0)) }
        let body =
            [3, 3] + [UInt8](repeating: 7, count: 32) + [0] + big16(UInt16(suites.count)) + suites + [1, 0] + big16(UInt16(fields.count))
            + fields
        return [1, UInt8(body.count >> 16)] + big16(UInt16(truncatingIfNeeded: body.count)) + body
    }

    @Test(arguments: [
        (16, 256, 100, 255, false), (17, 1, 0, 4, true), (1, 257, 0, 4, true), (1, 1, 126, 4, true), (1, 1, 0, 256, true),
        (4000, 1500, 200, 300, true),
    ])
    func `a hello's lists are kept up to a bound, and without fingerprints beyond it`(
        _ protocols: Int, _ ciphers: Int, _ extensions: Int, _ name: Int, _ isShortened: Bool
    ) throws {
        let octets = Self.hello(protocols: protocols, ciphers: ciphers, extensions: extensions, name: name)
        var stream = Stream()
        stream.client(
            tlsRecord(22, Array(octets.prefix(16_000))) + (octets.count > 16_000 ? tlsRecord(22, Array(octets.dropFirst(16_000))) : []))
        stream.client([], .rst)
        let told = stream.handshake
        let handshake = try #require(told)
        let hello = try #require(handshake.clientHello)
        #expect(handshake.isShortened == isShortened && (handshake.fingerprints == nil) == isShortened)
        #expect(hello.applicationProtocols.count == min(protocols, 16) && hello.cipherSuites.count == min(ciphers, 256))
        #expect(hello.extensions.count == min(3 + extensions, 128) && hello.serverName?.octets.count == min(name, 255))
    }

    @Test func `a certificate's names are kept up to a bound`() throws {
        func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] { [tag, 0x82] + big16(UInt16(content.count)) + content }
        let time = element(0x17, Array("250101000000Z".utf8))
        let common = element(0x31, element(0x30, element(6, [0x55, 4, 3]) + element(0x0c, [UInt8](repeating: 0x61, count: 2000))))
        let names = element(0x30, (0..<600).flatMap { _ in element(0x82, [0x61]) } + element(0x82, [UInt8](repeating: 0x62, count: 300)))
        let extensions = element(0xa3, element(0x30, element(0x30, element(6, [0x55, 0x1d, 0x11]) + element(4, names))))
        let content =
            element(2, [1]) + element(0x30, []) + element(0x30, common) + element(0x30, time + time) + element(0x30, []) + element(0x30, [])
            + extensions
        let certificate = element(0x30, element(0x30, content))
        let message = [0] + big16(UInt16(certificate.count + 3)) + [0] + big16(UInt16(certificate.count)) + certificate
        var bytes = message.span
        var decoded = try TLSCertificate(decoding: &bytes)
        #expect(decoded.leaf?.dnsNames.count == 601)
        let isShortened = decoded.shorten()
        let leaf = try #require(decoded.leaf)
        #expect(leaf.dnsNames.count == 512 && leaf.issuer.commonName?.count == 255 && leaf.issuer.octets.count == 1024)
        let isShortenedAgain = decoded.shorten()
        #expect(isShortened && !isShortenedAgain)
    }

    @Test func `a promise is kept in part`() throws {
        var sensor = Sensor(everything: true)
        let names = (0..<100).flatMap { _ in [2, 0x68, 0x33] as [UInt8] }
        // What comes behind 1,024 octets is left out, whole parameters at a time.
        let hints = (0..<300).flatMap { big32($0) }
        let data = [0, 1, 0] + big16(1) + big16(UInt16(names.count)) + names + big16(4) + big16(UInt16(hints.count)) + hints
        sensor.see(Lookup("argocd.laurivan.com", .https).answer([AnswerRecord(type: .https, data: data)]), at: 0)
        let hello = QUICEnds().initial(.client, crypto(clientHello()))
        sensor.see(Datagram(.client, .node).frame(17, udp(50_000, 443, hello)), at: 1)
        let promise = try #require(sensor.finish(at: 2).quic.last?.attempt.reason.promise)
        #expect(promise.alpn.count == 100 && promise.ipv4Hints.isEmpty)
    }

    @Test func `what QUIC's hellos offer is kept in part`() throws {
        var sensor = Sensor(everything: true)
        let hello = QUICEnds().initial(.client, crypto(Self.hello(protocols: 200)))
        sensor.see(Datagram(.client, .node).frame(17, udp(50_000, 443, hello)), at: 1)
        let attempt = try #require(sensor.finish(at: 2).quic.last?.attempt)
        let kept = try #require(attempt.clientHello)
        #expect(kept.applicationProtocols.count == 16 && kept.ja4 == nil, "the fingerprint of what is left would be another's")
    }
}

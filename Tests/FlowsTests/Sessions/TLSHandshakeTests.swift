import LAN
@testable import Flows
import Testing
import Wire

struct TLSHandshakeTests {
    private static func retry() -> [UInt8] { tlsRecord(22, serverHello(retry: true)) }

    // MARK: Complete

    @Test func `TLS 1.3 is established by sealed records of both sides`() throws {
        var stream = Stream()
        #expect(stream.client(tlsClientHello).stages == [.hello])
        #expect(stream.server([], .ack).isEmpty)
        #expect(stream.server(tlsServerHello13 + changeCipherSpec + sealed(900)).stages == [.answered])
        #expect(stream.client(changeCipherSpec + sealed(53)).stages == [.ended])
        let told = stream.handshake
        let handshake = try #require(told)
        #expect(handshake.outcome == .established && handshake.isEstablished && handshake.stage == .complete && handshake.endedBy == nil)
        #expect(handshake.client == Endpoint(Host.client.address, Port(rawValue: 40_000)))
        #expect(handshake.server == Endpoint(.v4(theVIP), .https))
        #expect(handshake.serverName?.description == "argocd.laurivan.com" && handshake.serverHello?.version == .tls13)
        let frames = handshake.frames
        #expect(
            [frames.clientHello, frames.acknowledgment, frames.serverHello, frames.clientRecord, frames.end].map { $0?.number } == [
                4, 5, 6, 7, 7,
            ])
        #expect(handshake.first.number == 4 && handshake.last.number == 7)
        // SHA-256 of "1301" and "002b", MD5 of "771,4865,0-16-43,," and "771,4865,43".
        #expect(handshake.fingerprints?.ja4 == "t13d0103h3_0f2cb44170f4_b9a491fefe05")
        #expect(handshake.fingerprints?.ja3 == "9cd3a3df22ead6ac1977bf836d6ea964")
        #expect(handshake.fingerprints?.ja3s == "cce84e7a8b742462e40afb585a3e3ccc")
    }

    @Test func `TLS 1.2 is established by both sides' Finished`() throws {
        var stream = Stream()
        stream.client(tlsClientHello)
        stream.server(tlsRecord(22, serverHello12() + [14, 0, 0, 0]))
        stream.client(tlsRecord(22, [16, 0, 0, 1, 0]) + changeCipherSpec + sealedHandshake(40))
        #expect(stream.handshake == nil)
        stream.server(changeCipherSpec)
        #expect(stream.handshake == nil)
        stream.server(sealedHandshake(40))
        let told = stream.handshake
        let handshake = try #require(told)
        #expect(handshake.outcome == .established && handshake.serverHello?.applicationProtocol?.description == "h2")
        #expect(handshake.serverHello?.cipherSuite.name == "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256")
    }

    /// OpenSSL takes chains of 100 KiB (SSL_MAX_CERT_LIST_DEFAULT).
    @Test func `a long chain of certificates is a handshake's, too`() {
        var stream = Stream()
        stream.client(tlsClientHello)
        let chain = [UInt8](repeating: 0, count: 100 << 10)
        let message = serverHello12() + [11, 1, 0x90, 0] + chain + [14, 0, 0, 0]
        for start in stride(from: 0, to: message.count, by: 16_000) {
            stream.server(tlsRecord(22, Array(message[start..<min(start + 16_000, message.count)])))
        }
        stream.client(tlsRecord(22, [16, 0, 0, 1, 0]) + changeCipherSpec + sealedHandshake(40))
        stream.server(changeCipherSpec + sealedHandshake(40))
        #expect(stream.handshake?.outcome == .established && stream.handshake?.frames.certificate?.number == 11)
    }

    @Test func `resumption in TLS 1.2 has the server finish first`() {
        var stream = Stream()
        stream.client(tlsClientHello)
        stream.server(tlsRecord(22, serverHello12()) + changeCipherSpec + sealedHandshake(40))
        stream.client(changeCipherSpec + sealedHandshake(40))
        #expect(stream.handshake?.outcome == .established)
    }

    @Test func `a HelloRetryRequest is no answer yet, and the first hello stays`() throws {
        var stream = Stream()
        stream.client(tlsClientHello)
        #expect(stream.server(Self.retry()).stages.isEmpty)
        stream.client(changeCipherSpec + tlsRecord(22, clientHello("other.laurivan.com")))
        #expect(stream.server(tlsServerHello13 + changeCipherSpec + sealed(900)).stages == [.answered])
        stream.client(sealed(53))
        let told = stream.handshake
        let handshake = try #require(told)
        #expect(handshake.frames.helloRetryRequest?.number == 5 && handshake.frames.serverHello?.number == 7)
        #expect(handshake.serverName?.description == "argocd.laurivan.com" && handshake.outcome == .established)
    }

    @Test(arguments: [1, 2, 5, 7, 100])
    func `it is the same in pieces of any size`(_ size: Int) {
        var stream = Stream()
        stream.client(tlsClientHello, inPiecesOf: size)
        stream.server(tlsServerHello13 + changeCipherSpec + sealed(90), inPiecesOf: size)
        stream.client(changeCipherSpec + sealed(53), inPiecesOf: size)
        #expect(stream.handshake?.outcome == .established && stream.handshake?.serverName?.description == "argocd.laurivan.com")
        #expect(stream.sensor.events.stages == [.hello, .answered, .ended])
    }

    @Test func `segments of a hello may come in another order`() {
        var stream = Stream()
        stream.clientSwapped(Array(tlsClientHello.prefix(60)), Array(tlsClientHello.dropFirst(60)))
        #expect(stream.sensor.events.stages == [.hello])
    }

    @Test func `octets in the SYN count`() {
        var stream = Stream(isOpen: false)
        let talk = stream.talk
        stream.see(talk.out(id: 9).frame(6, tcp(talk.sourcePort, talk.port, .syn, sequence: talk.isn, tlsClientHello)))
        #expect(stream.sensor.events.stages == [.hello])
        stream.see(talk.synACK)
        stream.server(tlsServerHello13 + sealed(900))
        stream.see(
            talk.out(id: 10).frame(
                6,
                tcp(talk.sourcePort, talk.port, .ack, sequence: talk.isn + 1 + UInt32(tlsClientHello.count), acknowledgment: 1, sealed(53)))
        )
        #expect(stream.handshake?.outcome == .established)
    }

    @Test func `PostgreSQL asks first`() throws {
        var stream = Stream(port: 5432)
        stream.client([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])
        stream.server([0x53])
        stream.client(tlsClientHello)
        stream.server(tlsServerHello13 + sealed(900))
        stream.client(sealed(53))
        #expect(stream.handshake?.isPostgreSQL == true && stream.handshake?.outcome == .established)
        var refused = Stream(port: 5432)
        refused.client([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])
        refused.server([0x4e])
        refused.client(tlsClientHello)
        refused.finish()
        #expect(refused.sensor.events.stages.isEmpty)
    }

    @Test func `where the ClientHello was missed, the answer is still told`() {
        var stream = Stream()
        stream.server(tlsServerHello13 + sealed(900))
        stream.finish()
        #expect(stream.handshake?.outcome == .cut && stream.handshake?.clientHello == nil && stream.handshake?.stage == .afterServerHello)
    }

    // MARK: Refused

    @Test func `an alert in the clear ends it`() throws {
        var stream = Stream()
        stream.client(tlsClientHello)
        #expect(stream.server(tlsAlert(2, 70)).stages == [.ended])
        let told = stream.handshake
        let handshake = try #require(told)
        #expect(handshake.outcome == .alert && handshake.endedBy == .responder && handshake.stage == .beforeServerHello)
        #expect(handshake.alert?.value?.description == .protocolVersion && handshake.frames.alert?.number == 5)
    }

    @Test func `a warning does not`() {
        var stream = Stream()
        stream.client(tlsClientHello)
        stream.server(tlsAlert(1, 112))
        #expect(stream.handshake == nil)
        stream.server(tlsServerHello13 + sealed(900))
        stream.client(sealed(53))
        #expect(stream.handshake?.outcome == .established && stream.handshake?.alert?.value?.description == .unrecognizedName)
    }

    @Test(arguments: [(19, TLSHandshake.Outcome.alert), (11, .alert), (12, .established), (53, .established)])
    func `a client's first sealed record tells by its length whether it is an alert`(_ length: Int, _ outcome: TLSHandshake.Outcome) {
        var stream = Stream()
        stream.client(tlsClientHello)
        stream.server(tlsServerHello13 + sealed(900))
        stream.client(changeCipherSpec + sealed(length))
        #expect(stream.handshake?.outcome == outcome)
        #expect((stream.handshake?.alert != nil) == (outcome == .alert) && stream.handshake?.alert?.value == nil)
    }

    @Test func `so does a server's behind its hello`() throws {
        var stream = Stream()
        stream.client(tlsClientHello)
        stream.server(tlsServerHello13 + changeCipherSpec + sealed(19))
        let told = stream.handshake
        let handshake = try #require(told)
        #expect(handshake.outcome == .alert && handshake.endedBy == .responder && handshake.stage == .afterServerHello)
        #expect(handshake.frames.clientRecord == nil)
    }

    @Test func `an encrypted alert behind Finished is after the handshake`() {
        var stream = Stream()
        stream.client(tlsClientHello)
        stream.server(tlsRecord(22, serverHello12()) + changeCipherSpec + sealedHandshake(40))
        stream.client(changeCipherSpec + sealedHandshake(40) + tlsRecord(21, [UInt8](repeating: 1, count: 26)))
        #expect(stream.handshake?.outcome == .established && stream.handshake?.alert == nil)
    }

    @Test(arguments: [TCPConnection.Side.originator, .responder], [TCPHeader.Flags.rst, [.fin, .ack]])
    func `a RST or FIN ends it at its stage`(_ side: TCPConnection.Side, _ flags: TCPHeader.Flags) {
        let outcome: TLSHandshake.Outcome = flags.contains(.rst) ? .reset : .closed
        for (flight, stage) in [([], TLSHandshake.Stage.beforeServerHello), (tlsServerHello13 + sealed(900), .afterServerHello)] {
            var stream = Stream()
            stream.client(tlsClientHello)
            if !flight.isEmpty { stream.server(flight) }
            let events = side == .originator ? stream.client([], flags) : stream.server([], flags)
            #expect(events.stages == [.ended] && stream.handshake?.outcome == outcome && stream.handshake?.endedBy == side)
            #expect(stream.handshake?.stage == stage && stream.handshake?.frames.end?.number == stream.sensor.frames)
        }
    }

    @Test func `a hello in part and a RST`() {
        var stream = Stream()
        stream.client(Array(tlsClientHello.prefix(50)))
        stream.server([], [.rst, .ack])
        #expect(
            stream.handshake?.outcome == .reset && stream.handshake?.stage == .beforeClientHello && stream.handshake?.clientHello == nil)
    }

    @Test func `the TCP connection's end is told after the handshake's`() {
        var stream = Stream()
        stream.client(tlsClientHello)
        let kinds = stream.server([], [.rst, .ack]).map(\.kind)
        #expect(kinds == [.tls, .tcp])
    }

    @Test func `an answer that is no record is kept in part`() throws {
        var stream = Stream(port: 80)
        stream.client(tlsClientHello)
        stream.server(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
        let told = stream.handshake
        let handshake = try #require(told)
        #expect(handshake.outcome == .notTLS && handshake.answer == Array("HTTP/1.1 400 Bad".utf8))
        #expect(stream.exchanges.isEmpty)
    }

    // MARK: Silence

    @Test func `a ClientHello that nothing follows`() throws {
        var stream = Stream()
        stream.client(tlsClientHello)
        stream.server([], .ack)
        stream.wait(2.9)
        #expect(stream.sensor.events.stages == [.hello])
        stream.wait(0.2)
        #expect(stream.sensor.events.stages == [.hello, .fellSilent])
        stream.finish()
        let told = stream.handshake
        let handshake = try #require(told)
        #expect(handshake.outcome == .unanswered && handshake.frames.acknowledgment?.number == 5 && handshake.frames.end == nil)
    }

    @Test func `silence is broken by an answer, however late`() {
        var stream = Stream()
        stream.client(tlsClientHello)
        stream.wait(4)
        stream.server(tlsServerHello13 + sealed(900))
        stream.client(sealed(53))
        #expect(stream.sensor.events.stages == [.hello, .fellSilent, .answered, .ended] && stream.handshake?.outcome == .established)
    }

    @Test func `the capture's end cuts it off`() {
        var stream = Stream()
        stream.client(tlsClientHello)
        stream.finish()
        #expect(stream.handshake?.outcome == .cut && stream.handshake?.stage == .beforeServerHello)
    }

    @Test func `octets that were not seen make no failure`() {
        var stream = Stream()
        stream.client(tlsClientHello)
        stream.loseServer(1200)
        stream.client([], .ack)
        stream.client([], [.rst, .ack])
        #expect(stream.handshake?.outcome == .cut && stream.handshake?.endedBy == nil)
    }

    @Test func `a FIN that lies ahead waits for what is missing`() {
        var stream = Stream()
        stream.client(tlsClientHello)
        stream.loseServer(1200)
        stream.server([], [.fin, .ack])
        #expect(stream.handshake == nil)
        stream.client([], [.fin, .ack])
        #expect(stream.handshake?.outcome == .cut)
    }

    // MARK: Not looked at

    @Test(arguments: [
        Array("SSH-2.0-OpenSSH_9.2\r\n".utf8), [0x16, 0x02, 0, 0, 0], [0, 0, 0, 8, 0, 0, 0, 0], [0x80, 0x2e, 1, 3, 1],
        Array("EHLO a\r\n".utf8),
        Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8),
    ])
    func `what is neither TLS nor HTTP is let go`(_ octets: [UInt8]) {
        var stream = Stream()
        stream.client(octets)
        stream.server(tlsServerHello13)
        stream.client(tlsClientHello)
        stream.client([], [.rst, .ack])
        #expect(stream.sensor.events.stages.isEmpty && stream.exchanges.isEmpty)
    }

    @Test func `a connection whose beginning was not seen is not read`() {
        var stream = Stream(isOpen: false)
        stream.client(tlsClientHello)
        stream.finish()
        #expect(stream.sensor.events.stages.isEmpty)
    }

    @Test func `a SYN-ACK is beginning enough`() {
        var stream = Stream(isOpen: false)
        stream.see(stream.talk.synACK)
        stream.client(tlsClientHello)
        #expect(stream.sensor.events.stages == [.hello])
    }

    @Test func `a hello that does not decode is an anomaly, and an answer all the same`() {
        var stream = Stream()
        stream.client(tlsRecord(22, [1, 0, 0, 4, 9, 9, 9, 9]))
        #expect(stream.sensor.correlators.anomalies.entries.map(\.layer) == [.tls])
        stream.server(tlsAlert(2, 50))
        #expect(stream.handshake?.clientHello == nil && stream.handshake?.outcome == .alert)
    }
}

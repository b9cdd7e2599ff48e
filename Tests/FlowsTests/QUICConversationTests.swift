import Flows
import LAN
import QUICInitial
import Testing
import Wire

/// What a visitor is told, a line each.
private struct Told: QUICVisitor {
    var lines: [String] = []
    var clientHello: ClientHello?
    var serverHello: ServerHello?
    mutating func packet(_ packet: QUICPacket, _ opening: QUICOpening) {
        lines.append("\(packet.longHeader.map { $0.kind?.rawValue ?? $0.version.name } ?? "short") \(opening)")
    }
    mutating func frame(_ frame: QUICFrame, in payload: Span<UInt8>) { lines.append(frame.name) }
    mutating func handshakeMessage(_ header: TLSHandshakeHeader, _ body: Span<UInt8>, from side: QUICSide) {
        lines.append("\(side) message \(header.type.rawValue), \(body.count) octets")
        var bytes = body
        if header.type == .clientHello { clientHello = try? ClientHello(decoding: &bytes) }
        if header.type == .serverHello { serverHello = try? ServerHello(decoding: &bytes) }
    }
    mutating func anomaly(_ error: DecodeError, at offset: Int, inPayload: Bool) { lines.append("\(error) at \(offset)") }
}

/// A conversation and the opener that it borrows.
private struct Wiretap: ~Copyable {
    var conversation: QUICConversation
    var opener: InitialOpener
    var told = Told()

    init(_ first: [UInt8], limit: Int = 16_384) throws {
        let made = QUICConversation(first: first.span, limit: limit)
        let conversation = try #require(made)
        let opener = try InitialOpener()
        self.conversation = conversation
        self.opener = opener
        _ = take(first, .client)
    }

    mutating func take(_ datagram: [UInt8], _ side: QUICSide) -> QUICConversation.News {
        conversation.take(datagram.span, from: side, &opener, &told)
    }
}

struct QUICConversationTests {
    private let ends = QUICEnds()
    private var first: [UInt8] { ends.initial(.client, crypto(clientHello())) }

    @Test(arguments: [QUICVersion.v1, .v2, .draft29]) func bothHellosAreRead(_ version: QUICVersion) throws {
        var ends = ends
        ends.version = version
        var wire = try Wiretap(ends.initial(.client, crypto(clientHello())))
        #expect(wire.told.clientHello?.serverName?.description == "argocd.laurivan.com")
        #expect(wire.told.clientHello?.applicationProtocols.map(\.description) == ["h3", "h3-29"])
        #expect(!wire.conversation.isServerSeen && wire.conversation.version == version)
        let news = wire.take(ends.initial(.server, [2, 0, 0, 0, 0] + crypto(serverHello())) + ends.handshake(.server), .server)
        #expect(news == [.initial, .answered, .serverHello, .established])
        #expect(wire.conversation.isEstablished && wire.told.serverHello?.version == .tls13)
        #expect(wire.conversation.serverID == ends.server && wire.conversation.heldOctets == 0)
        let later = wire.take(ends.initial(.client, number: 1, to: ends.server, [2, 0, 0, 0, 0]) + ends.handshake(.client), .client)
        #expect(later == .initial)
        #expect(wire.take(ends.short(.server), .server) == [])
        #expect(wire.conversation.client.initials == 2 && wire.conversation.client.opened == 2 && wire.conversation.client.handshakes == 1)
        #expect(wire.conversation.server.datagrams == 2 && wire.conversation.server.shorts == 1)
    }

    @Test func theVisitorIsToldEverything() throws {
        let hello = clientHello()
        var wire = try Wiretap(ends.initial(.client, [1] + crypto(hello)) + ends.long(1, ends.key, ends.client) + [0])
        _ = wire.take(ends.initial(.server, [0x42]) + ends.short(.server), .server)
        var damaged = first
        damaged[1199] ^= 1
        _ = wire.take(damaged, .client)
        #expect(
            wire.told.lines == [
                "initial opened(number: 0)", "ping", "crypto", "client message 1, \(hello.count - 4) octets", "padding",
                "0rtt noKeys", "initial opened(number: 0)", "unsupported(frame type) at 0",
                "short noKeys", "initial failed(QUICInitial.InitialOpener.Failure.unauthenticated)",
            ])
    }

    /// As Chromium sends a ClientHello with a post-quantum key: two datagrams, pieces in any order.
    @Test func aHelloOverTwoDatagrams() throws {
        let hello = clientHello()
        let tail = ends.initial(.client, number: 1, crypto(hello[60...], at: 60))
        var wire = try Wiretap(ends.initial(.client, crypto(hello[20..<60], at: 20) + [1, 0, 0] + crypto(hello[..<10])))
        #expect(wire.told.clientHello == nil && wire.conversation.heldOctets == 50)
        #expect(wire.take(tail, .client) == .initial)
        #expect(wire.take(ends.initial(.client, number: 2, crypto(hello[10..<20], at: 10)), .client) == [.initial, .clientHello])
        #expect(wire.told.clientHello?.serverName?.description == "argocd.laurivan.com" && wire.conversation.heldOctets == 0)
    }

    /// What stands behind a whole hello in its frame begins the next one.
    @Test func aHelloAndTheBeginningOfAnother() throws {
        let hello = clientHello()
        var wire = try Wiretap(ends.initial(.client, crypto(hello + hello.prefix(10))))
        #expect(wire.told.clientHello?.serverName?.description == "argocd.laurivan.com" && wire.conversation.heldOctets == 10)
        let rest = ends.initial(.client, number: 1, crypto(hello[10...], at: hello.count + 10))
        #expect(wire.take(rest, .client) == [.initial, .clientHello] && wire.conversation.heldOctets == 0)
    }

    /// RFC 8446 §4.1.4: the server asks for another hello, and both follow in the same streams.
    @Test func aHelloRetryRequestBringsASecondHello() throws {
        let hello = clientHello()
        var wire = try Wiretap(first)
        #expect(wire.take(ends.initial(.server, crypto(serverHello(retry: true))), .server).contains(.serverHello))
        #expect(wire.told.serverHello?.isHelloRetryRequest == true)
        #expect(wire.take(ends.initial(.client, number: 1, crypto(hello, at: hello.count)), .client).contains(.clientHello))
        let second = crypto(serverHello(), at: serverHello(retry: true).count)
        #expect(wire.take(ends.initial(.server, number: 1, second), .server).contains(.serverHello))
        #expect(wire.told.serverHello?.isHelloRetryRequest == false)
    }

    /// RFC 9001 appendix A.4 answers an Initial to this ID; the Retry has no client's ID.
    @Test func aRetryBringsNewKeys() throws {
        let retry = octets("ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba")
        var ends = ends
        ends.client = .empty
        var wire = try Wiretap(ends.initial(.client, [1]))
        var damaged = retry
        damaged[35] ^= 1
        #expect(wire.take(damaged, .server) == [] && !wire.conversation.isRetried)
        #expect(wire.take(retry, .server) == [.retry, .answered])
        #expect(wire.take(retry, .server) == [], "a client takes one Retry")
        ends.key = ConnectionID(copying: octets("f067a5502a4262b5").span)
        let again = ends.initial(.client, number: 1, token: Array("token".utf8), crypto(clientHello()))
        #expect(wire.take(again, .client) == [.initial, .clientHello])
        #expect(wire.take(ends.initial(.server, crypto(serverHello())), .server) == [.initial, .serverHello])
        #expect(wire.told.lines.filter { $0.hasPrefix("retry") } == [false, true, false].map { "retry verified(Optional(\($0)))" })
    }

    @Test func aRetryThatWasNotSeenIsInferred() throws {
        var wire = try Wiretap(ends.initial(.client, [1]))
        var ends = ends
        ends.key = ends.server
        let again = ends.initial(.client, number: 1, token: [1, 2, 3], crypto(clientHello()))
        #expect(wire.take(again, .client) == [.initial, .clientHello])
        #expect(wire.take(ends.initial(.server, crypto(serverHello())), .server).contains(.answered))
    }

    @Test func versionNegotiationBeginsAnewWithinTheAttempt() throws {
        var grease = ends
        grease.version = QUICVersion(rawValue: 0x1a2a_3a4a)
        let greased = grease.long(0, grease.original, grease.client) + [UInt8](repeating: 1, count: 1180)
        var wire = try Wiretap(greased)
        #expect(wire.conversation.client.initials == 1 && wire.conversation.version.isGrease)
        var strange = ends
        strange.client = .empty
        #expect(wire.take(strange.negotiation([1]), .server) == [], "it does not echo the client's ID")
        #expect(wire.take(ends.negotiation([0xbaba_baba, 1]), .server) == [.versionNegotiation, .answered])
        #expect(wire.conversation.offeredVersions.map(\.rawValue) == [0xbaba_baba, 1])
        let other = QUICEnds.other(7)
        #expect(wire.take(other.initial(.client, crypto(clientHello())), .client) == [.initial, .clientHello])
        #expect(wire.conversation.version == .v1 && wire.conversation.originalDestination == ends.original)
        #expect(wire.take(other.initial(.server, crypto(serverHello())) + other.handshake(.server), .server).contains(.established))
    }

    /// RFC 9368 §4: the server answers in version 2, under keys from the same ID.
    @Test func aCompatibleVersionIsFollowed() throws {
        var wire = try Wiretap(first)
        var second = ends
        second.version = .v2
        #expect(wire.take(second.initial(.server, crypto(serverHello())), .server) == [.initial, .answered, .serverHello])
        #expect(wire.take(second.initial(.client, number: 1, to: ends.server, [1]), .client) == .initial)
        #expect(wire.conversation.version == .v2)
    }

    @Test func anotherAttemptOnTheSamePortsIsForeign() throws {
        var wire = try Wiretap(first)
        let other = QUICEnds.other(7)
        #expect(wire.take(other.initial(.client, crypto(clientHello())), .client) == .foreign)
        #expect(wire.conversation.client.datagrams == 1 && wire.conversation.originalDestination == ends.original)
        // A token alone does not make it a Retry's: the packet number begins anew.
        #expect(wire.take(other.initial(.client, token: [1], crypto(clientHello())), .client) == .foreign)
        #expect(wire.take(ends.initial(.server, crypto(serverHello())), .server).contains(.answered), "the keys are the first's still")
    }

    @Test(arguments: QUICSide.allCases) func aCloseTellsWhoAndWhy(_ side: QUICSide) throws {
        var wire = try Wiretap(first)
        #expect(wire.take(ends.initial(side, number: 3, connectionClose(0x178, "no h3")), side).contains(.closed))
        let close = try #require(wire.conversation.close)
        #expect(close.side == side && close.errorName == "no_application_protocol" && close.reason == "no h3" && close.frameType == 0)
        #expect(!wire.take(ends.initial(side, number: 4, connectionClose(0)), side).contains(.closed), "the first counts")
    }

    @Test func aServerThatDoesNotEchoTheIDIsNotSeen() throws {
        var wire = try Wiretap(first)
        let other = QUICEnds.other(7)
        #expect(wire.take(other.initial(.server, crypto(serverHello())), .server) == .initial)
        #expect(!wire.conversation.isServerSeen && wire.conversation.server.datagrams == 1)
    }

    @Test func `a packet that is cut behind a whole one counts once, as what it is`() throws {
        var wire = try Wiretap(first)
        let (handshake, initial) = (ends.handshake(.server), ends.initial(.server, [2, 0, 0, 0, 0] + crypto(serverHello())))
        #expect(wire.take(handshake + handshake.dropLast(3), .server) == [.answered, .established])
        #expect(wire.conversation.server.handshakes == 2 && wire.conversation.server.initials == 0)
        var other = try Wiretap(first)
        #expect(other.take(initial + handshake.dropLast(3), .server) == [.initial, .answered, .serverHello, .established])
        #expect(other.conversation.server.handshakes == 1 && other.conversation.server.initials == 1)
        // What a mirror's next hop padded is no packet.
        _ = other.take(handshake + [0xe0, 0, 0], .server)
        #expect(other.conversation.server.handshakes == 2)
    }

    /// A snapshot length takes the payload, not the header.
    @Test func aCutInitialIsOneAllTheSame() throws {
        var wire = try Wiretap(Array(first.prefix(100)))
        #expect(wire.conversation.client.initials == 1 && wire.conversation.client.opened == 0)
        #expect(wire.take(Array(ends.initial(.server, [1, 1, 1]).prefix(20)), .server) == [.initial, .answered])
    }

    @Test func whatIsNoBeginningBeginsNothing() {
        var handshake = ends.handshake(.client)
        for datagram in [handshake, ends.short(.client), ends.negotiation([1]), [], Array(first.prefix(6)), Array(first.prefix(10))] {
            #expect(QUICConversation(first: datagram.span) == nil)
        }
        handshake.replaceSubrange(1..<5, with: [0, 0, 0, 9])
        #expect(QUICConversation(first: handshake.span) == nil, "an unknown version, and too short")
        handshake += [UInt8](repeating: 0, count: 1200)
        #expect(QUICConversation(first: handshake.span)?.version.rawValue == 9)
    }

    @Test func memoryIsBoundedWhateverComes() throws {
        var wire = try Wiretap(ends.initial(.client, [1]), limit: 4096)
        for number in 1...255 {
            let data = [UInt8](repeating: UInt8(number), count: 1000)
            _ = wire.take(ends.initial(.client, number: UInt8(number), crypto(data, at: 2000 + number * 37)), .client)
            #expect(wire.conversation.heldOctets <= 8192)
        }
        #expect(wire.told.clientHello == nil)
        wire.conversation.abandonHellos()
        #expect(wire.conversation.heldOctets == 0)
    }

    @Test func octetsThatAreNoHelloAreLetGo() throws {
        let wire = try Wiretap(ends.initial(.client, crypto([20, 0, 0, 200, 1, 2, 3])))
        #expect(wire.conversation.heldOctets == 0 && wire.told.clientHello == nil)
    }

    @Test func everyPrefixAndDamageEnd() throws {
        let answer = ends.initial(.server, [2, 0, 0, 0, 0] + crypto(serverHello())) + ends.handshake(.server)
        var wire = try Wiretap(first)
        for length in 0..<answer.count { _ = wire.take(Array(answer.prefix(length)), .server) }
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            for (sample, side) in [(answer, QUICSide.server), (first, .client)] {
                var datagram = sample
                for _ in 0..<3 { datagram[.random(in: 0..<60, using: &generator)] = .random(in: 0...255, using: &generator) }
                _ = wire.take(datagram, side)
            }
        }
        #expect(wire.take(answer, .server).contains(.initial))
        #expect(wire.conversation.isEstablished && wire.conversation.originalDestination == ends.original)
    }

    private func octets(_ text: String) -> [UInt8] {
        let digits = text.compactMap(\.hexDigitValue).map(UInt8.init)
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}

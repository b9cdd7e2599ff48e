import Flows
import LAN
import QUICInitial
import Testing
import Wire

/// The messages that packets complete, as `decode` shows them.
struct MessageFinderTests {
    private struct Reader: ~Copyable {
        var finder: MessageFinder
        var number: UInt64 = 0

        init(mostOctets: Int = 256 << 20) { finder = MessageFinder(mostOctets: mostOctets) }

        mutating func read(
            _ frame: [UInt8], originalLength: Int? = nil, at time: Double? = nil
        ) -> (messages: [any Describable], anomaly: Anomaly?) {
            number += 1
            let packet = Dissector().dissect(
                frame.span, linkType: .ethernet, frame: FrameReference(number: number, time: LAN.at(time ?? Double(number))),
                originalLength: originalLength ?? frame.count)
            return finder.messages(of: packet, in: frame.span)
        }
    }

    private let talk = Talk()

    private func fromClient(_ payload: [UInt8], at offset: UInt32 = 0) -> [UInt8] {
        talk.out().frame(6, talk.fromClient([.psh, .ack], sequence: talk.isn + 1 + offset, payload: payload))
    }

    private func fromServer(_ payload: [UInt8], at offset: UInt32 = 0) -> [UInt8] {
        talk.back().frame(6, talk.fromServer([.psh, .ack], sequence: talk.serverISN + 1 + offset, payload: payload))
    }

    private func record(_ type: UInt8, _ fragment: [UInt8]) -> [UInt8] { [type, 3, 1] + big16(UInt16(fragment.count)) + fragment }

    private func names(_ messages: [any Describable]) -> [String] {
        messages.flatMap { message -> [String] in
            let handshakes = (message as? TLSContent)?.handshakes ?? (message as? QUICContent)?.handshakes ?? []
            return handshakes.compactMap {
                if case .clientHello(let hello, _, _) = $0.body { hello.serverName?.description ?? "-" } else { nil }
            }
        }
    }

    @Test func `a hello over two segments belongs to the one that completes it, and only once`() {
        var reader = Reader()
        let octets = record(22, clientHello("grafana.laurivan.com"))
        let (one, two) = (Array(octets.prefix(40)), Array(octets.dropFirst(40)))
        _ = reader.read(talk.syn)
        #expect(reader.read(fromClient(one)).messages.isEmpty)
        let second = reader.read(fromClient(two, at: 40))
        #expect(names(second.messages) == ["grafana.laurivan.com"] && second.anomaly == nil)
        #expect((second.messages.first as? TLSContent)?.records.map(\.length) == [octets.count - 5])
        #expect(reader.read(fromClient(two, at: 40)).messages.isEmpty, "a retransmission brings nothing")
    }

    @Test func `segments out of order are read in order`() {
        var reader = Reader()
        let octets = record(22, clientHello())
        _ = reader.read(talk.syn)
        #expect(reader.read(fromClient(Array(octets.dropFirst(60)), at: 60)).messages.isEmpty)
        #expect(names(reader.read(fromClient(Array(octets.prefix(60)))).messages) == ["argocd.laurivan.com"])
    }

    @Test func `a record that is not whole keeps its messages to itself`() throws {
        var reader = Reader()
        let fragment = serverHello() + [11, 0, 0, 4, 0, 0, 1, 0]
        let octets = record(22, fragment)
        _ = reader.read(talk.syn)
        #expect(reader.read(fromServer(Array(octets.prefix(5 + serverHello().count)))).messages.isEmpty)
        let content = try #require(
            reader.read(fromServer(Array(octets.dropFirst(5 + serverHello().count)), at: UInt32(5 + serverHello().count))).messages.first
                as? TLSContent)
        #expect(content.handshakes.first?.header.type == .serverHello && content.records.count == 1)
    }

    @Test func `TLS may follow a protocol in the clear`() {
        var reader = Reader()
        _ = reader.read(talk.syn)
        let hello = record(22, clientHello("mail.laurivan.com"))
        #expect(reader.read(fromClient(Array("STARTTLS\r\n".utf8))).messages.isEmpty)
        #expect(names(reader.read(fromClient(hello, at: 10)).messages) == ["mail.laurivan.com"])
    }

    @Test func `heads of HTTP are read over segments, and CONNECT leads to TLS`() throws {
        var reader = Reader()
        _ = reader.read(talk.syn)
        let head = Array("CONNECT grafana.laurivan.com:443 HTTP/1.1\r\nHost: grafana.laurivan.com\r\n\r\n".utf8)
        #expect(reader.read(fromClient(Array(head.prefix(30)))).messages.isEmpty)
        let whole = try #require(reader.read(fromClient(Array(head.dropFirst(30)), at: 30)).messages.first as? HTTPHead)
        #expect(whole.startLine == .request(method: "CONNECT", target: "grafana.laurivan.com:443"))
        let answer = reader.read(fromServer(Array("HTTP/1.1 200 OK\r\n\r\n".utf8)))
        #expect((answer.messages.first as? HTTPHead)?.status == 200)
        #expect(names(reader.read(fromClient(record(22, clientHello()), at: UInt32(head.count))).messages) == ["argocd.laurivan.com"])
    }

    @Test func `a head is found in the smallest segments`() {
        var reader = Reader()
        let head = Array("GET / HTTP/1.1\r\nx: ".utf8) + [UInt8](repeating: 0x61, count: 15_000) + Array("\r\n\r\n".utf8)
        _ = reader.read(talk.syn)
        let heads = head.indices.map { reader.read(fromClient([head[$0]], at: UInt32($0))).messages.count }
        #expect(heads == [Int](repeating: 0, count: head.count - 1) + [1])
    }

    /// Who greets in two segments and then turns to TLS is no HTTP, and his hello is not taken for a head's rest.
    @Test func `a first line that is none is known as soon as it ends`() {
        var reader = Reader()
        _ = reader.read(talk.syn)
        _ = reader.read(fromClient(Array("HELO mail.laur".utf8)))
        _ = reader.read(fromClient(Array("ivan.com\r\n".utf8), at: 14))
        #expect(names(reader.read(fromClient(record(22, clientHello()), at: 24)).messages) == ["argocd.laurivan.com"])
    }

    @Test func `several DNS messages may share a segment`() {
        var reader = Reader()
        let talk = Talk(port: 53)
        let query = Lookup("grafana.laurivan.com").message([.a(theVIP)])
        let framed = big16(UInt16(query.count)) + query
        _ = reader.read(talk.syn)
        let found = reader.read(talk.out().frame(6, talk.fromClient([.psh, .ack], payload: framed + framed + framed.prefix(9)))).messages
        #expect(
            found.compactMap { ($0 as? DNSMessage)?.questions.first?.name } == [name("grafana.laurivan.com"), name("grafana.laurivan.com")])
        let rest = Array(framed.dropFirst(9))
        let sequence = talk.isn + 1 + UInt32(2 * framed.count + 9)
        #expect(reader.read(talk.out().frame(6, talk.fromClient([.psh, .ack], sequence: sequence, payload: rest))).messages.count == 1)
    }

    @Test func `what the snapshot length took away is a gap that the next segment ends`() {
        var reader = Reader()
        _ = reader.read(talk.syn)
        let long = fromClient(record(23, [UInt8](repeating: 5, count: 600)))
        _ = reader.read(Array(long.prefix(96)), originalLength: long.count)
        #expect(names(reader.read(fromClient(record(22, clientHello()), at: 605)).messages) == ["argocd.laurivan.com"])
    }

    @Test func `a damaged hello is an anomaly of its layer`() {
        var reader = Reader()
        _ = reader.read(talk.syn)
        var hello = clientHello()
        hello[hello.count - 1] = 0xff
        hello.removeLast(2)
        hello[3] -= 2
        let read = reader.read(fromClient(record(22, hello)))
        #expect(read.anomaly?.layer == .tls && read.messages.count == 1)
    }

    // MARK: Bounds

    /// Within a record that goes on, its messages wait decoded; a message that goes on waits for itself; and so do QUIC's hellos.
    @Test func `all that waits is counted, and has an end`() {
        let record = record(22, clientHello() + [UInt8](repeating: 0, count: 40))
        let waiting: [[UInt8]] = [
            fromClient(Array(record.dropLast(40))), fromClient(Array(record.prefix(40))),
            datagram(QUICEnds().initial(.client, crypto(clientHello().prefix(40)))),
        ]
        for frame in waiting {
            var reader = Reader()
            _ = reader.read(talk.syn)
            _ = reader.read(frame)
            #expect(reader.finder.kept >= 35)
            var tight = Reader(mostOctets: 30)
            _ = tight.read(talk.syn)
            _ = tight.read(frame)
            #expect(tight.finder.kept <= 30)
        }
        var reader = Reader()
        _ = reader.read(datagram(QUICEnds().initial(.client, crypto(clientHello().prefix(40)))))
        _ = reader.read(datagram(QUICEnds().initial(.client, number: 1, crypto(clientHello().dropFirst(40), at: 40))))
        #expect(reader.finder.kept == 0, "told, and kept no longer")
    }

    @Test func `what rests for longer than a connection may is forgotten`() {
        var reader = Reader()
        _ = reader.read(talk.syn)
        _ = reader.read(fromClient(Array(record(22, clientHello()).prefix(40))))
        _ = reader.read(datagram(QUICEnds().initial(.client, crypto(clientHello().prefix(40)))))
        #expect(reader.finder.kept >= 75)
        _ = reader.read(whoHas(theVIP, asks: .client), at: 7_443)
        #expect(reader.finder.kept > 0)
        _ = reader.read(whoHas(theVIP, asks: .client), at: 7_444)
        #expect(reader.finder.kept == 0)
    }

    // MARK: QUIC

    private func datagram(_ payload: [UInt8], back: Bool = false) -> [UInt8] {
        let ends = back ? talk.back() : talk.out()
        return ends.frame(17, back ? udp(443, 50_000, payload) : udp(50_000, 443, payload))
    }

    @Test func `a hello over two Initials is read, and short headers are named by what their receiver chose`() throws {
        var reader = Reader()
        let ends = QUICEnds()
        let hello = clientHello()
        #expect(names(reader.read(datagram(ends.initial(.client, crypto(hello.dropFirst(50), at: 50)))).messages).isEmpty)
        let second = reader.read(datagram(ends.initial(.client, number: 1, crypto(hello.prefix(50)))))
        #expect(names(second.messages) == ["argocd.laurivan.com"])
        _ = reader.read(datagram(ends.initial(.server, crypto(serverHello())), back: true))
        let short = try #require(
            reader.read(datagram([0x41] + (0..<5).map { ends.server[$0] } + [9, 9, 9, 9])).messages.first as? QUICContent)
        #expect(short.packets.first?.destination == ends.server)
    }

    @Test func `what shares the ports does not end a connection`() {
        var reader = Reader()
        let ends = QUICEnds()
        _ = reader.read(datagram(ends.initial(.client, crypto(clientHello()))))
        #expect(reader.read(datagram([0x90, 0xe5, 0x65, 0x1a, 0x64] + [UInt8](repeating: 1, count: 40))).messages.isEmpty)
        let answer = reader.read(datagram(ends.initial(.server, crypto(serverHello())), back: true)).messages.first as? QUICContent
        #expect(answer?.packets.first?.opening == .opened(number: 0))
    }
}

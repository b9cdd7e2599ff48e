import LAN
@testable import Diagnosis
@testable import Flows
import QUICInitial
import Site
import Testing
import Wire

/// What was misjudged in rewritten forms of the recorded cases, and in captures of other networks.
struct FormFalseAlarmTests {
    private static let snapshot = 96

    /// A snapshot length of 96 octets.
    private func cut(_ frames: [[TimedFrame]], until end: Double) -> Bench {
        var watch = Watch()
        for (octets, time) in frames.flatMap(\.self).sorted(by: { $0.time < $1.time }) { watch.see(octets, cutTo: Self.snapshot, at: time) }
        watch.finish(at: end)
        return watch.bench
    }

    private let claims: [TimedFrame] = [
        (whoHas(theVIP, asks: .client), 1), (isAt(theVIP, Host.node.mac, tells: .client), 1.001),
    ]

    // MARK: Cut short

    @Test func `an authority whose answers were cut does answer`() {
        let lookups = ["grafana.laurivan.com", "argocd.laurivan.com", "git.laurivan.com"].enumerated().map { number, name in
            Lookup(name, client: .resolver, server: .authority, id: UInt16(number))
        }
        var frames: [TimedFrame] = []
        for (number, lookup) in lookups.enumerated() {
            frames += [
                (lookup.query, Double(10 + number)), (lookup.answer([.cname("gw.laurivan.com"), .a(theVIP)]), Double(10 + number) + 0.001),
            ]
        }
        let asked: [TimedFrame] = [
            (whoHas(Host.authority.ip, asks: .resolver), 1), (isAt(Host.authority.ip, Host.authority.mac, tells: .resolver), 1.001),
        ]
        #expect(frames.contains { $0.octets.count > Self.snapshot } && frames.contains { $0.octets.count <= Self.snapshot })
        #expect(cut([asked, frames], until: 60).labels.isEmpty)
        let silent: [TimedFrame] = [(lookups[0].query, 10), (lookups[0].query, 13)]
        #expect(cut([asked, silent], until: 60).labels == [.dnsAuthorityTimeout], "questions alone are still unanswered")
    }

    @Test func `a QUIC server whose packets were cut is not silent`() {
        let quic = QUICTry()
        let long = quic.back(quic.ends.initial(.server, connectionClose(0x178) + [UInt8](repeating: 0, count: 60)))
        let refused = [quic.initials([10, 11, 13]), [(long, 10.001), (long, 11.001), quic.close(at: 14)]]
        #expect(cut(refused, until: 60).labels.isEmpty)
        #expect(cut([quic.initials([10, 11, 13]), [quic.close(at: 14)]], until: 60).labels == [.quicNoFallbackFailure])
    }

    /// Envoy's, where no filter chain serves the name: its Source Connection ID is the client's, and the other is empty.
    @Test func `nor one that closes without the client's connection ID`() {
        let quic = QUICTry()
        var other = quic.ends
        (other.client, other.server) = (ConnectionID(copying: [UInt8]().span), quic.ends.original)
        let close: TimedFrame = (quic.back(other.initial(.server, connectionClose(0) + [UInt8](repeating: 0, count: 60))), 10.001)
        #expect(cut([quic.initials([10, 11, 13]), [close, quic.close(at: 14)]], until: 60).labels.isEmpty)
    }

    @Test func `after Version Negotiation, an answer that was cut is one`() {
        let (old, new) = (QUICTry(), QUICTry(ends: .other(2)))
        let negotiated: [TimedFrame] = [old.initial(at: 10), old.negotiation([1], at: 10.001), new.initial(at: 10.01)]
        let answered = cut([negotiated, [new.answer(at: 10.02)]], until: 60)
        #expect(!answered.labels.contains(.quicVersionMismatch))
        #expect(cut([negotiated], until: 60).labels.contains(.quicVersionMismatch), "nobody answers")
    }

    @Test func `a hello that was cut may name a server`() throws {
        let talk = Talk()
        let hello = talk.out(id: 1).frame(6, talk.fromClient([.psh, .ack], payload: tlsRecord(22, clientHello("a.laurivan.com"))))
        let alert = talk.back(id: 1).frame(6, talk.fromServer([.psh, .ack], payload: tlsRecord(21, [2, 70])))
        let frames: [TimedFrame] = [(talk.syn, 2), (talk.synACK, 2.001), (talk.ack, 2.002), (hello, 2.003), (alert, 2.004)]
        let finding = try #require(cut([claims, frames], until: 60).finding(.tlsVersionMismatch))
        #expect(finding.summary.contains("for a name that was not seen") && !finding.summary.contains("without a server name"))
    }

    @Test func `a VIP is likely healthy where frames were cut`() throws {
        let talk = Talk(port: 80)
        let request = Array("GET / HTTP/1.1\r\nHost: grafana.laurivan.com\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n".utf8)
        let asks = talk.out(id: 1).frame(6, talk.fromClient([.psh, .ack], payload: request))
        let frames = [talk.syn, talk.synACK, talk.ack, asks, talk.fin]
        let timed = frames.enumerated().map { (octets: $1, time: 2 + Double($0) / 1000) }
        #expect(watched([claims, timed], until: 60).finding(.healthy)?.confidence == .proven)
        let finding = try #require(cut([claims, timed], until: 60).finding(.healthy))
        #expect(finding.confidence == .likely && finding.summary.hasSuffix("this capture cuts frames short, so silence proves less"))
    }

    // MARK: Mirrors

    /// One side of a mirrored switch port is tagged, the other is not.
    @Test func `a claim that is seen with a tag and without is one move`() throws {
        func twice(_ frame: (_ vlan: [UInt16]) -> [UInt8], at seconds: Double) -> [TimedFrame] {
            [(frame([]), seconds), (frame([20]), seconds + 0.000_003)]
        }
        func talk(via station: Host, _ port: UInt16, at seconds: Double) -> [TimedFrame] {
            func frames(_ vlan: [UInt16]) -> [[UInt8]] {
                var talk = Talk(via: station, sourcePort: port)
                talk.vlan = vlan
                return [talk.syn, talk.synACK, talk.ack]
            }
            return (0..<3).flatMap { index in twice({ frames($0)[index] }, at: seconds + Double(index) / 1000) }
        }
        let frames = [
            twice({ whoHas(theVIP, asks: .client, vlan: $0) }, at: 1),
            twice({ isAt(theVIP, Host.node.mac, tells: .client, vlan: $0) }, at: 1.001),
            talk(via: .node, 40_000, at: 9.9), twice({ gratuitousRequest(theVIP, Host.second.mac, vlan: $0) }, at: 10),
            talk(via: .second, 40_001, at: 13),
        ]
        let finding = try #require(watched(frames, until: 60).finding(.vipFailover))
        #expect(finding.severity == .warning && finding.summary.contains("10.0.0.20 had no answer for 3.100 s"))
    }

    // MARK: Healthy

    @Test func `it is the new announcer that has a VIP which moved`() throws {
        let talk = Talk(via: .second, sourcePort: 40_001)
        let moved: [TimedFrame] = [
            (gratuitousRequest(theVIP, Host.second.mac), 10), (talk.syn, 10.1), (talk.synACK, 10.101), (talk.ack, 10.102),
        ]
        let bench = watched([claims, moved], until: 60)
        let finding = try #require(bench.finding(.healthy))
        #expect(finding.summary.contains("10.0.0.148) announces it (gratuitous ARP request, 50.000 s before the end)"))
        #expect(finding.frames.first == 3 && bench.ledger()?.line(.l2).evidence.map(\.frame.number) == [3])
    }

    // MARK: Captures of other networks

    private func forged(window: UInt16 = 0xfaf0, acknowledgment: UInt32 = 1001, ttl: UInt8 = 57, at seconds: Double) -> TimedFrame {
        let talk = Talk()
        var segment = talk.fromServer([.rst, .ack], sequence: 0)
        segment.replaceSubrange(8..<12, with: (0..<4).map { UInt8(truncatingIfNeeded: acknowledgment >> (24 - 8 * $0)) })
        segment.replaceSubrange(14..<16, with: [UInt8(window >> 8), UInt8(window & 255)])
        return (Talk(via: .second).back(ttl: ttl).frame(6, segment), seconds)
    }

    /// Answers forged to mislead sensors have a window, or acknowledge nothing of the client's: it goes on.
    @Test(arguments: [(0xfaf0 as UInt16, 1001 as UInt32), (0, 77)])
    func `a RST that no closed port sends refuses nothing`(_ window: UInt16, _ acknowledgment: UInt32) {
        let talk = Talk()
        let reset = forged(window: window, acknowledgment: acknowledgment, at: 2.001)
        let bench = watched([claims, [(talk.syn, 2), reset, (talk.synACK, 2.002), (talk.ack, 2.003)]], until: 60)
        #expect(bench.labels.isEmpty && bench.finding(.healthy) != nil, "and the SYN-ACK is the announcer's own")
        #expect(watched([claims, [(talk.syn, 2), reset]], until: 60).labels.isEmpty)
        #expect(watched([claims, [(talk.syn, 2), (talk.refusal, 2.001)]], until: 60).labels == [.tcpPortClosed])
    }

    @Test func `but who has one does not wait in vain`() {
        let talk = Talk()
        let frames: [TimedFrame] = [0.0, 1, 3].flatMap { [(talk.syn, 2 + $0), forged(at: 2.001 + $0)] }
        #expect(watched([claims, frames], until: 60).labels.isEmpty, "no SYN vanishes")
        #expect(watched([claims, [0.0, 1, 3].map { (talk.syn, 2 + $0) }], until: 60).labels == [.tcpSYNBlackhole])
    }

    /// Ethernet, IPv4 and TCP without options take 54 octets; what a connection carries begins behind them.
    @Test(arguments: [(54, Confidence.likely), (1500, .proven)])
    func `health is likely where no octet of what connections carry was captured`(_ snapshotLength: Int, _ confidence: Confidence) {
        let talk = Talk()
        let frames: [TimedFrame] = [
            (talk.syn, 2), (talk.synACK, 2.001), (talk.ack, 2.002), (talk.data(200), 2.003), (talk.serverData(200), 2.004),
        ]
        var watch = Watch()
        for (octets, time) in claims { watch.see(octets, at: time) }
        for (octets, time) in frames { watch.see(octets, cutTo: snapshotLength, at: time) }
        watch.finish(at: 60)
        #expect(watch.finding(.healthy)?.confidence == confidence)
    }

    /// Three ways of unequal length to a server ten routers away.
    @Test(arguments: [
        (118, 119, false), (250, 249, false), (60, 59, false), (64, 63, true), (61, 62, true), (127, 128, true), (254, 255, true),
    ])
    func `a TTL tells backends apart where they are near`(_ one: UInt8, _ other: UInt8, _ isFound: Bool) {
        var bench = Bench(.home, [BackendVariesRule()])
        for (number, ttl) in [one, other, one].enumerated() {
            let seconds = Double(number + 1)
            var connection = Facts.connection([seconds], synACK: seconds + 0.001, ack: seconds + 0.002, .established, at: seconds + 0.002)
            connection.originator.port = Port(rawValue: UInt16(40_000 + number))
            connection.responderTTL = ttl
            connection.originatorOffer = TCPOffer(window: 64_240, maximumSegmentSize: 1460)
            connection.responderOffer = TCPOffer(window: 65_160, maximumSegmentSize: 1460)
            bench.consider(.tcp(connection, .established))
        }
        #expect(bench.findings.isEmpty != isFound)
    }
}

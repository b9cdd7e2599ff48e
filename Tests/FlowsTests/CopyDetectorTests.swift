import LAN
@testable import Flows
import Testing
import Wire

struct CopyDetectorTests {
    /// Classifies frames one after the other.
    private struct Bench {
        var copies = CopyDetector(limits: Limits(), hashKey: 1)

        mutating func classify(_ octets: [UInt8], at seconds: Double, _ linkType: LinkType = .ethernet) -> CopyDetector.Kind {
            let packet = Dissector().dissect(
                octets.span, linkType: linkType, frame: FrameReference(number: 1, time: at(seconds)), originalLength: octets.count)
            return copies.classify(packet, in: octets.span)
        }
    }

    private let talk = Talk()

    @Test(arguments: [
        (0, CopyDetector.Kind.duplicate), (0.0005, .duplicate), (0.001, .duplicate), (0.001 + tick, .original), (1, .original),
    ])
    func `the same datagram is a duplicate within 1 ms, and a retransmission later`(_ gap: Double, _ kind: CopyDetector.Kind) {
        var bench = Bench()
        #expect(bench.classify(talk.syn, at: 10) == .original)
        #expect(bench.classify(talk.syn, at: 10 + gap) == kind)
        #expect(bench.copies.duplicates == (kind == .duplicate ? 1 : 0))
        #expect(bench.copies.hops == 0)
    }

    @Test(arguments: [(0.001, CopyDetector.Kind.hop), (0.001 + tick, .original)])
    func `with TTL less one and other MACs it is a hop, within 1 ms`(_ gap: Double, _ kind: CopyDetector.Kind) {
        var bench = Bench()
        let datagram = talk.out(id: 7)
        let forwarded = datagram.forwarded(from: Host.node.mac, to: Host.second.mac)
        #expect(bench.classify(datagram.frame(6, talk.fromClient(.syn)), at: 0) == .original)
        #expect(bench.classify(forwarded.frame(6, talk.fromClient(.syn)), at: gap) == kind)
        #expect(bench.copies.hops == (kind == .hop ? 1 : 0))
    }

    @Test func `a chain of hops is one packet`() {
        var bench = Bench()
        let first = talk.out(id: 7)
        let second = first.forwarded(from: Host.node.mac, to: Host.second.mac)
        let third = second.forwarded(from: Host.second.mac, to: Host.bystander.mac)
        let kinds = [(first, 0.0), (second, 0.0003), (second, 0.0006), (third, 0.0009)].map {
            bench.classify($0.frame(6, talk.fromClient(.syn)), at: $1)
        }
        #expect(kinds == [.original, .hop, .duplicate, .hop])
    }

    /// A hop changes the MACs; the same MACs with another TTL are another packet.
    @Test func `TTL less one between the same stations is no hop`() {
        var bench = Bench()
        #expect(bench.classify(talk.out(id: 7, ttl: 64).frame(6, talk.fromClient(.syn)), at: 0) == .original)
        #expect(bench.classify(talk.out(id: 7, ttl: 63).frame(6, talk.fromClient(.syn)), at: 0.0001) == .original)
    }

    @Test func `TTL less two is no hop that this sensor saw the first part of`() {
        var bench = Bench()
        var far = talk.out(id: 7).forwarded(from: Host.node.mac, to: Host.second.mac)
        far.ttl -= 1
        _ = bench.classify(talk.out(id: 7).frame(6, talk.fromClient(.syn)), at: 0)
        let kind = bench.classify(far.frame(6, talk.fromClient(.syn)), at: 0.0001)
        #expect(kind == .original)
    }

    @Test func `the hop may be seen before the packet that it forwards`() {
        var bench = Bench()
        let datagram = talk.out(id: 7)
        let forwarded = datagram.forwarded(from: Host.node.mac, to: Host.second.mac)
        _ = bench.classify(forwarded.frame(6, talk.fromClient(.syn)), at: 0)
        let kind = bench.classify(datagram.frame(6, talk.fromClient(.syn)), at: 0.00005)
        #expect(kind != .original)
    }

    @Test func `a time that steps back by more than the window ends it too`() {
        var bench = Bench()
        _ = bench.classify(talk.syn, at: 10)
        let kind = bench.classify(talk.syn, at: 5)
        #expect(kind == .original)
    }

    @Test func `another IP id, sequence number, port or payload is another packet`() {
        var bench = Bench()
        let frames = [
            talk.syn, talk.out(id: 1).frame(6, talk.fromClient(.syn, sequence: talk.isn)), talk.data(1), talk.data(2),
            talk.out().frame(6, talk.fromClient([.psh, .ack], payload: [9])), talk.ack, Talk(sourcePort: 40_001).syn, Talk(port: 80).syn,
            talk.synACK,
        ]
        for frame in frames { #expect(bench.classify(frame, at: 0) == .original) }
        #expect(bench.copies.duplicates == 0)
    }

    /// Nothing but the address decides what comes from a station: MACs say nothing about duplicates on mirrors and cooked captures.
    @Test func `a cooked capture shows a packet once a side`() {
        var bench = Bench()
        let payload = Datagram(.client, .node, id: 3).packet(6, talk.fromClient(.syn))
        #expect(bench.classify(cooked(0, from: Host.client.mac, 0x0800, payload), at: 0, .linuxCooked) == .original)
        #expect(bench.classify(cooked(4, from: Host.node.mac, 0x0800, payload), at: 0, .linuxCooked) == .duplicate)
    }

    @Test func `ARP has duplicates too, and two askers are no duplicates`() {
        var bench = Bench()
        #expect(bench.classify(whoHas(theVIP, asks: .client), at: 0) == .original)
        #expect(bench.classify(whoHas(theVIP, asks: .client), at: 0.0002) == .duplicate)
        #expect(bench.classify(whoHas(theVIP, asks: .other), at: 0.0002) == .original)
        #expect(bench.classify(whoHas(theVIP, asks: .client), at: 1) == .original)
    }

    @Test func `IPv6 has no id, and is told apart by what it carries`() {
        var bench = Bench()
        var datagram = talk.out()
        datagram.source = .v6(v6("fd00::20"))
        datagram.destination = .v6(v6("fd00::157"))
        #expect(bench.classify(datagram.frame(6, talk.fromClient(.syn)), at: 0) == .original)
        #expect(bench.classify(datagram.frame(6, talk.fromClient(.syn)), at: 0.0001) == .duplicate)
        #expect(bench.classify(datagram.frame(6, talk.fromClient(.syn, sequence: 5)), at: 0.0001) == .original)
        let forwarded = datagram.forwarded(from: Host.node.mac, to: Host.second.mac)
        #expect(bench.classify(forwarded.frame(6, talk.fromClient(.syn, sequence: 5)), at: 0.0002) == .hop)
    }

    /// A mirror of a full gigabit: so many packets come between a packet and its copy.
    @Test func `copies are told where identities meet in one place`() {
        var bench = Bench()
        func see(_ number: UInt32) -> CopyDetector.Kind {
            bench.classify(
                talk.out(id: UInt16(number)).frame(6, talk.fromClient(.syn, sequence: number)), at: Double(number) * 0.000_001)
        }
        let kinds = (0..<4016 as Range<UInt32>).map { number in
            (number < 4000 ? see(number) : .original, number < 16 ? .duplicate : see(number - 16))
        }
        #expect(kinds.allSatisfy { $0 == (.original, .duplicate) })
    }

    @Test func `many packets between a packet and its copy cost a miss at the most`() {
        var bench = Bench()
        var wrong = 0
        for id in 0..<20_000 {
            let kind = bench.classify(
                talk.out(id: UInt16(truncatingIfNeeded: id), ttl: 64).frame(6, talk.fromClient(.syn, sequence: UInt32(id))), at: 0)
            if kind != .original { wrong += 1 }
        }
        #expect(wrong == 0)
    }
}

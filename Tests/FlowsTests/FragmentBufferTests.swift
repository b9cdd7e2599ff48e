import Flows
import Testing
import Wire

struct FragmentBufferTests {
    /// What came out of a buffer.
    private final class Bench {
        var buffer: FragmentBuffer
        var whole: [(upper: IPProtocol, octets: [UInt8])] = []

        init(datagrams: Int = 1024, octets: Int = 4 << 20) { buffer = FragmentBuffer(datagrams: datagrams, octets: octets, hashKey: 1) }

        func take(_ frame: [UInt8], at seconds: Int64 = 0, number: UInt64 = 1) {
            let reference = FrameReference(number: number, time: Timestamp(nanoseconds: 0) + .seconds(seconds))
            let packet = Dissector().dissect(frame.span, linkType: .raw, frame: reference, originalLength: frame.count)
            var done: [(IPProtocol, [UInt8])] = []
            buffer.observe(packet, in: frame.span) { done.append(($0, [UInt8](copying: $1))) }
            whole += done.map { (upper: $0.0, octets: $0.1) }
        }
    }

    private static let data = (0..<64).map { UInt8($0) }

    private func ipv4(_ range: Range<Int>, more: Bool, id: UInt16 = 7, upper: UInt8 = 17, data: [UInt8] = data, cut: Int = 0) -> [UInt8] {
        let length = UInt16(20 + range.count)
        let flags = UInt16(range.lowerBound / 8) | (more ? 0x2000 : 0)
        let header: [UInt8] = [
            0x45, 0, UInt8(length >> 8), UInt8(length & 255), UInt8(id >> 8), UInt8(id & 255), UInt8(flags >> 8), UInt8(flags & 255), 64,
            upper, 0,
            0, 10, 0, 0, 20, 10, 0, 0, 157,
        ]
        return header + range.map { data[$0 % data.count] }.dropLast(cut)
    }

    private func ipv6(_ range: Range<Int>, more: Bool, id: UInt8 = 7, data: [UInt8] = data) -> [UInt8] {
        let address: [UInt8] = [0x20, 1, 0xd, 0xb8] + [UInt8](repeating: 0, count: 11)
        let length = UInt16(16 + range.count)
        let offset = UInt16(range.lowerBound) | (more ? 1 : 0)
        // A hop-by-hop header before the fragment header: it is no part of what is put together.
        return [0x60, 0, 0, 0, UInt8(length >> 8), UInt8(length & 255), 0, 64] + address + [1] + address + [2] + [44, 0, 1, 4, 0, 0, 0, 0]
            + [17, 0, UInt8(offset >> 8), UInt8(offset & 255), 0, 0, 0, id] + range.map { data[$0] }
    }

    @Test(arguments: [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
    func `fragments come in any order`(_ order: [Int]) {
        let ranges = [0..<24, 24..<48, 48..<61]
        let bench = Bench()
        for index in order { bench.take(ipv4(ranges[index], more: index < 2), number: UInt64(index + 1)) }
        #expect(bench.whole.count == 1 && bench.buffer.count == 0 && bench.buffer.counters.completed == 1)
        #expect(bench.whole.first?.octets == Array(Self.data.prefix(61)) && bench.whole.first?.upper == .udp)
        for index in order { bench.take(ipv6(ranges[index], more: index < 2)) }
        #expect(bench.whole.count == 2 && bench.whole.last?.octets == Array(Self.data.prefix(61)) && bench.whole.last?.upper == .udp)
    }

    @Test func `datagrams are told apart by identification, protocol and family`() {
        let bench = Bench()
        bench.take(ipv4(0..<24, more: true))
        bench.take(ipv4(24..<30, more: false, id: 8))
        bench.take(ipv4(24..<30, more: false, upper: 50))
        bench.take(ipv6(24..<30, more: false))
        #expect(bench.whole.isEmpty && bench.buffer.count == 4)
        bench.take(ipv4(24..<30, more: false))
        #expect(bench.whole.count == 1 && bench.buffer.count == 3)
    }

    @Test func `whole datagrams are not kept`() {
        let bench = Bench()
        bench.take(ipv4(0..<24, more: false))
        // An atomic fragment is whole (RFC 6946).
        bench.take(ipv6(0..<24, more: false))
        #expect(bench.whole.isEmpty && bench.buffer.count == 0 && bench.buffer.counters.discarded == 0)
    }

    @Test func `copies change nothing`() {
        let bench = Bench()
        for _ in 0..<3 { bench.take(ipv6(0..<24, more: true)) }
        for _ in 0..<3 { bench.take(ipv4(0..<24, more: true)) }
        bench.take(ipv6(24..<30, more: false))
        bench.take(ipv4(24..<30, more: false))
        #expect(bench.whole.map(\.octets) == [Array(Self.data.prefix(30)), Array(Self.data.prefix(30))])
    }

    /// RFC 791 §3.2: the copy that came last. RFC 5722 §4: nothing of the datagram, also not what is still to come.
    @Test func `overlaps`() {
        let other = [UInt8](repeating: 0xff, count: 64)
        let bench = Bench()
        bench.take(ipv4(0..<24, more: true))
        bench.take(ipv4(16..<40, more: true, data: other))
        bench.take(ipv4(40..<48, more: false))
        let expected: [UInt8] = Array(Self.data[0..<16]) + Array(other[16..<40]) + Array(Self.data[40..<48])
        #expect(bench.whole.first?.octets == expected)
        bench.take(ipv6(0..<24, more: true))
        bench.take(ipv6(16..<40, more: true))
        #expect(bench.buffer.counters.discarded == 1)
        bench.take(ipv6(0..<24, more: true))
        bench.take(ipv6(24..<40, more: false))
        #expect(bench.whole.count == 1 && bench.buffer.counters.discarded == 1)
        bench.take(ipv6(0..<24, more: true), at: 61)
        bench.take(ipv6(24..<40, more: false), at: 61)
        #expect(bench.whole.count == 2, "its time was over")
    }

    @Test func `contradictions are discarded`() {
        let bench = Bench()
        bench.take(ipv4(24..<30, more: false))
        bench.take(ipv4(24..<32, more: true))
        #expect(bench.buffer.counters.discarded == 1, "beyond the end")
        bench.take(ipv4(24..<30, more: false, id: 8))
        bench.take(ipv4(24..<31, more: false, id: 8))
        #expect(bench.buffer.counters.discarded == 2, "two ends")
        bench.take(ipv4(0..<23, more: true, id: 9))
        bench.take(ipv4(8..<8, more: true, id: 9))
        bench.take(ipv4(65_528..<65_544, more: false, id: 9))
        bench.take(ipv4(0..<24, more: true, id: 9, cut: 1))
        #expect(bench.buffer.counters.discarded == 6 && bench.buffer.count == 2, "odd, empty, too long, cut by the capture")
        bench.take(ipv4(0..<24, more: true))
        #expect(bench.whole.isEmpty)
    }

    @Test(arguments: [(false, 30), (true, 60)] as [(Bool, Int64)])
    func `fragments wait for their time`(_ isIPv6: Bool, _ limit: Int64) {
        func fragment(_ range: Range<Int>, more: Bool) -> [UInt8] { isIPv6 ? ipv6(range, more: more) : ipv4(range, more: more) }
        for (gap, isWhole) in [(limit, true), (limit + 1, false)] {
            let bench = Bench()
            bench.take(fragment(0..<24, more: true), at: 100)
            bench.take(fragment(24..<30, more: false), at: 100 + gap)
            #expect(bench.whole.count == (isWhole ? 1 : 0))
            #expect(bench.buffer.counters.timedOut == (isWhole ? 0 : 1))
        }
    }

    @Test func `the number of datagrams and their octets are bounded`() {
        let few = Bench(datagrams: 4)
        for id in 0..<10 as Range<UInt16> { few.take(ipv4(0..<24, more: true, id: id)) }
        #expect(few.buffer.count == 4 && few.buffer.counters.evicted == 6)
        few.take(ipv4(24..<30, more: false, id: 9))
        #expect(few.whole.count == 1, "the oldest had to go")
        let small = Bench(octets: 100_000)
        for id in 0..<1000 as Range<UInt16> { small.take(ipv4(0..<1480, more: true, id: id)) }
        #expect(small.buffer.count < 68 && small.buffer.count > 10 && small.buffer.counters.evicted == 1000 - UInt64(small.buffer.count))
    }

    @Test func `the longest datagram in the smallest fragments ends`() {
        let bench = Bench()
        for start in stride(from: 0, to: 65_504, by: 48) { bench.take(ipv4(start..<min(start + 48, 65_504), more: start + 48 < 65_504)) }
        #expect(bench.whole.first?.octets.count == 65_504)
        for start in stride(from: 0, to: 65_504, by: 16) { bench.take(ipv4(start..<start + 8, more: true, id: 8)) }
        #expect(bench.buffer.counters.discarded == 1 && bench.buffer.count == 1)
    }

    @Test func `what nobody wants is not kept, whenever its beginning comes`() {
        let bench = Bench()
        let beginning = ipv4(0..<24, more: true)
        bench.take(ipv4(24..<48, more: true))
        let packet = Dissector().dissect(
            beginning.span, linkType: .raw, frame: FrameReference(number: 2, time: Timestamp(nanoseconds: 0)),
            originalLength: beginning.count)
        bench.buffer.refuse(packet)
        bench.take(ipv4(48..<61, more: false))
        #expect(bench.whole.isEmpty && bench.buffer.count == 1)
        bench.take(ipv4(24..<48, more: true, id: 8), at: 31)
        #expect(bench.buffer.counters.timedOut == 0 && bench.buffer.counters.evicted == 0)
    }

    @Test func `damage never traps`() {
        var random: UInt64 = 0x9e37_79b9_7f4a_7c15
        func next(below bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % bound
        }
        let bench = Bench(datagrams: 64, octets: 50_000)
        for _ in 0..<5000 {
            let start = next(below: 4) * 8
            let more = start < 24
            var frame = next(below: 2) == 0 ? ipv4(start..<start + 8, more: more) : ipv6(start..<min(start + 8, 64), more: more)
            if next(below: 8) == 0 { frame[next(below: frame.count)] = UInt8(next(below: 256)) }
            bench.take(Array(frame.prefix(frame.count - (next(below: 8) == 0 ? 1 : 0))), at: Int64(next(below: 100)))
        }
        #expect(bench.buffer.count <= 64 && !bench.whole.isEmpty)
        #expect(bench.whole.allSatisfy { $0.octets.count <= 0xffff })
    }
}

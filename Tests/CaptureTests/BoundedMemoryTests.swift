import Agent
import Diagnosis
import Events
import Flows
import Site
import Support
import Testing
import Wire

/// Whatever arrives, no table grows beyond its limit, and what had to go is counted.
struct BoundedMemoryTests {
    #if DEBUG
        private static let count: UInt32 = 10_000, connections: UInt32 = 20_000
    #else
        private static let count: UInt32 = 200_000, connections: UInt32 = 2_000_000
    #endif

    private static let vip = TestHost(MACAddress(rawValue: 0x0050_56aa_bb03), IPv4Address(rawValue: 0x0a00_009d))
    private static let attacker = TestHost(MACAddress(rawValue: 0x0200_0000_0001), IPv4Address(rawValue: 0x0a00_0001))

    private static var site: Site {
        var site = Site()
        site.vips = [VIP(address: .v4(vip.address))]
        return site
    }

    private static var limits: Limits {
        var limits = Limits()
        limits.connections = 1000
        limits.queries = 900
        limits.echoes = 800
        limits.stations = 700
        limits.addresses = 600
        limits.askers = 500
        limits.servers = 400
        limits.attempts = 300
        return limits
    }

    /// One frame after the other, each of them new by what `change` writes into it, within a second: nothing expires.
    private static func flood(
        _ frame: [UInt8], count: UInt32 = Self.count, everything: Bool = false, limits: Limits = Self.limits,
        _ change: (inout [UInt8], UInt32) -> Void
    ) -> Pipeline {
        var pipeline = Pipeline(site: site, everything: everything, limits: limits, writesEvents: true)
        pipeline.begin(CaptureDescription(sources: ["flood"], filter: nil, linkTypes: [.ethernet], everything: everything), at: time(0))
        var frame = frame
        for index in 0..<count {
            change(&frame, index)
            pipeline.process(frame.span, .ethernet, at: time(index), number: UInt64(index) + 1, originalLength: frame.count)
            if pipeline.pending > 1 << 16 { pipeline.dropRecords() }
        }
        #expect(pipeline.statistics.frames == UInt64(count))
        pipeline.dropRecords()
        return pipeline
    }

    private static func time(_ index: UInt32) -> Timestamp { Timestamp(nanoseconds: Int64(index) * 400) }

    /// What a table had to drop where each frame was a record of its own.
    private static func dropped(_ limit: Int, of count: UInt32 = Self.count) -> UInt64 { UInt64(count) - UInt64(limit) }

    private static func atEnd(_ pipeline: consuming Pipeline) -> [Substring] {
        pipeline.finish(observedUntil: nil) { _ in }
        return String(decoding: pipeline.records, as: UTF8.self).split(separator: "\n")
    }

    // MARK: Connections

    @Test(arguments: [false, true])
    func `new connections evict old ones`(_ everything: Bool) {
        let syn = Self.attacker.tcp(to: Self.vip, (1, 443), .syn)
        let pipeline = Self.flood(syn, count: Self.connections, everything: everything) { $0.put($1, at: Offset.source) }
        let dropped = Self.dropped(Self.limits.connections, of: Self.connections)
        #expect(pipeline.counters.evictedConnections == dropped)
        let records = Self.atEnd(pipeline)
        let told = everything ? Self.limits.connections : Self.limits.failuresPerSecond
        #expect(records.count { $0.contains(#""dataset":"vipscope.tcp""#) } == told, "what is left at the end")
        let counted = UInt64(Self.connections) - 2 * UInt64(Self.limits.failuresPerSecond)
        #expect(records.contains { $0.contains(#""flooded_connections":\#(everything ? 0 : counted),"#) })
        #expect(records.contains { $0.contains(#""evictions":{"connections":\#(dropped)"#) })
    }

    @Test func `an established connection outlives a flood of new ones`() {
        let client = TestHost(MACAddress(rawValue: 0x3c22_fb00_0020), IPv4Address(rawValue: 0x0a00_0014))
        let handshake = [
            client.tcp(to: Self.vip, (50_000, 443), .syn), Self.vip.tcp(to: client, (443, 50_000), [.syn, .ack]),
            client.tcp(to: Self.vip, (50_000, 443), .ack),
        ]
        let syn = Self.attacker.tcp(to: Self.vip, (1, 443), .syn)
        let pipeline = Self.flood(syn) { frame, index in
            frame = index < 3 ? handshake[Int(index)] : syn
            if index >= 3 { frame.put(index, at: Offset.source) }
        }
        let records = Self.atEnd(pipeline)
        #expect(records.contains { $0.contains(#""ip":"10.0.0.20","port":50000"#) && $0.contains(#""state":"open""#) })
    }

    @Test func `stray segments of connections never seen evict each other`() {
        let segment = Self.attacker.tcp(to: Self.vip, (1, 443), .ack)
        let pipeline = Self.flood(segment) { $0.put($1, at: Offset.source) }
        #expect(pipeline.counters.evictedConnections == Self.dropped(Self.limits.connections))
    }

    // MARK: Names

    @Test func `new queries evict old ones, and their servers too`() throws {
        let name = try #require(DNSName("abcd.example.org"))
        let query = Self.attacker.query(name, .a, to: Self.vip, port: 1000, id: 1)
        let pipeline = Self.flood(query, everything: true) { $0.put($1, at: Offset.source) }
        // Each client is remembered as one that asks; the server, which never answers, is not.
        #expect(pipeline.counters.evictedQueries == Self.dropped(Self.limits.queries))
        // Each question that had to go was told, and waited for the attempt that it may belong to.
        let waiting = Self.dropped(Self.limits.queries) - UInt64(Self.limits.attempts)
        #expect(pipeline.counters.evictedOthers == Self.dropped(Self.limits.servers) + waiting)
    }

    // MARK: ARP and ICMP

    @Test func `new stations that ask evict old ones`() {
        let request = Self.attacker.arp(.request, to: .all, of: Self.vip.address)
        let pipeline = Self.flood(request) { frame, index in
            frame.put(index, at: Offset.sourceMAC)
            frame.put(index, at: Offset.senderMAC)
        }
        #expect(pipeline.counters.evictedOthers == Self.dropped(Self.limits.stations) + Self.dropped(Self.limits.askers))
    }

    @Test func `new claims evict old ones, and a VIP's claimants are bounded`() {
        let reply = Self.vip.arp(.reply, to: Self.attacker, of: Self.attacker.address)
        var limits = Self.limits
        limits.stations = Int(Self.count) * 2
        let addresses = Self.flood(reply, everything: true, limits: limits) { $0.put($1 + 1, at: Offset.senderAddress) }
        #expect(addresses.counters.evictedOthers == Self.dropped(limits.addresses))

        let claimants = Self.flood(reply, limits: limits) { frame, index in
            frame.put(index, at: Offset.sourceMAC)
            frame.put(index, at: Offset.senderMAC)
        }
        let answers = claimants.diagnosis.known.vips[.v4(Self.vip.address)]?.answers.count ?? 0
        #expect((1...64).contains(answers))
    }

    @Test func `new echo requests evict old ones`() {
        let request = Self.attacker.echo(.echoRequest, to: Self.vip, sequence: 1)
        let pipeline = Self.flood(request) { $0.put($1, at: Offset.source) }
        #expect(pipeline.counters.evictedOthers == Self.dropped(Self.limits.echoes))
    }

    // MARK: Findings

    @Test func `findings are bounded, and those without room are counted`() {
        let quoted = Self.attacker.datagram(to: Self.vip, .tcp, id: 1, TestHost.segment((1000, 0), .syn, sequence: 1))
        let error = Self.vip.unreachable(to: Self.attacker, code: 13, quoting: quoted)
        let pipeline = Self.flood(error) { $0.put($1, at: Offset.quotedPorts) }
        let ports = UInt64(min(Self.count, 65_536))
        let findings = UInt64(pipeline.diagnosis.book.findings.count)
        #expect(findings <= 1024)
        #expect(pipeline.diagnosis.book.overflow >= ports - findings)
    }
}

/// Where fields stand in an untagged Ethernet frame.
private enum Offset {
    /// The last four octets, so that it stays unicast.
    static let sourceMAC = 8, senderMAC = 24
    static let senderAddress = 28
    static let source = 26
    /// Of the datagram that an ICMP error quotes.
    static let quotedPorts = 62
}

extension [UInt8] {
    fileprivate mutating func put(_ word: UInt32, at offset: Int) {
        for index in 0..<4 { self[offset + index] = UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32(index))) }
    }
}

package import Site
package import Wire

/// Packets over time become facts. One thread calls `advance` and `observe` in packet time; events come out in the order in which
/// they happened.
///
/// A new correlator is a member here, a line in `observe` and one in `expire`.
package struct Correlators {
    package let scope: Scope
    private var stations: Stations
    private var copies: CopyDetector
    private var neighbours: Neighbours
    private var connections: Connections
    private var reachability: Reachability
    private var transactions: Transactions
    package private(set) var anomalies = AnomalyCounts()

    /// - Parameter hashKey: keys the tables' hash: random where an attacker could choose packets, fixed in replay. No event depends on it.
    package init(site: Site, everything: Bool, limits: Limits = Limits(), hashKey: UInt64 = 0x7669_7073_636f_7065) {
        scope = Scope(site: site, everything: everything)
        stations = Stations(limits: limits, hashKey: hashKey)
        copies = CopyDetector(limits: limits, hashKey: hashKey)
        neighbours = Neighbours(limits: limits, hashKey: hashKey)
        connections = Connections(limits: limits, hashKey: hashKey)
        reachability = Reachability(limits: limits, hashKey: hashKey)
        transactions = Transactions(site: site, scope: scope, limits: limits, hashKey: hashKey)
    }

    package mutating func observe(_ packet: Packet, in bytes: Span<UInt8>, into events: inout [FlowEvent]) {
        stations.observe(packet, scope)
        if let anomaly = packet.anomaly { anomalies.count(anomaly) }
        switch packet.transport {
        case .tcp(let tcp):
            guard let source = packet.source, let destination = packet.destination, scope.follows(source, destination) else { return }
            let kind = copies.classify(packet, in: bytes)
            if kind == .duplicate { return }
            noteSender(source, packet)
            connections.observe(
                tcp, packet, isHop: kind == .hop, source: source, destination: destination, into: &events)
        case .udp(let udp):
            if let source = packet.source { noteSender(source, packet) }
            guard udp.destinationPort == .dns || udp.sourcePort == .dns, !packet.isFragment, copies.classify(packet, in: bytes) == .original
            else { return }
            if let anomaly = transactions.observe(udp, packet, in: bytes, &stations, into: &events) { anomalies.count(anomaly) }
        case .arp:
            guard copies.classify(packet, in: bytes) == .original else { return }
            do throws(Anomaly) {
                let arp = try packet.decode(ARPPacket.self, in: bytes)
                neighbours.observe(arp, packet, &stations, scope, into: &events)
            } catch { anomalies.count(error) }
        case .icmpv4:
            if let source = packet.source { noteSender(source, packet) }
            guard !packet.isFragment, copies.classify(packet, in: bytes) == .original else { return }
            do throws(Anomaly) {
                let message = try packet.decode(ICMPv4Message.self, in: bytes)
                reachability.observe(message, packet, &connections, scope, into: &events)
            } catch { anomalies.count(error) }
        case .none, .fragment, .other:
            return
        }
    }

    /// Whoever sends from a VIP may be its announcer.
    @inline(__always)
    private mutating func noteSender(_ source: IPAddress, _ packet: Packet) {
        guard scope.isVIP(source), let mac = packet.sourceMAC else { return }
        neighbours.sent(from: source, by: mac, vlan: packet.vlan.key, at: packet.frame.time)
    }

    /// Lets time pass: what expires before `time` is told, in the order of the deadlines.
    @inline(__always)
    package mutating func advance(to time: Timestamp, into events: inout [FlowEvent]) {
        if nextDeadline < time { expire(before: time, into: &events) }
    }

    @inline(__always)
    private var nextDeadline: Timestamp {
        min(neighbours.nextDeadline, connections.nextDeadline, min(reachability.nextDeadline, transactions.nextDeadline))
    }

    private mutating func expire(before time: Timestamp, into events: inout [FlowEvent]) {
        let start = events.count
        stations.advance(to: time)
        neighbours.advance(to: time, stations, into: &events)
        connections.advance(to: time, into: &events)
        reachability.advance(to: time, into: &events)
        transactions.advance(to: time, into: &events)
        sort(&events, from: start)
    }

    /// The capture ends: first what expired, then what the end cuts off.
    package mutating func finish(at time: Timestamp, into events: inout [FlowEvent]) {
        expire(before: time + Interval(nanoseconds: 1), into: &events)
        neighbours.finish(at: time, stations, into: &events)
        connections.finish(at: time, into: &events)
        transactions.finish(at: time, into: &events)
    }

    /// Each correlator tells its deadlines in order; together they need a stable merge.
    private func sort(_ events: inout [FlowEvent], from start: Int) {
        guard events.count - start > 1 else { return }
        let sorted = events[start...].enumerated().sorted {
            $0.element.time != $1.element.time ? $0.element.time < $1.element.time : $0.offset < $1.offset
        }
        events.replaceSubrange(start..., with: sorted.map(\.element))
    }

    package var zones: [DNSName] { transactions.zones.zones }

    package var vantage: Vantage { stations.vantage }

    package var counters: Counters {
        Counters(
            duplicates: copies.duplicates, hops: copies.hops, evictedConnections: connections.evictions,
            evictedQueries: transactions.evictions,
            evictedOthers: neighbours.evictions + reachability.evictions + stations.evictions)
    }

    package struct Counters: Hashable, Sendable {
        package var duplicates: UInt64
        package var hops: UInt64
        package var evictedConnections: UInt64
        package var evictedQueries: UInt64
        package var evictedOthers: UInt64
    }
}

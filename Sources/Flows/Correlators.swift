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

    /// Events at the most that one call of `advance` or `finish` adds, so that a flood that expires at one time takes no more memory than
    /// its tables do.
    package static let batch = 256

    /// Lets time pass: what expires before `time` is told, in the order of the deadlines, a batch a call.
    ///
    /// - Returns: true where more may have expired: take the events and call again.
    @inline(__always)
    package mutating func advance(to time: Timestamp, into events: inout [FlowEvent]) -> Bool {
        nextDeadline < time ? expire(before: time, into: &events) : false
    }

    @inline(__always)
    private var nextDeadline: Timestamp {
        min(neighbours.nextDeadline, connections.nextDeadline, min(reachability.nextDeadline, transactions.nextDeadline))
    }

    private mutating func expire(before time: Timestamp, into events: inout [FlowEvent]) -> Bool {
        stations.advance(to: time)
        while events.count < Self.batch {
            // The correlator whose turn it is goes on until another's deadline comes first.
            let deadlines = [
                neighbours.nextDeadline, connections.nextDeadline, reachability.nextDeadline, transactions.nextDeadline,
            ]
            guard let next = deadlines.indices.min(by: { deadlines[$0] < deadlines[$1] }), deadlines[next] < time else { return false }
            let others = deadlines.indices.filter { $0 != next }.map { deadlines[$0] }.min() ?? time
            let turn = min(time, max(others, deadlines[next] + Interval(nanoseconds: 1)))
            switch next {
            case 0: neighbours.advance(to: turn, stations, into: &events)
            case 1: connections.advance(to: turn, into: &events)
            case 2: reachability.advance(to: turn, into: &events)
            default: transactions.advance(to: turn, into: &events)
            }
        }
        return true
    }

    /// The capture ends: first what expired, then what the end cuts off, a batch a call.
    ///
    /// - Returns: true where there is more: take the events and call again.
    package mutating func finish(at time: Timestamp, into events: inout [FlowEvent]) -> Bool {
        if expire(before: time + Interval(nanoseconds: 1), into: &events) { return true }
        neighbours.finish(at: time, stations, into: &events)
        return connections.finish(at: time, into: &events) || transactions.finish(at: time, into: &events)
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

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
    private var virtualRouters: VirtualRouters
    private var connections: Connections
    private var reachability: Reachability
    private var transactions: Transactions
    private var sessions: Sessions
    package private(set) var anomalies = AnomalyCounts()

    /// - Parameter hashKey: keys the tables' hash: random where an attacker could choose packets, fixed in replay. No event depends on it.
    package init(site: Site, everything: Bool, limits: Limits = Limits(), hashKey: UInt64 = 0x7669_7073_636f_7065) {
        scope = Scope(site: site, everything: everything)
        stations = Stations(limits: limits, hashKey: hashKey)
        copies = CopyDetector(limits: limits, hashKey: hashKey)
        neighbours = Neighbours(limits: limits, hashKey: hashKey)
        virtualRouters = VirtualRouters(limits: limits, hashKey: hashKey)
        connections = Connections(limits: limits, hashKey: hashKey)
        reachability = Reachability(limits: limits, hashKey: hashKey)
        transactions = Transactions(site: site, scope: scope, limits: limits, hashKey: hashKey)
        sessions = Sessions(limits: limits, hashKey: hashKey)
    }

    package mutating func observe(_ packet: Packet, in bytes: Span<UInt8>, into events: inout [FlowEvent]) {
        if let anomaly = packet.anomaly { anomalies.count(anomaly) }
        // What a tunnel carries happens on another network: its addresses and stations are none of this one's.
        if packet.isTunnelled { return }
        stations.observe(packet, scope)
        switch packet.transport {
        case .tcp(let tcp):
            guard let source = packet.source, let destination = packet.destination, scope.follows(source, destination) else { return }
            let kind = copies.classify(packet, in: bytes)
            if kind == .duplicate { return }
            noteEnds(packet)
            connections.observe(
                tcp, packet, in: bytes, isHop: kind == .hop, source: source, destination: destination, &sessions, into: &events)
            if sessions.failure != nil { countFailure(packet) }
        case .udp(let udp):
            noteEnds(packet)
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
            noteEnds(packet)
            guard !packet.isFragment, copies.classify(packet, in: bytes) == .original else { return }
            do throws(Anomaly) {
                let message = try packet.decode(ICMPv4Message.self, in: bytes)
                reachability.observe(message, packet, &connections, scope, into: &events)
            } catch { anomalies.count(error) }
        case .other(.vrrp):
            guard copies.classify(packet, in: bytes) == .original else { return }
            do throws(Anomaly) {
                let advertisement = try packet.decode(VRRPAdvertisement.self, in: bytes)
                virtualRouters.observe(advertisement, packet, &neighbours, scope, into: &events)
            } catch { anomalies.count(error) }
        case .none, .icmpv6, .fragment, .other:
            return
        }
    }

    private mutating func countFailure(_ packet: Packet) {
        if let failure = sessions.takeFailure() { anomalies.count(packet.anomaly(in: .tls, at: packet.payload.lowerBound, failure)) }
    }

    /// Whoever sends from a VIP may be its announcer, and so may the station to which packets for it go; whoever sends to it has found it.
    @inline(__always)
    private mutating func noteEnds(_ packet: Packet) {
        guard let source = packet.source, let destination = packet.destination, let mac = packet.sourceMAC else { return }
        if scope.isVIP(source) { neighbours.sent(from: source, by: mac, vlan: packet.vlan.key, at: packet.frame.time) }
        if scope.isVIP(destination), let ethernet = packet.ethernet, !ethernet.destination.isMulticast {
            neighbours.sent(to: destination, by: mac, via: ethernet.destination, vlan: packet.vlan.key, at: packet.frame.time)
        }
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

    /// Of two at a time: with three, `min` makes an array.
    @inline(__always)
    private var nextDeadline: Timestamp {
        min(
            min(min(neighbours.nextDeadline, connections.nextDeadline), min(reachability.nextDeadline, transactions.nextDeadline)),
            sessions.nextDeadline)
    }

    private mutating func expire(before time: Timestamp, into events: inout [FlowEvent]) -> Bool {
        stations.advance(to: time)
        virtualRouters.advance(to: time)
        while events.count < Self.batch {
            // The correlator whose turn it is goes on until another's deadline comes first.
            let (neighbour, connection) = (neighbours.nextDeadline, connections.nextDeadline)
            let (echo, query) = (reachability.nextDeadline, transactions.nextDeadline)
            let session = sessions.nextDeadline
            let first = min(neighbour, connection, min(echo, query, session))
            guard first < time else { return false }
            let least = first + Interval(nanoseconds: 1)
            if neighbour == first {
                neighbours.advance(to: min(time, max(least, min(connection, echo, min(query, session)))), stations, into: &events)
            } else if connection == first {
                connections.advance(to: min(time, max(least, min(neighbour, echo, min(query, session)))), into: &events)
            } else if echo == first {
                reachability.advance(to: min(time, max(least, min(neighbour, connection, min(query, session)))), into: &events)
            } else if query == first {
                transactions.advance(to: min(time, max(least, min(neighbour, connection, min(echo, session)))), into: &events)
            } else {
                sessions.advance(to: min(time, max(least, min(neighbour, connection, min(echo, query)))), into: &events)
            }
        }
        return true
    }

    /// The capture ends: first what expired, then what the end cuts off, a batch a call.
    ///
    /// - Returns: true where there is more: take the events and call again.
    package mutating func finish(at time: Timestamp, into events: inout [FlowEvent]) -> Bool {
        if expire(before: time + Interval(nanoseconds: 1), into: &events) { return true }
        return neighbours.finish(at: time, stations, into: &events) || reachability.finish(at: time, into: &events)
            || sessions.finish(at: time, into: &events) || connections.finish(at: time, into: &events)
            || transactions.finish(at: time, into: &events)
    }

    package var zones: [DNSName] { transactions.zones.zones }

    package var vantage: Vantage { stations.vantage }

    package var counters: Counters {
        Counters(
            duplicates: copies.duplicates, hops: copies.hops, evictedConnections: connections.evictions,
            evictedQueries: transactions.evictions,
            evictedOthers: neighbours.evictions + virtualRouters.evictions + reachability.evictions + stations.evictions
                + sessions.evictions)
    }

    package struct Counters: Hashable, Sendable {
        package var duplicates: UInt64
        package var hops: UInt64
        package var evictedConnections: UInt64
        package var evictedQueries: UInt64
        package var evictedOthers: UInt64
    }
}

package import Site
package import Wire

/// Packets over time become facts. One thread calls `advance` and `observe` in packet time; events come out in the order in which
/// they happened.
///
/// A new correlator is a member here, a line in `observe`, and one each in `nextDeadline`, `expire` and `finish`.
package struct Correlators: ~Copyable {
    package private(set) var scope: Scope
    private var stations: Stations
    private var copies: CopyDetector
    private var neighbours: Neighbours
    private var virtualRouters: VirtualRouters
    private var connections: Connections
    private var reachability: Reachability
    private var transactions: Transactions
    private var attempts: QUICAttempts
    private var sessions: Sessions
    package private(set) var anomalies = AnomalyCounts()
    private var dnsStreams: DNSStreams
    private var fragments: FragmentBuffer
    private var handovers: Handovers
    private var loops: RouteLoops
    private var sightings: Sightings
    private var userAttempts: UserAttempts

    /// - Parameter hashKey: keys the tables' hash: random where an attacker could choose packets, fixed in replay. No event depends on it, but for
    ///   what a full table forgets first.
    package init(site: Site, everything: Bool, limits: Limits = Limits(), hashKey: UInt64 = 0x7669_7073_636f_7065) {
        scope = Scope(site: site, everything: everything)
        stations = Stations(limits: limits, hashKey: hashKey)
        copies = CopyDetector(limits: limits, hashKey: hashKey)
        neighbours = Neighbours(limits: limits, hashKey: hashKey)
        virtualRouters = VirtualRouters(limits: limits, hashKey: hashKey)
        connections = Connections(scope: scope, limits: limits, hashKey: hashKey)
        reachability = Reachability(limits: limits, hashKey: hashKey)
        transactions = Transactions(site: site, scope: scope, limits: limits, hashKey: hashKey)
        attempts = QUICAttempts(ports: QUICAttempts.ports(of: site), limits: limits, hashKey: hashKey)
        sessions = Sessions(limits: limits, hashKey: hashKey)
        dnsStreams = DNSStreams(limits: limits, hashKey: hashKey)
        fragments = FragmentBuffer(hashKey: hashKey)
        handovers = Handovers(staleAfterClaim: site.thresholds.staleAfterClaim, limits: limits, hashKey: hashKey)
        loops = RouteLoops(limits: limits, hashKey: hashKey)
        sightings = Sightings(limits: limits, hashKey: hashKey)
        userAttempts = UserAttempts(limits: limits, hashKey: hashKey)
    }

    package mutating func observe(_ packet: borrowing Packet, in bytes: Span<UInt8>, into events: inout [FlowEvent]) {
        let start = events.count
        correlate(packet, in: bytes, into: &events)
        if events.count > start { join(start, into: &events) }
    }

    /// Facts that were just stated, and may be parts of one attempt. Without VIPs there is none.
    private mutating func join(_ start: Int, into events: inout [FlowEvent]) {
        guard !scope.vips.isEmpty else { return }
        for index in start..<events.count {
            if case .dns(let transaction) = events[index], transaction.role == .authority { scope.learn(transaction.server.address) }
            userAttempts.note(events[index], scope, into: &events)
        }
    }

    private mutating func correlate(_ packet: borrowing Packet, in bytes: Span<UInt8>, into events: inout [FlowEvent]) {
        if let anomaly = packet.anomaly { anomalies.count(anomaly) }
        // What a tunnel carries happens on another network: its addresses and stations are none of this one's.
        if packet.isTunnelled { return }
        stations.observe(packet, scope)
        switch packet.transport {
        case .tcp(let tcp):
            guard let source = packet.source, let destination = packet.destination, !packet.isUnacceptable else { return }
            if tcp.flags.contains(.syn), !packet.isFragment, Sightings.concerns(tcp) || !transactions.addresses.isEmpty {
                sightings.observe(tcp, packet, transactions.addresses, into: &events)
            }
            let isDNS = (tcp.destinationPort == .dns || tcp.sourcePort == .dns) && !packet.isFragment
            guard isDNS || scope.follows(source, destination) else { return }
            let place = connections.place(tcp, from: source, to: destination)
            let kind = copies.classify(packet, in: bytes)
            if kind == .duplicate { return }
            if isDNS, kind == .original,
                let anomaly = dnsStreams.observe(tcp, packet, in: bytes, &transactions, &stations, into: &events)
            {
                anomalies.count(anomaly)
            }
            guard !isDNS || scope.follows(source, destination) else { return }
            noteEnds(packet)
            noteExchange(packet, kind, question: tcp.question(packet), isAnswer: !tcp.flags.contains(.rst), into: &events)
            connections.observe(tcp, packet, in: bytes, isHop: kind == .hop, at: place, &sessions, into: &events)
            if sessions.failure != nil { countFailure(packet) }
        case .udp(let udp):
            noteEnds(packet)
            // The lengths of WireGuard's initiation and response.
            if packet.payload.count == 148 || packet.payload.count == 92 { sightings.observe(udp, packet, in: bytes, into: &events) }
            if attempts.concerns(udp, packet, scope) || isTunnelHandshake(udp, packet, in: bytes) {
                let kind = copies.classify(packet, in: bytes)
                noteExchange(packet, kind, question: packet.frame.number, isAnswer: true, into: &events)
                if kind == .original { attempts.observe(udp, packet, in: bytes, &transactions, into: &events) }
                return
            }
            guard udp.destinationPort == .dns || udp.sourcePort == .dns else {
                // Else its later fragments would be kept for a beginning that has come.
                if packet.isFragment, let source = packet.source, let destination = packet.destination, scope.follows(source, destination) {
                    fragments.refuse(packet)
                }
                return
            }
            guard copies.classify(packet, in: bytes) == .original else { return }
            if packet.isFragment { return observeFragment(packet, in: bytes, into: &events) }
            if let anomaly = transactions.observe(udp, packet, in: bytes, &stations, into: &events) { anomalies.count(anomaly) }
        case .arp:
            guard copies.classify(packet, in: bytes) == .original else { return }
            do throws(Anomaly) {
                let arp = try packet.decode(ARPPacket.self, in: bytes)
                let start = events.count
                neighbours.observe(arp, packet, &stations, scope, transactions.addresses, into: &events)
                noteClaims(start, into: &events)
            } catch { anomalies.count(error) }
        case .icmpv4:
            noteEnds(packet)
            guard !packet.isFragment else { return }
            let kind = copies.classify(packet, in: bytes)
            guard kind == .original else { return noteLoop(packet, kind, into: &events) }
            do throws(Anomaly) {
                let message = try packet.decode(ICMPv4Message.self, in: bytes)
                noteEcho(packet, isRequest: message.type == .echoRequest, isReply: message.type == .echoReply, into: &events)
                let start = events.count
                reachability.observe(message, packet, &connections, &attempts, scope, into: &events)
                noteErrors(start, into: &events)
            } catch { anomalies.count(error) }
        case .other(.vrrp):
            guard copies.classify(packet, in: bytes) == .original else { return }
            do throws(Anomaly) {
                let advertisement = try packet.decode(VRRPAdvertisement.self, in: bytes)
                let start = events.count
                virtualRouters.observe(advertisement, packet, &neighbours, scope, into: &events)
                noteClaims(start, into: &events)
            } catch { anomalies.count(error) }
        case .icmpv6: observeICMPv6(packet, in: bytes, into: &events)
        case .fragment(.udp):
            // Of DNS if the first one was, or if it may yet come and somebody asked for what these hosts say.
            guard let source = packet.source, let destination = packet.destination,
                fragments.awaits(packet) || scope.follows(source, destination), copies.classify(packet, in: bytes) == .original
            else { return }
            observeFragment(packet, in: bytes, into: &events)
        case .none, .fragment, .other:
            return
        }
    }

    /// A long header from or to the edge of cloudflared's tunnels: what the tunnel carries has short ones, and nobody asked about it.
    @inline(__always)
    private func isTunnelHandshake(_ udp: UDPHeader, _ packet: borrowing Packet, in bytes: Span<UInt8>) -> Bool {
        (udp.destinationPort == .tunnel || udp.sourcePort == .tunnel) && !packet.isFragment && !packet.payload.isEmpty
            && bytes[packet.payload.lowerBound] & 0x80 != 0
    }

    private mutating func countFailure(_ packet: borrowing Packet) {
        if let failure = sessions.takeFailure() { anomalies.count(packet.anomaly(in: .tls, at: packet.payload.lowerBound, failure)) }
    }

    private mutating func observeFragment(_ packet: borrowing Packet, in bytes: Span<UInt8>, into events: inout [FlowEvent]) {
        var whole: [UInt8]?
        fragments.observe(packet, in: bytes) { upper, octets in
            if upper == .udp { whole = [UInt8](copying: octets) }
        }
        guard let whole, let anomaly = transactions.observe(datagram: whole, packet, &stations, into: &events) else { return }
        anomalies.count(anomaly)
    }

    private mutating func observeICMPv6(_ packet: borrowing Packet, in bytes: Span<UInt8>, into events: inout [FlowEvent]) {
        guard !packet.isFragment, !packet.payload.isEmpty, copies.classify(packet, in: bytes) == .original else { return }
        let type = ICMPv6Message.MessageType(rawValue: bytes[packet.payload.lowerBound])
        // Neighbor Discovery says itself who has which address; a host that nobody asked about only asks and is asked.
        if !type.isDiscovery { noteEnds(packet) }
        guard !type.isDiscovery || type == .redirect || concernsWatched(packet, type, in: bytes) else { return }
        do throws(Anomaly) {
            let message = try packet.decode(ICMPv6Message.self, in: bytes)
            if type != .redirect, let discovery = message.discovery {
                let start = events.count
                neighbours.observe(discovery, packet, &stations, scope, into: &events)
                noteClaims(start, into: &events)
            } else {
                noteEcho(packet, isRequest: message.type == .echoRequest, isReply: message.type == .echoReply, into: &events)
                let start = events.count
                reachability.observe(message, packet, &connections, &attempts, scope, into: &events)
                noteErrors(start, into: &events)
            }
        } catch { anomalies.count(error) }
    }

    /// Decoding takes the heap for options: only where the source or the target of a solicitation or advertisement is watched.
    private func concernsWatched(_ packet: borrowing Packet, _ type: ICMPv6Message.MessageType, in bytes: Span<UInt8>) -> Bool {
        guard type == .neighborSolicitation || type == .neighborAdvertisement, let source = packet.source else { return false }
        var target = bytes.extracting(packet.payload)
        // What is too short is an anomaly, which decoding states.
        guard target.count >= 24, (try? target.skip(8)) != nil, let address = try? target.read() as IPv6Address else { return true }
        return scope.follows(source, .v6(address))
    }

    /// Whoever sends from a VIP may be its announcer, and so may the station to which packets for it go; whoever sends to it has found it.
    @inline(__always)
    private mutating func noteEnds(_ packet: borrowing Packet) {
        guard let source = packet.source, let destination = packet.destination, let mac = packet.sourceMAC else { return }
        if scope.isVIP(source) { neighbours.sent(from: source, by: mac, vlan: packet.vlan.key, at: packet.frame.time) }
        if scope.isVIP(destination), let ethernet = packet.ethernet, !ethernet.destination.isMulticast {
            neighbours.sent(to: destination, by: mac, via: ethernet.destination, vlan: packet.vlan.key, at: packet.frame.time)
        }
    }

    /// What clients ask of a watched address and what it answers; a copy on its way to a next hop may go round.
    ///
    /// - Parameter question: TCP's own number of what is asked, or a number that no other datagram has.
    @inline(__always)
    private mutating func noteExchange(
        _ packet: borrowing Packet, _ kind: CopyDetector.Kind, question: UInt64?, isAnswer: Bool, into events: inout [FlowEvent]
    ) {
        guard kind == .original else { return noteLoop(packet, kind, into: &events) }
        guard !handovers.isEmpty, let source = packet.source, let destination = packet.destination else { return }
        if scope.isVIP(destination) {
            handovers.sent(packet, from: source, to: destination, question: question, stations, into: &events)
        } else if isAnswer, scope.isVIP(source) {
            handovers.answered(packet, from: source, to: destination, stations, into: &events)
        }
    }

    private mutating func noteEcho(
        _ packet: borrowing Packet, isRequest: Bool, isReply: Bool, into events: inout [FlowEvent]
    ) {
        guard isRequest || isReply else { return }
        noteExchange(packet, .original, question: isRequest ? packet.frame.number : nil, isAnswer: isReply, into: &events)
    }

    private mutating func noteLoop(_ packet: borrowing Packet, _ kind: CopyDetector.Kind, into events: inout [FlowEvent]) {
        guard kind == .hop, let destination = packet.destination, scope.isVIP(destination) else { return }
        loops.observe(packet, copies.lastHop, into: &events)
    }

    private mutating func noteClaims(_ start: Int, into events: inout [FlowEvent]) {
        guard events.count > start else { return }
        events += handovers.note(events[start...])
    }

    private mutating func noteErrors(_ start: Int, into events: inout [FlowEvent]) {
        for index in start..<events.count {
            if case .icmpError(let error) = events[index] { neighbours.gaveUp(error, stations, into: &events) }
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

    @inline(__always)
    private var nextDeadline: Timestamp {
        var next = Timestamp.earlier(neighbours.nextDeadline, connections.nextDeadline)
        next = .earlier(next, reachability.nextDeadline)
        next = .earlier(next, transactions.nextDeadline)
        next = .earlier(next, attempts.nextDeadline)
        next = .earlier(next, sessions.nextDeadline)
        return .earlier(next, userAttempts.nextDeadline)
    }

    private mutating func expire(before time: Timestamp, into events: inout [FlowEvent]) -> Bool {
        stations.advance(to: time)
        virtualRouters.advance(to: time)
        handovers.advance(to: time)
        loops.advance(to: time)
        while events.count < Self.batch {
            // The correlator whose turn it is goes on until another's deadline comes first.
            let deadlines: InlineArray<7, Timestamp> = [
                neighbours.nextDeadline, connections.nextDeadline, reachability.nextDeadline, transactions.nextDeadline,
                attempts.nextDeadline, sessions.nextDeadline, userAttempts.nextDeadline,
            ]
            var turn = 0
            for index in deadlines.indices where deadlines[index] < deadlines[turn] { turn = index }
            let first = deadlines[turn]
            guard first < time else { return false }
            var others = Timestamp.distantFuture
            for index in deadlines.indices where index != turn { others = min(others, deadlines[index]) }
            let until = min(time, max(first + Interval(nanoseconds: 1), others))
            let start = events.count
            switch turn {
            case 0: neighbours.advance(to: until, stations, into: &events)
            case 1: connections.advance(to: until, &sessions, into: &events)
            case 2: reachability.advance(to: until, into: &events)
            case 3: transactions.advance(to: until, into: &events)
            case 4: attempts.advance(to: until, into: &events)
            case 5: sessions.advance(to: until, into: &events)
            default: userAttempts.advance(to: until, into: &events)
            }
            join(start, into: &events)
        }
        return true
    }

    /// The capture ends: first what expired, then what the end cuts off, a batch a call.
    ///
    /// - Returns: true where there is more: take the events and call again.
    package mutating func finish(at time: Timestamp, into events: inout [FlowEvent]) -> Bool {
        if expire(before: time + Interval(nanoseconds: 1), into: &events) { return true }
        let start = events.count
        let goesOn =
            neighbours.finish(at: time, stations, into: &events) || reachability.finish(at: time, into: &events)
            || sessions.finish(at: time, into: &events) || connections.finish(at: time, into: &events)
            || transactions.finish(at: time, into: &events) || attempts.finish(at: time, into: &events)
        join(start, into: &events)
        return goesOn || userAttempts.finish(at: time, into: &events)
    }

    package var zones: [DNSName] { transactions.zones.zones }

    package var vantage: Vantage { stations.vantage }

    package var counters: Counters {
        Counters(
            duplicates: copies.duplicates, hops: copies.hops, evictedConnections: connections.evictions,
            evictedQueries: transactions.evictions + dnsStreams.evictions + fragments.counters.evicted,
            evictedOthers: connections.refusals + connections.otherEvictions + neighbours.evictions + virtualRouters.evictions
                + reachability.evictions + stations.evictions + sessions.evictions + transactions.otherEvictions + dnsStreams.otherEvictions
                + handovers.evictions
                + sightings.evictions + userAttempts.evictions,
            evictedQUICAttempts: attempts.evictions, floodedConnections: connections.flooded)
    }

    package struct Counters: Hashable, Sendable {
        package var duplicates: UInt64
        package var hops: UInt64
        package var evictedConnections: UInt64
        /// Questions and parts of messages that had to go before they could be told.
        package var evictedQueries: UInt64
        /// What is remembered beside: stations, addresses, servers, promises, what connections carry.
        package var evictedOthers: UInt64
        package var evictedQUICAttempts: UInt64
        /// Failed connections of floods: counted, and not told one by one.
        package var floodedConnections: UInt64
    }
}

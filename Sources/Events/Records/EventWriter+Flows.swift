import Diagnosis
import Flows
import Site
import Wire

extension EventWriter {
    mutating func write(_ announcement: Announcement) {
        let claim = announcement.claim
        let site = site
        record(claim.frame.time, Head(dataset: "vipscope.announcement", action: announcement.action.rawValue)) { json in
            json.vip(claim.address, site)
            json.network(nil, vlan: claim.vlan)
            json.object("announcement") { json in
                json.field("address", claim.address)
                json.station(claim.station, site)
                json.field("means", plain: claim.means.rawValue)
                if let previous = announcement.previous {
                    json.object("previous") { json in
                        json.station(previous.station, site)
                        json.field("frame", previous.frame.number)
                        json.field("time", previous.frame.time)
                    }
                }
            }
            json.packet(claim.frame, claim.frame)
        }
    }

    mutating func write(_ connection: TCPConnection) {
        begin(
            connection.time,
            Head(
                dataset: "vipscope.tcp", action: "ended", outcome: connection.handshake.ecsOutcome(connection.outcome),
                duration: connection.last.time - connection.first.time))
        json.vip(connection.responder.address, site)
        json.side("source", connection.originator, connection.originatorMAC, connection.originatorPackets, connection.originatorBytes)
        json.network("tcp", vlan: connection.vlan, communityID(.tcp, connection.originator, connection.responder))
        json.side("destination", connection.responder, connection.responderMAC, connection.responderPackets, connection.responderBytes)
        json.handshake(connection)
        json.packet(connection.first, connection.last)
        json.endLine()
    }

    mutating func write(_ flood: ConnectionFlood) {
        begin(flood.time, Head(dataset: "vipscope.flood", action: "counted", outcome: flood.handshake.ecsOutcome(flood.outcome)))
        json.vip(flood.responder.address, site)
        json.network("tcp", vlan: flood.vlan)
        json.endpoint("destination", flood.responder.address, port: flood.responder.port)
        json.beginObject("flood")
        json.field("handshake", literal: flood.handshake.name)
        json.field("state", literal: flood.outcome.literal)
        json.field("connections", flood.connections)
        json.field("packets", flood.packets)
        json.endObject()
        json.packet(flood.first, flood.last)
        json.endLine()
    }

    mutating func write(_ error: ICMPError) {
        let site = site
        let name = communityID(icmpType: error.message.type, code: error.message.code, error.source, error.destination)
        record(error.frame.time, Head(dataset: "vipscope.icmp", action: "error", outcome: "failure")) { json in
            json.vip(error.quoted.destination, site)
            json.endpoint("source", error.source, mac: error.sourceMAC)
            json.icmpNetwork(isIPv6: error.message.isIPv6, vlan: error.vlan, name)
            json.endpoint("destination", error.destination)
            json.object("icmp") { json in
                json.field("type", error.message.type)
                json.field("code", error.message.code)
                json.field("name", plain: error.message.name)
                if let mtu = error.message.nextHopMTU { json.field("next_hop_mtu", mtu) }
                if let gateway = error.message.gateway { json.field("gateway", gateway) }
                json.object("quoted") { json in json.quoted(error) }
            }
            json.packet(error.quotedFrame, error.frame)
        }
    }

    mutating func write(_ exchange: EchoExchange) {
        let site = site
        let time = exchange.request.flatMap { request in exchange.reply.map { $0.time - request.time } }
        let head = Head(
            dataset: "vipscope.icmp", action: exchange.reply == nil ? "echo_unanswered" : "echo",
            outcome: exchange.isCut ? "unknown" : exchange.reply == nil ? "failure" : "success", duration: time)
        let name = communityID(icmpType: exchange.isIPv6 ? 128 : 8, code: 0, exchange.source, exchange.destination)
        record(exchange.time, head) { json in
            json.vip(exchange.destination, site)
            json.endpoint("source", exchange.source)
            json.icmpNetwork(isIPv6: exchange.isIPv6, vlan: 0, name)
            json.endpoint("destination", exchange.destination, mac: exchange.replyMAC)
            json.object("icmp") { json in
                json.field("type", exchange.isIPv6 ? 128 : 8)
                json.field("code", 0)
                json.field("name", literal: "echo request")
                json.field("identifier", exchange.identifier)
                json.field("sequence", exchange.sequence)
            }
            json.packet(exchange.request, exchange.reply)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func station(_ station: Station, _ site: Site) {
        let node = site.node(station.mac)
        field("mac", station.mac)
        if let node { field("node", node.name) }
        if let address = node?.address ?? station.address { field("station_address", address) }
    }

    @inline(__always)
    fileprivate mutating func side(_ key: StaticString, _ end: Endpoint, _ mac: MACAddress?, _ packets: UInt32, _ bytes: UInt64) {
        beginObject(key)
        field("ip", end.address)
        field("port", end.port.rawValue)
        if let mac { field("mac", mac) }
        field("packets", packets)
        field("bytes", bytes)
        endObject()
    }

    fileprivate mutating func handshake(_ connection: TCPConnection) {
        beginObject("tcp")
        field("handshake", literal: connection.handshake.name)
        field("state", literal: connection.outcome.literal)
        if let side = connection.endedBy { field("ended_by", plain: side.rawValue) }
        field("syn_count", connection.synCount)
        if connection.syns.count > 0, let answer = connection.synACK {
            field("server_handshake_time", max(0, (answer.time - connection.syns[0].time).nanoseconds))
            if let ack = connection.ack { field("client_handshake_time", max(0, (ack.time - answer.time).nanoseconds)) }
        }
        if let mac = connection.nextHopMAC { field("next_hop_mac", mac) }
        if let ttl = connection.originatorTTL { field("source_ttl", ttl) }
        if let ttl = connection.responderTTL { field("destination_ttl", ttl) }
        if connection.hops > 0 { field("hops", connection.hops) }
        if let offer = connection.originatorOffer, offer.hasOptions { self.offer("source_syn", offer) }
        if let offer = connection.responderOffer, offer.hasOptions { self.offer("destination_syn", offer) }
        if let traffic = connection.traffic { self.traffic(traffic) }
        endObject()
    }

    @inline(__always)
    private mutating func offer(_ key: StaticString, _ offer: TCPOffer) {
        beginObject(key)
        field("window", offer.window)
        if let size = offer.maximumSegmentSize { field("mss", size) }
        if let scale = offer.windowScale { field("window_scale", scale) }
        if offer.sackPermitted { field("sack_permitted", true) }
        if offer.hasTimestamps { field("timestamps", true) }
        endObject()
    }

    private mutating func traffic(_ traffic: TCPTraffic) {
        data("source_data", traffic.originator)
        data("destination_data", traffic.responder)
        // Shorter pauses are a network's and a server's ordinary ones.
        if let idle = traffic.idleBeforeData, idle >= .seconds(1) { field("idle_before_data", idle.nanoseconds) }
        if let idle = traffic.idleBeforeEnd, idle >= .seconds(1) { field("idle_before_end", idle.nanoseconds) }
        if traffic.isResetAfterData { field("reset_after_data", true) }
        guard !traffic.hops.isEmpty else { return }
        beginList("forwarded")
        for hop in traffic.hops {
            beginElement()
            field("by", literal: hop.fromOriginator ? "originator" : "responder")
            field("source_mac", hop.source)
            field("destination_mac", hop.destination)
            endObject()
        }
        endList()
    }

    private mutating func data(_ key: StaticString, _ side: TCPTraffic.Side) {
        guard side.largestPayload > 0 || side.hadZeroWindow || side.reportedGap else { return }
        beginObject(key)
        if let frame = side.firstData { field("first", frame.number) }
        if let frame = side.lastData { field("last", frame.number) }
        if side.largestPayload > 0 { field("largest", side.largestPayload) }
        if side.retransmissions > 0 {
            field("retransmissions", side.retransmissions)
            field("in_a_row", side.mostInARow)
        }
        if side.isFullSizeUnacknowledged { field("full_size_unacknowledged", true) }
        if side.isFullSizeUnacknowledged, side.onlySmallerArrived { field("only_smaller_arrived", true) }
        if side.hadZeroWindow { field("zero_window", true) }
        if side.reportedGap { field("reported_gap", true) }
        endObject()
    }

    fileprivate mutating func icmpNetwork(isIPv6: Bool, vlan: UInt32, _ communityID: CommunityID.Text?) {
        network(isIPv6 ? "ipv6-icmp" : "icmp", isIPv6: isIPv6, vlan: vlan, communityID)
    }

    fileprivate mutating func quoted(_ error: ICMPError) {
        let quoted = error.quoted
        field("protocol", quoted.protocol.rawValue)
        endpoint("source", quoted.source, port: quoted.sourcePort)
        endpoint("destination", quoted.destination, port: quoted.destinationPort)
        if quoted.protocol == .tcp { field("syn", error.quotesSYN) }
        if let type = quoted.icmpType { field("icmp_type", type) }
        if let sequence = quoted.icmpSequence { field("icmp_sequence", sequence) }
        if let frame = error.quotedFrame { field("frame", frame.number) }
    }
}

extension TCPConnection.Outcome {
    /// The raw value as a literal, which costs a copy and no string.
    fileprivate var literal: StaticString {
        switch self {
        case .open: "open"
        case .closed: "closed"
        case .reset: "reset"
        case .refused: "refused"
        case .rejected: "rejected"
        case .unanswered: "unanswered"
        case .idle: "idle"
        case .evicted: "evicted"
        }
    }
}

extension TCPConnection.Handshake {
    /// ECS: event.outcome. A SYN whose answer the capture's end cut off has not failed yet.
    func ecsOutcome(_ outcome: TCPConnection.Outcome) -> StaticString {
        switch self {
        case .established: "success"
        case .refused, .rejected: "failure"
        case .unanswered: outcome == .open ? "unknown" : "failure"
        case .notSeen, .answered: "unknown"
        }
    }
}

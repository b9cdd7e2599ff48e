import Wire

/// ICMP: errors joined to the packet that they quote, echo requests to their replies.
struct Reachability {
    private var echoes: Echoes

    init(limits: Limits, hashKey: UInt64) { echoes = Echoes(limits: limits, hashKey: hashKey) }

    var evictions: UInt64 { echoes.evictions }
    var nextDeadline: Timestamp { echoes.nextDeadline }

    mutating func observe(
        _ message: ICMPv4Message, _ packet: Packet, _ connections: inout Connections, _ attempts: inout QUICAttempts, _ scope: Scope,
        into events: inout [FlowEvent]
    ) {
        guard let source = packet.source, let destination = packet.destination else { return }
        switch message.type {
        case .echoRequest where scope.follows(destination):
            echoes.request(
                Echoes.Key(source: source, destination: destination, identifier: message.identifier, sequence: message.sequence),
                packet.frame)
        case .echoReply where scope.follows(source):
            echoes.reply(
                Echoes.Key(source: destination, destination: source, identifier: message.identifier, sequence: message.sequence),
                packet, into: &events)
        default:
            guard let quoted = message.quoted, scope.follows(source, quoted.destination) || scope.follows(quoted.source) else {
                return
            }
            error(message, quoted, packet, source, destination, &connections, &attempts, into: &events)
        }
    }

    private mutating func error(
        _ message: ICMPv4Message, _ quoted: QuotedDatagram, _ packet: Packet, _ source: IPAddress, _ destination: IPAddress,
        _ connections: inout Connections, _ attempts: inout QUICAttempts, into events: inout [FlowEvent]
    ) {
        var error = ICMPError(
            frame: packet.frame, vlan: packet.vlan.key, source: source, destination: destination, sourceMAC: packet.sourceMAC,
            message: message, quoted: quoted, quotedFrame: nil, quotesSYN: false)
        switch quoted.protocol {
        case .tcp:
            error.quotedFrame = connections.quotedSYN(quoted)
            let flags = quoted.tcpFlags.map { $0.intersection([.syn, .ack, .rst, .fin]) == .syn }
            error.quotesSYN = flags ?? (error.quotedFrame != nil)
        case .icmpv4 where quoted.isEchoRequest:
            if let identifier = quoted.icmpIdentifier, let sequence = quoted.icmpSequence {
                error.quotedFrame = echoes.quoted(
                    Echoes.Key(
                        source: quoted.source, destination: quoted.destination, identifier: identifier, sequence: sequence),
                    by: message.type)
            }
        case .udp: error.quotedFrame = attempts.quotedInitial(quoted)
        default: break
        }
        events.append(.icmpError(error))
        // Fragmentation needed is path-MTU discovery at work, not a refusal (RFC 1191).
        guard message.type == .unreachable, message.code != 4 else { return }
        if error.quotesSYN { connections.reject(quoted: quoted, by: packet.frame, into: &events) }
        attempts.icmp(quoted: quoted, by: packet.frame, into: &events)
    }

    mutating func finish(at time: Timestamp, into events: inout [FlowEvent]) -> Bool { echoes.finish(at: time, into: &events) }

    mutating func advance(to time: Timestamp, into events: inout [FlowEvent]) {
        echoes.advance(to: time, into: &events)
    }
}

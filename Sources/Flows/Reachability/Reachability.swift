import Wire

/// ICMP: errors joined to the packet that they quote, echo requests to their replies.
struct Reachability: ~Copyable {
    private var echoes: Echoes

    init(limits: Limits, hashKey: UInt64) { echoes = Echoes(limits: limits, hashKey: hashKey) }

    var evictions: UInt64 { echoes.evictions }
    var nextDeadline: Timestamp { echoes.nextDeadline }

    mutating func observe(
        _ message: ICMPv4Message, _ packet: borrowing Packet, _ connections: inout Connections, _ attempts: inout QUICAttempts,
        _ scope: Scope,
        into events: inout [FlowEvent]
    ) {
        switch message.type {
        case .echoRequest: request(packet, message.identifier, message.sequence, scope)
        case .echoReply: reply(packet, message.identifier, message.sequence, scope, into: &events)
        default:
            if let quoted = message.quoted { error(ICMPReport(message), quoted, packet, &connections, &attempts, scope, into: &events) }
        }
    }

    mutating func observe(
        _ message: ICMPv6Message, _ packet: borrowing Packet, _ connections: inout Connections, _ attempts: inout QUICAttempts,
        _ scope: Scope,
        into events: inout [FlowEvent]
    ) {
        switch message.type {
        case .echoRequest: request(packet, message.identifier, message.sequence, scope)
        case .echoReply: reply(packet, message.identifier, message.sequence, scope, into: &events)
        case .redirect:
            // It quotes in an option (RFC 4861 §4.5).
            for case .redirected(let quoted?) in message.discovery?.options ?? [] {
                error(ICMPReport(message), quoted, packet, &connections, &attempts, scope, into: &events)
                return
            }
        default:
            if let quoted = message.quoted { error(ICMPReport(message), quoted, packet, &connections, &attempts, scope, into: &events) }
        }
    }

    private mutating func request(_ packet: borrowing Packet, _ identifier: UInt16, _ sequence: UInt16, _ scope: Scope) {
        guard let source = packet.source, let destination = packet.destination,
            scope.follows(destination) || scope.isApart(source, destination)
        else { return }
        echoes.request(
            Echoes.Key(source: source, destination: destination, identifier: identifier, sequence: sequence), packet.frame)
    }

    private mutating func reply(
        _ packet: borrowing Packet, _ identifier: UInt16, _ sequence: UInt16, _ scope: Scope, into events: inout [FlowEvent]
    ) {
        guard let source = packet.source, let destination = packet.destination,
            scope.follows(source) || scope.isApart(source, destination)
        else { return }
        echoes.reply(
            Echoes.Key(source: destination, destination: source, identifier: identifier, sequence: sequence), packet, into: &events)
    }

    private mutating func error(
        _ message: ICMPReport, _ quoted: QuotedDatagram, _ packet: borrowing Packet, _ connections: inout Connections,
        _ attempts: inout QUICAttempts,
        _ scope: Scope, into events: inout [FlowEvent]
    ) {
        guard let source = packet.source, let destination = packet.destination,
            scope.follows(source, quoted.destination) || scope.follows(quoted.source) || scope.isApart(quoted.source, quoted.destination)
                || attempts.quotedInitial(quoted) != nil
        else { return }
        var error = ICMPError(
            frame: packet.frame, vlan: packet.vlan.key, source: source, destination: destination, sourceMAC: packet.sourceMAC,
            message: message, quoted: quoted, quotedFrame: nil, quotesSYN: false)
        switch quoted.protocol {
        case .tcp:
            error.quotedFrame = connections.quotedSYN(quoted)
            let flags = quoted.tcpFlags.map { $0.intersection([.syn, .ack, .rst, .fin]) == .syn }
            error.quotesSYN = flags ?? (error.quotedFrame != nil)
        case .icmpv4 where quoted.isEchoRequest, .icmpv6 where quoted.isEchoRequest:
            if let identifier = quoted.icmpIdentifier, let sequence = quoted.icmpSequence {
                error.quotedFrame = echoes.quoted(
                    Echoes.Key(
                        source: quoted.source, destination: quoted.destination, identifier: identifier, sequence: sequence),
                    by: message)
            }
        case .udp: error.quotedFrame = attempts.quotedInitial(quoted)
        default: break
        }
        events.append(.icmpError(error))
        // Fragmentation needed is path-MTU discovery at work, not a refusal (RFC 1191).
        guard message.isUnreachable else { return }
        if error.quotesSYN { connections.reject(quoted: quoted, by: packet.frame, into: &events) }
        attempts.icmp(quoted: quoted, by: packet.frame, into: &events)
    }

    mutating func finish(at time: Timestamp, into events: inout [FlowEvent]) -> Bool { echoes.finish(at: time, into: &events) }

    mutating func advance(to time: Timestamp, into events: inout [FlowEvent]) {
        echoes.advance(to: time, into: &events)
    }
}

package import Flows
import Site
import Wire

/// Full-size segments vanish where small ones arrive.
///
/// *Means*: a link on the way carries less than both ends think, and nobody says so: a tunnel's overhead, jumbo frames on one side.
/// *Proven by*: a full-size segment that is sent three times or more in vain, while smaller ones that were sent after it arrive.
/// *Looks the same*: path-MTU discovery at work; a dead peer, which acknowledges nothing; segments that the sensor's own offload made large.
package struct MTUBlackholeRule: Rule {
    package static let label = Label.mtuBlackhole
    package static let kinds: FlowEvent.Kinds = [.tcp, .icmpError]

    package static let explanation = Explanation(
        severity: .fault,
        title: "Full-size segments vanish",
        meaning: """
            A connection is set up and small segments pass, but segments of full size never arrive: "it connects and then hangs", typically in the \
            TLS handshake, whose certificate fills several segments. A tunnel or overlay on the way (WireGuard, VXLAN, PPPoE) has a smaller MTU, and \
            the ICMP error that should say so is filtered, ignored, or names another connection.
            """,
        proof: """
            After a handshake, a segment of the largest size is sent again three times or more and never acknowledged, while smaller segments are \
            acknowledged, or selectively acknowledged behind it.
            """,
        lookAlikes: [
            "Path-MTU discovery at work: one ICMP 3/4 (or packet too big), then smaller segments.",
            "A dead peer: nothing at all is acknowledged any more.",
            "Segments larger than the MTU in the capture, which are made by the sender's or receiver's offload: they prove nothing.",
        ],
        remedy: [
            "ping -M do -s 1472 CLIENT   # from the node to the client named above: which size passes?",
            "tracepath -n {vip}   # from the client: where does the MTU shrink?",
            "ip link show | grep mtu   # on the node: tunnels and bridges on the way",
            "iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu   # a way out",
        ])

    /// The last "too big" about packets to or from a VIP.
    private var tooBig: [IPAddress: ICMPError] = [:]

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        switch event {
        case .icmpError(let error) where error.message.meaning == .tooBig:
            for end in [error.quoted.source, error.quoted.destination] where known.isVIP(end) { tooBig[end] = error }
        case .tcp(let connection, .ended): consider(connection, known, &book)
        default: return
        }
    }

    private func consider(_ connection: TCPConnection, _ known: Knowledge, _ book: inout FindingBook) {
        guard known.isVIP(connection.responder.address), connection.handshake == .established, let traffic = connection.traffic else {
            return
        }
        for isClient in [false, true] {
            let (sender, receiver) = isClient ? (traffic.originator, traffic.responder) : (traffic.responder, traffic.originator)
            let subject = Finding.Subject(
                vip: connection.responder.address, port: connection.responder.port, client: connection.originator.address)
            guard Self.isFullSize(sender.largestPayload, connection) else { continue }
            if sender.isFullSizeUnacknowledged, sender.mostInARow >= known.site.thresholds.blackholeRetransmissions,
                sender.onlySmallerArrived
            {
                // A peer that is dead acknowledges nothing behind the gap, and says no more.
                let closesItself = connection.endedBy == (isClient ? .responder : .originator)
                guard receiver.reportedGap || closesItself, let last = sender.lastData else { continue }
                book.state(
                    finding(connection, subject, sender, last, isClient: isClient, isSelective: receiver.reportedGap, known),
                    at: connection.time)
            } else if !sender.isFullSizeUnacknowledged, !sender.onlySmallerArrived, let last = sender.lastData {
                book.resolve(
                    Self.label, subject, at: connection.time, because: Evidence(last, "segments of \(sender.largestPayload) octets arrive"))
            }
        }
    }

    /// What every path carries proves nothing (RFC 9293 §3.7.1: 536 octets), nor does what no cable carries.
    private static func isFullSize(_ octets: Int, _ connection: TCPConnection) -> Bool {
        let offers = [connection.originatorOffer?.maximumSegmentSize, connection.responderOffer?.maximumSegmentSize].compactMap(\.self)
        return octets > 536 && octets <= Int(offers.min() ?? 1460)
    }

    private func finding(
        _ connection: TCPConnection, _ subject: Finding.Subject, _ sender: TCPTraffic.Side, _ last: FrameReference, isClient: Bool,
        isSelective: Bool, _ known: Knowledge
    ) -> Finding {
        let (vip, port) = (connection.responder.address, connection.responder.port)
        let client = "\(connection.originator.address):\(connection.originator.port)"
        let way = isClient ? "from \(client) to TCP \(port) of \(known.name(vip))" : "from TCP \(port) of \(known.name(vip)) to \(client)"
        var evidence: [Evidence] = []
        if let frame = connection.synACK ?? connection.ack { evidence.append(Evidence(frame, "the handshake completes")) }
        evidence.append(Evidence(last, "sent again, in vain"))
        var summary =
            "Segments of \(sender.largestPayload) octets \(way) vanish: one was sent again \(Text.times(sender.mostInARow)) in a row, "
            + "\(Text.exactDuration(last.time - (connection.synACK ?? connection.first).time)) after the handshake the last time, while smaller ones "
            + (isSelective ? "are acknowledged behind it" : "had arrived")
        if let error = tooBig[vip], error.frame >= connection.first {
            let isOwn =
                [error.quoted.sourcePort, error.quoted.destinationPort].contains(connection.originator.port)
                && [error.quoted.source, error.quoted.destination].contains(connection.originator.address)
            summary +=
                isOwn
                ? "; \(error.source) says that it is too big (frame \(error.frame.number)), and the sender ignores that"
                : "; \(error.source) says that something is too big, but quotes another connection (frame \(error.frame.number))"
            evidence.append(Evidence(error.frame, "\(error.message.name) from \(error.source)"))
        } else {
            summary += "; no ICMP error says that they are too big"
        }
        var finding = Finding(
            Self.label, .fault, subject, isSelective && connection.outcome != .open ? .proven : .likely, at: connection.time,
            summary: summary,
            evidence: evidence)
        if connection.outcome == .open { finding.summary += "; the capture ends before the connection" }
        finding.arguesFromAbsence = true
        finding.ruledOut = [
            Exclusion("path-mtu-discovery", because: "the same size is sent again and again"),
            Exclusion("dead-peer", because: isSelective ? "it acknowledges what came behind" : "it ends the connection itself"),
        ]
        finding.remedy = Self.explanation.remedy(["vip": vip.description])
        return finding
    }
}

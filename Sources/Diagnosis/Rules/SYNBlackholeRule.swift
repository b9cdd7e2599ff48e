package import Flows
import Site
import Wire

/// SYNs to a service port vanish.
///
/// *Means*: the VIP is on the segment, but nothing answers on this port: a packet filter that drops, or a service whose traffic goes nowhere.
/// *Proven by*: the client's own retransmissions, at every vantage: it would not repeat a SYN that was answered.
/// *Looks the same*: ARP for the VIP unanswered; a single lost SYN; an ICMP error that comes after the kernel's three seconds of asking.
package struct SYNBlackholeRule: Rule {
    package static let label = Label.tcpSYNBlackhole
    package static let kinds: FlowEvent.Kinds = .tcp

    package static let explanation = Explanation(
        severity: .fault,
        title: "SYNs to a service port vanish",
        meaning: """
            A client finds the VIP (ARP or Neighbor Discovery answers) and sends its SYN, again and again, and nothing comes back: no \
            SYN-ACK, no RST, no ICMP error. A browser waits for minutes and says "took too long to respond".
            """,
        proof: """
            The client retransmits its SYN twice or more over 3.5 s or longer and nothing comes back, though somebody answers ARP or \
            Neighbor Discovery for the VIP. Its own repetition proves it, whatever this sensor sees. One retransmission, and a capture \
            without that answer, make it likely.
            """,
        lookAlikes: [
            "Nobody answers ARP or Neighbor Discovery for the VIP: then no SYN leaves, or only towards a router.",
            "One lost SYN: the retransmission is answered.",
            "The same SYN again within milliseconds: a scanner sent it, no client's timer.",
            "A client of a network that the site file keeps apart from the VIP's: that is what was wanted.",
            "Another client's success, which says nothing about this one's way.",
            "An ICMP host unreachable, which a node sends 3.06 s after the first SYN: the service is rejected.",
        ],
        remedy: [
            "kubectl get endpointslices -A   # has the service a ready backend, and with externalTrafficPolicy: Local one on the announcing node?",
            "nft list ruleset | grep drop   # or iptables-save, on the announcing node",
            "kubectl get ciliumnetworkpolicy,networkpolicy -A   # does a policy drop it?",
            "hubble observe --to-ip {vip} --verdict DROPPED   # with Cilium",
        ])

    private var failing = FailingClients()

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .tcp(let connection, let change) = event, known.isVIP(connection.responder.address) else { return }
        let subject = Finding.Subject(vip: connection.responder.address, port: connection.responder.port)
        switch change {
        case .synRetransmitted where connection.time - connection.first.time >= known.site.thresholds.neighbourFailure, .fellSilent:
            state(connection, subject, isCut: false, known, &book)
        case .ended where connection.outcome == .open && connection.handshake == .unanswered && connection.synCount > 1:
            // The capture ends while the client waits.
            if book.openFinding(Self.label, subject) == nil { state(connection, subject, isCut: true, known, &book) }
        case .established:
            guard let frame = connection.synACK ?? connection.ack,
                failing.works(connection.originator.address, subject, at: connection.time, within: known.site.thresholds.backendWindow)
            else { return }
            book.resolve(
                Self.label, subject, at: connection.time,
                because: Evidence(frame, "TCP \(connection.responder.port) completes a handshake"))
        case .ended where connection.outcome == .refused || connection.outcome == .rejected:
            guard let frame = connection.end,
                failing.works(connection.originator.address, subject, at: connection.time, within: known.site.thresholds.backendWindow)
            else { return }
            book.resolve(Self.label, subject, at: connection.time, because: Evidence(frame, "the SYN is answered, if not as hoped"))
        default: return
        }
    }

    private mutating func state(
        _ connection: TCPConnection, _ subject: Finding.Subject, isCut: Bool, _ known: Knowledge, _ book: inout FindingBook
    ) {
        let (vip, port) = (connection.responder.address, connection.responder.port)
        guard connection.synCount > 1, known.isService(port, of: vip), !book.isOpen(.vipNoAnnouncer, vip: vip),
            book.openFinding(.backendInconsistent, ClientService(connection).subject) == nil,
            let record = known.vips[vip],
            let last = connection.syns.last, last.time - connection.first.time >= known.site.thresholds.synRetransmission,
            !record.recovered(since: connection), !known.keepsApart(connection.originator.address, vip)
        else { return }
        failing.fails(connection.originator.address, subject, at: connection.time)
        let client = "\(connection.originator.address):\(connection.originator.port)"
        var evidence = connection.syns.enumerated().map { index, frame in
            Evidence(frame, index == 0 ? "SYN of \(client) to \(vip):\(port)" : "the same SYN again (\(index))")
        }
        let answer = connection.nextHopMAC.flatMap { record.answers[$0] } ?? record.answers.values.max { $0.frame < $1.frame }
        var summary =
            "TCP \(port) of \(known.name(vip)) swallows SYNs: \(client) sent its SYN \(Text.times(connection.syns.count)) in "
            + "\(Text.duration(last.time - connection.first.time)) and got no answer"
        if let answer {
            evidence.append(Evidence(answer.frame, "\(answer.means.words): \(vip) is at \(answer.station.mac)"))
            summary += ", though \(known.name(answer.station)) answers \(vip.resolution)"
        }
        if isCut {
            summary += "; the capture ends before the time for an answer was over"
        }
        let others = record.works.filter { $0.key != port }.sorted { $0.key < $1.key }.map { Knowledge.works($0.value) }
        evidence += others.map(\.evidence)
        if !others.isEmpty { summary += "; \(Text.list(others.map(\.phrase)))" }
        let since = connection.first.time - known.site.thresholds.backendWindow
        if let other = record.works(port, forOthersThan: connection.originator.address, since: since) {
            evidence.append(Evidence(other.synACK ?? other.ack ?? other.last, "handshake of \(other.originator.address)"))
            summary += "; it works for \(other.originator.address)"
        }
        let isProven =
            connection.synCount >= known.site.thresholds.provenSYNs && answer != nil
            && connection.time - connection.first.time >= known.site.thresholds.neighbourFailure
        var finding = Finding(
            Self.label, .fault, subject, isProven ? .proven : .likely, at: connection.time, summary: summary, evidence: evidence)
        finding.arguesFromAbsence = true
        finding.ruledOut = exclusions(answer)
        finding.remedy = Self.explanation.remedy(["vip": vip.description])
        book.state(finding, at: connection.time)
    }

    private func exclusions(_ answer: Claim?) -> [Exclusion] {
        var exclusions = [
            Exclusion("tcp-port-closed", because: "no RST came"), Exclusion("tcp-icmp-rejected", because: "no ICMP error quotes the SYN"),
        ]
        if let answer {
            let because = "frame \(answer.frame.number) answers \(answer.address.resolution)"
            exclusions.insert(Exclusion("vip-no-announcer", because: because), at: 0)
        }
        return exclusions
    }
}

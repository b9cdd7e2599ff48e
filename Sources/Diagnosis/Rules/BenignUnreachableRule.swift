package import Flows
import Site
import Wire

/// Ping gets an ICMP error from a VIP that works.
///
/// *Means*: nothing. A load balancer's VIP is often on no interface, so its node serves the listed ports and has no answer for ping.
/// *Proven by*: an ICMP error that quotes an echo request to the VIP, from the MAC that answers ARP for it, while TCP completes handshakes.
/// *Looks the same*: a router that found no neighbour; an error that quotes a SYN or a datagram to a service port.
package struct BenignUnreachableRule: Rule {
    package static let label = Label.icmpUnreachableBenign
    package static let kinds: FlowEvent.Kinds = [.icmpError, .claim, .tcp, .echo]

    package static let explanation = Explanation(
        severity: .info,
        title: "Ping is no test for this VIP",
        meaning: """
            The node that announces the VIP answers ping with an ICMP error, because the VIP is on none of its interfaces or ping is filtered. The \
            services behind the VIP work. Test it with curl, not with ping.
            """,
        proof: """
            An ICMP error (3/1, 3/3, 3/9, 3/10, 3/13 or a redirect) that quotes an echo request to the VIP, sent from the MAC that answers \
            ARP or Neighbor Discovery for the VIP, and a TCP handshake that a service port of the VIP completed. Without a handshake seen \
            the finding is likely.
            """,
        lookAlikes: [
            "The error comes from a router, not from the announcer: then nobody answers for the VIP, and that is the trouble.",
            "The error quotes a TCP SYN or a datagram to a service port: that service is rejected.",
        ],
        remedy: ["curl -vk https://{vip}/   # or the port that you serve: this is the test that counts"])

    /// The first error of each kind for each VIP: a redirect and an unreachable together are one finding.
    private var errors: [IPAddress: [ICMPError]] = [:]

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        switch event {
        case .icmpError(let error): consider(error, known, &book)
        case .claim(let claim) where claim.means.isAnswer && errors[claim.address] != nil:
            // The error may come before the announcer is known.
            restate(claim.address, at: claim.frame.time, known, &book)
        case .tcp(let connection, let change):
            let vip = connection.responder.address
            guard errors[vip] != nil, known.isService(connection.responder.port, of: vip) else { return }
            if change == .established {
                restate(vip, at: connection.time, known, &book)
            } else if known.vips[vip]?.works.isEmpty ?? true, known.vips[vip]?.fails.isEmpty == false {
                book.resolve(
                    Self.label, Finding.Subject(vip: vip), at: connection.time,
                    because: Evidence(connection.last, "TCP \(connection.responder.port) fails too, so ping's failure is one of many"))
            }
        case .echo(let exchange):
            guard errors[exchange.destination] != nil, let reply = exchange.reply else { return }
            errors[exchange.destination] = nil
            book.resolve(
                Self.label, Finding.Subject(vip: exchange.destination), at: exchange.time,
                because: Evidence(reply, "echo reply: ping is answered"))
        default: return
        }
    }

    /// States it again where that may say more than before.
    private func restate(_ vip: IPAddress, at time: Timestamp, _ known: Knowledge, _ book: inout FindingBook) {
        guard book.openFinding(Self.label, Finding.Subject(vip: vip))?.confidence != .proven else { return }
        state(vip, at: time, known, &book)
    }

    private mutating func consider(_ error: ICMPError, _ known: Knowledge, _ book: inout FindingBook) {
        let vip = error.quoted.destination
        guard known.isVIP(vip), isBenign(error), error.sourceMAC != nil else { return }
        let kinds = errors[vip, default: []]
        if kinds.contains(where: { $0.message.type == error.message.type && $0.message.code == error.message.code }) {
            book.countAgain(Self.label, Finding.Subject(vip: vip), at: error.frame.time)
            return
        }
        errors[vip] = kinds + [error]
        state(vip, at: error.frame.time, known, &book)
    }

    private func isBenign(_ error: ICMPError) -> Bool {
        guard error.quoted.isEchoRequest else { return false }
        return switch error.message.meaning {
        case .redirect, .hostUnreachable, .portUnreachable, .prohibited: true
        case .networkUnreachable, .protocolUnreachable, .otherUnreachable, .tooBig, .timeExceeded, .other: false
        }
    }

    /// The announcer speaks from the VIP or with its own address, where the site file gives that.
    private func sourceFits(_ error: ICMPError, _ answer: Claim, _ known: Knowledge) -> Bool {
        let own = known.site.node(answer.station.mac)?.address
        return own == nil || own == error.source || known.isVIP(error.source)
    }

    private func state(_ vip: IPAddress, at time: Timestamp, _ known: Knowledge, _ book: inout FindingBook) {
        guard let record = known.vips[vip] else { return }
        // A router's errors say something else: only those of a station that answers ARP for the VIP count.
        let errors = (errors[vip] ?? []).filter { error in
            error.sourceMAC.flatMap { record.answers[$0] }.map { sourceFits(error, $0, known) } ?? false
        }
        guard let error = errors.first, let mac = error.sourceMAC, let answer = record.answers[mac] else { return }
        let works = record.works.min { $0.key < $1.key }?.value
        // Connections that fail too make ping's failure one symptom of many.
        if works == nil, !record.fails.isEmpty { return }
        var evidence = errors.map { Evidence($0.frame, "\($0.message.name), quotes the ping of \($0.quoted.source)") }
        evidence.append(Evidence(answer.frame, "\(answer.means.words): \(vip) is at \(mac)"))
        let answers = errors.map { error in
            error.message.name + (error.quoted.icmpSequence.map { " (icmp_seq \($0))" } ?? "")
        }
        var summary =
            "Ping is no test for \(known.name(vip)): its announcer \(known.name(error.source)) answers the ping of "
            + "\(error.quoted.source) with \(Text.list(answers))"
        if let works {
            let (phrase, proof) = Knowledge.works(works)
            evidence.append(proof)
            summary += ", and \(phrase); use curl"
        } else {
            summary += "; no TCP connection was seen, so try curl"
        }
        var finding = Finding(
            Self.label, .info, Finding.Subject(vip: vip), works == nil ? .likely : .proven, at: time, summary: summary, evidence: evidence)
        finding.ruledOut = [
            Exclusion(
                "vip-no-announcer",
                because: "the error comes from the MAC that answers \(vip.resolution) for the VIP (frame \(answer.frame.number))"),
            Exclusion("tcp-icmp-rejected", because: "the error quotes an echo request, no SYN"),
        ]
        finding.remedy = Self.explanation.remedy(["vip": vip.description])
        book.state(finding, at: time, rewording: true)
    }
}

package import Flows
import Site
import Wire

/// A SYN to a service port is answered by an ICMP unreachable.
///
/// *Means*: something on the way refuses to carry the connection: a packet filter that rejects, or a node that has no service for the port.
/// *Proven by*: an ICMP unreachable (any code but 3/4) that quotes the SYN.
/// *Looks the same*: 3/4 is path-MTU discovery at work; an error that quotes an echo request says nothing about TCP.
package struct TCPRejectedRule: Rule {
    package static let label = Label.tcpICMPRejected
    package static let kinds: FlowEvent.Kinds = [.icmpError, .tcp]

    package static let explanation = Explanation(
        severity: .fault,
        title: "TCP to a service port is rejected by ICMP",
        meaning: """
            A client's SYN to a service port of the VIP is answered by an ICMP unreachable, so its connection fails at once. The code tells who \
            refuses: "port unreachable" and "administratively prohibited" come from a packet filter, "host unreachable" from a node or router that \
            found nobody to forward to.
            """,
        proof: "An ICMP destination unreachable, of any code but 3/4, that quotes a TCP SYN to a service port of the VIP.",
        lookAlikes: [
            "Fragmentation needed (3/4), which is path-MTU discovery at work.",
            "An error that quotes a ping: ping is no test for a VIP.",
            "A client of a network that the site file keeps apart from the VIP's: that is what was wanted.",
        ],
        remedy: [
            "kubectl get svc -A -o wide | grep {vip}   # does the service list this port?",
            "kubectl get endpointslices -A   # has it a ready backend?",
            "nft list ruleset | grep reject   # or iptables-save, on the station that sent the error",
        ])

    private var failing = FailingClients()

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        switch event {
        case .icmpError(let error): consider(error, known, &book)
        case .tcp(let connection, .established):
            let subject = Finding.Subject(vip: connection.responder.address, port: connection.responder.port)
            guard let frame = connection.synACK ?? connection.ack,
                failing.works(connection.originator.address, subject, at: connection.time, within: known.site.thresholds.backendWindow)
            else { return }
            book.resolve(
                Self.label, subject, at: connection.time,
                because: Evidence(frame, "TCP \(connection.responder.port) completes a handshake"))
        default: return
        }
    }

    private mutating func consider(_ error: ICMPError, _ known: Knowledge, _ book: inout FindingBook) {
        let vip = error.quoted.destination
        guard error.message.isUnreachable, error.quotesSYN, known.isVIP(vip),
            let port = error.quoted.destinationPort, known.isService(port, of: vip), !known.keepsApart(error.quoted.source, vip)
        else { return }
        let subject = Finding.Subject(vip: vip, port: port)
        failing.fails(error.quoted.source, subject, at: error.frame.time)
        if book.countAgain(Self.label, subject, at: error.frame.time) { return }
        let client = "\(error.quoted.source):\(error.quoted.sourcePort?.description ?? "?")"
        var summary =
            "TCP \(port) of \(known.name(vip)) is rejected: \(known.name(error.source)) answers the SYN of \(client) with \(error.message.name)"
        var evidence: [Evidence] = []
        if let syn = error.quotedFrame {
            evidence.append(Evidence(syn, "SYN of \(client) to \(vip):\(port)"))
            summary += " after \(Text.exactDuration(error.frame.time - syn.time))"
        }
        evidence.append(Evidence(error.frame, "\(error.message.name) from \(error.source), quotes that SYN"))
        var finding = Finding(Self.label, .fault, subject, .proven, at: error.frame.time, summary: summary, evidence: evidence)
        finding.ruledOut = [
            Exclusion("tcp-syn-blackhole", because: "frame \(error.frame.number) answers"),
            Exclusion("icmp-unreachable-benign", because: "the error quotes a SYN, no ping"),
        ]
        finding.remedy = Self.explanation.remedy(["vip": vip.description])
        book.state(finding, at: error.frame.time)
    }
}

package import Flows
import Site
import Wire

/// A service port refuses connections.
///
/// *Means*: packets reach the VIP's node, or a backend, and nobody listens there.
/// *Proven by*: a RST in answer to a SYN.
/// *Looks the same*: a RST after the handshake; one broken backend among several, where the same client's connections also work.
package struct PortClosedRule: Rule {
    package static let label = Label.tcpPortClosed
    package static let kinds: FlowEvent.Kinds = .tcp

    package static let explanation = Explanation(
        severity: .fault,
        title: "A service port refuses connections",
        meaning: """
            A client's SYN to a service port of the VIP is answered by RST: "connection refused". The address works and nobody listens on the port: \
            a gateway without that listener, a service without endpoints, or a backend that has not started.
            """,
        proof: """
            A SYN to a service port of the VIP that is answered by RST. Where the same client's connections to the port worked within the last minute, \
            three refusals in a row: one may be a broken backend among several.
            """,
        lookAlikes: [
            "A RST after the handshake: the port is open.",
            "One failing backend among several: the same client's connections succeed and fail by turns.",
            "A client of a network that the site file keeps apart from the VIP's: a packet filter may refuse with RST, too.",
        ],
        remedy: [
            "kubectl get svc -A -o wide | grep {vip}   # does the service list this port?",
            "kubectl get endpointslices -A   # has it a ready backend?",
            "kubectl get gateway -A -o yaml | grep -B2 -A6 'port:'   # with a gateway: is there a listener for it?",
        ])

    private var failing = FailingClients()
    /// Refusals of one client since its last success.
    private var refusals: [ClientPort: (count: Int, since: Timestamp)] = [:]
    private static let mostClients = 256

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .tcp(let connection, let change) = event, known.isVIP(connection.responder.address) else { return }
        let subject = Finding.Subject(vip: connection.responder.address, port: connection.responder.port)
        let client = connection.originator.address
        switch change {
        case .established:
            if !refusals.isEmpty { refusals[ClientPort(connection)] = nil }
            guard let frame = connection.synACK ?? connection.ack,
                failing.works(client, subject, at: connection.time, within: known.site.thresholds.backendWindow)
            else { return }
            book.resolve(
                Self.label, subject, at: connection.time, because: Evidence(frame, "TCP \(connection.responder.port) completes a handshake")
            )
        case .ended where connection.outcome == .refused: refused(connection, subject, known, &book)
        default: return
        }
    }

    private mutating func refused(
        _ connection: TCPConnection, _ subject: Finding.Subject, _ known: Knowledge, _ book: inout FindingBook
    ) {
        let (vip, port) = (connection.responder.address, connection.responder.port)
        guard known.isService(port, of: vip), !known.keepsApart(connection.originator.address, vip),
            book.openFinding(.backendInconsistent, ClientService(connection).subject) == nil,
            let reset = connection.end, let record = known.vips[vip]
        else { return }
        let key = ClientPort(connection)
        let count = (refusals[key]?.count ?? 0) + 1
        if refusals[key] != nil || refusals.count < Self.mostClients { refusals[key] = (count, connection.first.time) }
        let window = known.site.thresholds.backendWindow
        let success = record.lastSuccess(key)
        if let success, connection.first.time - success.time <= window, count < known.site.thresholds.refusals { return }
        failing.fails(connection.originator.address, subject, at: connection.time)
        if book.countAgain(Self.label, subject, at: connection.time) { return }
        let client = "\(connection.originator.address):\(connection.originator.port)"
        var evidence: [Evidence] = []
        var summary = "TCP \(port) of \(known.name(vip)) is closed: the SYN of \(client) is answered by RST"
        if let syn = connection.syns.last {
            evidence.append(Evidence(syn, "SYN of \(client) to \(vip):\(port)"))
            summary += " after \(Text.exactDuration(reset.time - syn.time))"
        }
        if let mac = connection.responderMAC { summary += ", from \(known.name(Station(mac: mac)))" }
        if count > 1 { summary += ", the \(count). refusal in a row" }
        evidence.append(Evidence(reset, "RST from \(vip):\(port)"))
        if let other = record.works(port, forOthersThan: connection.originator.address, since: connection.first.time - window) {
            summary += "; it works for \(other.originator.address)"
            evidence.append(Evidence(other.synACK ?? other.ack ?? other.last, "handshake of \(other.originator.address)"))
        }
        var finding = Finding(Self.label, .fault, subject, .proven, at: connection.time, summary: summary, evidence: evidence)
        finding.ruledOut = [
            Exclusion("tcp-syn-blackhole", because: "frame \(reset.number) answers"),
            Exclusion("tcp-icmp-rejected", because: "the answer is TCP's own"),
        ]
        finding.remedy = Self.explanation.remedy(["vip": vip.description])
        book.state(finding, at: connection.time)
    }
}

package import Flows
import Site
import Wire

/// Nobody answers ARP for a VIP.
///
/// *Means*: no node holds the address on this segment, so nothing behind it can be reached, whatever the cluster's own checks say.
/// *Proven by*: a run of requests that got no reply from anybody, where silence means something (`UnansweredRequest.Basis`).
/// *Looks the same*: the announcer itself asks for a VIP that it carries on no interface, whenever it forwards a ping; RFC 5227 probes;
/// a VIP outside the client's prefix.
/// *What to do*: the remedy below.
package struct NoAnnouncerRule: Rule {
    package static let label = Label.vipNoAnnouncer
    package static let kinds: FlowEvent.Kinds = [.unanswered, .claim, .tcp]

    package static let explanation = Explanation(
        severity: .fault,
        title: "Nobody on the LAN answers for the VIP",
        meaning: """
            Hosts on the LAN ask who has the VIP, by ARP or, for an IPv6 address, by Neighbor Discovery, and no host says that it does. No \
            packet can be sent to the VIP, so every name and service on it fails with "no route to host" or a time-out, while pods, \
            services and gateways inside the cluster look well.
            """,
        proof: """
            ARP requests or neighbour solicitations for the VIP and no reply from anybody. Silence counts where unicast of the asker is \
            visible to this sensor, where the asker repeats its request 0.9 to 1.3 s apart, three in a row, or where it is a router that \
            then tells others that the host is unreachable. A gratuitous ARP or an unsolicited neighbour advertisement alone is no answer: \
            announced is not resolvable.
            """,
        lookAlikes: [
            "The announcer's own question: a node that carries the VIP on no interface asks for it when it forwards a ping. Requests of nodes, of "
                + "stations that claimed the VIP and of MACs that sent from it never count; without a site file a lone asker counts only if it "
                + "is a router or resolver.",
            "Address probes (RFC 5227, sender 0.0.0.0; RFC 4862, source ::), which hope for silence.",
            "A VIP outside the LAN's prefix, which must be reached through a router.",
        ],
        remedy: [
            "kubectl get ciliuml2announcementpolicy -A   # is there a policy that matches this service and these interfaces?",
            "kubectl -n kube-system get lease | grep l2announce   # who holds the lease, and is it being renewed?",
            "kubectl get l2advertisements,ipaddresspools -A   # with MetalLB",
            "kubectl get svc -A | grep {vip}   # does a service have this address at all?",
        ])

    /// Runs told so far, the last of each asker: without a site file one asker proves nothing, two do.
    private var runs: [IPAddress: [MACAddress: UnansweredRequest]] = [:]

    /// More askers than this add nothing.
    private static let mostAskers = 8

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        switch event {
        case .unanswered(let run) where known.isVIP(run.address): consider(run, known, &book)
        case .claim(let claim) where known.isVIP(claim.address): consider(claim, known, &book)
        case .tcp(let connection, .established) where known.isVIP(connection.responder.address):
            guard let frame = connection.synACK ?? connection.ack else { return }
            resolve(
                connection.responder.address, at: event.time, Evidence(frame, "TCP \(connection.responder.port) completes a handshake"),
                &book)
        default: return
        }
    }

    /// An answer in the same VLAN ends it; so does the asker's own claim, for then it asked itself.
    private mutating func consider(_ claim: Claim, _ known: Knowledge, _ book: inout FindingBook) {
        guard var runs = runs[claim.address], runs.values.contains(where: { $0.vlan == claim.vlan }) else { return }
        if claim.means.isAnswer {
            runs = [:]
        } else {
            runs[claim.station.mac] = nil
        }
        self.runs[claim.address] = runs
        guard runs.isEmpty else { return }
        resolve(claim.address, at: claim.frame.time, Evidence(claim.frame, "\(claim.means.words) by \(known.name(claim.station))"), &book)
    }

    private func resolve(
        _ vip: IPAddress, at time: Timestamp, _ evidence: @autoclosure () -> Evidence, _ book: inout FindingBook
    ) {
        book.resolve(Self.label, Finding.Subject(vip: vip), at: time, because: evidence())
    }

    private mutating func consider(_ run: UnansweredRequest, _ known: Knowledge, _ book: inout FindingBook) {
        guard mayCount(run, known), (runs[run.address]?.count ?? 0) < Self.mostAskers || runs[run.address]?[run.asker.station.mac] != nil
        else { return }
        runs[run.address, default: [:]][run.asker.station.mac] = run
        let witnesses = witnesses(of: run, known)
        guard !witnesses.isEmpty else { return }
        book.state(finding(run, witnesses, known), at: run.time)
    }

    /// The sender must be one whose question hopes for somebody else's answer, and nobody else may have got one meanwhile.
    private func mayCount(_ run: UnansweredRequest, _ known: Knowledge) -> Bool {
        let asker = run.asker
        if known.site.node(asker.station.mac) != nil || asker.station.address.flatMap(known.site.node) != nil { return false }
        if asker.claimedIt || asker.sentFromIt { return false }
        // Without a list of nodes, whoever is sent the VIP's packets may be its announcer.
        if asker.receivesIt, known.site.nodes.isEmpty { return false }
        if !known.site.networks.lan.isEmpty, !known.site.networks.lan.contains(where: { $0.contains(run.address) }) { return false }
        guard let first = run.requests.first else { return false }
        return !(known.vips[run.address]?.answers.values.contains { $0.frame >= first && $0.vlan == run.vlan } ?? false)
    }

    /// The runs that together prove the silence: one, where the asker cannot be the announcer; else those of two askers.
    private func witnesses(of run: UnansweredRequest, _ known: Knowledge) -> [UnansweredRequest] {
        let claimedByOther = known.vips[run.address]?.lastClaim.map { $0.station.mac != run.asker.station.mac } ?? false
        if !known.site.nodes.isEmpty || claimedByOther || run.asker.forwards || run.asker.resolves || run.gaveUp != nil {
            return [run]
        }
        let others = (runs[run.address] ?? [:]).values.filter { $0.asker.station.mac != run.asker.station.mac && $0.vlan == run.vlan }
        guard
            let other = others.min(by: {
                $0.time != $1.time ? $0.time < $1.time : $0.asker.station.mac.rawValue < $1.asker.station.mac.rawValue
            })
        else { return [] }
        return [other, run]
    }

    private func finding(_ run: UnansweredRequest, _ witnesses: [UnansweredRequest], _ known: Knowledge) -> Finding {
        var evidence: [Evidence] = []
        var clauses: [String] = []
        for witness in witnesses {
            let asker = known.asker(witness.asker.station)
            for (index, frame) in witness.requests.enumerated() {
                evidence.append(
                    Evidence(frame, "who has \(run.address), asks \(asker): request \(index + 1) of \(witness.requests.count) in a row"))
            }
            var clause = "\(asker) asked \(Text.times(witness.requests.count))\(Self.span(witness))"
            if let gaveUp = witness.gaveUp {
                evidence.append(Evidence(gaveUp, "host unreachable, says \(asker) itself"))
                clause += " and gave up"
                if let last = witness.requests.last { clause += " \(Text.duration(gaveUp.time - last.time)) later (host unreachable)" }
            }
            clauses.append(clause)
        }
        var summary = "Nobody answers \(run.address.resolution) for \(known.name(run.address)): \(Text.list(clauses)) without an answer"
        let claim = known.vips[run.address]?.lastClaim ?? run.announced
        if let claim {
            evidence.append(Evidence(claim.frame, "\(known.name(claim.station)) claimed it (\(claim.means.words))"))
            summary +=
                "; \(known.name(claim.station)) claimed it \(Self.before(run, claim))(\(claim.means.words)), but announced is not resolvable"
        }
        if witnesses.contains(where: \.isCut) { summary += "; the capture ends before the time for an answer was over" }
        let proven = witnesses.allSatisfy { !$0.isCut && ($0.basis != .visible || $0.requests.count > 1) }
        var finding = Finding(
            Self.label, .fault, Finding.Subject(vip: run.address), proven ? .proven : .likely, at: run.time, summary: summary,
            evidence: evidence)
        finding.arguesFromAbsence = true
        finding.ruledOut = exclusions(run, known)
        finding.remedy = Self.explanation.remedy(["vip": run.address.description])
        return finding
    }

    private static func span(_ run: UnansweredRequest) -> String {
        guard run.requests.count > 1, let first = run.requests.first, let last = run.requests.last else { return "" }
        return " in \(Text.duration(last.time - first.time))"
    }

    private static func before(_ run: UnansweredRequest, _ claim: Claim) -> String {
        guard let first = run.requests.first, claim.frame < first else { return "" }
        return "\(Text.duration(first.time - claim.frame.time)) before "
    }

    private func exclusions(_ run: UnansweredRequest, _ known: Knowledge) -> [Exclusion] {
        var exclusions = [
            Exclusion(
                "icmp-unreachable-benign",
                because: "the asker is no node and neither claimed the VIP nor sent from it, so this is not the announcer's own question")
        ]
        if let lan = known.site.networks.lan.first(where: { $0.contains(run.address) }) {
            exclusions.append(Exclusion("client-wrong-prefix", because: "the VIP is inside \(lan)"))
        }
        return exclusions
    }
}

extension Claim.Means {
    package var words: String {
        switch self {
        case .reply: "ARP reply"
        case .request: "as the sender of a request"
        case .gratuitousRequest: "gratuitous ARP request"
        case .gratuitousReply: "gratuitous ARP reply"
        case .vrrp: "VRRP advertisement"
        case .neighborAdvertisement: "neighbour advertisement"
        case .unsolicitedAdvertisement: "unsolicited neighbour advertisement"
        case .neighborSolicitation: "as the source of a neighbour solicitation"
        }
    }
}

extension IPAddress {
    /// How its hardware address is found.
    package var resolution: String {
        switch self {
        case .v4: "ARP"
        case .v6: "neighbour discovery"
        }
    }
}

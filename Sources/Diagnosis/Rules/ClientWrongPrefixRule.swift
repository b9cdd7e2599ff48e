package import Flows
import Site
import Wire

/// A client looks beside itself for what lies behind the router.
///
/// *Means*: its prefix length is wrong, so that it takes addresses of other networks for its own and asks for them by ARP.
/// *Proven by*: a run of unanswered requests, by a station of the LAN, for an address that no prefix of the LAN holds.
/// *Looks the same*: a router's own question; an address that some station of the LAN has announced; link-local addresses.
package struct ClientWrongPrefixRule: Rule {
    package static let label = Label.clientWrongPrefix
    package static let kinds: FlowEvent.Kinds = [.unanswered, .claim, .tcp]
    package static let considersOthers = true

    package static let explanation = Explanation(
        severity: .fault,
        title: "A client asks the LAN for an address of another network",
        meaning: """
            A host asks by ARP for an address that is outside the LAN's prefix, so it never sends the packet to its router. Its network mask is too \
            wide (/16 in place of /24, say), most often set by hand. Everything beyond the router that falls into that mask is out of its reach.
            """,
        proof: """
            ARP requests without an answer, repeated as a kernel repeats them, from an address inside the LAN's prefix for one outside all of them, \
            as the site file lists them.
            """,
        lookAlikes: [
            "A router that has the other network on this segment, too, and asks for its hosts.",
            "An address outside the prefixes that some station of the LAN claims: then it is on the segment, and nobody may announce it now.",
            "Link-local addresses (169.254/16), which every host looks for beside itself.",
        ],
        remedy: [
            "ip -br addr; ip route get {address}   # on the client: which prefix length, and is there a gateway in the answer?",
            "tcpdump -ni eth0 port 67 or port 68   # which mask (option 1) does DHCP hand out?",
        ])

    /// Addresses that stations of the LAN claimed.
    private var claimed = Recent<IPAddress, Bool>(limit: 64)

    /// More clients than this have their prefix from one place.
    static let mostClients = 64

    private var clients = FirstFew<Finding.Subject>(limit: mostClients)

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        switch event {
        case .claim(let claim): claimed[claim.address] = true
        case .tcp(let connection, .established):
            guard let frame = connection.synACK ?? connection.ack else { return }
            let server = connection.responder.address
            book.resolve(
                Self.label, subject(server, connection.originator.address, known), at: connection.time,
                because: Evidence(frame, "\(connection.originator.address) reaches \(server)"))
        case .unanswered(let run): consider(run, known, &book)
        default: return
        }
    }

    private func subject(_ address: IPAddress, _ client: IPAddress, _ known: Knowledge) -> Finding.Subject {
        Finding.Subject(vip: known.isVIP(address) ? address : nil, client: client)
    }

    private mutating func consider(_ run: UnansweredRequest, _ known: Knowledge, _ book: inout FindingBook) {
        let lan = known.site.networks.lan
        guard let client = run.asker.station.address, let own = lan.first(where: { $0.contains(client) }),
            !lan.contains(where: { $0.contains(run.address) }), !run.isCut, claimed[run.address] == nil, !run.asker.forwards,
            known.site.node(run.asker.station.mac) == nil, known.site.node(client) == nil, let first = run.requests.first,
            let last = run.requests.last, clients.admits(subject(run.address, client, known))
        else { return }
        let asker = known.asker(run.asker.station)
        var finding = Finding(
            Self.label, .fault, subject(run.address, client, known), .proven, at: run.time,
            summary:
                "\(asker) asks the LAN for \(known.name(run.address)), which is outside \(own): \(run.requests.count) requests in "
                + "\(Text.duration(last.time - first.time)) get no answer; its prefix length is wrong",
            evidence: run.requests.map { Evidence($0, "who has \(run.address), asks \(asker)") })
        finding.arguesFromAbsence = true
        finding.ruledOut = [
            Exclusion("vip-no-announcer", because: "\(run.address) is outside every prefix of the LAN, and no station of it claimed it"),
            Exclusion("router-asks", because: "\(asker) was not seen to forward others' packets, and is no node"),
        ]
        finding.remedy = Self.explanation.remedy(["address": run.address.description])
        book.state(finding, at: run.time)
    }
}

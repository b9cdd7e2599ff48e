package import Flows
import Site
import Wire

/// The resolver does not know where the zone's authority is.
///
/// *Means*: its conditional forwarding for the zone is missing, so that names of the zone are asked for outside, where nobody knows them or
/// where they have other addresses.
/// *Proven by*: its question for a zone's name went to a public server and none to the authority; or it answers with public addresses, or with
/// the denial of a public zone. "Never asked" is claimed only where its questions to others are visible.
/// *Looks the same*: the authority is asked and fails; a client that asks a public resolver itself; a local override that answers one type alone.
package struct ForwardingMissingRule: Rule {
    package static let label = Label.dnsForwardingMissing
    package static let kinds: FlowEvent.Kinds = .dns

    package static let explanation = Explanation(
        severity: .fault,
        title: "The resolver asks outside for names of the zone",
        meaning: """
            The LAN's resolver sends questions about the zone to a public server and not to the authority inside. Names that exist inside only are \
            denied, and others get their public addresses, so that clients go out and in again, or nowhere. Its conditional forwarding for the zone \
            is missing or was overwritten.
            """,
        proof: """
            The resolver's own question for a name of the zone goes to a public server and none to the authority (proven where the client's \
            question and the resolver's answer are seen, too); or the resolver answers a name of the zone with public addresses or a public zone's \
            SOA record (likely, where its questions to others are not visible).
            """,
        lookAlikes: [
            "The authority is asked and fails: that is the fault.",
            "The authority is asked and gives the public address itself, and the resolver repeats it from its cache.",
            "A client that asks a public resolver itself: what it is told says nothing about the LAN's resolver.",
            "A local override: the resolver has the A record itself, and asks outside for the other types alone.",
        ],
        remedy: [
            "dig @{resolver} {name}; dig @{authority} {name} +norecurse   # compare the two",
            "grep -rn 'server=/\\|rev-server' /etc/dnsmasq.d /etc/pihole   # dnsmasq, Pi-hole: server=/{zone}/{authority}",
            "unbound-control list_forwards; unbound-control list_stubs   # Unbound: a stub zone or forward zone for {zone}",
        ])

    static let mostNames = 256
    /// Names that a resolver has itself.
    private var overrides = Recent<DNSName, IPAddress>(limit: mostNames)
    /// When each resolver asked the authority last: then an answer from its cache may be the authority's.
    private var forwarded = Recent<IPAddress, Timestamp>(limit: 16)

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .dns(let transaction) = event, let zone = transaction.zone, known.site.dns.zones.contains(zone),
            let authority = known.site.dns.authority
        else { return }
        let subject = Finding.Subject(name: zone.description)
        if transaction.role == .authority { forwarded[transaction.client.address] = transaction.time }
        if transaction.role == .authority, transaction.clientResolves, let frame = transaction.response {
            book.resolve(
                Self.label, subject, at: transaction.time,
                because: Evidence(frame, "the authority \(transaction.server.address) answers \(transaction.client.address)"))
            return
        }
        let name = transaction.name
        guard transaction.type == .a || transaction.type == .aaaa, name != zone, !name.isProbe,
            !transaction.upstream.contains(where: { $0.role == .authority })
        else { return }
        switch transaction.role {
        case .resolver where isResolver(transaction.server.address, known):
            let addresses = transaction.isPositive ? transaction.addresses : []
            if addresses.contains(where: { !$0.isGlobal }) { overrides[name] = transaction.server.address }
            guard overrides[name] != transaction.server.address, let response = transaction.response else { return }
            let outside = transaction.upstream.first { $0.role == .public }
            let isPublicAnswer = !addresses.isEmpty || isPublicDenial(transaction, zone)
            let mayBeTheAuthoritys =
                forwarded[transaction.server.address].map { transaction.time - $0 <= known.site.thresholds.zoneMemory } ?? false
            guard outside != nil || isPublicAnswer && !mayBeTheAuthoritys else { return }
            state(
                Case(
                    resolver: transaction.server.address, authority: authority, transaction: transaction, outside: outside,
                    response: response,
                    says: isPublicAnswer ? says(transaction, addresses) : nil), subject, known, &book)
        case .public where transaction.clientResolves && isResolver(transaction.client.address, known):
            // The way to the resolver's clients, and to the authority, may be out of sight.
            guard overrides[name] != transaction.client.address, let query = transaction.query else { return }
            let outside = UpstreamQuestion(server: transaction.server.address, role: .public, query: query)
            state(
                Case(
                    resolver: transaction.client.address, authority: authority, transaction: transaction, outside: outside, response: nil,
                    says: nil), subject, known, &book)
        default: return
        }
    }

    /// Those of the site file, where it lists any: others may be a cluster's own.
    private func isResolver(_ address: IPAddress, _ known: Knowledge) -> Bool {
        known.site.dns.resolvers.isEmpty || known.site.dns.resolvers.contains(address)
    }

    /// Denied by a zone above, or by one of this name whose primary server is outside it.
    private func isPublicDenial(_ transaction: DNSTransaction, _ zone: DNSName) -> Bool {
        guard transaction.isDenial, let (owner, primary) = transaction.denier else { return false }
        return zone != owner && zone.isWithin(owner) || owner == zone && !primary.isWithin(zone) && !primary.isInternalOnly
    }

    private func says(_ transaction: DNSTransaction, _ addresses: [IPAddress]) -> String {
        if let address = addresses.first { return "answers \(transaction.question) with the public address \(address)" }
        return "denies \(transaction.question) in the words of \(transaction.denier?.primary.description ?? "a public server")"
    }

    private struct Case {
        var resolver: IPAddress
        var authority: IPAddress
        var transaction: DNSTransaction
        var outside: UpstreamQuestion?
        var response: FrameReference?
        var says: String?
    }

    private func state(_ example: Case, _ subject: Finding.Subject, _ known: Knowledge, _ book: inout FindingBook) {
        let isProven = example.outside != nil && example.response != nil
        if let open = book.openFinding(Self.label, subject), open.confidence == .proven || !isProven {
            book.countAgain(Self.label, subject, at: example.transaction.time)
            return
        }
        var evidence: [Evidence] = []
        var clauses: [String] = []
        if let outside = example.outside {
            evidence.append(Evidence(outside.query, "\(example.resolver) asks \(outside.server): \(example.transaction.question)"))
            clauses.append("asks the public server \(outside.server) for \(example.transaction.question)")
            if isProven { clauses[0] += " and not the authority \(known.name(example.authority))" }
        }
        if let says = example.says, let response = example.response {
            evidence.append(Evidence(response, "\(example.resolver) \(says)"))
            clauses.append(says)
        } else if isProven, let response = example.response {
            let time = example.transaction.query.map { " \(Text.duration(response.time - $0.time)) after its question" } ?? ""
            evidence.append(Evidence(response, "\(example.resolver) answers its client"))
            clauses.append("tells its client \(example.transaction.responseCode?.name ?? "nothing")\(time)")
        }
        let zone = subject.name ?? ""
        var finding = Finding(
            Self.label, .fault, subject, isProven ? .proven : .likely, at: example.transaction.time,
            summary: "\(known.name(example.resolver)) does not ask the authority for \(zone): it \(Text.list(clauses))", evidence: evidence)
        finding.arguesFromAbsence = example.outside != nil
        if isProven {
            finding.ruledOut = [
                Exclusion(
                    "dns-authority-timeout",
                    because: "the resolver did not ask the authority between its client's question and its own answer")
            ]
        }
        finding.remedy = Self.explanation.remedy([
            "resolver": example.resolver.description, "authority": example.authority.description, "zone": zone,
            "name": example.transaction.name.description,
        ])
        book.state(finding, at: example.transaction.time)
    }
}

package import Flows
import Site
import Wire

/// A public server knows what should be known inside only.
///
/// *Means*: an internal service is published: external-dns or a DNSEndpoint wrote its record to the public zone.
/// *Proven by*: a public server answers a name of the zone with a private address, or with a CNAME to a name that exists inside only.
/// *Looks the same*: the LAN's own resolver or authority; a router that answers in a public server's name; 100.64/10, which overlays use on purpose.
package struct SplitHorizonLeakRule: Rule {
    package static let label = Label.dnsSplitHorizonLeak
    package static let kinds: FlowEvent.Kinds = .dns

    package static let explanation = Explanation(
        severity: .warning,
        title: "A public server answers with a private address",
        meaning: """
            The public DNS knows an internal name: whoever asks learns the inside's addresses and names, and clients outside try to reach an address \
            that is none of theirs. Most often external-dns watches the internal gateway, too, or a DNSEndpoint lists it.
            """,
        proof: """
            A public server's answer for a name of the zone holds a private address (RFC 1918, RFC 4193), or a CNAME to a name under local, lan, \
            internal or home.arpa. The answer took as long as the Internet takes; a quicker one, whose TTL shows that a router passed it on, makes it \
            likely.
            """,
        lookAlikes: [
            "The LAN's own resolver or the authority gives that answer: that is what they are for.",
            "A router that answers every question itself, in the public server's name: it does so within 3 ms, and its TTL is not lowered.",
            "A router that redirects every question to the LAN's resolver: the same question and answer pass there in between.",
            "Addresses of 100.64/10, which overlays such as Tailscale publish on purpose.",
        ],
        remedy: [
            "dig @1.1.1.1 {name}   # from outside the LAN, too: is it there?",
            "kubectl -n external-dns get deploy -o yaml | grep -A12 args   # which sources and gateways does it watch?",
            "kubectl get dnsendpoint -A   # does one of them list it?",
        ])

    /// More names than this are one reason.
    static let mostNames = 64

    private var names = FirstFew<DNSName>(limit: mostNames)
    /// When a server of the LAN was last asked for a name, and answered.
    private var inside = Recent<DNSName, (query: FrameReference, response: FrameReference)>(limit: mostNames)

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .dns(let transaction) = event, transaction.zone != nil, transaction.isPositive, let response = transaction.response,
            let query = transaction.query
        else { return }
        guard transaction.role == .public, isOutside(transaction, known) else {
            inside[transaction.name] = (query, response)
            return
        }
        let isSlow = response.time - query.time >= known.site.thresholds.outsideAnswer
        let hops = transaction.responseTTL.map(Self.hops) ?? 0
        guard isSlow || (hops > 0 && !isRedirected(transaction.name, query, response)) else { return }
        let subject = Finding.Subject(name: transaction.name.lowercased)
        let says: String
        if let address = transaction.addresses.first(where: isInside) {
            says = "the private address \(known.name(address))"
        } else if let target = transaction.canonicalName, target.isInternalOnly {
            says = "the name \(target), which exists inside only"
        } else {
            book.resolve(
                Self.label, subject, at: transaction.time,
                because: Evidence(response, "\(transaction.server.address) answers \(transaction.question) with nothing private"))
            return
        }
        guard names.admits(transaction.name) else { return }
        let server = transaction.server.address
        var finding = Finding(
            Self.label, .warning, subject, isSlow ? .proven : .likely, at: transaction.time,
            summary: "The public server \(server) answers \(transaction.question) with \(says): an internal service is published"
                + (isSlow ? "" : ", unless a router redirects the question (the answer took \(Text.duration(response.time - query.time)))"),
            evidence: [Evidence(response, "\(server): \(transaction.question): \(says)")])
        finding.ruledOut = [
            Exclusion(
                "intercepted-query",
                because: isSlow
                    ? "the answer took \(Text.duration(response.time - query.time)), which is no router's own"
                    : "its TTL shows \(hops == 1 ? "one router" : "\(hops) routers") on its way")
        ]
        finding.remedy = Self.explanation.remedy(["name": transaction.name.description])
        book.state(finding, at: transaction.time)
    }

    /// Routers on a packet's way: hosts begin with 64, 128 or 255.
    private static func hops(_ timeToLive: UInt8) -> UInt8 { (timeToLive <= 64 ? 64 : timeToLive <= 128 ? 128 : 255) - timeToLive }

    /// A server of the LAN answered the same question while the client waited.
    private func isRedirected(_ name: DNSName, _ query: FrameReference, _ response: FrameReference) -> Bool {
        inside[name].map { $0.query >= query && $0.response <= response } ?? false
    }

    /// A server of the LAN may have a public address, too: IPv6 has no others that last.
    private func isOutside(_ transaction: DNSTransaction, _ known: Knowledge) -> Bool {
        let server = transaction.server.address
        if known.site.dns.public.contains(server) { return true }
        if known.site.networks.lan.contains(where: { $0.contains(server) }) { return false }
        if case .v6(let one) = server, case .v6(let other) = transaction.client.address, one.high == other.high { return false }
        return server.isGlobal
    }

    private func isInside(_ address: IPAddress) -> Bool {
        switch address {
        case .v4(let v4): v4.isPrivate && v4.rawValue >> 22 != 0x191
        case .v6(let v6): v6.isPrivate && !v6.isLinkLocal
        }
    }
}

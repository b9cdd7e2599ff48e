package import Flows
import Site
import Wire

/// A client is redirected in a circle.
///
/// *Means*: gateway and application disagree about the scheme or the path, and each sends the client back.
/// *Proven by*: three redirects of one client to the same URL within 10 s, and the client follows.
/// *Looks the same*: 80 to 443, once for each visit; a health check that asks again and again and does not follow.
package struct HTTPRedirectRule: Rule {
    package static let label = Label.httpRedirectLoop
    package static let kinds: FlowEvent.Kinds = [.http, .tls]

    package static let explanation = Explanation(
        severity: .warning,
        title: "A client is redirected in a circle",
        meaning: """
            Redirects lead back to where they began, until the client gives up: ERR_TOO_MANY_REDIRECTS. Mostly TLS ends at the gateway, and the \
            application, which sees plain HTTP, redirects to https; or a path is rewritten on the way in and redirected on the way out.
            """,
        proof: """
            Three redirects or more of one client to the same URL within 10 s, where the client asks for that URL in plaintext, or goes to the VIP \
            by TLS in between.
            """,
        lookAlikes: [
            "A redirect from port 80 to 443, once for each visit.",
            "A health check that asks again and again, and does not follow.",
        ],
        remedy: [
            "curl -sIL --max-redirs 5 http://{name}/ | grep -iE '^(HTTP|location)'   # who sends whom where?",
            "kubectl get httproute -A -o yaml | grep -B4 -A6 RequestRedirect   # a redirect filter on the https listener, too?",
            "kubectl logs -A -l app.kubernetes.io/name=envoy --tail=50   # x-forwarded-proto as the application sees it",
        ])

    private struct Redirect: Sendable {
        var from: String
        var to: String
        var frame: FrameReference
    }

    private struct Client: Sendable {
        var redirects: [Redirect] = []
        /// The last ClientHello to the VIP.
        var hello: FrameReference?
    }

    private struct Pair: Hashable {
        var client: IPAddress
        var server: IPAddress
    }

    private var clients: [Pair: Client] = [:]
    private var order: [Pair] = []
    private var limit = FirstFew<Finding.Subject>()
    /// Clients are forgotten, the oldest first, and of each the last redirects are kept.
    static let mostClients = 128
    static let mostRedirects = 16

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        switch event {
        case .tls(let handshake, .hello):
            let pair = Pair(client: handshake.client.address, server: handshake.server.address)
            if clients[pair] != nil { clients[pair]?.hello = handshake.frames.clientHello }
        case .http(let exchange) where exchange.response != nil && exchange.concerns(known): consider(exchange, known, &book)
        default: return
        }
    }

    private mutating func consider(_ exchange: HTTPExchange, _ known: Knowledge, _ book: inout FindingBook) {
        guard let response = exchange.response else { return }
        var subject = exchange.subject
        subject.client = exchange.client.address
        guard let to = exchange.redirection else {
            if response.status < 300 {
                book.resolve(
                    Self.label, subject, at: exchange.time, because: Evidence(response.frame, "\(exchange.request.target) is answered"))
            }
            return
        }
        let pair = Pair(client: exchange.client.address, server: exchange.server.address)
        makeRoom(for: pair)
        var client = clients[pair] ?? Client()
        let thresholds = known.site.thresholds
        client.redirects.removeAll { response.frame.time - $0.frame.time > thresholds.redirectWindow }
        if client.redirects.count == Self.mostRedirects { client.redirects.removeFirst() }
        client.redirects.append(Redirect(from: exchange.url, to: to, frame: response.frame))
        clients[pair] = client
        let same = client.redirects.filter { $0.to == to }
        guard same.count >= thresholds.redirects, let first = same.first else { return }
        if book.countAgain(Self.label, subject, at: exchange.time) { return }
        var evidence = same.prefix(thresholds.redirects).map { Evidence($0.frame, "redirect from \($0.from) to \(to)") }
        let isAsked = client.redirects.contains { $0.from == to }
        var how = "it asks for that URL itself"
        if !isAsked {
            guard let hello = client.hello, hello > first.frame, to.hasPrefix("https:") else { return }
            how = "it goes there by TLS \(Text.exactDuration(hello.time - first.frame.time)) after the first and comes back"
            evidence.append(Evidence(hello, "ClientHello of \(exchange.client.address)"))
        }
        guard limit.admits(subject) else { return }
        var finding = Finding(
            Self.label, .warning, subject, isAsked ? .proven : .likely, at: exchange.time,
            summary: "\(exchange.client.address) is redirected in a circle on TCP \(exchange.server.port) of "
                + "\(known.name(exchange.server.address)): \(Text.times(same.count)) to \(to) within "
                + "\(Text.exactDuration(response.frame.time - first.frame.time)), and \(how)",
            evidence: evidence)
        finding.ruledOut = [Exclusion("redirect-to-https", because: "the client follows, and is redirected again")]
        finding.remedy = Self.explanation.remedy(exchange.placeholders)
        book.state(finding, at: exchange.time)
    }

    private mutating func makeRoom(for pair: Pair) {
        guard clients[pair] == nil else { return }
        if order.count == Self.mostClients { clients[order.removeFirst()] = nil }
        order.append(pair)
    }
}

package import Flows
import Site
import Wire

/// No filter chain serves a server name.
///
/// *Means*: the gateway knows the names of its listeners, and this is none of them. Envoy then resets the connection without a word, which
/// looks like a dying backend and depends on the name alone.
/// *Proven by*: every connection with this name ends so, two at least, and another name works at the same port.
/// *Looks the same*: a closed port; a name that fails and works by turns.
package struct TLSNameRule: Rule {
    package static let label = Label.tlsSNINoMatch
    package static let kinds: FlowEvent.Kinds = .tls

    package static let explanation = Explanation(
        severity: .fault,
        title: "The gateway does not serve this server name",
        meaning: """
            Connections with this server name are reset or closed right after the ClientHello, without ServerHello and without a word, while \
            others at the same port work. The gateway has no listener for the name: the listener's hostname does not cover it, its certificate is \
            missing, or the URL holds an address, so that the client sends no name at all.
            """,
        proof: """
            Two connections or more whose ClientHello has this name (or none) and that the server ends by RST or FIN before a ServerHello, or with \
            the alert unrecognized_name (112); none with that name that works; and one with another name at the same port that does.
            """,
        lookAlikes: [
            "A closed port, which answers the SYN with RST.",
            "One failing backend among several: then the same name works, too.",
            "A reset after the ServerHello, or an alert that names another reason.",
        ],
        remedy: [
            "openssl s_client -connect {vip}:{port} -servername {name} </dev/null   # is there a certificate at all?",
            "kubectl get gateway -A -o yaml | grep -B2 -A8 hostname   # does a listener cover the name, and is it Programmed?",
            "kubectl get httproute,tlsroute -A | grep {name}   # is a route for it attached?",
            "kubectl get certificate -A   # is its certificate ready?",
        ])

    private struct Failure: Sendable {
        var hello: Evidence
        var end: Evidence
        var phrase: String
    }

    private struct Success: Sendable {
        var name: String?
        var hello: FrameReference
        var answer: FrameReference
    }

    private struct Listener: Sendable {
        /// The first failures of each name since it last worked; no name is a name, too.
        var failures: [String?: [Failure]] = [:]
        /// When a name worked last.
        var worked: [String?: Timestamp] = [:]
        /// Of the last two names that worked.
        var successes: [Success] = []
    }

    private var listeners: [Endpoint: Listener] = [:]
    private var limit = FirstFew<Finding.Subject>()
    static let mostListeners = 64
    static let mostNames = 64
    /// A name that worked so recently has its listener: what fails is something else. Gateways are configured anew in less.
    static let memory = Interval.seconds(600)

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .tls(let handshake, let change) = event, handshake.concerns(known), let hello = handshake.frames.clientHello,
            handshake.clientHello != nil, listeners[handshake.server] != nil || listeners.count < Self.mostListeners
        else { return }
        if change == .answered, let answer = handshake.frames.serverHello {
            works(handshake, hello, answer, &book)
        } else if change == .ended, let failure = Self.failure(handshake) {
            note(failure, handshake)
        } else {
            return
        }
        for name in Array(listeners[handshake.server, default: Listener()].failures.keys) {
            state(name, handshake.server, at: handshake.time, isNew: name == handshake.serverName?.description, known, &book)
        }
    }

    private static func failure(_ handshake: TLSHandshake) -> Failure? {
        guard let hello = handshake.helloEvidence.first else { return nil }
        if handshake.isDroppedAtHello, let end = handshake.frames.end {
            let phrase = "\(handshake.outcome == .reset ? "RST" : "FIN")\(handshake.after(end))"
            return Failure(hello: hello, end: Evidence(end, "\(phrase), and no ServerHello"), phrase: phrase)
        }
        guard let alert = handshake.fatalAlert, alert.value.description == .unrecognizedName, alert.side == .responder else { return nil }
        let phrase = "alert \(alert.value.words)\(handshake.after(alert.frame))"
        return Failure(hello: hello, end: Evidence(alert.frame, phrase), phrase: phrase)
    }

    private mutating func works(_ handshake: TLSHandshake, _ hello: FrameReference, _ answer: FrameReference, _ book: inout FindingBook) {
        let name = handshake.serverName?.description
        var listener = listeners[handshake.server] ?? Listener()
        listener.failures[name] = nil
        if listener.worked[name] != nil || listener.worked.count < Self.mostNames { listener.worked[name] = handshake.time }
        listener.successes.removeAll { $0.name == name }
        if listener.successes.count == 2 { listener.successes.removeFirst() }
        listener.successes.append(Success(name: name, hello: hello, answer: answer))
        listeners[handshake.server] = listener
        book.resolve(
            Self.label, handshake.subject, at: handshake.time, because: Evidence(answer, "a ServerHello \(handshake.purpose)"))
    }

    private mutating func note(_ failure: Failure, _ handshake: TLSHandshake) {
        let name = handshake.serverName?.description
        var listener = listeners[handshake.server] ?? Listener()
        if let worked = listener.worked[name], handshake.time - worked <= Self.memory { return }
        guard listener.failures[name] != nil || listener.failures.count < Self.mostNames else { return }
        listener.failures[name, default: []].append(failure)
        if listener.failures[name, default: []].count > 64 { listener.failures[name]?.removeLast() }
        listeners[handshake.server] = listener
    }

    private mutating func state(
        _ name: String?, _ server: Endpoint, at time: Timestamp, isNew: Bool, _ known: Knowledge, _ book: inout FindingBook
    ) {
        let subject = Finding.Subject(vip: server.address, port: server.port, name: name)
        guard let listener = listeners[server], let failures = listener.failures[name],
            failures.count >= known.site.thresholds.refusedNames, let success = listener.successes.last(where: { $0.name != name })
        else { return }
        if book.openFinding(Self.label, subject) != nil {
            if isNew { book.countAgain(Self.label, subject, at: time) }
            return
        }
        guard limit.admits(subject) else { return }
        let cited = failures.prefix(known.site.thresholds.refusedNames)
        let other = success.name.map { "the name \($0)" } ?? "a ClientHello without a name"
        let what = name.map { "the server name \($0)" } ?? "a ClientHello without a server name (an address in the URL)"
        var finding = Finding(
            Self.label, .fault, subject, .proven, at: time,
            summary:
                "TCP \(server.port) of \(known.name(server.address)) does not serve \(what): \(Text.times(failures.count)) it is answered by "
                + "\(Text.list(cited.map(\.phrase))), while \(other) gets its ServerHello after "
                + Text.exactDuration(success.answer.time - success.hello.time),
            evidence: cited.flatMap { [$0.hello, $0.end] } + [
                Evidence(success.hello, "ClientHello with \(other)"), Evidence(success.answer, "ServerHello for \(other)"),
            ])
        finding.ruledOut = [
            Exclusion("tcp-port-closed", because: "the connections were set up"),
            Exclusion("backend-inconsistent", because: "no connection with this name got a ServerHello"),
        ]
        finding.remedy = Self.explanation.remedy([
            "vip": server.address.description, "port": server.port.description, "name": name ?? "NAME",
        ])
        book.state(finding, at: time)
        // What was one failed handshake at first.
        let proof = isNew ? cited.last?.end.frame ?? success.answer : success.answer
        book.supersede(
            .tlsHandshakeFailed, subject, by: finding, at: time,
            because: Evidence(proof, "it is the name, which is not served: \(Label.tlsSNINoMatch.rawValue)"))
    }
}

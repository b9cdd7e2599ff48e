import Flows
import Site
import Wire

extension Site {
    /// The networks that hold the two and must not reach each other, the first one's own first.
    func apart(_ one: IPAddress, _ other: IPAddress) -> (IPPrefix, IPPrefix)? {
        for pair in networks.apart {
            if pair.one.contains(one) && pair.other.contains(other) { return (pair.one, pair.other) }
            if pair.other.contains(one) && pair.one.contains(other) { return (pair.other, pair.one) }
        }
        return nil
    }

    /// That the one does not reach the other is what the site wants: no service fails by it.
    func keepsApart(_ one: IPAddress, _ other: IPAddress) -> Bool { apart(one, other) != nil }
}

extension Knowledge {
    func apart(_ one: IPAddress, _ other: IPAddress) -> (IPPrefix, IPPrefix)? { site.apart(one, other) }
    func keepsApart(_ one: IPAddress, _ other: IPAddress) -> Bool { site.keepsApart(one, other) }
}

/// Who tried to reach whom across two networks that are kept apart, and what became of it.
struct Crossing: Sendable {
    var source: IPAddress
    var destination: IPAddress
    var fate: Fate
    var evidence: [Evidence]
    var time: Timestamp

    enum Fate: Hashable, Sendable {
        case answered(String)
        case rejected(String)
        case silent(String)

        var isAnswer: Bool { if case .answered = self { true } else { false } }
    }

    /// Nil where the fact is about nothing of the kind, or leaves open what became of it: a reset may be a packet filter's.
    init?(_ event: FlowEvent, _ known: borrowing Knowledge) {
        guard !known.site.networks.apart.isEmpty else { return nil }
        switch event {
        case .tcp(let connection, .established):
            let (phrase, proof) = Knowledge.works(connection)
            fate = .answered(phrase)
            evidence = [proof]
            (source, destination) = (connection.originator.address, connection.responder.address)
        case .tcp(let connection, let change) where change == .fellSilent || change == .synRetransmitted:
            // Before that, silence may yet be broken.
            guard change == .fellSilent || connection.time - connection.first.time >= known.site.thresholds.neighbourFailure else {
                return nil
            }
            guard let first = connection.syns.first, let last = connection.syns.last else { return nil }
            fate = .silent(
                "its SYN to TCP \(connection.responder.port), sent \(Text.times(connection.syns.count)) in "
                    + "\(Text.duration(last.time - first.time)), gets no answer")
            evidence = connection.syns.map { Evidence($0, "SYN to \(connection.responder.address):\(connection.responder.port)") }
            (source, destination) = (connection.originator.address, connection.responder.address)
        case .echo(let exchange):
            guard let reply = exchange.reply else { return nil }
            let time = exchange.request.map { " after \(Text.duration(reply.time - $0.time))" } ?? ""
            fate = .answered("ping is answered\(time)")
            evidence = [Evidence(reply, "echo reply of \(exchange.destination)")]
            (source, destination) = (exchange.source, exchange.destination)
        case .icmpError(let error) where error.message.isUnreachable:
            fate = .rejected("\(known.name(error.source)) rejects it with \(error.message.name)")
            evidence = [Evidence(error.frame, "\(error.message.name) from \(error.source), quotes a packet to \(error.quoted.destination)")]
            (source, destination) = (error.quoted.source, error.quoted.destination)
        default: return nil
        }
        time = event.time
        guard known.apart(source, destination) != nil else { return nil }
    }

    var subject: Finding.Subject { Finding.Subject(client: source) }
}

import Flows
import Site
import Wire

// What several rules say and ask of a QUIC attempt.

extension QUICAttempt {
    /// Nothing came back but ICMP, and the client did not go on as only an answer lets it: where replies pass elsewhere, its Handshake packets
    /// tell of them.
    var isUnanswered: Bool {
        (outcome == .silence || outcome == .icmp) && clientPackets.handshakes == 0 && clientPackets.shorts == 0
    }

    /// The client closed it itself.
    var isGivenUp: Bool { close.map { !$0.isByServer } ?? false }

    /// The client sent its hello again: it got no answer, whatever this sensor sees.
    func isRepeated(_ thresholds: Thresholds) -> Bool { lastInitial.time - first.time >= thresholds.quicRepetition }

    /// With this change it is known that it fails.
    func isFailed(_ change: QUICChange, _ thresholds: Thresholds) -> Bool {
        switch change {
        case .answered, .established: return false
        case .rejected: return isUnanswered
        // An ICMP error may yet come, when the neighbour has not answered.
        case .closed: return close?.isByServer ?? false
        case .fellSilent: return isUnanswered
        case .ended:
            // Whoever was refused, or waited in vain, has been told of.
            guard outcome == .silence, isUnanswered else { return false }
            // Silence at the end of a capture says nothing before the client has asked again.
            return isGivenUp || (isCut && isRepeated(thresholds))
        }
    }

    var subject: Finding.Subject { Finding.Subject(vip: server.address, port: server.port) }
    var clientSubject: Finding.Subject { Finding.Subject(vip: server.address, port: server.port, client: client.address) }
    var namedSubject: Finding.Subject {
        Finding.Subject(vip: server.address, port: server.port, name: clientHello?.serverName?.description)
    }

    /// What remedies name.
    var placeholders: [String: String] {
        ["vip": server.address.description, "port": server.port.description, "name": serverName?.description ?? "NAME"]
    }

    /// `sent 3 Initials for grafana.laurivan.com in 2.104 s`
    var tries: String {
        let name = serverName.map { " for \($0)" } ?? ""
        guard initialCount > 1 else { return "sent an Initial\(name)" }
        return "sent \(initialCount) Initials\(name) in \(Text.duration(lastInitial.time - first.time))"
    }

    /// The first Initial, and the last where it is another.
    var initialEvidence: [Evidence] {
        let begin = Evidence(first, "Initial of \(client.text) to \(server.text), version \(version.name)")
        return lastInitial == first ? [begin] : [begin, Evidence(lastInitial, "Initial \(initialCount) of the same attempt")]
    }

    /// What became of it, and the packet that shows it where there is one.
    var failure: (phrase: String, evidence: Evidence?) {
        if outcome == .icmp, let rejection {
            return (
                "ICMP unreachable came \(Text.exactDuration(rejection.time - first.time)) after the first",
                Evidence(rejection, "ICMP unreachable, quotes a datagram of the attempt")
            )
        }
        if let close, close.isByServer, let closing {
            return (
                "the server closed with \(close.words) \(Text.exactDuration(closing.time - first.time)) after the first",
                Evidence(closing, "CONNECTION_CLOSE by the server: \(close.words)")
            )
        }
        if let otherSource {
            return (
                "the first answer came from \(otherSource.address) instead, \(Text.exactDuration(otherSource.frame.time - first.time)) after the first",
                Evidence(otherSource.frame, "an answer to the attempt, from \(otherSource.address)")
            )
        }
        return ("no answer came", nil)
    }
}

extension Endpoint {
    /// `10.0.0.20:40000`, `[fd00::20]:40000`
    var text: String {
        switch address {
        case .v4: "\(address):\(port)"
        case .v6: "[\(address)]:\(port)"
        }
    }
}

extension QUICClose {
    /// `0x178 (no_application_protocol)`, with the peer's own words.
    var words: String {
        let name = errorName.map { " (\($0))" } ?? " of the application"
        return "0x" + String(errorCode.rawValue, radix: 16) + name + (reason.isEmpty ? "" : ", \"\(reason)\"")
    }
}

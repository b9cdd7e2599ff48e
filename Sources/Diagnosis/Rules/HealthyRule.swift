package import Flows
import Site
package import Wire

/// Nothing is wrong with a VIP, at the end of a capture.
///
/// *Proven by*: one announcer, or none needed; TCP works on a service port; no open fault or warning.
/// *Looks the same*: a VIP that nobody used, of which nothing can be said; one whose faults a snapshot length cut off, so that it is likely.
package struct HealthyRule: Rule {
    package static let label = Label.healthy
    package static let kinds: FlowEvent.Kinds = []

    package static let explanation = Explanation(
        severity: .info,
        title: "The VIP is healthy",
        meaning: "The VIP is announced, a connection to one of its service ports was set up, and nothing that was seen speaks against it.",
        proof: """
            At the end of the capture: one announcer, or none needed because clients reach the VIP without asking here; a TCP handshake that a \
            service port completed; and no open fault or warning for the VIP. It is likely where the capture cuts what connections to it begin with.
            """,
        lookAlikes: ["A VIP that nobody used: its ledger says not_seen, and nothing is concluded."],
        remedy: [])

    package init() {}

    package mutating func conclude(at time: Timestamp, _ known: Knowledge, _ book: inout FindingBook) {
        let open = book.open
        for vip in known.site.vips {
            guard let record = known.vips[vip.address], Ledger(vip.address, known, open: open).verdict == .healthy,
                let works = record.works.min(by: { $0.key < $1.key })?.value
            else { continue }
            var summary = "\(known.name(vip.address)) is healthy: "
            var evidence: [Evidence] = []
            if let claim = record.standing {
                summary += known.name(claim.station)
                summary +=
                    claim.means.isAnswer
                    ? " answers \(vip.address.resolution) for it"
                    : " announces it (\(claim.means.words), \(Text.duration(time - claim.frame.time)) before the end)"
                if let request = claim.request { summary += " after \(Text.duration(claim.frame.time - request.time))" }
                summary += ", and "
                evidence.append(Evidence(claim.frame, "\(claim.means.words): \(vip.address) is at \(claim.station.mac)"))
            }
            let (phrase, proof) = Knowledge.works(works)
            summary += phrase
            evidence.append(proof)
            var finding = Finding(
                Self.label, .info, Finding.Subject(vip: vip.address), .proven, at: time, summary: summary, evidence: evidence)
            // What TLS and HTTP would have said against it stands behind what was captured.
            if record.isUnread { finding.weaken("this capture cuts frames short") }
            book.state(finding, at: time)
        }
    }
}

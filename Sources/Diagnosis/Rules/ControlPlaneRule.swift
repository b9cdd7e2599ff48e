package import Flows
import Site
import Wire

/// A control-plane node announces a VIP.
///
/// *Means*: traffic for the VIP lands on a node that should not carry it: the announcement policy's node selector is too wide.
/// *Proven by*: a claim by the MAC of a node whose role in the site file is control-plane.
/// *Looks the same*: a node whose role is unknown, of which nothing is said; and a worker that answers beside it does not end it.
package struct ControlPlaneRule: Rule {
    package static let label = Label.announcedByControlPlane
    package static let kinds: FlowEvent.Kinds = .claim

    package static let explanation = Explanation(
        severity: .warning,
        title: "A control-plane node announces the VIP",
        meaning: """
            The node that answers for the VIP is one that the site file calls control-plane. Client traffic then competes with the API server and \
            etcd, and a policy that keeps workloads off the control plane leaves the VIP without a backend there.
            """,
        proof: "A claim on the VIP by the MAC of a node whose role in the site file is control-plane.",
        lookAlikes: [
            "A node without a role in the site file: nothing is said.",
            "A worker that answers beside the control-plane node: that does not end it, as long as both answer.",
        ],
        remedy: [
            "kubectl get ciliuml2announcementpolicy -A -o yaml | grep -A5 nodeSelector   # does it leave the control plane out?",
            "kubectl get nodes -l node-role.kubernetes.io/control-plane   # are these the nodes that you mean?",
        ])

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .claim(let claim) = event, known.isVIP(claim.address), let node = known.site.node(claim.station.mac) else { return }
        let subject = Finding.Subject(vip: claim.address)
        guard node.role == .controlPlane else {
            // Who claims it beside the control-plane node has not taken it over.
            guard let open = book.openFinding(Self.label, subject), !book.isOpen(.duplicateAnnouncers, vip: claim.address),
                claim.frame.time - open.lastSeen >= known.site.thresholds.flappingQuiet
            else { return }
            book.resolve(
                Self.label, subject, at: claim.frame.time, because: Evidence(claim.frame, "\(known.name(claim.station)) claims it now"))
            return
        }
        if book.countAgain(Self.label, subject, at: claim.frame.time) { return }
        var how = claim.means.words
        if let request = claim.request { how += " after \(Text.duration(claim.frame.time - request.time))" }
        var finding = Finding(
            Self.label, .warning, subject, .proven, at: claim.frame.time,
            summary: "The control-plane node \(known.name(claim.station)) announces \(known.name(claim.address)) (\(how))",
            evidence: [Evidence(claim.frame, "\(claim.means.words): \(claim.address) is at \(claim.station.mac)")])
        finding.remedy = Self.explanation.remedy
        book.state(finding, at: claim.frame.time)
    }
}

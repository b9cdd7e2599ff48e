import Diagnosis

/// Findings in the order in which they are read: each cause with what follows from it.
struct ReadingOrder {
    struct Cause {
        var finding: Finding
        /// The same for other clients.
        var siblings: [Finding]
        var consequences: [Finding]
    }

    /// Told in full: the open troubles; where there is none, what is most worth knowing.
    var told: [Cause] = []
    /// Told by name.
    var aside: [Finding] = []

    init(_ findings: [Finding]) {
        let places = Dictionary(findings.indices.map { (findings[$0].id, $0) }) { first, _ in first }
        let roots = findings.indices.map { Self.root(of: $0, findings, places) }
        let order = findings.indices.filter { roots[$0] == $0 }.sorted { one, other in
            let (a, b) = (findings[one], findings[other])
            return (a.rank, one) < (b.rank, other)
        }
        let hasTrouble = order.contains { findings[$0].isTrouble }
        for place in order {
            let finding = findings[place]
            if hasTrouble ? !finding.isTrouble : !told.isEmpty && !finding.isSibling(of: told[0].finding) {
                aside.append(finding)
            } else if let sibling = told.firstIndex(where: { finding.isSibling(of: $0.finding) }) {
                told[sibling].siblings.append(finding)
            } else {
                told.append(Cause(finding: finding, siblings: [], consequences: []))
            }
        }
        for place in findings.indices where roots[place] != place {
            let cause = findings[roots[place]]
            if let at = told.firstIndex(where: { $0.finding.id == cause.id || $0.siblings.contains { $0.id == cause.id } }) {
                told[at].consequences.append(findings[place])
            } else {
                aside.append(findings[place])
            }
        }
    }

    /// What a chain of causes begins with; a chain has few links. A cause that is over explains no trouble that goes on.
    private static func root(of place: Int, _ findings: [Finding], _ places: [String: Int]) -> Int {
        var place = place
        for _ in 0..<4 {
            guard let cause = findings[place].causedBy.flatMap({ places[$0] }), findings[cause].isTrouble || !findings[place].isTrouble
            else { break }
            place = cause
        }
        return place
    }
}

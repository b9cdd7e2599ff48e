package import Flows
package import Site
package import Wire

/// Facts become findings: rules consider the facts of their kinds, and the ledger follows.
package struct Diagnosis {
    private var rules: [any Rule]
    /// The rules that consider facts of each kind, in their order, by the number of the kind's bit.
    private let considering: [[Int]]
    /// Of those, the rules that also consider what nobody watches.
    private let consideringOthers: [[Int]]
    package private(set) var known: Knowledge
    package private(set) var book = FindingBook()
    private var told: [IPAddress: Ledger] = [:]

    /// What a fact brought about.
    package enum Change: Sendable {
        case finding(FindingBook.Change)
        case ledger(Ledger, Timestamp)
    }

    package init(site: Site, rules: [any Rule] = RuleRegistry.standard) {
        self.rules = rules
        considering = (0..<FlowEvent.Kinds.RawValue.bitWidth).map { bit in
            rules.indices.filter { type(of: rules[$0]).kinds.rawValue >> bit & 1 != 0 }
        }
        consideringOthers = considering.map { $0.filter { type(of: rules[$0]).considersOthers } }
        known = Knowledge(site: site)
    }

    package mutating func consider(_ event: FlowEvent) -> [Change] {
        let mayDiffer = known.learn(event)
        known.joinFallbacks(event)
        if case .flood(let flood) = event { book.note(.flooded(flood.responder.address), at: flood.time) }
        let kind = event.kind.rawValue.trailingZeroBitCount
        let isWatched = known.vips.watches(event) || !known.fallbacks.isEmpty
        for index in isWatched ? considering[kind] : consideringOthers[kind] { rules[index].consider(event, known, &book) }
        return mayDiffer || book.hasChanges ? changes(at: event.time, final: false) : []
    }

    /// Frames were lost by kernel or interface, or left out by a filter.
    package mutating func note(_ reason: MissingFrames, at time: Timestamp) -> [Change] {
        book.note(reason, at: time)
        return changes(at: time, final: false)
    }

    /// The capture ends: last findings, and every VIP's ledger as it stands.
    package mutating func finish(at time: Timestamp) -> [Change] {
        book.finish(at: time)
        known.conclude(at: time)
        for index in rules.indices { rules[index].conclude(at: time, known, &book) }
        return changes(at: time, final: true)
    }

    package var ledgers: [Ledger] {
        let open = book.open
        return known.site.vips.map { vip in
            var ledger = Ledger(vip.address, known, open: open)
            if let before = told[vip.address] { ledger.keepSince(before) }
            return ledger
        }
    }

    private mutating func changes(at time: Timestamp, final: Bool) -> [Change] {
        var changes = book.takeChanges().map(Change.finding)
        for ledger in ledgers where final || ledger.states(otherThan: told[ledger.vip]) {
            told[ledger.vip] = ledger
            changes.append(.ledger(ledger, time))
        }
        return changes
    }
}

package import Flows
package import Site
import Testing
package import Wire

/// A sensor on the test LAN: frames in, events out.
package struct Sensor: ~Copyable {
    package private(set) var correlators: Correlators
    package private(set) var events: [FlowEvent] = []
    package private(set) var frames: UInt64 = 0

    package init(_ site: Site = .test, everything: Bool = false, _ limits: Limits = Limits()) {
        correlators = Correlators(site: site, everything: everything, limits: limits)
    }

    /// Returns what this frame brought about, deadlines before it included.
    @discardableResult
    package mutating func see(
        _ octets: [UInt8], at seconds: Double, _ linkType: LinkType = .ethernet, originalLength: Int? = nil
    ) -> [FlowEvent] {
        see(octets, at: at(seconds), linkType, originalLength: originalLength)
    }

    @discardableResult
    package mutating func see(_ octets: [UInt8], at time: Timestamp, _ linkType: LinkType = .ethernet, originalLength: Int? = nil)
        -> [FlowEvent]
    {
        let start = events.count
        frames += 1
        drain { $0.advance(to: time, into: &$1) }
        let packet = Dissector().dissect(
            octets.span, linkType: linkType, frame: FrameReference(number: frames, time: time),
            originalLength: originalLength ?? octets.count)
        correlators.observe(packet, in: octets.span, into: &events)
        return Array(events[start...])
    }

    @discardableResult
    package mutating func advance(to seconds: Double) -> [FlowEvent] {
        drain { $0.advance(to: at(seconds), into: &$1) }
    }

    @discardableResult
    package mutating func finish(at seconds: Double) -> [FlowEvent] { finish(at: at(seconds)) }

    @discardableResult
    package mutating func finish(at time: Timestamp) -> [FlowEvent] {
        drain { $0.finish(at: time, into: &$1) }
    }

    /// Takes batch after batch, as the pipeline does; what never ends is an issue.
    @discardableResult
    private mutating func drain(_ step: (inout Correlators, inout [FlowEvent]) -> Bool) -> [FlowEvent] {
        let start = events.count
        var batch: [FlowEvent] = []
        var more = true
        var rounds = 0
        while more {
            more = step(&correlators, &batch)
            events += batch
            batch.removeAll(keepingCapacity: true)
            rounds += 1
            if rounds == 100_000 {
                Issue.record("it never ends")
                break
            }
        }
        return Array(events[start...])
    }
}

extension Site {
    /// Two VIPs and nothing else: no nodes, no zone.
    package static var test: Site {
        var site = Site()
        site.vips = [VIP(address: .v4(theVIP)), VIP(address: .v4(otherVIP))]
        return site
    }
}

extension [FlowEvent] {
    package var announcements: [Announcement] { compactMap { if case .announcement(let event) = $0 { event } else { nil } } }
    package var claims: [Claim] { compactMap { if case .claim(let event) = $0 { event } else { nil } } }
    package var unanswered: [UnansweredRequest] { compactMap { if case .unanswered(let event) = $0 { event } else { nil } } }
    package var conflicts: [ClaimConflict] { compactMap { if case .conflict(let event) = $0 { event } else { nil } } }
    package var connections: [TCPConnection] { compactMap { if case .tcp(let event, _) = $0 { event } else { nil } } }
    package var changes: [TCPChange] { compactMap { if case .tcp(_, let change) = $0 { change } else { nil } } }
    package var icmpErrors: [ICMPError] { compactMap { if case .icmpError(let event) = $0 { event } else { nil } } }
    package var echoes: [EchoExchange] { compactMap { if case .echo(let event) = $0 { event } else { nil } } }
    package var quic: [(attempt: QUICAttempt, change: QUICChange)] {
        compactMap { if case .quic(let attempt, let change) = $0 { (attempt, change) } else { nil } }
    }
    package var dns: [DNSTransaction] { compactMap { if case .dns(let event) = $0 { event } else { nil } } }
    package var handshakes: [TLSHandshake] { compactMap { if case .tls(let event, .ended) = $0 { event } else { nil } } }
    package var stages: [TLSChange] { compactMap { if case .tls(_, let change) = $0 { change } else { nil } } }
    package var exchanges: [HTTPExchange] { compactMap { if case .http(let event) = $0 { event } else { nil } } }
}

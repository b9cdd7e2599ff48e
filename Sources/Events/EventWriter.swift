import Diagnosis
package import Flows
package import Site
import Wire

/// Turns facts and findings into the records of the event stream: one JSON object a line, keys in the schema's order.
///
/// Sendable by hand: the digest's context is its own, and there is no second one of it.
package struct EventWriter: ~Copyable, @unchecked Sendable {
    var json = JSONWriter()
    let site: Site
    private var sequence: UInt64 = 0
    /// Nil where libcrypto offers no SHA-1.
    private let flowName = try? CommunityID()

    /// Of the schema; within a major version fields are only added.
    package static let schemaVersion = "1.0.0"

    package init(site: Site) { self.site = site }

    /// What was written and not yet taken.
    package var bytes: [UInt8] { json.bytes }
    package func withOctets<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R { try json.withOctets(body) }
    package mutating func removeAll() { json.removeAll() }
    package var pending: Int { json.count }

    /// Writes the record of a fact; facts that only rules need have none.
    package mutating func write(_ event: FlowEvent) {
        switch event {
        case .announcement(let announcement): write(announcement)
        case .tcp(let connection, .ended): write(connection)
        case .flood(let flood): write(flood)
        case .icmpError(let error): write(error)
        case .echo(let exchange): write(exchange)
        case .dns(let transaction): write(transaction)
        case .quic(let attempt, .ended): write(attempt)
        case .tls(let handshake, .ended): write(handshake)
        case .http(let exchange): write(exchange)
        case .attempt(let attempt): write(attempt)
        case .claim, .unanswered, .conflict, .tcp, .quic, .tls, .handover, .loop, .sighting, .unread: return
        }
    }

    // MARK: Common parts

    /// One name for a flow, whoever writes it.
    func communityID(_ protocol: IPProtocol, _ source: Endpoint, _ destination: Endpoint) -> CommunityID.Text? {
        flowName?.octets(`protocol`, source, destination)
    }

    /// Of a message of ICMP, or an exchange by its first.
    func communityID(icmpType type: UInt8, code: UInt8, _ source: IPAddress, _ destination: IPAddress) -> CommunityID.Text? {
        flowName?.octets(icmpType: type, code: code, from: source, to: destination)
    }

    struct Head {
        var kind: StaticString = "event"
        var dataset: StaticString
        var action: String
        var outcome: StaticString?
        /// In nanoseconds (ECS: event.duration).
        var duration: Interval?
    }

    @inline(__always)
    mutating func record(_ time: Timestamp, _ head: Head, _ body: (inout JSONWriter) -> Void) {
        begin(time, head)
        body(&json)
        json.endLine()
    }

    /// A line, up to what all records have.
    mutating func begin(_ time: Timestamp, _ head: Head) {
        sequence += 1
        let number = sequence
        json.beginLine()
        json.field("@timestamp", time)
        json.beginObject("event")
        json.field("kind", literal: head.kind)
        json.field("dataset", literal: head.dataset)
        json.field("action", plain: head.action)
        if let outcome = head.outcome { json.field("outcome", literal: outcome) }
        if let duration = head.duration { json.field("duration", max(0, duration.nanoseconds)) }
        json.field("sequence", number)
        json.endObject()
    }
}

extension JSONWriter {
    mutating func vip(_ address: IPAddress, _ site: Site) {
        for index in site.vips.indices where site.vips[index].address == address {
            beginObject("vip")
            field("address", address)
            if let name = site.vips[index].name { field("name", name) }
            endObject()
            return
        }
    }

    @inline(__always)
    mutating func endpoint(_ key: StaticString, _ address: IPAddress, port: Port? = nil, mac: MACAddress? = nil) {
        beginObject(key)
        field("ip", address)
        if let port { field("port", port.rawValue) }
        if let mac { field("mac", mac) }
        endObject()
    }

    mutating func network(_ transport: StaticString?, isIPv6: Bool = false, vlan: UInt32, _ communityID: CommunityID.Text? = nil) {
        if transport == nil, vlan == 0 { return }
        beginObject("network")
        if isIPv6 { field("type", literal: "ipv6") }
        if let transport { field("transport", literal: transport) }
        if let communityID { field("community_id", plain: communityID.span) }
        if vlan >> 12 != 0 { object("vlan") { $0.field("id", quoted: UInt64(vlan >> 12)) } }
        if vlan & 0xfff != 0 {
            object("inner") { json in json.object("vlan") { $0.field("id", quoted: UInt64(vlan & 0xfff)) } }
        }
        endObject()
    }

    /// The range of frames that a record is about; either may be unknown.
    mutating func packet(_ one: FrameReference?, _ other: FrameReference?) {
        guard let first = one?.number ?? other?.number, let last = other?.number ?? one?.number else { return }
        beginObject("packet")
        field("first", min(first, last))
        field("last", max(first, last))
        endObject()
    }
}

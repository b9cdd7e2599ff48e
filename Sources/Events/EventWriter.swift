import Diagnosis
package import Flows
package import Site
import Wire

/// Turns facts and findings into the records of the event stream: one JSON object a line, keys in the schema's order.
package struct EventWriter: Sendable {
    var json = JSONWriter()
    let site: Site
    private var sequence: UInt64 = 0

    /// Of the schema; within a major version fields are only added.
    package static let schemaVersion = "1.0.0"

    package init(site: Site) { self.site = site }

    /// What was written and not yet taken.
    package var bytes: ArraySlice<UInt8> { json.bytes }
    package mutating func removeAll() { json.removeAll() }
    package var pending: Int { json.count }

    /// Writes the record of a fact; facts that only rules need have none.
    package mutating func write(_ event: FlowEvent) {
        switch event {
        case .announcement(let announcement): write(announcement)
        case .tcp(let connection, .ended): write(connection)
        case .icmpError(let error): write(error)
        case .echo(let exchange): write(exchange)
        case .dns(let transaction): write(transaction)
        case .claim, .unanswered, .conflict, .tcp: return
        }
    }

    // MARK: Common parts

    struct Head {
        var kind = "event"
        var dataset: String
        var action: String
        var outcome: String?
        /// In nanoseconds (ECS: event.duration).
        var duration: Interval?
    }

    mutating func record(_ time: Timestamp, _ head: Head, _ body: (inout JSONWriter) -> Void) {
        sequence += 1
        let number = sequence
        json.line { json in
            json.field("@timestamp", time)
            json.object("event") { json in
                json.field("kind", plain: head.kind)
                json.field("dataset", plain: head.dataset)
                json.field("action", plain: head.action)
                if let outcome = head.outcome { json.field("outcome", plain: outcome) }
                if let duration = head.duration { json.field("duration", max(0, duration.nanoseconds)) }
                json.field("sequence", number)
            }
            body(&json)
        }
    }
}

extension JSONWriter {
    mutating func vip(_ address: IPAddress, _ site: Site) {
        guard let vip = site.vip(address) else { return }
        object("vip") { json in
            json.field("address", address)
            if let name = vip.name { json.field("name", name) }
        }
    }

    mutating func endpoint(_ key: String, _ address: IPAddress, port: Port? = nil, mac: MACAddress? = nil) {
        object(key) { json in
            json.field("ip", address)
            if let port { json.field("port", port.rawValue) }
            if let mac { json.field("mac", mac) }
        }
    }

    mutating func network(_ transport: String?, vlan: UInt32) {
        if transport == nil, vlan == 0 { return }
        object("network") { json in
            if let transport { json.field("transport", plain: transport) }
            if vlan >> 12 != 0 { json.object("vlan") { $0.field("id", plain: String(vlan >> 12)) } }
            if vlan & 0xfff != 0 {
                json.object("inner") { json in json.object("vlan") { $0.field("id", plain: String(vlan & 0xfff)) } }
            }
        }
    }

    /// The range of frames that a record is about; either may be unknown.
    mutating func packet(_ one: FrameReference?, _ other: FrameReference?) {
        guard let first = one?.number ?? other?.number, let last = other?.number ?? one?.number else { return }
        object("packet") { json in
            json.field("first", min(first, last))
            json.field("last", max(first, last))
        }
    }
}

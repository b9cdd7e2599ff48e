import Flows
import Wire

/// Whose connections to a port fail. A finding about a port names no client, so that one client's success must not hide another's failure.
struct FailingClients {
    private struct Entry {
        var client: IPAddress
        var last: Timestamp
    }

    private var entries: [Finding.Subject: [Entry]] = [:]
    /// Of one port; and ports.
    private static let mostClients = 16, mostPorts = 256

    mutating func fails(_ client: IPAddress, _ subject: Finding.Subject, at time: Timestamp) {
        guard entries[subject] != nil || entries.count < Self.mostPorts else { return }
        var list = entries[subject] ?? []
        list.removeAll { $0.client == client }
        if list.count == Self.mostClients { list.removeFirst() }
        list.append(Entry(client: client, last: time))
        entries[subject] = list
    }

    /// A client's connection works.
    ///
    /// - Returns: true where no other client has failed not long before: the port is well again.
    mutating func works(_ client: IPAddress, _ subject: Finding.Subject, at time: Timestamp, within window: Interval) -> Bool {
        guard var list = entries[subject] else { return true }
        list.removeAll { $0.client == client || time - $0.last > window }
        entries[subject] = list.isEmpty ? nil : list
        return list.isEmpty
    }
}

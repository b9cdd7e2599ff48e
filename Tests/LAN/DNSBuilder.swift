package import Wire

package func name(_ text: String) -> DNSName {
    guard let name = DNSName(text) else { fatalError("\(text) is no name") }
    return name
}

/// Uncompressed wire form.
package func wire(_ text: String) -> [UInt8] { name(text).octets }

/// A record of an answer: its type and data, for the question's own name.
package struct AnswerRecord: Sendable {
    package var type: DNSType
    package var data: [UInt8]

    package init(type: DNSType, data: [UInt8]) { (self.type, self.data) = (type, data) }

    /// The name is a pointer to the question's.
    package var wire: [UInt8] {
        let head: [UInt8] = [0xc0, 12] + big16(type.rawValue) + big16(1)
        return head + big32(300) + big16(UInt16(data.count)) + data
    }

    package static func a(_ address: IPv4Address) -> AnswerRecord { AnswerRecord(type: .a, data: big32(address.rawValue)) }
    package static func cname(_ target: String) -> AnswerRecord { AnswerRecord(type: .cname, data: name(target).octets) }
}

/// A lookup of one name: its query and its answers as messages and as frames.
package struct Lookup: Sendable {
    package var client = Host.client
    package var server = Host.resolver
    package var name: String
    package var type = DNSType.a
    package var id: UInt16 = 0x1234
    package var port: UInt16 = 50_000

    package init(
        _ name: String, _ type: DNSType = .a, client: Host = .client, server: Host = .resolver, id: UInt16 = 0x1234, port: UInt16 = 50_000
    ) {
        (self.name, self.type, self.client, self.server, self.id, self.port) = (name, type, client, server, id, port)
    }

    private var question: [UInt8] { wire(name) + big16(type.rawValue) + big16(1) }

    private func header(_ flags: UInt16, answers: Int) -> [UInt8] {
        big16(id) + big16(flags) + big16(1) + big16(UInt16(answers)) + big16(0) + big16(0)
    }

    package var query: [UInt8] { Datagram(client, server).frame(17, udp(port, 53, header(0x0100, answers: 0) + question)) }

    /// The message of an answer. Code 3 is NXDOMAIN.
    package func message(_ records: [AnswerRecord] = [], code: UInt16 = 0, authoritative: Bool = false) -> [UInt8] {
        let flags = 0x8180 | code | (authoritative ? 0x0400 : 0)
        return header(flags, answers: records.count) + question + records.flatMap(\.wire)
    }

    package func answer(_ records: [AnswerRecord] = [], code: UInt16 = 0, authoritative: Bool = false) -> [UInt8] {
        frame(message(records, code: code, authoritative: authoritative))
    }

    /// The server's answer with these octets as its message.
    package func frame(_ message: [UInt8]) -> [UInt8] { Datagram(server, client).frame(17, udp(53, port, message)) }
}

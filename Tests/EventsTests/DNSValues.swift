@testable import Flows
import Testing
import Wire

/// A resource record in wire form.
struct RecordOctets {
    var name: String
    var type: DNSType
    var timeToLive: UInt32
    var data: [UInt8]

    init(_ name: String, _ type: DNSType, _ timeToLive: UInt32, _ data: [UInt8]) {
        self.name = name
        self.type = type
        self.timeToLive = timeToLive
        self.data = data
    }

    fileprivate var octets: [UInt8] {
        get throws {
            let name = try #require(DNSName(name))
            return name.octets + big(type.rawValue) + big(1 as UInt16) + big(timeToLive) + big(UInt16(data.count)) + data
        }
    }
}

func big(_ value: some FixedWidthInteger) -> [UInt8] {
    (0..<value.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

extension Values {
    static let question = DNSName("grafana.laurivan.com") ?? .root

    /// A message with these flags and records, read by the decoder.
    static func message(flags: UInt16, answers: [RecordOctets] = [], authorities: [RecordOctets] = []) throws -> DNSOctets {
        var octets = big(43301 as UInt16) + big(flags) + big(1 as UInt16) + big(UInt16(answers.count)) + big(UInt16(authorities.count))
        octets += [0, 0] + question.octets + big(DNSType.a.rawValue) + big(1 as UInt16)
        for record in answers + authorities { octets += try record.octets }
        return try DNSOctets(decoding: octets.span)
    }

    /// A query for an address.
    static func query(_ name: DNSName) throws -> DNSOctets {
        let header = [43301, 0x0100, 1, 0, 0, 0].flatMap { big($0 as UInt16) }
        return try DNSOctets(decoding: (header + name.octets + big(DNSType.a.rawValue) + big(1 as UInt16)).span)
    }

    /// A query in frame 3 and its answer in frame 8.
    static func transaction(
        _ message: DNSOctets, query: FrameReference? = frame(3), response: FrameReference? = frame(8),
        role: DNSTransaction.ServerRole = .resolver
    ) -> DNSTransaction {
        return DNSTransaction(
            client: Endpoint(client, Port(rawValue: 43004)), server: Endpoint(server, .dns), id: 43301, type: .a,
            query: query, response: response, message: message, role: role, zone: nil, namesVIP: nil,
            time: response?.time ?? start + .seconds(5))
    }
}

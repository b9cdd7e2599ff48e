import Flows
import Site
import Wire

extension DNSTransaction {
    /// The answer has data for the name.
    var isPositive: Bool { response != nil && message.header.responseCode == .noError && message.header.answerCount > 0 }
    var isDenial: Bool { response != nil && message.header.responseCode == .nonExistentDomain }
    /// Name and type.
    var question: String { "\(name) \(type.name)" }

    /// Of the answer's A and AAAA records.
    var addresses: [IPAddress] {
        var addresses: [IPAddress] = []
        message.forEachRecord(of: .answer) { message, _, record in
            var data = message.extracting(record.data)
            switch record.type {
            case .a: if let address = try? data.read() as IPv4Address { addresses.append(.v4(address)) }
            case .aaaa: if let address = try? data.read() as IPv6Address { addresses.append(.v6(address)) }
            default: break
            }
        }
        return addresses
    }

    /// An HTTPS record of the answer has h3 among its protocols (RFC 9460 §9.3).
    var promisesHTTP3: Bool {
        var found = false
        message.forEachRecord(of: .answer) { message, _, record in
            guard record.type == .https, case .serviceBinding(let binding) = DNSRecordData(lenient: message, header: record) else { return }
            found = found || binding.promisesHTTP3
        }
        return found
    }

    /// The last name that the answer's CNAME records lead to.
    var canonicalName: DNSName? {
        var target: DNSName?
        message.forEachRecord(of: .answer) { message, _, record in
            guard record.type == .cname else { return }
            var offset = record.data.lowerBound
            target = (try? DNSNameBuffer(decoding: message.extracting(first: record.data.upperBound), at: &offset))?.name ?? target
        }
        return target
    }

    /// Who speaks for the zone that denies: the owner of the SOA record, and its primary server (RFC 2308 §3).
    var denier: (owner: DNSName, primary: DNSName)? {
        var found: (DNSName, DNSName)?
        message.forEachRecord(of: .authority) { message, start, record in
            guard found == nil, record.type == .soa else { return }
            var (name, data) = (start, record.data.lowerBound)
            guard let owner = try? DNSNameBuffer(decoding: message, at: &name),
                let primary = try? DNSNameBuffer(decoding: message.extracting(first: record.data.upperBound), at: &data)
            else { return }
            found = (owner.name, primary.name)
        }
        return found
    }
}

extension DNSName {
    /// Nobody publishes these (RFC 6761, RFC 6762 appendix G, RFC 8375, ICANN's `internal`; Kubernetes' cluster domain).
    var isInternalOnly: Bool { Self.internalZones.contains(where: isWithin) }

    private static let internalZones = ["local", "lan", "internal", "intranet", "home", "corp", "home.arpa", "localdomain"].compactMap {
        DNSName($0)
    }

    /// Asked for by machines that hope for a service and expect to be denied: proxies' discovery, ISATAP (RFC 5214), service names.
    var isProbe: Bool {
        guard let length = octets.first, octets.count > Int(length) else { return true }
        let label = octets[1...Int(length)].map(\.lowercasedASCII)
        return label.first == 0x5f || ["wpad", "isatap"].contains { label.elementsEqual($0.utf8) }
    }
}

/// What an authority said of late: positive answers, set against denials.
struct PositiveAnswers: Sendable {
    struct Answer: Sendable {
        var name: DNSName
        var type: DNSType
        var server: IPAddress
        var frame: FrameReference
    }

    /// Names that an authority may answer before the first is forgotten.
    static let most = 64

    private var answers: [Answer] = []

    mutating func note(_ transaction: DNSTransaction) {
        guard let frame = transaction.response else { return }
        let answer = Answer(name: transaction.name, type: transaction.type, server: transaction.server.address, frame: frame)
        answers.removeAll { $0.name == answer.name && $0.type == answer.type }
        if answers.count == Self.most { answers.removeFirst() }
        answers.append(answer)
    }

    /// The name is denied now.
    mutating func forget(_ name: DNSName) { answers.removeAll { $0.name == name } }

    func last(within zone: DNSName, since start: Timestamp) -> Answer? {
        answers.last { $0.frame.time >= start && $0.name.isWithin(zone) }
    }

    func last(of name: DNSName, since start: Timestamp) -> Answer? { answers.last { $0.frame.time >= start && $0.name == name } }
}

extension DNSName {
    /// As a finding's id states it, whatever case the question had.
    var lowercased: String { String(decoding: text.map(\.lowercasedASCII), as: UTF8.self) }
}

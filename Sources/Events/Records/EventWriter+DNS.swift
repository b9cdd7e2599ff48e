import Diagnosis
import Flows
import Site
import Wire

extension EventWriter {
    mutating func write(_ transaction: DNSTransaction) {
        let time = transaction.query.flatMap { query in transaction.response.map { $0.time - query.time } }
        let isAnswered = transaction.response != nil
        let options = isAnswered ? transaction.message.options : nil
        let code = isAnswered ? transaction.message.responseCode(options) : nil
        begin(
            transaction.time,
            Head(
                dataset: "vipscope.dns",
                action: !isAnswered ? "unanswered" : transaction.query == nil ? "answer" : "transaction",
                outcome: transaction.isCut ? "unknown" : code == .noError ? "success" : "failure", duration: time))
        if let vip = transaction.namesVIP { json.vip(vip, site) }
        json.endpoint("source", transaction.client.address, port: transaction.client.port)
        let (name, upper): (StaticString, IPProtocol) = transaction.transport == .tcp ? ("tcp", .tcp) : ("udp", .udp)
        json.network(name, vlan: 0, communityID(upper, transaction.client, transaction.server))
        json.endpoint("destination", transaction.server.address, port: transaction.server.port)
        json.beginObject("dns")
        json.field("id", quoted: UInt64(transaction.id))
        json.beginObject("question")
        let question = json.question(transaction.message)
        json.field("type", plain: transaction.type.name)
        json.endObject()
        if let code { json.answer(transaction.message, code, options, question: question) }
        json.field("server_role", plain: transaction.role.rawValue)
        if let zone = transaction.zone { json.field("zone", zone) }
        json.endObject()
        json.packet(transaction.query, transaction.response)
        json.endLine()
    }
}

extension JSONWriter {
    /// - Returns: where the name stands, for the records that are about it.
    fileprivate mutating func question(_ message: DNSOctets) -> Range<Int> {
        let start = count
        name(in: message.octets.span, at: DNSHeader.length)
        return start..<count
    }

    private mutating func name(in message: Span<UInt8>, at start: Int) {
        if plainField("name", nameIn: message, at: start) { return }
        var offset = start
        field("name", (try? DNSNameBuffer(decoding: message, at: &offset))?.name ?? .root)
    }

    fileprivate mutating func answer(
        _ message: DNSOctets, _ code: DNSResponseCode, _ options: DNSRecordHeader?, question: Range<Int>
    ) {
        let header = message.header
        field("response_code", plain: code.name)
        beginList("header_flags")
        if header.isAuthoritative { element(literal: "AA") }
        if header.isTruncated { element(literal: "TC") }
        if header.recursionDesired { element(literal: "RD") }
        if header.recursionAvailable { element(literal: "RA") }
        if header.authenticData { element(literal: "AD") }
        if header.checkingDisabled { element(literal: "CD") }
        if let options, options.timeToLive & 0x8000 != 0 { element(literal: "DO") }
        endList()
        beginList("answers")
        message.forEachRecord(of: .answer) { message, name, record in
            beginElement()
            if message.uint16(at: name) == DNSOctets.pointerToQuestion {
                field(again: question)
            } else {
                self.name(in: message, at: name)
            }
            field("type", plain: record.type.name)
            field("ttl", record.timeToLive)
            data(record, in: message)
            endObject()
        }
        endList()
        if header.answerCount == 0, let ttl = message.negativeTimeToLive { field("negative_ttl", ttl) }
        let errors = message.extendedErrors(options)
        guard !errors.isEmpty else { return }
        beginList("extended_errors")
        for error in errors {
            beginElement()
            field("info_code", error.infoCode.rawValue)
            field("name", plain: error.infoCode.name)
            if !error.extraText.isEmpty { field("text", error.text) }
            endObject()
        }
        endList()
    }

    private mutating func data(_ record: DNSRecordHeader, in message: Span<UInt8>) {
        switch record.type {
        case .a where record.data.count == 4:
            field("data", IPAddress.v4(IPv4Address(rawValue: message.uint32(at: record.data.lowerBound))))
            return
        case .aaaa where record.data.count == 16:
            var data = message.extracting(record.data)
            guard let address = try? data.read() as IPv6Address else { break }
            field("data", IPAddress.v6(address))
            return
        case .cname, .ns, .ptr:
            if plainField("data", nameIn: message.extracting(first: record.data.upperBound), at: record.data.lowerBound) { return }
        case .https, .svcb:
            let end = message.extracting(first: record.data.upperBound)
            guard let binding = try? ServiceBinding(decoding: end, at: record.data.lowerBound) else { break }
            field("data") { binding.write(to: &$0) }
            return
        default: break
        }
        field("data", DNSRecordData(lenient: message, header: record).description)
    }
}

import Diagnosis
import Flows
import Site
import Wire

extension EventWriter {
    mutating func write(_ transaction: DNSTransaction) {
        let site = site
        let time = transaction.query.flatMap { query in transaction.response.map { $0.time - query.time } }
        let head = Head(
            dataset: "vipscope.dns",
            action: transaction.response == nil ? "unanswered" : transaction.query == nil ? "answer" : "transaction",
            outcome: transaction.isCut ? "unknown" : transaction.responseCode == .noError ? "success" : "failure", duration: time)
        record(transaction.time, head) { json in
            if let vip = transaction.namesVIP { json.vip(vip, site) }
            json.endpoint("source", transaction.client.address, port: transaction.client.port)
            json.network("udp", vlan: 0)
            json.endpoint("destination", transaction.server.address, port: transaction.server.port)
            json.object("dns") { json in
                json.field("id", plain: String(transaction.id))
                json.object("question") { json in
                    json.field("name", transaction.name)
                    json.field("type", plain: transaction.type.name)
                }
                if let message = transaction.message { json.answer(message) }
                json.field("server_role", plain: transaction.role.rawValue)
                if let zone = transaction.zone { json.field("zone", zone) }
            }
            json.packet(transaction.query, transaction.response)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func answer(_ message: DNSMessage) {
        field("response_code", plain: message.header.responseCode.name)
        let header = message.header
        list("header_flags") { json in
            if header.isAuthoritative { json.element("AA") }
            if header.isTruncated { json.element("TC") }
            if header.recursionDesired { json.element("RD") }
            if header.recursionAvailable { json.element("RA") }
        }
        array("answers", message.answers) { record, json in
            json.element { json in
                json.field("name", record.name)
                json.field("type", plain: record.type.name)
                json.field("ttl", record.timeToLive)
                switch record.data {
                case .address(let address): json.field("data", address)
                case .name(let name): json.field("data", name)
                default: json.field("data", record.data.description)
                }
            }
        }
        if let ttl = message.negativeTimeToLive, message.answers.isEmpty { field("negative_ttl", ttl) }
    }
}

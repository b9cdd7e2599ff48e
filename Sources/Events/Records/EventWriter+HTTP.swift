import Flows
import Site
import Wire

extension EventWriter {
    mutating func write(_ exchange: HTTPExchange) {
        let time = exchange.response.map { $0.frame.time - exchange.request.frame.time }
        begin(
            exchange.time,
            Head(
                dataset: "vipscope.http", action: exchange.response == nil ? "unanswered" : "exchange", outcome: exchange.ecsOutcome,
                duration: time))
        json.vip(exchange.server.address, site)
        json.endpoint("source", exchange.client.address, port: exchange.client.port)
        json.network("tcp", vlan: exchange.vlan, communityID(.tcp, exchange.client, exchange.server))
        json.endpoint("destination", exchange.server.address, port: exchange.server.port)
        json.url(exchange.request)
        json.beginObject("http")
        json.beginObject("request")
        json.field("method", exchange.request.method)
        if let upgrade = exchange.request.upgrade { json.field("upgrade", upgrade) }
        json.endObject()
        if let response = exchange.response { json.response(response) }
        json.field("outcome", plain: exchange.outcome.rawValue)
        if let side = exchange.endedBy { json.field("ended_by", plain: side.rawValue) }
        if !exchange.answer.isEmpty { json.field("answer", plain: exchange.answer.digits) }
        json.endObject()
        json.packet(exchange.request.frame, exchange.response?.frame ?? exchange.end)
        json.endLine()
    }
}

extension JSONWriter {
    fileprivate mutating func url(_ request: HTTPExchange.Request) {
        beginObject("url")
        field("original", request.target)
        if let domain = request.domain { field("domain", domain) }
        // Other targets name an authority, or nothing (RFC 9112 §3.2).
        if request.target.hasPrefix("/") { field("path", String(request.target.prefix { $0 != "?" })) }
        endObject()
    }

    fileprivate mutating func response(_ response: HTTPExchange.Response) {
        beginObject("response")
        field("status_code", response.status)
        if let location = response.location { field("location", location) }
        if let server = response.server { field("server", server) }
        if let alternatives = response.alternatives {
            beginObject("alt_svc")
            field("clear", alternatives.isClear)
            beginList("services")
            for service in alternatives.services {
                beginElement()
                field("protocol", service.protocolID)
                if !service.host.isEmpty { field("host", service.host) }
                field("port", service.port.rawValue)
                endObject()
            }
            endList()
            endObject()
        }
        endObject()
    }
}

extension HTTPExchange {
    /// ECS: event.outcome. A status of 500 and above is the server's failure (RFC 9110 §15.6).
    var ecsOutcome: StaticString {
        if let response { return response.status < 500 ? "success" : "failure" }
        return outcome == .cut ? "unknown" : "failure"
    }
}

import Flows
import Site
import Wire

extension EventWriter {
    mutating func write(_ attempt: UserAttempt) {
        begin(
            attempt.time,
            Head(
                dataset: "vipscope.attempt", action: "ended", outcome: attempt.ecsOutcome, duration: attempt.last.time - attempt.first.time)
        )
        json.vip(attempt.vip, site)
        json.endpoint("source", attempt.client)
        if let name = attempt.name {
            json.beginObject("dns")
            json.beginObject("question")
            json.field("name", name)
            json.endObject()
            json.endObject()
        }
        json.beginObject("attempt")
        json.field("outcome", plain: attempt.outcome.rawValue)
        json.field("cut", attempt.isCut)
        if attempt.isShortened { json.field("shortened", true) }
        if let wait = attempt.wait { json.wait(wait) }
        if !attempt.lookups.isEmpty { json.lookups(attempt.lookups) }
        if let resolution = attempt.resolution { json.resolution(resolution) }
        if let quic = attempt.quic { json.quic(quic) }
        if let tcp = attempt.tcp { json.tcp(tcp) }
        if let tls = attempt.tls { json.tls(tls) }
        if let http = attempt.http { json.http(http) }
        json.endObject()
        json.packet(attempt.first, attempt.last)
        json.endLine()
    }
}

extension JSONWriter {
    fileprivate mutating func wait(_ wait: UserAttempt.Wait) {
        beginObject("wait")
        field("total", wait.total.nanoseconds)
        stage("dns", wait.dns)
        stage("arp", wait.arp)
        stage("quic", wait.quic)
        stage("tcp", wait.tcp)
        stage("tls", wait.tls)
        stage("http", wait.http)
        field("frame", wait.answer.number)
        endObject()
    }

    private mutating func stage(_ key: StaticString, _ time: Interval?) {
        if let time { field(key, time.nanoseconds) }
    }

    private mutating func frame(_ key: StaticString, _ frame: FrameReference?) {
        if let frame { field(key, frame.number) }
    }

    fileprivate mutating func lookups(_ lookups: [UserAttempt.Lookup]) {
        beginList("lookups")
        for lookup in lookups {
            beginElement()
            field("type", plain: lookup.type.name)
            field("server", lookup.server)
            if let code = lookup.responseCode { field("response_code", plain: code.name) }
            stage("wait", lookup.wait)
            frame("query", lookup.query)
            frame("response", lookup.response)
            endObject()
        }
        endList()
    }

    fileprivate mutating func resolution(_ resolution: UserAttempt.Resolution) {
        beginObject("arp")
        field("answered", resolution.answered != nil)
        stage("wait", resolution.wait)
        frame("request", resolution.asked)
        frame("reply", resolution.answered)
        endObject()
    }

    fileprivate mutating func quic(_ quic: UserAttempt.QUIC) {
        beginObject("quic")
        field("count", quic.count)
        field("outcome", plain: quic.outcome.rawValue)
        stage("wait", quic.wait)
        frame("first", quic.first)
        frame("last", quic.last)
        endObject()
    }

    fileprivate mutating func tcp(_ tcp: UserAttempt.TCP) {
        beginObject("tcp")
        field("count", tcp.count)
        field("handshake", literal: tcp.handshake.name)
        field("port", tcp.port.rawValue)
        if let answer = tcp.synACK {
            field("server_handshake_time", max(0, (answer.time - tcp.syn.time).nanoseconds))
            if let ack = tcp.ack { field("client_handshake_time", max(0, (ack.time - answer.time).nanoseconds)) }
        }
        frame("syn", tcp.syn)
        frame("syn_ack", tcp.synACK)
        frame("ack", tcp.ack)
        endObject()
    }

    fileprivate mutating func tls(_ tls: UserAttempt.TLS) {
        beginObject("tls")
        if let version = tls.version?.name { field("version", plain: String(version.dropFirst(4))) }
        if let chosen = tls.chosen { field("next_protocol", chosen.description) }
        if let outcome = tls.outcome { field("outcome", plain: outcome.rawValue) }
        beginList("alpn")
        for name in tls.offered where !name.isGREASE { element(name.description) }
        endList()
        frame("client_hello", tls.clientHello)
        frame("server_hello", tls.serverHello)
        endObject()
    }

    fileprivate mutating func http(_ http: UserAttempt.HTTP) {
        beginObject("http")
        field("outcome", plain: http.outcome.rawValue)
        if let status = http.status { field("status_code", status) }
        frame("request", http.request)
        frame("response", http.response)
        endObject()
    }
}

extension UserAttempt {
    /// ECS: event.outcome.
    fileprivate var ecsOutcome: StaticString {
        switch outcome {
        case .http3, .tls, .http, .tcp: "success"
        case .failed: "failure"
        case .unknown: "unknown"
        }
    }
}

import Flows
import Site
import Wire

extension EventWriter {
    mutating func write(_ attempt: QUICAttempt) {
        begin(
            attempt.time,
            Head(
                dataset: "vipscope.quic", action: "ended", outcome: attempt.ecsOutcome, duration: attempt.last.time - attempt.first.time))
        json.vip(attempt.server.address, site)
        json.side("source", attempt.client, attempt.clientMAC, attempt.clientPackets)
        json.network("udp", vlan: attempt.vlan)
        json.side("destination", attempt.server, attempt.serverMAC, attempt.serverPackets)
        if let hello = attempt.clientHello { json.hello(hello) }
        json.attempt(attempt)
        json.packet(attempt.first, attempt.last)
        json.endLine()
    }
}

extension JSONWriter {
    fileprivate mutating func side(_ key: StaticString, _ end: Endpoint, _ mac: MACAddress?, _ packets: QUICAttempt.Packets) {
        beginObject(key)
        field("ip", end.address)
        field("port", end.port.rawValue)
        if let mac { field("mac", mac) }
        field("packets", packets.datagrams)
        endObject()
    }

    fileprivate mutating func hello(_ hello: QUICAttempt.Hello) {
        beginObject("tls")
        beginObject("client")
        if let name = hello.serverName { field("server_name", name) }
        beginList("alpn")
        for name in hello.applicationProtocols { element(name) }
        endList()
        if let ja4 = hello.ja4 { field("ja4", plain: ja4.span) }
        field("ech", hello.isEncrypted)
        endObject()
        endObject()
    }

    fileprivate mutating func attempt(_ attempt: QUICAttempt) {
        beginObject("quic")
        beginObject("version")
        version(attempt.version)
        endObject()
        if !attempt.offeredVersions.isEmpty {
            beginList("offered_versions")
            for offered in attempt.offeredVersions {
                beginElement()
                version(offered)
                endObject()
            }
            endList()
        }
        field("original_destination_connection_id", attempt.originalDestination)
        field("source_connection_id", attempt.clientID)
        if let id = attempt.serverID { field("destination_connection_id", id) }
        field("outcome", plain: attempt.outcome.rawValue)
        field("cut", attempt.isCut)
        field("initial_count", attempt.initialCount)
        if let answer = attempt.answer {
            field("answer_frame", answer.number)
            field("answer_time", max(0, (answer.time - attempt.first.time).nanoseconds))
        }
        if let frame = attempt.retry { field("retry_frame", frame.number) }
        if let frame = attempt.versionNegotiation { field("version_negotiation_frame", frame.number) }
        if let frame = attempt.rejection { field("icmp_frame", frame.number) }
        if let close = attempt.close { self.close(close, attempt.closing) }
        if let other = attempt.otherSource {
            beginObject("answered_by")
            field("ip", other.address)
            if let mac = other.mac { field("mac", mac) }
            field("frame", other.frame.number)
            endObject()
        }
        reason(attempt.reason)
        packets("client", attempt.clientPackets)
        packets("server", attempt.serverPackets)
        if let mac = attempt.nextHopMAC { field("next_hop_mac", mac) }
        if let ttl = attempt.clientTTL { field("source_ttl", ttl) }
        if let ttl = attempt.serverTTL { field("destination_ttl", ttl) }
        endObject()
    }

    private mutating func version(_ version: QUICVersion) {
        field("name", plain: version.name)
        var number: InlineArray<10, UInt8> = [0x30, 0x78, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30]
        for index in 2..<10 { number[index] = UInt8(version.rawValue >> UInt32(4 * (9 - index)) & 15).hexadecimalDigit }
        field("number", plain: number.span)
    }

    private mutating func field(_ key: StaticString, _ id: ConnectionID) {
        guard id.length <= ConnectionID.longest else { return field(key, plain: id.description) }
        let digits = id.digits
        field(key, plain: digits.span.extracting(first: 2 * id.count))
    }

    private mutating func close(_ close: QUICClose, _ frame: FrameReference?) {
        beginObject("close")
        field("side", literal: close.isByServer ? "server" : "client")
        field("application", close.isApplication)
        field("code", close.errorCode.rawValue)
        if let name = close.errorName { field("name", name) }
        if let type = close.frameType { field("frame_type", type) }
        field("reason", close.reason)
        if let frame { field("frame", frame.number) }
        endObject()
    }

    private mutating func reason(_ reason: HTTP3Reason) {
        beginObject("reason")
        field("kind", plain: reason.kind.rawValue)
        if let promise = reason.promise {
            field("frame", promise.frame.number)
            field("server", promise.server)
            field("name", promise.name)
            array("alpn", promise.alpn) { name, json in json.element(name) }
            array("ipv4_hints", promise.ipv4Hints) { address, json in json.element(address.description) }
            array("ipv6_hints", promise.ipv6Hints) { address, json in json.element(address.description) }
            field("ech", promise.offersECH)
        }
        endObject()
    }

    private mutating func packets(_ key: StaticString, _ packets: QUICAttempt.Packets) {
        beginObject(key)
        field("initials", packets.initials)
        field("opened", packets.opened)
        field("handshakes", packets.handshakes)
        field("zero_rtts", packets.zeroRTTs)
        field("shorts", packets.shorts)
        endObject()
    }
}

extension QUICAttempt {
    /// ECS: event.outcome. What the capture's end cut off has not failed yet.
    var ecsOutcome: StaticString {
        switch outcome {
        case .established: "success"
        case .closed, .icmp: "failure"
        case .retry, .versionNegotiation, .silence: isCut ? "unknown" : "failure"
        case .answered: "unknown"
        }
    }
}

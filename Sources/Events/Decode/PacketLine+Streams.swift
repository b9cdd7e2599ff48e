import Flows
import Wire

extension TLSContent {
    var line: String {
        let parts = handshakes.map(\.line) + alerts.map { "alert \($0.description.name ?? "\($0.description.rawValue)")" }
        // Records that say nothing else are counted.
        guard parts.isEmpty else { return "TLS \(parts.joined(separator: ", "))" }
        return "TLS, \(records.count) \(records.count == 1 ? "record" : "records")"
    }
}

extension TLSHandshakeContent {
    var line: String {
        switch body {
        case .clientHello(let hello, _, _):
            let name = hello.serverName.map { " for \($0)" } ?? ""
            let protocols = hello.applicationProtocols.map(\.description).joined(separator: ", ")
            return "ClientHello\(name)\(protocols.isEmpty ? "" : " (\(protocols))")"
        case .serverHello(let hello, _): return hello.isHelloRetryRequest ? "HelloRetryRequest" : "ServerHello"
        case .certificate(let certificate):
            return "Certificate\(certificate.leaf?.subject.commonName.map { " of \($0)" } ?? "")"
        case .other: return "handshake message \(header.type.rawValue)"
        case .damaged: return "handshake message \(header.type.rawValue), damaged"
        }
    }
}

extension QUICContent {
    var line: String {
        let kinds = packets.map { content -> String in
            guard let header = content.packet.longHeader else { return "short header" }
            if case .versionNegotiation = content.packet { return "Version Negotiation" }
            return "\(header.kind?.rawValue ?? "long header") \(header.version.name)"
        }
        let ids = packets.first?.packet.longHeader.map { ", dcid \($0.destination), scid \($0.source)" } ?? ""
        let closes = packets.flatMap(\.frames).compactMap { frame -> String? in
            if case .connectionClose(let close) = frame { "CONNECTION_CLOSE \(close.errorCode.name)" } else { nil }
        }
        return (["QUIC \(kinds.joined(separator: " + "))\(ids)"] + handshakes.map(\.line) + closes).joined(separator: ", ")
    }
}

extension HTTPHead {
    var line: String {
        switch startLine {
        case .request(let method, let target): "HTTP \(method) \(target)\(host.map { " of \($0)" } ?? "")"
        case .response(let status, let reason): "HTTP \(status) \(reason)"
        }
    }
}

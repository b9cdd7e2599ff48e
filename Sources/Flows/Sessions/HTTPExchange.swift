package import Wire

/// A plaintext HTTP/1 request and the head of its response (RFC 9112 §2.1).
package struct HTTPExchange: Hashable, Sendable {
    package var client: Endpoint
    package var server: Endpoint
    package var vlan: UInt32
    package var request: Request
    /// Nil where no response came.
    package var response: Response?
    /// What the server sent where it is no HTTP/1: the first octets.
    package var answer: [UInt8]
    package var outcome: Outcome
    /// Who ended the connection before the response: with a RST, or the first FIN.
    package var endedBy: TCPConnection.Side?
    package var end: FrameReference?
    package var time: Timestamp

    package enum Outcome: String, Hashable, Sendable, CaseIterable {
        case answered
        case reset, closed
        /// The server's first octets are no HTTP/1.
        case notHTTP = "not_http"
        /// No response in the time that is waited for one.
        case unanswered
        /// The capture or this sensor's memory ended first, or octets are missing.
        case cut
    }

    /// Texts are cut at 256 octets.
    package struct Request: Hashable, Sendable {
        package var method: String
        package var target: String
        package var host: String?
        /// The protocols that the client would rather speak (RFC 9110 §7.8).
        package var upgrade: String?
        /// The one that makes the head whole.
        package var frame: FrameReference
    }

    package struct Response: Hashable, Sendable {
        package var status: UInt16
        package var location: String?
        package var server: String?
        /// The first eight (RFC 7838 §3).
        package var alternatives: AlternativeServices?
        package var frame: FrameReference
        /// No body, no Content-Type, and no field by which Envoy marks an upstream's answer.
        package var isBare = false
    }
}

extension HTTPExchange.Request {
    static let longestText = 256
    static let mostAlternatives = 8

    /// The host without its port (RFC 9110 §7.2); nil where none is named.
    package var domain: String? {
        guard let host, !host.isEmpty else { return nil }
        // A colon behind an address in brackets, or the only one.
        guard let colon = host.lastIndex(of: ":"), host[colon...].dropFirst().allSatisfy(\.isNumber), colon > host.startIndex else {
            return host
        }
        return String(host[..<colon])
    }

    init?(_ head: HTTPHead, _ frame: FrameReference) {
        guard case .request(let method, let target) = head.startLine else { return nil }
        self.init(
            method: method, target: target.cut, host: head.host?.cut, upgrade: head.fields[.upgrade]?.cut, frame: frame)
    }
}

extension HTTPExchange.Response {
    init?(_ head: HTTPHead, _ frame: FrameReference) {
        guard let status = head.status else { return nil }
        var alternatives = head.alternatives
        _ = alternatives?.services.keep(first: HTTPExchange.Request.mostAlternatives)
        self.init(
            status: status, location: head.fields[.location]?.cut, server: head.fields[.server]?.cut, alternatives: alternatives,
            frame: frame,
            isBare: head.fields[.contentLength] == "0" && head.fields[.contentType] == nil && head.fields[.upstreamServiceTime] == nil)
    }
}

extension String {
    /// At the last character that ends within the bound.
    fileprivate var cut: String {
        guard utf8.count > HTTPExchange.Request.longestText else { return self }
        var end = utf8.index(startIndex, offsetBy: HTTPExchange.Request.longestText)
        while end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}

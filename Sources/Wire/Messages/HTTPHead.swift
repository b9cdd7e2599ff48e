/// The head of an HTTP/1.x request or response in plaintext: all before the body (RFC 9112 §2.1).
///
///     start-line CRLF *( field-line CRLF ) CRLF
///     request-line = method SP request-target SP HTTP-version
///     status-line = HTTP-version SP status-code SP [ reason-phrase ]
public struct HTTPHead: Hashable, Sendable {
    public var startLine: StartLine
    /// The x of HTTP/1.x.
    public var minorVersion: UInt8
    /// Of the fields that we keep, the first of a name; lists are put together (RFC 9110 §5.3).
    public var fields: [FieldName: String] = [:]

    public enum StartLine: Hashable, Sendable {
        case request(method: String, target: String)
        case response(status: UInt16, reason: String)
    }

    /// The fields that we keep, in lower case: names are equal whatever their case (RFC 9110 §5.1).
    public enum FieldName: String, Hashable, Sendable, CaseIterable {
        case host, location, server, upgrade, connection
        case alternativeServices = "alt-svc"
        case contentLength = "content-length"
        case transferEncoding = "transfer-encoding"
        case contentType = "content-type"
        /// Envoy sets it where an upstream has answered.
        case upstreamServiceTime = "x-envoy-upstream-service-time"

        fileprivate var isList: Bool {
            switch self {
            case .host, .location, .server, .contentLength, .contentType, .upstreamServiceTime: false
            case .upgrade, .connection, .alternativeServices, .transferEncoding: true
            }
        }

        fileprivate var label: StaticString {
            switch self {
            case .host: "host"
            case .location: "location"
            case .server: "server"
            case .upgrade: "upgrade"
            case .connection: "connection"
            case .alternativeServices: "alt_svc"
            case .contentLength: "content_length"
            case .transferEncoding: "transfer_encoding"
            case .contentType: "content_type"
            case .upstreamServiceTime: "x_envoy_upstream_service_time"
            }
        }
    }

    public static let largestLength = 65_536

    public var status: UInt16? {
        if case .response(let status, _) = startLine { status } else { nil }
    }
    public var host: String? { fields[.host] }
    /// What Alt-Svc offers (RFC 7838 §3).
    public var alternatives: AlternativeServices? { fields[.alternativeServices].map { AlternativeServices($0) } }
}

extension HTTPHead: Message {
    public static let layer = Layer.http

    /// Reads up to the body. A head that goes on is truncated; octets that cannot be HTTP/1 show it in the first line, as far as that is there.
    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        var rest = bytes
        rest.limit(to: Self.largestLength)
        let unfinished: DecodeError =
            bytes.count >= Self.largestLength ? .malformed("head") : .truncated(needed: bytes.count + 1, available: bytes.count)
        // An empty line before a request is to be ignored (RFC 9112 §2.2).
        while let line = rest.firstLine, line.length == 0 { try rest.skip(line.next) }
        let first = rest.firstLine
        let text = rest.extracting(first: first?.length ?? rest.count)
        guard let start = try HTTPStartLine(text, isComplete: first != nil), let first else { throw unfinished }
        (startLine, minorVersion) = (start.line, start.minorVersion)
        try rest.skip(first.next)
        var field: (name: FieldName, value: String)?
        while let line = rest.firstLine {
            let text = rest.extracting(first: line.length)
            if let first = text.isEmpty ? nil : text[0], first == 0x20 || first == 0x09 {
                // obs-fold (RFC 9112 §5.2): the value goes on, after one space.
                field?.value.append(" " + text.trimmedText)
            } else {
                if let field { keep(field.name, field.value) }
                // A line without a name is passed over: what stands beside it is still worth knowing.
                field = text.field
            }
            try rest.skip(line.next)
            guard line.length > 0 else {
                bytes = bytes.extracting(last: bytes.count - (min(bytes.count, Self.largestLength) - rest.count))
                return
            }
        }
        throw unfinished
    }

    private mutating func keep(_ name: FieldName, _ value: String) {
        guard fields[name] != nil else {
            fields[name] = value
            return
        }
        if name.isList { fields[name]?.append(", " + value) }
    }

    public func describe(to fields: inout some FieldVisitor) {
        switch startLine {
        case .request(let method, let target):
            fields.field("method", method)
            fields.field("target", target)
            fields.field("version", "HTTP/1.\(minorVersion)")
        case .response(let status, let reason):
            fields.field("version", "HTTP/1.\(minorVersion)")
            fields.field("status", status)
            fields.field("reason", reason)
        }
        for name in FieldName.allCases {
            if let value = self.fields[name] { fields.field(name.label, value) }
        }
    }
}

/// Lines end with CRLF; a bare LF will do (RFC 9112 §2.2).
extension Span<UInt8> {
    fileprivate var firstLine: (length: Int, next: Int)? {
        for index in indices where self[index] == 0x0a {
            return (index > 0 && self[index - 1] == 0x0d ? index - 1 : index, index + 1)
        }
        return nil
    }

    /// Without the white space around it.
    fileprivate var trimmedText: String {
        var octets = [UInt8](copying: self)[...]
        while let last = octets.last, last == 0x20 || last == 0x09 { octets.removeLast() }
        while let first = octets.first, first == 0x20 || first == 0x09 { octets.removeFirst() }
        return String(decoding: octets, as: UTF8.self)
    }

    fileprivate var field: (name: HTTPHead.FieldName, value: String)? {
        var name: [UInt8] = []
        // No name that we keep is longer than 29 octets.
        for index in indices where index <= 29 {
            if self[index] == 0x3a {
                return HTTPHead.FieldName(rawValue: String(decoding: name, as: UTF8.self))
                    .map { ($0, extracting(droppingFirst: index + 1).trimmedText) }
            }
            name.append(self[index].lowercasedASCII)
        }
        return nil
    }
}

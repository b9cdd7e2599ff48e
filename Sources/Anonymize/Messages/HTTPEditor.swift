import Wire

/// A head of HTTP/1 (RFC 9112 §2.1): names and paths are replaced, what says how a message goes on is kept, and all else is made unreadable.
enum HTTPEditor {
    /// A method and a blank, or a version.
    private static let beginnings = ["GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "CONNECT ", "OPTIONS ", "TRACE ", "PATCH ", "HTTP/1."]
        .map { Array($0.utf8) }

    private static let kept: Set<String> = [
        "content-length", "content-type", "transfer-encoding", "connection", "keep-alive", "upgrade", "date", "server", "age",
        "retry-after",
        "x-envoy-upstream-service-time", "strict-transport-security", "allow", "accept-ranges", "expect", "proxy-connection",
    ]
    /// Words that values of these say, beside numbers.
    private static let words: Set<String> = [
        "chunked", "gzip", "deflate", "compress", "br", "zstd", "identity", "trailers", "close", "keep-alive", "upgrade", "timeout", "max",
        "te",
        "websocket", "h2c", "tls", "http", "http2-settings", "max-age", "includesubdomains", "preload", "bytes", "none", "100-continue",
        "get", "head", "post", "put", "delete", "connect", "options", "trace", "patch", "mon", "tue", "wed", "thu", "fri", "sat", "sun",
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "gmt",
    ]
    private static let products: Set<String> = [
        "apache", "awselb", "caddy", "cloudflare", "envoy", "gunicorn", "haproxy", "istio-envoy", "jetty", "kestrel", "microsoft-iis",
        "nginx",
        "openresty", "tomcat", "traefik", "uvicorn", "varnish",
    ]
    /// Fields that everybody sends, whose values are made unreadable (Hypertext Transfer Protocol Field Name Registry, IANA).
    private static let common: Set<String> = [
        "accept", "accept-charset", "accept-encoding", "accept-language", "authorization", "cache-control", "content-disposition",
        "content-encoding", "content-language", "content-range", "content-security-policy", "cookie", "dnt", "etag", "expires", "forwarded",
        "from", "http2-settings", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "last-modified",
        "link", "pragma", "proxy-authenticate", "proxy-authorization", "range", "sec-websocket-accept", "sec-websocket-extensions",
        "sec-websocket-key", "sec-websocket-protocol", "sec-websocket-version", "set-cookie", "te", "trailer",
        "upgrade-insecure-requests", "user-agent", "vary", "via", "warning", "www-authenticate", "x-content-type-options",
        "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-frame-options", "x-powered-by", "x-request-id", "alt-svc",
    ]
    private static let names: Set<String> = ["host", "location", "content-location", "refresh", "referer", "origin"]

    static func begins(_ octets: some Collection<UInt8>) -> Bool { beginnings.contains { octets.starts(with: $0) } }

    /// - Returns: where the head ends; nil where none begins or ends.
    static func rewrite(at start: Int, in editor: inout OctetEditor, _ names: NameMap, _ addresses: AddressMap) -> Int? {
        guard start < editor.octets.count, begins(editor.octets[start...]) else { return nil }
        var bytes = editor.octets.span.extracting(start..<editor.octets.count)
        let count = bytes.count
        do throws(DecodeError) { _ = try HTTPHead(decoding: &bytes) } catch { return nil }
        let end = start + count - bytes.count
        var line = start
        var isFirst = true
        var action = Action.blot
        while line < end, let feed = editor.octets[line..<end].firstIndex(of: 0x0a) {
            let text = line..<(feed > line && editor.octets[feed - 1] == 0x0d ? feed - 1 : feed)
            if isFirst {
                rewriteStart(text, &editor, names, addresses)
            } else {
                rewriteField(text, &action, &editor, names, addresses)
            }
            if !text.isEmpty { isFirst = false }
            line = feed + 1
        }
        return end
    }

    private enum Action { case keep, type, product, names, alternatives, blot }

    /// Of a request the target; of an answer the status stays.
    private static func rewriteStart(_ line: Range<Int>, _ editor: inout OctetEditor, _ names: NameMap, _ addresses: AddressMap) {
        let text = editor[line]
        let version = Array("HTTP/1.".utf8)
        // "HTTP/1.1 200" and a reason.
        if text.starts(with: version) { return blot(line.dropFirst(12), &editor) }
        guard let first = text.firstIndex(of: 0x20), let last = text.lastIndex(of: 0x20), last > first,
            text[(last + 1)...].starts(with: version), text.count - last == 9
        else { return blot(line, &editor) }
        editor.replace(text: line.lowerBound + first + 1..<line.lowerBound + last, names, addresses)
    }

    private static func rewriteField(
        _ line: Range<Int>, _ action: inout Action, _ editor: inout OctetEditor, _ names: NameMap, _ addresses: AddressMap
    ) {
        let text = editor[line]
        var value = line
        // A value may go on in the next line (RFC 9112 §5.2).
        if let first = text.first, first != 0x20, first != 0x09 {
            let colon = text.firstIndex(of: 0x3a) ?? 0
            let name = String(decoding: text[..<colon].map(\.lowercasedASCII), as: UTF8.self)
            switch name {
            case "content-type": action = .type
            case "server": action = .product
            case "alt-svc": action = .alternatives
            default: action = kept.contains(name) ? .keep : Self.names.contains(name) ? .names : .blot
            }
            if action == .blot, !common.contains(name) { editor.write([UInt8](repeating: 0x78, count: colon), at: line.lowerBound) }
            value = line.lowerBound + (colon > 0 ? colon + 1 : 0)..<line.upperBound
        }
        switch action {
        case .keep: replaceWords(value, &editor) { $0.allSatisfy(\.isDigit) || words.contains($1) ? nil : $0.map { _ in 0x78 } }
        case .type:
            let end = editor.octets[value].firstIndex(of: 0x3b) ?? value.upperBound
            // What is no standard's may be named after its owner (RFC 6838 §3).
            let name = String(decoding: editor.octets[value.lowerBound..<end].map(\.lowercasedASCII), as: UTF8.self)
            let isStandard = !["/vnd.", "/prs.", "/x.", "/x-"].contains { name.contains($0) }
            blot((isStandard ? end : value.lowerBound)..<value.upperBound, &editor)
            action = .blot
        case .product: replaceWords(value, &editor) { products.contains($1) ? nil : names.text($0, addresses) }
        case .names: editor.replace(text: value, names, addresses)
        case .alternatives: rewriteAlternatives(value, &editor, names, addresses)
        case .blot: blot(value, &editor)
        }
    }

    private static func blot(_ range: Range<Int>, _ editor: inout OctetEditor) {
        editor.write(editor[range].map { $0.isDigit || $0 >= 0x41 ? 0x78 : $0 }, at: range.lowerBound)
    }

    /// - Parameter other: what stands for a word, which comes a second time in lower case; nil keeps it.
    private static func replaceWords(_ range: Range<Int>, _ editor: inout OctetEditor, _ other: ([UInt8], String) -> [UInt8]?) {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = editor.octets[start..<range.upperBound].firstIndex { !$0.isOfWord } ?? range.upperBound
            let word = editor[start..<end]
            if !word.isEmpty, let other = other(word, String(decoding: word.map(\.lowercasedASCII), as: UTF8.self)) {
                editor.write(other, at: start)
            }
            start = end + 1
        }
    }

    /// A protocol's name, and between quotes a server's, before a port (RFC 7838 §3); behind it parameters.
    private static func rewriteAlternatives(_ value: Range<Int>, _ editor: inout OctetEditor, _ names: NameMap, _ addresses: AddressMap) {
        var start: Int?
        var end = value.lowerBound
        var isParameter = false
        for index in value where editor.octets[index] == 0x22 {
            if let from = start {
                let authority = editor.octets[from..<index]
                let host = from..<(authority.lastIndex(of: 0x3a) ?? index)
                if !isParameter || !authority.allSatisfy(\.isDigit) { editor.replace(text: host, names, addresses) }
                start = nil
                end = index + 1
            } else {
                let word =
                    editor.octets[end..<max(end, index - 1)].lastIndex { [0x09, 0x20, 0x2c, 0x3b].contains($0) }.map { $0 + 1 } ?? end
                let name = span(word, index - 1)
                let mark = editor.octets[end..<word].last { $0 != 0x09 && $0 != 0x20 }
                // Others' parameters are names of one's own.
                isParameter = mark == 0x3b && parameters.contains(String(decoding: editor[name].map(\.lowercasedASCII), as: UTF8.self))
                if !isParameter { editor.write(alternative(editor[name], names), at: name.lowerBound) }
                start = index + 1
            }
        }
    }

    /// Of alternatives (RFC 7838 §3.1).
    private static let parameters: Set<String> = ["ma", "persist"]

    /// A protocol's name, of which octets are encoded that no token has: they are afterwards, too.
    private static func alternative(_ text: [UInt8], _ names: NameMap) -> [UInt8] {
        var name: [UInt8] = []
        var places: [Range<Int>] = []
        var index = 0
        while index < text.count {
            let digits = text[index...].dropFirst().prefix(2)
            let isEncoded = text[index] == 0x25 && digits.count == 2 && digits.allSatisfy(\.isHexDigit)
            name.append(isEncoded ? UInt8(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0 : text[index])
            places.append(index..<index + (isEncoded ? 3 : 1))
            index += isEncoded ? 3 : 1
        }
        var mapped = text
        for (place, (old, new)) in zip(places, zip(name, names.protocol(name))) where old != new {
            let encoded = "%\(new < 16 ? "0" : "")\(String(new, radix: 16, uppercase: true))"
            mapped.replaceSubrange(place, with: place.count > 1 ? Array(encoded.utf8) : [new])
        }
        return mapped
    }
}

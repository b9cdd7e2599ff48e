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

    private enum Action { case keep, names, alternatives, blot }

    /// Of a request the target; a status and its reason stay.
    private static func rewriteStart(_ line: Range<Int>, _ editor: inout OctetEditor, _ names: NameMap, _ addresses: AddressMap) {
        let text = editor[line]
        guard !text.starts(with: Array("HTTP/".utf8)), let first = text.firstIndex(of: 0x20), let last = text.lastIndex(of: 0x20),
            last > first
        else { return }
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
            action = kept.contains(name) ? .keep : Self.names.contains(name) ? .names : name == "alt-svc" ? .alternatives : .blot
            value = line.lowerBound + (colon > 0 ? colon + 1 : 0)..<line.upperBound
        }
        switch action {
        case .keep: break
        case .names: editor.replace(text: value, names, addresses)
        case .alternatives: rewriteAlternatives(value, &editor, names, addresses)
        case .blot: editor.write(editor[value].map { $0.isDigit || $0 >= 0x41 ? 0x78 : $0 }, at: value.lowerBound)
        }
    }

    /// Names stand between quotes, before a port (RFC 7838 §3).
    private static func rewriteAlternatives(_ value: Range<Int>, _ editor: inout OctetEditor, _ names: NameMap, _ addresses: AddressMap) {
        var start: Int?
        for index in value where editor.octets[index] == 0x22 {
            if let from = start {
                let authority = editor.octets[from..<index]
                let host = from..<(authority.lastIndex(of: 0x3a) ?? index)
                editor.replace(text: host, names, addresses)
                start = nil
            } else {
                start = index + 1
            }
        }
    }
}

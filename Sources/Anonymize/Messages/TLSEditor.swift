import Wire

/// Handshake messages in the clear: the name of the server that is asked for, and certificates.
enum TLSEditor {
    /// Extensions whose content tells no names, but numbers, random octets and what is encrypted (TLS ExtensionType Values, IANA).
    private static let harmless: Set<Int> = [
        1, 10, 11, 13, 14, 15, 19, 20, 22, 23, 24, 27, 28, 34, 35, 42, 43, 45, 49, 50, 51, 57, 13172, 0xfe0d, 0xff01,
    ]

    /// - Parameter body: the message behind its header.
    static func rewrite(type: Int, _ body: Range<Int>, in editor: inout OctetEditor, _ names: NameMap, _ addresses: AddressMap) {
        switch TLSHandshakeHeader.MessageType(rawValue: UInt8(truncatingIfNeeded: type)) {
        case .clientHello: rewriteHello(body, &editor, names, addresses)
        case .serverHello: rewriteAnswer(body, &editor, names)
        case .certificate: rewriteCertificates(body, &editor, names, addresses)
        // Tickets and numbers: session ticket, signatures.
        case _ where [4, 15, 20].contains(type): break
        // A server's key exchange is a key on a curve (RFC 8422 §5.4), or may begin with a hint at whose key is wanted (RFC 4279 §2).
        case _ where type == 12: if !isKeyOnCurve(body, editor) { editor.replace(opaque: body, names) }
        // A client's key exchange may begin with who it is (RFC 4279 §2), behind two octets.
        case _ where type == 16: editor.replace(opaque: span(min(body.lowerBound + 2, body.upperBound), body.upperBound), names)
        case _ where type == 13: rewriteRequest(body, &editor, names, addresses)
        default: editor.blot(body)
        }
    }

    /// RFC 8446 §4.1.2.
    private static func rewriteHello(_ body: Range<Int>, _ editor: inout OctetEditor, _ names: NameMap, _ addresses: AddressMap) {
        var offset = body.lowerBound + 34
        guard let session = editor.uint8(offset) else { return }
        offset += 1 + session
        guard let ciphers = editor.uint16(offset) else { return }
        offset += 2 + ciphers
        guard let methods = editor.uint8(offset) else { return }
        offset += 1 + methods
        guard let extensions = editor.uint16(offset) else { return }
        offset += 2
        let end = min(body.upperBound, offset + extensions)
        while offset + 4 <= end, let type = editor.uint16(offset), let length = editor.uint16(offset + 2) {
            let content = offset + 4..<min(end, offset + 4 + length)
            guard !content.isEmpty else {
                offset = offset + 4 + length
                continue
            }
            if type == 0 {
                rewriteServerName(content, &editor, names, addresses)
            } else if type == 41 {
                rewriteIdentities(content, &editor, names)
            } else if !rewriteShared(type, content, &editor, names), !harmless.contains(type), type & 0x0f0f != 0x0a0a,
                !(type == 5 && length == 5)
            {
                editor.blot(content)
            }
            offset += 4 + length
        }
    }

    /// RFC 8446 §4.1.3.
    private static func rewriteAnswer(_ body: Range<Int>, _ editor: inout OctetEditor, _ names: NameMap) {
        guard let session = editor.uint8(body.lowerBound + 34) else { return }
        var offset = body.lowerBound + 35 + session + 3
        guard let extensions = editor.uint16(offset) else { return }
        offset += 2
        let end = min(body.upperBound, offset + extensions)
        while offset + 4 <= end, let type = editor.uint16(offset), let length = editor.uint16(offset + 2) {
            let content = offset + 4..<min(end, offset + 4 + length)
            // A server says which of the client's keys it takes by its number.
            if !rewriteShared(type, content, &editor, names), !harmless.contains(type), type != 41 || length != 2 { editor.blot(content) }
            offset += 4 + length
        }
        editor.blot(span(min(offset, body.upperBound), body.upperBound))
    }

    /// What both sides' hellos have behind a length: protocols (RFC 7301 §3.1), and a cookie, in which a server may keep what it likes (RFC 8446
    /// §4.2.2).
    ///
    /// - Returns: false where it is neither.
    private static func rewriteShared(_ type: Int, _ content: Range<Int>, _ editor: inout OctetEditor, _ names: NameMap) -> Bool {
        let list = span(min(content.lowerBound + 2, content.upperBound), content.upperBound)
        switch type {
        case 16, 17513, 17613: editor.replace(protocols: list, names)
        case 44: editor.replace(opaque: list, names)
        default: return false
        }
        return true
    }

    private static func isKeyOnCurve(_ body: Range<Int>, _ editor: OctetEditor) -> Bool {
        guard editor.uint8(body.lowerBound) == 3, let key = editor.uint8(body.lowerBound + 3) else { return false }
        let signature = body.lowerBound + 4 + key
        // Behind the key stand an algorithm and a signature, and nothing else; a hint of so many octets would not fit.
        return signature == body.upperBound || editor.uint16(signature + 2).map { signature + 4 + $0 } == body.upperBound
            || editor.uint16(signature).map { signature + 2 + $0 } == body.upperBound
    }

    /// Keys that both sides know may be called by whose they are (RFC 8446 §4.2.11).
    private static func rewriteIdentities(_ content: Range<Int>, _ editor: inout OctetEditor, _ names: NameMap) {
        guard let length = editor.uint16(content.lowerBound) else { return }
        let end = min(content.upperBound, content.lowerBound + 2 + length)
        var offset = content.lowerBound + 2
        while offset + 2 <= end, let identity = editor.uint16(offset) {
            editor.replace(opaque: span(offset + 2, min(end, offset + 2 + identity)), names)
            // An age of four octets follows.
            offset += 6 + identity
        }
    }

    /// RFC 6066 §3.
    private static func rewriteServerName(_ content: Range<Int>, _ editor: inout OctetEditor, _ names: NameMap, _ addresses: AddressMap) {
        var offset = content.lowerBound + 2
        while offset + 3 <= content.upperBound, let length = editor.uint16(offset + 1) {
            editor.replace(text: offset + 3..<max(offset + 3, min(content.upperBound, offset + 3 + length)), names, addresses)
            offset += 3 + length
        }
    }

    /// RFC 5246 §7.4.2.
    private static func rewriteCertificates(_ body: Range<Int>, _ editor: inout OctetEditor, _ names: NameMap, _ addresses: AddressMap) {
        var offset = body.lowerBound + 3
        while let length = editor.uint24(offset), offset + 3 + length <= body.upperBound {
            DEREditor.rewrite(offset + 3..<offset + 3 + length, in: &editor, names, addresses)
            offset += 3 + length
        }
        editor.blot(span(offset, body.upperBound))
    }

    /// The names of authorities behind two lists of numbers (RFC 5246 §7.4.4).
    private static func rewriteRequest(_ body: Range<Int>, _ editor: inout OctetEditor, _ names: NameMap, _ addresses: AddressMap) {
        guard let types = editor.uint8(body.lowerBound), let algorithms = editor.uint16(body.lowerBound + 1 + types) else {
            return editor.blot(body)
        }
        var offset = body.lowerBound + 1 + types + 2 + algorithms + 2
        while let length = editor.uint16(offset), offset + 2 + length <= body.upperBound {
            DEREditor.rewrite(offset + 2..<offset + 2 + length, in: &editor, names, addresses)
            offset += 2 + length
        }
        editor.blot(span(offset, body.upperBound))
    }
}

/// A certificate's octets (X.690): texts and names are replaced, keys, signatures and numbers made other ones, times and the rules kept.
enum DEREditor {
    private static let deepest = 24

    static func rewrite(_ range: Range<Int>, in editor: inout OctetEditor, _ names: NameMap, _ addresses: AddressMap) {
        rewrite(range, &editor, names, addresses, depth: 0)
    }

    private static func rewrite(_ range: Range<Int>, _ editor: inout OctetEditor, _ names: NameMap, _ addresses: AddressMap, depth: Int) {
        var offset = range.lowerBound
        while offset < range.upperBound {
            guard depth < deepest, let element = element(at: offset, before: range.upperBound, editor) else {
                return editor.blot(offset..<range.upperBound)
            }
            let (tag, content) = (editor.octets[offset], element)
            if tag & 0x20 != 0 {
                rewrite(content, &editor, names, addresses, depth: depth + 1)
            } else if !content.isEmpty {
                rewrite(tag, content, &editor, names, addresses, depth: depth)
            }
            offset = content.upperBound
        }
    }

    private static func rewrite(
        _ tag: UInt8, _ content: Range<Int>, _ editor: inout OctetEditor, _ names: NameMap, _ addresses: AddressMap, depth: Int
    ) {
        switch tag {
        case 0x01, 0x05, 0x06, 0x0a, 0x17, 0x18: break  // true or false, null, identifiers, times
        case 0x02 where content.count > 4:
            // The first octet keeps it positive.
            editor.replace(opaque: content.dropFirst(), names)
            if editor.octets[content.lowerBound] != 0 {
                editor.write([editor.octets[content.lowerBound] & 0x7f | 1], at: content.lowerBound)
            }
        case 0x02: break
        case 0x03: if content.count > 4 { editor.replace(opaque: content.dropFirst(), names) }
        case 0x04:
            if let inner = element(at: content.lowerBound, before: content.upperBound, editor), inner.upperBound == content.upperBound {
                rewrite(content, &editor, names, addresses, depth: depth + 1)
            } else {
                editor.replace(opaque: content, names)
            }
        case 0x0c, 0x12...0x16, 0x19...0x1c: editor.replace(text: content, names, addresses)
        case 0x87 where content.count == 4: editor.replace(ipv4: content.lowerBound, addresses)
        case 0x87 where content.count == 16: editor.replace(ipv6: content.lowerBound, addresses)
        case 0x80...0x9f where editor.octets[content].allSatisfy { (0x20...0x7e).contains($0) }:
            editor.replace(text: content, names, addresses)
        default: editor.replace(opaque: content, names)
        }
    }

    /// The content of a tag's element with a length of up to three octets.
    private static func element(at offset: Int, before end: Int, _ editor: OctetEditor) -> Range<Int>? {
        guard let tag = editor.uint8(offset), tag & 0x1f != 0x1f, let first = editor.uint8(offset + 1) else { return nil }
        var (length, start) = (first, offset + 2)
        if first >= 0x80 {
            guard (0x81...0x83).contains(first) else { return nil }
            length = 0
            for _ in 0..<(first & 3) {
                guard let octet = editor.uint8(start) else { return nil }
                length = length << 8 | octet
                start += 1
            }
        }
        return start + length <= end ? start..<start + length : nil
    }
}

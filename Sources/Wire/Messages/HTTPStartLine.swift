/// The first line of an HTTP/1.x head, or as much of it as is there (RFC 9112 §3, §4).
struct HTTPStartLine {
    var line: HTTPHead.StartLine
    var minorVersion: UInt8

    /// The longest registered method has 17 octets; what goes on without a space is something else.
    private static let longestMethod = 24

    /// Nil where the line is incomplete but may become one of HTTP/1.
    init?(_ text: Span<UInt8>, isComplete: Bool) throws(DecodeError) {
        var text = text
        // The CR of a line end that is on its way.
        if !isComplete, !text.isEmpty, text[text.count - 1] == 0x0d { text = text.extracting(droppingLast: 1) }
        if text.agrees(withVersionAt: 0) {
            // A status line begins with the version, in full or so far.
            guard isComplete else { return nil }
            guard text.count >= 12, text.agrees(withVersionAt: 0), text[8] == 0x20 else { throw .unsupported("start line") }
            var status: UInt16 = 0
            for index in 9..<12 {
                guard (0x30...0x39).contains(text[index]) else { throw .unsupported("start line") }
                status = status * 10 + UInt16(text[index] - 0x30)
            }
            let reason = [UInt8](copying: text.extracting(droppingFirst: min(13, text.count)))
            line = .response(status: status, reason: String(decoding: reason, as: UTF8.self))
            minorVersion = text[7] - 0x30
            return
        }
        var methodLength = 0
        while methodLength < text.count, text[methodLength] != 0x20 {
            guard text[methodLength].isTokenCharacter, methodLength < Self.longestMethod else { throw .unsupported("start line") }
            methodLength += 1
        }
        for index in methodLength..<text.count where text[index] < 0x20 || text[index] == 0x7f { throw .unsupported("start line") }
        guard isComplete else {
            if methodLength == 0, !text.isEmpty { throw .unsupported("start line") }
            return nil
        }
        // The target may hold spaces, against the rules: the version is what stands last.
        let version = text.count - 8
        guard methodLength > 0, version > methodLength + 2, text[version - 1] == 0x20, text.agrees(withVersionAt: version) else {
            throw .unsupported("start line")
        }
        let target = text.extracting((methodLength + 1)..<(version - 1))
        line = .request(
            method: String(decoding: [UInt8](copying: text.extracting(first: methodLength)), as: UTF8.self),
            target: String(decoding: [UInt8](copying: target), as: UTF8.self))
        minorVersion = text[version + 7] - 0x30
    }
}

extension Span<UInt8> {
    /// "HTTP/1." and a digit, as far as there are octets; at least one.
    fileprivate func agrees(withVersionAt start: Int) -> Bool {
        guard start < count else { return false }
        let version: InlineArray<7, UInt8> = [0x48, 0x54, 0x54, 0x50, 0x2f, 0x31, 0x2e]
        for index in start..<Swift.min(start + 8, count) {
            let agrees = index - start < 7 ? self[index] == version[index - start] : (0x30...0x39).contains(self[index])
            guard agrees else { return false }
        }
        return true
    }
}

extension UInt8 {
    /// RFC 9110 §5.6.2.
    public var isTokenCharacter: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        case 0x21, 0x23...0x27, 0x2a, 0x2b, 0x2d, 0x2e, 0x5e...0x60, 0x7c, 0x7e: true
        default: false
        }
    }
}

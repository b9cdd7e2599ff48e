import Wire

/// The beginning of a TCP stream, one direction: DNS, TLS in the clear, or HTTP/1 heads, replaced in place. What is none of these is not known.
struct StreamEditor {
    private(set) var editor: OctetEditor
    private(set) var known = KnownRanges()
    let names: NameMap
    let addresses: AddressMap

    private static let sslRequest: [UInt8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]

    static let longestAlert = 64

    /// - Parameter starts: where segments begin.
    init(_ octets: [UInt8], isDNS: Bool, starts: [Int], _ names: NameMap, _ addresses: AddressMap) {
        editor = OctetEditor(octets: octets)
        (self.names, self.addresses) = (names, addresses)
        if isDNS {
            rewriteDNS()
            return
        }
        var start = 0
        // PostgreSQL asks before TLS, and is answered with one octet.
        if octets.starts(with: Self.sslRequest) { start = 8 } else if octets.count > 1, octets[0] == 0x53, octets[1] == 22 { start = 1 }
        known.insert(0..<start)
        if Self.isRecord(octets, at: start) { rewriteTLS(from: start) } else { rewriteHTTP(starts) }
    }

    /// Whether what follows need not be seen.
    static func isOver(_ octets: [UInt8]) -> Bool {
        var offset = octets.starts(with: sslRequest) ? 8 : octets.count > 1 && octets[0] == 0x53 && octets[1] == 22 ? 1 : 0
        guard isRecord(octets, at: offset) else { return !HTTPEditor.begins(octets) }
        while isRecord(octets, at: offset) {
            if octets[offset] == 23 { return true }
            offset += 5 + (Int(octets[offset + 3]) << 8 | Int(octets[offset + 4]))
        }
        return offset < octets.count && offset + 5 <= octets.count
    }

    private static func isRecord(_ octets: [UInt8], at offset: Int) -> Bool {
        octets.count >= offset + 5 && (20...23).contains(octets[offset]) && octets[offset + 1] == 3 && octets[offset + 2] <= 4
    }

    // MARK: DNS

    /// Messages behind their lengths (RFC 1035 §4.2.2).
    private mutating func rewriteDNS() {
        var offset = 0
        while let length = editor.uint16(offset), editor.holds(offset + 2, length) {
            let message = DNSEditor.rewrite(editor[offset + 2..<offset + 2 + length], names, addresses)
            editor.write(message.octets, at: offset + 2)
            // What stands behind its records is nothing that anybody reads.
            editor.blot(offset + 2 + message.known..<offset + 2 + length)
            offset += 2 + length
        }
        known.insert(0..<offset)
    }

    // MARK: TLS

    private mutating func rewriteTLS(from start: Int) {
        var offset = start
        var isProtected = false
        // Where the octets of the handshake's messages stand, and how many of them have been read.
        var places: [Int] = []
        var read = 0
        var ends: [(body: Int, read: Int, known: Range<Int>)] = []
        while Self.isRecord(editor.octets, at: offset), let length = editor.uint16(offset + 3) {
            let type = editor.octets[offset]
            if type == 23 {
                ends.append((offset, places.count, offset..<offset + 5))
                break
            }
            // A change of ciphers is one octet, and an alert, sealed, is no longer: more is something else.
            if (type == 20 && length != 1) || (type == 21 && length > Self.longestAlert) { break }
            let end = min(offset + 5 + length, editor.octets.count)
            if type == 20 { isProtected = true }
            // Another hello follows a HelloRetryRequest, behind a change of ciphers that changes nothing (RFC 8446 appendix D.4).
            if type == 22, editor.uint8(offset + 5) == 1, editor.uint16(offset + 9) == 0x0303 { isProtected = false }
            if type == 22, !isProtected { places += Array(offset + 5..<end) }
            ends.append((offset, places.count, offset..<end))
            offset += 5 + length
        }
        var handshake = OctetEditor(octets: places.map { editor.octets[$0] })
        while let type = handshake.uint8(read), let length = handshake.uint24(read + 1), handshake.holds(read + 4, length) {
            TLSEditor.rewrite(type: type, read + 4..<read + 4 + length, in: &handshake, names, addresses)
            read += 4 + length
        }
        for index in 0..<read { editor.write([handshake.octets[index]], at: places[index]) }
        for record in ends {
            guard record.read > read else {
                known.insert(record.known)
                continue
            }
            // A message that is not whole is not known.
            known.insert(record.known.lowerBound..<max(record.known.lowerBound, min(record.known.upperBound, places[read])))
            break
        }
    }

    // MARK: HTTP

    private mutating func rewriteHTTP(_ starts: [Int]) {
        var end = 0
        for start in Set(starts).sorted() where start >= end && start < editor.octets.count {
            var next = start
            // Responses without bodies, and requests, may stand one behind the other.
            while let head = HTTPEditor.rewrite(at: next, in: &editor, names, addresses) {
                known.insert(next..<head)
                next = head
                end = head
            }
        }
    }
}

import Testing
import Wire

struct DNSNameBufferTests {
    /// The message of RFC 1035 §4.1.4's drawing: F.ISI.ARPA at 20, FOO.F.ISI.ARPA at 40, ARPA at 64, the root at 92.
    static let drawing: [UInt8] = {
        var message = [UInt8](repeating: 0xff, count: 93)
        message.replaceSubrange(20..<32, with: hex("01 46 03 495349 04 41525041 00"))
        message.replaceSubrange(40..<46, with: hex("03 464f4f c014"))
        message.replaceSubrange(64..<66, with: hex("c01a"))
        message[92] = 0
        return message
    }()

    private func read(_ message: [UInt8], at offset: Int = 0) throws(DecodeError) -> (name: String, end: Int) {
        var end = offset
        let name = try DNSNameBuffer(decoding: message.span, at: &end).name
        return (name.description, end)
    }

    @Test(arguments: [(20, "F.ISI.ARPA", 32), (40, "FOO.F.ISI.ARPA", 46), (64, "ARPA", 66), (92, ".", 93)])
    func drawingOfTheRFC(_ offset: Int, _ name: String, _ end: Int) throws {
        let (found, after) = try read(Self.drawing, at: offset)
        #expect(found == name)
        #expect(after == end)
    }

    /// Short after long, plain after compressed, and after one that does not decode: nothing of what was there before stays.
    @Test func readAgainIsAsNew() throws {
        let long = hex("3f" + String(repeating: "61", count: 63) + "3f" + String(repeating: "62", count: 63) + "00")
        let messages = [
            (Self.drawing, 40), (long, 0), (Self.drawing, 64), (hex("03 464f4f 07 626162"), 0), (Self.drawing, 92), (hex("01 61 00"), 0),
        ]
        for (before, start) in messages {
            for (message, offset) in messages {
                var name = DNSNameBuffer()
                var (first, second) = (start, offset)
                try? name.read(before.span, at: &first)
                guard (try? name.read(message.span, at: &second)) != nil else { continue }
                var end = offset
                let fresh = try DNSNameBuffer(decoding: message.span, at: &end)
                var (hash, freshHash) = (KeyedHash(key: 7), KeyedHash(key: 7))
                name.hash(into: &hash)
                fresh.hash(into: &freshHash)
                #expect(name.name.octets == fresh.name.octets && second == end && hash.value == freshHash.value)
                #expect(name.isWithin(fresh.name) && name.isWithin(.root))
            }
        }
    }

    @Test func pointersMayLeadToPointers() throws {
        let (name, end) = try read(hex("01 61 00 c000 c003 01 62 c005"), at: 7)
        #expect(name == "b.a")
        #expect(end == 11)
    }

    @Test(
        arguments: [
            ("c000", 0, .malformed("compression pointer")),  // to itself
            ("01 61 c000", 0, .malformed("compression pointer")),  // to the name it ends
            ("01 61 c002", 0, .malformed("compression pointer")),
            ("c002 01 61 00", 0, .malformed("compression pointer")),  // forward
            ("c0ff", 0, .malformed("compression pointer")),  // beyond the end
            ("01 61 c004 01 62 c000", 4, .malformed("compression pointer")),  // a circle of two
            ("01 61 01 62 c000", 2, .malformed("compression pointer")),  // back, then over itself again
            ("41 61 00", 0, .unsupported("label type")), ("80 00", 0, .unsupported("label type")),  // RFC 6891 §5 retired these
            ("", 0, .truncated(needed: 1, available: 0)), ("01", 0, .truncated(needed: 2, available: 1)),
            ("01 61", 0, .truncated(needed: 1, available: 0)), ("05 6161", 0, .truncated(needed: 6, available: 3)),
            ("c0", 0, .truncated(needed: 2, available: 1)), ("00", 1, .truncated(needed: 1, available: 0)),
        ] as [(String, Int, DecodeError)])
    func refusals(_ message: String, _ offset: Int, _ error: DecodeError) {
        #expect(throws: error) { try read(hex(message), at: offset) }
    }

    /// Where a name does not decode the offset stays, so that the anomaly points at its beginning.
    @Test func failureLeavesTheOffset() {
        let message = hex("01 61 00 01 62 c0ff")
        var offset = 3
        #expect(throws: DecodeError.self) { try DNSNameBuffer(decoding: message.span, at: &offset) }
        #expect(offset == 3)
    }

    @Test func nameIs255OctetsAtMost() throws {
        let label = [63] + [UInt8](repeating: 0x61, count: 63)
        let three = label + label + label
        let longest = three + [61] + [UInt8](repeating: 0x61, count: 61) + [0]
        #expect(longest.count == 255)
        #expect(try read(longest).end == 255)
        for tooLong in [three + [62] + [UInt8](repeating: 0x61, count: 62) + [0], three + label + [0]] {
            #expect(throws: DecodeError.malformed("name longer than 255 octets")) { try read(tooLong) }
        }
        // Pointers do not help: it is the name that counts.
        #expect(throws: DecodeError.malformed("name longer than 255 octets")) {
            try read(longest + [1, 0x62, 0xc0, 0], at: 255)
        }
    }

    /// A chain that is legal by the letter, and would cost thousands of steps for each name of a large message.
    @Test func longChainsOfPointersAreRefused() throws {
        var message: [UInt8] = [1, 0x61, 0]
        var target = 0
        for _ in 0..<8000 {
            message += [0xc0 | UInt8(target >> 8), UInt8(target & 255)]
            target = message.count - 2
        }
        #expect(try read(message, at: 3 + 2 * 126).name == "a")
        #expect(throws: DecodeError.malformed("compression pointer")) { try read(message, at: 3 + 2 * 127) }
        #expect(throws: DecodeError.malformed("compression pointer")) { try read(message, at: message.count - 2) }
    }

    @Test func buffersOfNamesAreNames() throws {
        let name = try #require(DNSName("Grafana.laurivan.com"))
        #expect(DNSNameBuffer(name).name.octets == name.octets)
        #expect(DNSNameBuffer(.root).name.octets == [0])
    }

    @Test func hashFoldsCaseAndNothingElse() throws {
        func hash(_ text: String) throws -> UInt64 {
            var hash = KeyedHash(key: 1)
            DNSNameBuffer(try #require(DNSName(text))).hash(into: &hash)
            return hash.value
        }
        #expect(try hash("WWW.eXaMPle") == hash("www.example"))
        let others = ["www.example", "ww.wexample", "www.exampl", "www.example.a", ".", #"\000"#, "a", "aaaaaaa", "aaaaaa", "aaaaaaaa"]
        #expect(try Set(others.map(hash)).count == others.count)
    }

    @Test(arguments: 0..<12) func everyPrefixIsTruncated(_ length: Int) {
        let labels = [0, 2, 6, 11].last { $0 <= length } ?? 0
        let missing = [2, 4, 5, 1][[0, 2, 6, 11].count { $0 <= length } - 1]
        let error = DecodeError.truncated(needed: labels == length ? 1 : missing, available: length - labels)
        #expect(throws: error) { try read(Array(Self.drawing[20..<(20 + length)])) }
    }
}

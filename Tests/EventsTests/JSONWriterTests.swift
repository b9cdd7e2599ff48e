import Events
import Foundation
import Testing
import Wire

/// What `JSONWriter` writes, an independent decoder reads back.
struct JSONWriterTests {
    private func line(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
        var json = JSONWriter()
        json.line(body)
        return Array(json.bytes)
    }

    private func read(_ body: (inout JSONWriter) -> Void) throws -> JSON { try JSON(parsing: line(body)) }

    // MARK: Strings

    /// Not by arguments: some of these do not belong on a terminal.
    @Test func `a string is read back as it was`() throws {
        let ascii = (UInt8(0)..<0x80).map { "a" + String(UnicodeScalar($0)) + "b" }
        let others = [
            "", " ", "\"", "\\", "\\\"", "\"\"\"", "/", "</script>", "C:\\Users\\x", "\\u0041", "%s %n", "a\nb\tc\r\u{8}\u{c}", "\u{0}",
            "\u{80}", "é",
            "e\u{301}", "日本語", "🇸🇪👩‍👩‍👧", "\u{2028}\u{2029}", "\u{fffd}\u{ffff}", "\u{10ffff}", String(repeating: "x", count: 100_000),
            // Foundation drops one that stands first.
            "x\u{feff}",
        ]
        for value in ascii + others {
            let parsed = try read { json in
                json.field("field", value)
                json.array("array", [value, value]) { element, json in json.element(element) }
            }
            #expect(parsed == ["field": .string(value), "array": [.string(value), .string(value)]])
            #expect(parsed["field"]?.text.map { Array($0.utf8) } == Array(value.utf8))
        }
    }

    @Test func `controls, quotes and backslashes are escaped and nothing else is`() {
        let bytes = line { $0.field("a", "\u{0}\u{1f} \"\\ /é\u{7f}\u{9b}\u{a0}") }
        #expect(String(decoding: bytes, as: UTF8.self) == "{\"a\":\"\\u0000\\u001f \\\"\\\\ /é\\u007f\\u009b\u{a0}\"}\n")
        let all = line { json in for octet in UInt8(0)..<0x20 { json.field("k", String(UnicodeScalar(octet))) } }
        #expect(all.filter { $0 < 0x20 } == [0x0a])
    }

    @Test(arguments: [
        ("grafana.laurivan.com", "grafana.laurivan.com"), (".", "."), (#"a\.b.c"#, #"a\.b.c"#), (#"a\\b"#, #"a\\b"#),
        (#"\000\031\127\255"#, #"\000\031\127\255"#),
        (#"say\"hi""#, #"say"hi""#), (#"\032"#, #"\032"#),
    ])
    func `a domain name's escapes are escaped once more`(_ name: String, _ text: String) throws {
        let name = try #require(DNSName(name))
        #expect(try read { $0.field("name", name) } == ["name": .string(text)])
        #expect(name.description == text)
    }

    // MARK: Numbers, flags, addresses

    @Test func `integers of every width keep their value`() throws {
        let parsed = try read { json in
            json.field("zero", 0)
            json.field("nine", UInt8(9))
            json.field("ten", Int16(10))
            json.field("largest", UInt64.max)
            json.field("smallest", Int64.min)
            json.field("largest_signed", Int64.max)
            json.field("minus", Int8.min)
            json.field("minus_one", -1)
        }
        #expect(
            parsed == [
                "zero": 0, "nine": 9, "ten": 10, "largest": 18_446_744_073_709_551_615, "smallest": -9_223_372_036_854_775_808,
                "largest_signed": 9_223_372_036_854_775_807, "minus": -128, "minus_one": -1,
            ])
    }

    @Test func `every power of ten and its neighbours are written digit for digit`() {
        var power: UInt64 = 1
        for _ in 0..<19 {
            power *= 10
            for value in [power - 1, power, power + 1] {
                #expect(String(decoding: line { $0.field("n", value) }, as: UTF8.self) == "{\"n\":\(value)}\n")
            }
        }
    }

    @Test func `flags and null are literals`() throws {
        let bytes = line { json in
            json.field("yes", true)
            json.field("no", false)
            json.null("nothing")
        }
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"yes":true,"no":false,"nothing":null}"# + "\n")
        #expect(try JSON(parsing: bytes) == ["yes": true, "no": false, "nothing": nil])
    }

    @Test(arguments: [
        "0.0.0.0", "10.0.0.157", "255.255.255.255", "::", "::1", "fe80::1", "2001:db8::157", "1:2:3:4:5:6:7:8", "2001:db8:0:1::",
        "::ffff:a00:9d",
    ])
    func `an address is written as its text`(_ text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(try read { $0.field("a", address) } == ["a": .string(text)])
    }

    @Test(arguments: [0, 0x0050_56aa_bb03, 0x3c22_fb00_0020, 0xffff_ffff_ffff, 0x0102_0304_0506, 0xa1b2_c3d4_e5f6] as [UInt64])
    func `a hardware address is six lower-case pairs`(_ value: UInt64) throws {
        let address = MACAddress(rawValue: value)
        let pairs = (0..<6).map { index in
            let pair = String(value >> (40 - 8 * UInt64(index)) & 255, radix: 16)
            return pair.count == 1 ? "0" + pair : pair
        }
        #expect(try read { $0.field("m", address) } == ["m": .string(pairs.joined(separator: ":"))])
    }

    // MARK: Structure

    @Test func `commas stand between values and nowhere else`() {
        let bytes = line { json in
            json.object("empty") { _ in }
            json.array("none", [Int]()) { _, _ in }
            json.object("outer") { json in
                json.object("inner") { json in json.array("of", [1, 2]) { number, json in json.element { $0.field("n", number) } } }
                json.field("after", plain: "x")
                json.array("strings", ["a", "b"]) { text, json in json.element(text) }
            }
            json.null("last")
        }
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"empty":{},"none":[],"outer":{"inner":{"of":[{"n":1},{"n":2}]},"after":"x","strings":["a","b"]},"last":null}"# + "\n")
    }

    @Test func `an empty object or array needs a comma before its neighbour`() throws {
        let parsed = try read { json in
            json.array("a", [[Int](), []]) { numbers, json in
                json.element { json in json.array("n", numbers) { number, json in json.element { $0.field("n", number) } } }
            }
            json.object("b") { $0.object("c") { _ in } }
            json.field("d", 1)
        }
        #expect(parsed == ["a": [["n": []], ["n": []]], "b": ["c": [:]], "d": 1])
    }

    @Test func `lines follow each other until they are taken`() throws {
        var json = JSONWriter(capacity: 0)
        for number in 0..<1000 { json.line { $0.field("n", number) } }
        #expect(try JSON.lines(json.bytes) == (0..<1000).map { ["n": .integer(Int128($0))] })
        json.removeAll()
        #expect(json.bytes.isEmpty)
        json.line { $0.field("n", 7) }
        #expect(try JSON.lines(json.bytes) == [["n": 7]])
    }

    @Test func `an empty line is an empty object`() {
        #expect(line { _ in } == Array("{}\n".utf8))
    }
}

import Testing
import Wire

struct SpanReadTests {
    static let octets = hex("0102030405060708 090a0b0c0d0e0f10")

    @Test func readsInNetworkByteOrder() throws {
        let (_, rest) = try decode(Self.octets) { bytes throws(DecodeError) in
            #expect(try bytes.read() as UInt8 == 0x01)
            #expect(try bytes.read() as UInt16 == 0x0203)
            #expect(try bytes.read() as UInt32 == 0x0405_0607)
            #expect(try bytes.read() as UInt64 == 0x0809_0a0b_0c0d_0e0f)
        }
        #expect(rest == [0x10])
    }

    @Test func readsAddresses() throws {
        #expect(try decode(Self.octets) { bytes throws(DecodeError) -> IPv4Address in try bytes.read() }.value.description == "1.2.3.4")
        #expect(
            try decode(Self.octets) { bytes throws(DecodeError) -> IPv6Address in try bytes.read() }.value.description
                == "102:304:506:708:90a:b0c:d0e:f10")
    }

    @Test func copiesOctetsOut() throws {
        let (array, rest) = try decode(Self.octets) { bytes throws(DecodeError) in try bytes.readArray(3) }
        #expect(array == [1, 2, 3])
        #expect(rest.first == 4)
    }

    @Test func failedReadLeavesTheCursor() {
        let octets = Array(Self.octets.prefix(3))
        var cursor = octets.span
        #expect(throws: DecodeError.truncated(needed: 4, available: 3)) { try cursor.skip(4) }
        do throws(DecodeError) {
            let _: UInt32 = try cursor.read()
        } catch {
            #expect(error == .truncated(needed: 4, available: 3))
        }
        #expect(cursor.count == 3)
    }

    /// An anomaly points at the field that failed, not behind it.
    @Test func unexpectedValueLeavesTheCursor() {
        var cursor = Self.octets.span
        do throws(DecodeError) {
            try cursor.expect(UInt8(1), field: "first")
            try cursor.expect(UInt16(0x0203), field: "second")
            try cursor.expect(UInt16(9), field: "third")
        } catch {
            #expect(error == .unsupported("third"))
        }
        #expect(cursor.count == Self.octets.count - 3)
    }

    /// A length beyond the end changes nothing, and one below zero is none.
    @Test(arguments: [(0, 0), (5, 5), (16, 16), (17, 16), (Int.max, 16), (-1, 0), (Int.min, 0)])
    func limitShortensTheEnd(_ limit: Int, _ count: Int) throws {
        let (_, rest) = try decode(Self.octets) { bytes throws(DecodeError) in bytes.limit(to: limit) }
        #expect(rest == Array(Self.octets.prefix(count)))
    }
}

import Testing
import Wire

struct QUICVarintTests {
    /// RFC 9000 appendix A.1, and the greatest of each length.
    @Test(
        arguments: [
            ("c2197c5eff14e88c", 151_288_809_941_952_652), ("9d7f3e7d", 494_878_333), ("7bbd", 15_293), ("25", 37), ("4025", 37),
            ("3f", 63), ("7fff", 16_383), ("bfffffff", 1_073_741_823), ("ffffffffffffffff", 4_611_686_018_427_387_903),
        ] as [(String, UInt64)])
    func decodes(_ octets: String, _ value: UInt64) throws {
        let (found, rest) = try decode(hex(octets + "ee")) { bytes throws(DecodeError) in try QUICVarint(decoding: &bytes) }
        #expect(found.value == value && rest == [0xee])
    }

    @Test(arguments: ["c2197c5eff14e88c", "9d7f3e7d", "7bbd", "25", "00"]) func encodesInAsFewOctetsAsHoldIt(_ octets: String) throws {
        #expect(try decode(hex(octets)) { bytes throws(DecodeError) in try QUICVarint(decoding: &bytes) }.value.octets == hex(octets))
    }

    @Test func whatDoesNotFitIsTheGreatest() { #expect(QUICVarint(.max).octets == hex("ffffffffffffffff")) }

    @Test(arguments: 0..<8) func everyPrefixIsTruncated(_ length: Int) {
        #expect(throws: DecodeError.truncated(needed: length == 0 ? 1 : 8, available: length)) {
            try decode(hex("c2197c5eff14e88c").prefix(length)) { bytes throws(DecodeError) in try QUICVarint(decoding: &bytes) }
        }
    }
}

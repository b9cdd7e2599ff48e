import Testing
@testable import Wire

struct TCPOptionScanTests {
    private func scan(_ options: [UInt8], acknowledgment: UInt32 = 100) -> TCPOptionScan {
        TCPOptionScan(options.span, acknowledgment: acknowledgment)
    }

    /// Linux 6.18's SYN, recorded: MSS 1460, SACK permitted, timestamps, a scale of 10.
    @Test func `a SYN's options`() {
        let scan = scan([2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0xfb, 0xd4, 0x5c, 0xd2, 0, 0, 0, 0, 1, 3, 3, 10])
        #expect(scan.maximumSegmentSize == 1460 && scan.windowScale == 10 && scan.sackPermitted && scan.hasTimestamps && !scan.hasGap)
    }

    @Test(arguments: [(UInt32(200), true), (100, false), (50, false), (0x8000_0065, false)])
    func `a block beyond the acknowledged octets is a gap`(_ left: UInt32, _ hasGap: Bool) {
        let edge = [left, left &+ 10].flatMap { edge in (0..<4).map { UInt8(truncatingIfNeeded: edge >> (24 - 8 * UInt32($0))) } }
        #expect(scan([1, 1, 5, 10] + edge).hasGap == hasGap)
    }

    @Test(
        arguments: [[2], [2, 0], [2, 1], [2, 4, 5], [5, 9, 0], [3], [8, 10, 1], [1, 1, 1], [0, 2, 4, 5, 180], [254, 255], []] as [[UInt8]])
    func `octets that make no option say nothing`(_ options: [UInt8]) {
        let scan = scan(options)
        #expect(scan.maximumSegmentSize == nil && scan.windowScale == nil && !scan.sackPermitted && !scan.hasTimestamps && !scan.hasGap)
    }

    @Test func `it says what the full decoder says`() {
        var generator = SystemRandomNumberGenerator()
        var agreed = 0
        for _ in 0..<5000 {
            let count = Int.random(in: 0...40, using: &generator)
            var options: [UInt8] = []
            for _ in 0..<count { options.append(UInt8.random(in: 0...11, using: &generator)) }
            var cursor = options.span
            guard let full = try? TCPOptions(decoding: &cursor) else {
                #expect(scan(options) == scan(options), "it comes to an end")
                continue
            }
            let scan = scan(options)
            #expect(scan.maximumSegmentSize == full.maximumSegmentSize && scan.windowScale == full.windowScale)
            #expect(scan.sackPermitted == full.sackPermitted && scan.hasTimestamps == (full.timestampValue != nil))
            agreed += 1
        }
        #expect(agreed > 100)
    }
}

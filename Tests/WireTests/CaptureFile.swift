import Foundation
import Testing
import Wire

/// A capture of this repository, read with as little as it takes: tcpdump's and dumpcap's files, little-endian, one interface.
/// `Savefile` reads the format in earnest; these tests do not lean on it.
struct CaptureFile: Sendable, CustomTestStringConvertible {
    var name: String
    var linkType: LinkType
    var frames: [[UInt8]]

    var testDescription: String { name }

    /// Every `Captures/<case>/capture.pcap` and `.pcapng`.
    static let recorded: [CaptureFile] = {
        let tests = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        let captures = tests.appending(path: "../../Captures").standardizedFileURL
        let cases = (try? FileManager.default.contentsOfDirectory(atPath: captures.path).sorted()) ?? []
        return cases.flatMap { name in
            ["pcap", "pcapng"].compactMap { kind in
                (try? Data(contentsOf: captures.appending(path: "\(name)/capture.\(kind)"))).flatMap { CaptureFile(name, [UInt8]($0)) }
            }
        }
    }()

    private init?(_ name: String, _ octets: [UInt8]) {
        func word(_ offset: Int) -> Int { (0..<4).reduce(0) { $0 | Int(octets[offset + $1]) << (8 * $1) } }
        guard octets.count >= 24 else { return nil }
        (self.name, linkType, frames) = (name, .ethernet, [])
        if word(0) == 0x0a0d_0d0a {
            var offset = 0
            while offset + 12 <= octets.count {
                switch word(offset) {
                case 1: linkType = LinkType(rawValue: UInt32(word(offset + 8) & 0xffff))
                case 6: frames.append(Array(octets[(offset + 28)..<(offset + 28 + word(offset + 20))]))
                default: break
                }
                offset += word(offset + 4)
            }
        } else {
            linkType = LinkType(rawValue: UInt32(word(20)))
            var offset = 24
            while offset + 16 <= octets.count {
                let end = offset + 16 + word(offset + 8)
                frames.append(Array(octets[(offset + 16)..<end]))
                offset = end
            }
        }
    }
}

struct CaptureFileTests {
    /// The tests of `CaptureFile.recorded` would pass without a single frame.
    @Test func capturesAreFound() {
        #expect(CaptureFile.recorded.count >= 50)
        #expect(CaptureFile.recorded.contains { $0.linkType == .linuxCooked2 })
        #expect(CaptureFile.recorded.reduce(0) { $0 + $1.frames.count } > 1000)
    }
}

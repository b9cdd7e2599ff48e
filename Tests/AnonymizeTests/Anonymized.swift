import Anonymize
import Diagnosis
import Site
import Support
import Wire

/// A capture with other addresses and names, held in memory.
struct Anonymized {
    var frames: [TestFrame]
    var site: Site
    /// The findings of the original, said of the replacements.
    var notices: Anonymizer.Notices

    init(_ originals: [TestFrame], site: Site, key: [UInt8] = Array("a key for tests, and no other".utf8), keepsVendors: Bool = false)
        throws
    {
        let ports = site.vips.flatMap(\.services).filter { $0.transport == .udp }.map(\.port)
        var anonymizer = try Anonymizer(key: key, keepsVendors: keepsVendors, quicPorts: Set(ports))
        for frame in originals {
            anonymizer.survey(
                frame.bytes.span, frame.linkType, originalLength: frame.originalLength, at: frame.time, number: frame.number)
        }
        anonymizer.endSurvey()
        frames = []
        for frame in originals {
            var other = frame
            other.bytes = anonymizer.rewrite(
                frame.bytes.span, frame.linkType, originalLength: frame.originalLength, at: frame.time, number: frame.number)
            frames.append(other)
        }
        self.site = anonymizer.rewrite(site)
        notices = anonymizer.notices
    }
}

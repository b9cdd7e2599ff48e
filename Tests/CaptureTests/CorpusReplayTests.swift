import Agent
import Foundation
import Savefile
import Site
import Support
import Testing
import Wire

/// Captures of public test suites, which are not ours to publish: beside the repository, or where VIPSCOPE_CORPUS says.
private enum Corpus {
    #if DEBUG
        private static let largest = 2 << 20
    #else
        private static let largest = Int.max
    #endif

    static let folder: URL = {
        if let path = ProcessInfo.processInfo.environment["VIPSCOPE_CORPUS"] { return URL(fileURLWithPath: path) }
        let here = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        return here.appendingPathComponent("../../../../shared/corpus").standardizedFileURL
    }()

    static let files: [String] = {
        let captures = folder.appendingPathComponent("captures")
        let all = ((try? FileManager.default.contentsOfDirectory(atPath: captures.path)) ?? []).sorted()
        let files = all.filter { name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: captures.appendingPathComponent(name).path)
            return (attributes?[.size] as? Int).map { $0 <= largest } ?? false
        }
        print("corpus: replaying \(files.count) of \(all.count) captures\(files.count < all.count ? ", the largest only in release" : "")")
        return files
    }()

    static func path(_ file: String) -> String { folder.appendingPathComponent("captures/\(file)").path }
}

@Suite(.enabled(if: !Corpus.files.isEmpty, "there is no corpus beside the repository"))
struct CorpusReplayTests {
    // The limit only ends a loop.
    @Test(.timeLimit(.minutes(5)), arguments: Corpus.files)
    func `any capture is replayed to its end`(_ file: String) throws {
        try replay(file, Site())
        var site = Site()
        site.vips = try busiestAddresses(file).map(VIP.init)
        if !site.vips.isEmpty { try replay(file, site) }
    }

    private func replay(_ file: String, _ site: Site) throws {
        var options = Replay.Options(paths: [Corpus.path(file)], site: site)
        options.everything = true
        var replay = Replay(options)
        do throws(Replay.Failure) {
            try replay.run(sinks: [])
        } catch {
            // No capture at all, or one of a version or format that we do not read: that is said, too.
            guard case .input(let problem) = error else { throw error }
            #expect(problem.kind == .notACapture, "\(problem)")
            #expect(problem.name == Corpus.path(file))
            return
        }
        for warning in replay.warnings {
            #expect(warning.name == Corpus.path(file))
            #expect(warning.offset != nil, "\(warning)")
            #expect([.cutShort, .corrupt, .notACapture].contains(warning.kind), "\(warning)")
        }
    }

    /// Those that most frames come from or go to: as VIPs they put every rule to work.
    private func busiestAddresses(_ file: String) throws -> [IPAddress] {
        var counts: [IPAddress: Int] = [:]
        guard let frames = try? TestFrame.read(Corpus.path(file)) else { return [] }
        for frame in frames {
            let reference = FrameReference(number: frame.number, time: frame.time)
            let packet = Dissector().dissect(
                frame.bytes.span, linkType: frame.linkType, frame: reference, originalLength: frame.originalLength)
            for address in [packet.source, packet.destination] { if let address { counts[address, default: 0] += 1 } }
        }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(3).map(\.key)
    }
}

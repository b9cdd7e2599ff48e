package import Diagnosis
package import Foundation
package import Site
import SiteFile
import Wire
import Yams

/// A folder of `Captures/`: a recording, and what must and must not be concluded from it.
package struct CaptureCase: Sendable, CustomStringConvertible {
    package let name: String
    package let folder: URL
    package let capture: URL
    package let site: Site
    package let must: [Expectation]
    package let mustNot: [Expectation]

    package var description: String { name }

    /// One entry of `must` or `must_not`.
    package struct Expectation: Sendable, CustomStringConvertible {
        package var label: String
        package var vip: String?
        package var port: Int?
        package var name: String?
        package var confidence: String?
        package var state: String?
        package var frames: [UInt64]

        package var description: String {
            [label, vip, port.map(String.init), name, confidence, state, frames.isEmpty ? nil : "frames \(frames)"]
                .compactMap(\.self).joined(separator: " ")
        }

        init(_ node: Yams.Node) throws {
            guard let label = node["label"]?.string else { throw CaseError("an expectation has no label") }
            self.label = label
            vip = node["vip"]?.string
            port = node["port"]?.int
            name = node["name"]?.string
            confidence = node["confidence"]?.string
            state = node["state"]?.string
            frames = node["frames"]?.array().compactMap { $0.int.map(UInt64.init) } ?? []
        }

        func concerns(_ finding: Finding) -> Bool {
            finding.label.rawValue == label && (vip == nil || vip == finding.subject.vip?.description)
                && (port == nil || port == finding.subject.port.map { Int($0.rawValue) }) && (name == nil || name == finding.subject.name)
        }

        /// All that the entry asks for.
        package func isMet(by finding: Finding) -> Bool {
            concerns(finding) && (confidence == nil || confidence == finding.confidence.rawValue)
                && (state ?? "open") == finding.state.rawValue
                && Set(frames).isSubset(of: finding.evidence.map(\.frame.number))
        }
    }

    struct CaseError: Error, CustomStringConvertible {
        var description: String
        init(_ description: String) { self.description = description }
    }

    package static let capturesFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Captures")

    /// Every folder with an `about.md`, by name.
    package static let all: [CaptureCase] = {
        let folders = (try? FileManager.default.contentsOfDirectory(at: capturesFolder, includingPropertiesForKeys: nil)) ?? []
        return folders.filter { FileManager.default.fileExists(atPath: $0.appendingPathComponent("about.md").path) }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
            .map { folder in
                do { return try CaptureCase(folder) } catch { fatalError("\(folder.lastPathComponent): \(error)") }
            }
    }()

    init(_ folder: URL) throws {
        self.folder = folder
        name = folder.lastPathComponent
        let captures = ["capture.pcap", "capture.pcapng"].map { folder.appendingPathComponent($0) }
        guard let capture = captures.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
            throw CaseError("has no capture")
        }
        self.capture = capture
        let about = try String(contentsOf: folder.appendingPathComponent("about.md"), encoding: .utf8)
        guard let start = about.range(of: "```yaml\n"), let end = about.range(of: "```", range: start.upperBound..<about.endIndex),
            let node = try Yams.compose(yaml: String(about[start.upperBound..<end.lowerBound]))
        else { throw CaseError("about.md has no yaml block") }
        must = try node["must"]?.array().map { try Expectation($0) } ?? []
        mustNot = try node["must_not"]?.array().map { try Expectation($0) } ?? []
        let siteFile = folder.appendingPathComponent("site.yaml")
        var site = Site()
        if FileManager.default.fileExists(atPath: siteFile.path) {
            site = try SiteFile.read(try String(contentsOf: siteFile, encoding: .utf8), name: "site.yaml")
        }
        for vip in node["vips"]?.array() ?? [] {
            guard let address = vip.string.flatMap(IPAddress.init) else { throw CaseError("vips holds no address") }
            if site.vip(address) == nil { site.vips.append(VIP(address: address)) }
        }
        self.site = site
    }

    /// What is wrong with these findings, by the case's lists; empty where nothing is.
    package func violations(_ findings: [Finding]) -> [String] {
        var violations: [String] = []
        for expectation in must where !findings.contains(where: expectation.isMet) {
            violations.append("\(name): missing: \(expectation); there is: \(findings.map(Self.summary))")
        }
        for expectation in mustNot {
            for finding in findings where expectation.concerns(finding) {
                violations.append("\(name): must not be there: \(Self.summary(finding))")
            }
        }
        return violations
    }

    static func summary(_ finding: Finding) -> String {
        "\(finding.id) \(finding.confidence.rawValue) \(finding.state.rawValue) frames \(finding.evidence.map(\.frame.number)): \(finding.summary)"
    }
}

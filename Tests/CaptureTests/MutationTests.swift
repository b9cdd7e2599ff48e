import Diagnosis
import Foundation
import Support
import Testing
import Wire

/// A finding cites what it needs and nothing else (CATALOGUE: "every cited packet is necessary").
struct MutationTests {
    /// What a finding says. Evidence is left out: another packet may take the place of one that is missing, and then the
    /// measured values in the summary differ.
    private struct Statement: Equatable {
        var label: Label
        var confidence: Confidence
        var state: Finding.State
        var summary: String

        init(_ finding: Finding) {
            label = finding.label
            confidence = finding.confidence
            state = finding.state
            summary = finding.summary
        }
    }

    @Test(arguments: CaptureCase.all)
    func `without any one of its packets a finding is gone, or says something else`(_ example: CaptureCase) throws {
        let frames = try TestFrame.read(example.capture.path)
        let findings = TestReplay.run(frames, site: example.site).findings
        var mutants: [UInt64: ReplayResult] = [:]
        for finding in findings {
            for evidence in finding.evidence {
                let number = evidence.frame.number
                let mutant = mutants[number] ?? TestReplay.run(frames.filter { $0.number != number }, site: example.site)
                mutants[number] = mutant
                guard let other = mutant.findings.first(where: { $0.id == finding.id }) else { continue }
                #expect(
                    Statement(other) != Statement(finding),
                    """
                    \(example.name): \(finding.id) does not need frame \(number) (\(evidence.note)): without it, it is still \
                    \(other.confidence.rawValue) and \(other.state.rawValue), says the same, and cites \
                    \(other.evidence.map(\.frame.number)) in place of \(finding.evidence.map(\.frame.number)): \(finding.summary)
                    """)
            }
        }
    }

    @Test(arguments: CaptureCase.all)
    func `what a finding cites is in the capture, at that time, and cited once`(_ example: CaptureCase) throws {
        let frames = try TestFrame.read(example.capture.path)
        let times = Dictionary(uniqueKeysWithValues: frames.map { ($0.number, $0.time) })
        for finding in TestReplay.run(frames, site: example.site).findings {
            let numbers = finding.evidence.map(\.frame.number)
            #expect(!numbers.isEmpty, "\(example.name): \(finding.id) cites nothing")
            #expect(Set(numbers).count == numbers.count, "\(example.name): \(finding.id) cites a frame twice: \(numbers)")
            for evidence in finding.evidence {
                #expect(times[evidence.frame.number] == evidence.frame.time, "\(example.name): \(finding.id): \(evidence)")
            }
        }
    }
}

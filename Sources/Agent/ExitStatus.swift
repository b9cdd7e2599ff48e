package import Diagnosis

/// What a one-shot verb tells its caller.
package enum ExitStatus: Int32, Sendable {
    case nothingWrong = 0
    /// An open finding of severity fault or warning.
    case findings = 1
    /// No named VIP could be judged.
    case notJudged = 2
    // From sysexits.h:
    case usage = 64
    case noInput = 66
    case outputFailed = 74
    case notPermitted = 77
    case invalidSiteFile = 78

    package static func of(_ diagnosis: Diagnosis) -> ExitStatus {
        if diagnosis.book.open.contains(where: { $0.severity == .fault || $0.severity == .warning }) { return .findings }
        let ledgers = diagnosis.ledgers
        return !ledgers.isEmpty && ledgers.allSatisfy { $0.verdict == .notJudged } ? .notJudged : .nothingWrong
    }
}

import Agent
import ArgumentParser
import Diagnosis
import Events

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Says what a finding means, what proves it, what looks the same, and what to do.",
        discussion: """
            EXAMPLE:
              vipscope explain vip-no-announcer

            Without a label, lists them all.
            """)

    @Argument(help: ArgumentHelp("The label of a finding.", valueName: "label"))
    var label: String?

    func run() throws {
        try Terminal.run {
            let text: String
            if let label {
                guard let known = Label(rawValue: label), let explanation = RuleRegistry.explanation(known) else {
                    throw Failure(
                        .usage, "no finding is called \"\(label)\"; these are: \(Label.allCases.map(\.rawValue).joined(separator: ", "))")
                }
                text = ExplanationText.page(known, explanation)
            } else {
                text = ExplanationText.list()
            }
            try Terminal.print(Array(text.utf8))
            return .nothingWrong
        }
    }
}

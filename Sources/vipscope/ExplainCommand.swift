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

    @Option(name: .long, help: ArgumentHelp("Write a page for each finding, and an index, into a folder.", valueName: "folder"))
    var markdown: String?

    func validate() throws {
        if label != nil, markdown != nil { throw ValidationError("name a finding, or a folder for the pages of all") }
    }

    func run() throws {
        try Terminal.run {
            if let markdown { return try write(to: markdown) }
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

    private func write(to folder: String) throws -> ExitStatus {
        do throws(SinkError) {
            for file in ExplanationMarkdown.files {
                let sink = try Sink(creating: "\(folder)/\(file.name)", inputs: [])
                try sink.write(Array(file.text.utf8).span)
                try sink.close()
            }
        } catch { throw Failure(.outputFailed, error.description) }
        return .nothingWrong
    }
}

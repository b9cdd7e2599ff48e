import Agent
import ArgumentParser
import Events

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Prints the JSON Schema (2020-12) of the event stream.",
        discussion: """
            EXAMPLE:
              vipscope schema > vipscope.schema.json
            """)

    func run() throws {
        try Terminal.run {
            try Terminal.print(EventSchema.text)
            return .nothingWrong
        }
    }
}

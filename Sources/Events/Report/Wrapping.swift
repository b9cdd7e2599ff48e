/// Sentences and commands in lines of a width. A word that is longer than a line stays whole.
enum Wrapping {
    static func prose(_ text: String, width: Int) -> [String] { fill(text.split(separator: " "), width: width) }

    /// A shell command goes on after a backslash; between quotes it is never broken.
    static func command(_ text: String, width: Int) -> [String] {
        let lines = fill(words(of: text), width: text.count > width ? width - 4 : width)
        return lines.enumerated().map { index, line in (index == 0 ? "" : "  ") + line + (index < lines.count - 1 ? " \\" : "") }
    }

    private static func fill(_ words: [Substring], width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in words {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? "\(word)" : " \(word)"
        }
        return line.isEmpty ? lines : lines + [line]
    }

    private static func words(of command: String) -> [Substring] {
        var words: [Substring] = []
        var start = command.startIndex
        var quote: Character?
        for index in command.indices {
            let character = command[index]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "'" || character == "\"" {
                quote = character
            } else if character == " " {
                words.append(command[start..<index])
                start = command.index(after: index)
            }
        }
        words.append(command[start...])
        return words.filter { !$0.isEmpty }
    }
}

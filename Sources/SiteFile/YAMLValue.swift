import Yams

/// A YAML value with the place where it stands and the keys that lead to it: all that this module knows of Yams.
struct YAMLValue {
    let position: SiteFileError.Position?
    let path: String
    private let node: Yams.Node

    private init(_ node: Yams.Node, path: String) {
        self.node = node
        self.path = path
        position = SiteFileError.Position(node.mark)
    }

    /// The file's only document; nil where it is empty or, after an error, no YAML.
    static func root(of text: String, _ problems: inout Problems) -> YAMLValue? {
        do {
            guard let node = try Yams.compose(yaml: text, .default, .default, .utf8) else { return nil }
            return YAMLValue(node, path: "")
        } catch let error as YamlError {
            problems.add(error, in: text)
        } catch {
            problems.add("cannot be read as YAML: \(error)", at: nil)
        }
        return nil
    }

    /// A key without a value counts as absent, so that a list may be commented out below its key.
    var isNull: Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// The characters of a scalar, whatever YAML takes them for: an address is not a number, nor a MAC a time of day.
    var scalar: String? {
        if case .scalar(let scalar) = node, !isNull { scalar.string } else { nil }
    }

    var isList: Bool {
        if case .sequence = node { true } else { false }
    }

    var isMapping: Bool {
        if case .mapping = node { true } else { false }
    }

    /// Empty where it is no list.
    var list: [YAMLValue] {
        guard case .sequence(let sequence) = node else { return [] }
        return sequence.enumerated().map { YAMLValue($1, path: "\(path)[\($0)]") }
    }

    /// Keys, themselves values, with what they lead to; empty where it is no mapping.
    var mapping: [(key: YAMLValue, value: YAMLValue)] {
        guard case .mapping(let mapping) = node else { return [] }
        return mapping.map { key, value in
            let name = YAMLValue(key, path: "").scalar?.quotedKey ?? "?"
            let path = path.isEmpty ? name : "\(path).\(name)"
            return (YAMLValue(key, path: path), YAMLValue(value, path: path))
        }
    }

    /// How many values a list or mapping holds, without making them.
    var count: Int {
        switch node {
        case .sequence(let sequence): sequence.count
        case .mapping(let mapping): mapping.count
        case .scalar, .alias: 0
        }
    }

    /// What kind of value this is, as an error says it.
    var kind: String {
        switch node {
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .scalar, .alias: isNull ? "nothing" : (scalar ?? "").quoted
        }
    }
}

extension SiteFileError.Position {
    fileprivate init?(_ mark: Mark?) {
        guard let mark else { return nil }
        self.init(line: mark.line, column: mark.column)
    }
}

extension Problems {
    fileprivate mutating func add(_ error: YamlError, in text: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            add(Self.text(problem, context, mark, in: text), at: SiteFileError.Position(mark))
        case .composer(_, let problem, let mark, _):
            let isSecond = problem.contains("another document")
            let advice = isSecond ? "a second document begins here; a site file is one document" : "not YAML: \(problem); define it above"
            add(advice, at: SiteFileError.Position(mark))
        case .reader(let problem, let offset, let value, _):
            let code = value < 0 ? "" : " (U+\(String(value, radix: 16, uppercase: true)))"
            add("not text: \(problem)\(code)", at: offset.map { Self.position(of: $0, in: text) })
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map(\.quoted).joined(separator: ", ")
            add("\(names) occurs more than once in this mapping; keep one", at: SiteFileError.Position(context.mark))
        default:
            add("cannot be read as YAML: \(error)", at: nil)
        }
    }

    private static func text(_ problem: String, _ context: YamlError.Context?, _ mark: Mark, in text: String) -> String {
        let line = text.split(separator: "\n", maxSplits: mark.line, omittingEmptySubsequences: false).dropFirst(mark.line - 1).first ?? ""
        if line.unicodeScalars.dropFirst(mark.column - 1).first == "\t" { return "not YAML: a tab; indent with spaces" }
        if problem.hasPrefix("Maximum nesting level") { return "nested deeper than any site file" }
        guard let context else { return "not YAML: \(problem)" }
        return "not YAML: \(problem), \(context.text) that begins at line \(context.mark.line), column \(context.mark.column)"
    }

    /// Yams counts characters here, where it counts Unicode scalars elsewhere.
    private static func position(of offset: Int, in text: String) -> SiteFileError.Position {
        let before = text.prefix(offset)
        let line = before.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return SiteFileError.Position(line: line.count, column: (line.last?.unicodeScalars.count ?? 0) + 1)
    }
}

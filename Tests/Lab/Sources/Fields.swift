import Foundation
import Yams

/// A mapping of a YAML file, read key by key. Every error names file and line, and a key that nobody asked for is one.
final class Fields {
    let file: String
    let node: Node
    private var asked: Set<String> = []
    private let mapping: Node.Mapping

    init(_ node: Node, in file: String) throws {
        guard let mapping = node.mapping else { throw Fields.error("expected a mapping", node, file) }
        self.node = node
        self.file = file
        self.mapping = mapping
    }

    convenience init(file: String) throws {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch {
            throw LabError("\(file): \(error)")
        }
        guard let node else { throw LabError("\(file): empty") }
        try self.init(node, in: file)
    }

    static func error(_ what: String, _ node: Node?, _ file: String) -> LabError {
        LabError("\(file)\(node?.mark.map { ":\($0.line)" } ?? ""): \(what)")
    }

    func error(_ what: String, at key: String? = nil) -> LabError {
        Fields.error(key.map { "\($0): \(what)" } ?? what, key.flatMap { mapping[$0] } ?? node, file)
    }

    var keys: [String] { mapping.keys.compactMap(\.string) }

    func value(_ key: String) -> Node? {
        asked.insert(key)
        return mapping[key]
    }

    func has(_ key: String) -> Bool { mapping[key] != nil }

    func text(_ key: String, or other: String? = nil) throws -> String {
        guard let node = value(key) else {
            if let other { return other }
            throw error("needs \(key)")
        }
        guard let text = node.scalar?.string else { throw error("expected text", at: key) }
        return text
    }

    func number(_ key: String, or other: Double? = nil) throws -> Double {
        guard let node = value(key) else {
            if let other { return other }
            throw error("needs \(key)")
        }
        guard let number = node.float else { throw error("expected a number", at: key) }
        return number
    }

    func integer(_ key: String, or other: Int? = nil) throws -> Int {
        guard let node = value(key) else {
            if let other { return other }
            throw error("needs \(key)")
        }
        guard let number = node.int else { throw error("expected a whole number", at: key) }
        return number
    }

    func flag(_ key: String, or other: Bool = false) throws -> Bool {
        guard let node = value(key) else { return other }
        guard let flag = node.bool else { throw error("expected true or false", at: key) }
        return flag
    }

    /// A list, or one value in the place of a list of one.
    func texts(_ key: String, or other: [String]? = nil) throws -> [String] {
        guard let node = value(key) else {
            if let other { return other }
            throw error("needs \(key)")
        }
        let nodes = node.sequence.map { Array($0) } ?? [node]
        return try nodes.map { node in
            guard let text = node.scalar?.string else { throw error("expected text", at: key) }
            return text
        }
    }

    func integers(_ key: String, or other: [Int]) throws -> [Int] {
        try texts(key, or: other.map(String.init)).map { text in
            guard let number = Int(text) else { throw error("expected whole numbers", at: key) }
            return number
        }
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, or other: Choice? = nil) throws -> Choice
    where Choice.RawValue == String {
        if value(key) == nil, let other { return other }
        let text = try text(key)
        guard let choice = Choice(rawValue: text) else { throw noChoice(text, Choice.self, key) }
        return choice
    }

    /// Several of them; all, where the key is not there.
    func choices<Choice: RawRepresentable & CaseIterable>(_ key: String) throws -> [Choice] where Choice.RawValue == String {
        try texts(key, or: Choice.allCases.map(\.rawValue)).map { text in
            guard let choice = Choice(rawValue: text) else { throw noChoice(text, Choice.self, key) }
            return choice
        }
    }

    private func noChoice<Choice: RawRepresentable & CaseIterable>(_ text: String, _: Choice.Type, _ key: String) -> LabError
    where Choice.RawValue == String {
        error("\(text) is none of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))", at: key)
    }

    func fields(_ key: String) throws -> Fields? {
        try value(key).map { try Fields($0, in: file) }
    }

    func list(_ key: String) throws -> [Fields] {
        guard let node = value(key) else { return [] }
        guard let nodes = node.sequence else { throw error("expected a list", at: key) }
        return try nodes.map { try Fields($0, in: file) }
    }

    /// To be called when everything has been asked for.
    func finish() throws {
        for (key, value) in mapping where !asked.contains(key.string ?? "") {
            throw Fields.error(
                "unknown key \(key.string ?? "?"); known are \(asked.sorted().joined(separator: ", "))", key.mark == nil ? value : key, file
            )
        }
    }
}

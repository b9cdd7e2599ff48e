/// Everything that is wrong with a site file, in the order of the file, printed one a line.
package struct SiteFileError: Error, Hashable, Sendable {
    package var problems: [Problem]

    /// One error: where it is, what is wrong there and what to do.
    package struct Problem: Hashable, Sendable {
        package var file: String
        /// From 1; nil where the error concerns the whole file.
        package var position: Position?
        /// The keys that lead to the value, `vips[0].address`; empty at the top and where the YAML itself is broken.
        package var path: String
        package var text: String
    }

    /// A line and a column, both from 1; columns count Unicode scalars.
    package struct Position: Hashable, Sendable, Comparable {
        package var line: Int
        package var column: Int

        package static func < (left: Self, right: Self) -> Bool { (left.line, left.column) < (right.line, right.column) }
    }
}

extension SiteFileError: CustomStringConvertible {
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}

extension SiteFileError.Problem: CustomStringConvertible {
    package var description: String {
        let place = position.map { "\(file):\($0.line):\($0.column)" } ?? file
        return path.isEmpty ? "\(place): \(text)" : "\(place): \(path): \(text)"
    }
}

/// The errors found so far.
struct Problems {
    let file: String
    /// Ordered by place.
    private(set) var list: [SiteFileError.Problem] = []
    /// Aliases let a few octets stand for any number of values; a site needs no more than this.
    private var valuesLeft = Self.mostValues

    static let mostValues = 100_000
    /// A file that is wrong throughout is not read to its end by anybody.
    static let most = 100

    init(file: String) { self.file = file }

    mutating func add(_ text: String, at position: SiteFileError.Position?, path: String = "") {
        let problem = SiteFileError.Problem(file: file, position: position, path: path, text: text)
        // An anchored value is read once for each alias; its error stands where it was written, once.
        if list.contains(where: { $0.position == position && $0.text == text }) { return }
        if list.count == Self.most {
            list.append(SiteFileError.Problem(file: file, position: nil, path: "", text: "there are more errors; correct these first"))
        }
        guard list.count < Self.most else { return }
        let place = list.firstIndex { Self.place($0.position) > Self.place(position) } ?? list.endIndex
        list.insert(problem, at: place)
    }

    mutating func add(_ text: String, at value: YAMLValue) { add(text, at: value.position, path: value.path) }

    /// False, after an error, where a file has too many values.
    mutating func allow(_ count: Int, at value: YAMLValue) -> Bool {
        if count <= valuesLeft {
            valuesLeft -= count
            return true
        }
        if valuesLeft > 0 { add("the site has more than \(Self.mostValues) values; check what the aliases repeat", at: value) }
        valuesLeft = 0
        return false
    }

    private static func place(_ position: SiteFileError.Position?) -> SiteFileError.Position {
        position ?? SiteFileError.Position(line: .max, column: .max)
    }
}

import Events
import Foundation

/// A JSON value as Foundation reads it, to be compared with a literal.
enum JSON: Hashable {
    case null
    case bool(Bool)
    case integer(Int128)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    struct ParseError: Error {
        var line: String
    }

    /// One JSON text, read by a decoder that is not ours.
    init(parsing text: some Collection<UInt8>) throws {
        self = try Self(JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed))
    }

    /// Lines of JSON; the last one must end, too.
    static func lines(_ bytes: some Collection<UInt8>) throws -> [JSON] {
        guard bytes.isEmpty || Array(bytes).last == 0x0a else { throw ParseError(line: "the last line has no end") }
        return try bytes.split(separator: 0x0a).map { try JSON(parsing: $0) }
    }

    private init(_ value: Any) throws {
        switch value {
        case is NSNull: self = .null
        case let string as String: self = .string(string)
        case let array as [Any]: self = .array(try array.map { try Self($0) })
        case let object as [String: Any]: self = .object(try object.mapValues { try Self($0) })
        case let bool as Bool where type(of: value) != NSNumber.self: self = .bool(bool)
        case let number as UInt64: self = .integer(Int128(number))
        case let number as Int64: self = .integer(Int128(number))
        default: throw ParseError(line: "\(value)")
        }
    }

    subscript(key: String) -> JSON? {
        switch self {
        case .object(let object): object[key]
        case .array(let array): Int(key).flatMap { array.indices.contains($0) ? array[$0] : nil }
        default: nil
        }
    }

    /// The value at a path of keys and indices, `a/0/c`.
    func at(_ path: String) -> JSON? {
        path.split(separator: "/").reduce(self) { value, key in value?[String(key)] }
    }

    var keys: Set<String> {
        if case .object(let object) = self { Set(object.keys) } else { [] }
    }

    var elements: [JSON] {
        if case .array(let array) = self { array } else { [] }
    }

    var text: String? {
        if case .string(let string) = self { string } else { nil }
    }
}

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    init(nilLiteral: ()) { self = .null }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(integerLiteral value: Int128) { self = .integer(value) }
    init(stringLiteral value: String) { self = .string(value) }
}

extension JSON: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    init(arrayLiteral elements: JSON...) { self = .array(elements) }
    init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { first, _ in first }))
    }
}

extension JSONWriter {
    mutating func line(_ body: (inout Self) -> Void) {
        beginLine()
        body(&self)
        endLine()
    }
}

import Wire

/// Decoded fields as JSON.
struct JSONFields: FieldVisitor {
    var json: JSONWriter

    mutating func field(_ name: StaticString, _ value: UInt64) { json.field(name.description, value) }
    mutating func field(_ name: StaticString, _ value: String) { json.field(name.description, value) }
    mutating func field(_ name: StaticString, flag: Bool) { json.field(name.description, flag) }

    mutating func list(_ name: StaticString, count: Int, _ describe: (Int, inout Self) -> Void) {
        json.array(name.description, 0..<count) { index, json in json.element { Self.through(&$0) { describe(index, &$0) } } }
    }

    mutating func object(_ name: StaticString, _ describe: (inout Self) -> Void) {
        json.object(name.description) { Self.through(&$0, describe) }
    }

    /// Lends the writer to a visitor and takes it back, without a copy.
    static func through(_ json: inout JSONWriter, _ body: (inout Self) -> Void) {
        var fields = Self(json: JSONWriter(capacity: 0))
        swap(&fields.json, &json)
        body(&fields)
        swap(&fields.json, &json)
    }
}

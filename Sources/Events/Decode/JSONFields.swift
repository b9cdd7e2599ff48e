import Wire

/// Decoded fields as JSON. Visitors are passed around by value, so the writer that they share stands in an object.
struct JSONFields: FieldVisitor {
    final class Target {
        var json = JSONWriter()
    }

    let target: Target

    mutating func field(_ name: StaticString, _ value: UInt64) { target.json.field(name, value) }
    mutating func field(_ name: StaticString, _ value: String) { target.json.field(name, value) }
    mutating func field(_ name: StaticString, flag: Bool) { target.json.field(name, flag) }

    mutating func list(_ name: StaticString, count: Int, _ describe: (Int, inout Self) -> Void) {
        target.json.beginList(name)
        for index in 0..<count {
            target.json.beginElement()
            describe(index, &self)
            target.json.endObject()
        }
        target.json.endList()
    }

    mutating func object(_ name: StaticString, _ describe: (inout Self) -> Void) {
        target.json.beginObject(name)
        describe(&self)
        target.json.endObject()
    }
}

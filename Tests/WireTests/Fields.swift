import Wire

/// What a message says of itself, `name=value` for each field; objects and lists are named by path.
struct Fields: FieldVisitor {
    var lines: [String] = []
    private var prefix = ""

    mutating func field(_ name: StaticString, _ value: UInt64) { lines.append("\(prefix)\(name)=\(value)") }
    mutating func field(_ name: StaticString, _ value: String) { lines.append("\(prefix)\(name)=\(value)") }
    mutating func field(_ name: StaticString, flag: Bool) { lines.append("\(prefix)\(name)=\(flag)") }

    mutating func list(_ name: StaticString, count: Int, _ describe: (Int, inout Self) -> Void) {
        let before = prefix
        for index in 0..<count {
            prefix = "\(before)\(name)[\(index)]."
            describe(index, &self)
        }
        prefix = before
    }

    mutating func object(_ name: StaticString, _ describe: (inout Self) -> Void) {
        let before = prefix
        prefix = "\(before)\(name)."
        describe(&self)
        prefix = before
    }
}

func described(_ message: some Message) -> [String] {
    var fields = Fields()
    message.describe(to: &fields)
    return fields.lines
}

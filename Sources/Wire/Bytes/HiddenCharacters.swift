extension Unicode.Scalar {
    /// Controls, formatting such as the direction of writing, and what has no meaning: a terminal would obey it or show nothing.
    public var isHidden: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        default: false
        }
    }
}

extension String {
    /// The text with an escape for each character that is hidden, so that what came from the network cannot steer a terminal.
    public var escapingHidden: String {
        guard utf8.contains(where: { !(0x20...0x7e).contains($0) }) else { return self }
        return unicodeScalars.reduce(into: "") { $0 += $1.isHidden ? $1.escaped(asASCII: true) : String($1) }
    }
}

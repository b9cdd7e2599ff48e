import Wire

extension String {
    /// The text in quotes, short and printable, for a message.
    var quoted: String { "\"\(printable)\"" }

    /// As itself where it is a plain word, else in quotes.
    var quotedKey: String {
        !isEmpty && utf8.allSatisfy { $0.isLetterOrDigit || $0 == 0x5f || $0 == 0x2d } && utf8.count <= 64 ? self : quoted
    }

    /// Its first 64 characters, with escapes for what a terminal would not show.
    var printable: String {
        var text = ""
        for scalar in unicodeScalars.prefix(64) {
            // A file that is no site file may hold anything, terminal controls among it.
            let isEscaped = scalar == "\"" || scalar == "\\" || scalar.isHidden
            text += isEscaped ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return unicodeScalars.count > 64 ? text + "…" : text
    }

    /// The word that was probably meant, if one is near.
    func nearest(of words: [String]) -> String? {
        let typed = Array(lowercased().utf8.prefix(40))
        let ranked = words.map { ($0, Self.distance(typed, Array($0.utf8))) }
        guard let best = ranked.min(by: { $0.1 < $1.1 }), best.1 <= Swift.max(1, best.0.utf8.count / 3) else { return nil }
        return best.0
    }

    /// Insertions, deletions, substitutions and swaps of neighbours that turn one into the other.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var (beforeLast, last) = ([Int](), Array(0...right.count))
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                var best = Swift.min(last[column + 1], current[column]) + 1
                best = Swift.min(best, last[column] + (left[row] == right[column] ? 0 : 1))
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = Swift.min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}

extension UInt8 {
    var isLetterOrDigit: Bool { (0x30...0x39).contains(self) || (0x41...0x5a).contains(self) || (0x61...0x7a).contains(self) }
}

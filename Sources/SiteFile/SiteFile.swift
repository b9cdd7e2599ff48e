package import Site

/// The site file: YAML that says what the operator knows about the network (DESIGN.md, "Files that people open").
package enum SiteFile {
    /// Far beyond any real site; what an operator feeds by mistake, a capture say, ends here and not in the YAML library.
    package static let longestText = 1 << 20

    /// The YAML library limits nesting to 1000 levels, but an anchored value that holds an alias adds its own to those of
    /// what it repeats, and the library recurses through all of them: with more anchors than this it may exhaust the stack.
    package static let mostAnchors = 16

    /// Reads a site file. `name` is how its errors call it.
    ///
    /// Every error is collected, not only the first; where the YAML itself is broken, that is the only one.
    /// An empty file is an empty site, since everything in it is optional.
    package static func read(_ text: String, name: String) throws(SiteFileError) -> Site {
        var problems = Problems(file: name)
        var site = Site()
        if text.utf8.count > longestText {
            problems.add("the file is longer than \(longestText) octets; a site file is a short list of VIPs and nodes", at: nil)
        } else if anchors(in: text) > mostAnchors {
            problems.add("the file has more than \(mostAnchors) anchors (&name); write values out in place of their aliases", at: nil)
        } else if let root = YAMLValue.root(of: text, &problems) {
            var reader = SiteReader(problems)
            site = reader.site(root)
            problems = reader.problems
        }
        guard problems.list.isEmpty else { throw SiteFileError(problems: problems.list) }
        return site
    }

    /// No fewer than there are: an ampersand in a comment counts, too.
    private static func anchors(in text: String) -> Int {
        var count = 0
        var last: UInt8 = 0
        for octet in text.utf8 {
            if last == 0x26, octet.isLetterOrDigit || octet == 0x2d || octet == 0x5f { count += 1 }
            last = octet
        }
        return count
    }
}

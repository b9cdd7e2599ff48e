import SiteFile
import Testing

/// Whatever the text, reading it ends, and neither traps nor exhausts the stack.
struct SiteFileLimitTests {
    private func errors(of text: String) -> [String] {
        do throws(SiteFileError) {
            _ = try SiteFile.read(text, name: "site.yaml")
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test(arguments: ["[", "{a: ", "- ", "? ", "[{a: "]) func deepNestingIsRefused(_ opening: String) {
        let errors = errors(of: String(repeating: opening, count: 100_000))
        #expect(errors.count == 1)
        #expect(errors.first?.hasSuffix(": nested deeper than any site file") == true)
    }

    @Test func longTextIsRefused() {
        let text = String(repeating: "# a line of a comment\n", count: 50_000)
        #expect(errors(of: text) == ["site.yaml: the file is longer than 1048576 octets; a site file is a short list of VIPs and nodes"])
        #expect(errors(of: String(text.prefix(SiteFile.longestText))) == [])
    }

    /// Aliases add up to depths that the YAML library's limit does not see.
    @Test func nestingThroughAliasesIsBounded() {
        func text(anchors: Int) -> String {
            let (open, close) = (String(repeating: "[", count: 990), String(repeating: "]", count: 990))
            return "vips:\n- &a \(open)\(close)\n" + String(repeating: "- &a \(open)*a\(close)\n", count: anchors - 1)
        }
        #expect(errors(of: text(anchors: SiteFile.mostAnchors)).count == SiteFile.mostAnchors)
        #expect(
            errors(of: text(anchors: SiteFile.mostAnchors + 1)) == [
                "site.yaml: the file has more than 16 anchors (&name); write values out in place of their aliases"
            ])
    }

    /// A million names, if they were all read.
    @Test func repetitionThroughAliasesIsBounded() {
        let names = String(repeating: "a.b, ", count: 1000)
        let vips = String(repeating: "*vip, ", count: 1000)
        let errors = errors(of: "vips: [&vip {address: 10.0.0.1, names: [\(names)]}, \(vips)]\n")
        #expect(errors.contains("site.yaml:1:40: vips[98].names: the site has more than 100000 values; check what the aliases repeat"))
        #expect(errors.count == 2)
    }

    @Test func wrongThroughoutIsToldInPart() {
        let errors = errors(of: "vips:\n" + String(repeating: "- 10.0.0.1\n", count: 5000))
        #expect(errors.count == 101)
        #expect(errors.last == "site.yaml: there are more errors; correct these first")
    }

    /// Every prefix of a file, as a half-written one would be.
    @Test func everyPrefixIsReadOrRefused() {
        let text = """
            vips: &v
              - { address: 10.0.0.157, services: [tcp/80], http3: false, names: ["*.laurivan.com"] } # one
            nodes:
              - name: 'a'
                mac: [00:50:56:aa:bb:03]
            dns: {zones: [laurivan.com], authority: "10.0.0.156"}
            networks:
              apart: [[10.11.0.0/16, 10.12.0.0/16]]
            """
        for length in 0...text.count {
            for error in errors(of: String(text.prefix(length))) { #expect(error.hasPrefix("site.yaml:")) }
        }
        #expect(errors(of: text) == [])
    }
}

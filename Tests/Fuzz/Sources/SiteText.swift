import Site
import SiteFile
import Wire

enum SiteText {
    /// Any text is a site or a list of errors, which say where they are.
    static func read(_ bytes: Span<UInt8>) {
        let text = String(decoding: [UInt8](copying: bytes), as: UTF8.self)
        do throws(SiteFileError) {
            _ = try SiteFile.read(text, name: "site.yaml")
        } catch {
            expect(!error.problems.isEmpty, "refused, and no problem stated")
            expect(error.problems.count <= 101, "\(error.problems.count) problems")
            for problem in error.problems {
                expect(problem.position.map { $0.line > 0 && $0.column > 0 } ?? true, "\(problem)")
                expect(!problem.description.utf8.contains { $0 < 0x20 }, "control characters: \(problem)")
            }
        }
    }
}

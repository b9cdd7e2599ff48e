import Glibc

// What libFuzzer calls. One executable holds every target, so that all of them are built in one go; FUZZ_TARGET says which one runs.

@_cdecl("LLVMFuzzerTestOneInput")
package func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // An empty input may come without an address.
    guard let start = unsafe start else { return 0 }
    let isWelcome = Target.chosen.run(unsafe Span(_unsafeStart: start, count: count))
    // libFuzzer keeps an input out of the corpus for -1.
    return isWelcome ? 0 : -1
}

extension Target {
    fileprivate static let chosen: Target = {
        let name = unsafe getenv("FUZZ_TARGET").map { unsafe String(cString: $0) }
        if let target = name.flatMap(Target.init(rawValue:)) { return target }
        print("FUZZ_TARGET must be one of: \(allCases.map(\.rawValue).joined(separator: " "))")
        exit(64)
    }()
}

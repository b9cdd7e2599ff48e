/// The byte order of the machine that wrote a file, which savefiles keep.
enum ByteOrder: Hashable, Sendable {
    case little, big

    @inline(__always)
    func callAsFunction<Word: FixedWidthInteger>(_ littleEndian: Word) -> Word {
        self == .little ? littleEndian : littleEndian.byteSwapped
    }
}

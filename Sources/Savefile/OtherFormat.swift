/// Files that people take for savefiles, known by their first octets.
enum OtherFormat {
    case compressed(String, decompress: String)
    case snoop

    init?(magic littleEndian: UInt32) {
        switch littleEndian {
        case 0x6f6f_6e73: self = .snoop  // "snoo"
        case 0xfd2f_b528: self = .compressed("zstd", decompress: "zstd -dc")
        case 0x184d_2204: self = .compressed("lz4", decompress: "lz4 -dc")
        case 0x587a_37fd: self = .compressed("xz", decompress: "xz -dc")
        default:
            if littleEndian & 0xffff == 0x8b1f {
                self = .compressed("gzip", decompress: "gzip -dc")
            } else if littleEndian & 0xff_ffff == 0x68_5a42 {
                self = .compressed("bzip2", decompress: "bzip2 -dc")
            } else {
                return nil
            }
        }
    }

    func advice(for name: String) -> String {
        switch self {
        case .compressed(let format, let command):
            "is compressed with \(format); decompress it and read standard input: \(command) \(name) | ... -"
        case .snoop:
            "is a snoop file (RFC 1761), which is not supported; convert it: editcap \(name) out.pcapng"
        }
    }
}

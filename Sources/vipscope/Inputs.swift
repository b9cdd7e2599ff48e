import Agent
import ArgumentParser
import Capture
import Savefile
import Site
import SiteFile
import SystemPackage
import Wire

/// The options that say what to watch.
struct WatchOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("A virtual IP to watch; may be given several times.", valueName: "address"))
    var vip: [String] = []

    @Option(name: .long, help: ArgumentHelp("What you know of the network: VIPs, nodes, zones (YAML).", valueName: "file"))
    var site: String?

    /// The site file, with the VIPs of the command line added.
    func load() throws -> Site {
        var site = Site()
        if let path = self.site {
            do {
                site = try SiteFile.read(try Input.text(of: path), name: path)
            } catch let error as SiteFileError {
                throw Failure(.invalidSiteFile, error.description)
            }
        }
        for text in vip {
            guard let address = IPAddress(text) else {
                throw ValidationError("--vip \(text): not an IPv4 or IPv6 address")
            }
            if site.vip(address) == nil { site.vips.append(VIP(address: address)) }
        }
        return site
    }
}

enum Input {
    /// Site files are small; whatever is larger is none.
    private static let largest = 1 << 20

    static func text(of path: String) throws -> String {
        let problem: String
        do {
            let file = try FileDescriptor.open(FilePath(path), .readOnly)
            defer { try? file.close() }
            var bytes: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: 1 << 16)
            while bytes.count <= largest {
                let count = unsafe try piece.withUnsafeMutableBytes { unsafe try file.read(into: $0) }
                if count == 0 { return try decode(bytes, path) }
                bytes += piece[..<count]
            }
            problem = "larger than 1 MiB, so no site file"
        } catch let error as Errno {
            problem = "cannot be read: \(error)"
        }
        throw Failure(.invalidSiteFile, "\(path): \(problem)")
    }

    private static func decode(_ bytes: [UInt8], _ path: String) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Failure(.invalidSiteFile, "\(path): not UTF-8 text") }
        return text
    }
}

/// An end with a message on standard error and a status of its own.
struct Failure: Error {
    var status: ExitStatus
    var message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    init(_ failure: Replay.Failure) {
        switch failure {
        case .input(let error): self.init(.noInput, error.description)
        case .filter(let error): self.init(.usage, error.description)
        case .output(let error): self.init(.outputFailed, error.description)
        }
    }
}

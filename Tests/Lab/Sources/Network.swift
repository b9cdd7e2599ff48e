import Foundation

/// What a LAN consists of, as a file of networks/ describes it: segments (a bridge each) and stations with their interfaces.
struct NetworkPlan: Sendable {
    struct Link: Sendable {
        let segment: String
        let address: String
        let prefix: Int
        let mac: String
    }

    struct StationPlan: Sendable {
        let name: String
        let links: [Link]
        let gateway: String?
        let forwards: Bool

        /// The switch's end of an interface.
        func port(_ index: Int) -> String { "\(name)\(index == 0 ? "" : ".\(index)")" }
    }

    let segments: [String]
    var stations: [StationPlan]
    /// The site file that goes with it.
    let site: String

    /// The switch's, on the first segment.
    var ports: [String] {
        stations.flatMap { station in
            station.links.enumerated().filter { $0.element.segment == segments[0] }.map { station.port($0.offset) }
        }
    }

    static func read(_ folder: String, name: String) throws -> NetworkPlan {
        let fields = try Fields(file: "\(folder)/\(name).yaml")
        let plan = NetworkPlan(
            segments: try fields.texts("segments"), stations: try fields.list("stations").map(station), site: "\(folder)/\(name).site.yaml")
        try fields.finish()
        return plan
    }

    static func station(_ fields: Fields) throws -> StationPlan {
        let name = try fields.text("name")
        let inner = try fields.list("links")
        let plan = StationPlan(
            name: name, links: try (inner.isEmpty ? [fields] : inner).map(link),
            gateway: fields.has("via") ? try fields.text("via") : nil, forwards: try fields.flag("forwards"))
        try inner.forEach { try $0.finish() }
        try fields.finish()
        guard name.utf8.count <= 13 else {
            throw fields.error("the name of a station is also an interface's: 13 characters at most", at: "name")
        }
        return plan
    }

    private static func link(_ fields: Fields) throws -> Link {
        let parts = try fields.text("address").split(separator: "/")
        guard parts.count == 2, let prefix = Int(parts[1]) else { throw fields.error("expected address/length", at: "address") }
        return Link(segment: try fields.text("on"), address: String(parts[0]), prefix: prefix, mac: try fields.text("mac"))
    }
}

/// One namespace: a host of the LAN.
struct Station: Sendable {
    let name: String
    let namespace: String
    let address: String
    let mac: String
    let interfaces: Int
    /// Where this LAN's files lie.
    let folder: String

    func words(_ words: [String]) -> [String] { ["ip", "netns", "exec", namespace] + words }

    func run(_ words: String..., input: String = "", seconds: Double = 20) async throws -> Outcome {
        try await Shell.run(self.words(words), input: input, seconds: seconds)
    }

    @discardableResult
    func must(_ words: String..., input: String = "") async throws -> String {
        try await Shell.must(self.words(words), input: input)
    }

    /// Sets IPv4 sysctls: those of an interface on "all", "default" and every interface that there is.
    func sysctl(_ settings: [String: Int]) async throws {
        let places = ["all", "default"] + (0..<interfaces).map { "eth\($0)" }
        let lines = settings.flatMap { key, value in
            key.hasPrefix("ip_") || key.hasPrefix("tcp_")
                ? ["net.ipv4.\(key)=\(value)"] : places.map { "net.ipv4.conf.\($0).\(key)=\(value)" }
        }
        try await Shell.must(words(["sysctl", "-qew"] + lines))
    }

    /// Adds a rule to one of nftables' hooks, which begin to exist with their first rule.
    func firewall(_ chain: Chain, _ rule: String) async throws {
        try await must(
            "nft", "-f", "-",
            input: """
                add table ip lab
                add chain ip lab \(chain.rawValue) { type \(chain.kind) priority \(chain.priority) ; }
                add rule ip lab \(chain.rawValue) \(rule)

                """)
    }

    enum Chain: String, CaseIterable {
        case `in`, out, forward, before, after

        fileprivate var kind: String {
            switch self {
            case .in: "filter hook input"
            case .out: "filter hook output"
            case .forward: "filter hook forward"
            case .before: "nat hook prerouting"
            case .after: "nat hook postrouting"
            }
        }

        fileprivate var priority: Int {
            switch self {
            case .in, .out, .forward: 0
            case .before: -100
            case .after: 100
            }
        }
    }

    func write(_ file: String, _ text: String) throws -> String {
        let path = "\(folder)/\(file)"
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        return path
    }

    func waitForPort(_ port: Int, _ kind: String = "tcp") async throws {
        do {
            try await Shell.waitUntil("a \(kind) listener on \(name) port \(port)") {
                try await !must("ss", "-Hln", "--\(kind)", "sport", "=", ":\(port)").isEmpty
            }
        } catch let error as LabError {
            // Why it is not there is mostly its last word.
            throw LabError("\(error); \(log.split(separator: "\n").last ?? "it said nothing")")
        }
    }

    var log: String { (try? String(contentsOfFile: "\(folder)/\(name).log", encoding: .utf8)) ?? "" }
}

/// A LAN of network namespaces: a bridge for each segment in a namespace of its own, every station in another. Nothing is
/// connected to the machine that this runs on, so nothing can leave.
actor LAN {
    nonisolated let plan: NetworkPlan
    nonisolated let folder: String
    nonisolated let prefix: String
    nonisolated let stations: [String: Station]
    nonisolated let switchNamespace: String

    private var namespaces: [String] = []
    private var programs: [(name: String, program: Program)] = []
    private var counters: [String: Int] = [:]
    private(set) var start = ContinuousClock.now

    init(_ plan: NetworkPlan, prefix: String, folder: String) {
        self.plan = plan
        self.prefix = prefix
        self.folder = folder
        switchNamespace = "\(prefix)switch"
        stations = Dictionary(
            uniqueKeysWithValues: plan.stations.map { one in
                (
                    one.name,
                    Station(
                        name: one.name, namespace: prefix + one.name, address: one.links[0].address, mac: one.links[0].mac,
                        interfaces: one.links.count, folder: folder)
                )
            })
    }

    nonisolated subscript(_ name: String) -> Station {
        guard let station = stations[name] else { preconditionFailure("\(name): reading the scenario should have refused this") }
        return station
    }

    nonisolated static func bridge(_ segment: String) -> String { "br-\(segment)" }

    // What a namespace starts with: kernel defaults, written down because a namespace inherits the machine's. The exceptions are IPv6, which
    // is off to keep its chatter out of the recordings, arp_announce, so that stations ask with their own address, and redirects.
    private static let settings =
        [
            "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1", "net.ipv4.ip_forward=0",
        ]
        + [
            "rp_filter=0", "send_redirects=0", "accept_redirects=0", "arp_ignore=0", "arp_announce=2", "arp_notify=0", "arp_accept=0",
            "arp_filter=0",
        ]
        .flatMap { ["net.ipv4.conf.all.\($0)", "net.ipv4.conf.default.\($0)"] }

    func build() async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let all = [switchNamespace] + plan.stations.map { prefix + $0.name }
        for namespace in all {
            try await Shell.must(["ip", "netns", "add", namespace])
            namespaces.append(namespace)
            try await Shell.must(["ip", "netns", "exec", namespace, "sysctl", "-qew"] + Self.settings)
        }
        var lines = plan.segments.flatMap {
            ["link add \(Self.bridge($0)) type bridge stp_state 0 mcast_snooping 0", "link set \(Self.bridge($0)) up"]
        }
        for station in plan.stations {
            for (index, link) in station.links.enumerated() {
                let port = station.port(index)
                lines.append("link add \(port) type veth peer name eth\(index) address \(link.mac) netns \(prefix)\(station.name)")
                lines.append("link set \(port) master \(Self.bridge(link.segment)) up")
            }
        }
        try await batch(switchNamespace, lines)
        // A switch does not filter, whatever the machine's bridges do.
        _ = try await Shell.run(["ip", "netns", "exec", switchNamespace, "sysctl", "-qew", "net.bridge.bridge-nf-call-iptables=0"])
        for station in plan.stations { try await configure(station) }
    }

    private func configure(_ station: NetworkPlan.StationPlan) async throws {
        var lines = ["link set lo up"]
        for (index, link) in station.links.enumerated() {
            lines.append("address add \(link.address)/\(link.prefix) brd + dev eth\(index)")
            lines.append("link set eth\(index) up")
        }
        if let gateway = station.gateway { lines.append("route add default via \(gateway)") }
        try await batch(prefix + station.name, lines)
        if station.forwards { try await self[station.name].sysctl(["ip_forward": 1]) }
        for index in station.links.indices {
            // Every frame as a network card would send it: no segment beyond the MTU, each checksum computed.
            _ = try await self[station.name].run("ethtool", "-K", "eth\(index)", "tso", "off", "gso", "off", "gro", "off", "tx", "off")
        }
    }

    private func batch(_ namespace: String, _ lines: [String]) async throws {
        try await Shell.must(["ip", "-n", namespace, "-batch", "-"], input: lines.joined(separator: "\n") + "\n")
    }

    /// Teaches the switch every port, so that unicast is not flooded, then empties the neighbour tables, so that ARP is in the recording.
    func prime() async throws {
        await withTaskGroup(of: Void.self) { group in
            for station in plan.stations {
                let other =
                    station.gateway
                    ?? plan.stations.first { $0.name != station.name && $0.links[0].segment == station.links[0].segment }?.links[0].address
                guard let other else { continue }
                group.addTask { _ = try? await self[station.name].run("ping", "-n", "-c", "1", "-W", "1", other) }
            }
        }
        for station in stations.values { try await station.must("ip", "neighbour", "flush", "all") }
    }

    func begin() { start = .now }

    /// Starts a program that runs until it is stopped by this name, or the LAN is taken down.
    func start(_ words: [String], on station: Station, as name: String? = nil) throws {
        try Task.checkCancellation()
        programs.append((name ?? words[0], Program(station.words(words), log: "\(folder)/\(station.name).log", folder: folder)))
    }

    func stop(_ name: String) async throws {
        guard let index = programs.lastIndex(where: { $0.name == name }) else { throw LabError("no program \(name) runs") }
        await programs.remove(at: index).program.stop()
    }

    /// 1, 2, 3 for each call with this name.
    func count(_ name: String) -> Int {
        counters[name, default: 0] += 1
        return counters[name, default: 0]
    }

    /// Ends what was started, in reverse order. It goes on where the task that built the LAN was cancelled.
    func takeDown() async {
        let (programs, namespaces) = (programs, namespaces)
        (self.programs, self.namespaces) = ([], [])
        await Task.detached {
            await withTaskGroup(of: Void.self) { group in
                for (_, program) in programs { group.addTask { await program.stop() } }
            }
            for namespace in namespaces.reversed() { _ = try? await Shell.run(["ip", "netns", "del", namespace]) }
        }.value
    }
}

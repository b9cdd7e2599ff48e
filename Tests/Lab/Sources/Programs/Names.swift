import Foundation

/// Knot in the place of k8s-gateway, or of a public authority. A record is an address, or written out: "HTTPS 1 . alpn=h3".
struct Knot: Server {
    let zones: [String]
    let address: String
    /// First label of a name in the first zone -> records.
    let records: [(String, [String])]
    /// How long a denial may be remembered.
    let minimum: Int
    /// A zone file that Knot cannot read: it answers SERVFAIL.
    let broken: Bool

    func start(_ lan: LAN, on station: Station) async throws {
        let name = "knot-\(station.name)"
        try FileManager.default.createDirectory(atPath: "\(lan.folder)/\(name)", withIntermediateDirectories: true)
        for zone in zones { try write(zone, station, zone == zones[0] ? records : [], serial: 1) }
        let entries = zones.map { "  - domain: \($0)\n    file: \(station.name)-\($0).zone" }.joined(separator: "\n")
        let configuration = try station.write(
            "\(name).conf",
            """
            server:
                rundir: \(lan.folder)/\(name)
                listen: \(address)@53
                user: root
            control:
                listen: \(lan.folder)/\(name)/control
            database:
                storage: \(lan.folder)/\(name)
            template:
              - id: default
                storage: \(lan.folder)
                zonefile-sync: -1
                journal-content: none
            zone:
            \(entries)

            """)
        try await lan.start(["knotd", "-c", configuration], on: station, as: "knot")
        try await station.waitForPort(53, "udp")
        try await Shell.waitUntil("Knot's start") { try await control(station, "zone-status").worked }
    }

    private func control(_ station: Station, _ words: String...) async throws -> Outcome {
        try await Shell.run(station.words(["knotc", "-c", "\(station.folder)/knot-\(station.name).conf"] + words))
    }

    /// The zone has these records from now on.
    func reload(_ lan: LAN, on station: Station) async throws {
        try write(zones[0], station, records, serial: 1 + (await lan.count("serial")))
        guard try await control(station, "--blocking", "zone-reload", zones[0]).worked else {
            throw LabError("Knot did not reload \(zones[0])")
        }
    }

    private func write(_ zone: String, _ station: Station, _ records: [(String, [String])], serial: Int) throws {
        let lines = records.flatMap { name, datas in datas.map { "\(name) 60 \($0.first?.isNumber == true ? "A " : "")\($0)" } }
        _ = try station.write(
            "\(station.name)-\(zone).zone",
            broken
                ? "no zone at all\n"
                : """
                $ORIGIN \(zone).
                @ 60 SOA ns1.dns hostmaster \(serial) 7200 1800 86400 \(minimum)
                @ 60 NS ns1.dns
                ns1.dns 60 A \(address)
                \(lines.joined(separator: "\n"))

                """)
    }
}

/// Pi-hole's forwarder.
struct Dnsmasq: Server {
    let address: String
    /// Zone -> its server.
    let forward: [(String, String)]
    /// The server for everything else.
    let upstream: String?
    let options: [String]

    func start(_ lan: LAN, on station: Station) async throws {
        var words = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user=root", "--pid-file="]
        words += ["--listen-address=\(address)", "--bind-interfaces"] + forward.map { "--server=/\($0)/\($1)" }
        if let upstream { words.append("--server=\(upstream)") }
        try await lan.start(words + options, on: station, as: "dnsmasq")
        try await station.waitForPort(53, "udp")
    }
}

/// A resolver that asks the authority for the zone itself.
struct Unbound: Server {
    let address: String
    let forward: [(String, String)]
    let options: [String]

    func start(_ lan: LAN, on station: Station) async throws {
        let configuration = try station.write(
            "unbound-\(station.name).conf",
            """
            server:
              interface: \(address)
              access-control: 0.0.0.0/0 allow
              username: ""
              chroot: ""
              directory: "\(lan.folder)"
              pidfile: "\(lan.folder)/unbound-\(station.name).pid"
              use-syslog: no
              do-ip6: no
              module-config: "iterator"
            \(options.map { "  \($0)\n" }.joined())
            \(forward.map { "forward-zone:\n  name: \($0)\n  forward-addr: \($1)" }.joined(separator: "\n"))
            remote-control:
              control-enable: no

            """)
        try await lan.start(["unbound", "-d", "-c", configuration], on: station, as: "unbound")
        try await station.waitForPort(53, "udp")
    }
}

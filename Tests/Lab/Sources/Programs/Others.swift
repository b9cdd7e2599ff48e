import Foundation

/// Answers ARP for a VIP that is on no interface, as Cilium and MetalLB do; DNAT takes the served ports to a server, and the kernel
/// forwards everything else back to the LAN.
struct Responder: Server {
    let vip: String
    let tcp: [Int]
    let udp: [Int]
    /// Where the ports are served.
    let to: String?
    let redirects: Bool

    func start(_ lan: LAN, on station: Station) async throws {
        try await station.sysctl(["ip_forward": 1, "send_redirects": redirects ? 1 : 0])
        for (kind, ports) in [("tcp", tcp), ("udp", udp)] {
            for port in ports {
                try await station.firewall(.before, "ip daddr \(vip) \(kind) dport \(port) dnat to \(to ?? station.address):\(port)")
            }
        }
        let number = await lan.count("responder-\(station.name)")
        try await lan.start(
            ["/usr/bin/python3", "-I", Peers.script("arp_responder.py"), "eth0", station.mac, vip], on: station,
            as: "responder-\(station.name)")
        try await Shell.waitUntil("the ARP responder's start") { station.log.components(separatedBy: "answering").count > number }
    }
}

/// VRRP, with the virtual MAC 00:00:5e:00:01:33 or with the node's own.
struct Keepalived: Server {
    let vip: String
    let priority: Int
    let version: Int
    let virtualMAC: Bool

    func start(_ lan: LAN, on station: Station) async throws {
        let configuration = try station.write(
            "keepalived-\(station.name).conf",
            """
            global_defs {
                router_id \(station.name)
                vrrp_version \(version)
            }
            vrrp_instance gateway {
                state BACKUP
                interface eth0
                \(virtualMAC ? "use_vmac vrrp.51" : "")
                virtual_router_id 51
                priority \(priority)
                advert_int 1
                virtual_ipaddress {
                    \(vip)/32
                }
            }

            """)
        // Only the virtual interface answers for what it holds.
        if virtualMAC { try await station.sysctl(["arp_ignore": 1]) }
        let pid = "\(lan.folder)/keepalived-\(station.name)"
        try await lan.start(
            [
                "keepalived", "--dont-fork", "--log-console", "--vrrp", "--use-file", configuration, "--pid", "\(pid).pid", "--vrrp_pid",
                "\(pid)-vrrp.pid",
            ],
            on: station, as: "keepalived-\(station.name)")
    }
}

/// wireguard-go, told of its one peer.
struct WireGuard {
    let port: Int
    let inside: (String, String)

    func start(_ lan: LAN, between stations: (Station, Station)) async throws {
        // wireguard-go is spoken to by a socket in the machine's /run, so that no two interfaces may have the same name.
        let names = ("\(lan.prefix)a", "\(lan.prefix)b")
        let keys = try await (start(lan, stations.0, names.0, inside.0), start(lan, stations.1, names.1, inside.1))
        try await introduce(stations.0, names.0, to: stations.1, keys.1, inside.1)
        try await introduce(stations.1, names.1, to: stations.0, keys.0, inside.0)
    }

    private func start(_ lan: LAN, _ station: Station, _ name: String, _ address: String) async throws -> String {
        let secret = "\(lan.folder)/\(name).key"
        let key = try await station.must("wg", "genkey")
        _ = try station.write("\(name).key", key)
        try await Shell.must(["chmod", "600", secret])
        try await lan.start(
            ["env", "WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD=1", "wireguard-go", "--foreground", name], on: station, as: "wireguard")
        try await Shell.waitUntil("WireGuard's start") { try await station.run("wg", "show", name).worked }
        try await station.must("wg", "set", name, "private-key", secret, "listen-port", String(port))
        try await station.must("ip", "address", "add", "\(address)/24", "dev", name)
        try await station.must("ip", "link", "set", name, "up")
        return try await station.must("wg", "pubkey", input: key).trimmed
    }

    private func introduce(_ station: Station, _ name: String, to other: Station, _ key: String, _ address: String) async throws {
        try await station.must(
            "wg", "set", name, "peer", key, "allowed-ips", "\(address)/32", "endpoint", "\(other.address):\(port)")
    }
}

/// Chromium, headless, with a profile that knows nothing yet.
struct Chromium {
    let resolver: String
    let zone: String

    /// Not one packet that is not about the page: no updates, no reports, no look-ups of other names.
    private var quiet: [String] {
        [
            "--headless=new", "--no-sandbox", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-domain-reliability",
            "--disable-extensions", "--no-pings",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE *.\(zone)", "--disable-features=MediaRouter,OptimizationHints",
        ]
    }

    /// Loads one page and returns its document, or nothing. Chromium takes a certificate of a private authority for TLS but not for QUIC, except for a
    /// host that it was told to force QUIC on. Naming another port of that host makes it accept the certificate and forces nothing.
    func visit(_ lan: LAN, _ station: Station, _ url: String, forced: Bool, seconds: Int) async throws -> String {
        let number = await lan.count("chromium")
        let (nameserver, profile) = (
            try station.write("resolv-\(number).conf", "nameserver \(resolver)\n"), "\(lan.folder)/chromium-\(number)"
        )
        let host = url.split(separator: "/")[1]
        let certificate = try await Shell.must(["sh", "-c", "ls -t \(lan.folder)/*-*.crt | tail -1"]).trimmed
        let hash = try await Shell.must([
            "sh", "-c",
            """
            openssl x509 -in \(certificate) -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64
            """,
        ]).trimmed
        let words =
            [
                "env", "HOME=\(profile)", "unshare", "--mount", "sh", "-c", #"mount --bind "$0" /etc/resolv.conf && exec "$@""#, nameserver,
                "timeout", "--kill-after=5", String(seconds), "chromium",
            ] + quiet + [
                "--user-data-dir=\(profile)",
                "--ignore-certificate-errors-spki-list=\(hash)", "--origin-to-force-quic-on=\(host):\(forced ? 443 : 9)", "--dump-dom", url,
            ]
        return try await Shell.run(station.words(words), seconds: Double(seconds) + 10).output
    }
}

/// What goes on in every LAN and concerns no VIP.
extension Actions {
    static let noise: [String: Action] = [
        // Somebody looks for hosts at addresses that nobody has.
        "sweep": { fields, plan in
            let (from, count) = (try fields.station("from", plan, or: "client2"), try fields.integer("count", or: 8))
            let prefix = try fields.text("prefix", or: "10.0.0.")
            return { lan in
                for last in 0..<count {
                    _ = try await lan[from].run("arping", "-q", "-c", "1", "-w", "1", "-I", "eth0", "\(prefix)\(201 + last)")
                }
            }
        },
        // Somebody looks for printers and media servers.
        "discovery": { fields, plan in
            let (from, count) = (try fields.station("from", plan, or: "client2"), try fields.integer("count", or: 3))
            return { lan in
                let search = #"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n"#
                // One question of mDNS: _http._tcp.local PTR.
                let question = #"\0\0\0\0\0\1\0\0\0\0\0\0\5_http\4_tcp\5local\0\0\14\0\1"#
                for _ in 0..<count {
                    try await lan[from].must(
                        "bash", "-c", "printf '\(search)' > /dev/udp/239.255.255.250/1900; printf '\(question)' > /dev/udp/224.0.0.251/5353"
                    )
                    try await Task.sleep(for: .milliseconds(500))
                }
            }
        },
        // A long transfer between two stations that have nothing to do with it. Its server is an nginx at that address.
        "transfer": { fields, plan in
            let (from, url, rate) = (
                try fields.station("from", plan, or: "client2"), try fields.text("url"), try fields.text("rate", or: "2M")
            )
            let seconds = try fields.integer("seconds", or: 5)
            return { lan in
                _ = try await Shell.run(
                    lan[from].words([
                        "curl", "--silent", "--noproxy", "*", "--output", "/dev/null", "--limit-rate", rate, "--max-time", String(seconds),
                        url,
                    ]),
                    seconds: Double(seconds) + 5)
            }
        },
    ]
}

import Foundation

/// What clients do. Each says what has to come of it; where something else does, the scenario does not show what it is about.
extension Actions {
    static let asking: [String: Action] = [
        "wait": { fields, _ in
            let seconds = try fields.number("seconds")
            return { _ in try await Task.sleep(for: .seconds(seconds)) }
        },
        // Any program, with its exit status.
        "run": { fields, plan in
            let (on, words) = (try fields.station("on", plan), try fields.texts("words"))
            let (status, seconds) = (try fields.integer("status", or: 0), try fields.number("seconds", or: 20))
            return { lan in
                let outcome = try await Shell.run(lan[on].words(words), seconds: seconds)
                try expect(
                    outcome.status == status,
                    "\(words.joined(separator: " ")): status \(outcome.status), not \(status): \(outcome.error.trimmed)")
            }
        },
        // One HTTP or HTTPS request, by name but without DNS. It gives a status of HTTP, or "fails".
        "curl": { fields, plan in
            let (from, url) = (try fields.station("from", plan, or: "client"), try fields.text("url"))
            let (to, gives, wait) = (
                try fields.text("to", or: "10.0.0.157"), try fields.text("gives", or: "200"), try fields.integer("wait", or: 5)
            )
            let (options, times, pause) = (
                try fields.texts("options", or: ["--insecure"]), try fields.integer("times", or: 1), try fields.number("pause", or: 0)
            )
            let wanted = gives.split(separator: " ").map { $0 == "fails" ? "000" : String($0) }
            return { lan in
                for round in 0..<times {
                    if round > 0, pause > 0 { try await Task.sleep(for: .seconds(pause)) }
                    let status = try await Shell.run(
                        lan[from].words(
                            [
                                "curl", "--silent", "--noproxy", "*", "--output", "/dev/null", "--connect-to", "::\(to):", "--max-time",
                                String(wait),
                                "--write-out", "%{http_code}",
                            ] + options.map { $0.replacing("LAB", with: lan.folder) } + [url]),
                        seconds: Double(wait) + 5
                    ).output
                    let expected = wanted[round % wanted.count]
                    try expect(expected == "any" || status == expected, "\(url) gives \(status), not \(expected)")
                }
            }
        },
        // One question. It gives NOERROR, NODATA, NXDOMAIN and so on, an address, or "nothing" where no answer comes.
        "dig": { fields, plan in
            let (from, name, type) = (
                try fields.station("from", plan, or: "client"), try fields.text("name"), try fields.text("type", or: "A")
            )
            let (at, gives) = (try fields.text("at", or: "10.0.0.53"), try fields.text("gives", or: "NOERROR"))
            let (tries, wait) = (try fields.integer("tries", or: 1), try fields.integer("wait", or: 3))
            let options = try fields.texts("options", or: [])
            return { lan in
                let text = try await Shell.run(
                    lan[from].words(["dig", "+tries=\(tries)", "+time=\(wait)"] + options + ["@\(at)", name, type]),
                    seconds: Double(tries * wait) + 5
                ).output
                let status = text.components(separatedBy: "status: ").dropFirst().first.map { String($0.prefix { $0 != "," }) } ?? "nothing"
                let found = status == "NOERROR" && text.contains("ANSWER: 0") ? "NODATA" : status
                try expect(
                    found == gives || (found == "NOERROR" && text.contains("\t\(gives)\n")), "\(name) \(type) gives \(found), not \(gives)")
            }
        },
        "ping": { fields, plan in
            let (from, to, count) = (
                try fields.station("from", plan, or: "client"), try fields.text("to", or: "10.0.0.157"), try fields.integer("count", or: 2)
            )
            let (answered, options) = (try fields.flag("answered", or: true), try fields.texts("options", or: []))
            return { lan in
                let outcome = try await Shell.run(
                    lan[from].words(["ping", "-n", "-c", String(count), "-W", "4"] + options + [to]), seconds: 30)
                try expect(outcome.worked == answered, "ping \(to) is \(answered ? "not " : "")answered")
            }
        },
        // "-D" probes (RFC 5227), and without options it asks.
        "arping": { fields, plan in
            let (from, to, count) = (
                try fields.station("from", plan, or: "client"), try fields.text("to", or: "10.0.0.157"), try fields.integer("count", or: 1)
            )
            let options = try fields.texts("options", or: [])
            return { lan in
                _ = try await Shell.run(
                    lan[from].words(["arping"] + options + ["-c", String(count), "-w", String(count + 1), "-I", "eth0", to]))
            }
        },
        // A page by Chromium, and the protocol that carried it, or "nothing".
        "chromium": { fields, plan in
            let (from, url) = (try fields.station("from", plan, or: "client"), try fields.text("url"))
            let browser = Chromium(
                resolver: try fields.text("resolver", or: "10.0.0.53"), zone: try fields.text("zone", or: "laurivan.com"))
            let (gives, forced, seconds) = (try fields.text("gives"), try fields.flag("forced"), try fields.integer("wait", or: 40))
            return { lan in
                let page = try await browser.visit(lan, lan[from], url, forced: forced, seconds: seconds)
                try expect(
                    gives == "nothing" ? !page.contains("HTTP/") : page.contains(gives), "a page by \(gives), not \(page.prefix(300))")
            }
        },
        // One HTTP/3 request by aioquic. It gives a status, "closed 0x...", or "no answer".
        "quic": { fields, plan in
            let (from, to, name) = (
                try fields.station("from", plan, or: "client"), try fields.text("to", or: "10.0.0.157"), try fields.text("name")
            )
            let (options, gives) = (try fields.texts("options", or: []), try fields.text("gives", or: "200"))
            return { lan in
                let words = [try Peers.path("python3"), Peers.script("quic_client.py"), to, name] + options
                let answer = try await Shell.must(lan[from].words(words)).trimmed
                try expect(answer == gives, "\(name) gives \(answer), not \(gives)")
            }
        },
        // OpenSSL's client, which ends when its standard input does.
        "handshake": { fields, plan in
            let (from, to, port) = (
                try fields.station("from", plan, or: "client"), try fields.text("to", or: "10.0.0.157"), try fields.integer("port", or: 443)
            )
            let (name, options, works) = (
                try fields.text("name", or: "grafana.laurivan.com"), try fields.texts("options", or: []), try fields.flag("works", or: true)
            )
            return { lan in
                let outcome = try await Shell.run(
                    lan[from].words(["timeout", "5", "openssl", "s_client", "-connect", "\(to):\(port)", "-servername", name] + options))
                let worked =
                    !outcome.output.contains("Cipher is (NONE)") && outcome.output.contains("Cipher is") && !outcome.error.contains("alert")
                try expect(worked == works, "a handshake with \(name) that \(works ? "does not work" : "works")")
            }
        },
        // One connection that says a line after each pause, in plain HTTP/1.1: a client that keeps its connection.
        "talk": { fields, plan in
            let (from, to, port) = (
                try fields.station("from", plan, or: "client"), try fields.text("to", or: "10.0.0.157"), try fields.integer("port", or: 80)
            )
            let (host, pauses) = (try fields.text("host", or: "grafana.laurivan.com"), try fields.integers("pauses", or: []))
            let answers = try fields.integer("answers")
            return { lan in
                let request = #"printf 'GET / HTTP/1.1\r\nHost: \#(host)\r\n\r\n'"#
                let script = ([request] + pauses.flatMap { ["sleep \($0)", request] } + ["sleep 1"]).joined(separator: "; ")
                let outcome = try await Shell.run(
                    lan[from].words([
                        "sh", "-c", "( \(script) ) | timeout \(pauses.reduce(5, +)) curl --silent --no-buffer telnet://\(to):\(port)",
                    ]),
                    seconds: Double(pauses.reduce(10, +)))
                let found = outcome.output.components(separatedBy: "HTTP/1.1 200").count - 1
                try expect(found == answers, "\(found) answers on one connection, not \(answers)")
            }
        },
    ]

    static func expect(_ condition: Bool, _ otherwise: @autoclosure () -> String) throws {
        if !condition { throw LabError(otherwise()) }
    }
}

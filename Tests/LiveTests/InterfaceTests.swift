import Capture
import Foundation
import LAN
import Savefile
import Support
import Testing
import Wire

/// The program on interfaces of network namespaces that each test makes.
@Suite(.enabled(if: Namespaces.arePossible), .serialized, .timeLimit(.minutes(3)))
struct InterfaceTests {
    private let lan: Namespaces
    private let folder: CaptureFolder

    init() throws {
        lan = try Namespaces([("client", "10.9.0.20"), ("node", "10.9.0.30"), ("sensor", "10.9.0.40")])
        try lan.ip(in: "sensor", "link set eth0 address 02:00:00:00:00:14")
        folder = try CaptureFolder()
        // The program gives up root, and its files lie here.
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
    }

    private func capture(_ arguments: String, filter: String? = nil) throws -> Namespaces.Running {
        let program = try #require(Namespaces.program)
        let running = try lan.start(
            in: "sensor",
            [program, "capture"] + arguments.split(separator: " ").map(String.init) + (filter.map { ["--filter", $0] } ?? []))
        #expect(running.until { running.errors.contains("listening on") || !running.process.isRunning }, "\(running.errors)")
        return running
    }

    /// The process itself: `ip netns exec` and `env` become it.
    private func status(_ running: Namespaces.Running, _ key: String) -> String {
        let text = (try? String(contentsOfFile: "/proc/\(running.process.processIdentifier)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(key + ":") } ?? ""
        return line.split { $0 == "\t" || $0 == " " }.dropFirst().joined(separator: " ")
    }

    /// Octets put on the wire as they are.
    private func send(from name: String, _ frames: [[UInt8]], times: Int = 1, pause: Double = 0) {
        let script = """
            import socket, sys, time
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(("eth0", 0))
            for _ in range(int(sys.argv[1])):
                for frame in sys.argv[3:]: s.send(bytes.fromhex(frame)); time.sleep(float(sys.argv[2]))
            """
        let hex = frames.map { $0.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
        let output = lan.run(in: name, ["python3", "-c", script, "\(times)", "\(pause)"] + hex)
        #expect(output.status == 0, "\(output.errors)")
    }

    /// What was put on the wire: kernels have a word to say, too.
    private func sent(in path: String) throws -> [[UInt8]] {
        try TestFrame.read(path).map(\.bytes).filter { ![[0x08, 0x00], [0x86, 0xdd]].contains(Array($0[12..<14])) }
    }

    private func arp(
        _ operation: UInt16, _ mac: UInt64, _ address: String, target: String, to receiver: MACAddress = .broadcast, vlan: [UInt16] = []
    ) -> [UInt8] {
        ethernet(
            from: MACAddress(rawValue: mac), to: receiver, vlan: vlan, 0x0806,
            [0, 1, 8, 0, 6, 4] + big16(operation) + octets(MACAddress(rawValue: mac)) + big32(v4(address).rawValue)
                + (receiver == .broadcast ? [UInt8](repeating: 0, count: 6) : octets(receiver)) + big32(v4(target).rawValue)
                + [UInt8](repeating: 0, count: 18))
    }

    private static let sensor: UInt64 = 0x0200_0000_0014

    @Test func `a finding stands on standard output while the capture goes on, and INT ends it with the verdict`() throws {
        let running = try capture("--vip 10.9.0.157 --evidence \(folder.path)")
        // Two stations answer one request.
        let asker = MACAddress(rawValue: Self.sensor)
        send(from: "sensor", [arp(1, Self.sensor, "10.9.0.40", target: "10.9.0.157")])
        send(
            from: "node",
            [0x0050_56aa_bb03, 0x0050_56aa_bb04].map { arp(2, $0, "10.9.0.157", target: "10.9.0.40", to: asker) })
        let sent = Date()
        #expect(running.until { running.text.contains("duplicate-announcers") })
        let delay = Date().timeIntervalSince(sent)
        // The goal is 250 ms; a machine that tests run on has other things to do.
        #expect(delay < 1.5)
        running.signal(SIGINT)
        let output = running.wait()
        EventLog.keep(Array(output.text.utf8))
        #expect(output.status == 1)
        #expect(output.text.contains(#""action":"end""#) && output.text.contains(#""sources":["eth0"]"#))
        let path = folder.path + "/duplicate-announcers-10.9.0.157.pcapng"
        #expect(output.errors.contains("the evidence: \(path)"))
        #expect(try TestFrame.read(path).count >= 2)
    }

    @Test(arguments: [[], [100], [100, 200]] as [[UInt16]])
    func `VLAN tags stand in the frame once, and the generated filter sees behind them`(_ vlan: [UInt16]) throws {
        let running = try capture("--vip 10.9.0.157 --write \(folder.path)/a.pcapng --for 2s")
        let wanted = arp(2, 0x0050_56aa_bb03, "10.9.0.157", target: "10.9.0.20", vlan: vlan)
        let other = ethernet(from: Host.node.mac, to: .broadcast, vlan: vlan, 0x88b5, [UInt8](repeating: 1, count: 50))
        send(from: "node", [wanted, other, wanted])
        #expect(running.wait().status == 2)
        #expect(try sent(in: folder.path + "/a.pcapng") == [wanted, wanted])
    }

    @Test func `what the user asks for narrows what is captured, and everything lifts the filter`() throws {
        let other = ethernet(from: Host.node.mac, to: .broadcast, 0x88b5, [UInt8](repeating: 1, count: 50))
        let wanted = arp(2, 0x0050_56aa_bb03, "10.9.0.157", target: "10.9.0.20")
        let all = try capture("--vip 10.9.0.157 --everything --write \(folder.path)/all.pcap --pcap --count 2", filter: "not ip")
        let narrow = try capture("--vip 10.9.0.157 --write \(folder.path)/none.pcapng", filter: "greater 500")
        send(from: "node", [wanted, other])
        #expect(all.wait().status == 2)
        #expect(try sent(in: folder.path + "/all.pcap") == [wanted, other])
        narrow.signal(SIGTERM)
        #expect(narrow.wait().status == 2)
        #expect(try sent(in: folder.path + "/none.pcapng").isEmpty)
    }

    @Test func `only CAP_NET_RAW stays, not raised, and root does not`() throws {
        let running = try capture("--vip 10.9.0.157")
        #expect(status(running, "CapPrm") == "0000000000002000")
        #expect(status(running, "CapEff") == "0000000000000000")
        #expect(status(running, "Uid") == "65534 65534 65534 65534")
        #expect(status(running, "Groups") == "65534")
        #expect(status(running, "NoNewPrivs") == "1")
        running.signal(SIGTERM)
        #expect(running.wait().status == 2)
    }

    @Test func `without the right, the command that grants it is told`() throws {
        let program = try #require(Namespaces.program)
        let output = lan.run(
            in: "sensor",
            ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", program, "capture", "--vip", "10.9.0.157", "--for", "1s"])
        #expect(output.status == 77)
        #expect(output.errors.contains("sudo setcap cap_net_raw+ep \(program)"))
    }

    @Test(arguments: [
        ("--interface any", 64, "destination MAC"), ("--interface no-such", 66, "no-such"), ("--vip 192.0.2.1", 66, "no route leads to"),
        ("--vip 10.9.0.157 --filter x%", 64, "filter"), ("--until now", 64, "now"), ("--for 5", 64, "--for"),
        ("--ring 1 --vip 10.9.0.157", 64, "--ring"), ("--vip 10.9.0.157 --evidence /no/such", 64, "/no/such"),
    ])
    func `what cannot be done is refused with the reason`(_ arguments: String, _ status: Int32, _ words: String) throws {
        let output = try capture(arguments).wait()
        #expect(output.status == status)
        #expect(output.errors.contains(words))
    }

    @Test func `an interface that is down, renamed, removed and back is told, and listened to again`() throws {
        let running = try capture("--vip 10.9.0.157 --interface eth0 --write \(folder.path)/a.pcapng")
        let wanted = arp(2, 0x0050_56aa_bb03, "10.9.0.157", target: "10.9.0.20")
        func told(_ text: String) { #expect(running.until { running.errors.contains(text) }, "\(text) in \(running.errors)") }
        // A bridge forwards some time after the link is up: sent again until the file has more.
        func arrivals(after count: Int) -> Int {
            var seen = 0
            _ = running.until {
                send(from: "node", [wanted])
                seen = (try? sent(in: folder.path + "/a.pcapng").count) ?? 0
                return seen > count
            }
            return seen
        }
        try lan.ip(in: "sensor", "link set eth0 down")
        told("eth0 went down")
        try lan.ip(in: "sensor", "link set eth0 name lan0")
        told("eth0 is called lan0 now")
        try lan.ip(in: "sensor", "link set lan0 name eth0")
        told("lan0 is called eth0 now")
        try lan.ip(in: "sensor", "link set eth0 up")
        told("eth0 is up")
        let before = arrivals(after: 0)
        try lan.ip(in: "lan", "link delete sensor")
        told("eth0 vanished")
        try lan.ip(in: "lan", "link add sensor type veth peer name eth0 netns \(lan.netns("sensor"))")
        try lan.ip(in: "lan", "link set sensor master br0 up")
        try lan.ip(in: "sensor", "link set eth0 up")
        told("eth0 is listened to again")
        #expect(before > 0 && arrivals(after: before) > before)
        running.signal(SIGINT)
        let output = running.wait()
        EventLog.keep(Array(output.text.utf8))
        #expect(try sent(in: folder.path + "/a.pcapng").allSatisfy { $0 == wanted })
        #expect(output.text.contains("eth0 vanished: nothing is seen there"))
    }

    /// A frame to ask and one to answer, between stations that nobody watches.
    private func lookup(_ number: UInt16, authority: LAN.Host) -> [[UInt8]] {
        let asked = Lookup("argocd.laurivan.com", id: number, port: 50_000 + number)
        let further = Lookup("argocd.laurivan.com", client: .resolver, server: authority, id: number, port: 40_000 + number)
        return [
            asked.query, further.query, further.answer([.a(v4("10.9.0.157"))], authoritative: true), asked.answer([.a(v4("10.9.0.157"))]),
        ]
    }

    @Test func `what is learned is captured from then on, and no frame is lost when the filter changes`() throws {
        let site = folder.path + "/site.yaml"
        try Data("vips: [{ address: 10.9.0.157 }]\ndns: { zones: [laurivan.com] }\n".utf8).write(to: URL(fileURLWithPath: site))
        // A hub, as a mirror port shows it.
        try lan.ip(in: "lan", "link set br0 type bridge ageing_time 0")
        // Where the machine's bridges ask its packet filter, that drops headers without checksums.
        lan.run(in: "lan", ["sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=0"])
        let running = try capture("--interface eth0 --promiscuous --site \(site) --write \(folder.path)/a.pcapng")
        let authorities = (1...4).map { LAN.Host(0x0200_0000_0a00 + UInt64($0), "10.9.1.\($0)") }
        let pings = authorities.map { ping(.client, $0) }
        send(from: "node", pings)
        // Frames that every filter lets pass, numbered, all the while.
        let count = 60_000
        let script = """
            import socket, sys, time
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(("eth0", 0))
            head = bytes.fromhex(sys.argv[1])
            for number in range(\(count)):
                s.send(head + number.to_bytes(18, "big"))
                if number % 25 == 0: time.sleep(0.0005)
            """
        let head = arp(1, 0x0200_0000_0777, "10.9.0.77", target: "10.9.0.78").dropLast(18)
        let hex = head.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let flood = try lan.start(in: "client", ["python3", "-c", script, hex])
        for (index, authority) in authorities.enumerated() {
            for number in 0..<3 { send(from: "node", lookup(UInt16(index * 3 + number + 1), authority: authority)) }
            #expect(running.until { running.errors.contains("captured from now on, too: ") && running.errors.contains("\(authority.ip)") })
        }
        #expect(flood.wait().status == 0)
        send(from: "node", pings)
        let path = folder.path + "/a.pcapng"
        #expect(running.until { (try? TestFrame.read(path).contains { $0.bytes == pings[3] }) ?? false })
        running.signal(SIGINT)
        let output = running.wait()
        EventLog.keep(Array(output.text.utf8))
        #expect(output.text.contains(#""action":"filter""#) && output.text.contains(#""kernel_drops":0"#))
        let frames = try TestFrame.read(path).map(\.bytes)
        for ping in pings { #expect(frames.count { $0 == ping } == 1, "before it was learned a ping is nobody's, and then it is") }
        let numbers = frames.filter { $0.starts(with: head) }.map { $0.suffix(4).reduce(0) { $0 << 8 | Int($1) } }
        #expect(numbers == Array(0..<count))
    }

    /// What one interface refuses, the others take: of each more is seen than before, or as much.
    @Test func `an interface that refuses a filter keeps it from no other`() throws {
        try lan.ip(in: "sensor", "tuntap add tun0 mode tun")
        try lan.ip(in: "sensor", "link set tun0 up")
        let wanted = arp(2, 0x0050_56aa_bb03, "10.9.0.157", target: "10.9.0.20")
        let (linkTypes, refusals, seen) = try lan.within("sensor") { [self] in
            var source = try LiveSource(["tun0", "eth0"], CaptureOptions())
            try source.filter { _ in "udp port 9" }
            let refusals = source.widen { $0 == .raw ? "no filter" : "udp port 9 or arp" }
            var seen: [[UInt8]] = []
            for _ in 0..<50 where seen.isEmpty {
                send(from: "node", [wanted])
                source.wait(atMost: .milliseconds(100))
                _ = source.dispatch(64) { bytes, _ in seen.append([UInt8](copying: bytes)) }
            }
            return (source.linkTypes, refusals, seen)
        }
        #expect(linkTypes == [.raw, .ethernet] && refusals.map { $0?.interface } == ["tun0", nil] && seen.contains(wanted))
    }

    @Test func `an interface that comes back gets the newest filter, whatever another one refused`() throws {
        try lan.ip(in: "sensor", "tuntap add tun0 mode tun")
        try lan.ip(in: "sensor", "link set tun0 up")
        let wanted = arp(2, 0x0050_56aa_bb03, "10.9.0.157", target: "10.9.0.20")
        let (told, seen) = try lan.within("sensor") { [self] in
            var source = try LiveSource(["tun0", "eth0"], CaptureOptions())
            try source.filter { _ in "udp port 9" }
            _ = source.widen { $0 == .raw ? "no filter" : "udp port 9 or arp" }
            try lan.ip(in: "lan", "link delete sensor")
            var told = source.look().map(\.description)
            try lan.ip(in: "lan", "link add sensor type veth peer name eth0 netns \(lan.netns("sensor"))")
            try lan.ip(in: "lan", "link set sensor master br0 up")
            try lan.ip(in: "sensor", "link set eth0 up")
            var seen: [[UInt8]] = []
            for _ in 0..<50 where seen.isEmpty {
                told += source.look().map(\.description)
                send(from: "node", [wanted])
                source.wait(atMost: .milliseconds(100))
                _ = source.dispatch(64) { bytes, _ in seen.append([UInt8](copying: bytes)) }
            }
            return (told, seen)
        }
        #expect(told.contains("eth0 is listened to again") && seen.contains(wanted), "\(told)")
    }

    @Test func `USR1 prints the ledger, and the capture goes on`() throws {
        let running = try capture("--vip 10.9.0.157 --format text")
        running.signal(SIGUSR1)
        #expect(running.until { running.text.contains("10.9.0.157: no verdict") })
        #expect(running.process.isRunning)
        running.signal(SIGTERM)
        #expect(running.wait().text.components(separatedBy: "10.9.0.157: no verdict").count == 3)
    }

    @Test func `a file of a process that was killed is readable to its last record`() throws {
        for round in 0..<8 {
            let path = "\(folder.path)/killed-\(round).pcapng"
            let running = try capture("--interface eth0 --everything --write \(path)")
            let frame = ethernet(from: Host.node.mac, to: .broadcast, 0x88b5, [UInt8](repeating: UInt8(round), count: 900))
            let victim = running.process.processIdentifier
            let moment = UInt32.random(in: 100_000...900_000)
            Thread.detachNewThread {
                usleep(moment)
                kill(victim, SIGKILL)
            }
            send(from: "node", [frame], times: 2000, pause: 0.0003)
            _ = running.wait()
            var reader = try SavefileReader(path: path)
            var count = 0
            do throws(SavefileError) {
                while try reader.next() != nil { count += 1 }
            } catch { #expect(error.kind == .cutShort) }
            // 64 KiB or a second may be lost: at this rate some blocks are there after half a second.
            if moment > 700_000 { #expect(count > 0) }
        }
    }

    @Test func `a disk that is full stops the file, not the capture, and writing goes on when there is room`() throws {
        let disk = folder.path + "/disk"
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
        try #require(Namespaces.run(["mount", "-t", "tmpfs", "-o", "size=512k,mode=777", "tmpfs", disk]).status == 0)
        defer { _ = Namespaces.run(["umount", disk]) }
        let ballast = disk + "/ballast"
        try Data(count: 300_000).write(to: URL(fileURLWithPath: ballast))
        let running = try capture("--interface eth0 --everything --write \(disk)/a.pcapng")
        let frame = ethernet(from: Host.node.mac, to: .broadcast, 0x88b5, [UInt8](repeating: 7, count: 1000))
        send(from: "node", [frame], times: 300, pause: 0.001)
        #expect(running.until { running.errors.contains("cannot write: No space left on device") })
        try FileManager.default.removeItem(atPath: ballast)
        #expect(running.until { running.errors.contains("writing goes on, nothing is missing") })
        running.signal(SIGINT)
        let output = running.wait()
        EventLog.keep(Array(output.text.utf8))
        #expect(output.text.contains("cannot write: No space left on device"))
        let frames = try sent(in: disk + "/a.pcapng")
        #expect(frames.count == 300)
        #expect(Set(frames) == [frame])
    }
}

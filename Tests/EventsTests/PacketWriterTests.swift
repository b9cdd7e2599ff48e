import Events
import LAN
import Testing
import Wire

/// `decode`: a line of text or an object for each frame.
struct PacketWriterTests {
    private func text(_ octets: [UInt8], _ linkType: LinkType = .ethernet, originalLength: Int? = nil) -> String {
        var writer = PacketWriter()
        writer.writeText(octets.span, linkType, Values.frame(7), originalLength: originalLength ?? octets.count)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func json(_ octets: [UInt8], _ linkType: LinkType = .ethernet, originalLength: Int? = nil) throws -> JSON {
        var writer = PacketWriter()
        writer.writeJSON(octets.span, linkType, Values.frame(7), originalLength: originalLength ?? octets.count)
        return try #require(try JSON.lines(writer.bytes).first)
    }

    @Test(arguments: SampleFrame.all)
    func `a frame is one line`(_ frame: SampleFrame) {
        #expect(text(frame.octets) == "7 10:34:41.007000 \(frame.line)\n")
    }

    @Test(arguments: SampleFrame.all)
    func `a frame is one object with every field of its message`(_ frame: SampleFrame) throws {
        let parsed = try json(frame.octets)
        #expect(parsed["frame"] == 7 && parsed["time"] == "2026-02-04T10:34:41.007000000Z" && parsed["link_type"] == "ethernet")
        #expect(parsed["captured_length"] == .integer(Int128(frame.octets.count)) && parsed["original_length"] == parsed["captured_length"])
        #expect(parsed["anomaly"] == nil)
        #expect(parsed["messages"]?["0"]?.keys ?? [] == Set([frame.message].compactMap(\.self)))
        let message = frame.message.flatMap { parsed.at("messages/0/\($0)") }
        for name in frame.fields.keys { #expect(message?[name] == frame.fields[name], "\(name)") }
    }

    @Test func `headers stand in wire order, then the message`() {
        var writer = PacketWriter()
        let octets = SampleFrame.arp[0].octets
        writer.writeJSON(octets.span, .ethernet, Values.frame(7), originalLength: 60)
        #expect(
            String(decoding: writer.bytes, as: UTF8.self) == """
                {"frame":7,"time":"2026-02-04T10:34:41.007000000Z","captured_length":42,"original_length":60,"link_type":"ethernet",\
                "ethernet":{"destination":"ff:ff:ff:ff:ff:ff","source":"3c:22:fb:00:00:20","ether_type":2054},\
                "messages":[{"arp":{"hardware_type":1,"operation":1,\
                "sender_hardware":"3c:22:fb:00:00:20","sender_protocol":"10.0.0.20",\
                "target_hardware":"00:00:00:00:00:00","target_protocol":"10.0.0.157"}}]}

                """)
    }

    @Test func `lists of objects, nested objects and flags are JSON, too`() throws {
        let answer = try json(SampleFrame.dns[1].octets)
        #expect(
            answer.at("messages/0/dns/answers") == [
                [
                    "name": "grafana.laurivan.com", "type": "A", "type_number": 1, "class": 1, "class_name": "IN", "ttl": 60,
                    "data": "10.0.0.157",
                ]
            ])
        #expect(answer.at("udp/length") == 73 && answer.at("ipv4/dont_fragment") == true && answer.at("messages/0/dns/authorities") == [])
        let syn = try json(SampleFrame.tcp[0].octets)
        #expect(
            syn.at("tcp/options") == [
                "octets": "020405b40402080a41bf2d95000000000103030a", "maximum_segment_size": 1460, "window_scale": 10,
                "sack_permitted": true, "timestamp_value": 1_103_048_085,
                "timestamp_echo": 0,
            ])
        #expect(try json(SampleFrame.icmp[2].octets).at("messages/0/icmpv4/quoted/destination_port") == 443)
        let tagged = try json(SampleFrame.arp[6].octets)
        #expect(tagged["vlan"] == [["id": 100, "priority": 5, "drop_eligible": false, "ether_type": 2054]])
    }

    @Test func `a frame that does not decode says where and why`() throws {
        let octets = Array(SampleFrame.arp[0].octets.prefix(30))
        #expect(text(octets).hasSuffix(" [arp at octet 28: truncated, 4 octets needed, 2 there]\n"))
        #expect(text(octets, originalLength: 42).hasSuffix(" [arp at octet 28: cut by capture, 4 octets needed, 2 there]\n"))
        let parsed = try json(octets, originalLength: 42)
        #expect(
            parsed["anomaly"] == [
                "layer": "arp", "kind": "cut_by_capture", "offset": 28,
                "description": "arp at octet 28: cut by capture, 4 octets needed, 2 there",
            ])
        #expect(parsed["messages"] == nil && parsed["ethernet"] != nil)
    }

    @Test(arguments: SampleFrame.all)
    func `every prefix of a frame is a line and an object`(_ frame: SampleFrame) throws {
        for count in 0...frame.octets.count {
            let octets = Array(frame.octets.prefix(count))
            let line = text(octets, originalLength: frame.octets.count)
            #expect(line.hasSuffix("\n") && line.utf8.count { $0 == 0x0a } == 1)
            #expect(try json(octets, originalLength: frame.octets.count)["captured_length"] == .integer(Int128(count)))
        }
    }

    @Test func `nothing that came from the network steers a terminal`() throws {
        let head = Array("HTTP/1.1 200 \u{9b}2J\u{202e}\r\n\r\n".utf8)
        let frame = Datagram(Host.node, Host.client).frame(6, tcp(80, 50_000, [.psh, .ack], sequence: 1, head))
        #expect(text(frame).hasSuffix("HTTP 200 \\u{009B}2J\\u{202E}\n"))
    }

    @Test func `other link types are told`() throws {
        let ethernet = SampleFrame.icmp[0].octets
        let datagram = Array(ethernet.dropFirst(14))
        #expect(text(datagram, .raw) == text(ethernet))
        let cooked: [UInt8] = [0, 0, 0, 1, 0, 6, 0xb8, 0x27, 0xeb, 0, 0, 0x30, 0, 0, 8, 0] + datagram
        #expect(text(cooked, .linuxCooked) == text(ethernet))
        #expect(try json(cooked, .linuxCooked).at("cooked/source") == "b8:27:eb:00:00:30")
        let unknown = try json(ethernet, LinkType(rawValue: 147))
        #expect(unknown["link_type"] == "linktype_147" && unknown.at("anomaly/kind") == "unsupported")
    }

    @Test func `what was taken is not written again`() {
        var writer = PacketWriter()
        let octets = SampleFrame.arp[0].octets
        for number in 1...3 as ClosedRange<UInt64> {
            writer.writeText(octets.span, .ethernet, Values.frame(number), originalLength: octets.count)
            #expect(writer.pending == writer.bytes.count)
            #expect(String(decoding: writer.bytes, as: UTF8.self).hasPrefix("\(number) "))
            writer.removeAll()
            #expect(writer.pending == 0 && writer.bytes.isEmpty)
        }
    }
}

import Flows
package import Wire

/// `decode`: each frame as a line that a tcpdump user reads, or as one JSON object with every decoded field.
package struct PacketWriter: ~Copyable {
    private var finder: MessageFinder
    private let dissector = Dissector()
    private let target = JSONFields.Target()
    private var text: [UInt8] = []

    package init() { finder = MessageFinder() }

    package var bytes: [UInt8] { target.json.count == 0 ? text : target.json.bytes }
    package var pending: Int { target.json.count + text.count }

    package mutating func removeAll() {
        target.json.removeAll()
        text.removeAll(keepingCapacity: true)
    }

    package mutating func writeJSON(_ bytes: Span<UInt8>, _ linkType: LinkType, _ frame: FrameReference, originalLength: Int) {
        let packet = dissector.dissect(bytes, linkType: linkType, frame: frame, originalLength: originalLength)
        let (messages, anomaly) = finder.messages(of: packet, in: bytes)
        target.json.beginLine()
        target.json.field("frame", frame.number)
        target.json.field("time", frame.time)
        target.json.field("captured_length", bytes.count)
        target.json.field("original_length", originalLength)
        target.json.field("link_type", plain: linkType.name)
        var fields = JSONFields(target: target)
        packet.describeHeaders(in: bytes, to: &fields)
        if !messages.isEmpty {
            target.json.beginList("messages")
            for message in messages {
                target.json.beginElement()
                target.json.beginObject(named: type(of: message).layer.name)
                message.describe(to: &fields)
                target.json.endObject()
                target.json.endObject()
            }
            target.json.endList()
        }
        if let anomaly {
            target.json.object("anomaly") { json in
                json.field("layer", plain: anomaly.layer.name)
                json.field("kind", plain: anomaly.kind.rawValue)
                json.field("offset", anomaly.offset)
                json.field("description", anomaly.description)
            }
        }
        target.json.endLine()
    }

    package mutating func writeText(_ bytes: Span<UInt8>, _ linkType: LinkType, _ frame: FrameReference, originalLength: Int) {
        let packet = dissector.dissect(bytes, linkType: linkType, frame: frame, originalLength: originalLength)
        let (messages, anomaly) = finder.messages(of: packet, in: bytes)
        let line = PacketLine.text(packet, messages, in: bytes).escapingHidden
        text += Array("\(frame.number) \(RFC3339.clock(frame.time)) \(line)".utf8)
        if let anomaly { text += Array(" [\(anomaly)]".utf8) }
        text.append(0x0a)
    }
}

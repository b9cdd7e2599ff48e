package import Wire

/// `decode`: each frame as a line that a tcpdump user reads, or as one JSON object with every decoded field.
package struct PacketWriter: Sendable {
    private let registry: MessageRegistry
    private let dissector = Dissector()
    private var json = JSONWriter()
    private var text: [UInt8] = []

    package init(registry: MessageRegistry = .standard) { self.registry = registry }

    package var bytes: ArraySlice<UInt8> { json.count == 0 ? text[...] : json.bytes }
    package var pending: Int { json.count + text.count }

    package mutating func removeAll() {
        json.removeAll()
        text.removeAll(keepingCapacity: true)
    }

    package mutating func writeJSON(_ bytes: Span<UInt8>, _ linkType: LinkType, _ frame: FrameReference, originalLength: Int) {
        let packet = dissector.dissect(bytes, linkType: linkType, frame: frame, originalLength: originalLength)
        let (message, anomaly) = message(of: packet, in: bytes)
        json.line { json in
            json.field("frame", frame.number)
            json.field("time", frame.time)
            json.field("captured_length", bytes.count)
            json.field("original_length", originalLength)
            json.field("link_type", plain: linkType.name)
            JSONFields.through(&json) { packet.describeHeaders(in: bytes, to: &$0) }
            if let message {
                json.array("messages", [message]) { message, json in
                    json.element { json in
                        json.object(type(of: message).layer.name) { json in JSONFields.through(&json) { message.describe(to: &$0) } }
                    }
                }
            }
            if let anomaly {
                json.object("anomaly") { json in
                    json.field("layer", plain: anomaly.layer.name)
                    json.field("kind", plain: anomaly.kind.rawValue)
                    json.field("offset", anomaly.offset)
                    json.field("description", anomaly.description)
                }
            }
        }
    }

    package mutating func writeText(_ bytes: Span<UInt8>, _ linkType: LinkType, _ frame: FrameReference, originalLength: Int) {
        let packet = dissector.dissect(bytes, linkType: linkType, frame: frame, originalLength: originalLength)
        let (message, anomaly) = message(of: packet, in: bytes)
        text += Array("\(frame.number) \(RFC3339.clock(frame.time)) \(PacketLine.text(packet, message, in: bytes))".utf8)
        if let anomaly { text += Array(" [\(anomaly)]".utf8) }
        text.append(0x0a)
    }

    private func message(of packet: Packet, in bytes: Span<UInt8>) -> ((any Message)?, Anomaly?) {
        if let anomaly = packet.anomaly { return (nil, anomaly) }
        do throws(Anomaly) { return (try registry.message(of: packet, in: bytes), nil) } catch { return (nil, error) }
    }
}

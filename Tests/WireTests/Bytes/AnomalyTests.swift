import Testing
import Wire

struct AnomalyTests {
    @Test(
        arguments: [
            (.truncated(needed: 20, available: 3), false, .truncated, "tcp at octet 34: truncated, 20 octets needed, 3 there"),
            (.truncated(needed: 20, available: 3), true, .cutByCapture, "tcp at octet 34: cut by capture, 20 octets needed, 3 there"),
            (.malformed("data offset"), true, .malformed, "tcp at octet 34: malformed data offset"),
            (.unsupported("data offset"), false, .unsupported, "tcp at octet 34: unsupported data offset"),
        ] as [(DecodeError, Bool, Anomaly.Kind, String)])
    func saysLayerOffsetAndWhy(_ error: DecodeError, _ cut: Bool, _ kind: Anomaly.Kind, _ text: String) {
        let anomaly = Anomaly(layer: .tcp, offset: 34, error: error, cutByCapture: cut)
        #expect(anomaly.kind == kind)
        #expect(anomaly.description == text)
    }

    /// A header cut by the capture at the frame's end is the capture's doing.
    @Test func cutFrameIsTheCapturesDoing() {
        let frame = Array(IPv4HeaderTests.frame.prefix(14 + 10))
        #expect(dissect(frame, originalLength: 98).anomaly?.kind == .cutByCapture)
        #expect(dissect(frame).anomaly?.kind == .truncated)
    }

    /// A length field that ends before the captured octets do is the sender's doing, however the frame was cut.
    @Test func shortLengthIsTheSendersDoing() {
        var frame = UDPHeaderTests.frame
        frame[17] = 24  // total length: the header and four octets
        #expect(
            dissect(frame, originalLength: 1500).anomaly
                == Anomaly(layer: .udp, offset: 34, error: .truncated(needed: 8, available: 4), cutByCapture: false))
    }

    @Test func fieldsAreEqualByName() {
        #expect(Field("IHL") == Field("IHL"))
        #expect(Set([DecodeError.malformed("IHL"), .malformed("IHL"), .malformed("version")]).count == 2)
    }

    @Test(arguments: Layer.allCases) func layersHaveTheirNames(_ layer: Layer) {
        #expect(layer.name == "\(layer)")
    }
}

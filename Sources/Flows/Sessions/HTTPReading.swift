import Wire

/// Both directions of plaintext HTTP/1: heads are read, bodies stepped over.
///
/// The next head is found only where the length of the message before it is known (RFC 9112 §6.3). A body in chunks, one that goes on until
/// the connection ends and one longer than `longestBody` end the reading of their direction, as does a change of protocol.
struct HTTPReading: Sendable {
    /// Heads are read up to here; servers take 8 to 16 KiB.
    static let longestHead = 16_384
    /// No large transfer is followed for the sake of the request after it.
    static let longestBody = 1 << 20
    /// Requests that wait for their responses (RFC 9112 §9.3.2).
    static let mostPending = 16
    static let longestAnswer = 16

    private var client = Direction()
    private var server = Direction()
    /// In the order in which their responses come.
    private(set) var pending: [HTTPExchange.Request] = []
    /// Answered since these were last taken.
    private var answered: [(HTTPExchange.Request, HTTPExchange.Response)] = []
    private(set) var answer: [UInt8] = []

    private struct Direction {
        /// Octets of a body that are still to come.
        var body = 0
        /// Octets in which no head ends.
        var searched = 0
        var isOver = false

        /// What the message's head says of the length of its body (RFC 9112 §6.3).
        mutating func skipBody(of head: HTTPHead, without: Length) {
            if head.fields[.transferEncoding] != nil {
                isOver = true
            } else if let text = head.fields[.contentLength] {
                guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(text), length <= HTTPReading.longestBody else {
                    isOver = true
                    return
                }
                body = length
            } else if without == .untilEnd {
                isOver = true
            }
        }
    }

    /// Of a body whose head states none.
    private enum Length { case none, untilEnd }

    var isOver: Bool { server.isOver || (client.isOver && pending.isEmpty) }
    var isWaiting: Bool { !pending.isEmpty }
    var hasAnswered: Bool { !answered.isEmpty }

    mutating func takeAnswered() -> [(HTTPExchange.Request, HTTPExchange.Response)] {
        if answered.isEmpty { return [] }
        defer { answered = [] }
        return answered
    }

    /// Takes octets in order and gives how many it is done with.
    mutating func take(_ octets: Span<UInt8>, from side: TCPConnection.Side, _ frame: FrameReference) -> Int {
        var rest = octets
        while !rest.isEmpty {
            var direction = side == .originator ? client : server
            let goesOn = take(&rest, &direction, side, frame)
            if side == .originator { client = direction } else { server = direction }
            if direction.isOver { return octets.count }
            if !goesOn { break }
        }
        return octets.count - rest.count
    }

    /// False where more octets are needed.
    private mutating func take(
        _ rest: inout Span<UInt8>, _ direction: inout Direction, _ side: TCPConnection.Side, _ frame: FrameReference
    ) -> Bool {
        if direction.isOver { return false }
        if direction.body > 0 {
            let octets = min(direction.body, rest.count)
            direction.body -= octets
            rest = rest.extracting(droppingFirst: octets)
            return true
        }
        // The first octets show whether it may be HTTP at all; then only an empty line is worth another look.
        guard direction.searched == 0 || rest.hasEmptyLine(from: direction.searched) else {
            direction.searched = rest.count
            direction.isOver = rest.count > Self.longestHead
            return false
        }
        var bytes = rest
        do throws(DecodeError) {
            let head = try HTTPHead(decoding: &bytes)
            direction.searched = 0
            rest = bytes
            if side == .originator {
                takeRequest(head, frame, &direction)
            } else {
                takeResponse(head, frame, &direction)
            }
            return true
        } catch {
            if case .truncated = error, rest.count <= Self.longestHead {
                direction.searched = rest.count
                return false
            }
            direction.isOver = true
            if side == .responder, isWaiting, case .unsupported = error {
                answer = [UInt8](copying: rest.extracting(first: min(rest.count, Self.longestAnswer)))
            }
            return false
        }
    }

    private mutating func takeRequest(_ head: HTTPHead, _ frame: FrameReference, _ direction: inout Direction) {
        guard let request = HTTPExchange.Request(head, frame), pending.count < Self.mostPending else {
            direction.isOver = true
            return
        }
        pending.append(request)
        direction.skipBody(of: head, without: .none)
        // What follows a CONNECT is another protocol (RFC 9110 §9.3.6).
        if request.method == "CONNECT" { direction.isOver = true }
    }

    private mutating func takeResponse(_ head: HTTPHead, _ frame: FrameReference, _ direction: inout Direction) {
        guard let response = HTTPExchange.Response(head, frame), let request = pending.first else {
            direction.isOver = true
            return
        }
        // Another response to the same request follows an interim one (RFC 9110 §15.2).
        if (100..<200).contains(response.status), response.status != 101 { return }
        pending.removeFirst()
        answered.append((request, response))
        switch (response.status, request.method) {
        case (101, _), (200..<300, "CONNECT"): direction.isOver = true
        case (204, _), (304, _), (_, "HEAD"): break
        default: direction.skipBody(of: head, without: .untilEnd)
        }
    }
}

extension Span<UInt8> {
    /// A line end right behind another one, which may be that of octets seen before `start`.
    func hasEmptyLine(from start: Int) -> Bool {
        for index in Swift.max(start, 1)..<Swift.max(count, start, 1) where self[index] == 0x0a {
            if self[index - 1] == 0x0a || (index > 1 && self[index - 1] == 0x0d && self[index - 2] == 0x0a) { return true }
        }
        return false
    }

    func hasLineEnd(from start: Int) -> Bool {
        for index in Swift.min(start, count)..<count where self[index] == 0x0a { return true }
        return false
    }
}

package import QUICInitial
package import Wire

/// A CONNECTION_CLOSE in an Initial (RFC 9000 §19.19).
package struct QUICClose: Hashable, Sendable {
    package var side: QUICSide
    package var isApplication: Bool
    package var errorCode: QUICErrorCode
    package var frameType: UInt64?
    package var reason: String

    package var isByServer: Bool { side == .server }
    /// Nil where an application's code means what only it knows.
    package var errorName: String? { isApplication ? nil : errorCode.name }

    init(_ frame: QUICConnectionClose, in payload: Span<UInt8>, by side: QUICSide) {
        self.side = side
        isApplication = frame.isApplication
        errorCode = frame.errorCode
        frameType = frame.frameType
        var short = frame
        short.reason = frame.reason.prefix(QUICConversation.longestReason)
        reason = short.reasonPhrase(in: payload)
    }
}

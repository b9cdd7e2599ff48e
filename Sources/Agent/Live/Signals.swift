import Glibc

/// Signals as something to ask for: they are blocked, and taken when the loop is ready for them. No handler interrupts anything.
@safe package struct Signals: ~Copyable {
    private var set = sigset_t()

    package enum Request: Sendable {
        /// INT or TERM.
        case end
        /// USR1.
        case tell
    }

    package init() {
        unsafe sigemptyset(&set)
        for number in [SIGINT, SIGTERM, SIGUSR1, SIGPIPE] { unsafe sigaddset(&set, number) }
        unsafe sigprocmask(SIG_BLOCK, &set, nil)
    }

    /// The next one that waits. A broken pipe is told by the write that meets it.
    package mutating func next() -> Request? {
        while true {
            var now = timespec()
            switch unsafe sigtimedwait(&set, nil, &now) {
            case SIGINT, SIGTERM: return .end
            case SIGUSR1: return .tell
            case SIGPIPE: continue
            default: return nil
            }
        }
    }
}

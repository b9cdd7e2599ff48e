public import Wire

/// A record header, whatever the file's format: when, how much, on which link. The octets are lent by `withFrame`.
public struct FrameRecord: Hashable, Sendable {
    public var time: Timestamp
    public var capturedLength: Int
    /// As the file states it; a few writers state less than they captured.
    public var originalLength: Int
    /// As the file states it, supported or not.
    public var linkType: LinkType
    /// Counted from 0 in the order of description, through all sections of the file. 0 in a pcap file.
    public var interface: Int
    /// From 1: the frames of a file are numbered as they stand there, those of several as they come. 0 for whoever reads a file by itself.
    public var number: UInt64 = 0
    /// How many frames of its file come before it here and stand behind it there, or the other way round where it is negative.
    public var displacement = 0
    /// It stands behind a frame of a later time there, and comes before that here.
    public var isLate = false

    public init(time: Timestamp, capturedLength: Int, originalLength: Int, linkType: LinkType, interface: Int) {
        self.time = time
        self.capturedLength = capturedLength
        self.originalLength = originalLength
        self.linkType = linkType
        self.interface = interface
    }
}

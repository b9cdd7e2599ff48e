package import Wire

/// How much the correlators remember, and for how long. Every number bounds a table or cites what it follows.
package struct Limits: Sendable {
    /// Entries of each table at the most.
    package var connections = 131_072
    /// Of those, with SYNs or data sent again, closed windows or forwarded copies; 65,535 at the most.
    package var troubledConnections = 16_384
    /// Connections to one port of a VIP that fail alike and are told one by one in a second: a flood of SYNs must not become one of log lines. With
    /// everything reported there is no such bound.
    package var failuresPerSecond = 256
    /// Ports, each with a way to fail, that are counted at one time.
    package var floodedServices = 1_024
    package var queries = 32_768
    package var echoes = 8_192
    package var stations = 8_192
    package var addresses = 8_192
    package var askers = 8_192
    package var servers = 4_096
    /// Clients of watched addresses whose last answers are remembered, for the case that the address moves.
    package var clients = 4_096
    /// Datagrams that are passed on at one time.
    package var loops = 256
    /// Questions about names of the watched zones whose way from server to server is followed.
    package var upstreams = 4_096
    /// Ends of connections, tunnels and overlays that are told whoever made them.
    package var sightings = 4_096
    /// Addresses that names of the watched zones have.
    package var namedAddresses = 1_024
    /// Connections to DNS servers, and the octets of messages in them that are not whole yet.
    package var dnsStreams = 1_024
    package var dnsStreamOctets = 4 << 20
    package var quicAttempts = 8_192
    /// Promises of HTTP/3 by HTTPS records, each under its name and under the addresses that it names.
    package var http3Hints = 4_096
    /// Octets of QUIC hellos that are not whole yet, in all attempts together.
    package var quicHelloOctets = 8 << 20
    /// TCP connections whose first octets are read: handshakes that go on at one time, not connections.
    package var sessions = 4_096
    /// Octets of hellos, certificates and heads that are not whole yet, and of what came early, in all of them together.
    package var sessionOctets = 8 << 20
    /// Clients with watched addresses, and with names that they asked for, whose facts are joined into attempts.
    package var attempts = 4_096
    /// Recent packets among which copies are looked for; a power of two.
    package var recentPackets = 4_096

    /// An established connection may rest for 2 hours 4 minutes, a half-open one for 4 minutes (RFC 5382 REQ-5).
    package var establishedIdle = Interval.seconds(7_440)
    package var transitoryIdle = Interval.seconds(240)
    /// Stray segments after the end do not make a new flow.
    package var closedLinger = Interval.seconds(5)
    /// A client sends its second SYN after 1 s (RFC 6298 §2.1) and its third 1 to 2 s later: a SYN with nothing after it for this long
    /// has had its time.
    package var synSilence = Interval.seconds(4)
    /// A client sends its second Initial after 1 s and twice that between further ones (RFC 9002 §6.2.2, §6.2.1), and browsers give up 4 s
    /// after the first: Initials with nothing after them for this long have had their time.
    package var quicSilence = Interval.seconds(4)
    /// An established attempt may rest as long as a NAT keeps its mapping (RFC 4787 REQ-5).
    package var quicIdle = Interval.seconds(120)
    /// A ClientHello that nothing follows for this long has had its time: handshakes take two round trips, and three seconds are a time-out of
    /// TCP beyond that (RFC 6298 §2.1).
    package var tlsSilence = Interval.seconds(3)
    /// A connection to a DNS server may rest for some seconds (RFC 7766 §6.2.3); one that does for this long is read no further.
    package var dnsStreamIdle = Interval.seconds(120)
    /// resolv.conf's default time-out, before a stub asks again or elsewhere.
    package var queryTimeOut = Interval.seconds(5)
    /// A question that a resolver passed on belongs to what it is asked for as long as a stub waits: twice that time-out.
    package var upstreamMemory = Interval.seconds(10)
    /// Clients keep to the address that they were told for as long as this at least, whatever its time to live: browsers pin addresses, and a
    /// public record's five minutes are the default of the large providers.
    package var namedAddressMemory = Interval.seconds(600)
    /// Facts of one client about one watched address and name belong to one attempt if no more than this lies between them: browsers wait for
    /// half of it at most before they try another way.
    package var attemptGap = Interval.seconds(10)
    /// Who tries again and again has made an attempt after this long.
    package var attemptLength = Interval.seconds(60)
    /// Who was sighted is told again after this long.
    package var sightingMemory = Interval.seconds(300)
    /// ping waits 10 s for its last answer (iputils, MAXWAIT).
    package var echoTimeOut = Interval.seconds(10)
    /// Stations, addresses and servers are forgotten after a day without a word.
    package var memory = Interval.seconds(86_400)

    /// A claim again after this long is worth an event: ARP caches have lost the entry (RFC 1122 §2.3.2.1: "on the order of a
    /// minute").
    package var claimSilence = Interval.seconds(60)
    /// An ARP retransmission follows its predecessor by 0.9 to 1.3 s: RETRANS_TIMER of 1 s (RFC 4861 §10, and Linux's
    /// neighbour/default/retrans_time_ms for ARP), with the scheduling slack that was measured.
    package var arpRetransmission = Interval.milliseconds(900)...Interval.milliseconds(1300)
    /// A node that finds no neighbour says so 3.06 s after its first request (measured): an error later than this after the last one is about
    /// something else.
    package var arpSilence = Interval.milliseconds(3500)
    /// Requests in a row that prove that the first of them got no answer: Linux sends three (mcast_solicit) and gives up.
    package var arpRequestsInARow = 3
    /// Two answers to one request lie this close together (RFC 5227's probes wait 1 to 2 s for theirs).
    package var sameRequestAnswers = Interval.seconds(1)
    /// Unicast of a station seen this long ago shows that its unicast is visible here: longer than the 5 s for which Linux trusts
    /// a neighbour before it probes again, and short against a change of cabling.
    package var visibility = Interval.seconds(10)
    /// A mirror's duplicate, or the next hop's copy, follows within this.
    package var copyWindow = Interval.milliseconds(1)

    package init() {}
}

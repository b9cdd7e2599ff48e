#!/usr/bin/env python3
"""Writes damaged.jsonl: make_damaged.py [FILE]

Every line is a record of Captures/*/expected.jsonl, the first one in the order of the cases that fits, with exactly one defect. The same
expected files give the same lines. Run it again when the recordings or the schema have changed, and read the difference.
"""

import copy
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CAPTURES = HERE.parent.parent / "Captures"


def part(record, path):
    for key in path.split("/")[1:]:
        record = record[int(key) if isinstance(record, list) else key]
    return record


def replace(record, items):
    record.clear()
    record.update(items)


class Put:
    """Another value."""

    def __init__(self, path, value, at=None):
        self.path, self.value, self.at = path, value, path if at is None else at

    def change(self, record):
        part(record, self.path)  # there is something to replace
        parent, _, key = self.path.rpartition("/")
        parent = part(record, parent)
        parent[int(key) if isinstance(parent, list) else key] = self.value


class Insert:
    """A key that the schema has, where it has it, in a record that must not have it."""

    def __init__(self, path, value, after):
        self.path, self.value, self.after, self.at = path, value, after, path

    def change(self, record):
        parent, _, key = self.path.rpartition("/")
        parent = part(record, parent)
        items = list(parent.items())
        items.insert(list(parent).index(self.after) + 1, (key, self.value))
        replace(parent, items)


class Add:
    """A key that the schema does not have, at the end."""

    def __init__(self, path, value):
        self.path, self.value, self.at = path, value, path.rpartition("/")[0]

    def change(self, record):
        parent, _, key = self.path.rpartition("/")
        part(record, parent)[key] = self.value


class Drop:
    """A key less."""

    def __init__(self, path):
        self.path, self.at = path, path.rpartition("/")[0]

    def change(self, record):
        parent, _, key = self.path.rpartition("/")
        del part(record, parent)[key]


class First:
    """A key that stands before all others."""

    def __init__(self, path):
        self.path, self.at = path, path.rpartition("/")[0]

    def change(self, record):
        parent, _, key = self.path.rpartition("/")
        parent = part(record, parent)
        replace(parent, [(key, parent.pop(key)), *parent.items()])


# Dataset, action, and what else the record must hold; what is wrong with it; the change.
CASES = [
    ("capture start", "no schema version", Drop("/capture/schema_version")),
    ("capture start", "another schema version", Put("/capture/schema_version", "2.0.0")),
    ("capture start", "no source", Put("/capture/sources", [])),
    ("capture start", "an unknown link type", Put("/capture/link_types/0", "Ethernet")),
    ("capture start", "an octet above 255", Put("/capture/vips/0", "10.0.0.300")),
    ("capture start", "a flag as a string", Put("/capture/everything", "false")),
    ("capture start", "an unknown action", Put("/event/action", "begin")),
    ("capture start", "statistics at the start", Add("/capture/frames", 0)),
    ("capture statistics", "a negative count", Put("/capture/frames", -1)),
    ("capture statistics", "an unknown vantage", Put("/capture/vantage", "promiscuous")),
    ("capture statistics", "a count less", Drop("/capture/evictions/queries")),
    ("capture statistics", "another count less", Drop("/capture/evictions/quic_attempts")),
    ("capture statistics", "an extra nested key", Add("/capture/evictions/echoes", 0)),
    ("capture statistics", "an unknown layer",
     Put("/capture/anomalies", [{"layer": "ip", "kind": "malformed", "count": 1}], at="/capture/anomalies/0/layer")),
    ("capture statistics", "an anomaly that did not occur",
     Put("/capture/anomalies", [{"layer": "dns", "kind": "malformed", "count": 0}], at="/capture/anomalies/0/count")),
    ("capture statistics", "another kind of record", Put("/event/kind", "event")),
    ("capture end", "no duration", Drop("/event/duration")),
    ("capture end", "a negative duration", Put("/event/duration", -1)),
    ("capture end", "an outcome where there is none", Insert("/event/outcome", "success", after="action")),
    ("capture end", "an object where there is none", Add("/capture", {})),

    ("announcement first", "a MAC address in upper case", Put("/announcement/mac", "00:50:56:AA:BB:03")),
    ("announcement first", "a MAC address with dashes", Put("/announcement/mac", "00-50-56-aa-bb-03")),
    ("announcement first", "a MAC address of five octets", Put("/announcement/mac", "00:50:56:aa:bb")),
    ("announcement first", "an octet with a leading zero", Put("/announcement/address", "10.0.0.057")),
    ("announcement first", "unknown means", Put("/announcement/means", "arp_reply")),
    ("announcement first", "a first claim after another",
     Insert("/announcement/previous", {"mac": "00:50:56:aa:bb:04", "frame": 1, "time": "2026-11-21T11:10:13.201736560Z"}, after="means")),
    ("announcement first", "a frame number as a string", Put("/packet/first", "5")),
    ("announcement first", "an unknown action", Put("/event/action", "claimed")),
    ("announcement moved", "a move from nowhere", Drop("/announcement/previous")),
    ("announcement moved", "a frame before the first", Put("/announcement/previous/frame", 0)),

    ("icmp error", "the type of an echo request", Put("/icmp/type", 8)),
    ("icmp error", "a code above 255", Put("/icmp/code", 256)),
    ("icmp error", "no quoted packet", Drop("/icmp/quoted")),
    ("icmp error /icmp/quoted/protocol=1", "frame 0", Put("/icmp/quoted/frame", 0)),
    ("icmp error", "a protocol by name", Put("/icmp/quoted/protocol", "icmp")),
    ("icmp error /icmp/code=1", "an MTU with host unreachable", Insert("/icmp/next_hop_mtu", 1500, after="name")),
    ("icmp error /icmp/type=3 /icmp/code=4", "fragmentation needed without an MTU", Drop("/icmp/next_hop_mtu")),
    ("icmp error /icmp/type=5", "a redirect to nowhere", Drop("/icmp/gateway")),
    ("icmp error /icmp/quoted/protocol=1", "a SYN in ICMP", Insert("/icmp/quoted/syn", True, after="destination")),
    ("icmp error /icmp/quoted/protocol=6", "whether it is a SYN is not said", Drop("/icmp/quoted/syn")),
    ("icmp error", "a port where there is none", Add("/source/port", 80)),
    ("icmp error /icmp/type=2", "packet too big without an MTU", Drop("/icmp/next_hop_mtu")),
    ("icmp error /icmp/type=2", "ICMPv6 over IPv4", Drop("/network/type")),
    ("icmp error /icmp/type=2", "a type of ICMPv6 in ICMPv4", Put("/network", {"transport": "icmp"}, at="/icmp/type")),
    ("icmp error", "an error that succeeds", Put("/event/outcome", "success")),

    ("dns transaction", "the message's identifier as a number", Put("/dns/id", 4981)),
    ("dns transaction", "a type in lower case", Put("/dns/question/type", "a")),
    ("dns transaction", "a name with a space", Put("/dns/question/name", "grafana laurivan.com")),
    ("dns transaction /dns/response_code=NXDOMAIN", "an unknown response code", Put("/dns/response_code", "NX")),
    ("dns transaction /dns/response_code=NXDOMAIN", "a denial that succeeds", Put("/event/outcome", "success")),
    ("dns transaction", "an unknown flag", Put("/dns/header_flags/0", "QR")),
    ("dns transaction /dns/response_code=NOERROR", "a negative time to live", Put("/dns/answers/0/ttl", -1)),
    ("dns transaction", "an unknown role", Put("/dns/server_role", "forwarder")),
    ("dns transaction", "a port above 65535", Put("/destination/port", 65536)),
    ("dns transaction", "no duration between query and answer", Drop("/event/duration")),
    ("dns transaction /dns/response_code=NXDOMAIN", "an answer to an unanswered query",
     Put("/event/action", "unanswered", at="/dns/response_code")),
    ("dns transaction", "another transport", Put("/network/transport", "icmp")),
    ("dns transaction /dns/extended_errors/0/info_code=3", "an extended error without its number", Drop("/dns/extended_errors/0/info_code")),

    ("tcp ended", "an unknown stage of the handshake", Put("/tcp/handshake", "complete")),
    ("tcp ended /tcp/handshake=established", "refused after its handshake", Put("/tcp/state", "refused", at="/tcp/handshake")),
    ("tcp ended /tcp/handshake=established", "a handshake that failed", Put("/event/outcome", "failure")),
    ("tcp ended /tcp/state=reset", "a reset by nobody", Drop("/tcp/ended_by")),
    ("tcp ended", "octets as a string", Put("/destination/bytes", "1684")),
    ("tcp ended", "half a packet", Put("/source/packets", 1.5)),
    ("tcp ended", "an originator without an address", Drop("/source/ip")),
    ("tcp ended", "a time to live above 255", Put("/tcp/source_ttl", 300)),
    ("tcp ended /tcp/handshake=established", "half of the handshake's times", Drop("/tcp/server_handshake_time")),
    ("tcp ended", "a scale beyond 14", Put("/tcp/source_syn/window_scale", 15)),
    ("tcp ended /tcp/destination_data/retransmissions=4", "retransmissions of nothing in a row", Drop("/tcp/destination_data/in_a_row")),
    ("tcp ended", "an option that is denied", Put("/tcp/source_syn/sack_permitted", False)),
    ("tcp ended", "data in frame 0", Put("/tcp/source_data/first", 0)),
    ("tcp ended", "an unknown object", Add("/tls", {"version": "1.3"})),
    ("tcp ended", "keys in another order", First("/tcp/state")),

    ("quic ended", "an unknown outcome", Put("/quic/outcome", "blackhole")),
    ("quic ended /quic/outcome=established", "an attempt that failed and was established", Put("/event/outcome", "failure")),
    ("quic ended /quic/outcome=silence", "silence that was answered", Insert("/quic/answer_frame", 5, after="initial_count")),
    ("quic ended /quic/outcome=closed", "closed without a close", Drop("/quic/close")),
    ("quic ended /quic/outcome=closed", "a close without its error's name", Drop("/quic/close/name")),
    ("quic ended /quic/outcome=icmp", "rejected by no frame", Drop("/quic/icmp_frame")),
    ("quic ended", "a version as a number", Put("/quic/version/number", 1)),
    ("quic ended", "a connection ID in upper case", Put("/quic/original_destination_connection_id", "8394C8F03E515708")),
    ("quic ended", "one protocol, no list", Put("/tls/client/alpn", "h3")),
    ("quic ended", "the JA4 of TCP", Put("/tls/client/ja4", "t13d0312h3_55b375c5d22e_178839b6cec1")),
    ("quic ended /quic/reason/kind=https_rr", "a record that nobody gave", Drop("/quic/reason/server")),
    ("quic ended /quic/reason/kind=unknown", "a reason that is not said", Insert("/quic/reason/frame", 3, after="kind")),
    ("quic ended", "an unknown reason", Put("/quic/reason/kind", "guess")),
    ("quic ended", "octets where there are none", Add("/source/bytes", 1200)),

    ("finding opened", "an unknown label", Put("/finding/label", "vip-gone")),
    ("finding opened", "an unknown severity", Put("/finding/severity", "fatal")),
    ("finding opened /finding/label=vip-no-announcer", "the severity of another label", Put("/finding/severity", "info")),
    ("finding opened", "opened and resolved", Put("/finding/state", "resolved")),
    ("finding resolved", "resolved and open", Put("/finding/state", "open")),
    ("finding updated", "resolved without its state", Put("/event/action", "resolved", at="/finding/state")),
    ("finding opened", "a made-up percentage", Put("/finding/confidence", 0.9)),
    ("finding opened", "an id without a subject", Put("/finding/id", "healthy")),
    ("finding opened", "no evidence", Put("/finding/evidence", [])),
    ("finding opened", "evidence without its frame's time", Drop("/finding/evidence/0/time")),
    ("finding opened", "evidence in frame 0", Put("/finding/evidence/0/frame", 0)),
    ("finding opened", "a time in microseconds", Put("/finding/evidence/0/time", "2026-11-21T11:10:13.223067Z")),
    ("finding opened", "a time with an offset", Put("/finding/first_seen", "2026-11-21T12:10:13.223067548+01:00")),
    ("finding opened", "silence about its cause", Drop("/finding/caused_by")),
    ("finding opened", "a number as its cause", Put("/finding/caused_by", 7)),
    ("finding opened", "one remedy, no list", Put("/finding/remedy", "kubectl get svc -A")),
    ("finding opened /finding/label=vip-no-announcer", "an extra nested key", Add("/finding/ruled_out/0/frame", 3)),
    ("finding opened", "never seen", Put("/finding/count", 0)),
    ("finding opened /finding/label=tcp-syn-blackhole", "a port that is not said", Drop("/destination")),
    ("finding opened /finding/label=dns-nxdomain-all-internal", "a zone that is not said", Drop("/finding/name")),
    ("finding opened /finding/label=dns-nxdomain-all-internal", "a zone's finding about a VIP",
     Insert("/vip", {"address": "10.0.0.157"}, after="event")),
    ("finding opened /finding/label=vip-no-announcer", "a VIP that is not said", Drop("/vip")),
    ("finding opened", "no packets", Drop("/packet")),

    ("vip ledger", "an unknown layer", Add("/vip/layers/arp", {"status": "not_seen", "evidence": []})),
    ("vip ledger", "a layer less", Drop("/vip/layers/quic")),
    ("vip ledger", "an unknown status", Put("/vip/layers/http/status", "unknown")),
    ("vip ledger", "an unknown verdict", Put("/vip/verdict", "ok")),
    ("vip ledger /vip/layers/l2/status=ok", "good without evidence", Put("/vip/layers/l2/evidence", [])),
    ("vip ledger /vip/layers/l2/status=ok", "good since never", Drop("/vip/layers/l2/since")),
    ("vip ledger /vip/layers/l2/status=ok", "evidence of nothing", Put("/vip/layers/l2/status", "not_seen", at="/vip/layers/l2/evidence")),
    ("vip ledger /vip/layers/l2/status=ok", "an announcer without its MAC address", Drop("/vip/announcer/mac")),
    ("vip ledger", "a frame number where there is none", Add("/packet", {"first": 1, "last": 1})),

    ("tcp ended", "a time without its zone", Put("/@timestamp", "2026-11-21T11:10:13.229646861")),
    ("tcp ended", "a time in seconds", Put("/@timestamp", "2026-11-21T11:10:13Z")),
    ("tcp ended", "a thirteenth month", Put("/@timestamp", "2026-13-21T11:10:13.229646861Z")),
    ("tcp ended", "a time as a number", Put("/@timestamp", 1795259413.229646861)),
    ("tcp ended", "no time", Drop("/@timestamp")),
    ("tcp ended", "no event", Drop("/event")),
    ("tcp ended", "no dataset", Drop("/event/dataset")),
    ("tcp ended", "an unknown dataset", Put("/event/dataset", "vipscope.ssh")),
    ("tls handshake /tls/outcome=established", "a handshake that was established and was not", Put("/tls/established", False)),
    ("tls handshake /tls/outcome=established", "established halfway", Put("/tls/stage", "after_server_hello")),
    ("tls handshake /tls/outcome=reset", "a reset by nobody", Drop("/tls/ended_by")),
    ("tls handshake /tls/outcome=alert", "a refusal without its alert", Drop("/tls/alert")),
    ("tls handshake /tls/alert/encrypted=True", "an alert that is hidden and read", Insert("/tls/alert/code", 40, after="encrypted")),
    ("tls handshake /tls/alert/encrypted=False", "an alert that is neither", Drop("/tls/alert/code")),
    ("tls handshake", "an unknown outcome", Put("/tls/outcome", "ok")),
    ("tls handshake", "an unknown stage", Put("/tls/stage", "hello")),
    ("tls handshake /tls/version=1.3", "a version by its number", Put("/tls/version", "0x0304")),
    ("tls handshake /tls/version=1.3", "a cipher suite by a library's name", Put("/tls/cipher", "ECDHE-ECDSA-AES128")),
    ("tls handshake /tls/client/encrypted_client_hello=False", "no list of groups", Drop("/tls/client/groups")),
    ("tls handshake /tls/client/encrypted_client_hello=False", "half a JA3", Put("/tls/client/ja3", "e7d705a3286e19ea")),
    ("tls handshake /tls/version=1.2", "a certificate without an end", Drop("/tls/server/x509/not_after")),
    ("tls handshake /tls/version=1.2", "a time in seconds", Put("/tls/server/x509/not_before", "2026-01-05T12:00:00Z")),
    ("tls handshake /tls/outcome=not_tls", "no TLS, and no answer", Drop("/tls/answer")),
    ("tls handshake /tls/outcome=not_tls", "too long an answer", Put("/tls/answer", "48" * 17)),
    ("tls handshake", "frame 0", Put("/tls/frames/client_hello", 0)),
    ("tls handshake", "an extra nested key", Add("/tls/frames/finished", 9)),
    ("tls handshake", "a flow's name of another version",
     Put("/network/community_id", "2:d/FP5EW3wiY1vCndhwleRRKHowQ=")),
    ("tls handshake", "a flow's name that is too short", Put("/network/community_id", "1:d/FP5EW3wiY1vCndhwle=")),

    ("http exchange", "an exchange without a response", Drop("/http/response")),
    ("http exchange", "a status above 999", Put("/http/response/status_code", 1000)),
    ("http exchange /http/response/status_code=503", "a failure that succeeds", Put("/event/outcome", "success")),
    ("http exchange", "no target", Drop("/url/original")),
    ("http exchange", "a path without its slash", Put("/url/path", "login")),
    ("http exchange", "no method", Drop("/http/request/method")),
    ("http exchange", "an unknown outcome", Put("/http/outcome", "timeout")),
    ("http exchange", "no duration between request and response", Drop("/event/duration")),
    ("http exchange /http/response/alt_svc/clear=False", "a port as a string", Put("/http/response/alt_svc/services/0/port", "443")),
    ("http unanswered /http/outcome=reset", "a reset by nobody", Drop("/http/ended_by")),
    ("http unanswered", "an answer where there is none",
     Insert("/http/response", {"status_code": 200}, after="request")),

    ("attempt ended /attempt/outcome=tls", "an answer without the wait for it", Drop("/attempt/wait")),
    ("attempt ended /attempt/outcome=tls", "an attempt that succeeds and fails", Put("/event/outcome", "failure")),
    ("attempt ended /attempt/outcome=tls", "TLS without its stage", Drop("/attempt/tls")),
    ("attempt ended /attempt/outcome=http3", "a QUIC handshake without its stage", Drop("/attempt/quic")),
    ("attempt ended /attempt/outcome=failed", "a failure that answered",
     Insert("/attempt/wait", {"total": 1, "frame": 1}, after="cut")),
    ("attempt ended", "an unknown outcome", Put("/attempt/outcome", "fallback")),
    ("attempt ended", "a negative wait", Put("/attempt/wait/total", -1)),
    ("attempt ended /attempt/arp/answered=True", "an answer without its frame", Drop("/attempt/arp/reply")),
    ("attempt ended", "a stage that there is not", Add("/attempt/icmp", {})),
    ("attempt ended", "no VIP", Drop("/vip")),

    ("tcp ended", "sequence number 0", Put("/event/sequence", 0)),
    ("tcp ended", "an event that is no object", Put("/event", "ended")),

    ("flood counted", "no number of connections", Drop("/flood/connections")),
    ("flood counted", "a handshake that was completed", Put("/flood/handshake", "established")),
    ("flood counted", "a flood that succeeded", Put("/event/outcome", "success")),
    ("flood counted", "a client", Add("/source", {"ip": "10.0.0.20"})),
    ("flood counted", "refused, and silent", Put("/flood/state", "unanswered")),
]


def fits(record, wanted):
    dataset, action, *more = wanted.split(" ")
    event = record["event"]
    if (event["dataset"], event["action"]) != (f"vipscope.{dataset}", action):
        return False
    for condition in more:
        path, _, value = condition.partition("=")
        try:
            if str(part(record, path)) != value:
                return False
        except (KeyError, IndexError):
            return False
    return True


def main():
    streams = [case.read_text(encoding="utf-8") for case in sorted(CAPTURES.glob("*/expected.jsonl"))]
    records = [json.loads(line) for stream in streams for line in stream.splitlines()]
    lines = []
    for wanted, defect, damage in CASES:
        found = next((record for record in records if fits(record, wanted)), None)
        if found is None:
            sys.exit(f"no recording has a record \"{wanted}\"")
        record = copy.deepcopy(found)
        damage.change(record)
        case = {"defect": defect, "at": damage.at, "record": record}
        lines.append(json.dumps(case, ensure_ascii=False, separators=(",", ":")) + "\n")
    Path(sys.argv[1] if len(sys.argv) > 1 else HERE / "damaged.jsonl").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()

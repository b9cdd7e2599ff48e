"""DNS over UDP and TCP, mDNS and LLMNR."""

import re

import values
from table import PORTS, Column, Rule, Table, message
from tables.rules import TUNNELS, both_broken, dissected_once, fragment, unopened

SECTIONS = ("answers", "authorities", "additionals")
OPT, SRV = 41, 33
UPDATE = 5
# Types with a bit map, and the word of their data where it begins: the reference has its types in the same column.
TYPES_INSIDE = {"NSEC": slice(1, None), "NSEC3": slice(5, None)}
# Names that stand in them (Resource Record TYPEs, IANA).
TYPES = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "HINFO": 13, "MX": 15, "TXT": 16, "RP": 17, "AFSDB": 18, "KEY": 25, "AAAA": 28,
    "LOC": 29, "SRV": 33, "NAPTR": 35, "CERT": 37, "DNAME": 39, "DS": 43, "SSHFP": 44, "RRSIG": 46, "NSEC": 47, "DNSKEY": 48, "NSEC3": 50,
    "NSEC3PARAM": 51, "TLSA": 52, "CDS": 59, "CDNSKEY": 60, "OPENPGPKEY": 61, "SVCB": 64, "HTTPS": 65, "SPF": 99, "CAA": 257,
}
# Flags of LLMNR have other meanings than those of DNS in the same place (RFC 4795 §2.1.1).
LLMNR_FLAGS = frozenset("dns.flags." + name for name in ("authoritative", "recdesired", "recavail", "authenticated", "checkdisable"))
COUNTS = frozenset({"dns.count.queries", "dns.count.answers", "dns.count.auth_rr"})


def printable(text):
    """Runs of anything else become one question mark, for a run of octets may be one character."""
    return re.sub(r"[^\x20-\x7e]+|\?+", "?", text).replace("??", "?")


def plain(text):
    """Escapes read (RFC 1035 §5.1); an octet that is no printable ASCII becomes a question mark, for the reference escapes or
    replaces such octets in more than one way."""
    def octet(found):
        return chr(int(found[1])) if found[1].isdigit() else found[1]
    return printable(re.sub(r"\\(\d{3}|.)", octet, str(text)))


def loose(text):
    """The reference's own form of the same: it writes escapes for some octets, and a replacement character for others."""
    return printable(re.sub(r"\\x[0-9a-f]{2}|\\\d{3}|\\[nrtfvab]", "\x00", text))


def name(text):
    return "." if text == "<Root>" else text


def records(row, kind=None):
    found = [record for section in SECTIONS for record in values.walk(row.messages, section)]
    return [record for record in found if kind is None or record["type"] == kind]


def of_records(key, keep=lambda record: True):
    return lambda row: [record[key] for record in records(row) if key in record and keep(record)]


def of_responses(key):
    """The reference states these bits in responses alone."""
    return lambda row: values.walk([each for each in row.messages if each["response"]], key)


def authentic_data(row):
    """And this one in queries that set it (RFC 6840 §5.7)."""
    return [value for each in row.messages for value in values.walk(each, "authentic_data") if each["response"] or value]


def classes(row, found):
    """Without the top bit, which has a meaning of its own in multicast DNS (RFC 6762 §10.2, §18.12), and a column in the reference."""
    return [number & 0x7FFF if "mdns" in row.protocols else number for number in found]


def record_types(row):
    """The type of each record, and the types that stand inside its data."""
    found = []
    for record in records(row):
        found += values.walk(record, "type_number")
        inside = record["data"].split(" ")[TYPES_INSIDE.get(record["type"], slice(0, 0))]
        found += [TYPES.get(name, name.removeprefix("TYPE")) for name in inside]
    return found


def words(*kinds, index=0):
    """A word of the data in presentation format. An escape holds no blank: a blank in a name is written in decimals."""
    def found(row):
        read = [record["data"] for record in records(row) if record["type"] in kinds]
        split = [data.split(" ") for data in read if not data.startswith("\\# ")]
        return [plain(each[index]) for each in split if len(each) > index]
    return found


def strings(row):
    return [plain(text) for record in records(row, "TXT") for text in re.findall(r'"((?:[^"\\]|\\.)*)"', record["data"])]


def service(*path):
    return lambda row: values.walk(records(row), "service_binding", *path)


def listed(key):
    """The values of one parameter of a binding, which are a list with commas (RFC 9460 §7)."""
    def found(row):
        texts = [each["value"] for each in service("parameters")(row) if each["key"] == key and "value" in each]
        return [value for each in texts for value in each.strip('"').split(",")]
    return found


def not_opt(record):
    return record.get("type_number") != OPT


def names(column, ours):
    def theirs(row, found):
        return [loose(name(each)) for each in found]
    return Column(column, lambda row: [plain(text) for text in ours(row)], values.text, theirs)


def in_questions(key):
    return lambda row: values.walk(row.messages, "questions", key)


def opt(*path):
    return lambda row: values.walk([record for record in records(row) if record.get("type_number") == OPT], *path)


def joined(found):
    """A string may hold the mark between values itself, and may be empty."""
    return ["|".join(found)] if any(found) else []


def port(row):
    """The ports of the innermost packet."""
    both = row.cell("udp.srcport"), row.cell("udp.dstport"), row.cell("tcp.srcport"), row.cell("tcp.dstport")
    return [cell.split("|")[-1] for cell in both]


def off_ports(row):
    udp_source, udp_destination, tcp_source, tcp_destination = port(row)
    return not ({udp_source, udp_destination} & {"53", "5353", "5355"} or "53" in (tcp_source, tcp_destination))


def is_update(row):
    return row.cell("dns.flags.opcode") == str(UPDATE)


TABLE = Table(
    name="dns",
    layers=("dns", "mdns", "llmnr"),
    messages=message("dns"),
    columns=[
        Column("dns.id", ("id",)),
        Column("dns.flags", ("flags",)),
        Column("dns.flags.response", ("response",)),
        Column("dns.flags.opcode", ("opcode",)),
        Column("dns.flags.rcode", of_responses("response_code_number")),
        Column("dns.flags.authoritative", of_responses("authoritative")),
        Column("dns.flags.truncated", ("truncated",)),
        Column("dns.flags.recdesired", ("recursion_desired",)),
        Column("dns.flags.recavail", of_responses("recursion_available")),
        Column("dns.flags.authenticated", authentic_data),
        Column("dns.flags.checkdisable", ("checking_disabled",)),
        Column("dns.count.queries", ("question_count",)),
        Column("dns.count.answers", ("answer_count",)),
        Column("dns.count.auth_rr", ("authority_count",)),
        Column("dns.count.add_rr", ("additional_count",)),
        names("dns.qry.name", in_questions("name")),
        Column("dns.qry.type", in_questions("type_number")),
        Column("dns.qry.class", lambda row: classes(row, in_questions("class")(row))),
        # An SRV record's name is in dns.srv.name.
        names("dns.resp.name", of_records("name", lambda record: record.get("type_number") != SRV)),
        Column("dns.resp.type", record_types),
        Column("dns.resp.class", lambda row: classes(row, of_records("class", not_opt)(row))),
        Column("dns.resp.ttl", of_records("ttl", not_opt)),
        Column("dns.a", words("A"), values.text),
        Column("dns.aaaa", words("AAAA"), values.address),
        names("dns.cname", words("CNAME")),
        names("dns.ns", words("NS")),
        names("dns.ptr.domain_name", words("PTR")),
        names("dns.mx.mail_exchange", words("MX", index=1)),
        Column("dns.srv.port", words("SRV", index=2)),
        names("dns.srv.target", words("SRV", index=3)),
        names("dns.soa.mname", words("SOA")),
        Column("dns.txt", lambda row: joined(strings(row)), values.text, lambda row, found: joined([loose(each) for each in found])),
        Column("dns.svcb.svcpriority", service("priority")),
        names("dns.svcb.targetname", service("target")),
        Column("dns.svcb.svcparam.key", service("parameters", "key")),
        Column("dns.svcb.svcparam.alpn", listed(1), values.text),
        Column("dns.svcb.svcparam.port", service("parameters", "port")),
        Column("dns.svcb.svcparam.ipv4hint.ip", listed(4), values.text),
        Column("dns.svcb.svcparam.ipv6hint.ip", listed(6), values.address),
        Column("dns.rr.udp_payload_size", opt("udp_payload_size")),
        Column("dns.resp.ext_rcode", opt("extended_response_code")),
        Column("dns.resp.edns0_version", opt("version")),
        Column("dns.resp.z.do", opt("dnssec_ok")),
        Column("dns.opt.code", opt("options", "code")),
    ],
    not_compared={"dns.length": "the length prefix of DNS over TCP, which frames messages and is no field of one", **PORTS},
    rules=[
        Rule("DNS over HTTPS, met in clear text", lambda row: "http2" in row.protocols),
        Rule("neither port is 53, 5353 or 5355: tshark's port table or heuristics", off_ports),
        fragment(),
        Rule("LLMNR, whose flags have other meanings (RFC 4795 §2.1.1)", lambda row: "llmnr" in row.protocols, LLMNR_FLAGS),
        Rule("an update's sections have columns of their own (RFC 2136 §2.2)", is_update, COUNTS),
        Rule(TUNNELS, unopened),
        both_broken("dns", "DNS", "mDNS", "LLMNR"),
        *dissected_once(),
    ],
)

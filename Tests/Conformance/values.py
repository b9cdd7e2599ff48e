"""Values as both sides write them, brought to one form."""

import calendar
import ipaddress
import re


def number(text):
    """Decimal or hexadecimal, and flags in words; what is no number stays text."""
    if text in ("True", "False"):
        return int(text == "True")
    if isinstance(text, (bool, int)):
        return int(text)
    try:
        return int(text, 16) if text.lower().startswith("0x") else int(text)
    except ValueError:
        return text


def address(text):
    """IPv6 has many spellings (RFC 5952 §1)."""
    if ":" not in text:
        return text
    try:
        return str(ipaddress.IPv6Address(text))
    except ValueError:
        return text


def lower(text):
    return str(text).lower()


def octets(text):
    """Hexadecimal digits, with or without colons."""
    return str(text).lower().replace(":", "")


def text(value):
    return str(value)


def nanoseconds(text):
    """Seconds with nine decimals, or RFC 3339."""
    if "T" not in text:
        seconds, _, rest = text.partition(".")
        return int(seconds) * 10**9 + int((rest + "0" * 9)[:9]) if seconds else text
    date, time, rest = re.fullmatch(r"(\d+-\d+-\d+)T(\d+:\d+:\d+)(?:\.(\d+))?Z", text).groups()
    fields = [int(part) for part in date.split("-") + time.split(":")]
    return calendar.timegm((*fields, 0, 0, 0)) * 10**9 + int(((rest or "") + "0" * 9)[:9])


def walk(value, *path):
    """Every value at a path of keys, through lists, in order; nothing where a key is missing."""
    values = value if isinstance(value, list) else [value]
    for key in path:
        values = [each[key] for each in values if isinstance(each, dict) and key in each]
        values = [item for each in values for item in (each if isinstance(each, list) else [each])]
    return values

"""What the comparison prints."""

import random
import textwrap
from collections import Counter, defaultdict

from table import COMMON

WIDTH = 140


def percent(part, whole):
    """Rounded down, so that 100 means all."""
    return f"{part * 10000 // whole / 100:.2f} %" if whole else "-"


def totals(result, explained):
    """Fields compared, equal, explained, and not explained."""
    known = sum(each.fields for each in result.differences if each.key in explained.reasons)
    different = sum(each.fields for each in result.differences)
    return result.equal + different, result.equal, known, different - known


def table(kind, result, explained, show):
    fields, equal, known, unknown = totals(result, explained)
    print(f"\n{kind.name}: {result.compared} of {result.rows} rows compared; {equal} of {fields} fields equal, {percent(equal, fields)}; "
          f"{known} explained, {unknown} not")
    if result.excluded_rows:
        print("  rows not compared:")
        for reason, count in result.excluded_rows.most_common():
            print(f"    {count:7}  {reason}")
    if result.excluded_fields:
        print("  fields of compared rows that are not compared:")
        for reason, count in result.excluded_fields.most_common():
            print(f"    {count:7}  {reason}")
    differences(result, explained, show)
    print("  columns not compared:")
    grouped = defaultdict(list)
    for name, reason in {**COMMON, **kind.not_compared}.items():
        if name not in {column.name for column in kind.columns}:
            grouped[reason].append(name)
    for reason, names in grouped.items():
        print(textwrap.fill(f"{', '.join(names)}: {reason}", WIDTH, initial_indent="    ", subsequent_indent="      "))


def differences(result, explained, show):
    kinds = defaultdict(list)
    for each in result.differences:
        if each.key not in explained.reasons:
            kinds[each.field, each.kind].append(each)
    if kinds:
        print("  differences by kind:")
    for (field, kind), found in sorted(kinds.items(), key=lambda item: -sum(each.fields for each in item[1])):
        files = Counter(each.file for each in found)
        print(f"    {sum(each.fields for each in found):7}  {field}: {kind} ({len(found)} frames in {len(files)} captures)")
        # Examples from as many captures as there are; the same ones in every run.
        shuffled = random.Random(1).sample(found, len(found))
        first = list({each.file: each for each in shuffled}.values())[:show]
        for each in first:
            print(f"             {each.file} #{each.frame}: {short(each.ours)} / {short(each.theirs)}")


def short(text):
    return text if len(text) <= 100 else f"{text[:97]}..."


def summary(results, explained):
    print(f"\n{'table':10}{'rows':>10}{'compared':>10}{'fields':>10}{'equal':>10}{'explained':>11}{'not':>8}{'equal':>11}")
    for kind, result in results:
        fields, equal, known, unknown = totals(result, explained)
        print(f"{kind.name:10}{result.rows:10}{result.compared:10}{fields:10}{equal:10}{known:11}{unknown:8}{percent(equal, fields):>11}")

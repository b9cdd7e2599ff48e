"""The tables that people read, and the figures behind them as JSON."""
import dataclasses
import json
import os
import platform
import statistics

from measure import ratios, spread


def cpu_model():
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def load():
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


def goal_columns(program, programs):
    """The goal, and whether the median ratio held it."""
    goal = program.goal
    if goal and goal.nanoseconds:
        return f"≤ {goal.nanoseconds:,} ns", "yes" if statistics.median(program.times) <= goal.nanoseconds else "NO"
    base = next((other for other in programs if goal and other.name == goal.than), None)
    if base is None:
        return "", ""
    measured = ratios(program, base)
    held = "yes" if goal.held(statistics.median(measured)) else "NO"
    if not goal.peer:
        return f"≤ {goal.times:g} × R1", held
    return f"≥ {goal.times:g} × {goal.than}", f"{held}: {spread(measured, 1)}"


def table(programs):
    rows = ["| program | ns per packet | × R1 | goal | held | JSON lines | peak RSS, MiB |",
            "| --- | ---: | ---: | --- | --- | ---: | ---: |"]
    for program in programs:
        rss = max(sample.rss_kib for sample in program.samples) / 1024
        goal, held = goal_columns(program, programs)
        lines = "" if program.lines is None else f"{program.lines:,}"
        rows.append(f"| {program.name} | {spread(program.times, 0)} | {spread(ratios(program, programs[0]), 2)} "
                    f"| {goal} | {held} | {lines} | {rss:,.1f} |")
    return "\n".join(rows)


def memory(start, new_flows):
    """What the start costs, and what a flow adds to it."""
    flows = new_flows.packets // 2
    base, full = (statistics.median(sample.rss_kib for sample in program.samples) for program in (start, new_flows))
    milliseconds = [sample.microseconds / 1000 for sample in start.samples]
    return (f"Start (a capture of two packets): {spread(milliseconds, 1)} ms of CPU time, {base / 1024:.1f} MiB. "
            f"The {flows:,} new flows add {(full - base) / 1024:,.1f} MiB: {(full - base) * 1024 / flows:,.0f} bytes a flow seen.")


def write_json(path, facts, results):
    document = {**facts, "inputs": [{**result, "programs": [dataclasses.asdict(program) for program in result["programs"]]}
                                    for result in results]}
    with open(path, "w") as file:
        json.dump(document, file, indent=1)
        file.write("\n")

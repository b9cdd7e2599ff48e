"""The scenarios, by what they are about."""

from ..scenario import SCENARIOS
from . import announcing, reaching, denials, records, secure, plaintext, browsing, quic  # noqa: F401

"""The scenarios, by what they are about."""

from ..scenario import SCENARIOS
from . import announcing, reaching, denials, secure, plaintext, browsing, quic  # noqa: F401

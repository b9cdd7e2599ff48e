"""The scenarios, by what they are about."""

from ..scenario import SCENARIOS
from . import announcing, reaching, denials  # noqa: F401

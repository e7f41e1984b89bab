"""Can Ringwell call through Azure: what can be known from here, in plain words."""

from calls.readiness.everything import findings
from calls.readiness.findings import Finding, Verdict

__all__ = ["Finding", "Verdict", "findings"]

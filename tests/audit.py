"""Known vulnerabilities in what is pinned: `make audit`. One that is found fails.

Where the list of known vulnerabilities can't be reached, it says so in one line and goes on.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PINNED = ("requirements.txt", "requirements-postgres.txt", "requirements-dev.txt")
OUT_OF_REACH = "audit skipped: the list of known vulnerabilities can't be reached from here"
_NETWORK = ("ConnectionError", "ConnectTimeout", "ReadTimeout", "ServiceError", "Could not connect", "Max retries")
"""What pip-audit says when it can't reach the list."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the audit found, in lines."""

    lines: tuple[str, ...]
    is_good: bool


def main() -> int:
    """Ask pip-audit, print what it found, and return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        files = [argument for name in PINNED for argument in ("-r", str(ROOT / name))]
        command = ["-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off", *files]
        audited = subprocess.run(
            [sys.executable, *command, "--format", "json", "--output", str(report)],
            capture_output=True,
            text=True,
            check=False,
        )
        verdict = judge(report.read_text(encoding="utf-8") if report.exists() else "", audited.stderr)
    sys.stdout.write("".join(f"{line}\n" for line in verdict.lines))
    return 0 if verdict.is_good else 1


def judge(report: str, error: str) -> Verdict:
    """Judge a report of pip-audit in JSON; it is empty if pip-audit gave up, for the reason that `error` ends with."""
    if not report.strip() and not any(words in error for words in _NETWORK):
        last = error.strip().rpartition("\n")[2] or "it said nothing"
        return Verdict((f"audit: pip-audit failed: {last}",), is_good=False)
    found: list[dict[str, Any]] = json.loads(report)["dependencies"] if report.strip() else []
    looked_up = [one for one in found if "skip_reason" not in one]
    if not looked_up:
        return Verdict((OUT_OF_REACH,), is_good=True)
    skipped = sorted(one["name"] for one in found if "skip_reason" in one)
    lines = [f"audit: {_vulnerable(one, known)}" for one in looked_up for known in one["vulns"]]
    if skipped:
        lines.append(f"audit: could not be looked up: {', '.join(skipped)}")
    if not any(one["vulns"] for one in looked_up):
        return Verdict((*lines, f"audit: no known vulnerability in {len(looked_up)} packages"), is_good=True)
    return Verdict(tuple(lines), is_good=False)


def _vulnerable(package: dict[str, Any], known: dict[str, Any]) -> str:
    mended = ", ".join(known["fix_versions"]) or "no version yet"
    return f"{package['name']} {package['version']} has {known['id']}, mended in {mended}"


if __name__ == "__main__":
    sys.exit(main())

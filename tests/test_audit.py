"""The audit of dependencies: a found vulnerability fails, and one that saw nothing does not pass for a good one."""

import json

from tests.audit import OUT_OF_REACH, Verdict, judge

GOOD = {"name": "fine", "version": "1.0", "vulns": []}
BAD = {"name": "broken", "version": "2.0", "vulns": [{"id": "MADE-UP-1", "fix_versions": ["2.1"], "aliases": []}]}
UNKNOWN = {"name": "unknown", "skip_reason": "made up"}


def test_no_vulnerability_passes() -> None:
    """And says of how many packages that is true."""
    assert judge(json.dumps({"dependencies": [GOOD]}), "") == Verdict(
        ("audit: no known vulnerability in 1 packages",), is_good=True
    )


def test_a_vulnerability_fails() -> None:
    """The line names the package, and the version to go to; what could not be looked up is named too."""
    assert judge(json.dumps({"dependencies": [GOOD, BAD, UNKNOWN]}), "") == Verdict(
        ("audit: broken 2.0 has MADE-UP-1, mended in 2.1", "audit: could not be looked up: unknown"), is_good=False
    )


def test_out_of_reach_is_said() -> None:
    """Whether pip-audit gives up, or finds none of the packages."""
    said = Verdict((OUT_OF_REACH,), is_good=True)
    assert judge("", "requests.exceptions.ConnectionError: made up") == said
    assert judge(json.dumps({"dependencies": [UNKNOWN]}), "") == said


def test_an_audit_that_breaks_does_not_pass() -> None:
    """Whatever else stops pip-audit is told, and fails."""
    assert judge("", "Traceback\nValueError: made up") == Verdict(
        ("audit: pip-audit failed: ValueError: made up",), is_good=False
    )
    assert judge("", "") == Verdict(("audit: pip-audit failed: it said nothing",), is_good=False)

"""What all tests share: a laptop may lack what some tests need; CI may not."""

import os
from collections import Counter

import pytest
from pages import address, browser  # noqa: F401 (fixtures)

# Two workers with two BLAS threads each wait for one another: one thread each.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

NEEDED = ("torch", "Chromium", "bubblewrap", "JupyterLite")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return without_excuse((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return without_excuse((yield))


def without_excuse(report):
    """Turn a skip because something needed is missing into a failure when CI=true."""
    if report.skipped and os.environ.get("CI") == "true":
        reason = report.longrepr[2]
        if any(name in reason for name in NEEDED):
            report.outcome = "failed"
            report.longrepr = f"CI=true allows no such skip: {reason}"
    return report


def pytest_terminal_summary(terminalreporter):
    """Print what the tests told with `record_property`: texts, and counts summed over all."""
    totals, texts = Counter(), {}
    for report in terminalreporter.getreports("passed"):
        if report.when == "call":
            totals.update({k: v for k, v in report.user_properties if isinstance(v, int)})
            texts.update({k: v for k, v in report.user_properties if isinstance(v, str)})
    for name, text in sorted(texts.items()):
        terminalreporter.write_line(f"{name}: {text}")
    for name, count in sorted(totals.items()):
        terminalreporter.write_line(f"{name}: {count:,}")

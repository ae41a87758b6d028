"""What the tests of the grader share."""

import pytest

try:
    from instructor.sandbox import complaint

    WHY_NOT = complaint()
except ImportError as error:  # Windows has no `resource`
    WHY_NOT = f"no sandbox on this system: {error}"

# CI=true allows no such skip (conftest.py).
needs_sandbox = pytest.mark.skipif(WHY_NOT is not None, reason=f"bubblewrap: {WHY_NOT}")

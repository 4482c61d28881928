"""What a commit and what CI ask of the code: the same."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_a_commit_and_ci_ask_the_same():
    hooks = re.findall("^ *entry: (.+)$", (ROOT / ".pre-commit-config.yaml").read_text(), re.M)
    checks = re.findall(r"^\.venv/bin/.+$", (ROOT / ".ci" / "check").read_text(), re.M)
    assert len(hooks) == 4
    assert hooks == checks


def test_ci_runs_the_checks():
    assert re.search(r"^bash \.ci/check$", (ROOT / ".ci" / "run").read_text(), re.M)

"""What lies at the top of the repository is decided once, so that nothing is left there by accident."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOP = {
    *("app", "benchmarks", "core", "docs", "labeling", "training", "db", "tests", ".ci", ".gitignore"),
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "Makefile", "pyproject.toml"),
    *("requirements.txt", "requirements-no-deps.txt", "requirements-mediapipe.txt", "constraints.txt"),
    *("package.json", "package-lock.json", ".npmrc", "tsconfig.json", "biome.jsonc"),
}


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="only a clone knows which files are kept")
def test_nothing_unforeseen_lies_at_the_top() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {Path(name).parts[0] for name in listed.splitlines()} == TOP

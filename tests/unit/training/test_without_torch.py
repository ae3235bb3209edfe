"""What the pages need of training starts quickly."""

import subprocess
import sys


def test_curating_and_splitting_load_neither_torch_nor_scikit_learn() -> None:
    code = (
        "import sys, training.curate, training.splits, training.evaluate, training.report, training.paired\n"
        "import training.evaluations, training.test_split, training.arms, training.decision_curve\n"
        "print(sorted({'torch', 'sklearn'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

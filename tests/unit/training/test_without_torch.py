"""What the pages need of training starts quickly."""

import subprocess
import sys


def test_curating_and_splitting_load_neither_torch_nor_scikit_learn() -> None:
    code = (
        "import sys, training.data.curate, training.data.splits, training.runs.run_metrics\n"
        "import training.evaluation.results_table, training.evaluation.paired_tests, training.evaluation.conditions\n"
        "import training.evaluation.evaluation_folder, training.evaluation.test_set_log\n"
        "import training.evaluation.learning_curve\n"
        "print(sorted({'torch', 'sklearn'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

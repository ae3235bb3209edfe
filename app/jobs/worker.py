"""The process of one job that the app started: does the work of its kind and reports to the job's row.

Run as `python -m app.jobs.worker --workspace DIR --job ID` by `app.jobs.processes`.
"""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

from app.jobs.carry_out import carry_out
from app.jobs.kinds import WORK
from app.jobs.registry import Work
from app.opened_workspace import opened_workspace
from core.errors import TelltaleError

NICENESS = 10  # keeps the Review screen responsive


def run_job(workspace_root: Path, job_id: int, work: Mapping[str, Work] = WORK) -> bool:
    """Does the job; True for success. The traceback of a failure goes to the log only."""
    opened = opened_workspace(workspace_root)
    try:
        carry_out(opened.workspace, opened.database, job_id, tell=_tell, work=work)
    except TelltaleError as error:
        _tell(str(error))
        return False
    except Exception:  # carry_out has told the log of it
        return False
    return True


def _tell(line: str) -> None:
    print(line, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="One job of Telltale.")
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--job", type=int, required=True)
    given = parser.parse_args()
    niceness = os.nice(NICENESS)
    _tell(f"job {given.job}, process {os.getpid()}, niceness {niceness}, threads {os.environ.get('OMP_NUM_THREADS')}")
    raise SystemExit(0 if run_job(given.workspace, given.job) else 1)


if __name__ == "__main__":
    main()

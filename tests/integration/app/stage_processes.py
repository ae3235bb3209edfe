"""Work of a test in processes of its own, which tell how it ended; for the tests that try every stage."""

import multiprocessing
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path

from core.errors import TelltaleError

UNEXPECTED = 70
LONGEST_S = 180.0
TINY = """[perception]
person = "keypoint-box"
image = "hog"
text = "hashing"

[training]
folds = 2
width = 8
layers = 1
heads = 2
stage1_steps = 6
stage2_steps = 6
batch_clips = 4
"""


def child(work: Callable[[], object], log: Path) -> BaseProcess:
    """A process of its own that does `work` and writes its errors to `log`.

    It is forked from a server that holds the large libraries and has no threads: forked from here, it could wait for ever for a
    lock that a thread of another test held. That server was started by another test, perhaps, so the environment of this one is
    handed on.
    """
    several = multiprocessing.get_context("forkserver")
    several.set_forkserver_preload([__name__, "torch", "app.jobs.kinds"])
    process = several.Process(target=do, args=(work, log, dict(os.environ)))
    process.start()
    return process


def do(work: Callable[[], object], log: Path, environment: Mapping[str, str]) -> None:
    """What the child does."""
    os.environ.clear()
    os.environ.update(environment)
    with log.open("wb") as told:
        os.dup2(told.fileno(), sys.stderr.fileno())
    status = UNEXPECTED
    try:
        work()
        status = 0
    except SystemExit as ended:
        status = int(ended.code or 0)
    except TelltaleError as error:
        status = 1
        print(error, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def done(work: Callable[[], object], log: Path) -> int:
    """The exit status of `work` in a process of its own."""
    process = child(work, log)
    process.join(LONGEST_S)
    process.kill()
    process.join()
    assert process.exitcode is not None
    return process.exitcode

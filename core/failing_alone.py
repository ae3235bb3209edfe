"""Decides, for imports and for perception, whether a failure is one input's own or would be that of every other input, too.

A file that cannot be read fails alone, with a sentence, and the others go on. A full disk or a lost database would fail all of
them with the same words, so it ends the work at once.
"""

import logging

from core.errors import LONGEST_SENTENCE, JobCancelledError, TelltaleError, WorkspaceError
from core.machine_faults import causes, stops_all, storage_error
from core.printable import printable

_log = logging.getLogger(__name__)


def own_failure(error: Exception) -> str:
    """Why one input failed, as a clause or sentence that ends with a full stop.

    Raises `error` where the work was cancelled or its workspace cannot be used, and StorageError, one sentence, for a disk
    that takes nothing more or a database that is lost. An unexpected error is told by its type and text; the log has its
    traceback.
    """
    if isinstance(error, JobCancelledError | WorkspaceError):
        raise error
    told = storage_error(error) if stops_all(error) else None
    if told is not None:
        raise told from error
    for cause in causes(error):
        if isinstance(cause, WorkspaceError):
            raise cause
    if isinstance(error, TelltaleError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return printable(f"{error.filename or 'a file'} cannot be read: {error.strerror}.", LONGEST_SENTENCE)
    if isinstance(error, MemoryError):
        return "it takes more memory than there is."
    _log.error("An input failed in an unexpected way.", exc_info=error)
    return printable(f"{type(error).__name__}: {error}.", LONGEST_SENTENCE)

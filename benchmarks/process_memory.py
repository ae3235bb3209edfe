"""Peak memory of this process."""

import sys
from pathlib import Path


def peak_memory_mib() -> float:
    """The highest resident memory of this process so far, in MiB."""
    # On Linux ru_maxrss includes the peak of the parent process, so VmHWM is read instead.
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 1024

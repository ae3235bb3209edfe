"""Peak memory of the pipeline, in a process of its own: `python -m benchmarks.perception.peak_memory JSON`."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import process_memory
from core.child_processes import own_command, own_environment
from core.errors import WeightsError
from core.settings.perception import PerceptionSettings


def peak_memory_mib(video: Path, settings: PerceptionSettings, folder: Path) -> float:
    """Peak memory in MiB of the pipeline with every stage, run over `video` in a fresh process.

    Raises WeightsError with the end of the process's output where it fails.
    """
    task = json.dumps({"video": str(video), "settings": settings.model_dump(mode="json"), "folder": str(folder)})
    environment = own_environment(OMP_WAIT_POLICY="PASSIVE")
    command = own_command("benchmarks.perception.peak_memory", task)
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)  # noqa: S603  # ourselves
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise WeightsError(f"The process whose memory was to be measured ended with {done.returncode}: {last}")
    return float(json.loads(done.stdout.splitlines()[-1])["peak_mib"])


def _run(task: str) -> None:
    from benchmarks.perception.inputs import bench_parts
    from benchmarks.perception.measures import run_pipeline
    from core.media.video import probe_video
    from labeling.perception.pipeline.plan import ClipVideo

    wanted = json.loads(task)
    video = Path(wanted["video"])
    info = probe_video(video)
    clip_video = ClipVideo(video.name, video, info.time_s, info.width_px, info.height_px)
    settings = PerceptionSettings.model_validate(wanted["settings"])
    with tempfile.TemporaryDirectory(dir=wanted["folder"]) as folder:
        run_pipeline(clip_video, bench_parts(settings, Path(folder)), settings, Path(folder))
    print(json.dumps({"peak_mib": process_memory.peak_memory_mib()}))


if __name__ == "__main__":
    _run(sys.argv[1])

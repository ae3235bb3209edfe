"""What a model makes of a clip over time, and the file that keeps it."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import TrainingError
from tests.unit.training.models.test_models import example, logits, reading_cues, tiny, with_cues
from training.data.augmentation import mirrored_batch
from training.data.batch import Example, collate
from training.models.fusion import Fusion
from training.runs.prefix_predictions import predict_prefixes
from training.runs.timelines import MOST_MOMENTS, ClipTimeline, read_timeline, timeline_path, write_timeline


def _unfolded(model: Fusion, given: Example) -> tuple[str, list[int], torch.Tensor, torch.Tensor]:
    with torch.inference_mode():
        found = predict_prefixes(model, collate([given], model.shape.modalities))
    assert found is not None
    return found


@pytest.mark.parametrize("having", [("pose",), ("image", "text"), ("pose", "image", "text")])
def test_the_last_moment_is_the_models_own_answer(having: tuple[str, ...]) -> None:
    model, given = tiny(), example(23, 0, having)
    modality, starts, attention, probabilities = _unfolded(model, given)
    assert modality == having[0]
    whole = logits(model, [given]).double().softmax(dim=-1)[0]
    torch.testing.assert_close(probabilities[-1], whole, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(attention.sum(), torch.tensor(1.0))
    assert len(starts) == len(attention) == len(probabilities) == (5 if modality == "pose" else 4)


@pytest.mark.parametrize("having", [("pose",), ("pose", "text")])
def test_where_clip_and_mirror_image_are_asked_the_last_moment_is_their_mean(having: tuple[str, ...]) -> None:
    model, given = tiny(mirrored=True), example(23, 0, having)
    *_, attention, probabilities = _unfolded(model, given)
    batch = collate([given], model.shape.modalities)
    with torch.inference_mode():
        clip, image = (model(view).logits.double().softmax(dim=-1)[0] for view in (batch, mirrored_batch(batch)))
    assert (clip - image).abs().max() > 1e-3
    torch.testing.assert_close(probabilities[-1], (clip + image) / 2, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(attention.sum(), torch.tensor(1.0))


def test_the_cues_speak_as_they_come() -> None:
    model, given = reading_cues(), with_cues((7.0, 1.0), (0.0, 1.0))
    counts = torch.tensor(
        [[[0.0, 0.25], [0.0, 0.25]], [[3.0, 0.5], [0.0, 0.5]], [[5.0, 0.75], [0.0, 0.75]], [[7.0, 1.0], [0.0, 1.0]]]
    )
    with torch.inference_mode():
        found = predict_prefixes(model, collate([given], ("pose",)), lambda starts: counts[: len(starts)])
        told_at_once = predict_prefixes(model, collate([given], ("pose",)))
    assert found is not None
    assert told_at_once is not None
    *_, probabilities = found
    whole = logits(model, [given]).double().softmax(dim=-1)[0]
    torch.testing.assert_close(probabilities[-1], whole, atol=1e-6, rtol=1e-5)
    assert probabilities[0, 0] < told_at_once[-1][0, 0]


def test_a_clip_with_words_alone_has_no_moments() -> None:
    model = tiny()
    with torch.inference_mode():
        assert predict_prefixes(model, collate([example(23, 0, ("text",))], model.shape.modalities)) is None


def _timeline(moments: int) -> ClipTimeline:
    chance = np.linspace(0.5, 0.9, moments, dtype=np.float32)
    return ClipTimeline(
        labels=("positive", "négatif"),
        time_s=np.arange(moments, dtype=np.float32) * 0.2,
        attention=np.full(moments, 1 / moments, dtype=np.float32),
        probabilities=np.column_stack([chance, 1 - chance]),
    )


def test_a_timeline_is_read_as_it_was_written(tmp_path: Path) -> None:
    wanted = _timeline(7)
    write_timeline(timeline_path(tmp_path, 3), wanted)
    found = read_timeline(tmp_path, 3)
    assert found is not None
    assert found.labels == wanted.labels
    for name in ("time_s", "attention", "probabilities"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))


def test_a_long_timeline_keeps_its_attention_and_its_last_answer(tmp_path: Path) -> None:
    wanted = _timeline(7_801)
    write_timeline(timeline_path(tmp_path, 3), wanted)
    found = read_timeline(tmp_path, 3)
    assert found is not None
    assert len(found.time_s) == MOST_MOMENTS
    assert found.attention.sum() == pytest.approx(1, abs=1e-4)
    assert (np.diff(found.time_s) > 0).all()
    np.testing.assert_array_equal(found.probabilities[-1], wanted.probabilities[-1])


def test_a_process_killed_while_it_writes_leaves_the_timeline_before(tmp_path: Path) -> None:
    wanted = _timeline(7)
    write_timeline(timeline_path(tmp_path, 3), wanted)
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from training.runs import timelines\n"
        "path = Path(sys.argv[1])\n"
        "before = timelines.read_timeline(path, 3)\n"
        "def half(arrays, path, metadata):\n"
        "    path.write_bytes(b'half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "timelines.save_file = half\n"
        "timelines.write_timeline(timelines.timeline_path(path, 3), before)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    found = read_timeline(tmp_path, 3)
    assert found is not None
    np.testing.assert_array_equal(found.probabilities, wanted.probabilities)


def test_a_run_from_before_has_no_timelines(tmp_path: Path) -> None:
    assert read_timeline(tmp_path, 3) is None


@pytest.mark.parametrize("contents", [b"", b"no safetensors", b"\x02\x00\x00\x00\x00\x00\x00\x00{}"])
def test_a_file_that_is_no_timeline_is_named(tmp_path: Path, contents: bytes) -> None:
    path = timeline_path(tmp_path, 3)
    path.parent.mkdir()
    path.write_bytes(contents)
    with pytest.raises(TrainingError, match=rf"{path} is not a timeline of a run\."):
        read_timeline(tmp_path, 3)

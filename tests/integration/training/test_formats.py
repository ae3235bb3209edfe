"""Weights of another version of the model are refused in a sentence."""

import json
from pathlib import Path

import pytest
import torch

from core.errors import TrainingError
from tests.unit.training.test_models import tiny
from training.artefacts import load_model
from training.checkpoint import FitCheckpoint, FitState


@pytest.mark.parametrize("written", [{}, {"format": 99}])
def test_a_model_of_another_format_is_refused_by_its_number(tmp_path: Path, written: dict[str, int]) -> None:
    (tmp_path / "config.json").write_text(json.dumps({**written, "shape": {}, "labels": []}), encoding="utf-8")
    number = written.get("format", 1)
    with pytest.raises(
        TrainingError, match=rf"a model of format {number}, and this version .* reads 3; train again\.$"
    ):
        load_model(tmp_path)


def test_a_checkpoint_of_another_shape_is_named(tmp_path: Path) -> None:
    model, random = tiny(("pose",)), torch.Generator()
    checkpoint = FitCheckpoint(tmp_path, "fold0-stage1-pose")
    checkpoint.save(FitState(1), model, {}, torch.optim.AdamW(model.parameters()), random)
    wider = tiny(("pose",), width=16)
    with pytest.raises(TrainingError, match=r"fold0-stage1-pose\.state\.pt is of another version .* begins afresh\.$"):
        checkpoint.load(wider, torch.optim.AdamW(wider.parameters()), random)

"""How long a run takes, from what it does; one core of two, measured, is the unit. Free of torch."""

from collections.abc import Collection, Sequence

from core.pose.skeleton import JOINT_COUNT
from core.settings.training import TrainingSettings
from training.data.resolved_settings import candidate_steps

_STEP_S = 0.015  # of a training step, whatever it reads
_POSE_FRAME_S = 24e-6  # of a frame of key points at 137 points, in a training step
_PREDICTED_FRAME_S = 14e-6
_SUMMED_FRAME_S = 16e-6  # in the scales of the input, and once more of the mirror image
_OTHER_STEP_S = {"image": 0.03, "text": 0.008}
_PREDICTIONS = 5  # of each clip: twice for the table and its timeline, once for model selection, with fusion and alone
_HALVES = 2  # of the training people, on each of which each modality is fitted for its weight in the fusion
_BASE_S = 5.0


def modeled_s(settings: TrainingSettings, frames: Sequence[int], modalities: Collection[str]) -> float:
    """Seconds of a run of resolved settings on clips of so many frames that have these modalities.

    With ST-GCN it is its time budget, which all else is small against.
    """
    if settings.keypoint_model == "stgcn" and "pose" in modalities:
        return settings.stgcn.budget_s
    fits = settings.folds + settings.selection_folds + 1
    joints = settings.keypoint_joints / JOINT_COUNT
    batch = min(settings.batch_clips, len(frames))
    read = sum(min(one, settings.step_frames / settings.batch_clips) for one in frames) / max(len(frames), 1)
    pose_step_s = _STEP_S + _POSE_FRAME_S * joints * batch * read
    step_s = {name: pose_step_s if name == "pose" else _OTHER_STEP_S[name] for name in modalities}
    steps, predictions = settings.stage1_steps, _PREDICTIONS
    candidates = candidate_steps(settings)
    if len(candidates) > 1:
        steps += _HALVES * sum(candidates)
        predictions += fits * len(candidates)  # each asks every training clip once
    if settings.reads_parts and settings.taught_cues:  # each fit finds the cues of its training clips
        predictions += fits
    if len(step_s) > 1:
        steps += (_HALVES if settings.fusion_method == "late" else _HALVES + 1) * settings.stage2_steps
        predictions += fits - 2  # each training set is asked once; a clip is held out twice
    once_s = sum(frames) * joints * _frame_s(settings, predictions) if "pose" in modalities else 0
    return _BASE_S + fits * steps * sum(step_s.values()) + once_s


def _frame_s(settings: TrainingSettings, predictions: int) -> float:
    """Seconds of a frame of key points beside the steps, at 137 points; mirror images are a second reading."""
    views = 2 if settings.mirror == "both" else 1
    return views * predictions * _PREDICTED_FRAME_S + (1 if settings.mirror == "never" else 2) * _SUMMED_FRAME_S

"""Sizes, masks and missing modalities of the networks."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.pose.skeleton import JOINT_COUNT
from training.data.batch import Example, collate
from training.data.cue_rates import CueModel, cue_terms
from training.models.band_energies import BANDS_FRAMES
from training.models.fusion import CUES, Fusion, parameter_count
from training.models.fusion_methods import CrossAttention, Gated
from training.models.long_transformer import LongTransformer, rotate, set_checkpointing, turns_of
from training.models.model_shape import ModelShape
from training.models.pose_features import LAGS, StreamLayout
from training.models.pose_mlp import PoseMLP
from training.models.stgcn import StGcn
from training.runs.prefix_predictions import predict_prefixes

MODALITIES = ("pose", "image", "text")


def tiny(modalities: tuple[str, ...] = MODALITIES, **changes: object) -> Fusion:
    torch.manual_seed(0)
    shape = {
        "modalities": modalities,
        "classes": 3,
        "width": 8,
        "layers": 1,
        "heads": 2,
        "patch_frames": 5,
        "image_features": 6,
        "text_features": 4,
        "dropout": 0.0,
        "modality_dropout": 0.0,
        "head_dropout": 0.0,
    }
    model = Fusion(ModelShape(**{**shape, **changes})).eval()
    for parameter in model.parameters():  # the gate and the pooling begin as identities; wake them
        parameter.data += torch.randn_like(parameter) * 0.1
    return model


def example(frames: int = 23, seed: int = 0, modalities: Sequence[str] = MODALITIES) -> Example:
    random = np.random.default_rng(seed)
    mask = random.random((frames, JOINT_COUNT)) < 0.8
    values = {
        "pose": (random.normal(size=(frames, JOINT_COUNT, 3)) * mask[..., None]).astype(np.float16),
        "image": random.normal(size=(frames // 5, 6)).astype(np.float16),
        "text": random.normal(size=(2 + seed, 4)).astype(np.float16),
    }
    return Example(seed, None, 1.0, {name: values[name] for name in modalities}, mask if "pose" in modalities else None)


def logits(model: Fusion, examples: Sequence[Example]) -> torch.Tensor:
    with torch.inference_mode():
        answer = model(collate(examples, model.shape.modalities))
    return answer.logits


def test_a_tiny_model_has_exactly_these_parameters() -> None:
    body = 25 * 4 * (1 + len(LAGS)) + 25 * 24 // 2 + 25
    face = 70 * 2 * (1 + len(LAGS)) + 70
    hands = 42 * 2 * (1 + len(LAGS)) + 2 * (4 + 3) + 2 * 6 + 42
    features = body + face + hands
    frames = features * 8 + 3 * 8 + 3 * 8 + 2 * 8 + (8 * 8 + 8)
    temporal = 2 * (2 * 8 + 5 * 8 * 8 + 8)
    pose = frames + temporal + 5 * 8 * 8 + 8
    block = 2 * 16 + (8 * 24 + 24) + (8 * 8 + 8) + (8 * 16 + 16) + (16 * 8 + 8)
    transformer = block + (8 + 1)
    shortcut = (2 * features + 2 * JOINT_COUNT * len(BANDS_FRAMES)) * 3 + 3
    image = 12 + (6 * 8 + 8)
    text = 4 * 24 + 24
    head = 3 * 24 * 3 + 3
    assert parameter_count(PoseMLP(8, 5, 0.0, range(JOINT_COUNT))) == pose
    assert parameter_count(LongTransformer(8, 1, 2, 0.0)) == transformer
    assert parameter_count(tiny()) == pose + shortcut + 2 * transformer + image + text + 3 * 24 + head


@pytest.mark.parametrize("modalities", [("pose",), ("image",), ("text",), MODALITIES])
def test_padding_does_not_change_the_answer(modalities: tuple[str, ...]) -> None:
    model = tiny(modalities)
    alone = logits(model, [example(23)])
    padded = logits(model, [example(23), example(61, seed=1)])
    torch.testing.assert_close(padded[:1], alone, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("keypoint_model", ["mlp", "stgcn"])
@pytest.mark.parametrize("number", [7, np.nan, np.inf])
def test_a_missing_joint_has_no_say_whatever_its_numbers(number: float, keypoint_model: str) -> None:
    model = tiny(("pose",), keypoint_model=keypoint_model, stgcn_channels=4)
    given = example()
    spoilt = np.where(given.pose_mask[..., None], given.values["pose"], np.float16(number))  # type: ignore[index]
    changed = Example(0, None, 1.0, {"pose": spoilt}, given.pose_mask)
    assert torch.equal(logits(model, [changed]), logits(model, [given]))


def test_a_set_without_hands_and_face_has_no_weights_for_them() -> None:
    assert [one.name for one in StreamLayout.all_of(range(25))] == ["body"]
    assert parameter_count(PoseMLP(8, 5, 0.0, range(25))) < parameter_count(PoseMLP(8, 5, 0.0, range(JOINT_COUNT))) / 2


def test_a_body_of_25_joints_is_read_without_its_face_and_hands() -> None:
    for keypoint_model in ("mlp", "stgcn"):
        model = tiny(
            ("pose",), keypoint_model=keypoint_model, keypoint_joints=25, joints=tuple(range(25)), stgcn_channels=4
        )
        given = example()
        values = given.values["pose"].copy()
        values[:, 25:] += 1
        changed = replace(given, values={"pose": values})
        assert torch.equal(logits(model, [changed]), logits(model, [given]))


def test_a_number_of_joints_that_no_skeleton_has_is_refused() -> None:
    with pytest.raises(ValueError, match="25 or 137 joints, not 17"):
        StGcn(4, joints=17)


@pytest.mark.parametrize("chosen", range(8))
def test_any_subset_of_modalities_gives_a_finite_answer(chosen: int) -> None:
    there = [name for place, name in enumerate(MODALITIES) if chosen >> place & 1]
    for batch in ([example(modalities=there)], [example(modalities=there), example(40, seed=1)]):
        answer = logits(tiny(), batch)
        assert answer.shape == (len(batch), 3)
        assert torch.isfinite(answer).all()


def test_an_absent_modality_is_not_the_same_as_an_empty_picture() -> None:
    with_all = logits(tiny(), [example()])
    without_text = logits(tiny(), [example(modalities=("pose", "image"))])
    assert not torch.allclose(with_all, without_text)


def test_a_clip_of_which_no_point_was_found_answers_as_one_without_key_points() -> None:
    model = tiny()
    whole = example()
    assert whole.pose_mask is not None
    none = replace(whole, pose_mask=np.zeros_like(whole.pose_mask))
    without = replace(
        whole, values={name: array for name, array in whole.values.items() if name != "pose"}, pose_mask=None
    )
    torch.testing.assert_close(logits(model, [none]), logits(model, [without]))


def test_a_clip_whose_points_are_all_missing_answers_finitely() -> None:
    blank = np.zeros((30, JOINT_COUNT, 3), dtype=np.float16)
    given = Example(0, None, 1.0, {"pose": blank}, np.zeros((30, JOINT_COUNT), dtype=bool))
    assert torch.isfinite(logits(tiny(("pose",)), [given, example(30, modalities=("pose",))])).all()


def test_modality_dropout_never_leaves_a_clip_with_nothing() -> None:
    torch.manual_seed(3)
    model = tiny(modality_dropout=0.95).train()
    only_text = collate([example(modalities=("text",)) for _ in range(16)], MODALITIES)
    kept = model.branches["text"](only_text.inputs["text"]).vector
    absent = [model.absent[name].expand(16, -1) for name in ("pose", "image")]
    expected = model.head(torch.cat([*absent, kept], dim=-1))
    torch.testing.assert_close(model(only_text).logits, expected)


def test_attention_weights_are_shares_and_padding_has_none() -> None:
    model = tiny(("pose",))
    answer = model(collate([example(20), example(40, seed=1)], ("pose",)))
    weights = answer.attention["pose"]
    assert weights.shape == (2, 8)
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(2))
    assert (weights[0, 4:] == 0).all()


def test_rotary_attention_depends_on_distance_alone() -> None:
    turns = turns_of(torch.arange(9), 8)
    query, key = (rotate(torch.randn(1, 1, 8).expand(9, 1, 8), turns) for _ in range(2))
    near = (query[2, 0] * key[5, 0]).sum()
    far = (query[5, 0] * key[8, 0]).sum()
    torch.testing.assert_close(near, far)


def test_packed_clips_answer_as_each_would_alone() -> None:
    torch.manual_seed(0)
    model = LongTransformer(8, 2, 2, 0.0)
    tokens, mask = torch.randn(3, 11, 8), torch.ones(3, 11, dtype=torch.bool)
    mask[0, 7:] = False
    mask[1, 3:5] = False  # a hole: what follows keeps its place in time
    together = model(tokens, mask).tokens
    alone = torch.cat([model(tokens[one : one + 1], mask[one : one + 1]).tokens for one in range(3)])
    torch.testing.assert_close(together, alone)
    shut = model(torch.cat([tokens[1:2, :3], tokens[1:2, 5:]], dim=1), torch.ones(1, 9, dtype=torch.bool)).tokens
    assert not torch.allclose(shut[:, 3:], together[1:2, 5:], atol=1e-4)


def test_checkpointing_changes_no_gradient() -> None:
    gradients = []
    for checkpointing in (False, True):
        torch.manual_seed(0)
        model = LongTransformer(8, 2, 2, 0.3).train()
        set_checkpointing(model, checkpointing)
        model(torch.randn(2, 6, 8), torch.ones(2, 6, dtype=torch.bool)).tokens.square().sum().backward()
        gradients.append([parameter.grad for parameter in model.parameters()])
    for without, with_it in zip(*gradients, strict=True):
        torch.testing.assert_close(with_it, without)


READING = CueModel(np.array([3.0, 1.0]), np.array([4.0, 4.0]), np.array([[0.4, 0.0], [-0.2, 0.0], [-0.2, 0.0]]), 0.7)
"""Of two cues: the first speaks for the first label and against the others, the second says nothing."""

WEIGHTS = {"pose": 0.1, "image": 0.6, "text": 1.5, CUES: 0.8}


def fused(join: str = "late", cues: int = 0) -> tuple[Fusion, dict[str, Fusion]]:
    """A fusion at its start, and the single models that it is made of."""
    singles = {name: tiny((name,), cues=cues) for name in MODALITIES}
    joint = Fusion(replace(tiny(cues=cues).shape, join=join)).eval()
    for model in (joint, singles["pose"]):
        model.set_cue_model(READING)
    joint.start_from(singles, WEIGHTS)
    return joint, singles


@pytest.mark.parametrize("join", ["late", "concatenation", "gated", "cross-attention"])
def test_stage_two_begins_with_the_weighted_sum_of_the_single_answers(join: str) -> None:
    joint, singles = fused(join)
    wanted = torch.stack([WEIGHTS[name] * logits(model, [example()]) for name, model in singles.items()]).sum(dim=0)
    torch.testing.assert_close(logits(joint, [example()]), wanted)


def test_an_absent_modality_adds_nothing_to_a_late_fusion() -> None:
    joint, singles = fused()
    given = example(modalities=("text",))
    torch.testing.assert_close(logits(joint, [given]), WEIGHTS["text"] * logits(singles["text"], [given]))


def test_cues_have_a_weight_of_their_own_in_a_fusion() -> None:
    joint, singles = fused(cues=2)
    silent, telling = (
        replace(example(), cues=np.array(counts)) for counts in (((0.0, 0.0), (0.0, 0.0)), ((9.0, 1.0), (0.0, 1.0)))
    )
    added, added_alone = (logits(model, [telling]) - logits(model, [silent]) for model in (joint, singles["pose"]))
    torch.testing.assert_close(added, WEIGHTS[CUES] * added_alone, atol=1e-5, rtol=1e-4)


def test_a_gate_gives_one_modality_more_and_the_others_less() -> None:
    gate = Gated(2, 3)
    with torch.no_grad():
        gate.share.bias.copy_(torch.tensor([0.0, 3.0]).log1p())  # shares 1/5 and 4/5, of two
    vectors = torch.ones(1, 2, 3)
    torch.testing.assert_close(gate(vectors), torch.tensor([[0.4, 0.4, 0.4, 1.6, 1.6, 1.6]]))


def test_a_modality_asks_the_others_and_not_itself() -> None:
    torch.manual_seed(0)
    asking = CrossAttention(2, 8, 2)
    torch.nn.init.normal_(asking.attention.out_proj.weight)
    vectors = torch.randn(1, 2, 8)
    heard = asking(vectors) - vectors.flatten(1)
    vectors[0, 0] = torch.randn(8)
    heard_after = asking(vectors) - vectors.flatten(1)
    torch.testing.assert_close(heard_after[:, :8], heard[:, :8])
    assert not torch.allclose(heard_after[:, 8:], heard[:, 8:])


@pytest.mark.parametrize("join", ["late", "gated", "cross-attention"])
def test_the_answer_unfolded_over_time_ends_with_the_answer_in_every_join(join: str) -> None:
    model = tiny(join=join)
    batch = collate([example()], MODALITIES)
    with torch.inference_mode():
        found = predict_prefixes(model, batch)
        answer = model(batch).logits
    assert found is not None
    torch.testing.assert_close(found[3][-1:].float(), answer.softmax(dim=-1))


def with_cues(*counts: tuple[float, float], frames: int = 20) -> Example:
    """A clip of key points whose cues happen so often in so many minutes."""
    return replace(example(frames, 0, ("pose",)), cues=np.array(counts))


def reading_cues() -> Fusion:
    model = tiny(("pose",), cues=2)
    model.set_cue_model(READING)
    return model


def said_by_cues(*counts: tuple[float, float]) -> torch.Tensor:
    """What the cues add to the logits."""
    nothing = logits(reading_cues(), [with_cues((0.0, 0.0), (0.0, 0.0))])[0]
    return logits(reading_cues(), [with_cues(*counts)])[0] - nothing


def test_the_model_reads_cues_as_their_own_module_does() -> None:
    counts = ((9.0, 2.0), (1.0, 2.0))
    wanted = cue_terms(np.array([counts]), READING).sum(axis=2)[0]
    torch.testing.assert_close(said_by_cues(*counts), torch.tensor(wanted, dtype=torch.float32), atol=1e-5, rtol=1e-4)


def test_a_cue_that_happens_more_often_than_usual_speaks_for_its_label() -> None:
    rare, often = (said_by_cues((events, 1.0), (0.0, 1.0)) for events in (1.0, 7.0))
    assert rare[0] < 0 < often[0]
    assert often[1] < 0


def test_a_cue_of_which_nobody_knows_the_label_says_nothing() -> None:
    torch.testing.assert_close(said_by_cues((0.0, 0.0), (50.0, 1.0)), torch.zeros(3))


def test_what_was_handed_over_is_kept_with_the_weights() -> None:
    kept = reading_cues().cue_scores
    assert kept is not None
    found = kept.model()
    np.testing.assert_array_equal(found.log_factor, READING.log_factor)
    assert found.shrinkage == READING.shrinkage


def test_a_clip_without_key_points_is_not_judged_by_cues() -> None:
    torch.manual_seed(0)
    model = tiny(("pose", "text"), cues=2)
    having, lacking = example(20, 0, ("pose", "text")), example(20, 0, ("text",))
    before = logits(model, [replace(having, cues=np.array([[9.0, 1.0], [0.0, 1.0]])), lacking])
    model.set_cue_model(READING)
    after = logits(model, [replace(having, cues=np.array([[9.0, 1.0], [0.0, 1.0]])), lacking])
    assert not torch.allclose(before[0], after[0])
    torch.testing.assert_close(before[1], after[1])


def test_a_fresh_model_says_nothing() -> None:
    fresh = Fusion(tiny().shape).eval()
    assert (logits(fresh, [example()]) == 0).all()


def test_a_shape_comes_back_from_its_json() -> None:
    shape = tiny().shape
    assert ModelShape.from_json(shape.to_json()) == shape


def test_a_width_that_rotary_positions_cannot_halve_is_refused() -> None:
    with pytest.raises(ValueError, match="width 12 must be a multiple"):
        LongTransformer(12, 1, 4, 0.0)


def test_padding_does_not_change_the_answer_of_st_gcn() -> None:
    model = tiny(("pose",), keypoint_model="stgcn", stgcn_channels=4, stgcn_segment_frames=24)
    alone = logits(model, [example(23)])
    padded = logits(model, [example(23), example(61, seed=1)])
    torch.testing.assert_close(padded[:1], alone, atol=1e-5, rtol=1e-4)


def test_the_attention_of_st_gcn_is_even_over_its_moments() -> None:
    model = tiny(("pose",), keypoint_model="stgcn", stgcn_channels=4, stgcn_segment_frames=10)
    weights = model(collate([example(25), example(40, seed=1)], ("pose",))).attention["pose"]
    assert weights.shape == (2, len(model.branches["pose"].token_starts(40)))
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(2))
    torch.testing.assert_close(weights[1], torch.full((12,), 1 / 12))

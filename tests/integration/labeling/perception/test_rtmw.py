"""rtmlib and ONNX Runtime as they are, on small models of RTMW's signature whose answers are known."""

import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from rtmlib.visualization.skeleton import coco133

from core.errors import SettingsError, WeightsError
from core.pose.skeleton import FACE, JOINT_NAMES, LEFT_ELBOW, LEFT_HAND, RIGHT_HAND
from core.settings.perception import PerceptionSettings
from labeling.interfaces import Picture
from labeling.perception.keypoints.rtmw import RtmwKeypoints
from labeling.perception.keypoints.rtmw_weights import find_pose_weights, missing_pose_weights
from labeling.weights.catalog import model_named

WIDTH, HEIGHT = 48, 64  # of the model's input
SIZE_PX = (640, 360)  # of the pictures, width and height
COCO = {info["name"]: index for index, info in coco133["keypoint_info"].items()}


def saved(path: Path, nodes: list, constants: dict, outputs: dict, input_shape: tuple) -> Path:
    graph = helper.make_graph(
        nodes,
        "pose",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, input_shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
        [numpy_helper.from_array(np.asarray(value, dtype=np.float32), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))
    return path


def model_that_finds_red(path: Path, joints: int = 133, height: int | str = HEIGHT, split: int = 2) -> Path:
    """Every point lies where the picture is reddest; the score of point k is k + 20 hundredths of that redness."""
    nodes = [
        helper.make_node("Slice", ["input", "zero", "one", "channel"], ["red"]),
        helper.make_node("ReduceMax", ["red"], ["columns"], axes=[1, 2], keepdims=0),
        helper.make_node("ReduceMax", ["red"], ["rows"], axes=[1, 3], keepdims=0),
        *(
            node
            for side, axis in (("columns", "x"), ("rows", "y"))
            for node in (
                helper.make_node("MatMul", [side, f"spread_{axis}"], [f"profile_{axis}"]),
                helper.make_node("Unsqueeze", [f"profile_{axis}", "channel"], [f"lifted_{axis}"]),
                helper.make_node("Mul", [f"lifted_{axis}", "weights"], [f"simcc_{axis}"]),
            )
        ),
    ]
    graph_constants = {
        "spread_x": np.kron(np.eye(WIDTH), np.eye(split)[:1]),
        "spread_y": np.kron(np.eye(HEIGHT), np.eye(split)[:1]),
        "weights": np.arange(20, joints + 20).reshape(1, joints, 1) / 100,
    }
    indices = {"zero": [0], "one": [1], "channel": [1]}
    path = saved(
        path,
        nodes,
        graph_constants,
        {"simcc_x": ("batch", joints, split * WIDTH), "simcc_y": ("batch", joints, split * HEIGHT)},
        ("batch", 3, height, WIDTH),
    )
    model = onnx.load(str(path))
    model.graph.initializer.extend(numpy_helper.from_array(np.array(v, np.int64), k) for k, v in indices.items())
    onnx.save(model, str(path))
    return path


def model_that_answers(path: Path, places: np.ndarray, scores: np.ndarray) -> Path:
    """Whatever the picture: point k at `places` (133, 2) in pixels of the model's input, with the score `scores[k]`."""
    constants, nodes = {}, [helper.make_node("ReduceMax", ["input"], ["any"], axes=[1, 2, 3], keepdims=1)]
    nodes += [
        helper.make_node("Squeeze", ["any"], ["flat"]),
        helper.make_node("Sub", ["flat", "flat"], ["nothing"]),
    ]
    for axis, side, place in (("x", WIDTH, places[:, 0]), ("y", HEIGHT, places[:, 1])):
        response = np.full((1, 133, 2 * side), -1.0)
        response[0, np.arange(133), np.round(2 * place).astype(int)] = scores
        constants[axis] = response
        nodes.append(helper.make_node("Add", [axis, "nothing"], [f"simcc_{axis}"]))
    outputs = {"simcc_x": (1, 133, 2 * WIDTH), "simcc_y": (1, 133, 2 * HEIGHT)}
    return saved(path, nodes, constants, outputs, (1, 3, HEIGHT, WIDTH))


def estimator(weights: Path, **settings: str) -> RtmwKeypoints:
    return RtmwKeypoints(PerceptionSettings(keypoint_weights=str(weights), **settings), weights.parent / "weights")


def picture_with_dot(x: int, y: int, bgr: tuple[int, int, int] = (0, 0, 255)) -> Picture:
    picture = np.zeros((SIZE_PX[1], SIZE_PX[0], 3), dtype=np.uint8)
    picture[y - 6 : y + 7, x - 6 : x + 7] = bgr
    return picture


def estimate(weights: Path, picture: Picture, box: tuple[float, ...]) -> np.ndarray:
    return estimator(weights).estimate(picture, np.array(box, dtype=np.float32))


def everywhere(score: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Places and scores of 133 points, no two at the same place, all inside."""
    order = np.random.default_rng(0).permutation(WIDTH * HEIGHT)[:133]
    return np.column_stack((order % WIDTH, order // WIDTH)).astype(float), np.full(133, score)


BOX = (220.0, 60.0, 380.0, 300.0)
_SCALE_PX = 1.25 * 240 / HEIGHT  # rtmlib's margin; the height decides in this box


def in_picture(place: np.ndarray) -> np.ndarray:
    return np.array((300, 180)) + (place - np.array((WIDTH, HEIGHT)) / 2) * _SCALE_PX


@pytest.mark.parametrize(("x", "y"), [(300, 190), (215, 60), (390, 310)])
def test_what_lies_at_a_place_in_the_picture_is_found_at_that_place(tmp_path: Path, x: int, y: int) -> None:
    found = estimate(model_that_finds_red(tmp_path / "pose.onnx"), picture_with_dot(x, y), BOX)
    there = found[found[:, 2] > 0]
    assert len(there) > 100
    assert np.abs(there[:, :2] - (x, y)).max() < 2 * _SCALE_PX


def test_the_model_is_given_rgb(tmp_path: Path) -> None:
    picture = picture_with_dot(250, 100, bgr=(255, 0, 0))
    picture[200:213, 350:363] = (0, 0, 255)
    found = estimate(model_that_finds_red(tmp_path / "pose.onnx"), picture, BOX)
    assert np.abs(found[found[:, 2] > 0, :2] - (356, 206)).max() < 2 * _SCALE_PX


@pytest.mark.parametrize(
    ("joint", "coco"),
    [
        ("left wrist", "left_wrist"),
        ("right big toe", "right_big_toe"),
        ("face 30", "face-30"),
        ("left hand 8", "left_forefinger4"),
        ("right hand 4", "right_thumb4"),
    ],
)
def test_a_point_of_the_model_is_the_joint_of_its_name(tmp_path: Path, joint: str, coco: str) -> None:
    places, scores = everywhere()
    found = estimate(model_that_answers(tmp_path / "pose.onnx", places, scores), picture_with_dot(9, 9), BOX)
    assert found[JOINT_NAMES.index(joint), :2] == pytest.approx(in_picture(places[COCO[coco]]), abs=1e-3)


@pytest.mark.parametrize("score", [0.4, 1.0, 3.0, 9.0])
def test_confidences_stay_below_one_in_the_scores_order(tmp_path: Path, score: float) -> None:
    places, scores = everywhere(score)
    found = estimate(model_that_answers(tmp_path / "pose.onnx", places, scores), picture_with_dot(9, 9), BOX)
    assert found[:, 2] == pytest.approx(np.full(137, score / (1 + score)))


def test_a_point_with_a_score_below_the_threshold_is_missing(tmp_path: Path) -> None:
    places, scores = everywhere()
    scores[COCO["nose"]], scores[COCO["left_ear"]] = 0.29, 0.31
    found = estimate(model_that_answers(tmp_path / "pose.onnx", places, scores), picture_with_dot(9, 9), BOX)
    missing = [JOINT_NAMES[joint] for joint in np.flatnonzero(found[:, 2] == 0)]
    assert missing == ["nose"]
    assert not found[0].any()


def test_a_point_outside_the_picture_is_missing(tmp_path: Path) -> None:
    places, scores = everywhere()
    places[COCO["left_ankle"]] = (WIDTH / 2, HEIGHT - 1)
    box = (200.0, 100.0, 400.0, 359.0)
    found = estimate(model_that_answers(tmp_path / "pose.onnx", places, scores), picture_with_dot(9, 9), box)
    assert not found[JOINT_NAMES.index("left ankle")].any()
    assert (found[found[:, 2] > 0, 1] < SIZE_PX[1]).all()


def test_a_hand_without_its_arm_is_missing(tmp_path: Path) -> None:
    places, scores = everywhere()
    scores[COCO["left_elbow"]] = 0.1
    found = estimate(model_that_answers(tmp_path / "pose.onnx", places, scores), picture_with_dot(9, 9), BOX)
    assert not found[LEFT_ELBOW].any()
    assert not found[LEFT_HAND].any()
    assert (found[RIGHT_HAND, 2] > 0).all()


def test_a_face_and_a_hand_of_few_points_are_missing_altogether(tmp_path: Path) -> None:
    places, scores = everywhere()
    scores[COCO["face-0"] + 30 : COCO["face-67"] + 1] = 0.1
    scores[COCO["right_hand_root"] + 1 : COCO["right_hand_root"] + 12] = 0.1
    scores[COCO["left_hand_root"] + 1 : COCO["left_hand_root"] + 9] = 0.1
    found = estimate(model_that_answers(tmp_path / "pose.onnx", places, scores), picture_with_dot(9, 9), BOX)
    assert not found[FACE].any()
    assert not found[RIGHT_HAND].any()
    assert (found[LEFT_HAND, 2] > 0).sum() == 13


@pytest.mark.parametrize("box", [(np.nan,) * 4, (50, 50, 50, 90), (700, 10, 800, 90), (90, 90, 50, 50)])
def test_without_a_box_in_the_picture_nobody_is_there(tmp_path: Path, box: tuple[float, ...]) -> None:
    found = estimate(model_that_finds_red(tmp_path / "pose.onnx"), picture_with_dot(300, 190), box)
    assert found.shape == (137, 3)
    assert not found.any()


def test_nothing_is_printed_where_a_command_prints_its_json(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    estimate(model_that_finds_red(tmp_path / "pose.onnx"), picture_with_dot(300, 190), BOX)
    assert capsys.readouterr().out == ""


def detector(path: Path) -> Path:
    nodes = [helper.make_node("Identity", ["input"], ["boxes"])]
    return saved(path, nodes, {}, {"boxes": (1, 3, 64, 48)}, (1, 3, 64, 48))


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("text", r"cannot be loaded by ONNX Runtime"),
        ("empty", r"cannot be loaded by ONNX Runtime"),
        ("cut", r"cannot be loaded by ONNX Runtime"),
        ("detector", r"no whole-body pose model of rtmlib: it has 1 input, .*, and 1 outputs"),
        ("17 joints", r"no whole-body pose model of rtmlib: its outputs for 48 x 64 pixels are \(1, 17, 96\)"),
        ("other bins", r"no whole-body pose model of rtmlib: its outputs for 48 x 64 pixels are \(1, 133, 144\)"),
        ("no size", r"no whole-body pose model of rtmlib: its input .* has no fixed size"),
    ],
)
def test_weights_of_no_use_are_refused_in_one_sentence(tmp_path: Path, kind: str, sentence: str) -> None:
    path = tmp_path / "pose.onnx"
    if kind == "detector":
        detector(path)
    else:
        joints = 17 if kind == "17 joints" else 133
        height = "height" if kind == "no size" else HEIGHT
        model_that_finds_red(path, joints=joints, height=height, split=3 if kind == "other bins" else 2)
    if kind == "text":
        path.write_text("not a model")
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "cut":
        path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(WeightsError, match=sentence) as refusal:
        estimate(path, picture_with_dot(300, 190), BOX)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_without_rtmlib_the_line_that_adds_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rtmlib", None)
    with pytest.raises(SettingsError, match=r"rtmlib is not installed.*pip install --no-deps rtmlib"):
        estimator(model_that_finds_red(tmp_path / "red.onnx"))


def test_missing_weights_name_the_places_and_both_ways_out(tmp_path: Path) -> None:
    place = tmp_path / "weights" / "nowhere.onnx"
    with pytest.raises(WeightsError, match=r"nowhere\.onnx is not on this machine .*openpose-json") as refusal:
        RtmwKeypoints(PerceptionSettings(keypoint_weights="nowhere.onnx"), place.parent)
    assert f"get it as {place}, or set" in str(refusal.value)


def test_missing_weights_of_the_catalog_are_got_with_a_command(tmp_path: Path) -> None:
    sentence = missing_pose_weights(PerceptionSettings(), tmp_path / "weights")
    assert f"get it with `telltale models get rtmw-l --workspace {tmp_path}`, or set" in sentence


def test_the_weights_of_the_catalog_are_those_that_rtmlib_takes() -> None:
    from rtmlib import Wholebody

    (file,) = model_named("rtmw-l").files
    assert Wholebody.MODE["performance"]["pose"].endswith(f"/{file.path}")


@pytest.mark.parametrize("place", ["workspace", "weights", "current folder", "rtmlib's cache"])
def test_weights_are_found_where_they_may_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.chdir(tmp_path)
    folder = {
        "workspace": tmp_path / "workspace",
        "weights": tmp_path / "workspace" / "weights",
        "current folder": tmp_path,
        "rtmlib's cache": tmp_path / "torch" / "hub" / "checkpoints",
    }[place]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pose.onnx").touch()
    settings = PerceptionSettings(keypoint_weights="pose.onnx")
    assert find_pose_weights(settings, tmp_path / "workspace" / "weights") == folder / "pose.onnx"


def test_the_cache_is_where_rtmlib_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rtmlib.tools.file import _get_rtmhub_dir

    monkeypatch.delenv("TORCH_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = Path(_get_rtmhub_dir()) / "checkpoints"
    folder.mkdir(parents=True)
    (folder / "pose.onnx").touch()
    settings = PerceptionSettings(keypoint_weights="pose.onnx")
    assert find_pose_weights(settings, tmp_path / "weights") == folder / "pose.onnx"


def test_other_weights_make_another_producer(tmp_path: Path) -> None:
    one = estimator(model_that_finds_red(tmp_path / "one.onnx")).producer
    same = estimator(model_that_finds_red(tmp_path / "same.onnx")).producer
    other = estimator(detector(tmp_path / "other.onnx")).producer
    assert one == same
    assert one != other


def test_a_device_that_onnx_runtime_does_not_have_is_refused(tmp_path: Path) -> None:
    from onnxruntime import get_available_providers

    named = {"cuda:0": "CUDAExecutionProvider", "mps": "CoreMLExecutionProvider"}
    absent = next(name for name, provider in named.items() if provider not in get_available_providers())
    part = estimator(model_that_finds_red(tmp_path / "pose.onnx"), device=absent)
    with pytest.raises(SettingsError, match=r"no \w+ExecutionProvider for the key points"):
        part.estimate(picture_with_dot(300, 190), np.array(BOX, dtype=np.float32))

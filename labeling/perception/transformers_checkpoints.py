"""Finding and loading transformers checkpoints. Finding imports no model's library, as the web process uses it."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import WeightsError
from labeling.weights.catalog import get_line

if TYPE_CHECKING:
    import torch

_WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin")


def places_of_checkpoint(name: str, weights_dir: Path) -> tuple[Path, ...]:
    """Folders searched before the hub's cache: as given, and in the workspace's `weights/`."""
    given = Path(name).expanduser()
    if given.is_absolute():
        return (given,)
    return (weights_dir.parent / given, Path.cwd() / given, weights_dir / given, weights_dir / given.name)


def find_checkpoint(name: str, weights_dir: Path) -> Path | None:
    """The folder with `config.json` and weights of `name` (on the hub, or a folder); None if there is none."""
    for place in places_of_checkpoint(name, weights_dir):
        if _is_checkpoint(place):
            return place.resolve()
    if Path(name).is_absolute():
        return None
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        config = try_to_load_from_cache(name, "config.json")
    except HFValidationError:
        return None  # not a valid name on the hub
    folder = Path(config).parent if isinstance(config, str) else None
    return folder if folder is not None and _is_checkpoint(folder) else None


def missing_checkpoint(setting: str, name: str, weights_dir: Path, built_in: str) -> str:
    """One sentence: what is missing, where it was looked for, and two ways to solve it."""
    looked = ", ".join(str(place) for place in places_of_checkpoint(name, weights_dir))
    get = f"get it with `{line_to_get_checkpoint(f'{setting}_model', name, weights_dir)}`"
    if Path(name).is_absolute():
        get = "put its config.json and model.safetensors there"
    else:
        looked += " and in the Hugging Face cache"
    return (
        f"The checkpoint {name} (perception.{setting}_model) is not on this machine (looked at {looked}); {get}, "
        f"or set perception.{setting} = {built_in}."
    )


def line_to_get_checkpoint(setting: str, name: str, weights_dir: Path) -> str:
    """The command that fetches a checkpoint of the hub, of the catalog or not."""
    return get_line(setting, name, weights_dir) or f"hf download {name} --local-dir {weights_dir / Path(name).name}"


def digest_of_checkpoint(folder: Path) -> str:
    """Hex SHA-256 of a checkpoint's configuration, weights and tokenizer: all files except pictures and notes."""
    whole = hashlib.sha256()
    for path in sorted(folder.glob("*")):
        if path.is_file() and path.suffix in {".json", ".safetensors", ".bin", ".txt", ".model"}:
            whole.update(path.name.encode())
            with path.open("rb") as file:
                whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()


def load_model(folder: Path, device: "torch.device", dtype: "torch.dtype", **options: Any) -> Any:
    """The checkpoint's bare model (AutoModel) for inference, with fused attention.

    Weights are safetensors, or a pickle read with `weights_only`; a checkpoint's own code is never run. Raises WeightsError,
    one sentence naming the folder.
    """
    from transformers import AutoModel
    from transformers.utils import logging

    from labeling.perception.device import loading_alone

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with loading_alone():
            model = AutoModel.from_pretrained(
                str(folder),
                local_files_only=True,
                trust_remote_code=False,
                weights_only=True,
                dtype=dtype,
                attn_implementation="sdpa",
                **options,
            )
    except Exception as error:  # the library raises many types; each means that the checkpoint cannot be used
        raise WeightsError(unusable_checkpoint(folder, error)) from error
    return model.to(device).eval()


def unusable_checkpoint(folder: Path, error: Exception) -> str:
    """One sentence from the library's error, which has many lines."""
    first = str(error).strip().splitlines()
    return f"The checkpoint {folder} cannot be loaded ({first[0] if first else type(error).__name__})."


def _is_checkpoint(folder: Path) -> bool:
    return (folder / "config.json").is_file() and any((folder / name).is_file() for name in _WEIGHTS)

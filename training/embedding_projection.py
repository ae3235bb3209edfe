"""A two-dimensional map of the clips: one feature vector per clip, projected by scikit-learn and stored in a file.

Clips that are near each other have similar features; distances between far points and the axes mean nothing (t-SNE,
van der Maaten and Hinton, JMLR 2008). The file names clips, producer and method, so a page only reads it. Free of
torch.
"""

import hashlib
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from core.durable_files import replacing
from core.errors import FeatureError, InputError, TrainingError
from core.feature_store import FeatureStore
from core.json_files import read_json
from core.pose.keypoints import KeypointTrack
from core.progress import Progress
from core.types.clips import Split
from core.types.features import FeatureKind, Producer
from core.workspace import Workspace
from db import clips, features
from db.engine import Database
from training.data.pose_input import pose_input

MOST_POINTS = 3_000  # more points make the browser slow and cannot be told apart
KINDS = (FeatureKind.IMAGE, FeatureKind.KEYPOINTS, FeatureKind.TEXT)
_COMPONENTS = 30  # principal components that t-SNE is given; more make it slow
_LEAST_FOR_TSNE = 12
_LEAST = 3
_SEED = 0

Matrix = npt.NDArray[np.float64]


class EmbeddingMap(BaseModel):
    """The map: position (x, y) of each clip. `of` training clips have features of this producer; at most MOST_POINTS
    are shown.

    `files` is the number of feature files of the kind when the map was made, so that a page can tell when it is out
    of date.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: FeatureKind
    producer: str
    method: str
    input_digest: str
    made_at: datetime
    of: int
    files: int
    clip_ids: tuple[int, ...]
    x: tuple[float, ...]
    y: tuple[float, ...]
    left_out: tuple[str, ...] = ()


def map_path(workspace: Workspace, kind: FeatureKind) -> Path:
    """The file of the map of a kind, made or not."""
    return workspace.root / "maps" / f"{kind.value}.json"


def read_map(workspace: Workspace, kind: FeatureKind) -> EmbeddingMap | None:
    """The map of a kind, or None if none was made. Raises InputError for a damaged file."""
    path = map_path(workspace, kind)
    if not path.exists():
        return None
    found = read_json(path, EmbeddingMap, raises=InputError, remedy="make the map anew")
    if not len(found.clip_ids) == len(found.x) == len(found.y):
        raise InputError(f"The map {path} cannot be read: its columns are of different lengths; make the map anew.")
    return found


def make_map(workspace: Workspace, database: Database, kind: FeatureKind, progress: Progress) -> EmbeddingMap:
    """Makes and stores the map of the training clips that have features of a kind; an unchanged input keeps the old
    positions.

    With several producers, the one with most clips is used. Raises TrainingError where fewer than three clips have
    features.
    """
    if kind not in KINDS:
        raise InputError(f"There is no map of {kind} features, only of {', '.join(KINDS)}.")
    with database.read() as connection:
        files = sum(features.producers(connection, kind).values())
        training = set(clips.all_ids(connection, Split.TRAIN))
        made_by = {one: by for one, by in features.made_by(connection, kind).items() if one in training}
    producer, found = _most_used(made_by)
    if len(found) < _LEAST:
        raise TrainingError(f"A map needs {_LEAST} clips with {kind} features and there are {len(found)}.")
    shown = sampled(found)
    store, rows, kept, left_out = FeatureStore(workspace.features_dir), [], [], []
    for number, clip_id in enumerate(shown):
        progress.raise_if_cancelled()
        progress.report(0.7 * number / len(shown), f"reading {kind} features")
        try:
            vector = clip_vector(store, clip_id, kind)
        except FeatureError as error:
            left_out.append(str(error))
            continue
        if vector is not None:
            rows.append(vector)
            kept.append(clip_id)
    if len(rows) < _LEAST:
        raise TrainingError(f"A map needs {_LEAST} clips whose {kind} features can be read and there are {len(rows)}.")
    matrix = np.stack(rows)
    digest = _digest(kept, matrix, producer)
    old = _map_before(workspace, kind)
    if old is None or old.input_digest != digest:
        progress.report(0.7, f"projecting {len(rows):,} clips")
        places, method = projected(matrix)
    else:
        places, method = np.column_stack([old.x, old.y]), old.method
    made = EmbeddingMap(
        kind=kind,
        producer=producer.name,
        method=method,
        input_digest=digest,
        made_at=datetime.now(UTC),
        of=len(found),
        files=files,
        clip_ids=tuple(kept),
        x=tuple(np.round(places[:, 0], 4).tolist()),
        y=tuple(np.round(places[:, 1], 4).tolist()),
        left_out=tuple(left_out),
    )
    with replacing(map_path(workspace, kind)) as fresh:
        fresh.write_text(made.model_dump_json(), encoding="utf-8")
    return made


def _map_before(workspace: Workspace, kind: FeatureKind) -> EmbeddingMap | None:
    try:
        return read_map(workspace, kind)
    except InputError:
        return None  # damaged; the new map replaces it


def sampled(clip_ids: list[int], most: int = MOST_POINTS) -> list[int]:
    """At most `most` of the clips, ascending, by a fixed random draw: the same clips give the same sample."""
    if len(clip_ids) <= most:
        return sorted(clip_ids)
    drawn = np.random.default_rng(_SEED).choice(np.sort(clip_ids), size=most, replace=False)
    return sorted(int(one) for one in drawn)


def clip_vector(store: FeatureStore, clip_id: int, kind: FeatureKind) -> Matrix | None:
    """(D,) the vector of a clip: the mean over frames or sentences; for key points, mean and standard deviation of x
    and y.

    None where there is nothing to average (no frame with a person, no sentence).
    """
    with store.open(clip_id, kind) as file:
        if kind is not FeatureKind.KEYPOINTS:
            rows = file.read("features", 2).astype(np.float64)
            return rows.mean(axis=0) if len(rows) else None
        pose = pose_input(KeypointTrack(file.read("points", 3), file.read("time_s", 1)))
    seen = pose.mask[..., None] & np.ones(2, dtype=bool)
    number = seen.sum(axis=0)
    if not number.any():
        return None
    places = np.where(seen, pose.channels[..., :2].astype(np.float64), 0.0)
    mean = places.sum(axis=0) / np.maximum(number, 1)
    spread = np.sqrt(np.where(seen, (places - mean) ** 2, 0.0).sum(axis=0) / np.maximum(number, 1))
    return np.concatenate([mean.ravel(), spread.ravel()])


def projected(matrix: Matrix) -> tuple[Matrix, str]:
    """(N, 2) positions of N vectors (N, D), and the method in words: t-SNE on principal components; for few clips
    these alone.
    """
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    spread = matrix.std(axis=0)
    # Leaves out constant columns: dividing by their tiny standard deviation would turn rounding errors into signal.
    usable = spread > 1e-9 * max(1.0, float(np.abs(matrix).max()))
    standard = (matrix[:, usable] - matrix[:, usable].mean(axis=0)) / spread[usable]
    if not usable.any():
        return np.zeros((len(matrix), 2)), "all clips are alike"
    width = min(_COMPONENTS, *standard.shape)
    components = PCA(n_components=width, random_state=_SEED).fit_transform(standard)
    if len(matrix) < _LEAST_FOR_TSNE or width < 2:
        return np.pad(components, ((0, 0), (0, 1)))[:, :2], "principal components"
    perplexity = min(30.0, (len(matrix) - 1) / 3)
    places = TSNE(perplexity=perplexity, init="pca", random_state=_SEED, n_jobs=1).fit_transform(components)
    return np.asarray(places, dtype=np.float64), f"t-SNE, perplexity {perplexity:.0f}, of {width} principal components"


def _most_used(made_by: dict[int, Producer]) -> tuple[Producer, list[int]]:
    counted = Counter(made_by.values()).most_common(1)
    if not counted:
        return Producer("nobody", "0", ""), []
    producer = counted[0][0]
    return producer, [clip_id for clip_id, by in made_by.items() if by == producer]


def _digest(clip_ids: list[int], matrix: Matrix, producer: Producer) -> str:
    digest = hashlib.sha256(repr((clip_ids, producer, matrix.shape)).encode())
    digest.update(np.ascontiguousarray(matrix).tobytes())
    return digest.hexdigest()

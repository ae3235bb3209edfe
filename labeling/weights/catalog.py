"""The models that perception can use beyond its built-in backends, as data.

Sizes and digests are those of the files at their publishers. A digest stands here only where several unrelated people
published the same one; a file without is said to be unchecked. Revisions of the hub are pinned, so that a changed file
upstream is noticed and not taken.
"""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.errors import NotFoundError

_ROUGH_MATTERS = 2**20  # bytes; a smaller file of unknown length changes no figure that is shown
Publisher = Literal["hugging_face", "ultralytics", "openmmlab"]


@dataclass(frozen=True, slots=True)
class Member:
    """The only file that is wanted of a .zip: the end of its name in there, its bytes and hex SHA-256."""

    name: str
    size: int
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """One file of a model.

    `name` is its place below the workspace's `weights/`, `path` that below the publisher's base address. `size` is what is
    sent, in bytes; `exact` is False where it is known only roughly. `sha256` is of what is sent. With `member`, a .zip is
    sent, and `name` is what that file of it becomes.
    """

    name: str
    path: str
    size: int
    sha256: str | None = None
    exact: bool = True
    member: Member | None = None

    @property
    def size_on_disk(self) -> int:
        return self.size if self.member is None else self.member.size

    @property
    def digest_on_disk(self) -> str | None:
        return self.sha256 if self.member is None else self.member.sha256


@dataclass(frozen=True, slots=True)
class License:
    """`name` as SPDX or the publisher writes it, what it asks of a user in a sentence, and where its text is."""

    name: str
    asks: str
    text_at: str


@dataclass(frozen=True, slots=True)
class Model:
    """One entry. `setting` of `[perception]` is set to `value` by whoever wants to use it; `package` must be installed.

    `gated`: the publisher hands it out only to accounts that have accepted its terms on `page`.
    """

    name: str
    stage: Literal["person", "image", "key points", "text"]
    title: str
    publisher: Publisher
    page: str
    license: License
    files: tuple[WeightsFile, ...]
    setting: str
    value: str
    package: str
    gated: bool = False
    recommended: bool = False

    @property
    def size(self) -> int:
        """Bytes to fetch."""
        return sum(file.size for file in self.files)

    @property
    def size_said(self) -> str:
        """The size for people: "114.6 MB", or "about 340 MB" where the publisher's is not known."""
        exact = all(file.exact for file in self.files if file.size > _ROUGH_MATTERS)
        return megabytes(self.size) if exact else f"about {self.size / 1e6:.0f} MB"

    @property
    def use_line(self) -> str:
        """The setting that makes perception use it."""
        return f'perception.{self.setting} = "{self.value}"'

    @property
    def needs(self) -> str:
        """What it needs beside its files, in words."""
        return f"package {self.package}" + ("; a Hugging Face account that may have it" if self.gated else "")


_AGPL = License(
    "AGPL-3.0",
    "Free to use and share; a program built on it that others use, also over a network, must be offered with its source. "
    "Ultralytics sells another license for that.",
    "https://www.gnu.org/licenses/agpl-3.0.html",
)
_APACHE = License(
    "Apache-2.0",
    "Free to use, change and share, with its notices kept.",
    "https://www.apache.org/licenses/LICENSE-2.0",
)
_DINOV3 = License(
    "DINOv3 License",
    "Meta's own terms: research and commercial use are allowed, military and some other uses are not, copies carry the "
    "license, and publications name DINOv3.",
    "https://ai.meta.com/resources/models-and-libraries/dinov3-license",
)


def _yolo(name: str, title: str, release: str, file: WeightsFile, *, recommended: bool = False) -> Model:
    return Model(
        name=name,
        stage="person",
        title=title,
        publisher="ultralytics",
        page=f"https://github.com/ultralytics/assets/releases/tag/{release}",
        license=_AGPL,
        files=(file,),
        setting="person_weights",
        value=f"{name}.pt",
        package="ultralytics",
        recommended=recommended,
    )


def _rtmw(name: str, title: str, file: WeightsFile, *, recommended: bool = False) -> Model:
    return Model(
        name=name,
        stage="key points",
        title=title,
        publisher="openmmlab",
        page="https://github.com/open-mmlab/mmpose/tree/main/projects/rtmpose",
        license=_APACHE,
        files=(file,),
        setting="keypoint_weights",
        value=f"{name}.onnx",
        package="rtmlib",
        recommended=recommended,
    )


def _of_hub(
    folder: str, repository: str, revision: str, *files: tuple[str, int, str | None]
) -> tuple[WeightsFile, ...]:
    """Files (name, bytes, digest) of a repository of the hub at a revision, to lie in `folder`."""
    return tuple(
        WeightsFile(
            f"{folder}/{name}", f"{repository}/resolve/{revision}/{name}", size, sha256, exact=sha256 is not None
        )
        for name, size, sha256 in files
    )


CATALOG: tuple[Model, ...] = (
    _yolo(
        "yolo11x",
        "YOLO11x, the detector of the paper",
        "v8.3.0",
        WeightsFile(
            "yolo11x.pt",
            "v8.3.0/yolo11x.pt",
            114_636_239,
            "7bc158aa95c0ebfdd87f70f01653c1131b93e92522dbe15c228bcd742e773a24",
        ),
        recommended=True,
    ),
    _yolo(
        "yolo11n",
        "YOLO11n, small and quick on a CPU",
        "v8.3.0",
        WeightsFile(
            "yolo11n.pt",
            "v8.3.0/yolo11n.pt",
            5_613_764,
            "0ebbc80d4a7680d14987a577cd21342b65ecfd94632bd9a8da63ae6417644ee1",
        ),
    ),
    _yolo(
        "yolo26x",
        "YOLO26x, newer, without non-maximum suppression",
        "v8.4.0",
        WeightsFile(
            "yolo26x.pt",
            "v8.4.0/yolo26x.pt",
            118_500_000,
            "9fdd44a31c504547ffb81d2c6d9e6dac3493c8eaa8b0398d3f43bae6c7003e92",
            exact=False,
        ),
    ),
    Model(
        name="dinov2-base",
        stage="image",
        title="DINOv2-Base, the image features of the paper",
        publisher="hugging_face",
        page="https://huggingface.co/facebook/dinov2-base",
        license=_APACHE,
        files=_of_hub(
            "dinov2-base",
            "facebook/dinov2-base",
            "f9e44c814b77203eaa57a6bdbbd535f21ede1415",
            ("config.json", 548, "f7ff4cfa73d2f70647dbf6950541ad25d73082d54c2e7e9bded160c7656b2a70"),
            ("preprocessor_config.json", 436, "14e780d86fa1861f8751f868d7f45425b5feb55c38ca26f152ca5097ab30f828"),
            ("model.safetensors", 346_345_912, "d73036b56966966d07975d696bde331762f37297e2f095de8cea0040c3aa0841"),
        ),
        setting="image_model",
        value="facebook/dinov2-base",
        package="transformers",
        recommended=True,
    ),
    Model(
        name="dinov3-vitb16",
        stage="image",
        title="DINOv3 ViT-B/16, newer image features",
        publisher="hugging_face",
        page="https://huggingface.co/facebook/dinov3-vitb16-pretrain-lvd1689m",
        license=_DINOV3,
        files=_of_hub(
            "dinov3-vitb16-pretrain-lvd1689m",
            "facebook/dinov3-vitb16-pretrain-lvd1689m",
            "5931719e67bbdb9737e363e781fb0c67687896bc",
            ("config.json", 1_000, None),
            ("preprocessor_config.json", 600, None),
            ("model.safetensors", 342_662_192, "9a21ac3df0c63839d62612dda6f454d816c25611cc7a52966ed5a5a94921dc8b"),
        ),
        setting="image_model",
        value="facebook/dinov3-vitb16-pretrain-lvd1689m",
        package="transformers",
        gated=True,
    ),
    _rtmw(
        "rtmw-l",
        "RTMW-l at 384 x 288, what rtmlib calls performance",
        WeightsFile(
            "rtmw-l.onnx",
            "rtmw/onnx_sdk/rtmw-dw-x-l_simcc-cocktail14_270e-384x288_20231122.zip",
            213_433_855,
            "a87e1af41a0a067776dba7d46e1c21c8f6e9f18e247e0e606718dd1f31e96ffd",
            member=Member(
                "end2end.onnx", 229_320_930, "bd033156e5104c4f5d2edfe0453e02661e30a2f3da453ec93c8764d561b83054"
            ),
        ),
        recommended=True,
    ),
    _rtmw(
        "rtmw-x",
        "RTMW-x at 384 x 288, larger and slower",
        WeightsFile(
            "rtmw-x.onnx",
            "rtmw/onnx_sdk/rtmw-x_simcc-cocktail13_pt-ucoco_270e-384x288-0949e3a9_20230925.zip",
            340_000_000,
            exact=False,
            member=Member("end2end.onnx", 370_000_000),
        ),
    ),
    Model(
        name="bert-base-uncased",
        stage="text",
        title="BERT base, the text features of the paper",
        publisher="hugging_face",
        page="https://huggingface.co/google-bert/bert-base-uncased",
        license=_APACHE,
        files=_of_hub(
            "bert-base-uncased",
            "google-bert/bert-base-uncased",
            "86b5e0934494bd15c9632b12f734a8a67f723594",
            ("config.json", 570, "7160e1553ad2ca51d8c1cb066be533db31826e12d173824c1bb0cb1a4f187d20"),
            ("tokenizer_config.json", 48, "a025160ef0431f1a392f6f050c1310f4c5d9fb6f275932dbccba73c4d214bf10"),
            ("tokenizer.json", 466_062, "ce64fce797c24f68df90b40a3f74f579b336a493db14bd583fd520ea0d8c9a98"),
            ("vocab.txt", 231_508, "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
            ("model.safetensors", 440_449_768, "68d45e234eb4a928074dfd868cead0219ab85354cc53d20e772753c6bb9169d3"),
        ),
        setting="text_model",
        value="bert-base-uncased",
        package="transformers",
        recommended=True,
    ),
)


def megabytes(size: float) -> str:
    """A number of bytes for people: "548 bytes", "231 kB", "114.6 MB"."""
    if size < 1000:
        return f"{size:.0f} bytes"
    if size < 1e6:
        return f"{size / 1e3:.0f} kB"
    return f"{size / 1e6:.1f} MB" if size < 1e9 else f"{size / 1e9:.2f} GB"


def all_models() -> tuple[Model, ...]:
    """The whole catalog, in the order in which it is shown."""
    return CATALOG


def model_named(name: str) -> Model:
    """The entry of that name. Raises NotFoundError with the names there are."""
    for model in all_models():
        if model.name == name:
            return model
    raise NotFoundError(
        f"There is no model {name!r} in the catalog; it has {', '.join(one.name for one in all_models())}."
    )


def model_of_setting(setting: str, value: str) -> Model | None:
    """The entry that the value of a setting of `[perception]` means; None for a file of one's own."""
    return next((model for model in all_models() if (model.setting, model.value) == (setting, value)), None)


def get_line(setting: str, value: str, weights_dir: Path) -> str | None:
    """The command that fetches what a setting of `[perception]` names; None for a file of one's own."""
    model = model_of_setting(setting, value)
    if model is None:
        return None
    return f"telltale models get {model.name} --workspace {shlex.quote(str(weights_dir.parent))}"

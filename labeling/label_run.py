"""A labeling run: asks a labeler about the training clips that it has not answered. Test clips are never labeled."""

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from core.errors import FeatureError, InputError, JobCancelledError, LabelingError, SettingsError
from core.progress import Progress
from core.types.clips import Clip, Split
from core.types.features import FeatureKind
from core.types.pseudo_labels import LabelerAnswer
from core.types.transcript import TranscriptSegment
from core.workspace import Workspace
from db import clips, cues, features, pseudo_labels, transcripts
from db.engine import Database
from labeling.interfaces import ClipEvidence, LabelerBackend
from labeling.rules.answer_check import check_answer
from labeling.rules.base_rates import BaseRates, base_rates
from labeling.rules.cue_labeler import CueLabeler
from labeling.vlm.labeler_factory import LABELERS as MODELS
from labeling.vlm.labeler_factory import check_budget, open_labeler
from labeling.vlm.limits import BudgetGuard, BudgetReachedError, RateLimiter
from labeling.vlm.providers.interface import FailureKind, ModelError

LABELERS = ("cues", "simulated", *MODELS)
_POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class LabelReport:
    """`labeled`: names of the clips answered now; `already`: number answered before; `failed`: one sentence each.

    `left`: number of clips left because of the limit or budget; `stopped`: a sentence why, unless it was the limit.
    `cost_usd`: cost of this run.
    """

    labeled: tuple[str, ...]
    already: int
    failed: tuple[str, ...]
    left: int
    stopped: str = ""
    cost_usd: float = 0.0


def label_clips(
    workspace: Workspace,
    database: Database,
    labeler_name: str,
    progress: Progress,
    limit: int | None = None,
    *,
    clip_ids: list[int] | None = None,
    budget_usd: float | None = None,
    ask_again: bool = False,
) -> LabelReport:
    """Labels clips, checks their claims against the measured cues, and stores each in one transaction, so that runs resume.

    `limit`: most clips to ask about. `clip_ids`: only these; raises InputError if one is in the test split.
    `budget_usd`: no request is sent that could exceed it. `ask_again`: a stored answer that cannot be used is paid for again,
    instead of failing its clip. A clip without a usable answer is recorded as a failure and asked
    about again in the next run. Raises SettingsError for an unknown labeler, a missing key, or a budget for a model without a
    price; ConsentError; LabelingError if the server refuses every request.
    """
    if labeler_name not in LABELERS:
        raise SettingsError(f"There is no labeler called {labeler_name!r}; there are {', '.join(LABELERS)}.")
    if labeler_name in MODELS:
        check_budget(workspace, labeler_name, budget_usd)
    limiter, budget = RateLimiter(), BudgetGuard(budget_usd)
    with _opened(workspace, database, labeler_name, limiter, budget, ask_again=ask_again) as backend:
        return _Labeling(workspace, database, backend, progress, limiter, budget).run(limit, clip_ids)


@dataclass(slots=True)
class _Labeling:
    """One run of one labeler over the clips that it has not answered."""

    workspace: Workspace
    database: Database
    backend: LabelerBackend
    progress: Progress
    limiter: RateLimiter
    budget: BudgetGuard
    labeled: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    stopped: str = ""

    def run(self, limit: int | None, clip_ids: list[int] | None) -> LabelReport:
        with self.database.read() as connection:
            training = clips.all_ids(connection, split=Split.TRAIN)
            done = pseudo_labels.done_keys(connection, self.backend.labeler, self.backend.settings_digest)
            if clip_ids is not None:
                _refuse_test_split(self.database, set(clip_ids) - set(training))
                training = [clip_id for clip_id in training if clip_id in set(clip_ids)]
        missing = [clip_id for clip_id in training if clip_id not in done]
        asked = missing if limit is None else missing[:limit]
        self._ask_all(asked)
        settled = len(self.labeled) + len(self.failed)
        self.progress.report(1.0, f"{len(self.labeled)} clips labeled, {len(self.failed)} without a usable answer")
        return LabelReport(
            labeled=tuple(self.labeled),
            already=len(training) - len(missing),
            failed=tuple(self.failed),
            left=len(missing) - settled,
            stopped=self.stopped,
            cost_usd=self.budget.spent_usd,
        )

    def _ask_all(self, asked: Sequence[int]) -> None:
        """Asks about several clips at a time; this thread stores the answers. After a stop, no new clip is begun."""
        waiting = iter(asked)
        under_way: dict[Future[LabelerAnswer], Clip] = {}
        with ThreadPoolExecutor(self.backend.concurrency, thread_name_prefix="label") as pool:
            try:
                while True:
                    self.progress.raise_if_cancelled()
                    while not self.stopped and len(under_way) < self.backend.concurrency:
                        clip_id = next(waiting, None)
                        if clip_id is None:
                            break
                        with self.database.read() as connection:
                            clip = clips.get(connection, clip_id)
                        under_way[pool.submit(self._answer, clip)] = clip
                        self._report(len(asked), clip)
                    if not under_way:
                        return
                    finished, _ = wait(under_way, timeout=_POLL_S, return_when=FIRST_COMPLETED)
                    for future in finished:
                        clip = under_way.pop(future)
                        self._settle(clip, future)
                        self._report(len(asked), clip)
            except BaseException:
                self.limiter.stop()  # ends all waits; a request under way is completed, as it is paid for
                raise

    def _report(self, asked: int, clip: Clip) -> None:
        settled = len(self.labeled) + len(self.failed)
        spent = f", {self.budget.spent_usd:.4f} USD" if self.budget.spent_usd else ""
        self.progress.report(settled / max(1, asked), f"{self.backend.labeler.name}: {clip.name}{spent}")

    def _settle(self, clip: Clip, future: "Future[LabelerAnswer]") -> None:
        labeler, digest = self.backend.labeler, self.backend.settings_digest
        try:
            answer = future.result()
        except BudgetReachedError as error:
            self.stopped = self.stopped or str(error)
        except JobCancelledError:
            self.stopped = self.stopped or "It was stopped."
        except (LabelingError, InputError, FeatureError) as error:
            sentence = f"{clip.name}: {error}" if clip.name not in str(error) else str(error)
            with self.database.write() as connection:
                pseudo_labels.fail(connection, clip.id, labeler, digest, sentence)
            self.failed.append(sentence)
            if isinstance(error, ModelError) and error.kind is FailureKind.REFUSED:
                raise  # every other clip would fail in the same way
        else:
            with self.database.write() as connection:
                pseudo_labels.store(connection, clip.id, labeler, digest, answer)
            self.labeled.append(clip.name)

    def _why_unmeasured(self, name: str, *, has_keypoints: bool) -> str:
        if has_keypoints or self.workspace.settings.perception.keypoints == "rtmw":
            return f"{name} has no measured cues; run `telltale perceive` first."
        return (
            f"{name} has no key points to measure cues on; import them with --openpose, or set perception.keypoints = "
            "rtmw."
        )

    def _answer(self, clip: Clip) -> LabelerAnswer:
        with self.database.read() as connection:
            measured = cues.of_clip(connection, clip.id)
            words = transcripts.of_clip(connection, clip.id)
            has_keypoints = FeatureKind.KEYPOINTS in features.of_clip(connection, clip.id)
        if measured is None:
            raise LabelingError(self._why_unmeasured(clip.name, has_keypoints=has_keypoints))
        if not words and clip.transcript:
            # A transcript stored before schema 0002 has no segments.
            words = (TranscriptSegment(clip.transcript, None, None),)
        known = ClipEvidence(replace(clip, gold_label=None), measured, words)
        settings = self.workspace.settings
        return check_answer(self.backend.label(known, settings.taxonomy), known, settings.labeling.min_confidence)


@contextmanager
def _opened(
    workspace: Workspace, database: Database, name: str, limiter: RateLimiter, budget: BudgetGuard, *, ask_again: bool
) -> Iterator[LabelerBackend]:
    if name == "cues":
        yield CueLabeler(workspace.settings.taxonomy, _base_rates(database))
    elif name == "simulated":
        from labeling.simulated_labeler import SimulatedBackend  # imported here, as only cohorts need the simulation

        with database.read() as connection:
            truths = clips.simulated_truths(connection)
        asked = workspace.settings.labeling
        yield SimulatedBackend(truths, asked.simulated, evidence=asked.evidence)
    else:
        with open_labeler(
            workspace,
            database,
            name,
            base_rates=_base_rates(database),
            limiter=limiter,
            budget=budget,
            ask_again=ask_again,
        ) as backend:
            yield backend


def _base_rates(database: Database) -> BaseRates:
    with database.read() as connection:
        training = clips.all_ids(connection, split=Split.TRAIN)
    return base_rates(measured for _, measured in cues.each(database, training))


def _refuse_test_split(database: Database, others: set[int]) -> None:
    with database.read() as connection:
        for clip_id in sorted(others):
            clip = clips.get(connection, clip_id)
            raise InputError(f"{clip.name} belongs to the test split, which no labeler may see.")

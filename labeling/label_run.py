"""A labeling run: asks a labeler about the training clips that it has not answered. Test clips are never labeled."""

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from core.errors import FeatureError, InputError, JobCancelledError, LabelingError, SettingsError
from core.progress import Progress
from core.run_owner import RunOwner, run_owner
from core.types.clips import Clip, Split
from core.types.features import FeatureKind
from core.types.pseudo_labels import LabelerAnswer
from core.types.transcript import TranscriptSegment
from core.workspace import Workspace
from db import clips, cues, features, labeling_claims, provider_uploads, pseudo_labels, transcripts
from db.answered_clips import Interviewee, answered_clips, interviewee_of
from db.engine import Database
from labeling.interfaces import ClipEvidence, LabelerBackend
from labeling.perception.automatic_choice import estimates_keypoints
from labeling.rules.answer_check import check_answer
from labeling.rules.base_rates import BaseRates, base_rates
from labeling.rules.cue_labeler import CueLabeler
from labeling.vlm.labeler_factory import LABELERS as MODELS
from labeling.vlm.labeler_factory import check_budget, open_labeler
from labeling.vlm.limits import BudgetGuard, BudgetReachedError, RateLimiter
from labeling.vlm.providers.interface import FailureKind, ModelError

LABELERS = ("cues", "simulated", *MODELS)
_POLL_S = 0.5

_Answer = tuple[LabelerAnswer, Interviewee]


@dataclass(frozen=True, slots=True)
class LabelReport:
    """`labeled`: names of the clips answered now; `already`: number answered before; `failed`: one sentence each.

    `left`: number of clips left because of the limit or budget, or because another run is labeling them (`elsewhere`).
    `stopped`: a sentence why, unless it was the limit. `other_person`: number of clips left out because they were answered
    when another person was their interviewee. `cost_usd`: cost of this run. `unanswered`: requests of this run, or of one
    that was killed, that were sent and not answered, and `unanswered_usd` what they cost at most. `uploads_left`: number
    of videos that the server may still hold.
    """

    labeled: tuple[str, ...]
    already: int
    failed: tuple[str, ...]
    left: int
    stopped: str = ""
    cost_usd: float = 0.0
    elsewhere: int = 0
    other_person: int = 0
    unanswered: int = 0
    unanswered_usd: float = 0.0
    uploads_left: int = 0


def refuse_unknown(labeler_name: str) -> None:
    """Raises SettingsError where no labeler has this name."""
    if labeler_name not in LABELERS:
        raise SettingsError(f"There is no labeler called {labeler_name!r}; there are {', '.join(LABELERS)}.")


def label_clips(
    workspace: Workspace,
    database: Database,
    labeler_name: str,
    progress: Progress,
    limit: int | None = None,
    *,
    clip_ids: list[int] | None = None,
    budget_usd: float | None = None,
    other_person: bool = False,
    ask_again: bool = False,
) -> LabelReport:
    """Labels clips, checks their claims against the measured cues, and stores each in one transaction, so that runs resume.

    Several runs at a time share the work: a clip is claimed before it is asked about. `limit`: most clips to ask about.
    `clip_ids`: only these; raises InputError if one is in the test split. `budget_usd`: no request is sent that could
    exceed it. `other_person`: ask again about clips that were answered when another person was their interviewee; the
    built-in labelers, which cost nothing, always do. `ask_again`: a stored answer that cannot be used is paid for
    again, instead of failing its clip. A clip without a usable answer is recorded as a failure and asked
    about again in the next run. Raises SettingsError for an unknown labeler, a missing key, or a budget for a model
    without a price; ConsentError; LabelingError if the server refuses every request.
    """
    refuse_unknown(labeler_name)
    if labeler_name in MODELS:
        check_budget(workspace, labeler_name, budget_usd)
    limiter, budget = RateLimiter(), BudgetGuard(budget_usd)
    with run_owner() as owner:
        with _opened(
            workspace, database, labeler_name, limiter=limiter, budget=budget, owner=owner, ask_again=ask_again
        ) as backend:
            paid = labeler_name in MODELS
            labeling = _Labeling(workspace, database, backend, progress, limiter, budget, owner, claims=paid)
            report = labeling.run(limit, clip_ids, again=other_person or not paid)
        with database.read() as connection:
            uploads = provider_uploads.leftover(connection, labeler_name, owner)
    return replace(report, uploads_left=len(uploads))


@dataclass(slots=True)
class _Labeling:
    """One run of one labeler over the clips that it has not answered.

    `claims`: claim each clip before it is asked about, because asking is paid for. Other labelers do without, which halves
    what is written; of two answers the first is stored.
    """

    workspace: Workspace
    database: Database
    backend: LabelerBackend
    progress: Progress
    limiter: RateLimiter
    budget: BudgetGuard
    owner: RunOwner
    claims: bool
    labeled: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    elsewhere: list[int] = field(default_factory=list)
    stopped: str = ""

    def run(self, limit: int | None, clip_ids: list[int] | None, *, again: bool) -> LabelReport:
        with self.database.read() as connection:
            training = clips.all_ids(connection, split=Split.TRAIN)
            answered = answered_clips(connection, self.backend.labeler, self.backend.equal_digests)
        if clip_ids is not None:
            _refuse_test_split(self.database, set(clip_ids) - set(training))
            training = [clip_id for clip_id in training if clip_id in set(clip_ids)]
        left_out = frozenset() if again else answered.other_person
        missing = [clip_id for clip_id in training if clip_id not in answered.done | left_out]
        self._ask_all(missing, len(missing) if limit is None else min(limit, len(missing)))
        by_others = self._answered_by_others()
        settled = len(self.labeled) + len(self.failed)
        self.progress.report(1.0, f"{len(self.labeled)} clips labeled, {len(self.failed)} without a usable answer")
        unanswered = self.budget.unanswered
        return LabelReport(
            labeled=tuple(self.labeled),
            already=len(answered.done.intersection(training)) + by_others,
            failed=tuple(self.failed),
            left=len(missing) - settled - by_others,
            stopped=self.stopped,
            cost_usd=self.budget.spent_usd,
            elsewhere=len(self.elsewhere) - by_others,
            other_person=len(left_out.intersection(training)),
            unanswered=len(unanswered),
            unanswered_usd=sum(unanswered),
        )

    def _ask_all(self, missing: Sequence[int], most: int) -> None:
        """Asks about several clips at a time; this thread stores the answers. After a stop, no new clip is begun."""
        waiting = iter(missing)
        begun = 0
        under_way: dict[Future[_Answer], Clip] = {}
        with ThreadPoolExecutor(self.backend.concurrency, thread_name_prefix="label") as pool:
            try:
                while True:
                    self.progress.raise_if_cancelled()
                    while not self.stopped and begun < most and len(under_way) < self.backend.concurrency:
                        clip = self._claimed(waiting)
                        if clip is None:
                            break
                        begun += 1
                        under_way[pool.submit(self._answer, clip)] = clip
                        self._report(most, clip)
                    if not under_way:
                        return
                    finished, _ = wait(under_way, timeout=_POLL_S, return_when=FIRST_COMPLETED)
                    for future in finished:
                        clip = under_way.pop(future)
                        self._settle(clip, future)
                        self._report(most, clip)
            except BaseException:
                self.limiter.stop()  # ends all waits; a request under way is completed, as it is paid for
                raise

    def _claimed(self, waiting: Iterator[int]) -> Clip | None:
        """The next clip that no other run has answered or is labeling, claimed for this one."""
        for clip_id in waiting:
            if not self.claims:
                with self.database.read() as connection:
                    return clips.get(connection, clip_id)
            with self.database.write() as connection:
                answered = answered_clips(connection, self.backend.labeler, self.backend.equal_digests, clip_id)
                if clip_id not in answered.done:
                    holder = labeling_claims.claim(connection, clip_id, self._work, self.owner)
                    if holder is None:
                        return clips.get(connection, clip_id)
            self.elsewhere.append(clip_id)
        return None

    @property
    def _work(self) -> str:
        return labeling_claims.work_of(self.backend.labeler, self.backend.settings_digest)

    def _answered_by_others(self) -> int:
        """Number of the clips that other runs were labeling and have answered since."""
        if not self.elsewhere:
            return 0
        with self.database.read() as connection:
            answered = answered_clips(connection, self.backend.labeler, self.backend.equal_digests)
        return len(answered.done.intersection(self.elsewhere))

    def _report(self, asked: int, clip: Clip) -> None:
        settled = len(self.labeled) + len(self.failed)
        spent = f", {self.budget.spent_usd:.4f} USD" if self.budget.spent_usd else ""
        self.progress.report(settled / max(1, asked), f"{self.backend.labeler.name}: {clip.name}{spent}")

    def _settle(self, clip: Clip, future: "Future[_Answer]") -> None:
        try:
            answer, interviewee = future.result()
            self._store(clip, answer, interviewee)
        except BudgetReachedError as error:
            self.stopped = self.stopped or str(error)
            self._give_back(clip)
        except JobCancelledError:
            self.stopped = self.stopped or "It was stopped."
            self._give_back(clip)
        except (LabelingError, InputError, FeatureError) as error:
            sentence = f"{clip.name}: {error}" if clip.name not in str(error) else str(error)
            with self.database.write() as connection:
                pseudo_labels.fail(connection, clip.id, self.backend.labeler, self.backend.settings_digest, sentence)
                labeling_claims.release(connection, clip.id, self._work, self.owner)
            self.failed.append(sentence)
            if isinstance(error, ModelError) and error.kind is FailureKind.REFUSED:
                raise  # every other clip would fail in the same way

    def _store(self, clip: Clip, answer: LabelerAnswer, interviewee: Interviewee) -> None:
        """Stores the answer and gives the clip back, in one transaction. Raises LabelingError if it is of another person."""
        with self.database.write() as connection:
            if interviewee_of(connection, clip.id) != interviewee:
                raise LabelingError(f"{clip.name}: another person was chosen or boxed while it was being labeled.")
            labeling_claims.release(connection, clip.id, self._work, self.owner)
            if clip.id in answered_clips(connection, self.backend.labeler, self.backend.equal_digests, clip.id).done:
                self.elsewhere.append(clip.id)  # another run was faster
                return
            key = interviewee.key(self.backend.settings_digest)
            pseudo_labels.store(connection, clip.id, self.backend.labeler, key, answer)
        self.labeled.append(clip.name)

    def _give_back(self, clip: Clip) -> None:
        with self.database.write() as connection:
            labeling_claims.release(connection, clip.id, self._work, self.owner)

    def _why_unmeasured(self, clip: Clip, *, has_keypoints: bool) -> str:
        settings, weights_dir = self.workspace.settings.perception, self.workspace.weights_dir
        has_video = clip.video_path is not None
        if has_keypoints or (has_video and estimates_keypoints(settings, weights_dir)):
            return f"{clip.name} has no measured cues; run `telltale perceive` first."
        nothing = f"{clip.name} has no key points to measure cues on"
        if has_video and settings.keypoints == "auto":
            return f"{nothing}; import them with --openpose, or install MediaPipe with the line that `telltale doctor` prints."
        return f"{nothing}; import them with --openpose{', or set perception.keypoints = auto' if has_video else ''}."

    def _answer(self, clip: Clip) -> _Answer:
        with self.database.read() as connection:
            interviewee = interviewee_of(connection, clip.id)
            measured = cues.of_clip(connection, clip.id)
            words = transcripts.of_clip(connection, clip.id)
            has_keypoints = FeatureKind.KEYPOINTS in features.of_clip(connection, clip.id)
        if interviewee.stale:
            raise LabelingError(
                f"{clip.name}: another interviewee was chosen since its boxes and cues were made; run `telltale perceive`."
            )
        if measured is None:
            raise LabelingError(self._why_unmeasured(clip, has_keypoints=has_keypoints))
        if not words and clip.transcript:
            # A transcript stored before schema 0002 has no segments.
            words = (TranscriptSegment(clip.transcript, None, None),)
        known = ClipEvidence(replace(clip, gold_label=None), measured, words)
        settings = self.workspace.settings
        answer = self.backend.label(known, settings.taxonomy)
        return check_answer(answer, known, settings.labeling.min_confidence), interviewee


@contextmanager
def _opened(
    workspace: Workspace,
    database: Database,
    name: str,
    *,
    limiter: RateLimiter,
    budget: BudgetGuard,
    owner: RunOwner,
    ask_again: bool,
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
        rates = _base_rates(database)
        with open_labeler(
            workspace,
            database,
            name,
            base_rates=rates,
            limiter=limiter,
            budget=budget,
            owner=owner,
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

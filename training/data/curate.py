"""Makes an immutable training set from the current labels. Free of torch, because the Train page shows the plan.

The weight of a row says how much its label is trusted: 1 for adjudicated, human and gold labels; less for a bulk
accept; for a pseudo-label the rule's weight times the labeler's confidence, which is calibrated where there are
enough blind judgments. Only clips of the train split are included.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from core.errors import CurationError
from core.settings.loader import Settings
from core.types.clips import Clip, ClipState, CurrentLabel, LabelSource, Split
from core.types.decisions import DecisionKind
from core.types.features import FeatureKind, Producer
from core.types.runs import CuratedRow, CuratedSet
from db import clips, cues, curated_sets, features, judgments, pseudo_labels
from db.engine import Database
from db.pseudo_labels import PseudoLabelSummary
from training.data.dataset_spec import KIND_OF
from training.data.labeler_calibration import blind_evidence
from training.data.splits import listed, shared_subjects, unknown_labels
from training.evaluation.calibration import Calibration, fit_calibration

NO_LABEL = "no label yet"
CALLED_UNCLEAR = "called unclear"


class Rule(BaseModel):
    """Which labels are included, and with which weight. Stored with the set and part of its digest."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True)

    sources: tuple[LabelSource, ...] = Field(tuple(LabelSource), min_length=1)
    pseudo_weight: float | None = Field(
        None, ge=0, le=1, description="Weight of a pseudo-label at confidence 1; None takes the settings'."
    )
    agreement_filter: bool = Field(
        True,
        description="Only pseudo-labels whose two passes agree, whose confidence is enough, and of which a kept claim is left "
        "that the key points do not contradict; the others go to review first.",
    )
    include_excluded: bool = Field(
        False,
        validation_alias=AliasChoices("include_excluded", "let_in_held_back"),  # sets and jobs from before version 0.2
        description="Also pseudo-labels that the leak alarm excludes.",
    )
    calibrate: bool = Field(
        True, description="Weigh by the calibrated confidence where there are enough blind human judgments."
    )
    min_confidence: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Pseudo-labels below it stay out; None takes labeling.min_confidence with the agreement filter, else 0.",
    )
    passes_agree: bool = Field(False, description="Only pseudo-labels that reflection did not change.")
    min_kept_claims: int = Field(0, ge=0, description="Pseudo-labels with fewer claims kept by reflection stay out.")
    labeler: str | None = Field(
        None, description="Pseudo-labels of the labeler of this name; else of the one that counts."
    )
    soft_targets: bool = Field(
        True, description="Where people differ and nobody has settled it, each of their labels is taught by its share."
    )
    bulk_accept_weight: float = Field(
        0.7, ge=0, le=1, description="Weight of a label that was only accepted in bulk, unviewed."
    )


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A labeled clip of the train split that is not included, and the reason."""

    clip_id: int
    reason: str
    reveals_label: bool = False  # the reason gives away a pseudo-label or a person's answer


@dataclass(frozen=True, slots=True)
class Plan:
    """The rows that would be included. A set with any `problems` (sentences of the leak check) is refused."""

    rows: tuple[CuratedRow, ...]
    left_out: tuple[LeftOut, ...]
    problems: tuple[str, ...]
    calibrations: tuple[Calibration, ...] = ()
    """One for each version of a labeler whose pseudo-labels are included."""

    @property
    def by_subject(self) -> Mapping[int, int]:
        """Number of rows by subject id."""
        return Counter(row.subject_id for row in self.rows)

    @property
    def by_reason(self) -> Mapping[str, int]:
        """Number of clips left out, by reason."""
        return Counter(left.reason for left in self.left_out)


def plan(database: Database, settings: Settings, rule: Rule) -> Plan:
    """Applies the rule and checks for leaks; stores nothing and raises nothing for a leak."""
    rule = settled(rule, settings)
    calibrations = blind_evidence(database).calibrations() if rule.calibrate else {}
    with database.read() as connection:  # closed before the loop, so that it does not delay a decision being saved
        candidates = clips.many(connection, clips.all_ids(connection, split=Split.TRAIN))
        labels = clips.labels(connection, [clip.id for clip in candidates])
        judged = judgments.all(connection)
        weak = [clip_id for clip_id, label in labels.items() if label.source is LabelSource.PSEUDO]
        if rule.labeler is not None:  # a labeler that does not count may have answered more clips
            weak += [clip.id for clip in candidates if clip.state is ClipState.IMPORTED and clip.id not in labels]
        responses = pseudo_labels.summaries_of(connection, weak, rule.labeler)
        labels |= {
            clip_id: CurrentLabel(clip_id, one.label, LabelSource.PSEUDO, conflict=False)
            for clip_id, one in responses.items()
            if clip_id not in labels
        }
        tested = clips.many(connection, clips.all_ids(connection, split=Split.TEST))
    looked = [one for one in judged if one.kind is not DecisionKind.BULK_ACCEPT]
    viewed = {(one.clip_id, one.label) for one in looked}
    soft_labels = _soft_labels([one for one in looked if one.label in settings.taxonomy]) if rule.soft_targets else {}
    of_clip = {
        one.clip_id: calibrations.get(one.labeler_id) or fit_calibration(one.labeler_name, ())
        for one in responses.values()
    }
    used: dict[str, Calibration] = {}
    rows: list[CuratedRow] = []
    left_out: list[LeftOut] = []
    for clip in candidates:
        label = labels.get(clip.id)
        if label is None:
            unclear = clip.state is ClipState.UNCLEAR
            left_out.append(
                LeftOut(clip.id, CALLED_UNCLEAR, reveals_label=True) if unclear else LeftOut(clip.id, NO_LABEL)
            )
            continue
        if clip.frame_count > settings.training.max_frames:
            left_out.append(LeftOut(clip.id, f"longer than training.max_frames ({settings.training.max_frames})"))
            continue
        pseudo = responses.get(clip.id)
        in_bulk = label.source is LabelSource.HUMAN and (clip.id, label.label) not in viewed
        calibration = of_clip.get(clip.id)
        row = _row(clip, label, pseudo=pseudo, in_bulk=in_bulk, rule=rule, calibration=calibration)
        if isinstance(row, LeftOut):
            left_out.append(row)
            continue
        if row.source is LabelSource.HUMAN and row.clip_id in soft_labels:
            row = replace(row, soft_labels=soft_labels[row.clip_id])
        rows.append(row)
        if calibration is not None and row.source is LabelSource.PSEUDO:
            used[calibration.labeler_name] = calibration
    problems = [
        *_empty(rows),
        *unknown_labels((row.label for row in rows), settings.taxonomy.names),
        *_missing_labels(rows, settings),
        *shared_subjects(rows, candidates, tested),
        *_mixed_producers(_producers(database, rows), settings),
        *_mixed_cues(database, rows, settings),
    ]
    return Plan(tuple(rows), tuple(left_out), tuple(problems), tuple(used[name] for name in sorted(used)))


def curate(database: Database, settings: Settings, name: str, rule: Rule) -> CuratedSet:
    """Stores the rows of the rule as an immutable set under a new name.

    Raises CurationError, with the first problem found, where the set is empty, has an unknown label, lacks a label
    of the taxonomy, shares a subject with the test split, or mixes features or cues of two producers.
    """
    planned = plan(database, settings, rule)
    if planned.problems:
        raise CurationError(planned.problems[0])
    rule = settled(rule, settings)
    with database.write() as connection:
        return curated_sets.store(connection, name, rule.model_dump(mode="json"), planned.rows)


def settled(rule: Rule, settings: Settings) -> Rule:
    """The rule with its None values replaced by those of the settings, so that a stored rule is complete."""
    weight = settings.training.pseudo_weight if rule.pseudo_weight is None else rule.pseudo_weight
    least = rule.min_confidence
    if least is None:
        least = settings.labeling.min_confidence if rule.agreement_filter else 0.0
    return rule.model_copy(update={"pseudo_weight": weight, "min_confidence": least})


def _row(
    clip: Clip,
    label: CurrentLabel,
    *,
    pseudo: PseudoLabelSummary | None,
    in_bulk: bool,
    rule: Rule,
    calibration: Calibration | None,
) -> CuratedRow | LeftOut:
    if label.source not in rule.sources:
        return LeftOut(clip.id, f"the rule leaves out {label.source.value} labels")
    if label.source is not LabelSource.PSEUDO:
        weight = rule.bulk_accept_weight if in_bulk else 1.0
        name = label.label
    elif clip.state is ClipState.UNCLEAR:
        return LeftOut(clip.id, CALLED_UNCLEAR, reveals_label=True)
    elif pseudo is None:
        return LeftOut(clip.id, f"no pseudo-label of the labeler {rule.labeler!r}")
    else:
        reason = refused(pseudo, rule)
        if reason:
            return LeftOut(clip.id, reason, reveals_label=True)
        confidence = pseudo.confidence
        weight = (rule.pseudo_weight or 0.0) * (calibration.apply(confidence) if calibration else confidence)
        name = pseudo.label
    if weight <= 0:
        return LeftOut(clip.id, "weight 0")
    return CuratedRow(clip.id, clip.subject_id, name, label.source, weight)


def _soft_labels(looked: Sequence[judgments.Judgment]) -> Mapping[int, tuple[tuple[str, float], ...]]:
    """By clip id, the share of each label among the reviewers' newest answers; only for clips on which they differ."""
    newest: dict[int, dict[int, str]] = {}
    for one in looked:
        if one.label is not None:
            newest.setdefault(one.clip_id, {})[one.reviewer_id] = one.label
    counts = {clip_id: Counter(labels.values()) for clip_id, labels in newest.items()}
    return {
        clip_id: tuple((label, n / of_it.total()) for label, n in sorted(of_it.items()))
        for clip_id, of_it in counts.items()
        if len(of_it) > 1
    }


def refused(response: PseudoLabelSummary, rule: Rule) -> str:
    """The reason why the rule excludes a pseudo-label, or "" where it includes it. The rule must be `settled`."""
    if response.exclusion_reason and not rule.include_excluded:
        return "excluded by the leak alarm"
    if (rule.agreement_filter or rule.passes_agree) and response.first_label != response.label:
        return "reflection changed the pseudo-label"
    if rule.min_confidence and response.confidence < rule.min_confidence:
        return f"pseudo-label below the confidence {rule.min_confidence:g}"
    if rule.agreement_filter and response.leak:
        return "its reasoning leans on what is no evidence"
    if rule.agreement_filter and response.contradicted_claims == response.kept_claims:
        return "no claim is left that the key points do not contradict"
    if response.kept_claims < rule.min_kept_claims:
        return f"fewer than {rule.min_kept_claims} claims kept"
    return ""


def _producers(database: Database, rows: Sequence[CuratedRow]) -> Mapping[FeatureKind, Counter[Producer]]:
    """The producers of the rows' features by kind, for kinds with several producers in the workspace."""
    found: dict[FeatureKind, Counter[Producer]] = {}
    with database.read() as connection:
        for kind in KIND_OF.values():
            if len(features.producers(connection, kind)) > 1:
                made_by = features.made_by(connection, kind)
                found[kind] = Counter(made_by[row.clip_id] for row in rows if row.clip_id in made_by)
    return found


def _mixed_cues(database: Database, rows: Sequence[CuratedRow], settings: Settings) -> list[str]:
    with database.read() as connection:
        made_by = cues.provenance(connection) if settings.training.uses_cues else {}
    counts = Counter(made_by[row.clip_id][0] for row in rows if row.clip_id in made_by)
    if len(counts) < 2:
        return []
    who = listed([f"{maker.name} {maker.version}, {n} clips" for maker, n in counts.most_common()])
    return [f"The cues were measured by {len(counts)} versions: {who}; run `telltale perceive` for all clips."]


def _empty(rows: Sequence[CuratedRow]) -> list[str]:
    return [] if rows else ["No clip of the train split has a label that this rule lets in."]


def _missing_labels(rows: Sequence[CuratedRow], settings: Settings) -> list[str]:
    missing = [name for name in settings.taxonomy.names if all(row.label != name for row in rows)]
    if not rows or not missing:
        return []
    named = listed([settings.taxonomy.quoted(name) for name in missing])
    return [f"No clip in the set is labeled {named}; there is nothing to tell apart."]


def _mixed_producers(producers: Mapping[FeatureKind, Counter[Producer]], settings: Settings) -> list[str]:
    sentences = []
    for modality in settings.training.modalities:
        counts = producers.get(KIND_OF[modality], Counter())
        if len(counts) > 1:
            who = listed(
                [
                    f"{maker.name} {maker.version} ({maker.settings_digest[:8]}), {n} clips"
                    for maker, n in counts.most_common()
                ]
            )
            sentences.append(
                f"The {modality} features come from {len(counts)} producers: {who}; run `telltale perceive` for all clips."
            )
    return sentences

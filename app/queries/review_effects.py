"""What a change of [review] does to the clips that are there, in sentences shown before it is made."""

from collections.abc import Mapping
from typing import Any

from app.opened_workspace import OpenedWorkspace
from app.queries.counted import counted
from core.settings.review import ReviewSettings
from core.types.decisions import ReviewMode
from db import judgments, reliability_sample

_MEASURED_ON = {
    ReviewMode.BLIND: "The agreement between people is measured on clips that several have judged.",
    ReviewMode.ASSISTED: "In assisted mode only those of the reliability sample, which is judged blind, give the reported "
    "agreement.",
}


def effects(opened: OpenedWorkspace, changes: Mapping[str, Any]) -> list[str]:
    """A sentence for each thing that the changes, values by key of [review], do."""
    now = opened.workspace.settings.review
    then = ReviewSettings.model_validate({**now.model_dump(), **changes})
    told = []
    if then.mode is not now.mode:
        told.append(_of_mode(opened, then.mode))
    if then.judgments_per_clip != now.judgments_per_clip:
        told.append(_of_judgments(opened, now.judgments_per_clip, then.judgments_per_clip, then.mode))
    if then.reliability_fraction != now.reliability_fraction:
        told.append(_of_sample(opened, now.reliability_fraction, then.reliability_fraction))
    if (then.repeat_share, then.repeat_after_days) != (now.repeat_share, now.repeat_after_days):
        told.append(
            f"Of the clips judged blind, {_share(then.repeat_share)} come back to their reviewer after "
            f"{then.repeat_after_days:g} days, those judged before today too. Second judgments that were made stay."
        )
    if then.lease_minutes != now.lease_minutes:
        told.append(
            f"A clip stays out of the others' queues for {then.lease_minutes:g} minutes after it was opened; a page of Review "
            "that is open now renews at its old pace until it is reloaded."
        )
    return told


def _of_mode(opened: OpenedWorkspace, then: ReviewMode) -> str:
    with opened.database.read() as connection:
        judged = judgments.clips_by_mode(connection)
    so_far = " and ".join(f"{_clips(n)} {mode}" for mode, n in sorted(judged.items())) or "no clip"
    return (
        f"The next clip that somebody opens is judged {then}. Judged so far: {so_far}; a clip that a reviewer judged or began "
        "in one mode stays in it for them. The reliability sample stays blind."
    )


def _of_judgments(opened: OpenedWorkspace, now: int, then: int, mode: ReviewMode) -> str:
    with opened.database.read() as connection:
        judged = judgments.clips_by_judges(connection)
    moved = sum(n for judges, n in judged.items() if min(now, then) <= judges < max(now, then))
    if not moved:
        return f"A clip stays in the queues until {counted(then, 'person has', 'people have')} judged it. No clip moves by this."
    if then > now:
        come = "comes" if moved == 1 else "come"
        return (
            f"{_clips(moved)} judged by fewer than {then} {come} back to the others' queues until {then} have judged each. "
            f"{_MEASURED_ON[mode]}"
        )
    return f"{_clips(moved)} {'leaves' if moved == 1 else 'leave'} the queues, as {then} had judged each. Every judgment stays."


def _of_sample(opened: OpenedWorkspace, now: float, then: float) -> str:
    with opened.database.read() as connection:
        strata = reliability_sample.strata(connection)
    found = reliability_sample.together(strata)
    has = f"The sample has {found.drawn} of {_clips(found.clips)}"
    whole = (
        "The share is of the train split's clips of each gold label, and of those without one, each rounded to whole clips, so "
        "that few clips come out below or above it."
    )
    if then < now:
        return (
            f"{has}, and keeps them: a clip that was judged as one of the sample never leaves it. Of clips imported from now on, "
            f"{_share(then)} are drawn. {whole}"
        )
    drawn = sum(one.lacking(then) for one in strata.values())
    short = max(0, round(found.clips * then) - found.drawn - drawn)
    lacks = (
        f" {_clips(short)} fewer than the share: the rest was judged, shown or is open, and a clip is drawn only while nobody "
        "knows anything of it."
        if short > len(strata)
        else ""
    )
    return (
        f"{has}; {_clips(drawn)} more {'is' if drawn == 1 else 'are'} drawn at random among the {found.free} that nobody has "
        f"judged, been shown or has open.{lacks} Of clips imported from now on, {_share(then)} are drawn. {whole}"
    )


def _clips(n: int) -> str:
    return counted(n, "clip", "clips")


def _share(fraction: float) -> str:
    return f"{100 * fraction:.3g} %"

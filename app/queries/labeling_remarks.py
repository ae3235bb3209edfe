"""What a labeling run has to say besides its counts, for the terminal and the Pseudo-labels page."""

from collections.abc import Mapping
from typing import Any

from app.queries.counted import counted


def remarks(result: Mapping[str, Any]) -> list[str]:
    """One sentence for each thing to know of a run's result; results of earlier versions have none of them."""
    sentences = []
    if count := result.get("unanswered", 0):
        requests = counted(count, "request was", "requests were")
        sentences.append(
            f"{requests} sent and not answered; if the server charges for that, "
            f"it is {result['unanswered_usd']:.4f} USD at most."
        )
    if count := result.get("elsewhere", 0):
        sentences.append(
            f"{counted(count, 'clip is', 'clips are')} of these left, because another run is labeling {_them(count)}."
        )
    if count := result.get("other_person", 0):
        sentences.append(
            f"{counted(count, 'clip is', 'clips are')} left out: labeled when another person was the interviewee. To ask again, "
            "use --other-person or the switch on the Pseudo-labels page."
        )
    if count := result.get("uploads_left", 0):
        videos = counted(count, "video", "videos")
        sentences.append(
            f"{videos} could not be deleted from the server yet; the next run tries again, and so does "
            "telltale check --repair. Google deletes uploads after 48 hours."
        )
    return sentences


def _them(count: int) -> str:
    return "it" if count == 1 else "them"

"""Claiming a request before it is sent, and keeping what comes of it, so that no request is paid for twice.

A request is on record before it is sent, its response lies in a file before anybody reads it, and its answer is in the
database before anything is cleaned up. Of two runs that need the same request, one sends it and the other waits for it.
"""

import logging
from dataclasses import dataclass, field

from core.run_owner import RunOwner
from core.types.pseudo_labels import ModelCall
from db import model_calls, provider_uploads, sent_requests
from db.engine import Database
from db.provider_uploads import Upload
from db.sent_requests import NewSent, Outcome
from labeling.vlm.limits import BudgetGuard, RateLimiter
from labeling.vlm.providers.interface import ModelError, RawResponse, VisionModel
from labeling.vlm.response_files import ResponseFiles

_LOOK_S = 0.3
_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class SentOnce:
    """The Delivery of a request that this run has claimed. `received`: the response that had reached an earlier run."""

    desk: "SendingDesk"
    sent_id: int
    clip_id: int
    worst_usd: float
    received: RawResponse | None = None
    answered: bool = False
    left: bool = False
    uploads: list[Upload] = field(default_factory=list)

    def upload_begins(self, name: str) -> None:
        """See Delivery."""
        upload = Upload(self.clip_id, self.desk.labeler, self.desk.receiver, name)
        with self.desk.database.write() as connection:
            provider_uploads.record(connection, upload, self.desk.owner)
        self.uploads.append(upload)

    def leaves(self) -> None:
        """See Delivery."""
        self.left = True

    def never_left(self) -> None:
        """See Delivery."""
        self.left = False

    def keep(self, response: RawResponse) -> None:
        """See Delivery."""
        self.answered = True
        try:
            self.desk.files.keep(self.sent_id, response)
        except OSError as error:
            # The answer goes into the database next, from memory.
            _LOG.warning("A response could not be written to %s: %s.", self.desk.files.folder, error.strerror)

    @property
    def outcome(self) -> Outcome:
        """How the request ended."""
        if self.answered or self.received is not None:
            return Outcome.RECEIVED
        return Outcome.UNANSWERED if self.left else Outcome.NOT_SENT


@dataclass(frozen=True, slots=True)
class SendingDesk:
    """Where the requests of one run are claimed and closed. `receiver`: the server's name. Thread-safe."""

    database: Database
    files: ResponseFiles
    owner: RunOwner
    labeler: str
    receiver: str
    limiter: RateLimiter
    budget: BudgetGuard

    def open(self) -> None:
        """Settles what earlier runs left: requests without an answer count against this run's budget."""
        with self.database.write() as connection:
            lost = [one for one in sent_requests.abandoned(connection, self.labeler) if not self.files.find(one.id)]
            for request in lost:
                sent_requests.close(connection, request.id, Outcome.UNANSWERED)
        for request in lost:
            self.budget.count_unanswered(request.worst_usd)
        with self.database.read() as connection:
            self.files.discard_where(lambda sent_id: sent_requests.is_closed(connection, sent_id))

    def claim(self, sent: NewSent, unusable: ModelCall | None = None) -> SentOnce | ModelCall:
        """Claims the request before it is sent; the stored answer, if it has one by now other than `unusable`.

        Waits while another run has it under way. Raises JobCancelledError.
        """
        while True:
            with self.database.write() as connection:
                known = model_calls.answered(connection, sent.request_digest)
                if known is not None and known != unusable:
                    return known
                other = sent_requests.under_way(connection, sent.request_digest)
                received = None if other is None or other.at_work else self.files.find(other.id)
                if other is not None and received is not None:
                    sent_requests.take_over(connection, other.id, self.owner)
                    return SentOnce(self, other.id, sent.clip_id, other.worst_usd, received)
                if other is None or not other.at_work:
                    if other is not None:
                        sent_requests.close(connection, other.id, Outcome.UNANSWERED)
                        self.budget.count_unanswered(other.worst_usd)
                    sent_id = sent_requests.add(connection, sent, self.owner)
                    return SentOnce(self, sent_id, sent.clip_id, sent.worst_usd)
            self.limiter.wait(_LOOK_S)

    def close(self, delivery: SentOnce, call: ModelCall) -> None:
        """Stores the call and ends the claim, in one transaction."""
        with self.database.write() as connection:
            model_calls.record(connection, call)
            sent_requests.close(connection, delivery.sent_id, delivery.outcome)
        self.files.discard(delivery.sent_id)

    def withdraw(self, delivery: SentOnce) -> None:
        """Ends the claim of a request that was given up before it was sent."""
        with self.database.write() as connection:
            sent_requests.close(connection, delivery.sent_id, delivery.outcome)

    def delete_uploads(self, delivery: SentOnce, model: VisionModel) -> None:
        """Deletes what the request uploaded. What cannot be deleted now stays on record, for a later run."""
        for upload in delivery.uploads:
            delete_upload(self.database, model, upload)


def delete_upload(database: Database, model: VisionModel, upload: Upload) -> bool:
    """Deletes a video from the server and records it; False, with the reason on record, if that is not possible now."""
    try:
        model.delete_upload(upload.name)
    except ModelError as error:
        with database.write() as connection:
            provider_uploads.failed(connection, upload, str(error))
        return False
    with database.write() as connection:
        provider_uploads.deleted(connection, upload)
    return True

"""Creating a labeler from the settings: its identity (without network access), and the labeler itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core.errors import SettingsError
from core.run_owner import RunOwner
from core.types.pseudo_labels import Labeler
from core.workspace import Workspace
from db import prompts as kept_prompts
from db.engine import Database
from db.labeling_claims import work_of
from labeling.rules.base_rates import BaseRates
from labeling.settings_digest import normalized, settings_digest, spellings
from labeling.vlm.deliveries import SendingDesk
from labeling.vlm.labeler import VlmLabeler
from labeling.vlm.leftover_uploads import delete_at_the_end
from labeling.vlm.limits import BudgetGuard, RateLimiter
from labeling.vlm.prompting.prompt_files import load_prompts
from labeling.vlm.prompting.questions import Questions, Watching
from labeling.vlm.providers.opening import open_model
from labeling.vlm.providers.prices import FREE, Price, load_prices
from labeling.vlm.providers.token_counts import model_id, model_settings, most_output_tokens
from labeling.vlm.requests import Limits, RequestCache
from labeling.vlm.response_files import ResponseFiles
from labeling.vlm.sending_consent import receiver_of, require_consent

LABELERS = ("gemini", "openai")
_FLOATS = ("temperature", "frames_per_s", "segment_s", "overlap_s")  # settings that may be whole numbers


@dataclass(frozen=True, slots=True)
class Identity:
    """A labeler with its prompts and settings; with a clip id, the key by which a resumed run skips answered clips.

    `equal_digests`: the digest, and those that earlier versions gave equal settings.
    """

    labeler: Labeler
    settings_digest: str
    equal_digests: frozenset[str]
    questions: Questions

    @property
    def work(self) -> str:
        """What a run with this identity does to a clip, for its claim."""
        return work_of(self.labeler, self.settings_digest)


def identity(workspace: Workspace, name: str) -> Identity:
    """The identity of `gemini` or `openai` by the workspace's settings. Imports no SDK. Raises SettingsError."""
    settings = workspace.settings.labeling
    prompts = load_prompts(workspace.root, evidence=settings.evidence)
    questions = Questions(workspace, prompts, Watching.of(settings, name))
    of_model, of_questions = model_settings(settings, name), questions.settings
    digest = settings_digest(normalized({"model": of_model, **of_questions}))
    equal = frozenset(
        settings_digest({"model": model, **asked})
        for model in spellings(of_model, _FLOATS)
        for asked in spellings(of_questions, _FLOATS)
    )
    labeler = Labeler(name, model_id(settings, name), prompts.version, prompts.digest)
    return Identity(labeler, digest, equal, questions)


@contextmanager
def open_labeler(
    workspace: Workspace,
    database: Database,
    name: str,
    *,
    base_rates: BaseRates,
    limiter: RateLimiter,
    budget: BudgetGuard,
    owner: RunOwner,
    ask_again: bool = False,
) -> Iterator[VlmLabeler]:
    """Yields the labeler; after the block, what was uploaded is deleted and connections are closed.

    Raises SettingsError without a key, ConsentError.
    """
    settings = workspace.settings.labeling
    who = identity(workspace, name)
    require_consent(database, settings, name)
    receiver = receiver_of(settings, name)
    files = ResponseFiles(workspace.responses_dir)
    desk = SendingDesk(database, files, owner, labeler=name, receiver=receiver, limiter=limiter, budget=budget)
    model = open_model(workspace, name, limiter)
    try:
        desk.open()
        with database.write() as connection:
            kept_prompts.keep(
                connection, who.labeler.prompt_digest, who.labeler.prompt_version, who.questions.prompts.text
            )
        limits = Limits(settings.attempts, settings.longest_wait_s, most_output_tokens(settings, name))
        price = price_of(workspace, name) or FREE
        requests = RequestCache(database, model, name, limits, price, desk=desk, ask_again=ask_again)
        yield VlmLabeler(
            who.questions,
            requests,
            base_rates,
            labeler=who.labeler,
            settings_digest=who.settings_digest,
            equal_digests=who.equal_digests,
            concurrency=settings.concurrency,
        )
    finally:
        try:
            delete_at_the_end(database, model, name, receiver, owner)
        finally:
            model.close()


def price_of(workspace: Workspace, name: str) -> Price | None:
    """The price of the labeler's model: 0 on one's own server, None if the price file does not list it."""
    settings = workspace.settings.labeling
    listed = load_prices(workspace.root).of(model_id(settings, name))
    return listed or (FREE if name == "openai" else None)


def check_budget(workspace: Workspace, name: str, budget_usd: float | None) -> None:
    """Raises SettingsError if there is a budget and the price is unknown."""
    if budget_usd is not None and price_of(workspace, name) is None:
        path = load_prices(workspace.root).path
        raise SettingsError(
            f"A budget cannot be kept: {path} has no price for {model_id(workspace.settings.labeling, name)}; "
            f"copy it to {workspace.root / 'prices.toml'} and add the model."
        )

"""Creating a labeler from the settings: its identity (without network access), and the labeler itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core.errors import SettingsError
from core.types.pseudo_labels import Labeler
from core.workspace import Workspace
from db import prompts as kept_prompts
from db.engine import Database
from labeling.rules.base_rates import BaseRates
from labeling.settings_digest import settings_digest
from labeling.vlm.labeler import VlmLabeler
from labeling.vlm.limits import BudgetGuard, RateLimiter
from labeling.vlm.prompting.prompt_files import load_prompts
from labeling.vlm.prompting.questions import Questions, Watching
from labeling.vlm.providers.interface import VisionModel
from labeling.vlm.providers.prices import FREE, Price, load_prices
from labeling.vlm.providers.token_counts import model_id, model_settings, most_output_tokens
from labeling.vlm.requests import Limits, RequestCache
from labeling.vlm.sending_consent import require_consent

LABELERS = ("gemini", "openai")


@dataclass(frozen=True, slots=True)
class Identity:
    """A labeler with its prompts and settings; with a clip id, the key by which a resumed run skips answered clips."""

    labeler: Labeler
    settings_digest: str
    questions: Questions


def identity(workspace: Workspace, name: str) -> Identity:
    """The identity of `gemini` or `openai` by the workspace's settings. Imports no SDK. Raises SettingsError."""
    settings = workspace.settings.labeling
    prompts = load_prompts(workspace.root, evidence=settings.evidence)
    questions = Questions(workspace, prompts, Watching.of(settings, name))
    digest = settings_digest({"model": dict(model_settings(settings, name)), **questions.settings})
    labeler = Labeler(name, model_id(settings, name), prompts.version, prompts.digest)
    return Identity(labeler, digest, questions)


@contextmanager
def open_labeler(
    workspace: Workspace,
    database: Database,
    name: str,
    *,
    base_rates: BaseRates,
    limiter: RateLimiter,
    budget: BudgetGuard,
    ask_again: bool = False,
) -> Iterator[VlmLabeler]:
    """Yields the labeler; its connections are closed after the block. Raises SettingsError without a key, ConsentError."""
    settings = workspace.settings.labeling
    who = identity(workspace, name)
    require_consent(database, settings, name)
    model = _model(workspace, name, limiter)
    try:
        with database.write() as connection:
            kept_prompts.keep(
                connection, who.labeler.prompt_digest, who.labeler.prompt_version, who.questions.prompts.text
            )
        limits = Limits(settings.attempts, settings.longest_wait_s, most_output_tokens(settings, name))
        price = price_of(workspace, name) or FREE
        requests = RequestCache(
            database, model, name, limits, price, limiter=limiter, budget=budget, ask_again=ask_again
        )
        yield VlmLabeler(
            who.questions,
            requests,
            base_rates,
            labeler=who.labeler,
            settings_digest=who.settings_digest,
            concurrency=settings.concurrency,
        )
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


def _model(workspace: Workspace, name: str, limiter: RateLimiter) -> VisionModel:
    if name == "openai":
        from labeling.vlm.providers.openai_compatible import OpenAIModel

        return OpenAIModel(workspace.settings.labeling)
    from labeling.vlm.providers.gemini import (
        GeminiModel,  # imported here, as the SDK takes a second to load and estimates do not need it
    )

    return GeminiModel(workspace.settings.labeling, workspace.media_dir / "sending", stopped=limiter.raise_if_stopped)

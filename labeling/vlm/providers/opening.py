"""Opening the model that the settings name."""

from core.workspace import Workspace
from labeling.vlm.limits import RateLimiter
from labeling.vlm.providers.interface import VisionModel


def open_model(workspace: Workspace, name: str, limiter: RateLimiter) -> VisionModel:
    """The model behind `gemini` or `openai`, to be closed by the caller. Raises SettingsError without a key."""
    if name == "openai":
        from labeling.vlm.providers.openai_compatible import OpenAIModel

        return OpenAIModel(workspace.settings.labeling)
    from labeling.vlm.providers.gemini import (
        GeminiModel,  # imported here, as the SDK takes a second to load and estimates do not need it
    )

    return GeminiModel(workspace.settings.labeling, workspace.media_dir / "sending", stopped=limiter.raise_if_stopped)

"""[evaluation]: seeds, the learning curve, and the simulated annotator."""

from pydantic import Field, model_validator

from core.settings.section import Section


class SimulatedHumanSettings(Section):
    """The simulated annotator who decides in the annotation conditions of an evaluation on a simulated cohort."""

    accuracy: float = Field(0.9, ge=0, le=1, description="Share of the clips that the annotator labels correctly.")
    seconds_per_clip: float = Field(
        45, gt=0, description="Seconds that one decision takes; used only to report hours of work."
    )


class EvaluationSettings(Section):
    """`telltale evaluate`: number of seeds, and how many decisions are used."""

    seeds: int = Field(5, ge=1, le=100, description="Number of random seeds, on the same folds.")
    decided_share: float = Field(
        0.2,
        gt=0,
        le=1,
        description="Share of the clips without gold that a person decides in the annotation conditions.",
    )
    curve_shares: tuple[float, ...] = Field(
        (0.1, 0.2, 0.4, 0.7),
        description="Shares of the clips without gold at which the learning curve is measured; none and all of them always are.",
    )
    flat_gain: float = Field(
        0.01,
        ge=0,
        le=1,
        description="The learning curve counts as flat if two steps together gain less than this in balanced accuracy.",
    )
    human: SimulatedHumanSettings = SimulatedHumanSettings()

    @model_validator(mode="after")
    def _shares_rise(self) -> "EvaluationSettings":
        if list(self.curve_shares) != sorted(set(self.curve_shares)) or not all(0 < s < 1 for s in self.curve_shares):
            raise ValueError("curve_shares must rise and lie between 0 and 1")
        return self

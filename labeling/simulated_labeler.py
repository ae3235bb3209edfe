"""Labeler backend of simulated cohorts: it knows the true labels, and errs at known rates (core.simulation.labeler).

It answers only for simulated clips, and all its answers are marked as simulated (`Labeler.simulated`).
"""

from collections.abc import Mapping
from dataclasses import asdict

from core.errors import LabelingError, SettingsError
from core.settings.labeling import SimulatedLabelerSettings
from core.simulation.labeler import LabelerRates, SimulatedLabeler
from core.taxonomy import Taxonomy
from core.types.pseudo_labels import Labeler, LabelerAnswer
from labeling.interfaces import ClipEvidence
from labeling.settings_digest import settings_digest

SEED = 0


class SimulatedBackend:
    """`truths`: clip id to true label. `evidence`: whether reflection gets new evidence.

    Raises SettingsError if the accuracies in the settings contradict each other.
    """

    concurrency = 1

    def __init__(
        self,
        truths: Mapping[int, str],
        settings: SimulatedLabelerSettings,
        *,
        evidence: bool = True,
    ) -> None:
        self._truths = truths
        try:
            rates = LabelerRates(first_right=settings.first_right, right=settings.right)
        except ValueError as error:
            raise SettingsError(f"labeling.simulated: {error}") from error
        rates = rates if evidence else rates.without_evidence()
        self._simulated = SimulatedLabeler(seed=SEED, rates=rates)
        self.settings_digest = settings_digest({"seed": SEED, "rates": asdict(self._simulated.rates)})
        self.equal_digests = frozenset({self.settings_digest})
        self.labeler = Labeler(
            name="simulated",
            model_id="telltale-simulated-labeler",
            prompt_version="1" if evidence else "1, no evidence",
            prompt_digest=self.settings_digest,
            simulated=True,
        )

    def label(self, evidence: ClipEvidence, taxonomy: Taxonomy) -> LabelerAnswer:
        """Labels one simulated clip. Raises LabelingError for a real one."""
        clip = evidence.clip
        if not clip.simulated or clip.id not in self._truths:
            raise LabelingError(
                f"{clip.name} is a real video; the simulated labeler answers for simulated clips alone."
            )
        truth = self._truths[clip.id]
        return self._simulated.answer(truth, evidence.cues, clip.duration_s, taxonomy, clip_name=clip.name)

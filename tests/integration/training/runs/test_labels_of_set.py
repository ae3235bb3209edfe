"""A run is scored against the labels of the day on which its set was made."""

from core.progress import SilentProgress
from core.types.decisions import DecisionKind
from db import reviewers
from tests.integration.training.conftest import Cohort
from tests.integration.training.planted import LABELS, curated_id
from tests.older_versions import decide_unchecked
from training.runs.run import train


def test_a_decision_between_curating_and_training_leaves_the_score_as_it_would_have_been(cohort: Cohort) -> None:
    workspace, database = cohort
    made = curated_id(workspace, database)
    with database.write() as connection:
        ada = reviewers.ensure(connection, "Ada").id
    decide_unchecked(database, 1, ada, DecisionKind.ADJUDICATE, LABELS[1])  # gold says the first label
    run = train(workspace, database, made, SilentProgress())
    assert run.metrics["scored_against"] == {"gold": 24}

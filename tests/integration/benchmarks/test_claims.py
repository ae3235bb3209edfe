"""The bench of the claim check, on a few clips."""

from benchmarks.claims.bench import bench_claims
from core.progress import SilentProgress


def test_the_check_tells_most_true_claims_from_false_ones() -> None:
    rows = {row.what: row.value for row in bench_claims(seed=1, progress=SilentProgress(), clips=8)}
    made = "gestures really made, and as many made up"
    assert rows[f"{made}: true claims"] > 50
    for figure in ("precision", "recall"):
        for verdict in ("supported", "contradicted"):
            assert rows[f"{made}: {figure} of {verdict}"] > 0.9
    assert rows["the simulated labeler's claims: recall of contradicted"] > 0.7

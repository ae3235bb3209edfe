"""The bench of the claim check, on a few clips."""

from benchmarks.claims.bench import bench_claims
from benchmarks.progress import Parts


def test_the_check_tells_most_true_claims_from_false_ones() -> None:
    parts = Parts(print)
    rows = {row.what: row.value for row in bench_claims(seed=1, parts=parts, clips=8)}
    parts.check_all_told()
    made = "gestures really made, and as many made up"
    assert rows[f"{made}: true claims"] > 50
    for figure in ("precision", "recall"):
        for verdict in ("supported", "contradicted"):
            assert rows[f"{made}: {figure} of {verdict}"] > 0.9
    assert rows["the simulated labeler's claims: recall of contradicted"] > 0.7

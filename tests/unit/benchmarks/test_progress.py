"""How a bench says how far it is."""

import threading

import pytest

from benchmarks.progress import Parts, parts_on_stderr


def test_a_part_is_told_with_its_number_and_the_seconds_so_far() -> None:
    told: list[str] = []
    parts = Parts(told.append)
    parts.expect(2)
    parts.begin("writing files")
    parts.begin("reading them")
    assert [line.split("] ")[1] for line in told] == ["part 1 of 2: writing files", "part 2 of 2: reading them"]
    assert all(line.startswith("[") and line.split("]")[0].endswith(" s") for line in told)


def test_a_long_part_is_told_again_with_what_goes_on_in_it() -> None:
    again = threading.Event()

    def tell(line: str) -> None:
        if line.endswith("part 1 of 1: reading (40 %, a zip)"):
            again.set()

    parts = Parts(tell)
    parts.expect(1)
    parts.begin("reading")
    with parts.told_again(after_s=0.01):
        parts.report(0.4, "a zip")
        assert again.wait(timeout=60)


def test_a_bench_that_takes_long_to_begin_is_not_silent() -> None:
    told = threading.Event()
    parts = Parts(lambda line: told.set() if line.endswith("getting ready") else None)
    with parts.told_again(after_s=0.01):
        assert told.wait(timeout=60)


def test_a_new_part_forgets_what_went_on_in_the_one_before() -> None:
    told: list[str] = []
    parts = Parts(told.append)
    parts.expect(2)
    parts.begin("reading")
    parts.report(0.9, "a zip")
    parts.begin("writing")
    assert told[-1].endswith("part 2 of 2: writing")


def test_more_parts_than_were_told_of_are_refused() -> None:
    parts = Parts(print)
    parts.expect(1)
    parts.begin("reading")
    with pytest.raises(ValueError, match="more than the 1"):
        parts.begin("writing")


def test_fewer_parts_than_were_told_of_are_refused() -> None:
    parts = Parts(print)
    parts.expect(2)
    parts.begin("reading")
    with pytest.raises(ValueError, match="told of 2 parts began 1"):
        parts.check_all_told()


def test_parts_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with parts_on_stderr() as parts:
        parts.expect(1)
        parts.begin("reading")
    told = capsys.readouterr()
    assert "part 1 of 1: reading" in told.err
    assert told.out == ""

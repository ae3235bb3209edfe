"""Stages hand each other pieces in order, wait by bytes, and stop together."""

import itertools
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest

from labeling.perception.pipeline.executor import ByteQueue, Piece, run_side_by_side

MEBIBYTE = 2**20


@dataclass(frozen=True)
class Number:
    value: int
    nbytes: int = MEBIBYTE


class Doubled:
    def feed(self, piece: Number) -> Iterable[Piece]:
        return (Number(piece.value * 2),)

    def finish(self) -> Iterable[Piece]:
        return ()


class Pairs:
    """Two pieces become one; an odd one out comes at the end."""

    def __init__(self) -> None:
        self._first: Number | None = None

    def feed(self, piece: Number) -> Iterator[Piece]:
        if self._first is None:
            self._first = piece
            return
        yield Number(self._first.value + piece.value)
        self._first = None

    def finish(self) -> Iterator[Piece]:
        if self._first is not None:
            yield self._first


class Breaks:
    def feed(self, piece: Number) -> Iterable[Piece]:
        if piece.value == 4:
            raise ValueError("the third one is bad")
        return (piece,)

    def finish(self) -> Iterable[Piece]:
        return ()


def numbers(count: int) -> Iterator[Number]:
    return (Number(value) for value in range(count))


def values(pieces: Iterable[Number]) -> list[int]:
    return [piece.value for piece in pieces]


@pytest.mark.parametrize("count", [0, 1, 4, 7])
def test_what_comes_out_is_what_the_stages_give_one_after_the_other(count: int) -> None:
    doubled = [2 * value for value in range(count)]
    found = values(run_side_by_side(numbers(count), [Doubled(), Pairs()], queue_bytes=2 * MEBIBYTE))
    assert found == [sum(doubled[start : start + 2]) for start in range(0, count, 2)]


def test_an_error_in_a_stage_is_raised_where_the_pieces_are_read() -> None:
    with pytest.raises(ValueError, match="the third one is bad"):
        list(run_side_by_side(numbers(100), [Doubled(), Breaks(), Doubled()], queue_bytes=MEBIBYTE))


def test_an_error_of_the_source_is_raised_too() -> None:
    def source() -> Iterator[Number]:
        yield Number(1)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(run_side_by_side(source(), [Doubled()], queue_bytes=MEBIBYTE))


def test_who_stops_reading_stops_all_threads() -> None:
    before = threading.active_count()
    pieces = run_side_by_side((Number(value) for value in itertools.count()), [Doubled()], queue_bytes=MEBIBYTE)
    assert next(pieces).value == 0
    pieces.close()
    assert threading.active_count() == before


def test_no_more_than_the_bytes_allowed_wait_between_two_stages() -> None:
    made: list[int] = []

    def source() -> Iterator[Number]:
        for value in range(50):
            made.append(value)
            yield Number(value)

    pieces = run_side_by_side(source(), [], queue_bytes=3 * MEBIBYTE)
    next(pieces)
    deadline = time.monotonic() + 0.5
    while time.monotonic() < deadline and len(made) < 6:
        time.sleep(0.01)
    assert len(made) <= 5  # one read, three waiting, one in hand
    pieces.close()


def test_a_piece_larger_than_the_limit_goes_through_alone() -> None:
    queue = ByteQueue(MEBIBYTE)
    queue.put(Number(1, 5 * MEBIBYTE))
    queue.close()
    assert values(queue) == [1]

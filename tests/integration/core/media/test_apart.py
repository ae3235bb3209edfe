"""A video that crashes the decoder costs its own process, and one sentence."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from core.errors import VideoError
from core.media import apart
from core.media.apart import probe_apart, write_thumbnail_apart
from core.media.video import probe_video
from tests.made_videos import Made, encode


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return encode(tmp_path_factory.mktemp("apart") / "a.mp4", Made())


@pytest.mark.long
def test_what_is_read_apart_is_what_is_read_here(video: Path) -> None:
    there, here = probe_apart(video), probe_video(video)
    assert there.time_s.tolist() == here.time_s.tolist()
    assert (there.codec, there.frame_rate) == (here.codec, here.frame_rate)


def test_a_refusal_comes_back_as_the_sentence_it_is(tmp_path: Path) -> None:
    (tmp_path / "b.mp4").touch()
    with pytest.raises(VideoError, match=r"b\.mp4 is an empty file\.$"):
        probe_apart(tmp_path / "b.mp4")


def test_a_crash_of_the_decoder_is_one_sentence_and_the_next_video_is_read(video: Path) -> None:
    probe_apart(video)
    pid = apart._READERS.unasked[-1].pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)  # so that it dies over the question
    with ThreadPoolExecutor(1) as asking:
        answer = asking.submit(probe_apart, video)
        os.kill(pid, signal.SIGSEGV)
        os.kill(pid, signal.SIGCONT)
        with pytest.raises(VideoError, match=r"a\.mp4 crashes the decoder, so it cannot be used\.$"):
            answer.result()
    assert probe_apart(video).frame_count == 30
    assert apart._READERS.unasked[-1].pid != pid


def test_a_question_does_not_wait_for_the_answer_to_another(video: Path) -> None:
    probe_apart(video)
    pid = apart._READERS.unasked[-1].pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)  # a video that takes for ever
    with ThreadPoolExecutor(2) as asking:
        long = asking.submit(probe_apart, video)
        while apart._READERS.unasked:
            time.sleep(0.01)
        try:
            assert asking.submit(probe_apart, video).result(timeout=30).frame_count == 30
            assert not long.done()
        finally:
            os.kill(pid, signal.SIGCONT)
        assert long.result().frame_count == 30


@pytest.mark.long
def test_a_process_that_ended_for_want_of_questions_is_started_again(video: Path) -> None:
    probe_apart(video)
    process = apart._READERS.unasked[-1]._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait() == 0
    assert probe_apart(video).frame_count == 30


@pytest.mark.long
def test_a_thumbnail_is_written_apart(video: Path, tmp_path: Path) -> None:
    write_thumbnail_apart(video, tmp_path / "a.jpg", 0.0, np.array([10.0, 10.0, 40.0, 40.0]), 64)
    assert (tmp_path / "a.jpg").stat().st_size > 0

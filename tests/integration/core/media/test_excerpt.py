from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from core.errors import VideoError
from core.media.excerpt import SoundExcerpt, frames_shown_at, write_excerpt
from core.media.video import decode_frames, probe_video
from tests.made_videos import Made, encode, number_of, numbered_picture

TWENTY_FIVE = Made(ticks=range(100), b_frames=2, gop=30)
IRREGULAR_S = np.cumsum([0.0, *(0.033 if index % 7 else 0.4 for index in range(59))])
IRREGULAR = Made(ticks=(IRREGULAR_S * 1000).round().astype(int).tolist(), clock=Fraction(1, 1000), b_frames=2, gop=20)
SIX = Fraction(6)


def numbers_at(path: Path, times_s: list[float]) -> list[int]:
    return [number_of(picture) for picture in frames_shown_at(path, times_s)]


def pictures(count: int) -> Iterator[npt.NDArray[np.uint8]]:
    return (numbered_picture(number, 192, 128) for number in range(count))


def sound_of(path: Path) -> tuple[npt.NDArray[np.float32], int]:
    """(samples,) from time 0 on, and their rate."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    assert all(frame.layout.name == "mono" for frame in frames)
    assert frames[0].pts == 0
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]), frames[0].sample_rate


def loud_s(path: Path) -> tuple[float, float]:
    """From when to when something is heard."""
    samples, rate_hz = sound_of(path)
    loud = np.flatnonzero(np.abs(samples) > 0.1)
    return loud[0] / rate_hz, loud[-1] / rate_hz


# Two frames of AAC (1,024 samples each) is what two encoders may smear an onset by.
SMEAR_S = 2 * 1024 / 16_000


@pytest.mark.parametrize("start_s", [0.0, 0.1, 1.23, 3.5])
def test_frames_at_six_a_second_are_those_shown_then(tmp_path: Path, start_s: float) -> None:
    path = encode(tmp_path / "clip.mp4", TWENTY_FIVE)
    times_s = [start_s + index / 6 for index in range(200) if start_s + index / 6 < 4]
    assert numbers_at(path, times_s) == [int(time_s * 25 + 1e-3) for time_s in times_s]


@pytest.mark.parametrize("start_s", [0.0, 0.39, 2.0])
def test_frames_of_a_variable_rate_are_those_shown_then(tmp_path: Path, start_s: float) -> None:
    path = encode(tmp_path / "clip.mp4", IRREGULAR)
    times_s = [start_s + index / 6 for index in range(20)]
    own_s = probe_video(path).time_s
    assert numbers_at(path, times_s) == (np.searchsorted(own_s, np.array(times_s) + 1e-6, side="right") - 1).tolist()


def test_a_frame_that_is_shown_long_is_given_again_and_again(tmp_path: Path) -> None:
    path = encode(tmp_path / "clip.mp4", Made(ticks=[0, 1, 100, 101]))
    assert numbers_at(path, [0.0, 0.05, 1.0, 2.0, 3.99, 4.0, 4.04]) == [0, 1, 1, 1, 1, 2, 3]


def test_a_time_after_the_end_shows_the_last_frame(tmp_path: Path) -> None:
    path = encode(tmp_path / "clip.mp4", Made(ticks=range(10)))
    assert numbers_at(path, [0.39, 0.4, 7.0]) == [9, 9, 9]


def test_a_time_before_the_first_frame_shows_the_first(tmp_path: Path) -> None:
    assert numbers_at(encode(tmp_path / "clip.mp4", Made(ticks=range(10))), [-1.0, 0.0, 0.04]) == [0, 0, 1]


def test_no_times_are_no_frames(tmp_path: Path) -> None:
    assert numbers_at(encode(tmp_path / "clip.mp4", Made(ticks=range(10))), []) == []


@pytest.mark.parametrize("rate", [Fraction(6), Fraction(1), Fraction(30000, 1001), Fraction(1, 2)])
def test_an_excerpt_has_every_picture_at_a_constant_rate(tmp_path: Path, rate: Fraction) -> None:
    write_excerpt(tmp_path / "out.mp4", pictures(10), rate)
    info = probe_video(tmp_path / "out.mp4")
    assert (info.frame_count, info.frame_rate, info.variable_frame_rate) == (10, rate, False)
    assert info.duration_s == pytest.approx(float(10 / rate), abs=1e-3)
    assert [number_of(picture) for _, picture in decode_frames(tmp_path / "out.mp4")] == list(range(10))


def test_an_excerpt_without_sound_has_no_sound_stream(tmp_path: Path) -> None:
    write_excerpt(tmp_path / "out.mp4", pictures(10), SIX)
    assert probe_video(tmp_path / "out.mp4").audio_codec is None


SOUNDING = {
    "mp4": replace(TWENTY_FIVE, sound_s=4.0),
    "first frame at 0.8 s": replace(TWENTY_FIVE, ticks=range(20, 120), sound_s=6.0),
    "milliseconds": replace(TWENTY_FIVE, container="matroska", sound_s=4.0),
    "transport stream": replace(TWENTY_FIVE, container="mpegts", sound_s=4.0),
}


@pytest.fixture(params=SOUNDING.values(), ids=SOUNDING.keys())
def sounding(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return encode(tmp_path / "clip.video", request.param)


@pytest.mark.parametrize(("start_s", "end_s"), [(0.0, 2.0), (1.5, 3.0), (0.25, 3.75)])
def test_sound_lasts_as_long_as_its_stretch(sounding: Path, tmp_path: Path, start_s: float, end_s: float) -> None:
    write_excerpt(tmp_path / "out.mp4", pictures(24), SIX, sound=SoundExcerpt(sounding, start_s, end_s))
    with av.open(str(tmp_path / "out.mp4")) as container:
        stream = container.streams.audio[0]
        assert float(stream.duration * stream.time_base) == pytest.approx(end_s - start_s, abs=0.03)
        assert (stream.codec_context.name, stream.rate) == ("aac", 48_000)


def test_sound_in_the_middle_is_whole(sounding: Path, tmp_path: Path) -> None:
    write_excerpt(tmp_path / "out.mp4", pictures(12), SIX, sound=SoundExcerpt(sounding, 1.0, 3.0))
    samples, rate_hz = sound_of(tmp_path / "out.mp4")
    loudest = np.abs(samples[: len(samples) // 480 * 480]).reshape(-1, 480).max(axis=1)  # 10 ms each
    assert loudest[2:195].min() > 0.2
    # A click or a hole would be heard at every frequency, the tone of 440 Hz is at one.
    middle = samples[rate_hz // 2 : rate_hz * 3 // 2] * np.hanning(rate_hz)
    power = np.abs(np.fft.rfft(middle)) ** 2
    assert power[430:450].sum() / power.sum() > 0.98


@pytest.mark.parametrize("container", ["mp4", "matroska", "mpegts"])
@pytest.mark.parametrize(("start_s", "heard_at_s"), [(0.0, 2.5), (1.0, 1.5), (2.0, 0.5), (3.0, 0.0)])
def test_sound_stays_with_its_picture(tmp_path: Path, container: str, start_s: float, heard_at_s: float) -> None:
    source = encode(tmp_path / "clip.video", replace(TWENTY_FIVE, container=container, sound_s=2.0, sound_starts_s=2.5))
    write_excerpt(tmp_path / "out.mp4", pictures(24), SIX, sound=SoundExcerpt(source, start_s, 4.0))
    assert loud_s(tmp_path / "out.mp4")[0] == pytest.approx(heard_at_s, abs=SMEAR_S)


def test_sound_counts_from_the_first_frame(tmp_path: Path) -> None:
    source = encode(tmp_path / "clip.mp4", replace(TWENTY_FIVE, ticks=range(25, 125), sound_s=3.0, sound_starts_s=2.0))
    write_excerpt(tmp_path / "out.mp4", pictures(24), SIX, sound=SoundExcerpt(source, 0.0, 4.0))
    assert loud_s(tmp_path / "out.mp4")[0] == pytest.approx(1.0, abs=SMEAR_S)


def test_where_the_sound_has_ended_there_is_silence(tmp_path: Path) -> None:
    source = encode(tmp_path / "clip.mp4", replace(TWENTY_FIVE, sound_s=1.0))
    write_excerpt(tmp_path / "out.mp4", pictures(24), SIX, sound=SoundExcerpt(source, 0.0, 4.0))
    samples, rate_hz = sound_of(tmp_path / "out.mp4")
    assert loud_s(tmp_path / "out.mp4")[1] == pytest.approx(1.0, abs=SMEAR_S)
    assert len(samples) / rate_hz == pytest.approx(4.0, abs=0.03)


def test_sound_that_is_longer_than_its_pictures_is_kept(tmp_path: Path) -> None:
    source = encode(tmp_path / "clip.mp4", replace(TWENTY_FIVE, sound_s=4.0))
    write_excerpt(tmp_path / "out.mp4", pictures(1), SIX, sound=SoundExcerpt(source, 0.0, 3.0))
    assert loud_s(tmp_path / "out.mp4")[1] == pytest.approx(3.0, abs=SMEAR_S)


def test_pictures_stay_where_they_are_beside_sound(tmp_path: Path) -> None:
    source = encode(tmp_path / "clip.mp4", replace(TWENTY_FIVE, sound_s=4.0))
    write_excerpt(tmp_path / "out.mp4", pictures(24), SIX, sound=SoundExcerpt(source, 0.0, 4.0))
    info = probe_video(tmp_path / "out.mp4")
    assert info.time_s.tolist() == pytest.approx([index / 6 for index in range(24)], abs=1e-4)
    assert info.starts_at_s == 0


def sound_file_of(path: Path, rate_hz: int) -> Path:
    """A video with PCM sound of any rate, a 440 Hz tone of 2 s."""
    with av.open(str(path), "w", format="mov") as output:
        picture, sound = output.add_stream("libx264", rate=25), output.add_stream("pcm_s16le", rate=rate_hz)
        picture.width, picture.height, picture.pix_fmt = 64, 64, "yuv420p"
        sound.layout = "mono"
        for index in range(50):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), index, np.uint8), format="bgr24")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            output.mux(picture.encode(frame))
        output.mux(picture.encode(None))
        wave = (9000 * np.sin(2 * np.pi * 440 * np.arange(2 * rate_hz) / rate_hz)).astype(np.int16)
        block = av.AudioFrame.from_ndarray(wave[None], format="s16", layout="mono")
        block.sample_rate, block.pts, block.time_base = rate_hz, 0, Fraction(1, rate_hz)
        output.mux(sound.encode(block))
        output.mux(sound.encode(None))
    return path


@pytest.mark.parametrize(
    ("rate_hz", "written_hz"),
    [(8000, 16_000), (16_000, 16_000), (22_050, 22_050), (44_100, 44_100), (37_800, 48_000), (96_000, 48_000)],
)
def test_sound_is_written_at_a_rate_from_16_to_48_khz(tmp_path: Path, rate_hz: int, written_hz: int) -> None:
    source = sound_file_of(tmp_path / "clip.mov", rate_hz)
    write_excerpt(tmp_path / "out.mp4", pictures(9), SIX, sound=SoundExcerpt(source, 0.5, 2.0))
    samples, found_hz = sound_of(tmp_path / "out.mp4")
    assert found_hz == written_hz
    power = np.abs(np.fft.rfft(samples[:found_hz] * np.hanning(found_hz))) ** 2
    assert int(power.argmax()) == 440


def test_sound_of_a_file_without_any_is_an_error_that_names_it(tmp_path: Path) -> None:
    source = encode(tmp_path / "silent.mp4", Made())
    with pytest.raises(VideoError, match=r"silent\.mp4 has no sound"):
        write_excerpt(tmp_path / "out.mp4", pictures(6), SIX, sound=SoundExcerpt(source, 0.0, 1.0))
    assert not (tmp_path / "out.mp4").exists()


def test_an_excerpt_that_breaks_off_leaves_the_old_file_alone(tmp_path: Path) -> None:
    def failing() -> Iterator[npt.NDArray[np.uint8]]:
        yield from pictures(3)
        raise VideoError("The source is damaged.")

    source = encode(tmp_path / "clip.mp4", replace(TWENTY_FIVE, sound_s=4.0))
    target = tmp_path / "media" / "out.mp4"
    write_excerpt(target, pictures(6), SIX, sound=SoundExcerpt(source, 0.0, 1.0))
    before = target.read_bytes()
    with pytest.raises(VideoError, match=r"The source is damaged\."):
        write_excerpt(target, failing(), SIX, sound=SoundExcerpt(source, 0.0, 1.0))
    assert target.read_bytes() == before
    assert [path.name for path in target.parent.iterdir()] == ["out.mp4"]


def test_a_target_that_cannot_be_written_is_an_error_that_names_it(tmp_path: Path) -> None:
    source = encode(tmp_path / "clip.mp4", replace(TWENTY_FIVE, sound_s=4.0))
    (tmp_path / "media").write_text("a file in the way")
    with pytest.raises(VideoError, match=r"media/out\.mp4 cannot be written"):
        write_excerpt(tmp_path / "media" / "out.mp4", pictures(6), SIX, sound=SoundExcerpt(source, 0.0, 1.0))


def test_an_excerpt_without_pictures_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="there are no frames"):
        write_excerpt(tmp_path / "out.mp4", pictures(0), SIX)

import resource
import signal
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import Colorspace

from core.errors import JobCancelledError, VideoError
from core.media.proxy import GOP_FRAMES, make_proxy, needs_proxy
from core.media.video import decode_frames, probe_video, read_frame
from core.progress import SilentProgress
from tests.made_videos import (
    Made,
    cut_in_half,
    encode,
    number_of,
    shows_itself_upright,
    with_frames_that_are_never_shown,
)

IRREGULAR_TICKS = np.cumsum([0, *(3000 if index % 5 else 7654 for index in range(59))]).tolist()

KINDS = {
    "25 frames a second": Made(gop=250, ticks=range(60)),
    "30000/1001": Made(
        ticks=[index * 1001 for index in range(60)], clock=Fraction(1, 30000), rate=Fraction(30000, 1001), b_frames=2
    ),
    "variable rate": Made(ticks=IRREGULAR_TICKS, clock=Fraction(1, 90000), b_frames=2),
    "start at 0.8 s": Made(ticks=[20 + index for index in range(30)], b_frames=2),
    "milliseconds": Made(
        codec="libvpx-vp9", container="webm", clock=Fraction(1, 1000), ticks=[index * 33 for index in range(30)]
    ),
    "odd size": Made(pixel_format="yuv444p", width_px=193, height_px=127),
    "turned left": Made(rotation_deg=90, width_px=128, height_px=192),
    "turned right, mirrored, odd": Made(
        rotation_deg=-90, mirrored=True, width_px=127, height_px=193, pixel_format="yuv444p"
    ),
    "10 bit 4:2:0": Made(pixel_format="yuv420p10le"),
    "10 bit 4:2:2, upside down": Made(pixel_format="yuv422p10le", rotation_deg=180),
    "full range": Made(pixel_format="yuvj420p"),
    "AVI with reordered frames": Made(container="avi", b_frames=2),
    "one frame": Made(ticks=[0]),
    "sound": Made(sound_s=1.2, b_frames=2),
    "sound before the first frame": Made(ticks=[20 + index for index in range(30)], sound_s=3.0),
}


def proxy_of(source: Path) -> Path:
    target = source.parent / "media" / "proxy.mp4"
    make_proxy(source, target, SilentProgress())
    return target


@pytest.fixture(params=KINDS.values(), ids=KINDS.keys())
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Path]:
    source = encode(tmp_path / f"source.{request.param.container}", request.param)
    return source, proxy_of(source)


def test_every_frame_is_at_exactly_its_own_time_and_starts_at_zero(pair: tuple[Path, Path]) -> None:
    source, proxy = (probe_video(path) for path in pair)
    assert proxy.time_s.tolist() == source.time_s.tolist()
    assert proxy.starts_at_s == 0
    assert proxy.duration_s == pytest.approx(source.duration_s, abs=1e-6)


def test_every_frame_is_the_sources_frame_upright(pair: tuple[Path, Path]) -> None:
    source, proxy = pair
    width_px = probe_video(source).width_px
    pictures = [picture[:, :width_px] for _, picture in decode_frames(proxy)]
    assert [number_of(picture) for picture in pictures] == list(range(probe_video(source).frame_count))
    assert all(shows_itself_upright(picture) for picture in pictures)


def test_pixels_stay_where_they_were(pair: tuple[Path, Path]) -> None:
    before, after = (read_frame(path, 0.0).astype(float).mean(axis=2) for path in pair)
    after = after[: before.shape[0], : before.shape[1]]
    inner = before[2:-2, 2:-2]
    errors = {
        (down, right): np.abs(inner - np.roll(after, (down, right), axis=(0, 1))[2:-2, 2:-2]).mean()
        for down in (-1, 0, 1)
        for right in (-1, 0, 1)
    }
    assert min(errors, key=lambda shift: errors[shift]) == (0, 0)
    assert errors[0, 0] < 4


def test_a_browser_can_play_a_proxy_as_it_is(pair: tuple[Path, Path]) -> None:
    _, proxy = pair
    info = probe_video(proxy)
    assert not needs_proxy(info)
    assert (info.codec, info.pixel_format, info.width_px % 2, info.height_px % 2) == ("h264", "yuv420p", 0, 0)


def test_a_proxy_has_short_groups_in_order_with_the_index_in_front(pair: tuple[Path, Path]) -> None:
    _, proxy = pair
    data = proxy.read_bytes()
    with av.open(str(proxy)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    assert probe_video(proxy).longest_gop_frames <= GOP_FRAMES
    assert all(packet.pts == packet.dts for packet in packets)
    assert data.index(b"moov") < data.index(b"mdat")


def test_an_odd_size_gains_one_pixel_on_the_right_and_below(tmp_path: Path) -> None:
    info = probe_video(proxy_of(encode(tmp_path / "source.mp4", KINDS["odd size"])))
    assert (info.width_px, info.height_px) == (194, 128)


def first_loud_sound_s(path: Path) -> float:
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            loud = np.flatnonzero(np.abs(frame.to_ndarray()[0]) > 0.1)
            if len(loud):
                return float(frame.pts * frame.time_base) + loud[0] / frame.sample_rate
    raise AssertionError(f"no sound in {path}")


@pytest.mark.parametrize(
    ("sound_starts_s", "first_frame", "expected_s"), [(0.0, 0, 0.0), (0.4, 0, 0.4), (0.0, 20, 0.0), (1.0, 20, 0.2)]
)
def test_sound_stays_with_its_picture(
    tmp_path: Path, sound_starts_s: float, first_frame: int, expected_s: float
) -> None:
    spec = Made(ticks=[first_frame + index for index in range(30)], sound_s=2.0, sound_starts_s=sound_starts_s)
    proxy = proxy_of(encode(tmp_path / "source.mp4", spec))
    assert probe_video(proxy).audio_codec == "aac"
    # Two frames of AAC (1,024 samples each) is what two encoders may smear an onset by.
    assert first_loud_sound_s(proxy) == pytest.approx(expected_s, abs=2 * 1024 / 48_000)


@pytest.mark.parametrize(
    ("spec", "needed"),
    [
        (Made(), False),
        (Made(sound_s=1.0, b_frames=2), False),
        (Made(gop=250, ticks=range(60)), True),
        (Made(container="matroska"), True),
        (Made(rotation_deg=90), True),
        (Made(rotation_deg=0, mirrored=True), True),
        (Made(pixel_format="yuv420p10le"), True),
        (Made(codec="mpeg4"), True),
        (Made(ticks=range(20, 50)), True),
        (Made(codec="libvpx-vp9", container="webm"), True),
    ],
)
def test_what_a_browser_cannot_play_exactly_needs_a_proxy(tmp_path: Path, spec: Made, needed: bool) -> None:
    assert needs_proxy(probe_video(encode(tmp_path / f"source.{spec.container}", spec))) is needed


def test_a_quicktime_file_needs_a_proxy(tmp_path: Path) -> None:
    assert needs_proxy(probe_video(encode(tmp_path / "source.mov", Made(container="mov"))))


class Watcher:
    """Cancels once `cancel_at` of the work is done."""

    def __init__(self, cancel_at: float = 2.0) -> None:
        self.fractions: list[float] = []
        self._cancel_at = cancel_at

    def report(self, fraction: float, message: str) -> None:
        self.fractions.append(fraction)

    def raise_if_cancelled(self) -> None:
        if self.fractions and self.fractions[-1] >= self._cancel_at:
            raise JobCancelledError("Somebody cancelled.")


def test_progress_grows_to_near_the_end(tmp_path: Path) -> None:
    source, watcher = encode(tmp_path / "source.mp4", Made(ticks=range(120))), Watcher()
    make_proxy(source, tmp_path / "proxy.mp4", watcher)
    assert watcher.fractions == sorted(watcher.fractions)
    assert watcher.fractions[0] < 0.1
    assert 0.75 < watcher.fractions[-1] <= 1


def test_a_cancelled_proxy_leaves_nothing(tmp_path: Path) -> None:
    source = encode(tmp_path / "source.mp4", Made(ticks=range(120)))
    with pytest.raises(JobCancelledError):
        make_proxy(source, tmp_path / "media" / "proxy.mp4", Watcher(cancel_at=0.3))
    assert list((tmp_path / "media").iterdir()) == []


def test_a_source_that_breaks_in_the_middle_leaves_the_old_proxy(tmp_path: Path) -> None:
    source = encode(tmp_path / "source.mp4", Made(ticks=range(60), faststart=True))
    proxy = proxy_of(source)
    before = proxy.read_bytes()
    data = source.read_bytes()
    half = len(data) // 2
    source.write_bytes(data[:half] + bytes(500) + data[half + 500 :])
    with pytest.raises(VideoError, match=r"source\.mp4"):
        proxy_of(source)
    assert [path.name for path in proxy.parent.iterdir()] == ["proxy.mp4"]
    assert proxy.read_bytes() == before


def test_a_cut_source_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    half = cut_in_half(encode(tmp_path / "source.mp4", Made(ticks=range(60), faststart=True)))
    with pytest.raises(VideoError, match=r"half_source\.mp4 is cut short"):
        proxy_of(half)
    assert not (tmp_path / "media").exists()


def test_a_proxy_of_a_proxy_has_the_same_times(tmp_path: Path) -> None:
    first = proxy_of(encode(tmp_path / "source.mp4", KINDS["variable rate"]))
    second = tmp_path / "second.mp4"
    make_proxy(first, second, SilentProgress())
    assert probe_video(second).time_s.tolist() == probe_video(first).time_s.tolist()


def test_a_target_that_cannot_be_written_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("a file in the way")
    with pytest.raises(VideoError, match=r"proxy\.mp4 cannot be written"):
        proxy_of(encode(tmp_path / "source.mp4", replace(Made(), ticks=range(5))))


def test_a_disk_that_is_full_is_told_of_the_proxy_and_not_of_its_source(tmp_path: Path) -> None:
    source = encode(tmp_path / "source.mp4", Made(ticks=range(120), options=(("crf", "1"),)))
    old_limits, old_handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, old_limits[1]))
    try:
        with pytest.raises(VideoError, match=r"media/proxy\.mp4 cannot be written: File too large"):
            proxy_of(source)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old_limits)
        signal.signal(signal.SIGXFSZ, old_handler)
    assert list((tmp_path / "media").iterdir()) == []


def remarks_on(source: Path) -> tuple[str, ...]:
    return make_proxy(source, source.parent / "media" / "proxy.mp4", SilentProgress())


def test_nothing_is_remarked_on_a_proxy_with_every_frame(tmp_path: Path) -> None:
    assert remarks_on(encode(tmp_path / "a.mkv", Made(container="matroska", sound_s=1.0))) == ()


def test_a_proxy_with_fewer_frames_than_its_source_says_how_many(tmp_path: Path) -> None:
    source = with_frames_that_are_never_shown(tmp_path / "source.webm")
    (said,) = remarks_on(source)
    proxy = probe_video(tmp_path / "media" / "proxy.mp4")
    assert said.startswith(f"source.webm: its browser copy has {proxy.frame_count} of 40 frames;")
    assert proxy.frame_count < 40


def test_each_frame_of_such_a_proxy_is_at_its_own_time_and_it_ends_with_its_source(tmp_path: Path) -> None:
    source = with_frames_that_are_never_shown(tmp_path / "source.webm")
    remarks_on(source)
    proxy = tmp_path / "media" / "proxy.mp4"
    shown = [(time_s, number_of(picture)) for time_s, picture in decode_frames(proxy)]
    assert all(time_s == pytest.approx(number * 0.04) for time_s, number in shown)
    assert probe_video(proxy).duration_s == pytest.approx(probe_video(source).duration_s, abs=1e-3)


def test_frames_that_share_a_time_each_have_their_own_in_the_proxy(tmp_path: Path) -> None:
    source = encode(
        tmp_path / "source.mkv", Made(container="matroska", clock=Fraction(1, 1000), ticks=[0, 40, 80, 80, 120, 160])
    )
    assert remarks_on(source) == ()
    times_s = [time_s for time_s, _ in decode_frames(tmp_path / "media" / "proxy.mp4")]
    assert times_s == pytest.approx([0, 0.04, 0.08, 0.081, 0.12, 0.16])
    assert probe_video(source).time_s.tolist() == pytest.approx(times_s)


def test_frames_that_are_too_near_for_a_proxy_are_counted_in_a_sentence(tmp_path: Path) -> None:
    ticks = [0, 400_000, 800_000, 800_001, 1_200_000]
    source = encode(tmp_path / "source.mp4", Made(clock=Fraction(1, 10_000_000), ticks=ticks))
    (said,) = remarks_on(source)
    assert said == "source.mp4: 1 of its frames stands too near to the one before, which alone its browser copy shows."


def test_sound_in_an_unknown_codec_is_left_out_and_said_so(tmp_path: Path) -> None:
    source = encode(tmp_path / "source.mp4", Made(sound_s=1.0))
    source.write_bytes(source.read_bytes().replace(b"mp4a", b"zzz1").replace(b"esds", b"zzz2"))
    assert needs_proxy(probe_video(source))
    (said,) = remarks_on(source)
    assert said == "source.mp4: its sound is in a codec that cannot be decoded here, so its browser copy is silent."
    assert probe_video(tmp_path / "media" / "proxy.mp4").audio_codec is None


def with_sound_that_changes(path: Path, layout: str, rate_hz: int) -> Path:
    """Two seconds, of which the first has stereo of 48 kHz, and the second another layout or rate, in the same stream."""
    with av.open(str(path), "w", format="mpegts") as output:
        picture = output.add_stream("libx264", rate=25)
        picture.width, picture.height, picture.pix_fmt = 64, 64, "yuv420p"
        sound = output.add_stream("mp2", rate=48_000)
        sound.layout = "stereo"
        for tick in range(50):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), tick, np.uint8), format="bgr24")
            frame.pts, frame.time_base = tick, Fraction(1, 25)
            output.mux(picture.encode(frame))
        output.mux(picture.encode(None))
        second = av.CodecContext.create("mp2", "w")
        second.sample_rate, second.layout, second.format = rate_hz, layout, "s16"
        second.time_base = Fraction(1, rate_hz)
        for encoder, encoded_rate_hz, channels, begins_s in (
            (sound.codec_context, 48_000, 2, 0),
            (second, rate_hz, 1 if layout == "mono" else 2, 1),
        ):
            for first in range(0, encoded_rate_hz - 1152, 1152):
                wave = (8000 * np.sin(np.arange(first, first + 1152) / 10)).astype(np.int16)
                block = av.AudioFrame.from_ndarray(
                    np.repeat(wave, channels)[None], format="s16", layout="mono" if channels == 1 else "stereo"
                )
                block.sample_rate, block.pts = encoded_rate_hz, first
                block.time_base = Fraction(1, encoded_rate_hz)
                for packet in encoder.encode(block):
                    packet.stream = sound
                    packet.pts = packet.dts = round((first / encoded_rate_hz + begins_s) * 48_000)
                    packet.time_base = Fraction(1, 48_000)
                    output.mux(packet)
    return path


@pytest.mark.parametrize(("layout", "rate_hz"), [("mono", 48_000), ("stereo", 44_100)])
def test_sound_that_changes_on_the_way_stays_with_its_picture(tmp_path: Path, layout: str, rate_hz: int) -> None:
    assert remarks_on(with_sound_that_changes(tmp_path / "source.mp4", layout, rate_hz)) == ()
    with av.open(str(tmp_path / "media" / "proxy.mp4")) as container:
        heard = [frame for frame in container.decode(audio=0) if np.abs(frame.to_ndarray()).max() > 0.1]
    assert float(heard[-1].pts * heard[-1].time_base) == pytest.approx(1.95, abs=0.05)


def test_a_recording_in_rgb_keeps_its_colors_and_says_how_they_are_stored(tmp_path: Path) -> None:
    source = tmp_path / "screen.mkv"
    with av.open(str(source), "w") as container:
        stream = container.add_stream("libx264rgb", rate=25, options={"crf": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "bgr24"
        for number in range(5):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), (200, 40, 40), np.uint8), format="rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with av.open(str(proxy_of(source))) as container:
        stored = container.streams.video[0].codec_context
        assert stored.colorspace == Colorspace.ITU601
        frame = next(container.decode(video=0))
        shown = frame.reformat(format="rgb24", src_colorspace=Colorspace.ITU601).to_ndarray()
    assert np.abs(shown.reshape(-1, 3).mean(axis=0) - (200, 40, 40)).max() <= 3

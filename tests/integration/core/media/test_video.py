from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from core.errors import FrameNotFoundError, VideoError
from core.media.video import (
    decode_frames,
    probe_video,
    read_frame,
    square_crop,
    video_digest,
    write_thumbnail,
    write_video,
)
from tests.frame_times import middle_of_frame_s
from tests.made_videos import (
    Made,
    Picture,
    cut_in_half,
    encode,
    encode_sound,
    number_of,
    numbered_picture,
    shows_itself_upright,
)

NTSC = Made(
    ticks=[index * 1001 for index in range(60)], clock=Fraction(1, 30000), rate=Fraction(30000, 1001), b_frames=2
)
IRREGULAR_TICKS = np.cumsum([0, *(3000 if index % 5 else 7654 for index in range(59))]).tolist()
IRREGULAR = Made(ticks=IRREGULAR_TICKS, clock=Fraction(1, 90000), b_frames=2)

KINDS = {
    "25 frames a second": Made(),
    "30000/1001 with reordered frames": NTSC,
    "variable rate with reordered frames": IRREGULAR,
    "start at 0.8 s": Made(ticks=[20 + index for index in range(30)], b_frames=2),
    "odd size": Made(codec="libvpx-vp9", container="webm", width_px=193, height_px=127, clock=Fraction(1, 1000),
                     ticks=[index * 40 for index in range(30)]),
    "10 bit 4:2:0": Made(pixel_format="yuv420p10le"),
    "4:2:2": Made(pixel_format="yuv422p", b_frames=2),
    "full range": Made(pixel_format="yuvj420p"),
    "open groups of pictures": Made(ticks=range(60), b_frames=3, gop=10, options=(("x264-params", "open-gop=1"),)),
    "transport stream": replace(IRREGULAR, container="mpegts"),
    "VP8 with invisible frames": Made(codec="libvpx", container="webm", clock=Fraction(1, 1000),
                                      ticks=[index * 40 for index in range(60)],
                                      options=(("auto-alt-ref", "1"), ("lag-in-frames", "10"))),
    "AVI with reordered H.264": Made(container="avi", b_frames=2),
    "AVI with reordered MPEG-4": Made(codec="mpeg4", container="avi", b_frames=2),
    "fragmented": Made(ticks=range(60), b_frames=2, fragmented=True),
    "one frame": Made(ticks=[0]),
    "turned left": Made(rotation_deg=90, width_px=128, height_px=192),
    "sound that lasts longer": Made(sound_s=3.0),
}  # fmt: skip


def made(tmp_path: Path, spec: Made, name: str = "clip") -> Path:
    return encode(tmp_path / f"{name}.{spec.container}", spec)


@pytest.fixture(params=KINDS.values(), ids=KINDS.keys())
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Made, Path]:
    return request.param, made(tmp_path, request.param)


def expected_times(spec: Made) -> list[float]:
    return [float((tick - spec.ticks[0]) * spec.clock) for tick in spec.ticks]


def test_probing_gives_the_times_that_were_encoded(kind: tuple[Made, Path]) -> None:
    spec, path = kind
    assert probe_video(path).time_s == pytest.approx(expected_times(spec), abs=1e-9)


def test_decoding_gives_the_probed_times_and_every_frame_in_order(kind: tuple[Made, Path]) -> None:
    spec, path = kind
    decoded = [(time_s, number_of(picture)) for time_s, picture in decode_frames(path)]
    assert decoded == list(zip(probe_video(path).time_s.tolist(), range(len(spec.ticks)), strict=True))


def test_decoding_from_any_time_gives_the_rest(kind: tuple[Made, Path]) -> None:
    _, path = kind
    times = probe_video(path).time_s.tolist()
    for index in range(0, len(times), 7):
        assert [time_s for time_s, _ in decode_frames(path, start_s=times[index])] == times[index:]


def test_the_middle_of_a_frame_reads_that_frame(kind: tuple[Made, Path]) -> None:
    _, path = kind
    info = probe_video(path)
    for index in {0, 1, info.frame_count // 2, info.frame_count - 1} & set(range(info.frame_count)):
        at_s = middle_of_frame_s(info.time_s, index, info.duration_s)
        assert number_of(read_frame(path, at_s)) == index


def test_the_size_of_the_upright_picture_is_told(kind: tuple[Made, Path]) -> None:
    spec, path = kind
    info = probe_video(path)
    assert read_frame(path, 0.0).shape == (info.height_px, info.width_px, 3) == (spec.height_px, spec.width_px, 3)


@pytest.mark.parametrize(
    ("spec", "rate", "variable"),
    [
        (Made(), Fraction(25), False),
        (NTSC, Fraction(30000, 1001), False),
        (replace(NTSC, container="matroska"), Fraction(30000, 1001), False),
        (Made(ticks=[*range(15), *range(16, 30)]), Fraction(29 * 25, 30), True),
    ],
    ids=["25", "30000/1001", "milliseconds", "one frame missing"],
)
def test_the_average_frame_rate_is_a_fraction(tmp_path: Path, spec: Made, rate: Fraction, variable: bool) -> None:
    info = probe_video(made(tmp_path, spec))
    assert (info.frame_rate, info.variable_frame_rate) == (rate, variable)


def test_the_duration_reaches_to_the_end_of_the_last_frame(tmp_path: Path) -> None:
    assert probe_video(made(tmp_path, NTSC)).duration_s == float(Fraction(60 * 1001, 30000))


def test_the_longest_group_of_pictures_is_counted(tmp_path: Path) -> None:
    assert probe_video(made(tmp_path, Made(ticks=range(50), gop=20))).longest_gop_frames == 20


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation_deg", [0, 90, -90, 180])
def test_frames_come_out_upright(tmp_path: Path, rotation_deg: int, mirrored: bool) -> None:
    path = made(tmp_path, Made(rotation_deg=rotation_deg, mirrored=mirrored))
    pictures = [picture for _, picture in decode_frames(path)]
    assert [number_of(picture) for picture in pictures] == list(range(30))
    assert all(shows_itself_upright(picture) for picture in pictures)


@pytest.mark.parametrize(("counter_clockwise", "clockwise"), [(0, 0), (90, 270), (-90, 90), (180, 180)])
def test_the_turn_is_told_clockwise(tmp_path: Path, counter_clockwise: int, clockwise: int) -> None:
    info = probe_video(made(tmp_path, Made(rotation_deg=counter_clockwise)))
    assert (info.rotation_deg, info.mirrored) == (clockwise, False)


def test_every_third_frame_is_counted_from_the_first_one_given(tmp_path: Path) -> None:
    path = made(tmp_path, Made(b_frames=2))
    assert [number_of(picture) for _, picture in decode_frames(path, start_s=0.2, end_s=0.6, every=3)] == [5, 8, 11, 14]


def test_the_end_of_a_range_is_exclusive(tmp_path: Path) -> None:
    path = made(tmp_path, Made())
    assert [time_s for time_s, _ in decode_frames(path, start_s=0.04, end_s=0.12)] == [0.04, 0.08]


def test_a_step_below_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="every is 0"):
        decode_frames(tmp_path / "any.mp4", every=0)


@pytest.mark.parametrize("at_s", [-0.001, 1.2, 99.0, float("nan"), float("inf")])
def test_a_frame_that_is_not_there_is_an_error_and_not_the_nearest_one(tmp_path: Path, at_s: float) -> None:
    with pytest.raises(FrameNotFoundError, match=r"clip\.mp4 has no frame at .*0:00\.000"):
        read_frame(made(tmp_path, Made()), at_s)


def _text(folder: Path) -> Path:
    path = folder / "text.mp4"
    path.write_text("These are words and no video.\n" * 200)
    return path


def _playlist(folder: Path) -> Path:
    made(folder, Made(container="mpegts"), "part")
    path = folder / "playlist.mp4"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\npart.mpegts\n#EXT-X-ENDLIST\n")
    return path


def _picture_file(folder: Path) -> Path:
    path = folder / "picture.mp4"
    path.write_bytes(cv2.imencode(".png", numbered_picture(1, 64, 64))[1].tobytes())
    return path


def _empty(folder: Path) -> Path:
    path = folder / "empty.mp4"
    path.touch()
    return path


def _without_frames(folder: Path) -> Path:
    path = folder / "frameless.mp4"
    with av.open(str(path), "w", options={"movflags": "+frag_keyframe+empty_moov"}) as output:
        stream = output.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        output.start_encoding()
    return path


def _zeroed_end(folder: Path) -> Path:
    path = made(folder, Made(ticks=range(60), faststart=True), "zeroed")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3] + bytes(len(data) - len(data) * 2 // 3))
    return path


def _two_sizes(folder: Path) -> Path:
    first = made(folder, replace(IRREGULAR, container="mpegts"), "first")
    later = [tick + 10_000_000 for tick in IRREGULAR_TICKS]
    second = made(folder, replace(IRREGULAR, container="mpegts", ticks=later, width_px=96), "second")
    path = folder / "two_sizes.ts"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    return path


REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing": (lambda folder: folder / "nothing.mp4", r"There is no video file .*nothing\.mp4\."),
    "a folder": (lambda folder: folder, r"is a folder"),
    "empty": (_empty, r"empty\.mp4 is an empty file"),
    "text": (_text, r"text\.mp4 is not a video"),
    "a playlist of other files": (_playlist, r"playlist\.mp4 is not a video"),
    "a picture": (_picture_file, r"picture\.mp4 is not a video"),
    "sound alone": (lambda folder: encode_sound(folder / "sound.mp4"), r"sound\.mp4 has no video stream"),
    "no frames": (_without_frames, r"frameless\.mp4 has a video stream without frames"),
    "mp4 cut in half, index behind": (lambda folder: cut_in_half(made(folder, Made())), r"half_clip\.mp4 is not a video"),
    "mp4 cut in half, index in front": (
        lambda folder: cut_in_half(made(folder, Made(ticks=range(60), faststart=True))),
        r"half_clip\.mp4 is cut short: \d+ of the 60 frames",
    ),
    "Matroska cut in half": (
        lambda folder: cut_in_half(made(folder, Made(ticks=range(100), container="matroska"))),
        r"half_clip\.matroska is cut short: it has \d\.\d s of the 4\.0 s",
    ),
    "AVI cut in half": (
        lambda folder: cut_in_half(made(folder, Made(ticks=range(300), container="avi"))),
        r"half_clip\.avi is cut short: \d+ of the 300 frames",
    ),
    "end of nothing but zeros": (_zeroed_end, r"zeroed\.mp4 is damaged: its end cannot be decoded, from 0:0\d\.\d+ on"),
}  # fmt: skip


@pytest.mark.parametrize(("bad", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_is_no_whole_video_gets_one_sentence_that_names_it(
    tmp_path: Path, bad: Callable[[Path], Path], sentence: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = bad(tmp_path)
    capfd.readouterr()
    with pytest.raises(VideoError, match=sentence) as raised:
        probe_video(path)
    assert str(raised.value).count("\n") == 0
    assert capfd.readouterr() == ("", "")


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path, Made())

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(VideoError, match=r"clip\.mp4 may not be read by this user"):
        probe_video(path)


def test_frames_in_the_middle_that_cannot_be_decoded_are_an_error_and_never_skipped(tmp_path: Path) -> None:
    path = made(tmp_path, Made(ticks=range(60), faststart=True))
    data = path.read_bytes()
    half = len(data) // 2
    path.write_bytes(data[:half] + bytes(500) + data[half + 500 :])
    with pytest.raises(VideoError, match=r"clip\.mp4 is not a video that can be read: it is damaged"):
        list(decode_frames(path))


def test_a_change_of_picture_size_is_an_error_that_says_when(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match=r"two_sizes\.ts changes its picture size at "):
        list(decode_frames(_two_sizes(tmp_path)))


def test_a_file_name_is_never_taken_for_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path, Made(), "pipe:0")
    monkeypatch.chdir(tmp_path)
    assert probe_video(Path("pipe:0.mp4")).frame_count == 30


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    assert video_digest(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_digest_of_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="nothing"):
        video_digest(tmp_path / "nothing")


def numbered(count: int, width_px: int = 192, height_px: int = 128) -> Iterator[Picture]:
    return (numbered_picture(number, width_px, height_px) for number in range(count))


def test_a_written_video_holds_its_frames_at_their_times(tmp_path: Path) -> None:
    path = tmp_path / "new" / "clip.mp4"
    write_video(path, numbered(40), Fraction(30000, 1001))
    assert probe_video(path).frame_rate == Fraction(30000, 1001)
    assert [(time_s, number_of(picture)) for time_s, picture in decode_frames(path)] == [
        (index * 1001 / 30000, index) for index in range(40)
    ]


def test_a_written_video_keeps_its_colors(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write_video(path, numbered(3), Fraction(25), crf=10)
    assert np.abs(read_frame(path, 0.0)[110, 20].astype(int) - (220, 0, 0)).max() <= 4


def test_a_written_video_has_short_groups_in_order_with_the_index_in_front(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write_video(path, numbered(40), Fraction(25), gop=8)
    data = path.read_bytes()
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    assert probe_video(path).longest_gop_frames == 8
    assert all(packet.pts == packet.dts for packet in packets)
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize(
    ("frames", "sentence"),
    [
        (list(numbered(0)), "there are no frames"),
        (list(numbered(2, width_px=191)), "191 × 128 is not even"),
        ([*numbered(2), *numbered(1, width_px=96)], "frame 2 is 96 × 128"),
    ],
    ids=["none", "odd", "of two sizes"],
)
def test_frames_that_make_no_video_are_refused_and_nothing_is_left(
    tmp_path: Path, frames: list[Picture], sentence: str
) -> None:
    with pytest.raises(VideoError, match=sentence):
        write_video(tmp_path / "clip.mp4", frames, Fraction(25))
    assert list(tmp_path.iterdir()) == []


def test_an_encoder_that_refuses_its_settings_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match=r"clip\.mp4 cannot be written"):
        write_video(tmp_path / "clip.mp4", numbered(2), Fraction(25), crf=-5000)
    assert list(tmp_path.iterdir()) == []


def test_a_writer_that_fails_leaves_the_old_video(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write_video(path, numbered(5), Fraction(25))
    before = path.read_bytes()

    def failing() -> Iterator[Picture]:
        yield from numbered(3)
        raise RuntimeError("the renderer broke")

    with pytest.raises(RuntimeError, match="renderer"):
        write_video(path, failing(), Fraction(25))
    assert [each.name for each in tmp_path.iterdir()] == ["clip.mp4"]
    assert path.read_bytes() == before


def test_a_thumbnail_of_a_box_is_a_square_around_it(tmp_path: Path) -> None:
    source, target = made(tmp_path, Made(width_px=320, height_px=128)), tmp_path / "thumbs" / "1.jpg"
    write_thumbnail(source, target, 0.0, np.array([100, 20, 220, 120], np.float32), size_px=96)
    picture = cv2.imread(str(target))
    assert picture is not None
    assert picture.shape == (96, 96, 3)


@pytest.mark.parametrize("box", [None, np.full(4, np.nan, np.float32)], ids=["no box", "nobody"])
def test_a_thumbnail_without_a_box_is_the_whole_frame(tmp_path: Path, box: np.ndarray | None) -> None:
    source, target = made(tmp_path, Made()), tmp_path / "1.jpg"
    write_thumbnail(source, target, 0.36, box)
    picture = cv2.imread(str(target))
    assert picture is not None
    assert (picture.shape, number_of(picture.astype(np.uint8))) == ((128, 192, 3), 9)


def test_a_square_reaching_over_the_edge_repeats_it(tmp_path: Path) -> None:
    picture = numbered_picture(5, 64, 48)
    square = square_crop(picture, np.array([-10, 0, 30, 40], np.float32))
    assert square.shape == (40, 40, 3)
    assert np.array_equal(square[:, 10:], picture[0:40, 0:30])
    assert np.array_equal(square[:, 0], picture[0:40, 0])


@pytest.mark.parametrize("box", [[100, 100, 200, 200], [-50, 0, -10, 30], [np.nan, 0, 1, 1]])
def test_a_box_outside_the_picture_is_refused(box: list[float]) -> None:
    with pytest.raises(VideoError, match="of a 64 × 48 picture"):
        square_crop(numbered_picture(1, 64, 48), np.array(box, np.float32))


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("a.webm", Made(codec="libvpx", container="webm", clock=Fraction(1, 1000), ticks=range(0, 1200, 40))),
        ("a.mp4", Made(container="mpegts", ticks=range(30))),
        ("a.mp4", Made(container="mp4", ticks=range(30))),
    ],
    ids=["webm", "mpegts", "mp4"],
)
def test_recordings_joined_byte_by_byte_are_refused_and_never_half_read(tmp_path: Path, name: str, made: Made) -> None:
    path = encode(tmp_path / name, made)
    path.write_bytes(path.read_bytes() * 2)
    with pytest.raises(VideoError, match=r"a\.\w+ is several recordings joined: .*(frame 30|the second begins)"):
        probe_video(path)


def test_a_frame_that_claims_to_be_shown_for_ages_is_refused(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mkv", Made(container="matroska", clock=Fraction(1, 1000), ticks=[0, 40, 2_000_000_000]))
    with pytest.raises(VideoError, match=r"a\.mkv claims to last 23 days"):
        probe_video(path)

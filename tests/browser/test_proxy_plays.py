"""A proxy in a real browser: every frame at its own time, upright, found by seeking to its middle."""

import base64
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from core.media.proxy import make_proxy
from core.media.video import probe_video
from core.progress import SilentProgress
from tests.frame_times import middle_of_frame_s
from tests.made_videos import Made, encode, number_of, shows_itself_upright

IRREGULAR_TICKS = np.cumsum([0, *(3000 if index % 5 else 7654 for index in range(39))]).tolist()

KINDS = {
    "turned phone at a variable rate": Made(
        ticks=IRREGULAR_TICKS, clock=Fraction(1, 90000), rotation_deg=-90, width_px=128, height_px=192, b_frames=2
    ),
    "odd size at 30000/1001 with sound": Made(
        ticks=[index * 1001 for index in range(40)],
        clock=Fraction(1, 30000),
        rate=Fraction(30000, 1001),
        pixel_format="yuv444p",
        width_px=193,
        height_px=127,
        sound_s=1.4,
    ),
    "10 bit that starts late": Made(ticks=range(20, 60), pixel_format="yuv420p10le", gop=250),
}

OPEN = """async source => {
    const video = document.createElement("video");
    video.muted = true;
    video.preload = "auto";
    document.body.append(video);
    const ready = new Promise((resolve, reject) => {
        video.oncanplaythrough = resolve;
        video.onerror = () => reject(new Error(video.error.message));
    });
    video.src = source;
    await ready;
    window.video = video;
    return [video.videoWidth, video.videoHeight, video.duration];
}"""

SEEK = """async atS => {
    const drawn = new Promise(resolve => video.requestVideoFrameCallback(resolve));
    video.currentTime = atS;
    await drawn;
    const frame = new VideoFrame(video);
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    const context = canvas.getContext("2d");
    context.drawImage(frame, 0, 0);
    const timestamp = frame.timestamp;
    frame.close();
    const bytes = context.getImageData(0, 0, canvas.width, canvas.height).data;
    let text = "";
    for (let start = 0; start < bytes.length; start += 8192)
        text += String.fromCharCode(...bytes.subarray(start, start + 8192));
    return [timestamp, btoa(text)];
}"""


@pytest.mark.parametrize("spec", KINDS.values(), ids=KINDS.keys())
def test_a_browser_shows_every_frame_of_a_proxy_upright_at_its_own_time(page: Page, tmp_path: Path, spec: Made) -> None:
    source, proxy = encode(tmp_path / "source.mp4", spec), tmp_path / "proxy.mp4"
    make_proxy(source, proxy, SilentProgress())
    info = probe_video(source)
    page.set_content("<body></body>")
    opened = page.evaluate(OPEN, "data:video/mp4;base64," + base64.b64encode(proxy.read_bytes()).decode())
    width_px, height_px, duration_s = opened
    assert (width_px, height_px) == (info.width_px + info.width_px % 2, info.height_px + info.height_px % 2)
    assert duration_s >= info.duration_s - 1e-3
    # From the last frame to the first: none is where the one before would have played on to.
    for index in reversed(range(info.frame_count)):
        at_s = middle_of_frame_s(info.time_s, index, info.duration_s)
        timestamp_us, pixels = page.evaluate(SEEK, at_s)
        rgba = np.frombuffer(base64.b64decode(pixels), np.uint8).reshape(height_px, width_px, 4)
        picture = rgba[: info.height_px, : info.width_px, 2::-1]
        assert number_of(picture) == index
        assert shows_itself_upright(picture)
        assert timestamp_us == pytest.approx(info.time_s[index] * 1e6, abs=1)

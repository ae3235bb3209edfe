// Plays a clip's hidden <video> and passes on each displayed VideoFrame with its timestamp.

import { sentenceOf } from "../api.js";
import { frameShownAt, middleOfFrame } from "../clip/frame_times.js";

/**
 * Events of a source: a frame to draw (null from a clock, which has no picture), a change between playing and paused, and
 * a failure as a sentence.
 * @typedef {object} SourceEvents
 * @property {(frame: VideoFrame | null, timestampUs: number) => void} onFrame
 * @property {() => void} onState
 * @property {(sentence: string) => void} onFailure
 */

export class VideoSource {
  /** @type {number | null} */
  #pendingSeek = null;
  #again = 0;
  #callback = 0;
  #listening = new AbortController();

  /**
   * @param {HTMLVideoElement} video
   * @param {Float64Array} times
   * @param {SourceEvents} events
   */
  constructor(video, times, events) {
    this.video = video;
    this.times = times;
    this.events = events;
    const signal = { signal: this.#listening.signal };
    video.addEventListener("seeked", () => this.#seeked(), signal);
    video.addEventListener("loadeddata", () => this.redraw(), signal);
    for (const name of ["play", "pause", "ended"]) video.addEventListener(name, () => events.onState(), signal);
    video.addEventListener("error", () => events.onFailure("The video of this clip cannot be played."), signal);
    if (video.error) events.onFailure("The video of this clip cannot be played.");
    if ("VideoFrame" in globalThis && "requestVideoFrameCallback" in video) this.#watch();
    else events.onFailure("This browser cannot say which frame it shows; use a newer Chromium, Firefox or Safari.");
  }

  get playing() {
    return !this.video.paused && !this.video.ended;
  }

  get ended() {
    return this.video.ended;
  }

  get seeking() {
    return this.video.seeking || this.#pendingSeek !== null;
  }

  /** Whether the video is not at its first frame. */
  get beyondStart() {
    return this.video.currentTime > 0;
  }

  async play() {
    try {
      await this.video.play();
    } catch (error) {
      // play() is also rejected by a pause or the next clip, which is not a failure.
      if (!(error instanceof DOMException && error.name === "AbortError"))
        this.events.onFailure(`The video cannot be played: ${sentenceOf(error)}`);
    }
  }

  pause() {
    this.video.pause();
  }

  /** @param {number} rate */
  setRate(rate) {
    this.video.playbackRate = rate;
  }

  /** @param {boolean} muted */
  setMuted(muted) {
    this.video.muted = muted;
  }

  /**
   * Seeks to the middle of the frame; of several calls during a seek only the last is carried out.
   * @param {number} frame
   */
  seekTo(frame) {
    if (this.video.seeking) {
      this.#pendingSeek = frame;
      return;
    }
    this.video.currentTime = middleOfFrame(this.times, frame);
  }

  /**
   * Whether the browser has reached the frame of `seekTo(frame)`.
   * @param {number} frame
   */
  standsAt(frame) {
    return frameShownAt(this.times, this.video.currentTime) === frame;
  }

  redraw() {
    if (this.#callback === 0 || this.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    const frame = frameOf(this.video);
    if (!frame) {
      cancelAnimationFrame(this.#again);
      this.#again = requestAnimationFrame(() => this.redraw());
      return;
    }
    this.events.onFrame(frame, frame.timestamp);
    frame.close();
  }

  close() {
    this.#listening.abort();
    cancelAnimationFrame(this.#again);
    if (this.#callback) this.video.cancelVideoFrameCallback(this.#callback);
    this.video.pause();
  }

  #watch() {
    this.#callback = this.video.requestVideoFrameCallback(() => {
      this.#watch();
      this.redraw();
    });
  }

  #seeked() {
    if (this.#pendingSeek !== null) {
      const frame = this.#pendingSeek;
      this.#pendingSeek = null;
      this.seekTo(frame);
      return;
    }
    this.redraw();
  }
}

/**
 * The displayed frame; null while the browser announces one that is not available yet.
 * @param {HTMLVideoElement} video
 */
function frameOf(video) {
  try {
    return new VideoFrame(video);
  } catch (error) {
    if (error instanceof DOMException && error.name === "InvalidStateError") return null;
    throw error;
  }
}

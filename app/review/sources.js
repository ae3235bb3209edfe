// What a clip is played from: a hidden <video>, or a clock where there is no picture. Both draw by calling
// `onFrame(frame, timestampUs)`; `frame` is the VideoFrame on screen now, or null from the clock.

import { frameShownAt, middleOfFrame } from "./keypoints.js";

export class VideoSource {
  #pendingSeek = null;
  #again = 0;
  #callback = 0;
  #listening = new AbortController();

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

  async play() {
    try {
      await this.video.play();
    } catch (error) {
      // A pause or the next clip while it was starting is no failure.
      if (error.name !== "AbortError") this.events.onFailure(`The video cannot be played: ${error.message}`);
    }
  }

  pause() {
    this.video.pause();
  }

  setRate(rate) {
    this.video.playbackRate = rate;
  }

  setMuted(muted) {
    this.video.muted = muted;
  }

  /** To the middle of the frame; of many calls during one seek only the last is carried out. */
  seekTo(frame) {
    if (this.video.seeking) {
      this.#pendingSeek = frame;
      return;
    }
    this.video.currentTime = middleOfFrame(this.times, frame);
  }

  /** Whether the browser is where `seekTo(frame)` was to take it. */
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

/** The frame on screen; null for the moment in which the browser says that it has one and has none yet. */
function frameOf(video) {
  try {
    return new VideoFrame(video);
  } catch (error) {
    if (error.name === "InvalidStateError") return null;
    throw error;
  }
}

/** Plays the times of the key points where a clip has no picture. */
export class ClockSource {
  #time = 0;
  #rate = 1;
  #request = 0;
  #last = 0;

  constructor(times, events) {
    this.times = times;
    this.events = events;
    this.seeking = false;
  }

  get playing() {
    return this.#request !== 0;
  }

  get ended() {
    return this.#time >= this.#end;
  }

  get #end() {
    const last = this.times.length - 1;
    return last > 0 ? 2 * this.times[last] - this.times[last - 1] : 0.04;
  }

  async play() {
    if (this.playing) return;
    if (this.ended) this.#time = 0;
    this.#last = performance.now();
    this.#request = requestAnimationFrame((now) => this.#tick(now));
    this.events.onState();
  }

  pause() {
    cancelAnimationFrame(this.#request);
    this.#request = 0;
    this.events.onState();
  }

  setRate(rate) {
    this.#rate = rate;
  }

  setMuted() {
    return undefined; // there is nothing to hear
  }

  seekTo(frame) {
    this.#time = middleOfFrame(this.times, frame);
    this.redraw();
  }

  standsAt(frame) {
    return frameShownAt(this.times, this.#time) === frame;
  }

  redraw() {
    const frame = frameShownAt(this.times, this.#time);
    this.events.onFrame(null, Math.round(this.times[frame] * 1e6));
  }

  close() {
    cancelAnimationFrame(this.#request);
    this.#request = 0;
  }

  #tick(now) {
    this.#time += (Math.max(0, now - this.#last) / 1000) * this.#rate;
    this.#last = now;
    this.#request = requestAnimationFrame((next) => this.#tick(next));
    this.redraw();
    if (this.ended && this.playing) this.pause();
  }
}

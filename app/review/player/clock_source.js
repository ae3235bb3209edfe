// Plays the key points by a clock where a clip has no video.

import { frameShownAt, middleOfFrame } from "../clip/frame_times.js";

/** @import { SourceEvents } from "./video_source.js" */

const LAST_FRAME_S = 0.04; // seconds that the last frame is shown

export class ClockSource {
  seeking = false; // a clock seeks immediately
  #time = 0;
  #rate = 1;
  #request = 0;
  #last = 0;

  /**
   * @param {Float64Array} times
   * @param {SourceEvents} events
   */
  constructor(times, events) {
    this.times = times;
    this.events = events;
  }

  get playing() {
    return this.#request !== 0;
  }

  get ended() {
    return this.#time >= this.#end;
  }

  /** A clock starts at 0, so it never has to seek to the first frame. */
  get beyondStart() {
    return false;
  }

  get #end() {
    const last = this.times.length - 1;
    return last > 0 ? 2 * this.times[last] - this.times[last - 1] : LAST_FRAME_S;
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

  /** @param {number} rate */
  setRate(rate) {
    this.#rate = rate;
  }

  setMuted() {
    // There is no sound.
  }

  /** @param {number} frame */
  seekTo(frame) {
    this.#time = middleOfFrame(this.times, frame);
    this.redraw();
  }

  /** @param {number} frame */
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

  /** @param {number} now */
  #tick(now) {
    this.#time += (Math.max(0, now - this.#last) / 1000) * this.#rate;
    this.#last = now;
    this.#request = requestAnimationFrame((next) => this.#tick(next));
    this.redraw();
    if (this.ended && this.playing) this.pause();
  }
}

// Plays, seeks and loops a clip. Everything on the canvas is drawn from one VideoFrame, whose timestamp finds the row of
// key points; where no row has that timestamp, no skeleton is drawn.

import { sentenceOf } from "../api.js";
import { frameAtTimestamp, frameShownAt } from "../clip/frame_times.js";
import { ClockSource } from "./clock_source.js";
import { FramePainter } from "./frame_painter.js";
import { RATES, rateAfter } from "./rates.js";
import { VideoSource } from "./video_source.js";

/** @import { LoadedClip, Loop, OverlayView, ShownFrame, ViewSettings, ViewSwitch, Zoom } from "../types.d.ts" */
/** @import { SkeletonPainter } from "./skeleton_painter.js" */

/**
 * What the player tells the screen.
 * @typedef {object} PlayerEvents
 * @property {(shown: ShownFrame) => void} onDraw a frame is on the canvas
 * @property {(seeking: boolean) => void} onSeeking a seek has begun
 * @property {() => void} onState playing, speed, loop or view have changed
 * @property {(sentence: string) => void} onFailure the picture or the key points cannot be shown
 */

const FASTEST_BACK = -3;
const SEEK_AGAIN_MS = 500; // a frame that has not arrived this long after its seek is requested again

export class Player {
  /** @type {ViewSettings} */
  view = {
    overlay: true,
    body: true,
    face: true,
    hands: true,
    picture: true,
    box: false,
    blur: false,
    muted: false,
    rate: 1,
    zoom: { shot: "whole", factor: 1, x: 0, y: 0 },
  };
  /** @type {Loop | null} */
  loop = null;
  /** @type {ShownFrame | null} what is on the canvas */
  shown = null;
  #stage;
  #events;
  #painter;
  #resizing;
  /** @type {LoadedClip | null} */
  #clip = null;
  /** @type {VideoSource | ClockSource | null} */
  #source = null;
  /** @type {Set<number> | null} */
  #lit = null;
  /** @type {number | null} the frame asked for while a seek is under way, so that held keys add up */
  #target = null;
  #playWhenThere = false;
  #chase = 0;
  #reverse = 0;

  /**
   * @param {HTMLElement} stage
   * @param {HTMLCanvasElement} canvas
   * @param {SkeletonPainter} skeleton
   * @param {PlayerEvents} events
   */
  constructor(stage, canvas, skeleton, events) {
    this.#stage = stage;
    this.#events = events;
    this.#painter = new FramePainter(stage, canvas, skeleton, () => this.redraw());
    this.#resizing = new ResizeObserver(() => this.redraw());
    this.#resizing.observe(stage);
  }

  get playing() {
    return this.#reverse !== 0 || (this.#source?.playing ?? false);
  }

  /** Whether the requested frame is not on the screen yet: after a seek the browser may first deliver an older frame. */
  get seeking() {
    return this.#target !== null || (this.#source?.seeking ?? false);
  }

  get frame() {
    return this.shown?.frame ?? 0;
  }

  get time() {
    return this.shown?.time_s ?? 0;
  }

  /** The target of a running seek, so that quick jumps add up; else the current time. */
  get aim() {
    return this.#target === null || !this.#clip ? this.time : this.#clip.times[this.#target];
  }

  get lit() {
    return this.#lit;
  }

  /**
   * Changes to another loaded clip; its first frame is drawn at once if the video is ready.
   * @param {LoadedClip} clip
   * @param {number} time
   */
  show(clip, time = 0) {
    this.clear();
    this.#clip = clip;
    const events = {
      /** @type {(frame: VideoFrame | null, timestampUs: number) => void} */
      onFrame: (frame, timestampUs) => this.#draw(clip, frame, timestampUs),
      onState: () => this.#events.onState(),
      /** @param {string} sentence */
      onFailure: (sentence) => this.#fail(clip, sentence),
    };
    if (clip.video) this.#stage.prepend(clip.video);
    const source = clip.video ? new VideoSource(clip.video, clip.times, events) : new ClockSource(clip.times, events);
    this.#source = source;
    source.setMuted(this.view.muted);
    this.setRate(this.view.rate);
    if (time > 0) this.seek(time);
    else if (source.beyondStart) this.seekToFrame(0);
    else source.redraw();
    this.#events.onState();
  }

  clear() {
    this.#stopReverse();
    cancelAnimationFrame(this.#chase);
    this.#source?.close();
    this.#clip?.video?.remove();
    this.#source = null;
    this.#clip = null;
    this.#lit = null;
    this.#target = null;
    this.#playWhenThere = false;
    this.loop = null;
    this.shown = null;
    this.#painter.clear();
  }

  close() {
    this.clear();
    this.#resizing.disconnect();
  }

  redraw() {
    this.#source?.redraw();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    this.#playWhenThere = false;
    this.#stopReverse();
    if (!this.#source) return;
    if (this.#source.ended) this.seekToFrame(0);
    this.#source.play();
  }

  pause() {
    this.#playWhenThere = false;
    this.#stopReverse();
    this.#source?.pause();
  }

  /** @param {number} rate */
  setRate(rate) {
    this.view.rate = Math.min(Math.max(rate, RATES[0]), RATES[RATES.length - 1]);
    this.#source?.setRate(this.view.rate);
    this.#events.onState();
  }

  /**
   * L plays, and pressed again plays faster; J the same backwards.
   * @param {number} direction
   */
  shuttle(direction) {
    if (direction < 0) {
      this.#source?.pause();
      this.#reverse = Math.max(this.#reverse - 1, FASTEST_BACK);
      if (this.#reverse === -1) this.#playBackwards();
    } else if (this.playing && this.#reverse === 0) {
      this.setRate(rateAfter(Math.max(this.view.rate, 1), 1));
    } else {
      this.play();
    }
    this.#events.onState();
  }

  /** @param {number} frames */
  step(frames) {
    this.pause();
    this.seekToFrame((this.#target ?? this.frame) + frames);
  }

  /** @param {number} time */
  seek(time) {
    if (this.#clip) this.seekToFrame(frameShownAt(this.#clip.times, time));
  }

  /** @param {number} frame */
  seekToFrame(frame) {
    if (!this.#source || !this.#clip) return;
    const clamped = Math.min(Math.max(frame, 0), this.#clip.times.length - 1);
    this.#target = clamped;
    this.#source.seekTo(clamped);
    this.#events.onSeeking(this.seeking);
    cancelAnimationFrame(this.#chase);
    if (this.#target !== null) this.#chase = requestAnimationFrame((now) => this.#fetchTarget(now, now));
  }

  /**
   * The browser may lose a seek that follows another closely (1 in 500 on a busy machine), or may deliver
   * the frame before the seek has ended without a callback: checks again until the frame has arrived.
   * @param {number} now
   * @param {number} since when no seek has been under way
   */
  #fetchTarget(now, since) {
    const seeking = this.#source?.seeking;
    if (!seeking) this.redraw();
    if (this.#target === null || !this.#source) return;
    const lost = !seeking && (!this.#source.standsAt(this.#target) || now - since >= SEEK_AGAIN_MS);
    if (lost) this.#source.seekTo(this.#target);
    const from = seeking || lost ? now : since;
    this.#chase = requestAnimationFrame((next) => this.#fetchTarget(next, from));
  }

  /**
   * Plays a span once or in a loop; starts when its first frame is drawn.
   * @param {Loop} span
   */
  playSpan(span) {
    this.pause();
    this.loop = span;
    this.#playWhenThere = true;
    this.seek(span.start_s);
  }

  /** @param {Loop | null} loop */
  setLoop(loop) {
    this.loop = loop;
    this.#events.onState();
  }

  /**
   * Highlights joints and dims the others; null for none.
   * @param {number[] | null} joints
   */
  light(joints) {
    this.#lit = joints && joints.length > 0 ? new Set(joints) : null;
    this.redraw();
  }

  /**
   * @param {ViewSwitch} name
   * @param {boolean} value
   */
  set(name, value) {
    this.view[name] = value;
    if (name === "muted") this.#source?.setMuted(value);
    this.#viewChanged();
  }

  /** @param {OverlayView} overlay */
  setOverlay(overlay) {
    Object.assign(this.view, overlay);
    this.#viewChanged();
  }

  /**
   * Goes to another shot, smoothly.
   * @param {Zoom} zoom
   */
  setZoom(zoom) {
    this.view.zoom = zoom;
    this.#painter.restartMotion();
    this.#viewChanged();
  }

  /**
   * Zooms around a place of the window and moves the picture; tells whether anything has changed.
   * @param {number} change times closer
   * @param {{x: number, y: number}} place px of the window
   * @param {{x: number, y: number}} [moved] px of the window
   */
  zoomByHand(change, place, moved) {
    const { zoom } = this.view;
    const next = this.#painter.zoomedByHand(zoom, change, place, moved);
    if (next.factor === zoom.factor && next.x === zoom.x && next.y === zoom.y) return false;
    this.view.zoom = next;
    this.#painter.skipMotion();
    this.#viewChanged();
    return true;
  }

  #viewChanged() {
    this.redraw();
    this.#events.onState();
  }

  /**
   * @param {LoadedClip} clip
   * @param {VideoFrame | null} picture
   * @param {number} timestampUs
   */
  #draw(clip, picture, timestampUs) {
    const match = frameAtTimestamp(clip.times, timestampUs);
    const time_s = timestampUs / 1e6;
    const frame = match >= 0 ? match : frameShownAt(clip.times, time_s);
    if (this.#playWhenThere && this.#target !== null && frame !== this.#target) return; // still seeking to the claim
    const last = this.#lastOfLoop(clip);
    if (frame > last) {
      this.#turnBack(last); // a late callback must not show a frame after the span
      return;
    }
    const points = match >= 0 ? this.#points(clip, match) : null;
    const drawn = this.#painter.paint({ clip, picture, points, time_s }, this.view, this.#lit, this.playing);
    this.shown = { frame, skeletonFrame: points ? match : null, time_s, timestampUs, ...drawn };
    if (!this.#source?.seeking && (this.playing || frame === this.#target)) this.#target = null;
    this.#events.onDraw(this.shown);
    if (this.#playWhenThere && !this.#source?.seeking) {
      this.#playWhenThere = false;
      this.play();
    }
    if (frame === last) this.#turnBack(last);
  }

  /**
   * The points of a frame, as a view that the next call overwrites; null until they are loaded, which triggers a redraw.
   * @param {LoadedClip} clip
   * @param {number} frame
   */
  #points(clip, frame) {
    if (!clip.track) return null;
    const points = clip.track.points(frame);
    clip.track
      .ensure(frame, () => clip === this.#clip && this.redraw())
      .catch((error) => this.#fail(clip, sentenceOf(error)));
    return points;
  }

  /**
   * @param {LoadedClip} clip
   * @param {string} sentence
   */
  #fail(clip, sentence) {
    if (clip === this.#clip) this.#events.onFailure(sentence);
  }

  /**
   * The last frame that playing may show.
   * @param {LoadedClip} clip
   */
  #lastOfLoop(clip) {
    if (!this.loop || !this.playing || this.#reverse) return Number.POSITIVE_INFINITY;
    return frameShownAt(clip.times, this.loop.end_s);
  }

  /**
   * Goes back to the first frame of the loop, or stops at its `last` one.
   * @param {number} last
   */
  #turnBack(last) {
    if (this.#source?.seeking || !this.loop) return;
    if (!this.loop.once) {
      this.seek(this.loop.start_s);
      return;
    }
    this.loop = null;
    this.pause();
    if (this.shown?.frame !== last) this.seekToFrame(last);
  }

  #playBackwards() {
    let time = this.time;
    let last = performance.now();
    /** @param {number} now */
    const tick = (now) => {
      if (!this.#reverse || !this.#clip) return;
      time += ((now - last) / 1000) * this.#reverse;
      last = now;
      const frame = frameShownAt(this.#clip.times, Math.max(0, time));
      if (frame !== this.frame && !this.#source?.seeking) this.seekToFrame(frame);
      if (time <= 0) this.pause();
      else requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  #stopReverse() {
    const was = this.#reverse;
    this.#reverse = 0;
    if (was) this.#events.onState();
  }
}

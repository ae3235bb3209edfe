// Picture and skeleton of the very same frame on one canvas. Everything is drawn from one VideoFrame, whose timestamp
// finds the row of key points; where no row has that timestamp, no skeleton is drawn.

import { FaceBlur } from "./face.js";
import { frameAtTimestamp, frameShownAt } from "./keypoints.js";
import { viewOfBox } from "./person.js";
import { ClockSource, VideoSource } from "./sources.js";

export const RATES = [0.25, 0.5, 0.75, 1, 1.5, 2, 3];
const ZOOM_SECONDS = 0.16; // time in which the crop closes two thirds of its way
const SEEK_AGAIN_MS = 500; // a frame that has not come so long after its seek has ended is asked for again
const STAGE = "#0b100f";
const BOX = "#ffe08a";

export class Player {
  view = {
    overlay: true,
    body: true,
    face: true,
    hands: true,
    picture: true,
    box: false,
    crop: false,
    blur: false,
    muted: false,
    rate: 1,
  };
  loop = null; // {start_s, end_s, once}
  shown = null; // {frame, skeletonFrame, time_s} of what is on the canvas
  #clip = null;
  #source = null;
  #lit = null;
  #target = null; // the frame asked for while a seek is under way, so that held keys add up
  #playWhenThere = false;
  #chase = 0;
  #window = null; // the part of the picture on the stage: {x, y, width, height} in px
  #zoomedAt = 0;
  #zoomRequest = 0;
  #reverse = 0;
  #resizing;
  #blur = new FaceBlur();

  /** `events` is {onDraw(shown), onSeeking(seeking), onState(), onFailure(sentence)}. */
  constructor(stage, canvas, painter, events) {
    this.stage = stage;
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.painter = painter;
    this.events = events;
    this.#resizing = new ResizeObserver(() => this.redraw());
    this.#resizing.observe(stage);
  }

  get playing() {
    return this.#reverse !== 0 || (this.#source?.playing ?? false);
  }

  /** Until the frame asked for is on screen: the browser may end a seek and still hand over the frame before it. */
  get seeking() {
    return this.#target !== null || (this.#source?.seeking ?? false);
  }

  get frame() {
    return this.shown?.frame ?? 0;
  }

  get time() {
    return this.shown?.time_s ?? 0;
  }

  /** Where a seek under way is going, so that quick jumps add up; else the moment on the screen. */
  get aim() {
    return this.#target === null || !this.#clip ? this.time : this.#clip.times[this.#target];
  }

  /** Swaps to another loaded clip; its first frame is drawn at once where its video stands by. */
  show(clip, time = 0) {
    this.clear();
    this.#clip = clip;
    const events = {
      onFrame: (frame, timestampUs) => this.#draw(frame, timestampUs),
      onState: () => this.events.onState(),
      onFailure: (sentence) => clip === this.#clip && this.events.onFailure(sentence),
    };
    if (clip.video) {
      this.stage.prepend(clip.video);
      this.#source = new VideoSource(clip.video, clip.times, events);
    } else {
      this.#source = new ClockSource(clip.times, events);
    }
    this.#source.setMuted(this.view.muted);
    this.setRate(this.view.rate);
    if (time > 0) this.seek(time);
    else if (this.#source.video?.currentTime > 0) this.seekToFrame(0);
    else this.#source.redraw();
    this.events.onState();
  }

  clear() {
    this.#stopReverse();
    cancelAnimationFrame(this.#zoomRequest);
    cancelAnimationFrame(this.#chase);
    this.#source?.close();
    this.#clip?.video?.remove();
    this.#source = null;
    this.#clip = null;
    this.#window = null;
    this.#lit = null;
    this.#target = null;
    this.#playWhenThere = false;
    this.loop = null;
    this.shown = null;
    this.context.fillStyle = STAGE;
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
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

  setRate(rate) {
    this.view.rate = Math.min(Math.max(rate, RATES[0]), RATES.at(-1));
    this.#source?.setRate(this.view.rate);
    this.events.onState();
  }

  /** L plays, and pressed again plays faster; J the same backwards. */
  shuttle(direction) {
    if (direction < 0) {
      this.#source?.pause();
      this.#reverse = Math.max(this.#reverse - 1, -3);
      if (this.#reverse === -1) this.#playBackwards();
    } else if (this.playing && this.#reverse === 0) {
      this.setRate(RATES[Math.min(Math.max(RATES.indexOf(this.view.rate), 3) + 1, RATES.length - 1)]);
    } else {
      this.play();
    }
    this.events.onState();
  }

  step(frames) {
    this.pause();
    this.seekToFrame((this.#target ?? this.frame) + frames);
  }

  seek(time) {
    if (this.#clip) this.seekToFrame(frameShownAt(this.#clip.times, time));
  }

  seekToFrame(frame) {
    if (!this.#source) return;
    const clamped = Math.min(Math.max(frame, 0), this.#clip.times.length - 1);
    this.#target = clamped;
    this.#source.seekTo(clamped);
    this.events.onSeeking(this.seeking);
    cancelAnimationFrame(this.#chase);
    if (this.#target !== null) this.#chase = requestAnimationFrame((now) => this.#fetchTarget(now, now));
  }

  /** The browser may lose a seek that follows another closely (1 in 500 steps of held keys on a busy machine), or may
   * hand the frame over before the seek has ended and call nobody afterwards: looks again until the frame is there. */
  #fetchTarget(now, since) {
    const seeking = this.#source?.seeking;
    if (!seeking) this.redraw();
    if (this.#target === null || !this.#source) return;
    const lost = !seeking && (!this.#source.standsAt(this.#target) || now - since >= SEEK_AGAIN_MS);
    if (lost) this.#source.seekTo(this.#target);
    const from = seeking || lost ? now : since;
    this.#chase = requestAnimationFrame((next) => this.#fetchTarget(next, from));
  }

  /** Plays from `start_s` to `end_s`, once or again and again; its first frame is drawn before it plays on. */
  playSpan(start_s, end_s, once) {
    this.pause();
    this.loop = { start_s, end_s, once };
    this.#playWhenThere = true;
    this.seek(start_s);
  }

  setLoop(loop) {
    this.loop = loop;
    this.events.onState();
  }

  /** Joints to light while the rest is dimmed; null for none. */
  light(joints) {
    this.#lit = joints && joints.length > 0 ? new Set(joints) : null;
    this.redraw();
  }

  get lit() {
    return this.#lit;
  }

  set(name, value) {
    this.view[name] = value;
    if (name === "muted") this.#source?.setMuted(value);
    this.#zoomedAt = performance.now();
    this.redraw();
    this.events.onState();
  }

  #draw(frame, timestampUs) {
    const clip = this.#clip;
    const match = frameAtTimestamp(clip.times, timestampUs);
    const time_s = timestampUs / 1e6;
    const shownFrame = match >= 0 ? match : frameShownAt(clip.times, time_s);
    if (this.#playWhenThere && this.#target !== null && shownFrame !== this.#target) return; // on the way to a claim's first frame
    const last = this.#lastOfLoop();
    if (shownFrame > last) {
      this.#turnBack(last); // a late callback never shows what is past the span
      return;
    }
    const { width, height } = this.#fitCanvas();
    const unit = window.devicePixelRatio || 1;
    const project = this.#project(clip, time_s, width, height);
    this.context.fillStyle = STAGE;
    this.context.fillRect(0, 0, width, height);
    const points = clip.track && match >= 0 ? this.#points(clip, match) : null;
    let blurred = "";
    if (frame && this.view.picture) {
      this.context.imageSmoothingQuality = "high";
      this.context.drawImage(
        frame,
        project.x,
        project.y,
        clip.info.width_px * project.scale,
        clip.info.height_px * project.scale,
      );
      if (this.view.blur) blurred = this.#blur.paint(this.context, this.canvas, clip, points, time_s, project);
    }
    if (this.view.box) this.#drawBox(clip.person?.boxAt(time_s), project, unit);
    if (points && this.view.overlay) this.painter.paint(this.context, points, project, this.view, this.#lit, unit);
    const skeletonFrame = points ? match : null;
    this.shown = { frame: shownFrame, skeletonFrame, time_s, project, timestampUs, blurred };
    if (!this.#source.seeking && (this.playing || shownFrame === this.#target)) this.#target = null;
    this.events.onDraw(this.shown);
    if (this.#playWhenThere && !this.#source.seeking) {
      this.#playWhenThere = false;
      this.play();
    }
    if (shownFrame === last) this.#turnBack(last);
  }

  /** Those of a frame, as a view that the next frame overwrites; null until they have come, which draws it again. */
  #points(clip, frame) {
    const points = clip.track.points(frame);
    clip.track
      .ensure(frame, () => clip === this.#clip && this.redraw())
      .catch((error) => clip === this.#clip && this.events.onFailure(error.message));
    return points;
  }

  #drawBox(box, project, unit) {
    if (!box) return;
    const [x0, y0, x1, y1] = box;
    const { context } = this;
    context.save();
    context.strokeStyle = BOX;
    context.lineWidth = 1.5 * unit;
    context.setLineDash([6 * unit, 4 * unit]);
    context.strokeRect(
      x0 * project.scale + project.x,
      y0 * project.scale + project.y,
      (x1 - x0) * project.scale,
      (y1 - y0) * project.scale,
    );
    context.restore();
  }

  /** The last frame that playing may show. */
  #lastOfLoop() {
    if (!this.loop || !this.playing || this.#reverse) return Infinity;
    return frameShownAt(this.#clip.times, this.loop.end_s);
  }

  /** Back to the first frame of the loop, or to rest on its `last` one. */
  #turnBack(last) {
    if (this.#source.seeking) return;
    if (!this.loop.once) {
      this.seek(this.loop.start_s);
      return;
    }
    this.loop = null;
    this.pause();
    if (this.shown?.frame !== last) this.seekToFrame(last);
  }

  #fitCanvas() {
    const ratio = window.devicePixelRatio || 1;
    const width = Math.max(1, Math.round(this.stage.clientWidth * ratio));
    const height = Math.max(1, Math.round(this.stage.clientHeight * ratio));
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
      this.#window = null;
    }
    return { width, height };
  }

  /** Where the picture lies on the canvas; moves smoothly towards the person while the crop follows. */
  #project(clip, time_s, width, height) {
    const whole = { x: 0, y: 0, width: clip.info.width_px, height: clip.info.height_px };
    const box = this.view.crop ? clip.person?.boxAt(time_s) : null;
    const goal = box ? viewOfBox(box, whole.width, whole.height, width / height) : whole;
    const now = performance.now();
    if (!this.#window || matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.#window = goal;
    } else {
      const share = 1 - Math.exp(-Math.min((now - this.#zoomedAt) / 1000, 0.1) / ZOOM_SECONDS);
      const next = {};
      for (const side of Object.keys(goal)) next[side] = this.#window[side] + (goal[side] - this.#window[side]) * share;
      const left = Math.max(...Object.keys(goal).map((side) => Math.abs(goal[side] - next[side])));
      this.#window = left < 0.5 ? goal : next;
      cancelAnimationFrame(this.#zoomRequest);
      if (left >= 0.5 && !this.playing) this.#zoomRequest = requestAnimationFrame(() => this.redraw());
    }
    this.#zoomedAt = now;
    const scale = Math.min(width / this.#window.width, height / this.#window.height);
    return {
      scale,
      x: width / 2 - (this.#window.x + this.#window.width / 2) * scale,
      y: height / 2 - (this.#window.y + this.#window.height / 2) * scale,
    };
  }

  #playBackwards() {
    let time = this.time;
    let last = performance.now();
    const tick = (now) => {
      if (!this.#reverse || !this.#clip) return;
      time += ((now - last) / 1000) * this.#reverse;
      last = now;
      const frame = frameShownAt(this.#clip.times, Math.max(0, time));
      if (frame !== this.frame && !this.#source.seeking) this.seekToFrame(frame);
      if (time <= 0) this.pause();
      else requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  #stopReverse() {
    const was = this.#reverse;
    this.#reverse = 0;
    if (was) this.events.onState();
  }
}

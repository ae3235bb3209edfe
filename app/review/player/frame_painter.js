// Draws one moment of a clip on the canvas: the picture, the blur over a face, the person's box, the skeleton.

import { projectionOf, stepTowards, zoomedAround, zoomedView, zoomMoved } from "./camera.js";
import { FaceBlur } from "./face_blur.js";
import { ShotFinder } from "./shots.js";

/** @import { Box, LoadedClip, Projection, ShownFrame, ViewSettings, Zoom } from "../types.d.ts" */
/** @import { SkeletonPainter } from "./skeleton_painter.js" */

const STAGE = "#0b100f";
const BOX = "#ffe08a";

/**
 * What is drawn: the video's frame (null where there is no picture), the key points that belong to that very frame (null
 * where there are none), and the clip's time.
 * @typedef {{clip: LoadedClip, picture: VideoFrame | null, points: Float32Array | null, time_s: number}} Moment
 */

export class FramePainter {
  #stage;
  #canvas;
  #context;
  #skeleton;
  #onMore;
  #blur = new FaceBlur();
  #shots = new ShotFinder();
  /** @type {{clip: LoadedClip, shot: Box, project: Projection} | null} what is on the stage, for zooming by hand */
  #drawn = null;
  /** @type {Box | null} the part of the picture on the stage, in px of the video */
  #part = null;
  #movedAt = 0;
  #request = 0;

  /**
   * @param {HTMLElement} stage
   * @param {HTMLCanvasElement} canvas
   * @param {SkeletonPainter} skeleton
   * @param {() => void} onMore called when the same frame must be drawn again, because the crop is still moving
   */
  constructor(stage, canvas, skeleton, onMore) {
    const context = canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("This browser cannot draw on a canvas.");
    this.#stage = stage;
    this.#canvas = canvas;
    this.#context = context;
    this.#skeleton = skeleton;
    this.#onMore = onMore;
  }

  /** Clears the stage; the next clip starts with the whole picture. */
  clear() {
    cancelAnimationFrame(this.#request);
    this.#part = null;
    this.#drawn = null;
    this.#context.fillStyle = STAGE;
    this.#context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  /** The view has changed: the crop starts to move now. */
  restartMotion() {
    this.#movedAt = performance.now();
  }

  /** The view is moved by hand, so the crop is at once where it is meant to be. */
  skipMotion() {
    this.#part = null;
  }

  /**
   * The zoom that is `change` times closer around a place of the window, and moved with it; as it was where nothing is drawn.
   * @param {Zoom} zoom
   * @param {number} change
   * @param {{x: number, y: number}} place in px of the window
   * @param {{x: number, y: number}} moved in px of the window
   */
  zoomedByHand(zoom, change, place, moved = { x: 0, y: 0 }) {
    if (!this.#drawn) return zoom;
    const { clip, shot, project } = this.#drawn;
    const { width_px: width, height_px: height } = clip.info;
    const bounds = this.#canvas.getBoundingClientRect();
    const scale = project.scale / (this.#canvas.width / bounds.width); // px of the window for one of the picture
    const at = {
      x: (place.x - moved.x - bounds.left) / scale - project.x / project.scale,
      y: (place.y - moved.y - bounds.top) / scale - project.y / project.scale,
    };
    const closer = zoomedAround(zoom, change, at, shot, width, height);
    const shownScale = (scale * closer.factor) / zoom.factor;
    const by = { x: -moved.x / shownScale, y: -moved.y / shownScale };
    return zoomMoved(closer, by, shot, width, height);
  }

  /**
   * @param {Moment} moment
   * @param {ViewSettings} view
   * @param {Set<number> | null} lit
   * @param {boolean} playing
   * @returns {Pick<ShownFrame, "project" | "blurred" | "shotNote">}
   */
  paint({ clip, picture, points, time_s }, view, lit, playing) {
    const context = this.#context;
    const { width, height } = this.#fitCanvas();
    const unit = window.devicePixelRatio || 1;
    const { part: shot, note: shotNote } = this.#shots.find(view.zoom.shot, clip, points, time_s, width / height);
    const goal = zoomedView(shot, view.zoom, clip.info.width_px, clip.info.height_px);
    const project = projectionOf(this.#movedTowards(goal, playing), width, height);
    this.#drawn = { clip, shot, project };
    context.fillStyle = STAGE;
    context.fillRect(0, 0, width, height);
    /** @type {ShownFrame["blurred"]} */
    let blurred = "";
    if (picture && view.picture) {
      const [wide, high] = [clip.info.width_px * project.scale, clip.info.height_px * project.scale];
      context.imageSmoothingQuality = "high";
      context.drawImage(picture, project.x, project.y, wide, high);
      if (view.blur) blurred = this.#blur.paint(context, this.#canvas, clip, points, time_s, project);
    }
    if (view.box) this.#drawBox(clip.person?.boxAt(time_s), project, unit);
    if (points && view.overlay) this.#skeleton.paint(context, points, project, view, lit, unit);
    return { project, blurred, shotNote };
  }

  /**
   * @param {[number, number, number, number] | null | undefined} box
   * @param {Projection} project
   * @param {number} unit
   */
  #drawBox(box, project, unit) {
    if (!box) return;
    const [x0, y0, x1, y1] = box;
    const context = this.#context;
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

  #fitCanvas() {
    const ratio = window.devicePixelRatio || 1;
    const width = Math.max(1, Math.round(this.#stage.clientWidth * ratio));
    const height = Math.max(1, Math.round(this.#stage.clientHeight * ratio));
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
      this.#part = null;
    }
    return { width, height };
  }

  /**
   * The part of the picture to show now, on its way to the goal.
   * @param {Box} goal
   * @param {boolean} playing
   */
  #movedTowards(goal, playing) {
    const now = performance.now();
    if (!this.#part || matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.#part = goal;
    } else {
      const { part, arrived } = stepTowards(this.#part, goal, (now - this.#movedAt) / 1000);
      this.#part = part;
      cancelAnimationFrame(this.#request);
      if (!arrived && !playing) this.#request = requestAnimationFrame(() => this.#onMore());
    }
    this.#movedAt = now;
    return this.#part;
  }
}

// Makes the face unrecognizable; where no face was found, the whole picture, so that nobody is shown by mistake.

/** @import { Box, LoadedClip, Projection } from "../types.d.ts" */

const HEAD = [0, 15, 16, 17, 18]; // nose, eyes, ears of the body's points
const FACE_FIRST = 25;
const FACE_LAST = 94;
const LEAST_POINTS = 3;
const GROWTH = 1.5; // a face is larger than its points, which end at chin and brows
const BLOCKS = 7; // squares across a face: too coarse for eyes and mouth, fine enough for head movements
const HELD_S = 0.5; // a face not detected for this long is assumed where it was

export class FaceBlur {
  #small = new OffscreenCanvas(1, 1);
  /** @type {{clip: LoadedClip, time_s: number, box: Box} | null} */
  #last = null;

  /**
   * Blurs what `canvas` shows of the face and tells what was blurred.
   * @param {CanvasRenderingContext2D} context
   * @param {HTMLCanvasElement} canvas
   * @param {LoadedClip} clip
   * @param {Float32Array | null} points of the frame that was drawn
   * @param {number} time_s
   * @param {Projection} project
   * @returns {"face" | "picture"}
   */
  paint(context, canvas, clip, points, time_s, project) {
    const found = faceBox(points);
    const box = found ?? this.#held(clip, time_s);
    if (!box) {
      this.#coarse(context, canvas, { x: 0, y: 0, width: canvas.width, height: canvas.height }, BLOCKS * 2);
      return "picture";
    }
    if (found) this.#last = { clip, time_s, box };
    const place = {
      x: box.x * project.scale + project.x,
      y: box.y * project.scale + project.y,
      width: box.width * project.scale,
      height: box.height * project.scale,
    };
    context.save();
    context.beginPath();
    context.ellipse(
      place.x + place.width / 2,
      place.y + place.height / 2,
      place.width / 2,
      place.height / 2,
      0,
      0,
      2 * Math.PI,
    );
    context.clip();
    this.#coarse(context, canvas, place, BLOCKS);
    context.restore();
    return "face";
  }

  /**
   * @param {LoadedClip} clip
   * @param {number} time_s
   */
  #held(clip, time_s) {
    const last = this.#last;
    return last?.clip === clip && Math.abs(time_s - last.time_s) <= HELD_S ? last.box : null;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {HTMLCanvasElement} canvas
   * @param {Box} place
   * @param {number} blocks across the place
   */
  #coarse(context, canvas, { x, y, width, height }, blocks) {
    const small = this.#small;
    small.width = blocks;
    small.height = Math.max(1, Math.round((blocks * height) / width));
    const shrunk = small.getContext("2d");
    if (!shrunk) throw new Error("This browser cannot blur a face.");
    shrunk.imageSmoothingEnabled = true;
    shrunk.imageSmoothingQuality = "high";
    shrunk.drawImage(canvas, x, y, width, height, 0, 0, small.width, small.height);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, x, y, width, height);
    context.imageSmoothingEnabled = true;
  }
}

/**
 * The box around the points of the face in px of the video; null where too few are there.
 * @param {Float32Array | null} points
 * @returns {Box | null}
 */
export function faceBox(points) {
  if (!points) return null;
  const joints = [...HEAD];
  for (let joint = FACE_FIRST; joint <= FACE_LAST; joint++) joints.push(joint);
  const found = joints.filter((joint) => points[joint * 3 + 2] > 0);
  if (found.length < LEAST_POINTS) return null;
  const xs = found.map((joint) => points[joint * 3]);
  const ys = found.map((joint) => points[joint * 3 + 1]);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const side = Math.max(right - left, bottom - top) * GROWTH;
  return { x: (left + right - side) / 2, y: (top + bottom - side * 1.1) / 2, width: side, height: side * 1.1 };
}

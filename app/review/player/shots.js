// What a shot frames at a moment of a clip: the whole picture, the person, or the face. Where there is no face the portrait is
// shown, where nobody was found the whole picture, and the screen says so.

import { viewOfAll, viewOfBox } from "./camera.js";

/** @import { Box, LoadedClip, Shot } from "../types.d.ts" */

/** @type {Shot[]} in the order in which the key goes through them */
export const SHOTS = ["whole", "portrait", "face"];

const HEAD = [0, 15, 16, 17, 18]; // nose, eyes, ears of the body's points
const NOSE = 0;
const HEAD_CONFIDENCE = 0.05;
const FACE_FIRST = 25;
const FACE_LAST = 94;
const FACE_CONFIDENCE = 0.4;
const LEAST_FACE_POINTS = 10;
const FACE_PER_HEAD_SPREAD = 1.3; // from brows to chin, by the spread of nose, eyes and ears
const SHARE_ABOVE = 0.22; // the middle of a head with its hair is so much of the face's size above the middle of the face
const FRAME = 1.9; // side of the picture around a face, by the face's size
const HELD_S = 0.5; // a face that is not found for so long is assumed where it was
const STEADY_S = 0.8; // time in which the size follows two thirds of a change: a mouth that opens is no change of shot

/** @typedef {{x: number, y: number, size: number}} Face center and size of a face in px of the video */

/**
 * The face among the points of a frame: from those of the face, else from nose, eyes and ears; null where there are too few.
 * @param {Float32Array} points x, y and confidence of every joint
 * @returns {Face | null}
 */
export function faceOf(points) {
  const face = joints(points, FACE_FIRST, FACE_LAST, FACE_CONFIDENCE);
  if (face.length >= LEAST_FACE_POINTS) return { ...middle(points, face), size: spread(points, face) };
  const head = HEAD.filter((joint) => points[joint * 3 + 2] > HEAD_CONFIDENCE);
  if (head.length < 2) return null;
  const center = head.includes(NOSE) ? [NOSE] : head;
  return { ...middle(points, center), size: spread(points, head) * FACE_PER_HEAD_SPREAD };
}

/**
 * @param {Float32Array} points
 * @param {number} first
 * @param {number} last
 * @param {number} confidence
 */
function joints(points, first, last, confidence) {
  const found = [];
  for (let joint = first; joint <= last; joint++) if (points[joint * 3 + 2] > confidence) found.push(joint);
  return found;
}

/**
 * The median place, which one wrong point does not move.
 * @param {Float32Array} points
 * @param {number[]} found
 */
function middle(points, found) {
  /** @param {number} axis */
  const median = (axis) => {
    const sorted = found.map((joint) => points[joint * 3 + axis]).sort((a, b) => a - b);
    return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
  };
  return { x: median(0), y: median(1) };
}

/**
 * @param {Float32Array} points
 * @param {number[]} found
 */
function spread(points, found) {
  /** @param {number} axis */
  const along = (axis) => {
    const places = found.map((joint) => points[joint * 3 + axis]);
    return Math.max(...places) - Math.min(...places);
  };
  return Math.max(along(0), along(1), 1);
}

export class ShotFinder {
  /** @type {{clip: LoadedClip, time_s: number, face: Face} | null} */
  #last = null;

  /**
   * The part of the picture that a shot shows in a stage of this aspect, and why it is another than the one that was chosen.
   * @param {Shot} shot
   * @param {LoadedClip} clip
   * @param {Float32Array | null} points of the frame
   * @param {number} time_s
   * @param {number} aspect
   * @returns {{part: Box, note: string}}
   */
  find(shot, clip, points, time_s, aspect) {
    const { width_px: width, height_px: height } = clip.info;
    const face = shot === "face" ? this.#steady(clip, points, time_s) : null;
    if (face) return { part: viewOfFace(face, width, height, aspect), note: "" };
    const box = shot === "whole" ? null : (clip.person?.boxAt(time_s) ?? null);
    const part = box ? viewOfBox(box, width, height, aspect) : viewOfAll(width, height, aspect);
    return { part, note: noteOf(shot, box !== null) };
  }

  /**
   * @param {LoadedClip} clip
   * @param {Float32Array | null} points
   * @param {number} time_s
   * @returns {Face | null}
   */
  #steady(clip, points, time_s) {
    const last = this.#last;
    const passed = last?.clip === clip ? Math.abs(time_s - last.time_s) : Number.POSITIVE_INFINITY;
    const near = passed <= HELD_S ? (last?.face ?? null) : null;
    const found = points && faceOf(points);
    if (!found) return near;
    const size = near ? near.size + (found.size - near.size) * (1 - Math.exp(-passed / STEADY_S)) : found.size;
    const face = { ...found, size };
    this.#last = { clip, time_s, face };
    return face;
  }
}

/**
 * @param {Face} face
 * @param {number} width
 * @param {number} height
 * @param {number} aspect
 */
function viewOfFace({ x, y, size }, width, height, aspect) {
  const half = (size * FRAME) / 2;
  const middle = y - size * SHARE_ABOVE;
  return viewOfBox([x - half, middle - half, x + half, middle + half], width, height, aspect, 0);
}

/**
 * @param {Shot} shot
 * @param {boolean} portrait whether the person was found
 */
function noteOf(shot, portrait) {
  if (shot === "whole" || (shot === "portrait" && portrait)) return "";
  const missing = shot === "face" ? "No face here" : "Nobody was found here";
  return `${missing}: the ${portrait ? "portrait" : "whole picture"} is shown.`;
}

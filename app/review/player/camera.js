// The visible part of the picture: all of it, or a crop that follows the person smoothly.

/** @import { Box, Projection } from "../types.d.ts" */

const MARGIN = 0.12; // margin around the person, as a share of the box
const ZOOM_SECONDS = 0.16; // time in which the crop moves two thirds of the way
const LONGEST_STEP_S = 0.1; // longest time step of one drawing
const THERE_PX = 0.5; // the crop has arrived when it is nearer than this

/**
 * The part of a width × height picture to show so that `box` fills a stage of this aspect.
 * @param {[number, number, number, number]} box x0, y0, x1, y1
 * @param {number} width
 * @param {number} height
 * @param {number} aspect
 * @returns {Box}
 */
export function viewOfBox(box, width, height, aspect) {
  const [x0, y0, x1, y1] = box;
  let wide = (x1 - x0) * (1 + 2 * MARGIN);
  let high = (y1 - y0) * (1 + 2 * MARGIN);
  if (wide / high < aspect) wide = high * aspect;
  else high = wide / aspect;
  const shrink = Math.min(1, Math.max(width / wide, height / high));
  wide *= shrink;
  high *= shrink;
  return {
    x: startWithin((x0 + x1 - wide) / 2, wide, width),
    y: startWithin((y0 + y1 - high) / 2, high, height),
    width: wide,
    height: high,
  };
}

/**
 * The start of an interval, moved so that it stays within the picture; centered if it is larger.
 * @param {number} start
 * @param {number} size
 * @param {number} limit
 */
function startWithin(start, size, limit) {
  return size >= limit ? (limit - size) / 2 : Math.min(Math.max(start, 0), limit - size);
}

/**
 * One step of the crop towards its goal, and whether it has arrived.
 * @param {Box} from
 * @param {Box} goal
 * @param {number} seconds since the last step
 */
export function stepTowards(from, goal, seconds) {
  const share = 1 - Math.exp(-Math.min(seconds, LONGEST_STEP_S) / ZOOM_SECONDS);
  /** @param {keyof Box} side */
  const step = (side) => from[side] + (goal[side] - from[side]) * share;
  const next = { x: step("x"), y: step("y"), width: step("width"), height: step("height") };
  /** @type {(keyof Box)[]} */
  const sides = ["x", "y", "width", "height"];
  const arrived = Math.max(...sides.map((side) => Math.abs(goal[side] - next[side]))) < THERE_PX;
  return { part: arrived ? goal : next, arrived };
}

/**
 * The projection that shows a part of the picture centered and as large as possible.
 * @param {Box} part
 * @param {number} width of the canvas
 * @param {number} height of the canvas
 * @returns {Projection}
 */
export function projectionOf(part, width, height) {
  const scale = Math.min(width / part.width, height / part.height);
  return {
    scale,
    x: width / 2 - (part.x + part.width / 2) * scale,
    y: height / 2 - (part.y + part.height / 2) * scale,
  };
}

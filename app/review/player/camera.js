// The visible part of the picture: all of it, or a shot of the person that follows smoothly, and closer or to the side of it
// where the reviewer has zoomed and moved it.

/** @import { Box, Projection, Zoom } from "../types.d.ts" */

const CLOSEST = 8; // times closer than the shot

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
 * @param {number} [margin] around the box, as a share of it
 * @returns {Box}
 */
export function viewOfBox(box, width, height, aspect, margin = MARGIN) {
  const [x0, y0, x1, y1] = box;
  let wide = (x1 - x0) * (1 + 2 * margin);
  let high = (y1 - y0) * (1 + 2 * margin);
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
 * The whole picture, with room beside or above it in a stage of another shape.
 * @param {number} width
 * @param {number} height
 * @param {number} aspect
 * @returns {Box}
 */
export function viewOfAll(width, height, aspect) {
  const wide = Math.max(width, height * aspect);
  const high = wide / aspect;
  return { x: (width - wide) / 2, y: (height - high) / 2, width: wide, height: high };
}

/**
 * What is shown of a width × height picture at this zoom; it never leaves the picture.
 * @param {Box} shot its part that the shot shows
 * @param {Zoom} zoom
 * @param {number} width
 * @param {number} height
 * @returns {Box}
 */
export function zoomedView(shot, { factor, x, y }, width, height) {
  const wide = Math.min(shot.width / factor, viewOfAll(width, height, shot.width / shot.height).width);
  const high = (wide * shot.height) / shot.width;
  return {
    x: startWithin(shot.x + shot.width * (0.5 + x) - wide / 2, wide, width),
    y: startWithin(shot.y + shot.height * (0.5 + y) - high / 2, high, height),
    width: wide,
    height: high,
  };
}

/**
 * The zoom that is `change` times closer, with `place` where it was on the stage.
 * @param {Zoom} zoom
 * @param {number} change
 * @param {{x: number, y: number}} place in the picture
 * @param {Box} shot
 * @param {number} width
 * @param {number} height
 */
export function zoomedAround(zoom, change, place, shot, width, height) {
  const farthest = shot.width / viewOfAll(width, height, shot.width / shot.height).width;
  const factor = Math.min(Math.max(zoom.factor * change, farthest), Math.max(CLOSEST, zoom.factor));
  const view = zoomedView(shot, zoom, width, height);
  const share = shot.width / factor / view.width;
  const center = {
    x: place.x + (view.x + view.width / 2 - place.x) * share,
    y: place.y + (view.y + view.height / 2 - place.y) * share,
  };
  return zoomAt({ ...zoom, factor }, center, shot, width, height);
}

/**
 * The zoom whose view has moved by so many px of the picture.
 * @param {Zoom} zoom
 * @param {{x: number, y: number}} by
 * @param {Box} shot
 * @param {number} width
 * @param {number} height
 */
export function zoomMoved(zoom, by, shot, width, height) {
  const view = zoomedView(shot, zoom, width, height);
  return zoomAt(zoom, { x: view.x + view.width / 2 + by.x, y: view.y + view.height / 2 + by.y }, shot, width, height);
}

/**
 * The zoom with this center, or the nearest one that stays within the picture.
 * @param {Zoom} zoom
 * @param {{x: number, y: number}} center in the picture
 * @param {Box} shot
 * @param {number} width
 * @param {number} height
 * @returns {Zoom}
 */
function zoomAt(zoom, center, shot, width, height) {
  /** @type {(center: {x: number, y: number}) => {x: number, y: number}} */
  const offset = ({ x, y }) => ({
    x: (x - shot.x) / shot.width - 0.5,
    y: (y - shot.y) / shot.height - 0.5,
  });
  const view = zoomedView(shot, { ...zoom, ...offset(center) }, width, height);
  return { ...zoom, ...offset({ x: view.x + view.width / 2, y: view.y + view.height / 2 }) };
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

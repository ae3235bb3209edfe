// Frames by their times. `times` holds the time of every frame of a clip in seconds, ascending.

const USUAL_GAP_S = 0.04; // seconds between frames, for a clip of one frame

/**
 * Index of the frame whose own time is `timeUs`, within half a frame; -1 where there is none.
 * @param {ArrayLike<number>} times
 * @param {number} timeUs microseconds
 */
export function frameAtTimestamp(times, timeUs) {
  const time = timeUs / 1e6;
  const after = firstAfter(times, time);
  let best = -1;
  let distance = Number.POSITIVE_INFINITY;
  for (const index of [after - 1, after]) {
    if (index < 0 || index >= times.length) continue;
    const off = Math.abs(times[index] - time);
    if (off < distance) [best, distance] = [index, off];
  }
  return best >= 0 && distance < frameGap(times, best) / 2 ? best : -1;
}

/**
 * Index of the frame on screen at `time` seconds, clamped to the clip.
 * @param {ArrayLike<number>} times
 * @param {number} time
 */
export function frameShownAt(times, time) {
  return Math.min(Math.max(firstAfter(times, time + 1e-6) - 1, 0), times.length - 1);
}

/**
 * The time to seek to for frame `index`: its middle, so that no neighbor is shown.
 * @param {ArrayLike<number>} times
 * @param {number} index
 */
export function middleOfFrame(times, index) {
  const next = index + 1 < times.length ? times[index + 1] : times[index] + frameGap(times, index);
  return (times[index] + next) / 2;
}

/**
 * @param {ArrayLike<number>} times
 * @param {number} index
 */
function frameGap(times, index) {
  const before = index > 0 ? times[index] - times[index - 1] : Number.POSITIVE_INFINITY;
  const after = index + 1 < times.length ? times[index + 1] - times[index] : Number.POSITIVE_INFINITY;
  const gap = Math.min(before, after);
  return Number.isFinite(gap) ? gap : USUAL_GAP_S;
}

/**
 * Index of the first frame after `time`.
 * @param {ArrayLike<number>} times
 * @param {number} time
 */
function firstAfter(times, time) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

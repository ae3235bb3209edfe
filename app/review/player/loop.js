// The loop, as data.

/** @import { Loop, Span } from "../types.d.ts" */

/**
 * A loop with one end moved to `time`; the other end stays if it is on its side of `time`, else becomes the clip's.
 * @param {"from" | "to"} end
 * @param {number} time
 * @param {Span | null} loop
 * @param {number} duration of the clip
 * @returns {Loop}
 */
export function loopWithEnd(end, time, loop, duration) {
  const { start_s, end_s } = loop ?? { start_s: 0, end_s: duration };
  if (end === "from") return { start_s: time, end_s: end_s > time ? end_s : duration, once: false };
  return { start_s: start_s < time ? start_s : 0, end_s: time, once: false };
}

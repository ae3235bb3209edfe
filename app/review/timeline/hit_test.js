// Finds what is at a position of the timeline.

import { CLAIM_ROW, layoutOf, WORDS } from "./lanes.js";

/** @import { Span } from "../types.d.ts" */
/** @import { LaidOut } from "./lanes.js" */
/** @import { InRow } from "./spans.js" */
/** @import { TimeAxis } from "./time_axis.js" */

const SLACK_PX = 3; // tolerance beside a span

/** @typedef {ReturnType<typeof hitTest>} Hit */

/**
 * The time at a position and what is there: at most one of claim, cue and sentence.
 * @param {{x: number, y: number}} place in px from the timeline's corner
 * @param {LaidOut} content
 * @param {TimeAxis} axis
 * @param {number} width
 */
export function hitTest({ x, y }, content, axis, width) {
  const layout = layoutOf(content);
  const time = axis.timeAt(x, width);
  const slack = (axis.span / width) * SLACK_PX;
  /**
   * @template {Span} T
   * @param {InRow<T>[]} spans
   * @param {number} top
   * @param {number} height
   */
  const inRows = (spans, top, height) => {
    const row = Math.floor((y - top) / height);
    /** @param {Span} span */
    const away = ({ start_s, end_s }) => Math.max(start_s - time, time - end_s, 0);
    const near = spans.filter((one) => one.row === row && away(one) <= slack);
    return near.toSorted((one, other) => away(one) - away(other))[0];
  };
  const claim = inRows(content.claims, layout.claimsTop, CLAIM_ROW);
  const cue = claim ? undefined : inRows(content.rows.cues, layout.cuesTop, layout.cueRow);
  const inWords = y >= layout.wordsTop && y < layout.wordsTop + WORDS;
  const said = inWords ? content.words.find((one) => time >= one.start_s && time < one.end_s) : undefined;
  const inModel = content.model !== null && y >= layout.modelTop && y < layout.confidenceTop;
  return { x, y, time, claim, cue, said, inModel, inConfidence: y >= layout.confidenceTop };
}

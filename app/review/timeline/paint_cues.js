// Paints the measured cues: a row for each family, a bar for each cue with its name where there is room.

import { NameFitter } from "./bar_names.js";
import { speaksOf } from "./spans.js";
import { GUTTER, MARGIN } from "./time_axis.js";

/** @import { Cue } from "../types.d.ts" */
/** @import { InRow } from "./spans.js" */
/** @import { Painting } from "./paint.js" */

const LEAST_NAMED_ROW = 10; // px: a lower row has no names
const LEAST_NAMED_BAR = 22;
const STRENGTH_MARK = 2; // px: the line below a bar, the stronger the darker

const names = new NameFitter();

/**
 * A faint band behind every other family, so that its rows are seen to belong together.
 * @param {Painting} painting
 */
export function paintFamilyBands({ context, width, content, layout, style }) {
  context.fillStyle = style.faint;
  context.globalAlpha = 0.4;
  for (const [at, { first, count }] of content.rows.families.entries())
    if (at % 2 === 0) {
      const top = layout.cuesTop + first * layout.cueRow;
      context.fillRect(GUTTER, top, width - GUTTER - MARGIN, count * layout.cueRow);
    }
  context.globalAlpha = 1;
}

/** @param {Painting} painting */
export function paintCues(painting) {
  const { context, content, layout, style } = painting;
  context.save();
  context.textBaseline = "middle";
  context.font = `${Math.min(10.5, layout.cueRow - 1.5)}px ${style.font}`;
  for (const cue of content.rows.cues) paintCue(painting, cue);
  context.restore();
}

/**
 * @param {Painting} painting
 * @param {InRow<Cue>} cue
 */
function paintCue({ context, width, content, layout, style, x }, cue) {
  const start = x(cue.start_s);
  const wide = Math.max(2, x(cue.end_s) - start);
  if (start + wide < GUTTER || start > width) return; // a zoomed timeline shows a part
  const joined = content.active !== null && speaksOf(content.active, cue);
  const top = layout.cuesTop + cue.row * layout.cueRow;
  const high = layout.cueRow - 1;
  context.fillStyle = style.ink;
  context.globalAlpha = joined ? 1 : 0.1 + 0.22 * cue.strength; // the name is read on it
  context.fillRect(start, top, wide, high);
  context.globalAlpha = joined ? 1 : 0.4 + 0.5 * cue.strength;
  context.fillRect(start, top + high - STRENGTH_MARK, wide, STRENGTH_MARK);
  context.globalAlpha = 1;
  if (layout.cueRow < LEAST_NAMED_ROW || wide < LEAST_NAMED_BAR) return;
  const left = Math.max(start, GUTTER);
  const name = names.fit(context, cue.title, Math.min(start + wide, width - MARGIN) - left - 6);
  context.fillStyle = joined ? style.paper : style.ink;
  if (name) context.fillText(name, left + 3, top + (high - STRENGTH_MARK) / 2 + 0.5);
}

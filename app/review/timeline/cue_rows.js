// The rows of the cues: one for each family, with further ones where cues of a family overlap, so that none hides another.

import { pack } from "./spans.js";

/** @import { Cue, CueFamily } from "../types.d.ts" */
/** @import { InRow } from "./spans.js" */

/**
 * The rows of one family: the number of the first, counted over all families, and how many there are.
 * @typedef {{title: string, first: number, count: number}} FamilyRows
 */

/**
 * The cues with their rows, the rows of each family, and the number of all.
 * @typedef {{cues: InRow<Cue>[], families: FamilyRows[], count: number}} CueRows
 */

const TALLEST_ROW = 18; // px
const LOWEST_ROW = 6;
const OTHER = { name: null, title: "Other" }; // cues that the catalog no longer has

/**
 * The families keep their rows where they have no cue, so that each is found at the same place on every clip.
 * @param {Cue[]} cues in order of start
 * @param {CueFamily[]} families in order, without hidden ones
 * @returns {CueRows}
 */
export function cueRows(cues, families) {
  /** @type {CueRows} */
  const found = { cues: [], families: [], count: 0 };
  for (const { name, title } of [...families, OTHER]) {
    const own = pack(
      cues.filter(({ family }) => family === name),
      Number.POSITIVE_INFINITY,
    );
    if (name === null && !own.length) continue;
    const count = Math.max(1, ...own.map(({ row }) => row + 1));
    found.families.push({ title, first: found.count, count });
    for (const cue of own) found.cues.push({ ...cue, row: cue.row + found.count });
    found.count += count;
  }
  return found;
}

/**
 * The height of one row in px, where all have `room` px together.
 * @param {number} count
 * @param {number} room
 */
export function rowHeight(count, room) {
  return Math.max(LOWEST_ROW, Math.min(TALLEST_ROW, Math.floor(room / Math.max(1, count))));
}

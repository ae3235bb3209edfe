// Which of the measured cues are shown, as the reviewer chose it; remembered in this browser.

import { speaksOf } from "./spans.js";

/** @import { Claim, Cue } from "../types.d.ts" */

/**
 * `hidden` families, what a cue's name must contain, the least strength (0 to 1), and whether a claim must speak of it.
 * @typedef {{hidden: string[], name: string, strength: number, claimed: boolean}} CueFilter
 */

/** @type {Readonly<CueFilter>} */
export const ALL_CUES = { hidden: [], name: "", strength: 0, claimed: false };

/**
 * The cues that pass a filter, in their order.
 * @template {Cue} T
 * @param {T[]} cues
 * @param {CueFilter} filter
 * @param {Claim[]} claims
 */
export function filtered(cues, { hidden, name, strength, claimed }, claims) {
  const part = name.trim().toLowerCase();
  return cues.filter(
    (cue) =>
      !hidden.includes(cue.family ?? "") &&
      cue.strength >= strength &&
      (cue.title.toLowerCase().includes(part) || cue.name.includes(part)) &&
      (!claimed || claims.some((claim) => speaksOf(claim, cue))),
  );
}

/**
 * Whether a filter leaves every cue in.
 * @param {CueFilter} filter
 */
export function showsAll({ hidden, name, strength, claimed }) {
  return hidden.length === 0 && !name.trim() && strength === 0 && !claimed;
}

/**
 * How many cues are shown, in words.
 * @param {number} shown
 * @param {number} all
 */
export function countInWords(shown, all) {
  if (shown < all) return `${shown} of ${all} cues`;
  if (all === 0) return "No cues";
  return all === 1 ? "1 cue" : `All ${all} cues`;
}

/** A reviewer's filter. */
export class RememberedFilter {
  #storage;
  #place;
  /** @type {CueFilter} */
  value;

  /**
   * @param {number} reviewerId
   * @param {Pick<Storage, "getItem" | "setItem">} storage
   */
  constructor(reviewerId, storage) {
    this.#storage = storage;
    this.#place = `telltale.cues.${reviewerId}`;
    this.value = { ...ALL_CUES, ...JSON.parse(storage.getItem(this.#place) ?? "{}") };
  }

  /** @param {Partial<CueFilter>} changes */
  change(changes) {
    this.value = { ...this.value, ...changes };
    this.#storage.setItem(this.#place, JSON.stringify(this.value));
  }
}

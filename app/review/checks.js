// The results of the claim check: a sign and words for each.

/** @import { Check } from "./types.d.ts" */

/** @type {Record<Check, [sign: string, words: string]>} */
export const CHECKS = {
  supported: ["✓", "Supported"],
  contradicted: ["✗", "Contradicted"],
  not_measurable: ["–", "Not measurable"],
  unchecked: ["·", "Not checked"],
};

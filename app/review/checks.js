// What the key points say of a claim: the sign that stands for it, and its words.

/** @import { Check } from "./types.d.ts" */

/** @type {Record<Check, [sign: string, words: string]>} */
export const CHECKS = {
  supported: ["✓", "Supported"],
  contradicted: ["✗", "Contradicted"],
  not_measurable: ["–", "Not measurable"],
  unchecked: ["·", "Not checked"],
};

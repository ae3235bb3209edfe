// The words of a rater's confidence.

/** @type {[level: number, name: string][]} */
export const RATER_CONFIDENCE = [
  [1, "Guessing"],
  [2, "Fairly sure"],
  [3, "Certain"],
];

/**
 * As a part of a sentence; nothing where no confidence was given.
 * @param {number | null | undefined} level
 */
export function confidenceInWords(level) {
  return RATER_CONFIDENCE.find(([one]) => one === level)?.[1].toLowerCase();
}

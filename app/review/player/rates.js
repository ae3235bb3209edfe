// The speeds of playing.

export const RATES = [0.25, 0.5, 0.75, 1, 1.5, 2, 3];

/**
 * The next slower (-1) or faster (1) speed, or the usual one (0).
 * @param {number} rate
 * @param {number} direction
 */
export function rateAfter(rate, direction) {
  if (direction === 0) return 1;
  const at = RATES.indexOf(rate) + direction;
  return RATES[Math.min(Math.max(at, 0), RATES.length - 1)];
}

// Formats times.

/**
 * 62.5 is "1:02.50".
 * @param {number} seconds
 * @param {number} digits after the point
 */
export function clockTime(seconds, digits = 2) {
  const scale = 10 ** digits;
  const units = Math.round(Math.max(0, seconds) * scale);
  const minutes = Math.floor(units / (60 * scale));
  const rest = ((units % (60 * scale)) / scale).toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
  return `${minutes}:${rest}`;
}

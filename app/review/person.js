// Where the person is, for the crop: a smooth box over time, read from the server as rows of time, x0, y0, x1, y1.

const ROW = 5;
const MARGIN = 0.12;

export class PersonTrack {
  #rows;

  constructor(buffer) {
    this.#rows = new Float32Array(buffer);
  }

  /** Box in px at `time` seconds, between its two neighbours; null where nobody was found. */
  boxAt(time) {
    const count = this.#rows.length / ROW;
    let after = 0;
    while (after < count && this.#rows[after * ROW] < time) after++;
    const before = Math.max(after - 1, 0);
    const next = Math.min(after, count - 1);
    if (next < 0) return null;
    const [t0, t1] = [this.#rows[before * ROW], this.#rows[next * ROW]];
    const share = t1 > t0 ? Math.min(1, (time - t0) / (t1 - t0)) : 0;
    const box = [1, 2, 3, 4].map((column) => {
      const [a, b] = [this.#rows[before * ROW + column], this.#rows[next * ROW + column]];
      return Number.isNaN(a) ? b : Number.isNaN(b) ? a : a + (b - a) * share;
    });
    return box.some(Number.isNaN) ? null : box;
  }
}

/** The part of a width × height picture to show so that `box` fills a stage of this aspect: {x, y, width, height}. */
export function viewOfBox(box, width, height, aspect) {
  const [x0, y0, x1, y1] = box;
  let wide = (x1 - x0) * (1 + 2 * MARGIN);
  let high = (y1 - y0) * (1 + 2 * MARGIN);
  if (wide / high < aspect) wide = high * aspect;
  else high = wide / aspect;
  const shrink = Math.min(1, Math.max(width / wide, height / high));
  wide *= shrink;
  high *= shrink;
  const clamp = (start, size, limit) => (size >= limit ? (limit - size) / 2 : Math.min(Math.max(start, 0), limit - size));
  return {
    x: clamp((x0 + x1 - wide) / 2, wide, width),
    y: clamp((y0 + y1 - high) / 2, high, height),
    width: wide,
    height: high,
  };
}

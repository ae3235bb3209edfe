// The smoothed box of the person over time, from rows of time, x0, y0, x1, y1.

const ROW = 5;

export class PersonTrack {
  #rows;

  /** @param {ArrayBuffer} buffer */
  constructor(buffer) {
    this.#rows = new Float32Array(buffer);
  }

  /**
   * Box in px at `time` seconds, between its two neighbors; null where nobody was found.
   * @param {number} time
   * @returns {[number, number, number, number] | null} x0, y0, x1, y1
   */
  boxAt(time) {
    const count = this.#rows.length / ROW;
    let after = 0;
    while (after < count && this.#rows[after * ROW] < time) after++;
    const before = Math.max(after - 1, 0);
    const next = Math.min(after, count - 1);
    if (next < 0) return null;
    const [t0, t1] = [this.#rows[before * ROW], this.#rows[next * ROW]];
    const share = t1 > t0 ? Math.min(1, (time - t0) / (t1 - t0)) : 0;
    /** @param {number} column */
    const side = (column) => {
      const [a, b] = [this.#rows[before * ROW + column], this.#rows[next * ROW + column]];
      return Number.isNaN(a) ? b : Number.isNaN(b) ? a : a + (b - a) * share;
    };
    /** @type {[number, number, number, number]} */
    const box = [side(1), side(2), side(3), side(4)];
    return box.some(Number.isNaN) ? null : box;
  }
}

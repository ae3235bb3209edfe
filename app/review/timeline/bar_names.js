// How much of a name fits into a bar.

const LEAST_LETTERS = 3; // fewer say nothing

/**
 * The name as it fits: whole, cut with an ellipsis, or "" where too little is left of it.
 * @param {string} name
 * @param {number} room in px
 * @param {(text: string) => number} widthOf a text in px
 */
export function fitted(name, room, widthOf) {
  if (widthOf(name) <= room) return name;
  let [fits, cut] = [0, name.length]; // so many letters fit with an ellipsis, so many do not
  while (cut - fits > 1) {
    const middle = (fits + cut) >> 1;
    if (widthOf(`${name.slice(0, middle).trimEnd()}…`) <= room) fits = middle;
    else cut = middle;
  }
  return fits < LEAST_LETTERS ? "" : `${name.slice(0, fits).trimEnd()}…`;
}

/** The same, keeping what it has found: a timeline that plays fits the same names into the same bars at every frame. */
export class NameFitter {
  /** @type {Map<string, string>} */
  #found = new Map();
  #font = "";

  /**
   * @param {CanvasRenderingContext2D} context with the font in which the name is written
   * @param {string} name
   * @param {number} room in px
   */
  fit(context, name, room) {
    if (this.#font !== context.font || this.#found.size > 5_000) {
      this.#found.clear();
      this.#font = context.font;
    }
    const whole = Math.floor(room);
    const key = `${whole} ${name}`;
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const text = fitted(name, whole, (part) => context.measureText(part).width);
    this.#found.set(key, text);
    return text;
  }
}

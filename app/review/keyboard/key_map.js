// Which key does what: the table of keys with the reviewer's own ones in place, kept in this browser.

import { KEY_GROUPS, keyFace, LABEL_KEYS, rowId } from "../keys.js";

/** @import { Actions } from "../types.d.ts" */
/** @import { KeyRow } from "../keys.js" */

/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} KeyStorage */
/** @typedef {[action: keyof Actions, argument: string | number | undefined]} Bound */

/**
 * A row as the help sheet shows it: `own` where the reviewer chose its key, `fixed` where nobody can.
 * @typedef {{id: string, what: string, faces: string, own: boolean, fixed: boolean}} ShownRow
 */

/** @type {Map<string, KeyRow>} */
const ROWS = new Map(
  KEY_GROUPS.flatMap(([, rows]) => rows.map((row) => /** @type {const} */ ([rowId(row[2], row[3]), row]))),
);
const MODIFIERS = /^(?:Shift|Control|Alt|AltGraph|Meta|CapsLock|NumLock|Fn|Dead|Process|Unidentified|Compose)$/;
const BROWSERS = /^(?:Ctrl\+.|Tab|F1|F3|F5|F6|F7|F10|F11|F12)$/; // what browsers do with these cannot be prevented

/**
 * Whether a key is only held together with others, so that it is none by itself.
 * @param {string} name
 */
export function isModifier(name) {
  return MODIFIERS.test(name.replace(/^Ctrl\+/, ""));
}

export class KeyMap {
  #storage;
  #place;
  /** @type {Map<string, string>} row id to the key that the reviewer chose */
  #own = new Map();
  /** @type {Map<string, Bound>} */
  #bound = new Map();
  /** A sentence about stored keys that could not be taken over; "" where all could. */
  lost = "";

  /**
   * @param {number} reviewerId whose keys these are
   * @param {KeyStorage} storage of the browser
   */
  constructor(reviewerId, storage) {
    this.#storage = storage;
    this.#place = `telltale.keys.${reviewerId}`;
    this.#bind();
    this.#restore(JSON.parse(storage.getItem(this.#place) ?? "{}"));
  }

  /** Whether any key is the reviewer's own. */
  get changed() {
    return this.#own.size > 0;
  }

  /**
   * The action of a key by its name; undefined where it has none.
   * @param {string} name
   */
  boundTo(name) {
    return this.#bound.get(name);
  }

  /**
   * The names of a row's keys, those that buttons show first.
   * @param {string} id
   */
  names(id) {
    const own = this.#own.get(id);
    return own === undefined ? [...rowOf(id)[1]] : [own];
  }

  /**
   * The key that a button shows, as people read it.
   * @param {string} id
   */
  face(id) {
    return keyFace(this.names(id)[0]);
  }

  /**
   * Every group of the sheet with its rows.
   * @returns {[group: string, rows: ShownRow[]][]}
   */
  shown() {
    return KEY_GROUPS.map(([group, rows]) => [
      group,
      rows.map(([what, , action, argument]) => {
        const id = rowId(action, argument);
        const faces = this.names(id).map(keyFace).join(" or ");
        return { id, what, faces, own: this.#own.has(id), fixed: isFixed(id) };
      }),
    ]);
  }

  /**
   * Gives a row another key in place of all it has; returns "" or why it cannot.
   * @param {string} id
   * @param {string} name
   */
  change(id, name) {
    const problem = this.#problemOf(id, name);
    if (problem) return problem;
    if (rowOf(id)[1][0] === name && rowOf(id)[1].length === 1) this.#own.delete(id);
    else this.#own.set(id, name);
    this.#keep();
    return "";
  }

  /**
   * Gives a row its usual keys; returns "" or why it cannot have them.
   * @param {string} id
   */
  reset(id) {
    const taken = rowOf(id)[1].find((name) => this.#holder(name, id));
    if (taken) return takenBy(taken, this.#holder(taken, id));
    this.#own.delete(id);
    this.#keep();
    return "";
  }

  /** Gives every row its usual keys. */
  resetAll() {
    this.#own.clear();
    this.lost = "";
    this.#keep();
  }

  /**
   * Why a row cannot have a key; "" where it can.
   * @param {string} id
   * @param {string} name
   */
  #problemOf(id, name) {
    const face = keyFace(name);
    if (isModifier(name)) return `${face} is held together with other keys and does nothing by itself.`;
    if (LABEL_KEYS.test(name)) return `${face} chooses a label; the digits from 1 to 9 are set with the labels.`;
    if (BROWSERS.test(name) && !rowOf(id)[1].includes(name)) return `${face} belongs to the browser.`;
    const holder = this.#holder(name, id);
    return holder ? takenBy(name, holder) : "";
  }

  /**
   * The other row that has a key; undefined where none has.
   * @param {string} name
   * @param {string} id
   */
  #holder(name, id) {
    const bound = this.#bound.get(name);
    const other = bound && rowId(...bound);
    return other === id ? undefined : other;
  }

  #keep() {
    if (this.#own.size) this.#storage.setItem(this.#place, JSON.stringify(Object.fromEntries(this.#own)));
    else this.#storage.removeItem(this.#place);
    this.#bind();
  }

  /**
   * Takes over what was stored. Keys may be exchanged between rows, so all are set before any is checked; a table that has
   * changed since may leave no place for some.
   * @param {Record<string, string>} stored
   */
  #restore(stored) {
    const known = Object.entries(stored).filter(([id]) => ROWS.has(id) && !isFixed(id));
    this.#own = new Map(known);
    this.#bind();
    /** @type {string[]} */
    const lost = [];
    for (const [id, name] of known) {
      if (!this.#twice(id, name)) continue;
      this.#own.delete(id);
      lost.push(`${keyFace(name)} for “${rowOf(id)[0]}”`);
    }
    this.#bind();
    if (lost.length) this.lost = `These keys of yours are used otherwise now: ${lost.join(", ")}.`;
  }

  /**
   * @param {string} id
   * @param {string} name
   */
  #twice(id, name) {
    return [...ROWS.keys()].some((other) => other !== id && this.names(other).includes(name));
  }

  #bind() {
    this.#bound.clear();
    for (const [id, [, , action, argument]] of ROWS)
      if (!isFixed(id)) for (const name of this.names(id)) this.#bound.set(name, [action, argument]);
    for (let digit = 1; digit <= 9; digit++) this.#bound.set(String(digit), ["digit", String(digit)]);
  }
}

/**
 * Whether nobody can choose a row's keys, because the study's labels do.
 * @param {string} id
 */
function isFixed(id) {
  return id === "digit";
}

/**
 * @param {string} id
 * @returns {KeyRow}
 */
function rowOf(id) {
  const row = ROWS.get(id);
  if (!row) throw new Error(`The table of keys has no row ${id}.`);
  return row;
}

/**
 * @param {string} name
 * @param {string | undefined} holder
 */
function takenBy(name, holder) {
  const what = holder === undefined || isFixed(holder) ? "the labels" : `“${rowOf(holder)[0]}”`;
  return `${keyFace(name)} is the key for ${what}. Give that another key first.`;
}

// Buttons that name the key which does the same. The keys can be changed while the buttons are on the screen.

import { button, el } from "../elements.js";
import { rowId } from "../keys.js";

/** @import { Actions } from "../types.d.ts" */
/** @import { Child } from "../elements.js" */
/** @import { KeyMap } from "./key_map.js" */

/** @typedef {[action: keyof Actions, argument?: string | number]} Does which row of the table of keys */

export class KeyButtons {
  #keys;

  /** @param {KeyMap} keys */
  constructor(keys) {
    this.#keys = keys;
  }

  /**
   * A button with the key of its action in its title and for screen readers; a `kbd()` among its children pictures it.
   * Without a `title`, the words on it are its name.
   * @param {Does} does
   * @param {Record<string, any>} attributes
   * @param {...Child} children
   */
  make(does, { title, ...attributes }, ...children) {
    const told = title === undefined ? {} : { "data-title": title };
    const one = button({ "data-does": rowId(...does), ...told, ...attributes }, ...children);
    this.#label(one);
    return one;
  }

  /** The place of the key's picture on a button. */
  kbd() {
    return el("kbd", { "aria-hidden": "true", "data-key": true });
  }

  /**
   * Says something else of a button, with its key.
   * @param {HTMLButtonElement} one
   * @param {string} title
   */
  retitle(one, title) {
    if (one.dataset.title === title) return;
    one.dataset.title = title;
    this.#label(one);
  }

  /**
   * The key of an action as people read it.
   * @param {Does} does
   */
  face(does) {
    return this.#keys.face(rowId(...does));
  }

  /**
   * Writes the keys anew on all buttons below an element.
   * @param {HTMLElement} root
   */
  relabel(root) {
    for (const one of root.querySelectorAll("[data-does]")) if (one instanceof HTMLElement) this.#label(one);
  }

  /** @param {HTMLElement} one */
  #label(one) {
    const { does = "", title } = one.dataset;
    const face = this.#keys.face(does);
    one.setAttribute("aria-keyshortcuts", shortcut(this.#keys.names(does)[0]));
    const picture = one.querySelector("[data-key]");
    if (picture) picture.textContent = face;
    if (title === undefined) return;
    one.title = `${title} (${face})`;
    one.setAttribute("aria-label", one.title);
  }
}

/**
 * A key as `aria-keyshortcuts` calls it.
 * @param {string} name
 */
function shortcut(name) {
  if (name === " ") return "Space";
  return (name.length === 1 ? name.toUpperCase() : name).replace(/^Ctrl\+(.+)$/, (_, key) => `Control+${key}`);
}

// The sheet of keys, on which a reviewer can choose other ones.

import { button, el } from "../elements.js";
import { isModifier } from "../keyboard/key_map.js";

/** @import { KeyMap, ShownRow } from "../keyboard/key_map.js" */

const HINTS = [
  "Keys rest while you type a note; Esc leaves the note and keeps its text. Drag on the timeline to loop a span, Ctrl and " +
    "wheel to zoom it; zoomed, drag its ruler or turn the wheel with Shift to move along.",
  "An answer is never given by a key that is held down, nor by the same key twice within a quarter of a second: the second " +
    "press belongs to the question before. Different keys count however fast they follow each other.",
];

export class HelpSheet {
  #keys;
  #onChange;
  /** The row that waits for its new key; "" where none does. */
  #choosing = "";
  #groups = el("div", { class: "groups" });
  #said = el("p", { class: "said", role: "status", "data-testid": "keys-said" });
  #resetAll;

  /**
   * @param {KeyMap} keys
   * @param {string} reviewer whose keys these are
   * @param {() => void} onChange the keys have changed
   */
  constructor(keys, reviewer, onChange) {
    this.#keys = keys;
    this.#onChange = onChange;
    const close = button({ class: "plain", onclick: () => this.toggle(), "aria-label": "Close the keys" }, "Close");
    const onclick = () => {
      this.#keys.resetAll();
      this.#done("", "All keys are the usual ones again.");
    };
    this.#resetAll = button({ class: "plain", "data-testid": "reset-keys", onclick }, "All usual keys");
    this.root = el(
      "dialog",
      { class: "help", "data-testid": "help", "aria-label": "Keys", onclose: () => this.#choose("") },
      el("header", {}, el("h2", {}, "Keys"), this.#said, this.#resetAll, close),
      this.#groups,
      el(
        "p",
        { class: "quiet" },
        `Press a key's picture to choose another one. ${reviewer}'s keys are kept in this browser only; the keys of the ` +
          "labels are set with the labels, in Settings.",
      ),
      ...HINTS.map((hint) => el("p", { class: "quiet" }, hint)),
    );
    this.#said.textContent = keys.lost;
    this.#draw();
  }

  get open() {
    return this.root.open;
  }

  toggle() {
    if (this.root.open) this.root.close();
    else this.root.showModal();
  }

  /**
   * Takes a pressed key for the row that waits for one; returns whether it did.
   * @param {string} name
   */
  take(name) {
    const id = this.#choosing;
    if (!id || !this.root.open) return false;
    if (isModifier(name)) return true; // another key follows
    this.#choosing = "";
    if (name === "Escape") this.#done("", "");
    else this.#done(this.#keys.change(id, name), "Kept.");
    return true;
  }

  /** @param {string} id */
  #choose(id) {
    this.#choosing = id;
    this.#say(id ? "Press the new key; Esc leaves it as it is." : "", false);
    this.#draw();
  }

  /**
   * @param {string} problem
   * @param {string} done what is said where there is no problem
   */
  #done(problem, done) {
    this.#say(problem || done, Boolean(problem));
    this.#draw();
    this.#onChange();
  }

  /**
   * @param {string} sentence
   * @param {boolean} refused
   */
  #say(sentence, refused) {
    this.#said.textContent = sentence;
    this.#said.dataset.refused = String(refused);
  }

  #draw() {
    const focused = this.root.contains(document.activeElement) ? document.activeElement : null;
    const id = focused instanceof HTMLElement ? focused.dataset.row : undefined;
    const groups = this.#keys
      .shown()
      .map(([title, rows]) =>
        el("section", {}, el("h3", {}, title), el("dl", {}, ...rows.flatMap((row) => this.#row(row)))),
      );
    this.#groups.replaceChildren(...groups);
    this.#resetAll.disabled = !this.#keys.changed;
    const again = id && this.#groups.querySelector(`[data-row="${CSS.escape(id)}"]`);
    if (again instanceof HTMLElement) again.focus();
  }

  /** @param {ShownRow} row */
  #row({ id, what, faces, own, fixed }) {
    const waits = id === this.#choosing;
    const about = { "aria-describedby": `key-${id}` };
    const key = fixed
      ? el("kbd", {}, faces)
      : button(
          {
            ...{ class: "key", "data-row": id, "data-own": String(own), "aria-pressed": String(waits), ...about },
            ...{ title: "Choose another key", "aria-label": `${faces}: choose another key` },
            onclick: () => this.#choose(waits ? "" : id),
          },
          waits ? "press a key" : faces,
        );
    const onclick = () => this.#done(this.#keys.reset(id), "The usual key again.");
    const reset = own && button({ class: "more", ...about, onclick }, "usual key");
    return [el("dt", {}, key), el("dd", {}, el("span", { id: `key-${id}` }, what), reset && " ", reset)];
  }
}

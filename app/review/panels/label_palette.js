// Chooses one of many labels: a field to type into, and the labels that fit, walked with the arrows and taken with Enter.

import { button, el, kbd } from "../elements.js";
import { labelsLike } from "../labels.js";

/** @import { KeyButtons } from "../keyboard/key_buttons.js" */
/** @import { Label, Labels } from "../types.d.ts" */

/**
 * What the palette asks now. `question`: another one empties the field.
 * @typedef {object} Asking
 * @property {string} question
 * @property {string} testid of a label's button, before its name
 * @property {string | null} except a label that is no answer
 * @property {boolean} ready whether an answer counts now
 */

const MOST_SHOWN = 60; // further labels are found by typing

let palettes = 0;

export class LabelPalette {
  #id = `label-palette-${++palettes}`;
  #list = el("div", { class: "palette-labels", role: "listbox", id: this.#id, "aria-label": "Labels" });
  #more = el("span", { class: "quiet", role: "status", "data-testid": "palette-more" });
  #field;
  #labels;
  #pressed;
  #isRepeat;
  /** @type {Asking} */
  #asking = { question: "", testid: "", except: null, ready: false };
  /** @type {Label[]} that fit what is typed */
  #fitting = [];
  /** Which of them Enter takes; -1 where none is meant yet. */
  #at = -1;

  /**
   * @param {Labels} labels
   * @param {KeyButtons} buttons
   * @param {{choose: (label: string) => void, type: () => void, pressed: (act: () => void) => (event: MouseEvent) => void,
   *   isRepeat: (press: {key: string, held: boolean}) => boolean}} does
   */
  constructor(labels, buttons, { choose, type, pressed, isRepeat }) {
    this.#labels = labels;
    this.#pressed = (/** @type {string} */ label) => pressed(() => this.#choose(label, choose));
    this.#isRepeat = isRepeat;
    this.#field = el("input", {
      ...{ class: "palette-field", type: "text", role: "combobox", autocomplete: "off", spellcheck: "false" },
      ...{
        placeholder: `Type one of ${labels.all.length} labels`,
        "aria-label": "Label",
        "data-testid": "label-palette",
      },
      ...{ "aria-controls": this.#id, "aria-expanded": "true", "aria-autocomplete": "list" },
      oninput: () => this.#find(),
      /** @param {KeyboardEvent} event */
      onkeydown: (event) => this.#key(event, choose),
    });
    const attributes = { class: "note-key palette-key", title: "Type a label", onclick: type };
    const key = buttons.make(["typeLabel"], attributes, buttons.kbd());
    this.root = el(
      "div",
      { class: "palette" },
      el("div", { class: "palette-top" }, this.#field, key, this.#more),
      this.#list,
    );
  }

  /** Puts the cursor into the field. */
  focus() {
    this.#field.focus();
    this.#field.select();
  }

  /** @param {Asking} asking */
  ask(asking) {
    const another = asking.question !== this.#asking.question;
    this.#asking = asking;
    if (another) this.#field.value = "";
    this.#find();
  }

  #find() {
    const typed = this.#field.value;
    this.#fitting = labelsLike(this.#labels.all, typed).filter(({ name }) => name !== this.#asking.except);
    this.#at = typed.trim() && this.#fitting.length ? 0 : -1;
    this.#draw();
  }

  #draw() {
    const { testid, ready } = this.#asking;
    const shown = this.#fitting.slice(0, MOST_SHOWN);
    this.#list.replaceChildren(
      ...shown.map((label, place) =>
        button(
          {
            ...{ class: "answer label", role: "option", id: `${this.#id}-${place}`, tabindex: "-1" },
            style: `--chip: ${label.color}`,
            title: [label.title, label.description].filter(Boolean).join(": "),
            "data-testid": `${testid}-${label.name}`,
            "aria-selected": String(place === this.#at),
            "aria-keyshortcuts": label.key || null,
            disabled: !ready,
            onclick: this.#pressed(label.name),
          },
          label.key ? kbd(label.key) : null,
          el("span", { class: "answer-words" }, label.title),
        ),
      ),
    );
    const hidden = this.#fitting.length - shown.length;
    this.#more.textContent = !this.#fitting.length ? "No label is like that" : hidden ? `${hidden} more: type on` : "";
    const active = this.#list.children[this.#at];
    if (active) this.#field.setAttribute("aria-activedescendant", active.id);
    else this.#field.removeAttribute("aria-activedescendant");
    active?.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {KeyboardEvent} event
   * @param {(label: string) => void} choose
   */
  #key(event, choose) {
    if (event.isComposing) return;
    const steps = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1 })[event.key];
    if (steps !== undefined) {
      const count = Math.min(this.#fitting.length, MOST_SHOWN);
      if (count) this.#at = (Math.max(this.#at, steps < 0 ? 0 : -1) + steps + count) % count;
      this.#draw();
    } else if (event.key === "Escape") {
      this.#field.value = "";
      this.#field.blur();
      this.#find();
    } else if (event.key === "Enter") {
      const label = this.#fitting[this.#at];
      const repeated = this.#isRepeat({ key: "Enter", held: event.repeat });
      if (label && this.#asking.ready && !repeated) this.#choose(label.name, choose);
    } else {
      return;
    }
    event.preventDefault();
  }

  /**
   * @param {string} label
   * @param {(label: string) => void} choose
   */
  #choose(label, choose) {
    this.#field.blur(); // so that the keys of the next question act
    choose(label);
  }
}

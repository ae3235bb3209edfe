// The line below the timeline: where the run looked, and which cues are shown, with the controls that choose them.

import { button, el } from "../elements.js";
import { attentionInWords, MEANING } from "./attention.js";
import { ALL_CUES, countInWords, showsAll } from "./cue_filter.js";

/** @import { CueFamily, ModelTimeline } from "../types.d.ts" */
/** @import { CueFilter } from "./cue_filter.js" */

export class CueFilterPanel {
  #onChange;
  #pressCloses = false; // the last press closed the panel, and its click does nothing else
  #stop = new AbortController();
  #attention = el("p", { class: "attention", title: MEANING, "data-testid": "attention" });
  #toggle;
  #panel;
  #strengthTold = el("output", {});
  /** @type {Map<string, HTMLInputElement>} by family */
  #families = new Map();
  #name = el("input", { type: "search", placeholder: "e.g. brows", "data-testid": "cue-name" });
  #strength = el("input", { type: "range", min: "0", max: "1", step: "0.05", "data-testid": "cue-strength" });
  #claimed = el("input", { type: "checkbox", "data-testid": "cue-claimed" });

  /**
   * @param {CueFamily[]} families
   * @param {CueFilter} filter as it is now
   * @param {(changes: Partial<CueFilter>) => void} onChange
   */
  constructor(families, filter, onChange) {
    this.#onChange = onChange;
    const onclick = () => this.#open(!this.#isOpen);
    this.#toggle = button(
      { class: "tool", "aria-expanded": "false", "data-testid": "cue-filter", title: "Which cues are shown", onclick },
      "Cues",
    );
    const boxes = families.map(({ name, title }) => {
      const box = el("input", { type: "checkbox" });
      this.#families.set(name, box);
      return el("label", {}, box, title);
    });
    const attributes = { class: "plain", onclick: () => this.#change({ ...ALL_CUES }) };
    this.#panel = el(
      "div",
      { class: "cue-filter", role: "group", "aria-label": "Which cues are shown", hidden: true },
      el("div", { class: "families" }, ...boxes),
      el("label", {}, "Called", this.#name),
      el("label", {}, "Strength from", this.#strength, this.#strengthTold),
      el("label", {}, this.#claimed, "Only what the claims speak of"),
      el(
        "div",
        { class: "foot" },
        el("span", { class: "quiet" }, "Kept for you in this browser."),
        button(attributes, "All cues"),
      ),
    );
    this.#panel.addEventListener("input", () => this.#change(this.#chosen()));
    // The mouse leaves the controls, so that keys reach the screen again.
    this.#panel.addEventListener("pointerup", ({ target }) => target === this.#strength && this.#strength.blur());
    this.root = el("div", { class: "timeline-foot" }, this.#attention, this.#toggle, this.#panel);
    // On the window, before the keys of the screen and whatever lies under the pointer.
    const first = { signal: this.#stop.signal, capture: true };
    window.addEventListener("keydown", (event) => event.key === "Escape" && this.#isOpen && this.#shut(event), first);
    window.addEventListener("pointerdown", (event) => this.#press(event), first);
    window.addEventListener("click", (event) => this.#pressCloses && swallow(event), first);
    this.#mark(filter);
  }

  close() {
    this.#stop.abort();
  }

  /**
   * @param {ModelTimeline | null} model
   * @param {number} duration of the clip in seconds
   */
  tellAttention(model, duration) {
    this.#attention.textContent = model ? attentionInWords(model, duration) : "";
  }

  /**
   * @param {number} shown
   * @param {number} all
   * @param {boolean} revealed before it, how many there are is not told
   */
  tellCount(shown, all, revealed) {
    this.#toggle.textContent = revealed ? countInWords(shown, all) : "Cues";
    this.#toggle.setAttribute("aria-pressed", String(!showsAll(this.#chosen())));
  }

  /** @returns {CueFilter} */
  #chosen() {
    const hidden = [...this.#families].filter(([, box]) => !box.checked).map(([name]) => name);
    const [name, strength] = [this.#name.value, Number(this.#strength.value)];
    return { hidden, name, strength, claimed: this.#claimed.checked };
  }

  /** @param {CueFilter} filter */
  #change(filter) {
    this.#mark(filter);
    this.#onChange(filter);
  }

  /** @param {CueFilter} filter */
  #mark({ hidden, name, strength, claimed }) {
    for (const [family, box] of this.#families) box.checked = !hidden.includes(family);
    if (this.#name.value !== name) this.#name.value = name;
    this.#strength.value = String(strength);
    this.#strengthTold.textContent = strength.toFixed(2);
    this.#claimed.checked = claimed;
  }

  get #isOpen() {
    return !this.#panel.hidden;
  }

  /** @param {PointerEvent} event */
  #press(event) {
    const path = event.composedPath();
    this.#pressCloses = this.#isOpen && !path.includes(this.#panel) && !path.includes(this.#toggle);
    if (!this.#pressCloses) return;
    swallow(event);
    this.#open(false);
  }

  /** @param {boolean} open */
  #open(open) {
    this.#panel.hidden = !open;
    this.#toggle.setAttribute("aria-expanded", String(open));
  }

  /** @param {KeyboardEvent} event */
  #shut(event) {
    swallow(event);
    this.#open(false);
    this.#toggle.focus();
  }
}

/** @param {Event} event */
function swallow(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

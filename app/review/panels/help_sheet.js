// The sheet of keys.

import { button, el } from "../elements.js";
import { KEY_GROUPS } from "../keys.js";

const HINT =
  "Keys rest while you type a note; Esc leaves the note. Drag on the timeline to loop a span, Ctrl and wheel to zoom it; " +
  "zoomed, drag its ruler or turn the wheel with Shift to move along.";

export class HelpSheet {
  constructor() {
    const groups = KEY_GROUPS.map(([title, keys]) =>
      el(
        "section",
        {},
        el("h3", {}, title),
        el("dl", {}, ...keys.flatMap(([shown, what]) => [el("dt", {}, el("kbd", {}, shown)), el("dd", {}, what)])),
      ),
    );
    const close = button({ class: "plain", onclick: () => this.toggle(), "aria-label": "Close the keys" }, "Close");
    this.root = el(
      "dialog",
      { class: "help", "data-testid": "help", "aria-label": "Keys" },
      el("header", {}, el("h2", {}, "Keys"), close),
      el("div", { class: "groups" }, ...groups),
      el("p", { class: "quiet" }, HINT),
    );
  }

  get open() {
    return this.root.open;
  }

  toggle() {
    if (this.root.open) this.root.close();
    else this.root.showModal();
  }
}

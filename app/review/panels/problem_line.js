// The line above a clip with a problem, with a button to save an answer again.

import { el } from "../elements.js";

/** @import { KeyButtons } from "../keyboard/key_buttons.js" */
/** @import { Session } from "../session/session.js" */

export class ProblemLine {
  #session;
  #text = el("span", { "data-testid": "problem" });
  #saveAgain;

  /**
   * @param {Session} session
   * @param {() => void} onSaveAgain
   * @param {KeyButtons} buttons
   */
  constructor(session, onSaveAgain, buttons) {
    this.#session = session;
    const attributes = { class: "plain", "data-testid": "save-again", onclick: () => onSaveAgain() };
    this.#saveAgain = buttons.make(["saveAgain"], attributes, "Save again", buttons.kbd());
    this.root = el("div", { class: "problem", role: "alert", hidden: true }, this.#text, this.#saveAgain);
  }

  render() {
    const { problem, step } = this.#session.state;
    this.root.hidden = !problem || step === "failed"; // a failure is shown by notice.js
    this.#text.textContent = problem;
    this.#saveAgain.hidden = !this.#session.canSaveAgain;
  }
}

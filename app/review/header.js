// The line above the picture: where in which queue, which clip, why it is here, and whether everything is saved.

import { tellBulk } from "./answers.js";
import { button, el, icon, kbd } from "./dom.js";

export class Header {
  #queue;
  #position = el("span", { class: "position", "data-testid": "position" });
  #name = el("span", { class: "clip-name" });
  #badges = el("span", { class: "badges" });
  #reason = el("span", { class: "reason quiet", "data-testid": "reason" });
  #save = el("span", { class: "save", role: "status", "data-testid": "save-state" });
  #undo;

  constructor(session, actions) {
    this.session = session;
    this.#queue = el(
      "select",
      {
        class: "queue",
        "aria-label": "Queue",
        "data-testid": "queue",
        onchange: () => this.#chosen(actions),
        onpointerenter: () => session.countQueues(), // on the way to it, so that the numbers are new when it opens
        onfocus: () => session.countQueues(),
      },
      ...session.state.queues.map(({ kind }) => el("option", { value: kind })),
    );
    const tool = (face, key, title, onclick, testid) =>
      button(
        { class: "tool", title: `${title} (${key})`, "aria-label": `${title} (${key})`, "data-testid": testid, onclick },
        face,
        kbd(key),
      );
    this.#undo = tool("Undo", "U", "Take the last decision back", () => actions.undo(), "undo");
    this.root = el(
      "header",
      { class: "head" },
      el("div", { class: "group" },
        this.#queue,
        tool(icon("previous"), "P", "Previous clip", () => actions.previous(), "previous"),
        this.#position,
        tool(icon("next"), "N", "Next clip", () => actions.next(), "next"),
      ),
      el("div", { class: "which" }, el("div", { class: "name-line" }, this.#name, this.#badges), this.#reason),
      el("div", { class: "group right" }, this.#save, this.#undo, tool("Manual", "Y", "Coding manual", () => actions.manual(), "open-manual"), tool("Keys", "?", "All keys", () => actions.help(), "open-help")),
    );
  }

  #chosen(actions) {
    this.#queue.blur(); // so that the keys work again at once
    actions.openQueue(this.#queue.value);
    this.session.countQueues();
  }

  render() {
    const { queue, queues, position, clip, save, undoable, step, busy } = this.session.state;
    for (const { kind, title, size } of queues) {
      const option = [...this.#queue.options].find(({ value }) => value === kind);
      const told = size === null ? title : `${title} (${size})`;
      if (option && option.textContent !== told) option.textContent = told; // an open list is not drawn anew for nothing
    }
    this.#queue.value = queue.kind;
    const number = Math.max(queue.items.length, queue.total ?? 0);
    this.#position.textContent = step === "empty" ? "end" : `${Math.min(position + 1, number)} of ${number}`;
    this.#name.textContent = clip ? clip.info.name : "";
    this.#badges.replaceChildren(...this.#badgesOf(clip, this.session.state));
    this.#reason.textContent = clip ? (this.session.item?.reason ?? "") : "";
    this.#reason.title = this.#reason.textContent;
    this.#save.dataset.state = save.state;
    this.#save.textContent = save.sentence;
    this.#save.title = save.sentence;
    this.#undo.disabled = undoable.length === 0 || busy;
    const last = undoable[0];
    this.#undo.title = last ? `Take back: ${last.bulk_id ? tellBulk(last) : last.clip_name} (U)` : "Nothing to take back";
  }

  /** What weighs most comes first: a narrow head cuts the last ones off, and the picture says "simulated" as well. */
  #badgesOf(clip, { openAt, reserved }) {
    if (!clip) return [];
    const { subject, simulated, audit, mode } = clip.info;
    return [
      subject !== clip.info.name && el("span", { class: "quiet" }, subject),
      openAt && el("span", { class: "badge", title: "Both judgements would be kept" }, `open at ${openAt}'s`),
      !reserved && el("span", { class: "badge", title: "The server did not answer: a colleague may be given this clip too" }, "not reserved"),
      audit && el("span", { class: "badge", title: "Always judged blind" }, "audit"),
      mode === "assisted" && el("span", { class: "badge" }, "assisted"),
      simulated && el("span", { class: "badge", title: "This clip and all that is known of it are simulated" }, "simulated"),
    ].filter(Boolean);
  }
}

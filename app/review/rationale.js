// The right-hand panel: shut before the answer, then label, first against reflected answer, reasoning and claims.

import { CHECKS } from "./checks.js";
import { button, clockTime, el, icon, kbd } from "./dom.js";

const KINDS = {
  blind: "answered before the reveal",
  accept: "took the model's label",
  correct: "corrected",
  unclear: "found it unclear",
  skip: "skipped",
  undo: "took it back",
  adjudicate: "adjudicated",
  bulk_accept: "accepted it in bulk",
};
const CLAMP_FROM = 260; // characters of reasoning that are shown without asking
const VERDICTS = [
  ["true", "True", "T"],
  ["false", "False", "D"],
  ["cannot_see", "Cannot see", "V"],
  ["irrelevant", "Irrelevant", "I"],
];

export class RationalePanel {
  #shown = Symbol("nothing yet"); // the rationale that is built now
  #rows = new Map();
  #judged = el("p", { class: "judged quiet", "data-testid": "verdicts-state" });

  /** `labels` is {of(name): {title, colour}}; `events` {onClaim(claim), onStep(direction), onVerdict(claim, verdict), onRetry(), onAnswer(id)}. */
  constructor(labels, events) {
    this.labels = labels;
    this.events = events;
    this.root = el("section", { class: "rationale", "aria-label": "Rationale", "data-testid": "rationale" });
  }

  render(session, active) {
    const { step, rationale, clip, problem } = session.state;
    const shape = rationale ?? `${step}/${clip?.info.id}/${clip?.info.mode}/${Boolean(problem)}/${session.item?.reason}`;
    if (shape !== this.#shown) {
      this.#shown = shape;
      this.#rows.clear();
      this.root.replaceChildren(...(rationale ? this.#open(rationale, clip) : this.#shut(session)));
      this.root.dataset.open = String(Boolean(rationale));
    }
    if (rationale) this.#mark(session, active);
  }

  #shut({ state, item }) {
    if (!state.clip) return [];
    if (state.clip.info.rationale_open) {
      if (!state.problem) return [el("p", { class: "quiet" }, "Fetching the rationale…")];
      return [
        el("p", { class: "quiet" }, "The rationale has not come."),
        button({ class: "plain", onclick: () => this.events.onRetry() }, "Try again"),
      ];
    }
    const audit = state.clip.info.audit
      ? "This clip is of the audit slice, which is always judged blind and alone gives the reported agreement."
      : "Seeing a model's label first shifts people towards it, so your own answer comes first.";
    return [
      el(
        "div",
        { class: "shut" },
        el("h2", {}, "Judge first"),
        el("p", {}, "The model's label, its reasons and the measured cues show once your own answer is saved."),
        el("p", { class: "quiet" }, audit),
        item?.reason && el("p", { "data-testid": "why" }, el("b", {}, "Why this clip"), `: ${item.reason}`),
      ),
    ];
  }

  #open(rationale, clip) {
    const answer = rationale.pseudo_label;
    if (!answer)
      return [
        el("h2", {}, "No rationale"),
        el("p", { class: "quiet" }, "No labeler has answered for this clip. Your own answer alone decides."),
        reasons([...this.#transcript(rationale), ...this.#history(rationale)]),
      ];
    const head = el(
      "header",
      {},
      el("div", { class: "answer-line" }, this.#chip(answer.label), this.#meter(answer.confidence)),
      el("p", { class: "by" }, this.#labeler(answer.labeler, clip)),
      this.#answers(rationale),
    );
    const parts = [
      ...this.#warnings(answer),
      this.#reasoning(answer.reasoning),
    ];
    if (answer.first_reasoning && answer.first_reasoning !== answer.reasoning)
      parts.push(el("details", {}, el("summary", {}, "Its reasoning at first"), el("p", {}, answer.first_reasoning)));
    parts.push(this.#claimsHead(answer.claims));
    if (answer.claims.length) parts.push(this.#judged);
    const rows = answer.claims.map((claim, index) => this.#claim(claim, index));
    parts.push(rows.length ? el("ol", { class: "claims" }, ...rows) : el("p", { class: "quiet" }, "It makes no claim."));
    if (rationale.model_problem) parts.push(el("p", { class: "note leak" }, el("b", {}, "No model lane"), `: ${rationale.model_problem}`));
    parts.push(...this.#transcript(rationale), ...this.#history(rationale));
    return [head, this.#change(answer, rationale.run), reasons(parts)];
  }

  #claimsHead(claims) {
    const kept = claims.filter((claim) => claim.kept).length;
    const dropped = claims.length - kept;
    const step = (name, key, title, direction) =>
      button(
        { class: "tool", title: `${title} (${key})`, "aria-label": `${title} (${key})`, onclick: () => this.events.onStep(direction) },
        icon(name),
        kbd(key),
      );
    return el(
      "div",
      { class: "claims-head" },
      el("h3", {}, "Claims", el("span", { class: "quiet" }, ` ${kept} kept${dropped ? `, ${dropped} dropped` : ""}`)),
      claims.length > 0 && step("previous", "Ctrl ←", "Previous claim", -1),
      claims.length > 0 && step("next", "Ctrl →", "Next claim", 1),
    );
  }

  #labeler(labeler, clip) {
    const simulated = labeler.simulated || clip.info.simulated;
    const name = labeler.name === "simulated" ? [] : [labeler.name]; // the badge says it
    const who = ["Labeler", ...name, labeler.model_id, `prompt ${labeler.prompt_version}`].join(" · ");
    return simulated ? el("span", {}, el("span", { class: "badge" }, "simulated"), ` ${who}`) : who;
  }

  /** The other labelers and versions that have answered for this clip; nothing where there is one. */
  #answers({ answers, pseudo_label }) {
    if (answers.length < 2) return null;
    const options = answers.map(({ id, name }) => el("option", { value: id, selected: id === pseudo_label.id }, name));
    const choice = el("select", { class: "answers-of", "aria-label": "Whose answer is shown", "data-testid": "answers" }, ...options);
    choice.addEventListener("change", () => {
      choice.blur();
      this.events.onAnswer(Number(choice.value));
    });
    return el("label", { class: "others" }, el("span", { class: "quiet" }, `One of ${answers.length} answers`), choice);
  }

  #chip(name) {
    const { title, colour } = this.labels.of(name);
    return el("span", { class: "chip", style: `--chip: ${colour}` }, title);
  }

  #meter(confidence) {
    const percent = Math.round(confidence * 100);
    return el(
      "span",
      { class: "meter", title: "The labeler's own confidence" },
      el("span", { class: "bar" }, el("span", { style: `width: ${percent}%` })),
      `${percent} %`,
    );
  }

  /** What the labeler said before its second look, and what the current run says, where it has been asked. */
  #change(answer, run) {
    const moved = answer.first_label !== answer.label;
    return el(
      "div",
      { class: "change", "data-moved": String(moved) },
      el("span", { class: "quiet" }, "At first"),
      this.#chip(answer.first_label),
      el("span", { class: "quiet" }, `${Math.round(answer.first_confidence * 100)} %`),
      el("strong", {}, moved ? "changed on reflection" : "kept on reflection"),
      run && this.#run(run),
    );
  }

  #run({ id, label, confidence, held_out }) {
    return el(
      "span",
      { class: "run-says", "data-testid": "run-says", title: held_out ? "This run never trained on this clip" : "This run also trained on this clip" },
      el("span", { class: "quiet" }, `Run ${id}`),
      this.#chip(label),
      el("span", { class: "quiet" }, `${Math.round(confidence * 100)} %`),
    );
  }

  /** Why the label is held back or doubted, and what in its reasoning is no evidence. */
  #warnings({ held_back, doubt, leak }) {
    const lines = [];
    if (held_back) lines.push(["Held back", `${held_back} The label stays out of training sets.`]);
    else if (doubt) lines.push(["Doubtful", doubt]);
    if (leak) lines.push(["Leak in the reasoning", leak]);
    return lines.map(([what, why]) => el("p", { class: "note leak" }, el("b", {}, what), `: ${why}`));
  }

  /** The reasoning, shut to a few lines: the claims below it are what is judged. */
  #reasoning(text) {
    const words = el("p", { class: "reasoning clamped" }, text);
    const more = button(
      {
        class: "more",
        "aria-expanded": "false",
        onclick: () => {
          const shut = words.classList.toggle("clamped");
          more.textContent = shut ? "All of it" : "Less";
          more.setAttribute("aria-expanded", String(!shut));
        },
      },
      "All of it",
    );
    return text.length > CLAMP_FROM ? el("div", {}, words, more) : el("p", { class: "reasoning" }, text);
  }

  #claim(claim, index) {
    const [sign, meaning] = CHECKS[claim.check];
    const { title, colour } = this.labels.of(claim.speaks_for);
    const verdicts = VERDICTS.map(([verdict, name, key]) =>
      button(
        {
          class: "verdict",
          "data-verdict": verdict,
          "aria-pressed": "false",
          title: `${name} (${key})`,
          onclick: (event) => {
            event.stopPropagation();
            this.events.onVerdict(claim, verdict);
          },
        },
        name,
        kbd(key),
      ),
    );
    const row = el(
      "li",
      {
        class: "claim",
        style: `--chip: ${colour}`,
        "data-testid": `claim-${index}`,
        "data-claim-id": claim.id,
        "data-start-s": claim.start_s,
        "data-kept": String(claim.kept),
        onclick: () => getSelection().isCollapsed && this.events.onClaim(claim), // but not while words are marked to be copied
      },
      button(
        { class: "claim-head" },
        el("span", { class: "time" }, `${clockTime(claim.start_s, 1)}–${clockTime(claim.end_s, 1)}`),
        el("span", { class: "cue" }, claim.cue === "other" ? claim.region : claim.cue),
        el("span", { class: `check ${claim.check}`, title: `Key points: ${meaning}`, "aria-label": `Key points: ${meaning}` }, sign),
        el("span", { class: "words" }, claim.text),
      ),
      el(
        "p",
        { class: `note ${claim.check}` },
        el("span", { class: "speaks" }, `For ${title}. `),
        el("b", {}, meaning),
        claim.check_note ? `: ${claim.check_note}` : "",
      ),
      reflectionOf(claim),
      claim.leak ? el("p", { class: "note leak" }, el("b", {}, "Leak"), `: ${claim.leak}`) : null,
      el("div", { class: "verdicts", role: "group", "aria-label": "Your verdict on this claim" }, ...verdicts),
    );
    this.#rows.set(claim.id, row);
    return row;
  }

  #transcript({ transcript }) {
    if (!transcript) return [];
    return [el("details", {}, el("summary", {}, "Transcript"), el("p", { class: "reasoning" }, transcript))];
  }

  #history({ history }) {
    if (!history.length) return [];
    const rows = history.map(({ who, kind, label, sureness, note, at }) => {
      const what = [KINDS[kind] ?? kind, label && this.labels.of(label).title, sureness && `sureness ${sureness}`];
      return el(
        "li",
        {},
        el("b", {}, who),
        ` ${what.filter(Boolean).join(", ")} `,
        el("time", { class: "quiet", datetime: at }, new Date(at).toLocaleString()),
        note && el("span", { class: "said" }, note),
      );
    });
    return [
      el("details", { "data-testid": "history" }, el("summary", {}, `History (${history.length})`), el("ol", { class: "history" }, ...rows)),
    ];
  }

  #mark(session, active) {
    const verdicts = session.draft?.verdicts ?? {};
    this.#judged.textContent = verdictsState([...this.#rows.keys()], verdicts, session.state.decision);
    for (const [id, row] of this.#rows) {
      const isActive = active?.id === id;
      if (isActive && row.dataset.active !== "true") row.scrollIntoView({ block: "nearest" });
      row.dataset.active = String(isActive);
      row.dataset.verdict = verdicts[id] ?? "";
      for (const one of row.querySelectorAll(".verdict"))
        one.setAttribute("aria-pressed", String(one.dataset.verdict === verdicts[id]));
    }
  }
}

/** Scrolls by itself, so that the answer above it and the decision bar below stay where they are. */
function reasons(parts) {
  return el("div", { class: "reasons", tabindex: "0", role: "group", "aria-label": "Reasons and claims", "data-testid": "reasons" }, ...parts);
}

/** What the second pass said of a claim; its own words where it gave any. */
function reflectionOf({ kept, reflection }) {
  if (kept && !reflection) return null;
  return el("p", { class: "note" }, reflection ? `Labeler: ${reflection}` : "Dropped by reflection.");
}

/** How to judge claims, and then whether the verdicts are saved: they go with the answer, not before it. */
function verdictsState(ids, verdicts, decision) {
  const judged = ids.filter((id) => id in verdicts).length;
  if (!judged) return "Choose a claim to watch it, then judge it.";
  const saved = decision && ids.every((id) => verdicts[id] === decision.claim_verdicts[id]);
  return `${judged} of ${ids.length} judged${saved ? ", and saved." : "; saved with your answer below."}`;
}

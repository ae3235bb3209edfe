// The shown cues as a list, for screen readers: bars on a canvas have no names.

import { clockTime } from "../clock_time.js";
import { el } from "../elements.js";

/** @import { CueRows } from "./cue_rows.js" */

export class CueList {
  root = el("ul", { class: "unseen", "aria-label": "Measured cues", "data-testid": "cue-list" });

  /** @param {CueRows} rows */
  show({ cues, families }) {
    const items = families.flatMap(({ title, first, count }) =>
      cues
        .filter(({ row }) => row >= first && row < first + count)
        .map((cue) => {
          const times = `${clockTime(cue.start_s, 1)} to ${clockTime(cue.end_s, 1)}`;
          return el("li", {}, `${title}: ${cue.title}, ${times}, strength ${cue.strength.toFixed(2)}`);
        }),
    );
    this.root.replaceChildren(...items);
  }
}

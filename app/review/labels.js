// The labels of the study, by their names.

/** @import { Label, Labels } from "./types.d.ts" */

const UNKNOWN_COLOR = "#7a8583";

/**
 * @param {Label[]} taxonomy
 * @returns {Labels}
 */
export function labelsOf(taxonomy) {
  const byName = new Map(taxonomy.map((label) => [label.name, label]));
  // A stored answer may carry a label that the taxonomy has lost since.
  return { all: taxonomy, of: (name) => byName.get(name) ?? { name, title: name, color: UNKNOWN_COLOR, key: "" } };
}

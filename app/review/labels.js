// The taxonomy's labels by name.

/** @import { Label, Labels } from "./types.d.ts" */

const UNKNOWN_COLOR = "#7a8583";

/**
 * @param {Label[]} taxonomy
 * @returns {Labels}
 */
export function labelsOf(taxonomy) {
  const byName = new Map(taxonomy.map((label) => [label.name, label]));
  // A stored answer may have a label that was removed from the taxonomy.
  return { all: taxonomy, of: (name) => byName.get(name) ?? { name, title: name, color: UNKNOWN_COLOR, key: "" } };
}

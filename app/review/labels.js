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

/**
 * The labels that fit what somebody types: every typed word is in the title or the stored name. Those that begin with it come
 * first, then those of which a word does; otherwise the taxonomy's order stays.
 * @param {Label[]} labels
 * @param {string} typed
 */
export function labelsLike(labels, typed) {
  const wanted = plain(typed);
  const words = wanted.split(" ").filter(Boolean);
  /** @param {Label} label */
  const rank = (label) => {
    const title = plain(label.title);
    if (title.startsWith(wanted)) return 0;
    return ` ${title}`.includes(` ${words[0]}`) ? 1 : 2;
  };
  const fitting = labels.filter((label) => {
    const text = `${plain(label.title)} ${label.name}`;
    return words.every((word) => text.includes(word));
  });
  return words.length ? fitting.sort((a, b) => rank(a) - rank(b)) : fitting;
}

/**
 * Lower case without accents, words parted by single spaces; "FrontKick" is "front kick".
 * @param {string} text
 */
function plain(text) {
  return text
    .replace(/(\p{Ll})(?=\p{Lu})/gu, "$1 ")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[\s_-]+/g, " ")
    .trim();
}

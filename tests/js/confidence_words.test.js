// The words of a rater's confidence.

import assert from "node:assert/strict";
import { test } from "node:test";
import { confidenceInWords } from "../../app/review/panels/confidence_words.js";

test("a confidence is said in the words of its button", () => {
  assert.deepEqual([1, 2, 3].map(confidenceInWords), ["guessing", "fairly sure", "certain"]);
});

test("an answer without a confidence has no word for it", () => {
  assert.equal(confidenceInWords(null), undefined);
});

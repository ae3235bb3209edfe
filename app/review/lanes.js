// What the timeline's lanes show, each painted into its place {top, height, left, right} with `x(time)` as the axis.

const DASHES = [[], [6, 3], [2, 2], [8, 2, 2, 2], [1, 3]]; // so that two labels' lines differ without their colours

/** Puts spans into rows so that none covers another; what does not fit into `most` rows goes into the last. */
export function pack(spans, most) {
  const ends = [];
  return spans.map((span) => {
    let row = ends.findIndex((end) => end <= span.start_s + 1e-9);
    if (row < 0) row = ends.length < most ? ends.length : most - 1;
    ends[row] = Math.max(ends[row] ?? 0, span.end_s);
    return { ...span, row };
  });
}

/** Whether a cue is what a claim speaks of: the same name in the same seconds. */
export function speaksOf(claim, cue) {
  return cue.name === claim.cue && cue.start_s < claim.end_s && cue.end_s > claim.start_s;
}

/** Sentences as bars with their words, the one that is being said in full ink. */
export function paintWords(context, x, place, { sentences, time }, { ink, dim, faint, font }) {
  context.save();
  context.font = `10.5px ${font}`;
  context.textBaseline = "middle";
  for (const { start_s, end_s, text } of sentences) {
    const [left, right] = [x(start_s), x(end_s)];
    if (right < place.left || left > place.right) continue;
    const wide = Math.max(2, right - left - 1);
    const now = time >= start_s && time < end_s;
    context.fillStyle = faint;
    context.globalAlpha = now ? 1 : 0.6;
    context.beginPath();
    context.roundRect(left, place.top, wide, place.height, 2);
    context.fill();
    if (wide < 24) continue;
    context.save();
    context.clip();
    context.globalAlpha = 1;
    context.fillStyle = now ? ink : dim;
    context.fillText(text, Math.max(left, place.left) + 4, place.top + place.height / 2 + 0.5);
    context.restore();
  }
  context.restore();
}

/** Attention as an area, even attention at half height; the probability of each label as a line from 0 to 1, ending in its key. */
export function paintModel(context, x, place, { time_s, attention, probabilities, labels }, taxonomy, { accent, faint, ink, paper, font }) {
  const low = place.top + place.height;
  const most = Math.max(...attention, 2 / attention.length);
  const path = (heights) => {
    context.beginPath();
    heights.forEach((height, at) => context.lineTo(x(time_s[at]), low - height * place.height));
  };
  context.save();
  context.fillStyle = faint;
  context.fillRect(place.left, place.top + place.height / 2, place.right - place.left, 1);
  path(attention.map((one) => one / most));
  context.lineTo(x(time_s.at(-1)), low);
  context.lineTo(x(time_s[0]), low);
  context.closePath();
  context.globalAlpha = 0.28;
  context.fillStyle = accent;
  context.fill();
  context.globalAlpha = 0.95;
  context.lineWidth = 1.5;
  labels.forEach((label, column) => {
    const { colour, key } = taxonomy.of(label);
    context.strokeStyle = colour;
    context.setLineDash(DASHES[column % DASHES.length]);
    path(probabilities.map((row) => row[column]));
    context.stroke();
    // Side by side, so that none covers another where the labels are equally likely; with a rim against the lines.
    const at = Math.min(x(time_s.at(-1)), place.right) - 9 * (labels.length - column);
    const after = time_s.findIndex((one) => x(one) >= at);
    const height = probabilities.at(after)[column] * place.height;
    context.font = `600 9.5px ${font}`;
    context.textBaseline = "middle";
    context.setLineDash([]);
    context.lineWidth = 3;
    context.strokeStyle = paper;
    const y = low - Math.min(Math.max(height, 5), place.height - 5);
    context.strokeText(key, at, y);
    context.fillStyle = ink;
    context.fillText(key, at, y);
    context.lineWidth = 1.5;
  });
  context.restore();
}

/** What the run, which never trained on the clip, made of it up to a moment. */
export function modelAt({ run_id, time_s, attention, probabilities, labels }, time, taxonomy) {
  const after = time_s.findIndex((one) => one >= time);
  const at = after < 0 ? time_s.length - 1 : after;
  const chances = labels.map((label, column) => `${taxonomy.of(label).title} ${Math.round(probabilities[at][column] * 100)} %`);
  return `run ${run_id} up to here: ${chances.join(", ")}; attention ${(attention[at] * time_s.length).toFixed(1)} × even`;
}

/** Mean confidence of body, face and hands per bin of time, one strip each; empty where nothing was found. */
export function paintConfidence(context, x, place, clip, dim) {
  const bins = clip?.confidence;
  if (!bins) return;
  const count = bins.length / 3;
  const duration = clip.info.duration_s;
  const strip = place.height / 3;
  context.fillStyle = dim;
  for (let bin = 0; bin < count; bin++) {
    const left = x((bin / count) * duration);
    const wide = x(((bin + 1) / count) * duration) - left + 0.5;
    if (left + wide < place.left || left > place.right) continue;
    for (let stream = 0; stream < 3; stream++) {
      const high = bins[bin * 3 + stream] * (strip - 1);
      context.globalAlpha = 0.3 + 0.25 * stream;
      context.fillRect(left, place.top + (stream + 1) * strip - high, wide, high);
    }
  }
  context.globalAlpha = 1;
}

export function confidenceAt(clip, time) {
  const bins = clip.confidence;
  const count = bins.length / 3;
  const bin = Math.min(count - 1, Math.floor((time / clip.info.duration_s) * count));
  return ["body", "face", "hands"].map((name, i) => `${name} ${bins[bin * 3 + i].toFixed(2)}`).join(", ");
}

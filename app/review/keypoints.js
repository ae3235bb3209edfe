// Key points of one clip: binary chunks, loaded ahead of play and dropped again within a budget of bytes.
// The form of a chunk is documented in app/routes/keypoints.py.

const MAGIC = 0x504b5454; // "TTKP", little-endian
const HEADER_BYTES = 32;
const JOINTS = 137;
const BUDGET_BYTES = 24 * 2 ** 20;

/** Index of the frame whose own time is `timeUs`, within half a frame; -1 where there is none. */
export function frameAtTimestamp(times, timeUs) {
  const time = timeUs / 1e6;
  const after = upperBound(times, time);
  let best = -1;
  let distance = Infinity;
  for (const index of [after - 1, after]) {
    if (index < 0 || index >= times.length) continue;
    const off = Math.abs(times[index] - time);
    if (off < distance) [best, distance] = [index, off];
  }
  return best >= 0 && distance < frameGap(times, best) / 2 ? best : -1;
}

/** Index of the frame on screen at `time` seconds, clamped to the clip. */
export function frameShownAt(times, time) {
  return Math.min(Math.max(upperBound(times, time + 1e-6) - 1, 0), times.length - 1);
}

/** Where to seek so that frame `index` and no neighbour of it is shown. */
export function middleOfFrame(times, index) {
  const next = index + 1 < times.length ? times[index + 1] : times[index] + frameGap(times, index);
  return (times[index] + next) / 2;
}

function frameGap(times, index) {
  const before = index > 0 ? times[index] - times[index - 1] : Infinity;
  const after = index + 1 < times.length ? times[index + 1] - times[index] : Infinity;
  const gap = Math.min(before, after);
  return Number.isFinite(gap) ? gap : 0.04;
}

function upperBound(times, time) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** One chunk. `read` puts x, y in px and confidence 0..1 of every joint of a frame into `out`; missing is 0, 0, 0. */
export class Chunk {
  constructor(buffer) {
    const view = new DataView(buffer);
    if (buffer.byteLength < HEADER_BYTES || view.getUint32(0, true) !== MAGIC || view.getUint16(4, true) !== 1)
      throw new Error("These key points are not in a form this page can read; reload the page.");
    this.firstFrame = view.getUint32(8, true);
    this.frames = view.getUint32(12, true);
    this.offset = [view.getFloat32(16, true), view.getFloat32(24, true)];
    this.scale = [view.getFloat32(20, true), view.getFloat32(28, true)];
    this.values = new Uint16Array(buffer, HEADER_BYTES, this.frames * JOINTS * 3);
    this.bytes = buffer.byteLength;
  }

  read(frame, out) {
    let at = (frame - this.firstFrame) * JOINTS * 3;
    for (let joint = 0; joint < JOINTS; joint++, at += 3) {
      const confidence = this.values[at + 2];
      const present = confidence > 0;
      out[joint * 3] = present ? this.offset[0] + this.values[at] * this.scale[0] : 0;
      out[joint * 3 + 1] = present ? this.offset[1] + this.values[at + 1] * this.scale[1] : 0;
      out[joint * 3 + 2] = confidence / 65535;
    }
  }
}

export class KeypointTrack {
  #api;
  #path;
  #layout;
  #chunks = new Map(); // in order of last use
  #loading = new Map();
  #points = new Float32Array(JOINTS * 3);

  constructor(api, clipId, layout) {
    this.#api = api;
    this.#path = `/clips/${clipId}/keypoints/`;
    this.#layout = layout;
  }

  /** Points of a frame as a view that the next call overwrites; null while its chunk is not there. */
  points(frame) {
    const number = Math.floor(frame / this.#layout.chunk_frames);
    const chunk = this.#chunks.get(number);
    if (!chunk) return null;
    this.#chunks.delete(number);
    this.#chunks.set(number, chunk);
    chunk.read(frame, this.#points);
    return this.#points;
  }

  /** Loads the chunk of `frame` and the one after it, then tells `arrived`. */
  async ensure(frame, arrived) {
    const number = Math.floor(frame / this.#layout.chunk_frames);
    const wanted = [number, number + 1].filter((one) => one < this.#layout.chunks && !this.#chunks.has(one));
    for (const one of wanted) {
      await this.#load(one);
      if (one === number) arrived?.();
    }
  }

  async #load(number) {
    if (!this.#loading.has(number)) {
      const loading = this.#api
        .bytes(this.#path + number)
        .then((buffer) => this.#keep(number, new Chunk(buffer)))
        .finally(() => this.#loading.delete(number));
      this.#loading.set(number, loading);
    }
    return this.#loading.get(number);
  }

  #keep(number, chunk) {
    this.#chunks.set(number, chunk);
    let bytes = 0;
    for (const kept of this.#chunks.values()) bytes += kept.bytes;
    for (const [oldest, kept] of this.#chunks) {
      if (bytes <= BUDGET_BYTES || oldest === number) break;
      this.#chunks.delete(oldest);
      bytes -= kept.bytes;
    }
  }
}

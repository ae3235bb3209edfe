// Draws the 137 points of one frame. Edges and sides come from core.pose.skeleton by way of the server.

const THRESHOLDS = { body: 0.05, face: 0.4, hands: 0.2 };
const COLOURS = { left: "#5cc8f2", right: "#ffab5e", middle: "#e6edeb", face: "#c9d8d4" };
const RIM = "#10201e";
const DIMMED = 0.14;

export class SkeletonPainter {
  #edges;
  #colour;
  #stream;

  /** `anatomy` is {edges: [[a, b]], left: [joint], right: [joint], streams: {body, face, hands}}. */
  constructor(anatomy) {
    this.#stream = new Array(137);
    for (const [stream, joints] of Object.entries(anatomy.streams))
      for (const joint of joints) this.#stream[joint] = stream;
    const left = new Set(anatomy.left);
    const right = new Set(anatomy.right);
    this.#colour = this.#stream.map((stream, joint) => {
      if (stream === "face") return COLOURS.face;
      if (left.has(joint)) return COLOURS.left;
      return right.has(joint) ? COLOURS.right : COLOURS.middle;
    });
    this.#edges = anatomy.edges.map(([a, b]) => [a, b, this.#colour[this.#colour[a] === COLOURS.middle ? b : a]]);
  }

  /**
   * `points` holds x, y in px of the video and confidence; `project` maps them to the canvas: {scale, x, y}.
   * `shown` is {body, face, hands}; `lit` a set of joints or null; `unit` the size of one CSS pixel on the canvas.
   */
  paint(context, points, project, shown, lit, unit) {
    const visible = (joint) => {
      const stream = this.#stream[joint];
      return shown[stream] && points[joint * 3 + 2] > THRESHOLDS[stream];
    };
    const x = (joint) => points[joint * 3] * project.scale + project.x;
    const y = (joint) => points[joint * 3 + 1] * project.scale + project.y;
    const size = Math.min(1.9, Math.max(0.75, Math.sqrt(project.scale / unit))) * unit;
    context.save();
    context.lineCap = "round";
    for (const [a, b, colour] of this.#edges) {
      if (!visible(a) || !visible(b)) continue;
      const bright = !lit || (lit.has(a) && lit.has(b));
      const sure = Math.min(points[a * 3 + 2], points[b * 3 + 2]);
      const wide = (this.#stream[a] === "body" ? 2.4 : 1.1) * size * (lit && bright ? 1.5 : 1);
      context.beginPath();
      context.moveTo(x(a), y(a));
      context.lineTo(x(b), y(b));
      // A dark rim, so that a line is seen on a white shirt as well.
      context.globalAlpha = bright ? 0.45 * sure : 0;
      context.strokeStyle = RIM;
      context.lineWidth = wide + 1.6 * size;
      context.stroke();
      context.globalAlpha = bright ? 0.35 + 0.6 * sure : DIMMED;
      context.strokeStyle = colour;
      context.lineWidth = wide;
      context.stroke();
    }
    for (let joint = 0; joint < 137; joint++) {
      if (!visible(joint)) continue;
      const bright = !lit || lit.has(joint);
      const sure = points[joint * 3 + 2];
      const radius = (this.#stream[joint] === "body" ? 2.2 + 2.2 * sure : 0.8 + 0.9 * sure) * size;
      context.globalAlpha = bright ? 0.4 + 0.6 * sure : DIMMED;
      context.fillStyle = this.#colour[joint];
      context.beginPath();
      context.arc(x(joint), y(joint), lit && bright ? radius * 1.35 : radius, 0, 2 * Math.PI);
      context.fill();
      if (!bright) continue;
      context.strokeStyle = lit ? "#ffffff" : RIM;
      context.globalAlpha = lit ? 0.9 : 0.55 * sure;
      context.lineWidth = size * (this.#stream[joint] === "body" ? 1.3 : 0.5);
      context.stroke();
    }
    context.restore();
  }
}

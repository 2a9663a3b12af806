/* What is drawn over a chart: onsets, levels, rejections, limits. */
const palette = new Map();
function colour(name) {
  if (!palette.has(name))
    palette.set(name, getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim());
  return palette.get(name);
}
const thresholdColour = ["watch", "warning", "alarm", "severe"];

const pixel = () => window.devicePixelRatio || 1;

function clip(u, draw) {
  const ctx = u.ctx, box = u.bbox;
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.left, box.top, box.width, box.height);
  ctx.clip();
  draw(ctx, box);
  ctx.restore();
}
function upright(u, ctx, box, time_s, stroke, width, dash) {
  const x = Math.round(u.valToPos(time_s, "x", true));
  if (x < box.left - 1 || x > box.left + box.width + 1) return null;
  ctx.strokeStyle = stroke;
  ctx.lineWidth = width * pixel();
  ctx.setLineDash((dash || []).map((d) => d * pixel()));
  ctx.beginPath();
  ctx.moveTo(x, box.top);
  ctx.lineTo(x, box.top + box.height);
  ctx.stroke();
  return x;
}
/* Labels beside their marks, in rows so that none covers another, from the top or from the bottom. */
function labeller(ctx, box, fromBottom) {
  const rows = [];
  ctx.font = `${11.5 * pixel()}px system-ui, sans-serif`;
  ctx.textBaseline = "top";
  ctx.textAlign = "left";
  return (x, text, ink) => {
    const width = ctx.measureText(text).width, gap = 5 * pixel(), high = 15 * pixel();
    const left = x + gap + width > box.left + box.width ? Math.max(x - gap - width, box.left) : x + gap;
    let row = rows.findIndex((end) => end < left);
    if (row < 0) row = rows.length;
    if ((row + 1) * high > box.height) return;
    rows[row] = left + width + gap;
    const y = fromBottom ? box.top + box.height - (row + 1) * high : box.top + 3 * pixel() + row * high;
    ctx.fillStyle = colour("ground");
    ctx.globalAlpha = 0.75;
    ctx.fillRect(left - 2 * pixel(), y - pixel(), width + 4 * pixel(), high - pixel());
    ctx.globalAlpha = 1;
    ctx.fillStyle = ink;
    ctx.fillText(text, left, y);
  };
}
function tint(u) {
  clip(u, (ctx, box) => {
    for (const s of spans) {
      const from = u.valToPos(s.from, "x", true), to = u.valToPos(s.to, "x", true);
      ctx.fillStyle = colour("tint-" + LEVELS[s.level]);
      ctx.fillRect(from, box.top, to - from, box.height);
    }
  });
}
function marks(u, labels) {
  clip(u, (ctx, box) => {
    const label = labels ? labeller(ctx, box, labels === "rejects") : () => {};
    for (const [name, at] of [["P", record.header_p_s], ["S", record.header_s_s]]) {
      const x = known(at) ? upright(u, ctx, box, at, colour("file"), 1.2, [2, 3]) : null;
      if (x !== null && labels === "picks") label(x, `${name} of the file`, colour("file"));
    }
    for (const s of spans) upright(u, ctx, box, s.from, colour(LEVELS[s.level]), 1.2, [5, 4]);
    for (const o of onsets) {
      const ink = colour(o.first.phase === "P" ? "p" : "later");
      if (o.refined && o.refined.onset_s !== o.first.onset_s)
        upright(u, ctx, box, o.first.onset_s, ink, 0.8, [1, 3]);
      const x = upright(u, ctx, box, o.at, ink, 1.5);
      if (x !== null && labels === "picks")
        label(x, `${o.first.phase === "P" ? "P" : "later onset"} ${seconds(o.at)}`, ink);
    }
    if (labels === "levels")
      for (const s of spans) {
        const x = u.valToPos(s.from, "x", true);
        if (x >= box.left && x <= box.left + box.width)
          label(x, `${s.alert.level} ${seconds(s.from)}: ${reasonText(s.alert.reasons[0]).join(", ")}`,
            colour(LEVELS[s.level]));
      }
    if (labels === "rejects") {
      for (const r of rejects) {
        const x = Math.round(u.valToPos(r.candidate_s, "x", true));
        if (x < box.left || x > box.left + box.width) continue;
        ctx.strokeStyle = colour("reject");
        ctx.lineWidth = 2 * pixel();
        ctx.setLineDash([]);
        ctx.beginPath();
        ctx.moveTo(x, box.top + box.height);
        ctx.lineTo(x, box.top + box.height - 14 * pixel());
        ctx.stroke();
        label(x, r.reason, colour("reject"));
      }
    }
    ctx.setLineDash([]);
  });
}
function level(u, value, ink, dash = [6, 4]) {
  clip(u, (ctx, box) => {
    const y = Math.round(u.valToPos(value, "y", true));
    ctx.strokeStyle = ink;
    ctx.lineWidth = 1.2 * pixel();
    ctx.setLineDash(dash.map((d) => d * pixel()));
    ctx.beginPath();
    ctx.moveTo(box.left, y);
    ctx.lineTo(box.left + box.width, y);
    ctx.stroke();
    ctx.setLineDash([]);
  });
}

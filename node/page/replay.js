/* The page of a replay: charts over one shared time, and the table of what was decided and why.
 *
 * The data stands in the element #data (node/page_write.c). Text from it goes into the page as text only
 * (textContent, canvas), never as markup. Nothing is loaded and nothing is sent. */
"use strict";
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const record = data.record, limits = data.limits;
const unit = record.unit.replace("^2", "²");
const of = (type) => data.events.filter((e) => e.type === type);
const picks = of("pick"), rejects = of("reject"), alerts = of("alert"), summary = of("summary")[0] || {};
const SCALES = {gbt: "GB/T", jma: "JMA", mmi: "MMI", ems98: "EMS-98", cwa: "CWA"};
const scaleName = SCALES[limits.scale] || limits.scale;
const LEVELS = ["none", "watch", "warning", "alarm"];
const known = (v) => v !== null && v !== undefined && Number.isFinite(v);

/* ---- numbers as text ---- */

function sig(v, digits = 3) {
  if (!known(v)) return "–";
  const size = Math.abs(v);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return v.toExponential(digits - 1).replace("e+", "e");
  return String(Number(v.toPrecision(digits)));
}
const onAxis = (v) => Math.abs(v) < 1e-3 && v !== 0 ? Number(v.toPrecision(3)).toExponential() : sig(v, 6);
const fixed = (v, digits) => known(v) ? v.toFixed(digits) : "–";
const seconds = (v) => fixed(v, 2) + " s";
/* With m, µ, n in front of the unit where that reads better. */
function si(v, unit) {
  if (!known(v)) return "–";
  const size = Math.abs(v), step = size === 0 || size >= 0.1 ? 0 : size >= 1e-4 ? 1 : size >= 1e-7 ? 2 : 3;
  return sig(v * 1000 ** step) + " " + ["", "m", "µ", "n"][step] + unit;
}
function utc(time_s) {
  if (!known(record.t0_ms)) return "";
  return new Date(record.t0_ms + time_s * 1000).toISOString().replace("T", " ").slice(0, 21) + "Z";
}

/* ---- the data as columns ---- */

function floats(base64) {
  const raw = atob(base64), bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  const view = new DataView(bytes.buffer), out = new Float32Array(raw.length >> 2);
  for (let i = 0; i < out.length; i++) out[i] = view.getFloat32(4 * i, true);
  return out;
}

/* One time axis and a column each; rows in full where they are, between them the envelope (both ends of it, or only
 * the largest). A null breaks the line where rows are missing. */
function columnsOf(track, names, bothEnds) {
  const k = names.length, x = [], y = names.map(() => []);
  const rows = floats(track.rows), w = track.stretch_s;
  const low = track.low ? floats(track.low) : [], high = track.high ? floats(track.high) : [];
  const put = (t, from, at) => {
    x.push(t);
    for (let c = 0; c < k; c++) {
      const v = from[at + c];
      y[c].push(Number.isNaN(v) ? null : v);
    }
  };
  const hole = (t) => { x.push(t); for (const column of y) column.push(null); };
  let stretch = 0;
  const envelope = (to_s) => {
    for (; stretch * k < high.length && (stretch + 1) * w <= to_s; stretch++) {
      if (Number.isNaN(high[stretch * k])) continue;
      if (bothEnds) put((stretch + 0.25) * w, low, stretch * k);
      put((stretch + 0.75) * w, high, stretch * k);
    }
  };
  let row = 0, end = 0;
  for (const [from_s, step_s, n] of track.chunks) {
    if (from_s - end > 1.5 * step_s) {
      const before = x.length;
      envelope(from_s);
      if (x.length === before && x.length > 0) hole((end + from_s) / 2);
    }
    for (let i = 0; i < n; i++, row++) put(from_s + i * step_s, rows, row * k);
    end = from_s + n * step_s;
    stretch = Math.max(stretch, Math.ceil(end / w));
  }
  envelope(Infinity);
  const out = {x};
  names.forEach((name, c) => { out[name] = y[c]; });
  return out;
}

const wave = columnsOf(data.wave, ["Z", "N", "E"], true);
const steps = columnsOf(data.steps, data.step_names, false);
for (const c of record.components) /* gravity and the sensor's offset, as the summary's PGA is without them */
  wave[c.axis] = wave[c.axis].map((v) => v === null ? null : v - c.mean);
const positive = (column) => column.map((v) => v > 0 ? v : null); /* for logarithmic axes */
const end_s = Math.max(summary.duration_s || 0, wave.x.length ? wave.x[wave.x.length - 1] : 0, 0.1);

/* ---- colours, from the style sheet ---- */

const palette = new Map();
function colour(name) {
  if (!palette.has(name))
    palette.set(name, getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim());
  return palette.get(name);
}
const thresholdColour = ["watch", "warning", "alarm", "severe"];

/* ---- what happened, for the marks ---- */

/* The onset as known at last, the first guess beside it. */
const onsets = [];
for (const p of picks) {
  const same = onsets.find((o) => o.id === p.id);
  if (same) same.refined = p; else onsets.push({id: p.id, first: p, refined: null});
}
for (const o of onsets) o.at = (o.refined || o.first).onset_s;
const levelOf = (a) => a.is_final ? 0 : LEVELS.indexOf(a.level);
const spans = []; /* level from..to */
for (const a of alerts) {
  const last = spans[spans.length - 1];
  if (last && last.to === null) {
    if (last.level === levelOf(a)) continue;
    last.to = a.time_s;
  }
  if (levelOf(a) > 0) spans.push({from: a.time_s, to: null, level: levelOf(a), alert: a});
}
for (const s of spans) if (s.to === null) s.to = end_s;
const maxima = summary.maxima || {}, timing = summary.timing || {};

function firstEvent() {
  const peak = maxima.peak_s, inView = (t) => t >= peak - 60 && t <= peak;
  if (spans.length > 0 && known(peak)) {
    const times = [...onsets.map((o) => o.at), ...spans.map((s) => s.from)].filter(inView);
    const from = times.length ? Math.min(...times) : peak;
    return [from - 5, peak + 20];
  }
  const first = onsets.find((o) => o.at >= 0);
  return first ? [first.at - 5, first.at + 25] : [0, end_s];
}

/* ---- one view for all charts ---- */

const charts = [];
let view = [0, end_s];
let queued = false;

function setView(from, to, quiet) {
  const least = Math.min(0.05, end_s), span = Math.min(Math.max(to - from, least), end_s);
  const middle = (from + to) / 2;
  from = Math.min(Math.max(middle - span / 2, 0), end_s - span);
  view = [from, from + span];
  byId("range").textContent = `${seconds(from)} – ${seconds(from + span)} of ${seconds(end_s)}` +
    (known(record.t0_ms) ? ` · from ${utc(from)}` : "");
  document.documentElement.dataset.view = view.map((v) => v.toFixed(3)).join(",");
  if (!queued) {
    queued = true;
    requestAnimationFrame(() => {
      queued = false;
      for (const u of charts) u.setScale("x", {min: view[0], max: view[1]});
      if (overview) overview.redraw(false);
    });
  }
  if (!quiet) {
    try {
      history.replaceState(null, "", "#t=" + view.map((v) => Number(v.toFixed(3))).join(","));
    } catch { /* not allowed everywhere; it is only for sharing a link */ }
  }
}
const zoom = (factor, at = (view[0] + view[1]) / 2) =>
  setView(at - (at - view[0]) * factor, at + (view[1] - at) * factor);
const pan = (share) => { const by = share * (view[1] - view[0]); setView(view[0] + by, view[1] + by); };
const whole = () => setView(0, end_s);
const event = () => setView(...firstEvent());

function showCursor(time_s) {
  for (const u of charts) {
    const left = u.valToPos(time_s, "x");
    u.setCursor({left: left >= 0 && left <= u.over.clientWidth ? left : -10, top: 10}, true, false);
  }
}
function lookAt(time_s) {
  const span = Math.min(view[1] - view[0], 30);
  setView(time_s - 0.3 * span, time_s + 0.7 * span);
  requestAnimationFrame(() => requestAnimationFrame(() => showCursor(time_s)));
}

/* Touch: one finger pans (up and down scrolls the page), two zoom. Mouse: drag selects, shift+drag pans, ctrl+wheel
 * zooms, sideways wheel pans, double click shows all. */
function gestures(u) {
  const over = u.over, down = new Map();
  const timeAt = (clientX) => u.posToVal(clientX - over.getBoundingClientRect().left, "x");
  over.addEventListener("pointerdown", (e) => {
    if (e.pointerType === "mouse" && !e.shiftKey) return;
    down.set(e.pointerId, e.clientX);
    over.setPointerCapture(e.pointerId);
  });
  over.addEventListener("pointermove", (e) => {
    if (!down.has(e.pointerId)) return;
    const perPixel = (view[1] - view[0]) / over.clientWidth, before = down.get(e.pointerId);
    down.set(e.pointerId, e.clientX);
    if (down.size === 1) {
      const by = (before - e.clientX) * perPixel;
      setView(view[0] + by, view[1] + by);
    } else if (down.size === 2) {
      const other = [...down].find(([id]) => id !== e.pointerId)[1];
      const now = Math.abs(e.clientX - other), was = Math.abs(before - other);
      if (now > 5 && was > 5) zoom(was / now, timeAt((e.clientX + other) / 2));
    }
  });
  for (const type of ["pointerup", "pointercancel"])
    over.addEventListener(type, (e) => down.delete(e.pointerId));
  over.addEventListener("wheel", (e) => {
    if (e.ctrlKey || e.metaKey) zoom(2 ** (Math.sign(e.deltaY) * 0.4), timeAt(e.clientX));
    else if (e.shiftKey && e.deltaY) pan(Math.sign(e.deltaY) * 0.1);
    else if (Math.abs(e.deltaX) > Math.abs(e.deltaY)) pan(Math.sign(e.deltaX) * 0.05);
    else return;
    e.preventDefault();
  }, {passive: false});
}

/* ---- drawing marks ---- */

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
/* Labels beside their marks, in rows so that none covers another. */
function labeller(ctx, box, top) {
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
    const y = box.top + (top + 3) * pixel() + row * high;
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
    const label = labels ? labeller(ctx, box, 0) : () => {};
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

/* ---- charts ---- */

const narrow = () => window.innerWidth <= 640;
const symmetric = (u, min, max) => {
  const size = 1.08 * Math.max(Math.abs(min || 0), Math.abs(max || 0)) || 1;
  return [-size, size];
};
/* Whole decades that show at least low to high; nothing below `least`. */
const decades = (low, high, least = 0) => (u, min, max) => {
  const from = Math.max(Math.min(known(min) && min > 0 ? min : low, low), least);
  const to = Math.max(known(max) ? max : high, high);
  return [10 ** Math.floor(Math.log10(from) + 1e-9), 10 ** Math.ceil(Math.log10(to) - 1e-9)];
};
const isDecade = (v) => Math.abs(Math.log10(v) - Math.round(Math.log10(v))) < 1e-9;

function line(label, stroke, value, more = {}) {
  return Object.assign({label, stroke: () => colour(stroke), width: 1.4, points: {show: false},
    value: (u, v) => v === null || v === undefined ? "–" : value(v)}, more);
}
function axes({hideTime = false, log = false, hideValues = false} = {}) {
  const ink = () => colour("axis"), grid = {stroke: () => colour("grid"), width: 1};
  const valueGrid = Object.assign({}, grid, log ? {filter: (u, splits) => splits.map((v) => isDecade(v) ? v : null)} : {});
  const font = "11px system-ui, sans-serif", ticks = {stroke: () => colour("grid"), width: 1, size: 4};
  return [
    {stroke: ink, grid, ticks, font, size: hideTime ? 6 : 22, gap: 2,
      values: (u, splits) => splits.map((v) => hideTime ? "" : sig(v, 6))},
    {stroke: ink, grid: valueGrid, ticks: log || hideValues ? {show: false} : ticks, font, size: narrow() ? 46 : 58, gap: 3,
      values: (u, splits) => splits.map((v) => v === null || hideValues || (log && !isDecade(v)) ? "" : onAxis(v))},
  ];
}

/* spec: title, why (a sentence), unit, x, series [options], columns, y (scale), height, labels, extra (draws) */
function panel(parent, spec) {
  const figure = document.createElement("figure");
  figure.className = "panel";
  figure.id = "panel-" + spec.id;
  const caption = document.createElement("figcaption"), title = document.createElement("b");
  title.textContent = spec.title;
  const why = document.createElement("span");
  why.className = "why";
  why.textContent = spec.why || "";
  const chart = document.createElement("div");
  chart.className = "chart";
  chart.setAttribute("role", "img");
  chart.setAttribute("aria-label", `${spec.title}. ${spec.why || ""}`);
  caption.append(title, why);
  figure.append(caption, chart);
  parent.append(figure);
  if (!spec.columns.some((c) => c.some((v) => v !== null))) {
    const none = document.createElement("p");
    none.className = "empty";
    none.textContent = spec.none || "nothing measured";
    chart.replaceWith(none);
    return null;
  }
  const u = new uPlot({
    width: chart.clientWidth || 300,
    height: spec.height,
    padding: [6, 8, 0, 0],
    scales: {
      x: {time: false, range: () => view},
      y: spec.y,
    },
    series: [{label: "time", value: (self, v) => known(v) ? seconds(v) : "–"}, ...spec.series],
    axes: axes({hideTime: spec.hideTime, log: spec.y.distr === 3, hideValues: spec.hideValues}),
    bands: spec.bands || [],
    legend: {mount: (self, el) => caption.append(el)},
    cursor: {
      sync: {key: "time", setSeries: false},
      drag: {x: true, y: false, setScale: false},
      points: {size: 6},
      bind: {
        dblclick: () => () => { whole(); return null; },
        mousedown: (self, target, handler) => (e) => e.shiftKey ? null : handler(e),
      },
    },
    hooks: {
      drawClear: spec.tinted ? [tint] : [],
      draw: [(self) => {
        if (spec.extra) spec.extra(self);
        marks(self, spec.labels);
        const [from, to] = self.series[0].idxs || [0, 0];
        figure.dataset.points = String(to - from + 1);
      }],
      setSelect: [(self) => {
        const {left, width} = self.select;
        if (width > 4) setView(self.posToVal(left, "x"), self.posToVal(left + width, "x"));
        if (width > 0) self.setSelect({left: 0, top: 0, width: 0, height: 0}, false);
      }],
    },
  }, [spec.x, ...spec.columns], chart);
  gestures(u);
  charts.push(u);
  new ResizeObserver(() => {
    if (chart.clientWidth > 0) u.setSize({width: chart.clientWidth, height: spec.height});
  }).observe(chart);
  return u;
}

function drawWaves(parent) {
  record.components.forEach((c, i) => {
    const channel = c.channel && !c.channel.endsWith(c.axis) ? ` (${c.channel})` : "";
    panel(parent, {
      id: "wave-" + c.axis.toLowerCase(),
      title: `${c.axis === "Z" ? "Z, up" : c.axis}${channel}, ${unit}`,
      why: i === 0 ? "Solid lines: onsets picked; dashed: levels raised; dotted: what the file's header says." : "",
      none: "not measured",
      x: wave.x,
      columns: [c.present ? wave[c.axis] : []],
      series: [line(c.axis, "wave", (v) => si(v, unit), {width: 1})],
      y: {range: symmetric},
      height: narrow() ? 110 : 125,
      hideTime: i < 2,
      labels: i === 0 ? "picks" : undefined,
    });
  });
}

function drawDetection(parent) {
  panel(parent, {
    id: "detection",
    title: "Detection",
    why: "An onset is examined when the declaring statistic passes 1. Brown: examined and rejected.",
    x: steps.x,
    columns: [positive(steps.statistic), positive(steps.sta_lta)],
    series: [line("statistic over threshold", "statistic", (v) => sig(v)), line("STA/LTA", "ratio", (v) => sig(v))],
    y: {distr: 3, range: decades(0.1, 10, 0.1)},
    height: narrow() ? 130 : 150,
    labels: "rejects",
    extra: (u) => level(u, 1, colour("statistic")),
  });
}

function drawIntensity(parent) {
  const value = (v) => fixed(v, 2);
  const mean = steps.mu, band = (sign) => mean.map((m, i) => m === null || steps.sigma[i] === null ? null
    : m + sign * steps.sigma[i]);
  panel(parent, {
    id: "intensity",
    title: `Intensity (${SCALES.gbt})`,
    why: "A level is raised by what is observed or by what is predicted, whichever comes first.",
    none: "unknown scale: picked, never decided upon",
    x: steps.x,
    columns: [steps.observed, steps.so_far, steps.predicted, mean, band(1), band(-1)],
    series: [
      line("observed, last 10 s", "observed", value, {width: 1.8}),
      line("since the onset", "observed", value, {dash: [2, 3]}),
      line("predicted", "predicted", value, {width: 2}),
      line("model mean", "mu", value),
      line("+1σ", "mu", value, {width: 0.5}),
      line("−1σ", "mu", value, {width: 0.5}),
    ],
    y: {range: (u, min, max) => [0, Math.max(limits.threshold[3] + 1.5, Math.ceil((max || 0) + 0.5))]},
    bands: [{series: [5, 6], fill: () => colour("band")}],
    tinted: true,
    height: narrow() ? 210 : 250,
    labels: "levels",
    extra: (u) => {
      if (limits.scale === "gbt")
        limits.threshold.forEach((t, i) => level(u, t, colour(thresholdColour[i])));
    },
  });
}

function drawProbability(parent) {
  panel(parent, {
    id: "probability",
    title: `P(I ≥ T), ${scaleName}`,
    why: "From the growing P wave. Dashed: the limit that it must exceed, unless a guard below holds it.",
    none: "nothing was predicted",
    x: steps.x,
    columns: [...limits.threshold.map((t, i) => steps["p_" + i]), steps.s_probability],
    series: [
      ...limits.threshold.map((t, i) => line(`≥ ${sig(t)}`, thresholdColour[i], (v) => fixed(v, 3), {width: 1.8})),
      line("S wave has begun", "noise", (v) => fixed(v, 3), {dash: [3, 3]}),
    ],
    y: {range: () => [0, 1.02]},
    height: narrow() ? 130 : 150,
    extra: (u) => limits.p_limit.forEach((p, i) => level(u, p, colour(thresholdColour[i]), [2, 5])),
  });
}

/* What held a step back, as bars: the guards of alarm/evidence.h. */
function drawGuards(parent) {
  const kinds = data.guard_names.map((name, bit) => ({name, bit, on: steps.guards.map((g) => g !== null &&
    (g & (1 << bit)) !== 0)})).filter((k) => k.on.some((v) => v));
  if (kinds.length === 0) return;
  const row = 19;
  panel(parent, {
    id: "guards",
    title: "Held back by",
    why: "While a bar lasts, its guard keeps the prediction from raising a level; what is observed still may.",
    x: steps.x,
    columns: [steps.guards],
    hideValues: true,
    series: [line("now", "reject", (g) => data.guard_names.filter((n, bit) => g & (1 << bit)).join("; ") || "nothing",
      {paths: () => null})],
    y: {range: () => [0, kinds.length]},
    height: kinds.length * row + 30,
    extra: (u) => clip(u, (ctx, box) => {
      const high = box.height / kinds.length, x = (i) => u.valToPos(steps.x[i], "x", true);
      ctx.font = `${11 * pixel()}px system-ui, sans-serif`;
      ctx.textBaseline = "middle";
      ctx.textAlign = "left";
      kinds.forEach((kind, k) => {
        const top = box.top + k * high + 2 * pixel();
        ctx.fillStyle = colour("reject");
        ctx.globalAlpha = 0.4;
        for (let i = 0; i < kind.on.length; i++) {
          if (!kind.on[i]) continue;
          let last = i;
          while (last + 1 < kind.on.length && kind.on[last + 1] && steps.x[last + 1] - steps.x[last] < 1) last++;
          ctx.fillRect(x(i) - pixel(), top, Math.max(x(last) - x(i), 0) + 2 * pixel(), high - 4 * pixel());
          i = last;
        }
        ctx.globalAlpha = 1;
        ctx.fillStyle = colour("text");
        ctx.fillText(kind.name, box.left + 6 * pixel(), top + high / 2 - 2 * pixel());
      });
    }),
  });
}

function drawParameters(parent) {
  const log = (low, high) => ({distr: 3, range: decades(low, high)});
  const small = narrow() ? 120 : 130;
  const common = {x: steps.x, height: small, none: "no P window"};
  panel(parent, Object.assign({}, common, {
    id: "pd", title: "Displacement of the vertical, m",
    why: "Pd since the onset: high-pass 1 Hz (what the decision uses) and 0.075 Hz.",
    columns: [positive(steps.pd_1hz_m), positive(steps.pd_m)],
    series: [line("Pd, 1 Hz", "a", (v) => si(v, "m")), line("Pd, 0.075 Hz", "c", (v) => si(v, "m"))],
    y: log(1e-5, 1e-4),
  }));
  panel(parent, Object.assign({}, common, {
    id: "snr", title: "Signal over noise",
    why: `Below ${sig(limits.snr_min)} (dashed) Pd is not trusted.`,
    columns: [positive(steps.snr), positive(steps.snr_spectrum)],
    series: [line("Pd over noise", "a", (v) => sig(v)), line("spectrum over its noise", "noise", (v) => sig(v))],
    y: log(1, 100),
    extra: (u) => level(u, limits.snr_min, colour("a")),
  }));
  panel(parent, Object.assign({}, common, {
    id: "period", title: "Period, s",
    why: "Long periods speak of a large rupture.",
    columns: [steps.tau_c_s, steps.tau_p_s],
    series: [line("τc", "a", (v) => seconds(v)), line("τp max", "b", (v) => seconds(v))],
    y: {range: (u, min, max) => [0, Math.max(1, 1.1 * (max || 0))]},
  }));
  panel(parent, Object.assign({}, common, {
    id: "character", title: "What kind of wave, decades",
    why: `H/V above ${sig(limits.hv_max_log)} is no P; spectrum above ${sig(limits.high_ratio_max)} (high) or ` +
      `${sig(limits.low_ratio_max)} (low) is no local earthquake.`,
    columns: [steps.hv_log, steps.s_growth, steps.high_ratio_log, steps.low_ratio_log],
    series: [line("H/V energy", "a", (v) => fixed(v, 2)), line("evidence of S", "b", (v) => fixed(v, 2)),
      line(">15 Hz / 1–10 Hz", "d", (v) => fixed(v, 2)), line("0.05–0.5 Hz / 1–10 Hz", "e", (v) => fixed(v, 2))],
    y: {range: (u, min, max) => [Math.min(-2, Math.max(min || 0, -4)), Math.max(1, Math.min(max || 0, 3))]},
  }));
  panel(parent, Object.assign({}, common, {
    id: "size", title: "Size since the onset",
    why: "Peaks of the vertical, and energy; each in its own unit.",
    columns: ["pa_mps2", "pv_mps", "cav_mps", "arias_mps", "iv2_m2ps"].map((c) => positive(steps[c])),
    series: [line("Pa", "a", (v) => si(v, "m/s²")), line("Pv", "b", (v) => si(v, "m/s")),
      line("CAV", "c", (v) => si(v, "m/s")), line("Arias", "d", (v) => si(v, "m/s")),
      line("IV2", "e", (v) => sig(v) + " m²/s")],
    y: log(1e-5, 1e-2),
  }));
  panel(parent, Object.assign({}, common, {
    id: "frequency", title: "Frequency, Hz",
    why: "Centroid of the last window's spectrum, noise removed.",
    columns: [positive(steps.centroid_hz)],
    series: [line("centroid", "a", (v) => sig(v) + " Hz")],
    y: log(1, 10),
  }));
}

/* ---- the whole record in a strip: where the view is; press or drag to move it ---- */

let overview = null;
function drawOverview() {
  const parent = byId("overview"), present = record.components.filter((c) => c.present);
  const size = (c) => wave[c.axis].reduce((m, v) => v === null ? m : Math.max(m, Math.abs(v)), 0);
  const largest = present.sort((a, b) => size(b) - size(a))[0];
  if (!largest) return;
  overview = new uPlot({
    width: parent.clientWidth || 300,
    height: 64,
    padding: [4, 8, 0, 0],
    legend: {show: false},
    cursor: {show: false},
    scales: {x: {time: false, range: () => [0, end_s]}, y: {range: symmetric}},
    series: [{}, line("", "wave", String, {width: 1})],
    axes: [axes()[0], Object.assign(axes({hideValues: true})[1], {grid: {show: false}})],
    hooks: {
      drawClear: [tint],
      draw: [(u) => {
        marks(u);
        clip(u, (ctx, box) => {
          const from = u.valToPos(view[0], "x", true), to = u.valToPos(view[1], "x", true);
          ctx.fillStyle = colour("ground");
          ctx.globalAlpha = 0.65;
          ctx.fillRect(box.left, box.top, from - box.left, box.height);
          ctx.fillRect(to, box.top, box.left + box.width - to, box.height);
          ctx.globalAlpha = 1;
          ctx.strokeStyle = colour("p");
          ctx.lineWidth = 2 * pixel();
          ctx.strokeRect(from, box.top + pixel(), Math.max(to - from, 2), box.height - 2 * pixel());
        });
      }],
    },
  }, [wave.x, wave[largest.axis]], parent);
  const over = overview.over;
  let held = null;
  const timeAt = (e) => overview.posToVal(e.clientX - over.getBoundingClientRect().left, "x");
  const move = (e) => {
    const span = view[1] - view[0], from = timeAt(e) - held;
    setView(from, from + span);
  };
  over.addEventListener("pointerdown", (e) => {
    const t = timeAt(e), inside = t >= view[0] && t <= view[1];
    held = inside ? t - view[0] : (view[1] - view[0]) / 2;
    over.setPointerCapture(e.pointerId);
    move(e);
  });
  over.addEventListener("pointermove", (e) => { if (held !== null) move(e); });
  for (const type of ["pointerup", "pointercancel"]) over.addEventListener(type, () => { held = null; });
  over.addEventListener("dblclick", whole);
  new ResizeObserver(() => overview.setSize({width: parent.clientWidth, height: 64})).observe(parent);
}

/* ---- spectrum ---- */

let spectrum = null;
function drawSpectrum() {
  const figure = byId("spectrum"), caption = document.createElement("figcaption"), title = document.createElement("b");
  const noise = floats(data.spectra.noise), strongest = floats(data.spectra.event);
  const n = Math.max(noise.length, strongest.length);
  const x = Array.from({length: n}, (_, i) => (i + 1) * data.spectra.bin_hz);
  const column = (a) => Array.from({length: n}, (_, i) => a[i] > 0 ? a[i] : null);
  title.textContent = `Spectrum, ${unit}/√Hz of the vector`;
  caption.append(title);
  const chart = document.createElement("div");
  chart.className = "chart";
  chart.setAttribute("role", "img");
  chart.setAttribute("aria-label", "Spectrum of the noise and of the strongest two seconds");
  figure.append(caption, chart);
  if (n === 0) {
    chart.className = "empty";
    chart.textContent = "no spectrum: the record is too short";
    return;
  }
  const value = (v) => si(v, unit + "/√Hz"), [time, amplitude] = axes({log: true}), height = narrow() ? 240 : 300;
  const first = (v) => Math.round(v / 10 ** Math.floor(Math.log10(v) + 1e-9));
  time.values = (u, splits) => splits.map((v) => v > 0 && [1, 2, 5].includes(first(v)) ? sig(v) : "");
  time.size = 34;
  time.label = "Hz";
  time.labelSize = 13;
  time.labelFont = "11px system-ui, sans-serif";
  spectrum = new uPlot({
    width: chart.clientWidth || 300,
    height,
    padding: [6, 8, 0, 0],
    scales: {x: {time: false, distr: 3, range: (u, min, max) => [min, max]}, y: {distr: 3, range: decades(1e-5, 1e-4)}},
    series: [{label: "frequency", value: (u, v) => known(v) ? sig(v) + " Hz" : "–"},
      line("noise before the first pick", "noise", value),
      line("strongest 2 s since the last pick", "event", value, {width: 1.7})],
    axes: [time, amplitude],
    legend: {mount: (self, el) => caption.append(el)},
    cursor: {drag: {x: true, y: false}, points: {size: 6}},
    hooks: {draw: [(u) => { figure.dataset.points = String(u.data[0].length); }]},
  }, [x, column(noise), column(strongest)], chart);
  new ResizeObserver(() => {
    if (chart.clientWidth > 0) spectrum.setSize({width: chart.clientWidth, height});
  }).observe(chart);
}

/* ---- why, in words ---- */

const REASONS = {
  "predicted": (r) => [`predicted`, `P(I ≥ ${sig(r.threshold)}) = ${fixed(r.value, 3)} > ${sig(r.limit)}`],
  "observed": (r) => [`observed`, `${fixed(r.value, 2)} ≥ ${fixed(r.limit, 2)}, which counts as ${sig(r.threshold)}`],
  "held: S wave": (r) => [`prediction held: S wave`, `it has begun with probability ${fixed(r.value, 2)} > ${sig(r.limit)}`],
  "held: spectrum high": (r) => [`prediction held: too much above 15 Hz`, `log ratio ${fixed(r.value, 2)} > ${sig(r.limit)}`],
  "held: spectrum low": (r) => [`prediction held: too much below 0.5 Hz`, `log ratio ${fixed(r.value, 2)} > ${sig(r.limit)}`],
  "held: spike": (r) => [`prediction held: it began like a blow`, `${sig(r.value)}, limit ${sig(r.limit)}`],
  "rejected: horizontal onset": (r) => [`no prediction: the onset is horizontal`, `log H/V ${fixed(r.value, 2)} > ${sig(r.limit)}`],
  "rejected: below noise": (r) => [`no prediction: Pd is near the noise`, `${sig(r.value)} times, ${sig(r.limit)} needed`],
  "unfit: background": (r) => [`no prediction: it shook before`, `intensity ${fixed(r.value, 2)} > ${sig(r.limit)}`],
  "floor only: no quiet reference": () => [`no prediction: less than 5 s of quiet before`],
  "floor only: later phase": (r) => [`no prediction: an onset in the coda`, `${fixed(r.value, 1)} s, from ${sig(r.limit)} s on`],
  "floor only: no onset": () => [`no prediction: shaking that was not picked`],
  "window closed": (r) => [`prediction is over`, `${fixed(r.value, 1)} s since the onset, it lasts ${sig(r.limit)} s`],
  "cancelled: not followed by shaking": (r) => [`no shaking followed`, `observed ${fixed(r.value, 2)}, ${fixed(r.limit, 2)} needed for ${sig(r.threshold)}`],
  "gap within the event": (r) => [`samples lost within the event`, `${sig(r.value, 9)}`],
  "second shock": (r) => [`a second shock`, `intensity ${fixed(r.value, 2)} ≥ ${fixed(r.limit, 2)}`],
  "quiet again": (r) => [`quiet again`, `current intensity ${fixed(r.value, 2)} < ${fixed(r.limit, 2)}`],
};
function reasonText(r) {
  if (!r) return ["no reason given"];
  return REASONS[r.reason] ? REASONS[r.reason](r) : [r.reason, `${sig(r.value)}, limit ${sig(r.limit)}`];
}
const REJECTS = {
  "impact": ["a blow on or beside the sensor", (r) => `${sig(r.value)} m/s² within moments, limit ${sig(r.limit)}`],
  "spike": ["too few samples carry the energy", (r) => `${sig(r.value)} above a quarter of the peak, limit ${sig(r.limit)}`],
  "step": ["the level jumped and stayed", (r) => `holds ${sig(r.value)} of the jump, limit ${sig(r.limit)}`],
  "clip": ["the sensor is at the end of its range", (r) => `${sig(r.value)} m/s², range ${sig(r.limit)}`],
  "line": ["it repeats itself like a machine", (r) => `autocorrelation ${sig(r.value)} > ${sig(r.limit)}`],
  "horizontal": ["too little of it on the vertical", (r) => `${sig(r.value)}, limit ${sig(r.limit)}`],
  "short": ["the energy fell away at once", (r) => `${sig(r.value)}, limit ${sig(r.limit)}`],
  "high-frequency": ["too much above 15 Hz for a local earthquake", (r) => `log ratio ${sig(r.value)} > ${sig(r.limit)}`],
  "teleseism": ["only long periods: far away, or sway", (r) => `log ratio ${sig(r.value)} > ${sig(r.limit)}`],
  "no-change": ["no clear change of variance", (r) => `ratio ${sig(r.value)}, ${sig(r.limit)} needed`],
  "burst": ["below what this noisy site needs", (r) => `${sig(r.value)}, ${sig(r.limit)} needed`],
  "warm-up": ["the detector had not settled", (r) => `${sig(r.value)} s, ${sig(r.limit)} s needed`],
  "gap": ["samples were lost while it was examined", () => ""],
};

function element(tag, text, className) {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  if (className) e.className = className;
  return e;
}
function chip(name) { return element("span", name, "level " + name); }
function list(items) {
  const ul = element("ul");
  for (const [text, className] of items) ul.append(element("li", text, className));
  return ul;
}

function onsetRow(o) {
  const p = o.refined || o.first, moved = o.refined && o.refined.onset_s !== o.first.onset_s;
  return {
    at: o.first.known_s, look: o.at, kind: "pick",
    what: element("span", o.first.phase === "P" ? "P onset" : "later onset", o.first.phase === "P" ? "kind-pick" : "kind-later"),
    why: [element("div", `at ${fixed(o.at, 3)} s` + (moved ? ` (first said ${fixed(o.first.onset_s, 3)} s, moved when refined)` : "") +
      `, declared ${fixed(o.first.declared_s - o.at, 2)} s after it`),
    element("div", `signal over noise ${sig(p.snr)}; ${sig(p.frequency_hz)} Hz; statistic ${sig(o.first.statistic)} × its threshold` +
      `; quality ${o.refined ? fixed(o.refined.quality, 2) : "not refined"}`)],
  };
}
function rejectRow(r) {
  const [meaning, numbers] = REJECTS[r.reason] || [r.reason, () => `${sig(r.value)}, limit ${sig(r.limit)}`];
  return {
    at: r.time_s, look: r.candidate_s, kind: "reject",
    what: element("span", "rejected: " + r.reason, "kind-reject"),
    why: [element("div", [meaning, numbers(r)].filter(Boolean).join(": ")),
      element("div", `candidate from ${fixed(r.candidate_s, 2)} s`, "note")],
  };
}
function thresholdTable(a) {
  const table = element("table"), head = element("tr");
  for (const h of ["I ≥", "P", "reached", "by", "observed at", "lead"]) head.append(element("th", h));
  table.append(head);
  for (const t of a.thresholds) {
    const row = element("tr"), lead = t.reached && t.crossed ? t.crossed_s - t.reached_s : null;
    for (const text of [sig(t.intensity), fixed(t.p, 3), t.reached ? seconds(t.reached_s) : "no", t.reached ? t.basis : "",
      t.crossed ? seconds(t.crossed_s) : "not yet", lead === null ? "" : seconds(lead)])
      row.append(element("td", text));
    table.append(row);
  }
  return table;
}
function alertRow(a, before) {
  const what = element("span");
  const raised = !before || before.event !== a.event || before.level !== a.level;
  if (a.is_final) what.append(element("b", a.phase === "cancel" ? "cancelled" : "shaking ended"));
  else what.append(chip(a.level), raised ? "" : " update");
  what.append(element("div", `event ${a.event}, revision ${a.revision}`, "note"));
  const deciding = ["predicted", "observed", "cancelled: not followed by shaking", "second shock", "quiet again"];
  const items = a.reasons.map((r) => [reasonText(r).join(": "), deciding.includes(r.reason) ? "" : "held"]);
  const more = element("details"), p = a.predicted, o = a.observed;
  more.append(element("summary", `${fixed(a.since_onset_s, 2)} s since the onset; ` +
    (p ? `predicted ${fixed(p.intensity[a.scale], 1)}, ` : "") + `observed ${fixed(o.intensity[a.scale], 1)}`));
  if (p)
    more.append(element("div", `model ${fixed(p.mu, 2)} ± ${fixed(p.sigma, 2)} (GB/T); Pd ${si(p.pd_m, "m")}, ${sig(p.snr)} times the noise; ` +
      `S wave has begun: ${fixed(p.s_probability, 2)}; PGA ${si(10 ** p.pga_log10_mps2, "m/s²")}, PGV ${si(10 ** p.pgv_log10_mps, "m/s")} to come`));
  more.append(element("div", `observed so far PGA ${si(o.pga_mps2, "m/s²")}, PGV ${si(o.pgv_mps, "m/s")}; current intensity ${fixed(o.current, 2)}, ` +
    `before the onset ${fixed(o.background, 2)}`));
  more.append(thresholdTable(a));
  return {at: a.time_s, look: a.time_s, kind: raised || a.is_final ? "alert" : "update", what, why: [list(items), more]};
}
function groundRows() {
  const rows = [];
  if (known(record.header_p_s)) rows.push({at: record.header_p_s, what: "P of the file", why: "an analyst's, or a synthetic record's"});
  if (known(record.header_s_s)) rows.push({at: record.header_s_s, what: "S of the file", why: "an analyst's, or a synthetic record's"});
  for (const t of [3, 4, 5, 6]) {
    const at = timing[`gbt_${t}_s`], said = spans.find((s) => s.level >= Math.min(t - 2, 3));
    if (!known(at)) continue;
    const lead = t < 6 && said ? at - said.from : null;
    rows.push({at, what: `intensity ${t} observed`, why: lead === null ? "GB/T, of what was observed"
      : lead > 0 ? `${LEVELS[t - 2]} had been raised ${seconds(lead)} before` : `${LEVELS[t - 2]} was raised ${seconds(-lead)} after`});
  }
  if (known(maxima.peak_s))
    rows.push({at: maxima.peak_s, what: "strongest shaking", why: `PGA ${si(maxima.pga_mps2, "m/s²")}, PGV ${si(maxima.pgv_mps, "m/s")}; ` +
      `${SCALES.gbt} ${fixed(maxima.intensity.gbt, 1)}`});
  return rows.map((r) => ({at: r.at, look: r.at, kind: "ground", what: element("span", r.what), why: [element("div", r.why)]}));
}

let rows = [];
function drawTable() {
  rows = [...onsets.map(onsetRow), ...rejects.map(rejectRow), ...alerts.map((a, i) => alertRow(a, alerts[i - 1])), ...groundRows()];
  rows.sort((a, b) => a.at - b.at);
  const body = byId("table").tBodies[0];
  for (const row of rows) {
    const tr = element("tr"), time = element("td"), go = element("button", fixed(row.at, 2) + " s");
    go.type = "button";
    go.title = "look at it";
    go.addEventListener("click", () => { choose(rows.indexOf(row)); });
    time.append(go);
    if (row.at < 0) time.append(element("small", "settle time"));
    else if (known(record.t0_ms)) time.append(element("small", utc(row.at).slice(11)));
    const what = element("td"), why = element("td");
    what.append(row.what);
    why.append(...row.why);
    tr.append(time, what, why);
    tr.dataset.kind = row.kind;
    body.append(tr);
    row.tr = tr;
  }
  const names = {alert: "levels and ends", update: "updates", pick: "onsets", reject: "rejections", ground: "the ground"};
  for (const [kind, name] of Object.entries(names)) {
    const n = rows.filter((r) => r.kind === kind).length;
    if (n === 0) continue;
    const b = element("button", `${name} (${n})`);
    b.type = "button";
    b.setAttribute("aria-pressed", "true");
    b.addEventListener("click", () => {
      const on = b.getAttribute("aria-pressed") !== "true";
      b.setAttribute("aria-pressed", String(on));
      for (const r of rows) if (r.kind === kind) r.tr.hidden = !on;
    });
    byId("kinds").append(b);
    if (kind === "update" && n > 12) b.click();
    if (kind === "reject" && n > 200) b.click();
  }
  const left = Object.entries(data.left_out).filter(([, n]) => n > 0).map(([what, n]) => `${n} more ${what}`);
  if (left.length)
    byId("kinds").after(element("p", `Too many for one page; left out: ${left.join(", ")}. The replay's output has them all.`, "note"));
  if (rows.length === 0) byId("table").replaceWith(element("p", "Nothing was picked, rejected or decided.", "empty"));
}
let chosen = -1;
function choose(i) {
  if (i < 0 || i >= rows.length) return;
  if (rows[chosen]) rows[chosen].tr.classList.remove("now");
  chosen = i;
  rows[i].tr.classList.add("now");
  const box = rows[i].tr.closest(".rows");
  box.scrollTop = Math.max(0, rows[i].tr.offsetTop - box.clientHeight / 3);
  lookAt(rows[i].look);
}
function chooseNext(direction) {
  let i = chosen;
  if (i < 0) { /* from where one looks */
    const at = (view[0] + view[1]) / 2;
    i = rows.findIndex((r) => r.at > at) - (direction > 0 ? 1 : 0);
    if (i < -1) i = rows.length;
  }
  do i += direction; while (rows[i] && rows[i].tr.hidden);
  choose(i);
}

/* ---- the head of the page ---- */

function drawHead() {
  document.title = record.id + " – Tocsin replay";
  byId("title").textContent = record.id;
  const verdict = byId("verdict"), top = spans.reduce((best, s) => !best || s.level > best.level ? s : best, null);
  verdict.textContent = "";
  verdict.append(chip(top ? LEVELS[top.level] : "none"), " ");
  const first = onsets.find((o) => o.at >= 0), words = [];
  if (top) {
    words.push(`raised at ${seconds(top.from)}`);
    const onset = top.alert.onset_s;
    if (known(onset)) words.push(`${seconds(top.from - onset)} after the onset`);
    const before = (t, what) => known(t) && words.push(t >= top.from ? `${seconds(t - top.from)} before ${what}` : `${seconds(top.from - t)} after ${what}`);
    before(record.header_s_s, "the S wave of the file");
    before(maxima.peak_s, "the strongest shaking");
    words.push(`${top.alert.basis} first`);
  } else if (first) {
    words.push(record.unit === "counts" ? `picked at ${seconds(first.at)}; of unknown scale, so nothing was decided`
      : `picked at ${seconds(first.at)}; no threshold was reached`);
  } else {
    words.push(rejects.length ? `no onset; ${rejects.length} candidates were rejected` : "no onset");
  }
  verdict.append(words.join(", ") + ".");
  const lost = [[summary.lost, "lost"], [summary.overlapped, "overlapped"], [summary.not_finite, "not finite"]]
    .filter(([n]) => n > 0).map(([n, what]) => `${n} ${what}`).join(", ");
  const intensity = maxima.intensity ? Object.entries(maxima.intensity).filter(([, v]) => known(v))
    .map(([k, v]) => `${SCALES[k] || k} ${fixed(v, 1)}`).join(", ") : "unknown scale";
  const facts = [
    ["begins", known(record.t0_ms) ? utc(0) : "time unknown"],
    ["length", `${seconds(summary.duration_s)} at ${sig(record.rate_hz, 6)} Hz, ${record.format}`],
    ["samples", `${summary.samples || 0}${lost ? "; " + lost : ""}`],
    ["PGA, PGV (0.1–10 Hz)", `${si(maxima.pga_mps2, "m/s²")}, ${si(maxima.pgv_mps, "m/s")}`],
    ["intensity", intensity],
    ["onsets, rejections, alerts", `${summary.picks || 0}, ${rejects.length + data.left_out.rejects}, ${summary.alerts || 0}`],
  ];
  if (record.settle_s > 0) facts.push(["settle time in front", `${sig(record.settle_s)} s, mirrored; not shown`]);
  if (record.rotated) facts.push(["orientation", "shown as measured; decided after rotation to Z N E"]);
  if (!data.wave.complete) facts.push(["resolution", `full around events, else ${sig(data.wave.stretch_s)} s (smallest and largest)`]);
  for (const [name, value] of facts) {
    const div = element("div");
    div.append(element("dt", name), element("dd", value));
    byId("facts").append(div);
  }
  const keys = [["←", "→", "move"], ["+", "−", "zoom"], ["0", "whole record"], ["e", "event"], ["n", "p", "next, previous decision"]];
  const footer = byId("footer");
  footer.append("Keys: ");
  for (const key of keys) {
    for (const k of key.slice(0, -1)) footer.append(element("kbd", k), " ");
    footer.append(key[key.length - 1] + " · ");
  }
  footer.append("mouse: drag to zoom, shift and drag to move, ctrl and wheel to zoom, double click for all · touch: one finger moves, two zoom. ",
    `Tocsin ${data.version}. Charts by uPlot (MIT licence, in this page's source). This page loads nothing and sends nothing.`);
}

function drawBar() {
  const buttons = [["Event", event, "the strongest event (e)"], ["Whole record", whole, "(0)"], ["+", () => zoom(0.5), "zoom in (+)"],
    ["−", () => zoom(2), "zoom out (-)"], ["◀", () => pan(-0.4), "earlier (left)"], ["▶", () => pan(0.4), "later (right)"],
    ["‹ decision", () => chooseNext(-1), "previous decision (p)"], ["decision ›", () => chooseNext(1), "next decision (n)"]];
  for (const [text, act, title] of buttons) {
    const b = element("button", text);
    b.type = "button";
    b.title = title;
    b.setAttribute("aria-label", title.startsWith("(") ? text : title);
    b.addEventListener("click", act);
    byId("bar").append(b);
  }
  const range = element("span", "", "range");
  range.id = "range";
  range.setAttribute("aria-live", "polite");
  byId("bar").append(range);
}

const KEYS = {
  "ArrowLeft": () => pan(-0.2), "ArrowRight": () => pan(0.2), "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2),
  "0": whole, "e": event, "n": () => chooseNext(1), "p": () => chooseNext(-1),
};
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || !KEYS[e.key]) return;
  if (e.key.startsWith("Arrow") && e.target.closest && e.target.closest(".rows")) return;
  KEYS[e.key]();
  e.preventDefault();
});

/* ---- all of it ---- */

drawHead();
drawBar();
drawOverview();
const panels = byId("panels");
drawWaves(panels);
drawDetection(panels);
drawIntensity(panels);
if (record.unit !== "counts") {
  drawProbability(panels);
  drawGuards(panels);
  const details = element("details", undefined, "params");
  details.open = !narrow();
  details.append(element("summary", "Parameters since the onset"));
  panels.append(details);
  drawParameters(details);
}
drawSpectrum();
drawTable();
const asked = /^#t=(-?[\d.]+),(-?[\d.]+)$/.exec(location.hash);
if (asked && Number(asked[1]) < Number(asked[2])) setView(Number(asked[1]), Number(asked[2]), true);
else { const [from, to] = firstEvent(); setView(from, to, true); }
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  palette.clear();
  for (const u of [...charts, overview, spectrum]) if (u) u.redraw(false, true);
});
document.documentElement.dataset.charts = String(charts.length + (overview ? 1 : 0) + (spectrum ? 1 : 0));
})();

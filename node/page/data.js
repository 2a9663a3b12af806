/* The record as it was written (node/page_write.c): numbers as text, samples and steps as columns, what happened. */
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
const onAxis = (v) => v !== 0 && (Math.abs(v) < 1e-3 || Math.abs(v) >= 1e5) ? Number(v.toPrecision(3)).toExponential().replace("e+", "e") : sig(v, 6);
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

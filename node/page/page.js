/* The head of the page, its buttons and keys; then everything is drawn. */
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
    words.push(top.alert.basis === "predicted" ? "from the P wave" : "on what was observed");
  } else if (first) {
    words.push(record.unit === "counts" ? `picked at ${seconds(first.at)}; of unknown scale, so nothing was decided`
      : `picked at ${seconds(first.at)}; no threshold was reached`);
  } else {
    words.push(rejects.length ? `no onset; ${rejects.length} candidates were rejected` : "no onset");
  }
  if (!top && maxima.intensity && maxima.intensity.gbt >= limits.threshold[0])
    words.push(`though the ground reached ${fixed(maxima.intensity.gbt, 1)} (${SCALES.gbt})`);
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

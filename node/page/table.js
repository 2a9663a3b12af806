/* The table of decisions: onsets, rejections, alerts and what the ground did, in order of time. */
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
  if (i < 0) /* the first in view, or the last */
    i = direction > 0 ? rows.findIndex((r) => r.look >= view[0]) - 1 : rows.findLastIndex((r) => r.look <= view[1]) + 1;
  do i += direction; while (rows[i] && rows[i].tr.hidden);
  choose(i);
}

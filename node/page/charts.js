/* The panels over time. */
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
      values: (u, splits) => {
        const decadesShown = log ? Math.log10(u.scales.y.max / u.scales.y.min) : 1;
        const each = log ? Math.ceil(decadesShown * 15 * pixel() / (u.bbox.height || 100)) : 1; /* else they would overlap */
        const shown = (v) => v !== null && !hideValues &&
          (!log || (isDecade(v) && Math.round(Math.log10(v)) % each === 0));
        return splits.map((v) => shown(v) ? onAxis(v) : "");
      }},
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
    why: "A candidate is examined when the declaring statistic passes 1. Dot: it was an onset. Brown: rejected.",
    x: steps.x,
    columns: [positive(steps.statistic), positive(steps.sta_lta)],
    series: [line("statistic over threshold", "statistic", (v) => sig(v)), line("STA/LTA", "ratio", (v) => sig(v))],
    y: {distr: 3, range: decades(0.1, 10, 0.1)},
    height: narrow() ? 130 : 150,
    labels: "rejects",
    extra: (u) => {
      level(u, 1, colour("statistic"));
      /* Where it declared: it begins anew at once, so the line, a value each 0.1 s, may not show it. */
      clip(u, (ctx) => {
        for (const o of onsets) {
          ctx.fillStyle = colour("statistic");
          ctx.beginPath();
          ctx.arc(u.valToPos(o.first.declared_s, "x", true), u.valToPos(Math.max(o.first.statistic, 0.1), "y", true),
            4 * pixel(), 0, 2 * Math.PI);
          ctx.fill();
        }
      });
    },
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
    why: "From the growing P wave. Dotted: the limit that each must exceed, unless a guard below holds it.",
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
    why: "Dashed: above it H/V is no P, and a spectrum no local earthquake's, for the prediction; dotted: the same for " +
      "what is observed.",
    extra: (u) => {
      level(u, limits.hv_max_log, colour("a"));
      level(u, limits.high_ratio_max, colour("d"));
      level(u, limits.low_ratio_max, colour("e"));
      level(u, limits.high_ratio_floor, colour("d"), [1, 4]);
      level(u, limits.low_ratio_floor, colour("e"), [1, 4]);
    },
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

/* The noise before the first pick, and the strongest two seconds since the last. */

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

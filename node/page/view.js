/* The one stretch of time that all charts show, and how it is moved. */
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

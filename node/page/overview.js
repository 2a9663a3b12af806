/* The whole record in a strip: where the view is; press or drag to move it. */

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

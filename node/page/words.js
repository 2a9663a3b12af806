/* Why, in words: what the reasons of alerts and rejections and their two numbers say (docs/formats.md). */
/* A guard may last a little longer than what set it off. */
const above = (r) => r.value > r.limit ? `${fixed(r.value, 2)} > ${sig(r.limit)}`
  : `above ${sig(r.limit)} moments ago, ${fixed(r.value, 2)} now`;
const REASONS = {
  "predicted": (r) => [`predicted`, `P(I ≥ ${sig(r.threshold)}) = ${fixed(r.value, 3)} > ${sig(r.limit)}`],
  "observed": (r) => [`observed`, `${fixed(r.value, 2)} ≥ ${fixed(r.limit, 2)}, which counts as ${sig(r.threshold)}`],
  "held: S wave": (r) => [`prediction held: S wave`, `probability that it has begun ${above(r)}`],
  "held: spectrum high": (r) => [`prediction held: too much above 15 Hz`, `log ratio ${above(r)}`],
  "held: spectrum low": (r) => [`prediction held: too much below 0.5 Hz`, `log ratio ${above(r)}`],
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

// Draws the served delays and sends requests.

const height = 260;
const margin = { left: 44, right: 6, top: 8, bottom: 26 };

let drawn = Number(element("delay").dataset.delay);
let latest;

function element(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

function shape(name, attributes, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

function time(milliseconds) {
  if (milliseconds === null) return "–";
  return milliseconds >= 1000 ? `${(milliseconds / 1000).toFixed(3)} s` : `${milliseconds.toFixed(1)} ms`;
}

/** Round values from 0 to `end`, about `count` of them. */
function ticks(end, count) {
  const power = 10 ** Math.floor(Math.log10(end / count));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= end / count) ?? 10);
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step);
}

function draw() {
  const longest = latest.bars.at(-1).from_ms;
  const bars = latest.bars.slice(0, -1);
  const width = element("picture").clientWidth;
  element("picture").setAttribute("viewBox", `0 0 ${width} ${height}`);
  const highest = Math.max(...bars.flatMap(({ served, configured }) => [served, configured]), 0.01) * 1.08;
  const x = (ms) => margin.left + ((width - margin.left - margin.right) * ms) / longest;
  const y = (share) => height - margin.bottom - ((height - margin.bottom - margin.top) * share) / highest;
  const shapes = [];

  for (const share of ticks(highest, 4)) {
    const label = `${Number((share * 100).toPrecision(3))} %`;
    shapes.push(
      shape("line", { class: "grid", x1: margin.left, x2: width, y1: y(share), y2: y(share) }),
      shape("text", { x: margin.left - 6, y: y(share) + 4, "text-anchor": "end" }, label),
    );
  }
  for (const ms of ticks(longest, width / 90)) {
    const label = longest >= 2000 ? `${ms / 1000} s` : `${Number(ms.toPrecision(6))} ms`;
    const anchor = x(ms) > width - 24 ? "end" : "middle";
    shapes.push(shape("text", { x: x(ms), y: height - 6, "text-anchor": anchor }, label));
  }

  let outline = `M${x(0)} ${y(0)}`;
  for (const { from_ms, to_ms, served, configured } of bars) {
    const bar = { x: x(from_ms) + 0.75, width: Math.max(1, x(to_ms) - x(from_ms) - 1.5), y: y(served) };
    if (served > 0) shapes.push(shape("rect", { class: "served", ...bar, height: y(0) - y(served) }));
    outline += ` L${x(from_ms)} ${y(configured)} L${x(to_ms)} ${y(configured)}`;
  }
  const at = Math.min(x(drawn), width);
  shapes.push(
    shape("path", { class: "configured", d: outline }),
    shape("line", { class: "drawn", x1: at, x2: at, y1: margin.top, y2: y(0) }),
  );
  element("picture").replaceChildren(...shapes);
}

function tableRow({ quantile, configured_ms, served_ms }) {
  const row = document.createElement("tr");
  const difference = (100 * (served_ms - configured_ms)) / configured_ms;
  const percent = `${difference >= 0 ? "+" : "−"}${Math.abs(difference).toFixed(1)} %`;
  const isComparable = served_ms !== null && configured_ms > 0;
  const texts = [`p${Math.round(quantile * 100)}`, time(configured_ms), time(served_ms)];
  for (const text of [...texts, isComparable ? percent : "–"]) row.insertCell().textContent = text;
  return row;
}

async function refresh() {
  latest = await (await fetch("/distribution")).json();
  const { requests, in_flight, description, quantiles } = latest;
  element("configured").textContent = description;
  element("requests").textContent =
    `${requests.toLocaleString("en")} request${requests === 1 ? "" : "s"}, ${in_flight} in flight`;
  element("quantiles").replaceChildren(...quantiles.map(tableRow));
  draw();
}

async function ask() {
  const response = await fetch("/", { headers: { Accept: "application/json" } });
  const { delay_ms, request_id } = await response.json();
  drawn = delay_ms;
  element("delay").firstChild?.replaceWith(`${delay_ms} `);
  element("id").textContent = request_id;
  element("status").textContent = response.ok ? "" : ` It failed on purpose, with status ${response.status}.`;
}

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const isKept = () => element("keep").getAttribute("aria-pressed") === "true";

let asking = 0;
async function keepAsking() {
  asking++;
  while (isKept()) await ask().catch(() => wait(1000));
  asking--;
}

element("again").addEventListener("click", () => ask().then(refresh));
element("keep").addEventListener("click", () => {
  element("keep").setAttribute("aria-pressed", String(!isKept()));
  // Browsers open at most six connections to a host. The sixth is for refreshing.
  if (isKept()) while (asking < 5) keepAsking();
});
addEventListener("resize", () => latest && draw());

while (true) {
  if (!document.hidden) {
    await refresh().then(
      () => element("lost").setAttribute("hidden", ""),
      () => element("lost").removeAttribute("hidden"),
    );
  }
  await wait(1000);
}

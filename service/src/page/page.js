// Draws the served delays and sends requests.

function element(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

function button(id) {
  const found = element(id);
  if (!(found instanceof HTMLButtonElement)) throw new Error(`#${id} is not a button`);
  return found;
}

const height = 260,
  left = 44,
  bottom = 26,
  top = 8;

let drawn = Number(element("delay").dataset.delay);
let latest;

function shape(name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function time(milliseconds) {
  if (milliseconds === null) return "–";
  return milliseconds >= 1000 ? `${(milliseconds / 1000).toFixed(3)} s` : `${milliseconds.toFixed(1)} ms`;
}

function roundStep(range, count) {
  const rough = range / count,
    power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((step) => step * power >= rough) ?? 10);
}

function draw() {
  const { bars } = latest;
  const width = element("picture").clientWidth;
  element("picture").setAttribute("viewBox", `0 0 ${width} ${height}`);
  const longest = bars.at(-1).from_ms;
  const highest = Math.max(...bars.map((bar) => Math.max(bar.served, bar.configured)), 0.01) * 1.08;
  const x = (ms) => left + ((width - left - 6) * ms) / longest;
  const y = (share) => height - bottom - ((height - bottom - top) * share) / highest;
  const parts = [];

  const shareStep = roundStep(highest, 4);
  for (let share = 0; share <= highest; share += shareStep) {
    parts.push(shape("line", { class: "grid", x1: left, x2: width, y1: y(share), y2: y(share) }));
    const percent = `${Number((share * 100).toPrecision(3))} %`;
    parts.push(shape("text", { x: left - 6, y: y(share) + 4, "text-anchor": "end" }, percent));
  }
  const timeStep = roundStep(longest, width / 90);
  for (let ms = 0; ms <= longest; ms += timeStep) {
    const label = longest >= 2000 ? `${ms / 1000} s` : `${Number(ms.toPrecision(6))} ms`;
    const anchor = x(ms) > width - 24 ? "end" : "middle";
    parts.push(shape("text", { x: x(ms), y: height - 6, "text-anchor": anchor }, label));
  }

  let outline = `M${x(0)} ${y(0)}`;
  for (const { from_ms, to_ms, served, configured } of bars) {
    if (to_ms === null) continue;
    if (served > 0) {
      const size = { x: x(from_ms) + 0.75, width: Math.max(1, x(to_ms) - x(from_ms) - 1.5) };
      parts.push(
        shape("rect", { class: "served", ...size, y: y(served), height: y(0) - y(served), rx: 1.5 }),
      );
    }
    outline += ` L${x(from_ms)} ${y(configured)} L${x(to_ms)} ${y(configured)}`;
  }
  parts.push(shape("path", { class: "configured", d: outline }));
  if (!Number.isNaN(drawn)) {
    const at = Math.min(x(drawn), width);
    parts.push(shape("line", { class: "drawn", x1: at, x2: at, y1: top, y2: y(0) }));
  }
  element("picture").replaceChildren(...parts);
}

function fillTable() {
  element("quantiles").replaceChildren(
    ...latest.quantiles.map(({ quantile, configured_ms, served_ms }) => {
      const row = document.createElement("tr");
      const off =
        served_ms === null || configured_ms === 0
          ? "–"
          : (served_ms >= configured_ms ? "+" : "−") +
            Math.abs((100 * (served_ms - configured_ms)) / configured_ms).toFixed(1) +
            " %";
      for (const text of [`p${Math.round(quantile * 100)}`, time(configured_ms), time(served_ms), off]) {
        row.append(Object.assign(document.createElement("td"), { textContent: text }));
      }
      return row;
    }),
  );
}

async function refresh() {
  const response = await fetch("/distribution");
  latest = await response.json();
  element("configured").textContent = latest.description;
  element("requests").textContent =
    latest.requests.toLocaleString("en") +
    (latest.requests === 1 ? " request" : " requests") +
    ", " +
    latest.in_flight +
    " in flight";
  draw();
  fillTable();
}

async function ask() {
  const response = await fetch("/", { headers: { Accept: "application/json" } });
  const { delay_ms, request_id } = await response.json();
  drawn = delay_ms;
  element("delay").firstChild?.replaceWith(`${delay_ms} `);
  element("id").textContent = request_id;
  element("status").textContent = response.ok ? "" : ` It failed on purpose, with status ${response.status}.`;
}

let asking = 0;
async function keepAsking() {
  asking++;
  while (element("keep").getAttribute("aria-pressed") === "true") {
    try {
      await ask();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
  asking--;
}

button("again").addEventListener("click", async () => {
  button("again").disabled = true;
  try {
    await ask();
    await refresh();
  } finally {
    button("again").disabled = false;
  }
});
element("keep").addEventListener("click", () => {
  const on = element("keep").getAttribute("aria-pressed") !== "true";
  element("keep").setAttribute("aria-pressed", String(on));
  // Browsers open at most six connections to a host. The sixth is for refreshing.
  if (on) while (asking < 5) keepAsking();
});

async function watch() {
  if (!document.hidden) {
    try {
      await refresh();
      element("lost").hidden = true;
    } catch {
      element("lost").hidden = false;
    }
  }
  setTimeout(watch, 1000);
}
addEventListener("resize", () => latest && draw());
watch();

"use strict";
// Everything is on the page without this: it adds sorting, filtering, copying and a switch of colours.
(() => {
  const make = (tag, props = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), props);
    element.append(...children);
    return element;
  };

  const status = document.querySelector("#status");

  for (const pre of document.querySelectorAll("pre[data-copy]")) {
    const button = make("button", { type: "button", className: "copy", textContent: "Copy" });
    button.setAttribute("aria-label", pre.dataset.copy);
    button.addEventListener("click", async () => {
      const text = pre.querySelector("code").textContent;
      try {
        await navigator.clipboard.writeText(text);
        status.textContent = button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(pre.querySelector("code"));
        status.textContent = button.textContent = "Selected: copy it with the keyboard";
      }
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    const box = make("div", { className: "copyable" });
    pre.replaceWith(box);
    box.append(button, pre);
  }

  const root = document.documentElement;
  const dark = () => (root.style.colorScheme || (matchMedia("(prefers-color-scheme: dark)").matches && "dark")) === "dark";
  const scheme = make("button", { type: "button", className: "scheme", textContent: "Light or dark" });
  scheme.addEventListener("click", () => {
    root.style.colorScheme = dark() ? "light" : "dark";
  });
  document.querySelector("nav")?.append(scheme);

  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let box = target?.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();

  const island = document.querySelector("#case-data");
  if (!island) return;
  const data = JSON.parse(island.textContent);
  const table = document.querySelector("#case-table");
  const body = table.tBodies[0];
  const WINDOW = 100;
  const size = data.x.length;
  for (const key of data.runs) {  // value, count, value, count
    data[key] = data[key].flatMap((value, at, runs) => (at % 2 ? [] : Array(runs[at + 1]).fill(value)));
  }
  const texts = {
    c: data.claims, o: data.outcomes, s: data.sizes, p: data.points,
    r: data.sets.map((set) => set.map((index) => data.regimes[index]).join(", ")),
  };
  const plain = (text) => text.toLowerCase().replace(/\s*=\s*/g, "=");
  const lists = Object.entries({ ...texts, c: texts.c.map((name, at) => `${name} ${data.verdicts[at]}`) })
    .map(([key, list]) => [data[key], list.map(plain)]);
  let shown = Uint32Array.from({ length: size }, (_, index) => index);
  let order = { key: "", up: true }, start = 0;

  const query = make("input", { type: "search", id: "case-query", placeholder: "refuted K=1 theta=0 …" });
  const outcome = make("select", { id: "case-outcome" }, make("option", { value: "", textContent: "every outcome" }),
    ...data.outcomes.map((word, index) => make("option", { value: String(index), textContent: word })));
  const claim = make("select", { id: "case-claim" }, make("option", { value: "", textContent: "every claim" }),
    ...data.claims.map((name, index) => make("option", { value: String(index), textContent: name })));
  const [before, after] = ["Previous", "Next"].map((textContent) => make("button", { type: "button", textContent }));
  const told = make("span", { id: "case-count" });
  told.setAttribute("role", "status");
  document.querySelector("#case-tools").append(
    ...Object.entries({ words: query, outcome, claim }).map(([name, field]) => make("label", {}, `${name} `, field)), before, after, told);

  const short = (value) => {
    if (!Number.isFinite(value ?? NaN)) return "–";
    const [digits, power] = value.toExponential(1).split("e");
    return Math.abs(power) < 4 ? String(Number(value.toPrecision(2))) : `${Number(digits)}e${Number(power)}`;
  };

  const row = (index) => {
    const name = make("a", { href: data.ids[data.c[index]] ? `#claim-${data.ids[data.c[index]]}` : "#cases", textContent: texts.c[data.c[index]] });
    const [o, s, r, p] = ["o", "s", "r", "p"].map((key) => texts[key][data[key][index]]);
    const cells = [o, s, r, data.n[index].toLocaleString("en"), short(data.x[index]), p];
    const line = make("tr", {}, make("th", { scope: "row" }, name), ...cells.map((text) => make("td", { textContent: text })));
    line.className = data.kinds[data.o[index]];
    return line;
  };

  const draw = () => {
    start = Math.max(0, Math.min(start, shown.length - 1));
    body.replaceChildren(...Array.from(shown.subarray(start, start + WINDOW), row));
    const last = Math.min(start + WINDOW, shown.length);
    told.textContent = shown.length ? `rows ${start + 1} to ${last} of ${shown.length.toLocaleString("en")}` : "no row fits";
    before.disabled = start === 0;
    after.disabled = last >= shown.length;
  };

  const filter = () => {
    // K=1 is not K=10. Each word is looked up once in every list of texts, not in every row.
    const words = plain(query.value).split(/\s+/).filter(Boolean).map((word) => new RegExp(
      (/^\w+=/.test(word) ? "(?<!\\w)" : "") + word.replace(/[^\w]/g, "\\$&") + (/=.*\d$/.test(word) ? "(?![\\d.])" : "")));
    const hits = words.map((word) => lists.map(([column, list]) => [column, list.map((text) => word.test(text))]));
    const kept = [];
    for (let index = 0; index < size; index++) {
      if (outcome.value !== "" && data.o[index] !== Number(outcome.value)) continue;
      if (claim.value !== "" && data.c[index] !== Number(claim.value)) continue;
      if (hits.every((places) => places.some(([column, found]) => found[column[index]]))) kept.push(index);
    }
    shown = Uint32Array.from(kept);
    sort();
  };

  const sort = () => {
    const column = data[order.key];
    const list = texts[order.key];
    if (column) {
      const rank = list && [...list.keys()].sort((a, b) => list[a].localeCompare(list[b])).reduce((ranks, place, at) => ((ranks[place] = at), ranks), []);
      const sign = order.up ? 1 : -1;
      // What has no residual stands last, whichever way.
      const value = (index) => (rank ? rank[column[index]] : column[index] ?? sign * Infinity);
      shown.sort((a, b) => sign * (value(a) - value(b) || 0) || a - b);
    } else shown.sort();
    draw((start = 0));
  };

  table.tHead.querySelectorAll("th").forEach((head, column) => {
    const key = "cosrnxp"[column];
    const button = make("button", { type: "button" }, ...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      order = { key, up: order.key === key ? !order.up : column < 4 };
      table.tHead.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", order.up ? "ascending" : "descending");
      sort();
    });
  });
  for (const field of [query, outcome, claim]) field.addEventListener("input", filter);
  before.addEventListener("click", () => draw((start -= WINDOW)));
  after.addEventListener("click", () => draw((start += WINDOW)));
  for (const link of document.querySelectorAll("a.to-cases")) {
    const place = data.ids.indexOf(Number(link.closest("article").id.slice("claim-".length)));
    link.addEventListener("click", () => { claim.value = place; query.value = outcome.value = ""; filter(); });
  }
  draw();
})();

// Search in a site of files: Pagefind finds, this shows. The address is the state, as in a gallery that is served.
const form = document.querySelector("form[data-site-search]");
const field = form.querySelector("input[type=search]");
const place = document.getElementById("results");
const filters = place.querySelector(".filters");
const overview = [...place.children].filter((child) => child !== filters);
const template = document.getElementById("site-result");
const MORE = 20;
let opening, asked = 0;

const read = () => new URLSearchParams(location.search);
const make = (name, text, className) => {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
};
const shapes = { alive: "●", caution: "◐", ended: "■", unknown: "○" };
const mark = (text, tone) => {
  const element = make("span", undefined, "mark " + tone);
  const shape = make("span", shapes[tone]);
  shape.setAttribute("aria-hidden", "true");
  element.append(shape, " " + text);
  return element;
};

const showResult = ({ raw_url: url, meta }) => {
  const item = template.content.cloneNode(true);
  const link = item.querySelector("a");
  link.href = url;
  link.textContent = meta.title;
  item.querySelector(".version").textContent = meta.version;
  item.querySelector("p").textContent = meta.summary;
  const facts = item.querySelector(".facts");
  const add = (...parts) => {
    const fact = make("li");
    fact.append(...parts);
    facts.append(fact);
  };
  add(mark(meta.works, meta.works_tone), ...(meta.refused ? [" ", mark(meta.refused, "ended")] : []));
  add(meta.released ? "released " + meta.released : "release: unknown");
  add(meta.use ? "use " + meta.use : "use: unknown");
  if (meta.life) add(mark(meta.life, meta.life_tone));
  return item;
};

const toggle = (query, key, value) => {
  const other = new URLSearchParams(query);
  if (key === "sort") other.set("sort", value);
  else if (query.has(key, value)) other.delete(key, value);
  else other.append(key, value);
  return location.pathname + "?" + other;
};

// The menus name what the whole profile has; here they get the counts of this search.
const showFilters = (query, counts) => {
  for (const menu of filters.querySelectorAll("details[data-key]")) {
    const { key } = menu.dataset;
    for (const link of menu.querySelectorAll("a")) {
      link.dataset.value ??= new URL(link.href).searchParams.get(key) ?? "relevance";
      const value = link.dataset.value;
      link.href = toggle(query, key, value);
      const chosen = key === "sort" ? (query.get("sort") ?? "relevance") === value : query.has(key, value);
      chosen ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
      const count = link.querySelector("small");
      if (count && counts) count.textContent = (counts[key]?.[value] ?? 0).toLocaleString("en");
    }
  }
};

// A large collection is in several parts, each an index with a program of its own: one program for several of them
// mixes up their memory.
const openParts = async () => {
  const base = new URL(form.dataset.siteSearch, location);
  const { parts } = await (await fetch(new URL("index.json", base), { cache: "no-cache" })).json();
  return Promise.all(Object.keys(parts).map((path) => import(new URL(path + "pagefind.js", base))));
};

const simplify = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const trim = (word) => word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "");
// Pagefind takes words by their stems: libraries for library, flies for fly.
const shorten = (word) => word.slice(0, Math.max(3, word.length - 3)).replace(/[iy]$/, "");

// An index without a word answers for the longest beginning of it that it has, be it a single letter. Of a part
// that is beside the point: another may have the word itself.
const hasWords = async ({ results }, words) => {
  if (!results.length) return false;
  const { content, meta } = await results[0].data();
  const written = content.split(/\s+/);
  const matched = simplify([...results[0].words.map((place) => written[place]), ...Object.values(meta)].join(" "));
  return words.every((word) => matched.includes(shorten(word)));
};

const leaveOutBeginnings = async (found, text) => {
  const words = simplify(text).split(/\s+/).map(trim).filter(Boolean);
  const kept = await Promise.all(found.map((part) => hasWords(part, words)));
  return found.filter((_, place) => kept[place]);
};

const compare = (sort) => {
  if (!sort) return (one, other) => other.result.score - one.result.score;
  const value = ({ data: { meta, raw_url } }) => (sort === "name" ? raw_url : -meta["by_" + sort]);
  return (one, other) => (value(one) < value(other) ? -1 : value(one) > value(other) ? 1 : 0);
};

// Each list is in order already, so what comes next is among the first of each.
const takeNext = async (lists, sort) => {
  const ahead = await Promise.all(
    lists.flatMap((list) =>
      list.slice(0, MORE).map(async (result) => ({ list, result, data: sort && (await result.data()) })),
    ),
  );
  if (lists.length > 1) ahead.sort(compare(sort));
  const taken = ahead.slice(0, MORE);
  for (const { list } of taken) list.shift();
  return Promise.all(taken.map(({ result }) => result.data()));
};

const addCounts = (found) => {
  const sum = {};
  for (const { filters: counted } of found) {
    for (const [key, values] of Object.entries(counted)) {
      sum[key] ??= {};
      for (const [value, count] of Object.entries(values)) sum[key][value] = (sum[key][value] ?? 0) + count;
    }
  }
  return sum;
};

const tellFailure = () => {
  opening = undefined;
  const line = make("p", "The search could not be loaded. ");
  const again = make("button", "Try again");
  again.addEventListener("click", search);
  line.setAttribute("role", "status");
  line.append(again);
  place.replaceChildren(filters, line, ...overview);
};

const search = async () => {
  const mine = ++asked;
  const query = read();
  field.value = query.get("q") ?? "";
  showFilters(query);
  if (!query.size) return place.replaceChildren(filters, ...overview);
  const chosen = {};
  for (const menu of filters.querySelectorAll("details[data-key]")) {
    const values = query.getAll(menu.dataset.key);
    if (values.length && menu.dataset.key !== "sort") chosen[menu.dataset.key] = { any: values };
  }
  if (!query.has("ended") && !query.has("life")) chosen.ended = "0";
  const sort = query.get("sort");
  const options = { filters: chosen };
  const words = query.get("q");
  const order = sort && sort !== "relevance" ? sort : words ? undefined : "use";
  if (order) options.sort = { [order]: order === "name" ? "asc" : "desc" };
  let found;
  try {
    found = await Promise.all((await (opening ??= openParts())).map((part) => part.search(words || null, options)));
  } catch {
    if (mine === asked) tellFailure();
    return;
  }
  if (mine !== asked) return;
  if (words && found.length > 1) found = await leaveOutBeginnings(found, words);
  if (mine !== asked) return;
  const lists = found.map(({ results }) => [...results]);
  const total = lists.reduce((sum, list) => sum + list.length, 0);
  const heading = make("h2", undefined, "count");
  const status = make("span", `${total.toLocaleString("en")} package${total === 1 ? "" : "s"}${words ? ` for “${words}”` : ""}`);
  status.setAttribute("role", "status");
  heading.append(status);
  const ended = make("a", query.has("ended") ? "leave out what has ended" : "show what has ended, too");
  ended.href = toggle(query, "ended", "1");
  heading.append(" · ", ended);
  const list = make("ol", undefined, "results");
  const more = make("button", "Show more");
  let shown = 0;
  const showMore = async () => {
    const next = await takeNext(lists, order);
    if (mine !== asked) return;
    shown += next.length;
    list.append(...next.map(showResult));
    more.hidden = shown >= total;
  };
  await showMore();
  if (mine !== asked) return;
  more.addEventListener("click", showMore);
  place.replaceChildren(filters, heading, list, more);
  showFilters(query, addCounts(found));
  document.title = (words ? words + " – " : "") + document.title.replace(/^.* – (?=.* – )/, "");
};

form.hidden = filters.hidden = false;
let waiting, typing = false;
const go = (url, how) => {
  history[how](null, "", url);
  search();
};
const address = () => {
  const query = read();
  field.value.trim() ? query.set("q", field.value.trim()) : query.delete("q");
  return location.pathname + (query.size ? "?" + query : "");
};
form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    go(address(), typing ? "replaceState" : "pushState");
    typing = true;
  }, 120);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(waiting);
  go(address(), "pushState");
  typing = false;
});
place.addEventListener("click", (event) => {
  const link = event.target.closest(".filters a, .count a");
  if (!link || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  go(link.href, "pushState");
  const menu = link.closest("details");
  if (menu) menu.open = false;
});
addEventListener("popstate", search);
search();

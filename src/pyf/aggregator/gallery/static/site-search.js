// Search in a site of files: Pagefind finds, this shows. The address is the state, as in a gallery that is served.
const form = document.querySelector("form[data-site-search]");
const field = form.querySelector("input[type=search]");
const place = document.getElementById("results");
const filters = place.querySelector(".filters");
const overview = [...place.children].filter((child) => child !== filters);
const template = document.getElementById("site-result");
const MORE = 20;
let pagefind, asked = 0;

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

const search = async () => {
  const mine = ++asked;
  const query = read();
  field.value = query.get("q") ?? "";
  showFilters(query);
  if (!query.size) return place.replaceChildren(filters, ...overview);
  pagefind ??= import(form.dataset.siteSearch);
  const chosen = {};
  for (const menu of filters.querySelectorAll("details[data-key]")) {
    const values = query.getAll(menu.dataset.key);
    if (values.length && menu.dataset.key !== "sort") chosen[menu.dataset.key] = { any: values };
  }
  if (!query.has("ended") && !query.has("life")) chosen.ended = "0";
  const sort = query.get("sort");
  const options = { filters: chosen };
  if (sort && sort !== "relevance") options.sort = { [sort]: sort === "name" ? "asc" : "desc" };
  else if (!query.get("q")) options.sort = { use: "desc" };
  const found = await (await pagefind).search(query.get("q") || null, options);
  if (mine !== asked) return;
  const words = query.get("q");
  const total = found.results.length;
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
    const next = await Promise.all(found.results.slice(shown, shown + MORE).map((result) => result.data()));
    if (mine !== asked) return;
    shown += next.length;
    list.append(...next.map(showResult));
    more.hidden = shown >= total;
  };
  await showMore();
  if (mine !== asked) return;
  more.addEventListener("click", showMore);
  place.replaceChildren(filters, heading, list, more);
  showFilters(query, found.totalFilters && found.filters);
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

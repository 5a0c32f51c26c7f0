// Fetches the address that the form stands for while somebody types, and puts its results in place.
// Everything works without this file: the form, the links and Back are the browser's own.
const form = document.querySelector("form[data-live]");
const field = form?.querySelector("input[type=search]") ?? document.querySelector("input[type=search]");
const place = form && document.getElementById(form.dataset.live);
let asked, waiting;

const address = () => {
  const data = new FormData(form);
  if (!data.get("q").trim()) data.delete("q");
  const query = new URLSearchParams(data).toString();
  return form.action + (query && "?" + query);
};

const show = async (url, how) => {
  asked?.abort();
  const mine = (asked = new AbortController());
  try {
    const answer = await fetch(url, { signal: mine.signal });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(form.dataset.live);
    // A page that is no list of results, such as that of an outage, is shown as it is.
    if (!fresh) return location.assign(url);
    if (mine.signal.aborted) return;
    const count = place.querySelector("[role=status]")?.textContent;
    place.replaceChildren(...fresh.childNodes);
    document.title = page.title;
    for (const hidden of form.querySelectorAll("input[type=hidden]")) hidden.remove();
    form.append(...page.querySelectorAll("form[data-live] input[type=hidden]"));
    if (how) history[how](null, "", answer.url);
    const status = place.querySelector("[role=status]");
    // What appears in a live region is not announced, only what changes in it.
    if (status && status.textContent !== count) {
      const text = status.textContent;
      status.textContent = "";
      requestAnimationFrame(() => (status.textContent = text));
    }
  } catch (error) {
    if (error.name !== "AbortError") location.assign(url);
  }
};

if (place) {
  let typing = false;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    // The first letter makes an entry of its own, so that Back leads to where the typing began.
    waiting = setTimeout(() => {
      show(address(), typing ? "replaceState" : "pushState");
      typing = true;
    }, 120);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    show(address(), "pushState");
    typing = false;
  });
  addEventListener("popstate", () => {
    clearTimeout(waiting);
    typing = false;
    field.value = new URLSearchParams(location.search).get("q") ?? "";
    show(location.href);
  });
}

addEventListener("keydown", (event) => {
  const open = document.querySelector(".filters details[open]");
  if (event.key === "Escape" && open) {
    open.open = false;
    open.querySelector("summary").focus();
  }
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]") || !field) return;
  event.preventDefault();
  field.focus();
  field.select();
});

addEventListener("click", async (event) => {
  for (const open of document.querySelectorAll(".filters details[open]"))
    if (!open.contains(event.target)) open.open = false;
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const text = document.getElementById(button.dataset.copy).textContent.trim();
  const said = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
    button.textContent = "Selected";
  }
  setTimeout(() => (button.textContent = said), 2000);
});

// Buttons that only a script can serve are shown by it.
for (const button of document.querySelectorAll("button[data-copy][hidden]")) button.hidden = false;

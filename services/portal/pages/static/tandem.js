// What makes Tandem smoother. Everything works without it.
(() => {
  "use strict";

  // "/" goes to the search, unless one is writing.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const search = document.getElementById("q");
    if (search && search.offsetParent) {
      event.preventDefault();
      search.focus();
    }
  });

  // The menu closes by Escape and by a click elsewhere.
  const menu = document.querySelector(".menu");
  document.addEventListener("click", (event) => {
    if (menu && menu.open && !menu.contains(event.target)) menu.open = false;
    const closer = event.target.closest("[data-closes]");
    if (closer) closer.closest(".toast").remove();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // A form that was sent shows it, and is not sent twice.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    if (event.submitter) event.submitter.setAttribute("aria-busy", "true");
  });
  const fresh = (scope) => {
    for (const form of scope.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of scope.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  };
  addEventListener("pageshow", (event) => { if (event.persisted) fresh(document); });
  document.addEventListener("htmx:afterRequest", () => fresh(document));

  // The first wrong field has the focus.
  const toFirstError = (scope) => {
    const wrong = scope.querySelector('[aria-invalid="true"], fieldset[tabindex="-1"]');
    if (wrong) wrong.focus();
  };
  toFirstError(document);
  document.addEventListener("htmx:afterSwap", (event) => toFirstError(event.target));

  // A slider and its figure say the same.
  document.addEventListener("input", (event) => {
    const twin = event.target.dataset && event.target.dataset.twin;
    if (twin) document.getElementById(twin).value = event.target.value;
  });

  // A toast leaves after a while, not while one reads it.
  const toasts = document.querySelector(".toasts");
  const leave = (toast) => {
    const gone = () => {
      if (toast.matches(":hover, :focus-within")) setTimeout(gone, 2000);
      else toast.remove();
    };
    setTimeout(gone, 8000);
  };
  for (const toast of toasts.querySelectorAll(".toast")) leave(toast);
  const say = (message, id) => {
    const toast = document.createElement("div");
    toast.className = "toast";
    if (id) toast.id = id;
    const text = document.createElement("span");
    text.textContent = message;
    toast.append(text);
    toasts.append(toast);
    return toast;
  };

  // The inbox is live. A lost connection is said once, quietly, and goes away when it is back.
  const count = document.querySelector("[data-count]");
  if (count && "EventSource" in window) {
    const stream = new EventSource("/live");
    let lost = 0;
    stream.addEventListener("open", () => {
      clearTimeout(lost);
      lost = 0;
      document.getElementById("lost")?.remove();
    });
    stream.addEventListener("error", () => {
      if (!lost) lost = setTimeout(() => say(document.body.dataset.lost, "lost"), 15000);
    });
    stream.addEventListener("count", (event) => {
      const read = JSON.parse(event.data);
      const figure = typeof read === "number" ? read : read.new;
      count.querySelector("[data-figure]").textContent = figure;
      count.hidden = !figure;
    });
    stream.addEventListener("notice", () => document.body.dispatchEvent(new CustomEvent("inbox-changed")));
    addEventListener("pagehide", () => stream.close());
  }
})();

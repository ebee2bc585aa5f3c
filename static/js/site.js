// Progressive enhancement only: every page works without this file.
(() => {
  "use strict";
  const toasts = () => document.getElementById("toasts");
  const SHOWN_FOR = 6000;

  function toast(text, kind) {
    const box = document.createElement("div");
    box.className = `toast ${kind || ""}`;
    const words = document.createElement("div");
    words.textContent = text;
    box.append(document.createElement("span"), words);
    toasts().append(box);
    settle(box);
  }

  // A toast with a link or a refusal stays until it is closed; the others leave by themselves.
  function settle(box) {
    if (box.dataset.settled) return;
    box.dataset.settled = "1";
    const close = document.createElement("button");
    close.type = "button";
    close.className = "close";
    close.setAttribute("aria-label", "Close this message");
    close.textContent = "×";
    close.addEventListener("click", () => box.remove());
    box.append(close);
    if (!box.classList.contains("stop")) setTimeout(() => box.remove(), SHOWN_FOR);
  }
  const settleAll = () => document.querySelectorAll("#toasts .toast").forEach(settle);

  // One press is one request: the button rests until the answer has come.
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || event.defaultPrevented || event.target.method === "dialog") return;
    if (button.getAttribute("aria-busy") === "true") event.preventDefault();
    button.setAttribute("aria-busy", "true");
  });
  const rest = () => document.querySelectorAll('[aria-busy="true"]').forEach((b) => b.removeAttribute("aria-busy"));
  window.addEventListener("pageshow", rest);
  document.addEventListener("htmx:afterRequest", rest);

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      event.preventDefault();
      document.getElementById(opener.dataset.opens).showModal();
    }
    if (event.target.closest("[data-prints]")) window.print();
    const copier = event.target.closest("[data-copies]");
    if (copier) {
      const field = document.getElementById(copier.dataset.copies);
      field.select();
      navigator.clipboard?.writeText(field.value).then(() => toast("Copied"));
    }
  });

  // With the keyboard one walks through a select's options, and each is a "change": what one stops at counts, on Enter or
  // on leaving it. Picking from the opened list, and everything else, counts at once.
  const WALKS = /^(Arrow(Up|Down|Left|Right)|Page(Up|Down)|Home|End|[^ ])$/;
  const walking = new WeakSet();
  const walked = new WeakSet();
  const answers = (select) => select.form?.matches('[data-answers-at-once], [hx-trigger^="change"]');
  function choose(select) {
    walking.delete(select);
    if (walked.delete(select)) select.dispatchEvent(new Event("change", { bubbles: true }));
  }
  document.addEventListener("keydown", (event) => {
    if (!(event.target instanceof HTMLSelectElement)) return;
    if (event.key === "Enter" && walked.has(event.target)) {
      event.preventDefault();
      choose(event.target);
    }
    if (WALKS.test(event.key) && !event.altKey && !event.ctrlKey && !event.metaKey) walking.add(event.target);
    else walking.delete(event.target);
  }, true);
  document.addEventListener("pointerdown", (event) => walking.delete(event.target), true);
  document.addEventListener("focusout", (event) => choose(event.target), true);
  document.addEventListener("change", (event) => {
    if (!walking.has(event.target) || !answers(event.target)) return;
    event.stopPropagation();
    walked.add(event.target);
  }, true);

  // A select inside a form that asks for it answers at once; without this file there is a button.
  document.addEventListener("change", (event) => {
    if (event.target.form?.hasAttribute("data-answers-at-once")) event.target.form.requestSubmit();
  });

  const online = () => document.documentElement.classList.toggle("is-offline", !navigator.onLine);
  window.addEventListener("online", online);
  window.addEventListener("offline", online);
  document.addEventListener("htmx:sendError", () => toast("No connection. Nothing was sent; try again in a moment.", "stop"));
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status >= 500) toast("That did not work, and it is our fault. Nothing was changed.", "stop");
  });
  document.addEventListener("htmx:afterSettle", settleAll);
  document.addEventListener("DOMContentLoaded", () => { online(); settleAll(); });
})();

// What Django's own scripts leave out for those who hear a page.
(() => {
  "use strict";

  // Where a date or a time is picked: it stands beside all landmarks.
  function namePickers() {
    for (const box of document.querySelectorAll(".calendarbox, .clockbox")) {
      const what = box.classList.contains("clockbox") ? "time" : "date";
      box.setAttribute("role", "dialog");
      box.setAttribute("aria-label", `Choose a ${what}`);
      for (const way of ["previous", "next"]) {
        const link = box.querySelector(`.calendarnav-${way}`);
        link?.setAttribute("aria-label", `The ${way} month`);
      }
    }
  }
  window.addEventListener("load", namePickers);
  document.addEventListener("formset:added", namePickers);

  // An autocomplete's parts: their names, which result the arrows are at, how many
  // there are. Django calls its plugin for each box once the page has been read, and
  // for those of a row that is added later: so they are mended there.
  const jQuery = window.django?.jQuery;
  const plugin = jQuery?.fn.djangoAdminSelect2;
  if (!plugin) return;

  jQuery.fn.djangoAdminSelect2 = function () {
    plugin.call(this);
    for (const field of this) {
      const select = jQuery(field).data("select2");
      name(field, select);
      describe(select);
    }
    return this;
  };

  // All parts are named by the field's label; the box says what was chosen, too.
  function name(field, { $selection: [box], $dropdown: [popup], $results: [results], dropdown }) {
    const label = document.querySelector(`label[for="${field.id}"]`);
    if (!label) return;
    label.id ||= `${field.id}_label`;
    const chosen = box.querySelector("[role=textbox]");
    chosen.removeAttribute("role"); // nobody types into it
    chosen.removeAttribute("aria-readonly");
    for (const part of [popup, results, dropdown.$search[0]]) {
      part.setAttribute("aria-labelledby", label.id);
    }
    box.setAttribute("aria-labelledby", `${label.id} ${chosen.id}`);
  }

  function describe(select) {
    const { $selection: [box], $dropdown: [popup], $results: [results] } = select;
    const search = select.dropdown.$search[0];
    const status = document.createElement("span");
    let numbered = 0;
    const unsay = () =>
      box.querySelector(".select2-selection__clear")?.setAttribute("aria-hidden", "true");

    unsay();
    select.on("selection:update", unsay);
    popup.id = `${results.id}-popup`;
    popup.setAttribute("role", "dialog");
    box.setAttribute("aria-haspopup", "dialog");
    status.setAttribute("role", "status");
    status.className = "visually-hidden";
    popup.append(status);

    select.on("open", () => {
      box.removeAttribute("aria-owns");
      // the list as well: it scrolls, and the arrows move in it from the search field
      box.setAttribute("aria-controls", `${popup.id} ${results.id}`);
    });
    select.on("close", () => {
      box.removeAttribute("aria-controls");
      status.textContent = "";
    });
    // What the server found has no ids that something could point at.
    select.on("results:focus", ({ element: [option] }) => {
      option.id ||= `${results.id}-${(numbered += 1)}`;
      search.setAttribute("aria-activedescendant", option.id);
    });
    select.on("results:all", ({ data: { results: found, pagination } }) => {
      const more = pagination?.more ? " or more" : "";
      if (found.length) status.textContent = `${found.length}${more} found`;
    });
    select.on("results:message", () => {
      const message = results.querySelector(".select2-results__message");
      message.setAttribute("role", "option");
      message.setAttribute("aria-disabled", "true");
      message.removeAttribute("aria-live");
      search.removeAttribute("aria-activedescendant");
      status.textContent = message.textContent;
    });
  }
})();

// An autocomplete's box has its field's label as its name: select2 names it by what was chosen alone, which may be nothing.
// jQuery calls back in the order of asking, and Django's own script, which makes the boxes, has asked before.
window.django?.jQuery?.(() => {
  for (const box of document.querySelectorAll(".select2-selection[role=combobox]")) {
    const field = box.closest(".select2").previousElementSibling;
    const label = field && document.querySelector(`label[for="${field.id}"]`);
    if (!label) continue;
    label.id ||= `${field.id}_label`;
    box.setAttribute("aria-labelledby", `${label.id} ${box.getAttribute("aria-labelledby") ?? ""}`.trim());
    box.querySelector("[role=textbox]")?.setAttribute("aria-labelledby", label.id);
  }
});

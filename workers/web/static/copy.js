// Buttons that copy the text of a field: <button data-copy="ID OF THE FIELD" data-done="Copied" hidden>. Without script
// they stay hidden, and the field can be selected.
for (const button of document.querySelectorAll("button[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = button.dataset.done;
    } catch {
      field.focus(); // it is selected: the keyboard copies it
    }
  });
}

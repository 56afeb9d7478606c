// Where the server cannot be reached, an old answer must not stand under a new question: the browser asks, and tells.
"use strict";

document.addEventListener("htmx:sendError", (event) => {
  event.target.form?.submit();
});

// The button that prints the page: without scripts the browser's own menu does it.

// @ts-check

const print = document.getElementById("print");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}

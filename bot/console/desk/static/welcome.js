// The one-time token stands behind the # of the address: no server and no log sees it there.
const form = document.getElementById("choose");
const token = location.hash.slice(1);
if (token) {
  form.elements.token.value = token;
  history.replaceState(null, "", location.pathname); // nor does the browser's history keep it
}
if (!form.elements.token.value) {
  document.getElementById("no-token").hidden = false;
  form.hidden = true;
}

// The computer's keyboard as a telephone's: digits, star and hash, paste, and the right arrow to skip a sentence.

const PASTED_MAX = 30;

export function listenToKeyboard(app) {
  document.addEventListener("keydown", (event) => {
    if (isWriting(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const phone = app.activePhone;
    if (/^[0-9*#]$/.test(event.key) && (phone.isTalking || phone.screen === "keypad")) {
      event.preventDefault();
      phone.press(event.key);
      flash(event.key);
    } else if (event.key === "ArrowRight" && phone.isTalking && !event.target.closest("[role=tab]")) {
      event.preventDefault();
      phone.skip();
    }
  });
  document.addEventListener("paste", (event) => {
    const phone = app.activePhone;
    if (isWriting(event.target) || !phone.isTalking) return;
    event.preventDefault();
    phone.type(event.clipboardData.getData("text").replace(/[^0-9*#]/g, "").slice(0, PASTED_MAX));
  });
}

const isWriting = (target) => target.closest?.("input, select, textarea, dialog") != null;

// Show on the picture what the keyboard has pressed.
function flash(key) {
  const shown = document.querySelector(`.in-call .key[data-key="${key}"]`);
  shown?.classList.add("pressed");
  setTimeout(() => shown?.classList.remove("pressed"), 140);
}

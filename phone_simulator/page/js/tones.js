// What a telephone sounds like: key tones, the tick of a line that waits, a text that comes in. Nothing is loaded.

const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477];
const KEYS = ["123", "456", "789", "*0#"];
const TONE_S = 0.12;
const LOUD = 0.06;

let context = null;
let isMuted = false;

export function mute(muted) {
  isMuted = muted;
}

// Browsers allow sound only after somebody has touched the page.
function audio() {
  if (isMuted || !window.AudioContext) return null;
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume();
  return context;
}

function play(frequencies, seconds, loud = LOUD, after = 0) {
  const on = audio();
  if (!on) return;
  const volume = on.createGain();
  const start = on.currentTime + after;
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(loud, start + 0.008);
  volume.gain.setValueAtTime(loud, start + seconds - 0.02);
  volume.gain.linearRampToValueAtTime(0, start + seconds);
  volume.connect(on.destination);
  for (const frequency of frequencies) {
    const tone = on.createOscillator();
    tone.frequency.value = frequency;
    tone.connect(volume);
    tone.start(start);
    tone.stop(start + seconds);
  }
}

export function key(pressed) {
  const row = KEYS.findIndex((keys) => keys.includes(pressed));
  if (row >= 0) play([ROWS[row], COLUMNS[KEYS[row].indexOf(pressed)]], TONE_S);
}

export const tick = () => play([880], 0.05, 0.02);
export const ring = () => play([440, 480], 0.7, 0.03);

export function textCame() {
  play([1318], 0.09, 0.03);
  play([1760], 0.14, 0.03, 0.1);
}

export function hungUp() {
  [0, 0.28, 0.56].forEach((after) => play([480, 620], 0.16, 0.03, after));
}

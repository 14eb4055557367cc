// Speaks what the line says: with the browser's own voice, else with the machine's, else not at all.

const RATE_MAX = 1.6;

export class Voice {
  #served = new Audio();
  #speaking = null;
  isMuted = false;

  constructor(languages) {
    this.languages = languages;
    // Browsers load their voices late.
    window.speechSynthesis?.getVoices();
  }

  // Where a voice for this language comes from: "browser", "machine" or "".
  sourceOf(language) {
    const short = language.slice(0, 2);
    if (this.#ownVoice(language)) return "browser";
    return this.languages.includes(short) ? "machine" : "";
  }

  #ownVoice(language) {
    const voices = window.speechSynthesis?.getVoices() ?? [];
    const short = language.slice(0, 2);
    return voices.find((voice) => voice.lang === language) ?? voices.find((voice) => voice.lang.startsWith(short));
  }

  say(sid, entry, pace) {
    this.hush();
    this.#speaking = `${sid}/${entry.n}`;
    if (this.isMuted || pace > RATE_MAX + 0.5) return;
    const voice = this.#ownVoice(entry.language);
    if (voice) this.#sayWith(voice, entry, pace);
    else if (this.languages.includes(entry.language.slice(0, 2))) this.#playFrom(sid, entry, pace);
  }

  #sayWith(voice, entry, pace) {
    const words = new SpeechSynthesisUtterance(entry.text);
    words.voice = voice;
    words.lang = entry.language;
    words.rate = Math.min(pace, RATE_MAX);
    window.speechSynthesis.speak(words);
  }

  #playFrom(sid, entry, pace) {
    this.#served.src = `/simulator/calls/${sid}/prompts/${entry.n}.wav`;
    this.#served.playbackRate = Math.min(pace, RATE_MAX);
    this.#served.play().catch(() => {});
  }

  isSaying(sid, n) {
    return this.#speaking === `${sid}/${n}`;
  }

  hush() {
    this.#speaking = null;
    window.speechSynthesis?.cancel();
    this.#served.pause();
  }
}

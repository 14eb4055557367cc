// Numbers, moments and telephones as people in Korea write them.

export function toE164(written) {
  const digits = written.replace(/[\s().-]/g, "");
  if (!/^\+?\d{3,15}$/.test(digits)) return written.trim();
  if (digits.startsWith("+")) return digits;
  return digits.startsWith("0") ? "+82" + digits.slice(1) : digits;
}

export function phone(number) {
  if (!number) return "no number";
  if (number === "anonymous") return "hidden number";
  if (!number.startsWith("+82")) return number;
  const national = "0" + number.slice(3);
  const area = national.startsWith("02") ? 2 : 3;
  const rest = national.slice(area);
  return [national.slice(0, area), rest.slice(0, -4), rest.slice(-4)].filter(Boolean).join("-");
}

export const won = (amount) => `${Number(amount || 0).toLocaleString("ko-KR")}원`;

export const cardNumber = (digits) =>
  digits.length === 15 ? digits.replace(/(.{4})(.{6})/, "$1 $2 ") : digits.replace(/(.{4})(?=.)/g, "$1 ");

export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds ?? 0));
  return `${String(Math.floor(whole / 60)).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
}

const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
export const timeOf = (moment) => TIME.format(new Date(moment));

export const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

const ENDINGS = {
  us: "hung up by the service",
  caller: "hung up by the caller",
  rejected: "rejected",
  busy: "busy",
  error: "ended by an application error",
  failed: "nobody answers this number",
  api: "ended from outside",
  too_long: "cut off: too long",
  loop: "cut off: endless loop",
};
export const ending = (by) => ENDINGS[by] ?? by;

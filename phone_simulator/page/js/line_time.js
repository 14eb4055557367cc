// The time on the line of a call in progress. Speech that is hurried through passes faster than real time.

// Seconds of the line since it began to do what it does now.
function passedIn(call) {
  const { what, passed } = call.doing;
  const real = passed + (performance.now() - call.heardAt) / 1000;
  return real * (what === "asking" ? 1 : call.pace);
}

// How much of what is being done has passed, from 0 to 1.
export function progressOf(call) {
  const { seconds } = call.doing;
  return seconds ? Math.min(1, passedIn(call) / seconds) : 0;
}

// How long the call has lasted.
export function secondsOf(call) {
  if (call.ended_by) return call.seconds;
  const passed = passedIn(call);
  return call.at + (call.doing.seconds ? Math.min(passed, call.doing.seconds) : passed);
}

// Listens to the simulator's server-sent events; the browser itself comes back when a stream breaks off.

const AGAIN_MS = 2000;

export function listen(store) {
  const stream = new EventSource("/simulator/feed");
  stream.addEventListener("news", (message) => {
    store.isLive = true;
    store.take(JSON.parse(message.data));
  });
  stream.addEventListener("error", () => {
    store.isLive = false;
    store.tell();
    // Refused outright, as when too many pages are open: the browser gives up, we do not.
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => listen(store), AGAIN_MS);
  });
}

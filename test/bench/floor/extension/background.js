// One host process for one message, and its answer back.
chrome.runtime.onMessage.addListener((message, sender, answer) => {
  chrome.runtime.sendNativeMessage("tr.eonay.floor", message).then(answer);
  return true;
});

// One host process for all messages of a page's port.
chrome.runtime.onConnect.addListener((page) => {
  const host = chrome.runtime.connectNative("tr.eonay.floor");
  page.onMessage.addListener((message) => host.postMessage(message));
  host.onMessage.addListener((message) => page.postMessage(message));
  page.onDisconnect.addListener(() => host.disconnect());
});

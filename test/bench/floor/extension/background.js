// One host process for one message, and its answer back.
chrome.runtime.onMessage.addListener((message, sender, answer) => {
  chrome.runtime.sendNativeMessage("tr.eonay.floor", message).then(answer);
  return true;
});

// The kiosk's camera, where the browser can read codes. A scanner that types needs none of this.
(() => {
  "use strict";
  const open = document.getElementById("camera");
  const video = document.querySelector("video");
  if (!open || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  open.hidden = false;

  async function look(detector, form) {
    const [found] = await detector.detect(video).catch(() => []);
    if (!found) return setTimeout(look, 200, detector, form);
    video.srcObject.getTracks().forEach((track) => track.stop());
    form.elements.code.value = found.rawValue;
    form.requestSubmit();
  }

  open.addEventListener("click", async () => {
    const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" } });
    video.hidden = false;
    open.hidden = true;
    await video.play();
    look(detector, open.form);
  });
})();

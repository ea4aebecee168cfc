// A served page looks whether its config was saved.

const asked = setInterval(async () => {
  try {
    const answer = await fetch("version", { cache: "no-store" });
    const version = await answer.text();
    const known = document.documentElement.dataset["version"];
    if (known !== undefined && known !== version) location.reload();
    document.documentElement.dataset["version"] = version;
  } catch {
    clearInterval(asked);
    document.title = "nnstep page has ended";
  }
}, 500);

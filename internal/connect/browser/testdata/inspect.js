(site => {
  const wrong = [];
  const all = selector => [...document.querySelectorAll(selector)];
  const say = (e, what) => wrong.push(e.outerHTML.slice(0, 100) + " " + what);
  const words = e => e.textContent.trim();

  if (document.documentElement.lang !== "en") wrong.push("the language is not said");
  if (!document.title.includes(" · alloy-mcp")) wrong.push("the title is " + document.title);
  for (const one of ["h1", "main", "header"]) if (all(one).length !== 1) wrong.push(all(one).length + " " + one);
  let level = 0;
  for (const h of all("h1, h2, h3, h4, h5, h6")) {
    if (h.tagName[1] - level > 1) say(h, "skips a level");
    level = Number(h.tagName[1]);
    if (!words(h)) say(h, "is empty");
  }
  const skip = all("a")[0];
  if (!skip || !document.getElementById(skip.hash.slice(1))) wrong.push("the first link leads nowhere");

  const ids = all("[id]").map(e => e.id);
  if (new Set(ids).size !== ids.length) wrong.push("ids are there twice: " + ids);
  for (const e of all("input:not([type=hidden]), select, textarea")) {
    if (![...(e.labels || [])].some(words)) say(e, "has no label");
    if (e.type === "password" && (e.value || e.getAttribute("value"))) say(e, "holds a secret");
  }
  for (const e of all("button, a[href]")) {
    if (!words(e)) say(e, "has no words");
    const r = e.getBoundingClientRect();
    if (!e.classList.contains("skip") && (e.matches("button, .button") && r.height < 24)) say(e, "is too small to hit");
  }
  const tied = all("[aria-describedby]").flatMap(e => e.getAttribute("aria-describedby").split(" ").map(id => [e, document.getElementById(id)]));
  for (const [e, text] of tied) if (!text || !words(text)) say(e, "is described by nothing");
  for (const e of all("[aria-invalid]")) if (!tied.some(([of, text]) => of === e && text && text.closest(".wrong, .alert"))) say(e, "is wrong for no reason");
  for (const e of all(".field .wrong")) if (!tied.some(([, text]) => text === e)) say(e, "is tied to no field");
  if (all("[autofocus]").length > 1) wrong.push("several fields want the cursor");
  for (const e of all("svg")) if (e.getAttribute("aria-hidden") !== "true") say(e, "is read out");

  for (const e of all("script, style, iframe, object, embed, img, [style], base")) say(e, "should not be there");
  for (const e of all("*")) for (const a of e.attributes) if (a.name.startsWith("on")) say(e, "has a script");
  for (const e of all("[src], link[href], form[action], a[href]")) {
    const to = new URL(e.src || e.href || e.action, location);
    if (to.origin !== site) say(e, "leads to " + to.origin);
  }

  const rgb = c => (c.match(/[\d.]+/g) || []).map(Number);
  const light = c => {
    const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const contrast = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  for (const e of all("body *")) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && !e.matches("input, select")) continue;
    if (e.closest(".hidden") || !e.getClientRects().length) continue;
    const ratio = contrast(rgb(getComputedStyle(e).color), behind(e));
    if (ratio < 4.5) say(e, "has a contrast of " + ratio.toFixed(2));
  }
  for (const e of all("input:not([type=hidden]):not([type=checkbox]), select")) {
    const edge = contrast(rgb(getComputedStyle(e).borderTopColor), behind(e.parentElement));
    if (edge < 3) say(e, "has an edge with a contrast of " + edge.toFixed(2));
  }
  return wrong;
})

"use strict";
// Values from a platform are inserted as text, never as markup.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const posts = data.posts;
  const PAGE = 60;
  // A report that a later run moved to runs/<start>/ finds its media two folders up.
  const root = /\/runs\/[^/]+\/[^/]*$/.test(location.pathname) ? "../../" : "";
  const number = new Intl.NumberFormat("en");
  const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
  const $ = (id) => document.getElementById(id);

  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }
  function draw(tag, attributes = {}, text = null) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text !== null) node.textContent = text;
    return node;
  }
  const size = (bytes) => {
    const units = ["B", "kB", "MB", "GB", "TB"];
    let step = 0;
    while (bytes >= 1000 && step < units.length - 1) { bytes /= 1000; step += 1; }
    return `${step ? bytes.toFixed(1) : bytes} ${units[step]}`;
  };
  const clock = (seconds) => {
    const whole = Math.round(seconds);
    const hours = Math.floor(whole / 3600);
    const rest = `${String(Math.floor(whole / 60) % 60).padStart(hours ? 2 : 1, "0")}:${String(whole % 60).padStart(2, "0")}`;
    return hours ? `${hours}:${rest}` : rest;
  };
  const address = (path) => root + path.split("/").map(encodeURIComponent).join("/");

  // Totals
  $("about").textContent = data.about;
  for (const [name, value, kind] of data.totals) {
    $("totals").append(make("div", {}, make("dt", {}, name), make("dd", { "data-total": name }, kind === "bytes" ? size(value) : kind === "seconds" ? clock(value) : number.format(value))));
  }

  // Charts
  function bars(title, rows, legend, format) {
    const width = 380, label = 118, row = 24, room = width - label - 78;
    const most = Math.max(...rows.map(({ parts }) => parts.reduce((sum, [value]) => sum + value, 0)), 0) || 1;
    const words = rows.map(({ name, parts }) => `${name}: ${parts.map(([value, , what]) => `${format(value)}${what ? ` ${what}` : ""}`).join(", ")}`).join("; ");
    const svg = draw("svg", { viewBox: `0 0 ${width} ${rows.length * row + 4}`, role: "img", "aria-label": `${title}. ${words || "nothing"}` });
    rows.forEach(({ name, parts, note }, index) => {
      const y = index * row + 4;
      svg.append(draw("text", { x: label - 8, y: y + 12, "text-anchor": "end" }, name.length > 17 ? `${name.slice(0, 16)}…` : name));
      let x = label;
      for (const [value, fill] of parts) {
        const long = (value / most) * room;
        if (value > 0) svg.append(draw("rect", { x, y, width: Math.max(long, 1), height: 16, rx: 2, class: fill }));
        x += long;
      }
      svg.append(draw("text", { x: x + 6, y: y + 12, class: "soft" }, note || format(parts.reduce((sum, [value]) => sum + value, 0))));
    });
    const figure = make("figure", {}, make("figcaption", {}, title), rows.length ? svg : make("p", { class: "soft" }, "nothing to show"));
    if (legend.length) {
      figure.append(make("ul", { class: "legend" }, ...legend.map(([fill, word]) => {
        const mark = draw("svg", { viewBox: "0 0 10 10", "aria-hidden": "true" });
        mark.append(draw("rect", { width: 10, height: 10, rx: 2, class: fill }));
        return make("li", {}, mark, word);
      })));
    }
    return figure;
  }
  function timeline(title, buckets) {
    const width = 360, height = 110, step = (width - 8) / Math.max(buckets.length, 1);
    const most = Math.max(...buckets.map(({ ok, bad }) => ok + bad), 1);
    const first = buckets[0], last = buckets[buckets.length - 1];
    const svg = draw("svg", { viewBox: `0 0 ${width} ${height + 18}`, role: "img", "aria-label": `${title}. ${buckets.length} spans from ${first ? first.from : "-"} to ${last ? last.from : "-"}, at most ${most} seeds in one` });
    buckets.forEach(({ ok, bad, from }, index) => {
      const x = 4 + index * step, high = (ok / most) * height, low = (bad / most) * height;
      const group = draw("g");
      group.append(draw("title", {}, `${from}: ${ok} ok, ${bad} failed`));
      group.append(draw("rect", { x, y: height - high, width: Math.max(step - 1, 1), height: high, class: "f-ok" }));
      group.append(draw("rect", { x, y: height - high - low, width: Math.max(step - 1, 1), height: low, class: "f-bad" }));
      svg.append(group);
    });
    if (first) svg.append(draw("text", { x: 4, y: height + 14, class: "soft" }, first.from), draw("text", { x: width - 4, y: height + 14, "text-anchor": "end", class: "soft" }, last.from));
    return make("figure", {}, make("figcaption", {}, title), svg);
  }
  const plain = (value) => number.format(value);
  $("charts").append(
    bars("Seeds by platform and result", data.platforms.map(({ name, ok, warned, failed }) => ({ name, parts: [[ok, "f-ok", "ok"], [warned, "f-warn", "ok with warnings"], [failed, "f-bad", "failed"]] })), [["f-ok", "ok"], ["f-warn", "ok, with warnings"], ["f-bad", "failed"]], plain),
    timeline("Seeds over time", data.timeline),
    bars("Seconds by stage, over all posts", data.stages.map(({ name, seconds }) => ({ name, parts: [[seconds, "f-accent", "s"]], note: `${seconds.toFixed(1)} s` })), [], (value) => value.toFixed(1)),
    bars("Bytes by stage", data.stages.filter(({ bytes }) => bytes > 0).map(({ name, bytes }) => ({ name, parts: [[bytes, "f-accent", ""]] })), [], size),
    bars("Sessions: posts and refusals", data.sessions.map(({ name, uses, refusals }) => ({ name, parts: [[uses, "f-accent", "posts"], [refusals, "f-bad", "refusals"]] })), [["f-accent", "posts"], ["f-bad", "refusals"]], plain),
  );

  // Failures
  for (const { code, count, advice, seeds } of data.failures) {
    $("failures").hidden = false;
    $("codes").append(make("details", { "data-code": code }, make("summary", {}, make("code", {}, code), ` × ${number.format(count)}: ${advice}`),
      make("ul", {}, ...seeds.map(([seed, url, message]) => make("li", {}, `seed ${seed}: `, link(url, url), message && message !== advice ? ` (${message})` : "")))));
  }

  // Posts
  function link(url, words) {
    return /^https?:\/\//.test(url || "") ? make("a", { href: url, rel: "noopener noreferrer nofollow", target: "_blank" }, words) : make("span", {}, words);
  }
  function stage(post, title) {
    const box = make("div", { class: "stage" });
    let at = 0;
    const show = () => {
      const file = post.files[at];
      if (file === undefined) {
        box.classList.add("none");
        box.replaceChildren(make("span", {}, post.error ? post.error : post.as ? `same post as seed ${post.as}` : "no file"));
        return;
      }
      const source = address(file.path);
      let parts;
      if (file.type === "image") {
        parts = [make("img", { src: source, alt: `${title}, picture ${at + 1}`, loading: "lazy", decoding: "async" })];
      } else if (file.type === "audio") {
        parts = [make("audio", { src: source, controls: true, preload: "none", "aria-label": `Sound of ${title}` })];
      } else {
        const button = make("button", { type: "button", class: "play", "aria-label": `Play ${title}` });
        button.addEventListener("click", () => {
          const player = make("video", { src: source, controls: true, playsinline: true, "aria-label": `Video of ${title}` });
          still.replaceWith(player);
          button.remove();
          player.focus();
          player.play().catch(() => {});
        });
        // its cover if that was fetched, else its first frame, once it is in view
        const still = post.cover ? make("img", { src: address(post.cover), alt: "", loading: "lazy" }) : make("video", { "data-src": `${source}#t=0.1`, muted: true, preload: "metadata", tabindex: -1, "aria-hidden": "true" });
        if (!post.cover) watch.observe(still);
        parts = [still, button];
      }
      if (post.files.length > 1) {
        const step = (by, name, words) => {
          const button = make("button", { type: "button", class: `step ${name}`, "aria-label": `${words} of ${title}` }, by < 0 ? "‹" : "›");
          button.addEventListener("click", () => {
            at = (at + by + post.files.length) % post.files.length;
            show();
            box.querySelector(`.${name}`).focus();
          });
          return button;
        };
        parts.push(make("span", { class: "count" }, `${at + 1}/${post.files.length}`), step(-1, "back", "Previous file"), step(1, "on", "Next file"));
      }
      box.replaceChildren(...parts);
    };
    show();
    return box;
  }
  const WORDS = { plays: "plays", likes: "likes", comments: "comments", shares: "shares" };
  function card(post) {
    const title = post.text || post.id || post.url;
    const short = title.length > 60 ? `${title.slice(0, 59)}…` : title;
    const facts = [post.platform, post.kind, post.duration ? clock(post.duration) : null, post.files.length ? size(post.bytes) : null].filter(Boolean).join(" · ");
    const badges = [];
    if (post.watermark) badges.push(make("span", { class: "badge" }, { without: "no watermark", with: "watermark", none: "platform without watermarks", unknown: "watermark unknown" }[post.watermark] || post.watermark));
    if (post.as) badges.push(make("span", { class: "badge" }, `as seed ${post.as}`));
    for (const warning of post.warnings) badges.push(make("span", { class: "badge warn" }, warning));
    if (post.error) badges.push(make("span", { class: "badge bad" }, post.error));
    const counters = Object.entries(WORDS).filter(([name]) => post[name] !== null && post[name] !== undefined)
      .map(([name, word]) => make("span", { title: number.format(post[name]) }, `${compact.format(post[name])} ${word}`));
    return make("li", { class: "card", "data-seed": post.seed },
      stage(post, short),
      make("div", { class: "body" },
        make("h3", {}, post.author || (post.id ? post.id : `seed ${post.seed}`)),
        make("p", { class: "soft" }, facts),
        make("p", { class: "text", title: post.text || null }, post.text || ""),
        counters.length ? make("div", { class: "counters" }, ...counters) : null,
        badges.length ? make("div", { class: "badges" }, ...badges) : null,
        post.message ? make("p", { class: "soft" }, post.message) : null,
        make("p", { class: "soft" }, `seed ${post.seed} · `, link(post.url, post.url ? post.url.replace(/^https?:\/\/(www\.)?/, "").slice(0, 60) : "no link"))));
  }

  const watch = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) { target.src = target.dataset.src; watch.unobserve(target); }
    }
  }, { rootMargin: "200px" });

  // Filters
  const haystacks = posts.map((post) => [post.text, post.author, post.id, post.url, post.seed, post.error, ...post.warnings].filter(Boolean).join("\n").toLowerCase());
  const distinct = (values) => [...new Set(values.filter(Boolean))].sort();
  function fill(id, options) {
    $(id).append(...options.map(([value, words]) => make("option", { value }, words)));
  }
  const any = [["", "all"]];
  fill("platform", any.concat(distinct(posts.map((post) => post.platform)).map((name) => [name, name])));
  fill("kind", any.concat(distinct(posts.map((post) => post.kind)).map((name) => [name, name])));
  fill("watermark", any.concat(distinct(posts.map((post) => post.watermark)).map((name) => [name, name])));
  fill("result", any.concat([["ok", "ok"], ["warned", "with warnings"], ["failed", "failed"]], distinct(posts.map((post) => post.error)).map((code) => [`=${code}`, code])));
  fill("sort", [["", "order of finishing"], ["plays", "most plays"], ["likes", "most likes"], ["duration", "longest"], ["bytes", "largest"], ["created", "newest"]]);
  const RESULTS = { ok: (post) => !post.error, failed: (post) => Boolean(post.error), warned: (post) => post.warnings.length > 0 };

  let found = [], drawn = 0;
  function more() {
    const next = found.slice(drawn, drawn + PAGE);
    $("posts").append(...next.map(card));
    drawn += next.length;
  }
  function filter() {
    const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const platform = $("platform").value, kind = $("kind").value, watermark = $("watermark").value, result = $("result").value, sort = $("sort").value;
    const fits = result.startsWith("=") ? (post) => post.error === result.slice(1) : RESULTS[result] || (() => true);
    found = posts.filter((post, index) => (!platform || post.platform === platform) && (!kind || post.kind === kind)
      && (!watermark || post.watermark === watermark) && fits(post) && words.every((word) => haystacks[index].includes(word)));
    if (sort) found = found.slice().sort((one, other) => (other[sort] ?? -Infinity) > (one[sort] ?? -Infinity) ? 1 : (other[sort] ?? -Infinity) < (one[sort] ?? -Infinity) ? -1 : 0);
    drawn = 0;
    watch.disconnect();
    $("posts").replaceChildren();
    more();
    if (!found.length) $("posts").append(make("li", { class: "empty" }, posts.length ? "No post matches: clear a filter." : "This run has no seeds."));
    $("shown").textContent = `${number.format(found.length)} of ${number.format(posts.length)} shown${data.left_out ? `; ${number.format(data.left_out)} more are in posts.csv` : ""}`;
  }
  let waiting = 0;
  $("filters").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 80); });
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("filters").addEventListener("reset", () => setTimeout(filter));
  new IntersectionObserver(([{ isIntersecting }]) => { if (isIntersecting && drawn < found.length) more(); }, { rootMargin: "600px" }).observe($("end"));
  filter();
})();

// A little browser without scripts, and what a person does in it with a link of ours.

import assert from 'node:assert/strict';

// approve opens a connect link, presses our button and grants access on the page that
// it leads to. It returns the addresses that were visited and the last page.
export async function approve(link) {
  const visited = [];
  const ours = await page(await visit(link, {}, visited));
  const answer = await submit(ours, /Continue to/, {}, visited);
  assert.equal(answer.status, 303, `our button should answer 303, it answers ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
  assert.notEqual(new URL(answer.headers.get('location'), link).host, new URL(link).host, 'our button should lead to Alloy');
  const consent = await page(await followed(answer, visited));
  const last = await page(await followed(await submit(consent, /approve|allow/i, {}, visited), visited));
  assert.equal(new URL(last.url).pathname, new URL(link).pathname, 'the way back should end at our page');
  return { visited, html: last.html };
}

// enter fills in the form behind a connect link and sends it. It returns the status
// and the page that the person sees then.
export async function enter(link, fields) {
  const visited = [];
  const answer = await submit(await page(await visit(link, {}, visited)), /^\s*Connect/, fields, visited);
  const last = await followed(answer, visited);
  return { status: last.status, html: await last.text() };
}

// allow opens a confirm link and presses the button that lets the call be made. It
// returns the page that asked.
export async function allow(link) {
  const visited = [];
  const asking = await page(await visit(link, {}, visited));
  const last = await page(await followed(await submit(asking, /Allow once/, {}, visited), visited));
  assert.match(last.html, /You allowed it/);
  return asking.html;
}

async function visit(url, init, visited) {
  const answer = await fetch(url, { ...init, redirect: 'manual', headers: { accept: 'text/html', ...init.headers } });
  visited.push(String(url));
  return answer;
}

async function page(answer) {
  const html = await answer.text();
  assert.equal(answer.status, 200, `${answer.url} answers ${answer.status}: ${html.slice(0, 300)}`);
  return { url: answer.url, html };
}

// submit presses the button with that text, as a browser does from this page.
function submit({ url, html }, button, fields, visited) {
  const form = formWith(html, button);
  for (const name of Object.keys(fields)) assert.ok(form.fields.some(([n]) => n === name), `the form has no field ${name}`);
  const body = new URLSearchParams(form.fields.map(([name, value]) => [name, fields[name] ?? value]));
  const headers = { origin: new URL(url).origin };
  return visit(new URL(form.action || url, url), { method: 'POST', body, headers }, visited);
}

async function followed(answer, visited) {
  for (let hops = 0; answer.status >= 300 && answer.status < 400; hops++) {
    assert.ok(hops < 10, `more than 10 redirects: ${visited.join(' ')}`);
    answer = await visit(new URL(answer.headers.get('location'), answer.url), {}, visited);
  }
  return answer;
}

// formWith finds the form that has a button with that text, and what it would send.
function formWith(html, wanted) {
  for (const [, opening, inside] of html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gis)) {
    const button = [...inside.matchAll(/<button\b([^>]*)>(.*?)<\/button>/gis)].find((m) => wanted.test(m[2]));
    if (!button) continue;
    const sent = (t) => (/radio|checkbox/i.test(attribute(t, 'type')) ? /\bchecked\b/i.test(t) : !/submit|button|image/i.test(attribute(t, 'type')));
    const tags = [...inside.matchAll(/<input\b([^>]*)>/gi)].map((m) => m[1]).filter(sent);
    tags.push(button[1]);
    const fields = tags.map((t) => [attribute(t, 'name'), attribute(t, 'value')]).filter(([name]) => name !== '');
    return { action: attribute(opening, 'action'), fields };
  }
  assert.fail(`no form with the button ${wanted} on this page: ${html.slice(0, 500)}`);
}

function attribute(tag, name) {
  const match = new RegExp(`\\b${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i').exec(tag);
  return (match?.slice(1).find((v) => v !== undefined) ?? '').replaceAll('&quot;', '"').replaceAll('&#34;', '"').replaceAll('&#43;', '+').replaceAll('&lt;', '<').replaceAll('&amp;', '&');
}

// SPDX-License-Identifier: MIT
// usage: node browser.js SCENARIO URL FOLDER
// One scenario of test_browser.py in a real Chromium.  FOLDER holds the
// pictures to upload and gets the screenshots.  Exit status 0 when all held.
"use strict";

const assert = require("assert").strict;
const crypto = require("crypto");
const fs = require("fs");
const path = require("path");
const { chromium } = require("playwright-core");

const [scenario, base, folder] = process.argv.slice(2);
const file = (name) => path.join(folder, name);
const TIMEOUT_MS = 15000;

async function open(browser, options) {
	const context = await browser.newContext({ locale: "es-MX", ...options });
	context.setDefaultTimeout(TIMEOUT_MS);
	const page = await context.newPage();
	page.problems = [];
	page.on("pageerror", (error) => page.problems.push(String(error)));
	page.on("console", (message) => {
		if (message.type() === "error")
			page.problems.push(message.text());
	});
	return page;
}

async function fill(page, values) {
	for (const [name, value] of Object.entries(values))
		await page.fill(`[name="${name}"]`, value);
	await page.selectOption('[name="uom_id"]', "1");
}

function submitOf(page) {
	return page.locator('form:has([name="sku"]) [type="submit"]').first();
}

async function submit(page) {
	await Promise.all([page.waitForNavigation(), submitOf(page).click()]);
}

async function text(page) {
	return page.locator("body").innerText();
}

// The width in real pixels tells that the bytes came and were decoded.
async function imageWidth(page) {
	const image = page.locator('img[src*="products/tenant_"]').first();
	await image.waitFor();
	await image.scrollIntoViewIfNeeded();
	await page.waitForFunction(
	    (one) => one.complete, await image.elementHandle());
	return image.evaluate((one) => one.naturalWidth);
}

const ofFiles = require("./browser_files.js")({ base, file, text });

async function create(page, sku) {
	await page.goto(base + "/products/new");
	await fill(page, { name: "Martillo de uña", sku, sale_price: "125.50" });
	await page.setInputFiles('[name="image"]', file("martillo.png"));
	await submit(page);
	assert.match(page.url(), /\/products\/\d+/);
	assert.match(await text(page), /Producto creado exitosamente/);
	assert.equal(await imageWidth(page), 320);
}

// A value the browser itself would stop must reach the server.
async function withoutValidation(page) {
	await page.locator('form:has([name="sku"])').evaluate(
	    (form) => { form.noValidate = true; });
}

async function errorsKeepFields(page, sku, hasScript) {
	await page.goto(base + "/products/new");
	await fill(page, { name: "Lata <grande>", sku, sale_price: "7.25" });
	await page.setInputFiles('[name="image"]', file("grande.png"));
	if (hasScript)
		await withoutValidation(page);
	await submit(page);
	assert.match(await text(page), /demasiado grande. Máximo 2\.0MB/);
	assert.equal(await page.inputValue('[name="name"]'), "Lata <grande>");
	assert.equal(await page.inputValue('[name="sku"]'), sku);
	assert.equal(await page.inputValue('[name="sale_price"]'), "7.25");
	await page.setInputFiles('[name="image"]', file("factura.pdf"));
	if (hasScript)
		await withoutValidation(page);
	await submit(page);
	assert.match(await text(page),
	    /Tipo de archivo no permitido: application\/pdf/);
	assert.equal(await page.inputValue('[name="name"]'), "Lata <grande>");
}

async function editAndRemove(page, sku) {
	await create(page, sku);
	const shown = page.url().split("?")[0];
	await page.goto(shown + "/edit");
	await fill(page, { name: "Maza" });
	await page.setInputFiles('[name="image"]', file("maza.jpg"));
	await submit(page);
	assert.match(await text(page), /Maza/);
	assert.equal(await imageWidth(page), 200);
	await page.goto(shown);
	await page.locator('details:has(form[action$="/delete"]) summary')
	    .click();
	await Promise.all([
		page.waitForURL((url) => /\/products\/?$/.test(url.pathname)),
		page.locator('form[action$="/delete"] [type="submit"]').click(),
	]);
	const gone = await page.goto(shown);
	assert.equal(gone.status(), 404);
}

async function imageSurvives(page, sku, hasScript) {
	await page.goto(base + "/products/new");
	await fill(page, { sku, sale_price: "3.00" });
	await page.setInputFiles('[name="image"]', file("martillo.png"));
	if (hasScript)
		await withoutValidation(page);
	else
		await page.fill('[name="name"]', "   ");
	await submit(page);
	assert.ok(await page.inputValue('[name="image_ref"]'));
	await fill(page, { name: "Con nombre" });
	await submit(page);
	assert.match(await text(page), /Producto creado exitosamente/);
	assert.equal(await imageWidth(page), 320);
}

async function keyboard(page, sku) {
	await page.goto(base + "/products/new");
	await page.focus('[name="name"]');
	await page.keyboard.type("Con teclado");
	// every control is reached by Tab, in the order of the page
	const seen = [];
	for (let i = 0; i < 15; i++) {
		const name = await page.evaluate(() =>
		    document.activeElement.getAttribute("name"));
		if (name)
			seen.push(name);
		await page.keyboard.press("Tab");
	}
	for (const name of ["name", "sku", "sale_price", "uom_id", "image"])
		assert.ok(seen.includes(name), `${name} not reached: ${seen}`);
	await fill(page, { sku, sale_price: "1" });
	await page.focus('[name="sale_price"]');
	await Promise.all([page.waitForNavigation(),
		page.keyboard.press("Enter")]);
	assert.match(await text(page), /Producto creado exitosamente/);
}

// Every control has a name that a screen reader can say.
async function labels(page) {
	for (const place of ["/products", "/products/new", "/files",
		"/files/new", "/files/trash", "/account"]) {
		await page.goto(base + place);
		const nameless = await page.evaluate(() =>
		    [...document.querySelectorAll(
		        "input:not([type=hidden]), select, textarea, button")]
			.filter((one) => !(one.labels && one.labels.length) &&
			    !one.getAttribute("aria-label") &&
			    !one.getAttribute("aria-labelledby") &&
			    !one.textContent.trim())
			.map((one) => one.outerHTML));
		assert.deepEqual(nameless, [], place);
		assert.equal(await page.locator("h1").count(), 1, place);
		assert.equal(await page.locator("main").count(), 1, place);
		assert.match(await page.getAttribute("html", "lang"), /^es/);
	}
}

// The ratio of WCAG 2.1 between text and what is behind it.
async function leastContrast(page) {
	return page.evaluate(() => {
		const parse = (text) => {
			const canvas = document.createElement("canvas");
			const pen = canvas.getContext("2d");
			pen.fillStyle = text;
			pen.fillRect(0, 0, 1, 1);
			const bytes = pen.getImageData(0, 0, 1, 1).data;
			return [bytes[0], bytes[1], bytes[2], bytes[3] / 255];
		};
		const light = (rgb) => {
			const part = rgb.slice(0, 3).map((byte) => {
				const v = byte / 255;
				return v <= 0.03928 ? v / 12.92 :
				    ((v + 0.055) / 1.055) ** 2.4;
			});
			return 0.2126 * part[0] + 0.7152 * part[1] +
			    0.0722 * part[2];
		};
		const behind = (element) => {
			for (let at = element; at; at = at.parentElement) {
				const color = parse(
				    getComputedStyle(at).backgroundColor);
				if (color[3] > 0.99)
					return color;
			}
			const dark = matchMedia("(prefers-color-scheme: dark)");
			return dark.matches ? [18, 18, 18, 1] :
			    [255, 255, 255, 1];
		};
		const results = [];
		for (const element of document.querySelectorAll("body *")) {
			const words = [...element.childNodes].filter((node) =>
			    node.nodeType === 3 && node.data.trim());
			if (!words.length || !element.offsetParent)
				continue;
			const a = light(parse(getComputedStyle(element).color));
			const b = light(behind(element));
			const ratio = (Math.max(a, b) + 0.05) /
			    (Math.min(a, b) + 0.05);
			results.push([ratio, words[0].data.trim()]);
		}
		return results.sort((a, b) => a[0] - b[0])[0];
	});
}

async function looks(browser) {
	const first = await open(browser, {});
	await create(first, "LOOK-1");
	const product = new URL(first.url()).pathname;
	const mount = new URL(base).pathname.replace(/\/$/, "");
	const places = { list: mount + "/products", new: mount + "/products/new",
		product, edit: product + "/edit", missing: mount + "/none",
		...await ofFiles.places(first) };
	for (const width of [360, 1280]) {
		for (const colorScheme of ["light", "dark"]) {
			const page = await open(browser, { colorScheme,
				viewport: { width, height: 800 } });
			await picturesOf(page, places, `${width}-${colorScheme}`);
			await page.context().close();
		}
	}
}

async function picturesOf(page, places, suffix) {
	for (const [name, place] of Object.entries(places)) {
		await page.goto(new URL(place, base).href);
		await page.screenshot({ fullPage: true,
			path: file(`${name}-${suffix}.png`) });
		const wide = await page.evaluate(() =>
		    document.documentElement.scrollWidth - innerWidth);
		assert.ok(wide <= 0, `${name} ${suffix}: ${wide} px too wide`);
		const [ratio, words] = await leastContrast(page);
		assert.ok(ratio >= 4.5, `${name} ${suffix}: contrast ` +
		    `${ratio.toFixed(2)} at "${words}"`);
	}
	await page.goto(new URL(places.new, base).href);
	await page.locator('form:has([name="sku"])').evaluate(
	    (form) => { form.noValidate = true; });
	await submit(page);
	await page.screenshot({ fullPage: true,
		path: file(`errors-${suffix}.png`) });
}

// ---- direct uploads, by the script of docs/DIRECT-UPLOADS.md ----

function documentedScript() {
	const text = fs.readFileSync(path.join(__dirname, "..", "..", "docs",
	    "DIRECT-UPLOADS.md"), "utf8");
	const script = /```js\n([\s\S]*?)```/.exec(text)[1];
	assert(script.includes("`/tienda/${"), "the document's mount");
	return script.replace("/tienda/", base + "/");
}

// Any page of the site's will do; its policy, which knows no such script, is
// put aside by the context.
async function openShopPage(page) {
	await page.goto(base + "/");
	await page.addScriptTag({ content: documentedScript() });
}

// What upload() gives in the page, or the text of its error.
function uploadInPage(page, name, type) {
	const bytes = [...fs.readFileSync(file(name))];
	return page.evaluate(async (given) => {
		const one = new File([new Uint8Array(given.bytes)], given.name,
		    { type: given.type });
		try {
			return await upload(one, "image");
		} catch (error) {
			return { error: error.message };
		}
	}, { bytes, name, type });
}

async function direct(page) {
	await openShopPage(page);
	const record = await uploadInPage(page, "martillo.png", "image/png");
	assert.equal(record.error, undefined, page.problems.join("; "));
	assert.equal(record.status, "live");
	assert.equal(record.content_type, "image/png");
	assert.equal(record.width, 320);
	assert.equal(record.height, 200);
	assert.equal(record.size, fs.statSync(file("martillo.png")).size);
	const hash = crypto.createHash("sha256");
	assert.equal(record.sha256,
	    hash.update(fs.readFileSync(file("martillo.png"))).digest("hex"));
	// a document that calls itself a picture is refused when confirmed
	const refused = await uploadInPage(page, "disguised.png", "image/png");
	assert.match(refused.error, /application\/pdf|Invalid MIME|tipo/i);
	// and what calls itself something else gets no URL
	const unasked = await uploadInPage(page, "martillo.png", "text/html");
	assert.match(unasked.error, /Invalid MIME type: text\/html/);
}

const scenarios = {
	direct,
	create: (page, sku) => create(page, sku),
	errors: errorsKeepFields,
	edit: (page, sku) => editAndRemove(page, sku),
	survives: imageSurvives,
	keyboard: (page, sku) => keyboard(page, sku),
	labels: (page) => labels(page),
	files: ofFiles.files,
	fileskeyboard: ofFiles.keyboard,
};

// What the content security policy blocks shows up on the console.
function expectNoProblems(page) {
	const real = page.problems.filter((one) =>
	    !/status of (200|4\d\d|503)/.test(one));
	assert.deepEqual(real, []);
}

async function run() {
	const [name, mode] = scenario.split("-");
	const hasScript = mode !== "noscript";
	const browser = await chromium.launch({
		executablePath: "/usr/bin/chromium",
		args: ["--no-sandbox", "--disable-dev-shm-usage",
			"--disable-gpu"],
	});
	try {
		if (name === "looks") {
			await looks(browser);
			return;
		}
		const page = await open(browser, { javaScriptEnabled: hasScript,
			bypassCSP: name === "direct" });
		await scenarios[name](page, `WEB-${process.pid}`, hasScript);
		expectNoProblems(page);
	} finally {
		await browser.close();
	}
}

run().catch((error) => {
	console.error(error.stack || String(error));
	process.exitCode = 1;
});

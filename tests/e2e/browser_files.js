// SPDX-License-Identifier: MIT
// The pages of files for browser.js: scenarios, and a file to look at.
"use strict";

const assert = require("assert").strict;

// tools: base, file(name), text(page), press(page, button)
module.exports = (tools) => {
	const { base, file, text } = tools;
	const LONG = "Ficha médica de Ana María Fernández de la Cruz, temporada " +
	    "2026-2027_PneumonoultramicroscopicsilicovolcanoconiosisPneumono.png";

	async function press(page, place) {
		await Promise.all([page.waitForNavigation(),
			page.locator(place).first().click()]);
	}

	async function upload(page, names, tags) {
		await page.goto(base + "/files/new");
		await page.setInputFiles("#files", names.map(file));
		await page.fill("#tags", tags);
		await press(page, 'form[enctype] [type="submit"]');
	}

	// The width in real pixels tells that the policy let it come.
	async function previewWidth(page) {
		const image = page.locator(".product-image img");
		await image.waitFor();
		await page.waitForFunction((one) => one.complete,
		    await image.elementHandle());
		return image.evaluate((one) => one.naturalWidth);
	}

	async function editIt(page, name) {
		await press(page, 'a[href$="/edit"]');
		await page.fill("#name", "   ");
		await press(page, 'form[action$="/edit"] [type="submit"]');
		assert.equal(await page.getAttribute("#name", "aria-describedby"),
		    "name-hint name-error");
		assert.match(await page.locator("#name-error").innerText(),
		    /obligatorio/);
		await page.fill("#name", name);
		await page.fill("#alt_text", "Un martillo de uña");
		await press(page, 'form[action$="/edit"] [type="submit"]');
		assert.match(await text(page), /Archivo modificado/);
		assert.equal(await page.locator("h1").innerText(), name);
	}

	async function trashIt(page) {
		await press(page, 'a[href$="/delete"]');
		await press(page, 'form[action$="/delete"] [type="submit"]');
		assert.match(page.url(), /\/files\?trashed=/);
	}

	async function shareIt(page) {
		await page.selectOption("#expires_in", "3600");
		await press(page, 'form[action$="/share"] [type="submit"]');
		const link = await page.inputValue("#share-url");
		const guest = await page.context().browser().newContext();
		const answer = await guest.request.get(link);
		assert.equal(answer.status(), 200);
		assert.match(answer.headers()["content-disposition"],
		    /^attachment/);
		await guest.close();
	}

	// One good file of two, then all that can be done with it.
	async function files(page, word) {
		await upload(page, ["martillo.png", "disguised.png"], word);
		assert.match(await text(page), /Archivos subidos: 1. No subidos: 1./);
		assert.match(await page.locator("#files-error").innerText(),
		    /disguised\.png/);
		await press(page, ".result-good a");
		assert.equal(await previewWidth(page), 320);
		await editIt(page, LONG);
		await shareIt(page);
		await trashIt(page);
		await press(page, '.flash form [type="submit"]'); // undo
		assert.equal(await previewWidth(page), 320);
		await trashIt(page);
		await page.goto(base + "/files/trash");
		await press(page, `tr:has-text("Ficha médica") a[href$="/erase"]`);
		await press(page, 'form[action$="/erase"] [type="submit"]');
		assert.match(await text(page), /Archivo borrado/);
	}

	// Everything is reached by Tab, in the order in which it is read.
	async function keyboard(page) {
		await page.goto(base + "/files/new");
		await page.focus("#alt_text");
		const seen = [];
		for (let i = 0; i < 12; i++) {
			seen.push(await page.evaluate(() =>
			    document.activeElement.id ||
			    document.activeElement.textContent.trim()));
			await page.keyboard.press("Tab");
		}
		const wanted = ["alt_text", "tags", "athlete_id", "files",
			"Subir", "Cancelar"];
		assert.deepEqual(seen.filter((one) => wanted.includes(one)),
		    wanted);
		await page.goto(base + "/files");
		await page.focus("#q");
		await page.keyboard.type("nada de nada");
		await Promise.all([page.waitForNavigation(),
			page.keyboard.press("Enter")]);
		assert.match(await text(page), /No se encontró nada/);
	}

	// What there is to look at: the address of each page by its name.
	async function places(page) {
		await upload(page, ["martillo.png", "maza.jpg", "factura.pdf"],
		    "herramientas, catálogo de otoño, 2026");
		await page.goto(base + "/files");
		const one = await page.getAttribute(
		    '.row-link[title="martillo.png"]', "href");
		const other = await page.getAttribute(
		    '.row-link[title="maza.jpg"]', "href");
		await page.goto(new URL(other + "/edit", base).href);
		await page.fill("#name", LONG.replace(".png", ".jpg"));
		await press(page, 'form[action$="/edit"] [type="submit"]');
		await trashIt(page);
		const mount = new URL(base).pathname.replace(/\/$/, "");
		return { files: mount + "/files",
			"files-none": mount + "/files?q=nada",
			"files-undo": new URL(page.url()).pathname +
			    new URL(page.url()).search,
			trash: mount + "/files/trash", upload: mount + "/files/new",
			file: one, "file-edit": one + "/edit",
			"file-delete": one + "/delete", "file-trashed": other,
			"file-erase": other + "/erase" };
	}

	return { files, keyboard, places };
};

#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The pages of files, by forms alone: upload several, list, search, page,
edit, share by a link, trash, restore, erase."""

import re
import urllib.parse

import harness
import pictures
from client import Browser, File
from objects import check_same
from tap import expect, expect_equal, expect_in, expect_not_in, wait_for

STACKS = tuple((server, store) for server in ("lighttpd", "apache-proxy")
               for store in harness.STORES)
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PAGE_ROWS = 50


def png_file(name, seed=1):
    return File(name, pictures.png(seed=seed), "image/png")


def send(browser, files, **changes):
    """Fill in the page for uploads and send it."""
    page = browser.get("/files/new")
    expect_equal(page.status, 200, "page for uploads")
    return browser.submit(page, page.page.form_with("files"), changes,
                          {"files": files})


def upload(browser, *files, **changes):
    """The page of the newest file, after an upload that went well."""
    answer = send(browser, list(files), **changes)
    expect_equal(answer.status, 302, "upload: %r" % answer)
    page = browser.follow(answer)
    expect_equal(page.status, 200, "list: %r" % page)
    return open_file(browser, page, files[-1].name)


def links_of(page):
    """The files that a list shows: name and address, in order."""
    rows = re.findall(r'<a class="row-link" href="([^"]+)" title="([^"]*)"',
                      page.text)
    return [(name, path) for path, name in rows]


def names_of(page):
    return [name for name, _ in links_of(page)]


def open_file(browser, page, name):
    path = dict(reversed(links_of(page))).get(name)
    expect(path, "%s is not among %s" % (name, names_of(page)))
    answer = browser.get(urllib.parse.urljoin(page.url, path))
    expect_equal(answer.status, 200, "page of %s: %r" % (name, answer))
    return answer


def press(browser, page, ending, **changes):
    """Send the form of a page whose address ends so."""
    form = page.page.form_to(ending)
    expect(form, "no form to %s on %s" % (ending, page.url))
    return browser.submit(page, form, changes)


def click(browser, page, ending):
    """Follow the link of a page whose address ends so."""
    links = [link for link in page.page.links
             if link.split("?")[0].endswith(ending)]
    expect(links, "no link to %s on %s" % (ending, page.url))
    return browser.get(urllib.parse.urljoin(page.url, links[0]))


def states(site):
    return [row[0] for row in site.rows(
        "SELECT state FROM files WHERE state IN"
        " ('pending', 'live', 'trashed') ORDER BY id")]


def expect_bytes(browser, page, data):
    """The page's download gives the bytes, as a download."""
    answer = click(browser, page, "/download")
    expect_equal(answer.status, 302, "download: %r" % answer)
    answer = Browser().get(urllib.parse.urljoin(page.url,
                                                answer.header("Location")))
    expect_equal(answer.status, 200, "the store's answer")
    check_same(data, answer.body, "download")
    expect_in("attachment", answer.header("Content-Disposition"),
              "Content-Disposition")


def test_upload_several(site):
    """B7 B8: several files by one form, each shown with what is known"""
    browser = site.browser()
    answer = send(browser, [png_file("uno.png", 1), png_file("dos.png", 2),
                            File("acta ñ.pdf", PDF, "application/pdf")],
                  alt_text="Final <nacional>", tags="Final, salto")
    expect_equal(answer.status, 302, "upload: %r" % answer)
    page = browser.follow(answer)
    expect_in("3 archivos subidos", page.page.text, "flash")
    expect_equal(sorted(names_of(page)), ["acta ñ.pdf", "dos.png", "uno.png"],
                 "list")
    shown = open_file(browser, page, "uno.png")
    for text in ("image/png", "64 × 48 px", "Privado", "Usted",
                 "Final <nacional>", "salto", "%d bytes"
                 % len(pictures.png(seed=1))):
        expect_in(text, shown.page.text, "page of a file")
    expect(re.search(r">[0-9a-f]{64}<", shown.text), "no SHA-256")
    expect_bytes(browser, shown, pictures.png(seed=1))
    preview = [image["src"] for image in shown.page.images]
    expect_equal(len(preview), 1, "previews")
    source = urllib.parse.urljoin(shown.url, preview[0])
    answer = Browser().get(source)
    check_same(pictures.png(seed=1), answer.body, "preview")
    expect_equal(answer.header("Content-Type"), "image/png", "preview type")
    # the policy of the page lets the browser show it
    origin = "%s://%s" % urllib.parse.urlsplit(source)[:2]
    policy = shown.header("Content-Security-Policy")
    images = re.search("img-src ([^;]*);", policy)[1].split()
    expect_in(origin, images, "img-src")
    shown = open_file(browser, page, "acta ñ.pdf")
    expect_in("application/pdf", shown.page.text, "type")
    expect_equal(shown.page.images, [], "previews of a document")
    expect_bytes(browser, shown, PDF)
    site.check_no_orphans()


def test_upload_some_bad(site):
    """C3 C5: what is refused is named beside the field, the rest is kept"""
    browser = site.browser()
    answer = send(browser, [png_file("buena.png", 3),
                            File("mala.png", b"MZ no picture", "image/png"),
                            File("vacia.png", b"", "image/png"),
                            File("guion.exe", b"MZ", "application/x-msdos"),
                            png_file("otra.png", 4)], tags="x")
    expect_equal(answer.status, 200, "status: %r" % answer)
    text = answer.page.text
    expect_in("Archivos subidos: 2. No subidos: 3.", text, "summary")
    for part in ("buena.png", "otra.png", "mala.png", "El archivo está vacío",
                 "Tipo de archivo no permitido: application/x-msdos"):
        expect_in(part, text, "page")
    expect_in('aria-describedby="files-hint files-error"', answer.text,
              "the field's error")
    expect_equal(answer.page.form_with("files").values["tags"], "x",
                 "what was typed")
    page = browser.get("/files")
    for name in ("buena.png", "otra.png"):
        expect_in(name, names_of(page), "list")
    for name in ("mala.png", "vacia.png", "guion.exe"):
        expect_not_in(name, names_of(page), "list")
    expect_not_in("pending", states(site), "states")
    site.check_no_orphans()


def test_edit(site):
    """B9: a file is changed by its form; errors stand beside their field"""
    browser = site.browser()
    page = upload(browser, png_file("vieja.png", 5))
    form = click(browser, page, "/edit")
    answer = press(browser, form, "/edit", name="", alt_text="Se <queda>",
                   athlete_id="ana 7")
    expect_equal(answer.status, 200, "an edit with errors")
    for name in ("name", "athlete_id"):
        expect_in('id="%s-error"' % name, answer.text, "error of " + name)
    expect_equal(answer.page.form_to("/edit").values["alt_text"],
                 "Se <queda>", "what was typed")
    done = press(browser, answer, "/edit", name="nueva ñ.png",
                 athlete_id="ana-7", tags="Uno, dos,UNO")
    expect_equal(done.status, 302, "edit: %r" % done)
    page = browser.follow(done)
    for text in ("Archivo modificado", "nueva ñ.png", "Se <queda>", "ana-7",
                 "uno", "dos"):
        expect_in(text, page.page.text, "page after the edit")
    # the form that was opened before knows an older version
    late = press(browser, form, "/edit", name="tarde.png")
    expect_equal(late.status, 200, "a late edit")
    expect_in("Otra persona ha modificado este archivo", late.page.text,
              "what a late edit is told")
    done = press(browser, late, "/edit")
    expect_equal(done.status, 302, "the late edit again")
    expect_in("tarde.png", browser.follow(done).page.text, "name")


def test_trash(site):
    """B10: to the trash, back by one button, and erased for good"""
    browser = site.browser()
    data = pictures.png(seed=6)
    page = upload(browser, File("basura.png", data, "image/png"))
    asked = click(browser, page, "/delete")
    expect_equal(asked.status, 200, "question")
    done = press(browser, asked, "/delete")
    expect_equal(done.status, 302, "delete: %r" % done)
    listed = browser.follow(done)
    expect_not_in("basura.png", names_of(listed), "list")
    expect_in("«basura.png» está en la papelera", listed.page.text, "notice")
    expect_equal(browser.get(page.url + "/download").status, 404,
                 "download from the trash")
    # undo
    back = press(browser, listed, "/restore")
    expect_equal(back.status, 302, "undo: %r" % back)
    page = browser.follow(back)
    expect_bytes(browser, page, data)
    # again, and by the trash
    press(browser, click(browser, page, "/delete"), "/delete")
    trash = browser.get("/files/trash")
    expect_in("basura.png", names_of(trash), "trash")
    shown = open_file(browser, trash, "basura.png")
    expect_in("Se puede restaurar hasta", shown.page.text, "trashed page")
    page = browser.follow(press(browser, shown, "/restore"))
    expect_bytes(browser, page, data)
    press(browser, click(browser, page, "/delete"), "/delete")
    shown = open_file(browser, browser.get("/files/trash"), "basura.png")
    asked = click(browser, shown, "/erase")
    expect_in("No se puede deshacer", asked.page.text, "last question")
    done = press(browser, asked, "/erase")
    expect_equal(done.status, 302, "erase: %r" % done)
    expect_in("Archivo borrado", browser.follow(done).page.text, "flash")
    expect_equal(browser.get(page.url).status, 404, "page of what is gone")
    wait_for(lambda: not any(data == site.read(key) for key in site.keys()),
             "the object is gone")


def test_share(site):
    """A link opens for a stranger without cookies, until it is revoked"""
    browser = site.browser()
    data = pictures.png(seed=7)
    page = upload(browser, File("compartida.png", data, "image/png"))
    form = page.page.form_to("/share")
    expect_equal(form.options["expires_in"],
                 ["3600", "86400", "604800", "2592000"], "choices")
    answer = press(browser, page, "/share", expires_in="3600")
    expect_equal(answer.status, 200, "share: %r" % answer)
    link = re.search(r'id="share-url" type="url" readonly value="([^"]+)"',
                     answer.text)
    expect(link, "no link on the page")
    stranger = Browser()
    opened = stranger.get(link[1])
    expect_equal(opened.status, 302, "link: %r" % opened)
    check_same(data, stranger.follow(opened).body, "shared bytes")
    expect(not any(stranger.cookies.values()), "cookies for a stranger")
    done = press(browser, answer, "/share/revoke")
    expect_equal(done.status, 302, "revoke: %r" % done)
    expect_equal(Browser().get(link[1]).status, 404, "a revoked link")
    page = browser.follow(done)
    expect_equal(page.status, 200, "page after revoking")
    # nor does it open what is in the trash
    answer = press(browser, page, "/share")
    link = re.search(r'readonly value="([^"]+)"', answer.text)
    expect_equal(Browser().get(link[1]).status, 302, "another link")
    press(browser, click(browser, page, "/delete"), "/delete")
    expect_equal(Browser().get(link[1]).status, 404, "link into the trash")


def test_search(site):
    """B8: search in name, description and tags, by kind and by athlete"""
    browser = site.browser()
    upload(browser, png_file("Cañón_1.png", 8), alt_text="Salto de altura",
           tags="zafiro", athlete_id="eva-1")
    upload(browser, File("cañón.pdf", PDF, "application/pdf"), tags="zafiro")
    page = browser.get("/files")
    form = page.page.form_with("q")

    def find(**values):
        query = urllib.parse.urlencode(dict(form.values, **values))
        answer = browser.get("/files?" + query)
        expect_equal(answer.status, 200, query)
        kept = answer.page.form_with("q").values
        for name, value in values.items():
            expect_equal(kept[name], value, "filter " + name)
        return sorted(names_of(answer))

    both = ["Cañón_1.png", "cañón.pdf"]
    expect_equal(find(q="zafiro"), both, "by tag")
    expect_equal(find(q="CAÑÓN"), both, "by name")
    expect_equal(find(q="altura"), both[:1], "by description")
    expect_equal(find(q="zafiro", file_type="document"), both[1:], "by kind")
    expect_equal(find(q="zafiro", athlete_id="eva-1"), both[:1], "by athlete")
    expect_equal(find(q="_1.p"), both[:1], "_ is a letter")
    answer = browser.get("/files?q=%3Cnada%3E")
    expect_in("No se encontró nada", answer.page.text, "nothing found")
    expect_in('value="&lt;nada&gt;"', answer.text, "what was searched for")
    # a tag leads to all that has it
    shown = open_file(browser, browser.get("/files?q=zafiro"), both[1])
    tag = [link for link in shown.page.links if "q=zafiro" in link][0]
    expect_equal(sorted(names_of(browser.get(
        urllib.parse.urljoin(shown.url, tag)))), both, "by the tag's link")


def test_paging(site):
    """B8: from page to page, each file once, newest first"""
    browser = site.browser()
    count = 0
    while count <= PAGE_ROWS:
        files = [png_file("p%03d.png" % (count + i), count + i)
                 for i in range(20)]
        expect_equal(send(browser, files, tags="pagina").status, 302, "upload")
        count += 20
    page = browser.get("/files?q=pagina&file_type=image")
    expect_equal(len(names_of(page)), PAGE_ROWS, "rows of the first page")
    older = [link for link in page.page.links if "cursor=" in link]
    expect_equal(len(older), 1, "links to older ones")
    expect_in("q=pagina", older[0], "the filter in the link")
    last = browser.get(urllib.parse.urljoin(page.url, older[0]))
    expect_equal(len(names_of(last)), count - PAGE_ROWS, "rows of the last")
    expect_equal(len(set(names_of(page) + names_of(last))), count, "names")
    expect_not_in("cursor=", " ".join(last.page.links), "no older ones")
    first = [link for link in last.page.links
             if "q=pagina" in link and "cursor" not in link
             and "file_type" in link]
    expect_equal(names_of(browser.get(urllib.parse.urljoin(
        last.url, first[0]))), names_of(page), "back to the newest")
    # whoever bends the address is told so
    expect_equal(browser.get("/files?cursor=x").status, 400, "bad cursor")
    expect_equal(browser.get("/files?q=otra&cursor="
                             + older[0].split("cursor=")[1]).status, 400,
                 "cursor of another list")


def test_languages(site):
    """E10: every page in Spanish and in English, with its headings"""
    browser = site.browser()
    page = upload(browser, png_file("idiomas.png", 9))
    path = urllib.parse.urlsplit(page.url).path
    for language, words in (
            ("es", ("Archivos", "Papelera", "Subir archivos", "Detalles",
                    "Editar archivo", "¿Eliminar este archivo?")),
            ("en", ("Files", "Trash", "Upload files", "Details",
                    "Edit file", "Delete this file?"))):
        reader = site.browser(language)
        for end, word in zip(("/files", "/files/trash", "/files/new", path,
                              path + "/edit", path + "/delete"), words):
            answer = reader.get(end)
            expect_equal(answer.status, 200, end)
            expect_equal(answer.page.lang, language, "lang of " + end)
            expect_in(word, answer.page.text, end)
            expect_equal(len(re.findall("<h1[ >]", answer.text)), 1,
                         "headings of " + end)


def test_quota(lab):
    """F1: how much room is left is shown, and what does not fit is said"""
    site = lab.site("lighttpd", "file")
    browser = site.browser()
    expect_in("0 B en uso", browser.get("/files").page.text, "no quota")
    size = len(pictures.png(seed=1))
    done = lab.run_ctl("--env-file", site.env_file, "tenant", "quota", "1",
                       "--quota-bytes", str(size * 2 + 100))
    expect_equal(done.returncode, 0, done.stderr.decode())
    answer = send(browser, [png_file("q%d.png" % i) for i in range(3)])
    expect_equal(answer.status, 200, "a file too many: %r" % answer)
    expect_in("Archivos subidos: 2. No subidos: 1.", answer.page.text,
              "summary")
    expect_in("No queda espacio suficiente para este archivo", answer.page.text, "reason")
    expect_in("<meter", browser.get("/files").text, "bar")
    expect_in("Queda poco espacio", browser.get("/files").page.text,
              "warning")


def test_public(lab):
    """Decision 15: public where a prefix is, by one's own choice"""
    site = lab.site("lighttpd", "file", settings={
        "S3_PUBLIC_PREFIXES": "general/ products/"})
    browser = site.browser()
    data = pictures.png(seed=3)
    page = upload(browser, File("cartel.png", data, "image/png"),
                  is_public="1")
    expect_in("Público", page.page.text, "page")
    url = [link for link in page.page.links if "/general/" in link][0]
    check_same(data, Browser().get(url).body, "public bytes")
    form = click(browser, page, "/edit")
    values = {name: value for name, value
              in form.page.form_to("/edit").values.items()
              if name != "is_public"}
    done = browser.post_urlencoded(
        urllib.parse.urlsplit(page.url).path + "/edit", values)
    expect_equal(done.status, 302, "make private: %r" % done)
    wait_for(lambda: Browser().get(url).status in (403, 404),
             "the public address ends")
    expect_bytes(browser, browser.follow(done), data)
    # without such a prefix the box is not offered
    other = lab.site("lighttpd", "file").browser()
    form = other.get("/files/new").text
    expect_not_in('name="is_public"', form, "page for uploads")


if __name__ == "__main__":
    harness.main(globals(), stacks=STACKS)

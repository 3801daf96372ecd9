# SPDX-License-Identifier: MIT
"""What a shopkeeper does on the product pages, and what the texts are."""

import itertools

from client import File
from tap import expect, expect_equal, expect_in, wait_for

CREATED = "Producto creado exitosamente"
TOO_LARGE = "El archivo es demasiado grande. Máximo 2.0MB"
PDF_REFUSED = "Tipo de archivo no permitido: application/pdf"

_numbers = itertools.count(1)


def fresh_sku(prefix="SKU"):
    return "%s-%04d" % (prefix, next(_numbers))


def fields(**changes):
    """The fields of a good product; None takes a field out."""
    values = {"name": "Martillo de uña", "sku": fresh_sku(), "uom_id": "1",
              "sale_price": "125.50"}
    values.update(changes)
    return {name: value for name, value in values.items()
            if value is not None}


def picture_file(data, name="martillo.png", content_type="image/png"):
    return File(name, data, content_type)


def curl_create(browser, values, image=None):
    """As `curl -F name=... -F image=@...` does it: no cookie, no token."""
    parts = list(values.items())
    if image is not None:
        parts.append(("image", image))
    return browser.post("/products/new", parts)


def open_form(browser, path="/products/new"):
    """The page at path and its product form."""
    response = browser.get(path)
    expect_equal(response.status, 200, "GET " + path)
    form = response.page.form_with("sku")
    expect(form is not None, "no product form in " + response.text[:500])
    expect_equal(form.method, "post", "method of the form")
    expect_equal(form.enctype, "multipart/form-data", "enctype of the form")
    expect_in("image", form.files, "file controls")
    return response, form


def create(browser, values=None, image=None):
    """Create through the form as a browser does; the answer of the POST."""
    response, form = open_form(browser)
    return browser.submit(response, form, values or fields(),
                          {"image": image} if image else None)


def expect_redirect(response, what):
    expect_equal(response.status, 302, "status of %s (%s)"
                 % (what, response.text[:300]))
    expect(response.header("Location") != "", "no Location after " + what)


def created_id(response):
    """The id of the product that a redirect leads to."""
    expect_redirect(response, "create")
    return int(response.header("Location").split("?")[0]
               .rstrip("/").split("/")[-1])


def create_product(browser, values=None, image=None):
    return created_id(create(browser, values, image))


def when_back(submit):
    """The redirect that submit() gets once storage is known to be back: after
    failures in a row the program looks only from time to time."""
    def try_again():
        response = submit()
        return response if response.status == 302 else None

    return wait_for(try_again, "a redirect", 20)


def product_images(response):
    """The pictures of products on a page, by their public URL."""
    return [image for image in response.page.images
            if "products/tenant_" in image.get("src", "")]


def image_url(browser, product_id):
    """The public URL of a product's picture, or None."""
    return product_json(browser, product_id).get("image_path")


def product_json(browser, product_id):
    response = browser.get("/products/%d" % product_id,
                           {"Accept": "application/json"})
    expect_equal(response.status, 200, "JSON of product %d" % product_id)
    return response.json["product"]


def delete_product(browser, product_id):
    """Press the delete button of the product's page."""
    ending = "/products/%d/delete" % product_id
    response = browser.get("/products/%d" % product_id)
    form = response.page.form_to(ending)
    if form is None:
        response = browser.get("/products/%d/edit" % product_id)
        form = response.page.form_to(ending)
    expect(form is not None, "no form to delete product %d" % product_id)
    return browser.submit(response, form)


def expect_kept(response, values):
    """The form is shown again with what was typed."""
    form = response.page.form_with("sku")
    expect(form is not None, "the form is not shown again")
    for name, value in values.items():
        expect_equal(form.values.get(name), value, "kept field " + name)
    return form

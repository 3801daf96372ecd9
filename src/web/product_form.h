/*
 * The product form: its fields, its picture, and what is wrong with them.
 *
 * An accepted picture is stored before the other fields are judged, as a
 * pending file; when the form comes back with an error it carries a signed
 * reference to it, so that nobody has to choose the file again.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_PRODUCT_FORM_H
#define WEB_PRODUCT_FORM_H

#include "http/form.h"
#include "http/request.h"
#include "model/product.h"
#include "model/upload.h"
#include "web/app.h"
#include "web/view.h"

enum product_field {
	PRODUCT_NAME,
	PRODUCT_SKU,
	PRODUCT_PRICE,
	PRODUCT_UOM,
	PRODUCT_IMAGE,
	PRODUCT_IMAGE_REF,
	PRODUCT_CSRF,
	PRODUCT_FIELD_COUNT
};

struct product_form {
	struct app *app;
	struct request *request;
	struct form form;
	struct upload *upload; /* NULL: no file was sent */
	struct file_verdict verdict;
	struct file image; /* accepted and pending; id 0: none */
	bool is_image_fresh; /* stored by this request, its row not complete */
	/* In the language of the request; NULL: the field is right. */
	const char *errors[PRODUCT_FIELD_COUNT];
	const char *flash;	  /* what is wrong, in one sentence */
	bool has_storage_failed; /* picture or product could not be stored */
	const char *no_room; /* message id: the picture is beyond the quota */
};

/* An empty form. */
void product_form_init(struct product_form *pf, struct app *app,
    struct request *request);
/* A form that shows a product as it is. */
void product_form_show(struct product_form *pf, const struct product *product);
/*
 * Read, check and store the picture.  -1 only when the request cannot be
 * understood or is not ours; otherwise product_form_is_valid() tells.
 */
int product_form_read(struct product_form *pf, struct err *err) ATTR_MUST_USE;
bool product_form_is_valid(const struct product_form *pf);
/* Copy the values into a product. */
void product_form_fill(const struct product_form *pf, struct product *product);
/*
 * Say what a failed product_create() or product_update() means for the form.
 * Returns false when it is no matter of the form.
 */
bool product_form_explain(struct product_form *pf, const struct err *err);
/*
 * The change failed and the form is not shown again: a picture that came with
 * it has no use.
 */
void product_form_abandon(const struct product_form *pf);
/* The form's part of a view. */
int product_form_view(struct product_form *pf, struct view *view,
    struct err *err) ATTR_MUST_USE;

#endif

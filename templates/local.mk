# SPDX-License-Identifier: MIT
nobase_dist_pkgdata_DATA += \
	templates/error.html \
	templates/file.html \
	templates/file_confirm.html \
	templates/file_fields.html \
	templates/file_form.html \
	templates/file_upload.html \
	templates/files.html \
	templates/foot.html \
	templates/head.html \
	templates/product.html \
	templates/product_form.html \
	templates/products.html \
	templates/quota.html \
	templates/trash.html

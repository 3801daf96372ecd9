# SPDX-License-Identifier: MIT
nobase_dist_pkgdata_DATA += \
	templates/error.html \
	templates/foot.html \
	templates/head.html \
	templates/product.html \
	templates/product_form.html \
	templates/products.html

# SPDX-License-Identifier: MIT
nobase_dist_pkgdata_DATA += \
	templates/account.html \
	templates/account_password.html \
	templates/account_sessions.html \
	templates/account_tabs.html \
	templates/account_tokens.html \
	templates/avatar_form.html \
	templates/error.html \
	templates/file.html \
	templates/file_confirm.html \
	templates/file_errors.html \
	templates/file_fields.html \
	templates/file_form.html \
	templates/file_upload.html \
	templates/files.html \
	templates/foot.html \
	templates/head.html \
	templates/login.html \
	templates/product.html \
	templates/product_form.html \
	templates/products.html \
	templates/quota.html \
	templates/trash.html

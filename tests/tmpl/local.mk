# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/tmpl/test-escape tests/tmpl/test-golden \
	tests/tmpl/test-pages tests/tmpl/test-refuse tests/tmpl/test-render
TMPL_TEST_LIBS = $(TMPL_LIBS) $(CODEC_SYS) $(CMOCKA_LIBS)

tests_tmpl_test_escape_SOURCES = tests/tmpl/test-escape.c \
	tests/tmpl/render-pair.h tests/tmpl/skeleton.h
tests_tmpl_test_escape_LDADD = $(TMPL_TEST_LIBS)
tests_tmpl_test_golden_SOURCES = tests/tmpl/test-golden.c
tests_tmpl_test_golden_LDADD = $(TMPL_TEST_LIBS)
tests_tmpl_test_pages_SOURCES = tests/tmpl/test-pages.c \
	tests/tmpl/catalogue.h \
	tests/tmpl/skeleton.h
tests_tmpl_test_pages_LDADD = $(TMPL_TEST_LIBS)
tests_tmpl_test_refuse_SOURCES = tests/tmpl/test-refuse.c \
	tests/tmpl/render-pair.h
tests_tmpl_test_refuse_LDADD = $(TMPL_TEST_LIBS)
tests_tmpl_test_render_SOURCES = tests/tmpl/test-render.c \
	tests/tmpl/catalogue.h \
	tests/tmpl/render-pair.h
tests_tmpl_test_render_LDADD = $(TMPL_TEST_LIBS)

# A small catalogue of their own.
tmpl_catalogue = tests/tmpl/locale/xx/LC_MESSAGES/almacen-es.mo
check_DATA += $(tmpl_catalogue)
CLEANFILES += $(tmpl_catalogue)
EXTRA_DIST += tests/tmpl/es.po \
	tests/tmpl/golden/layout_foot.html tests/tmpl/golden/layout_head.html \
	tests/tmpl/golden/form.html tests/tmpl/golden/form.json \
	tests/tmpl/golden/form.out tests/tmpl/golden/list.html \
	tests/tmpl/golden/list.json tests/tmpl/golden/list.out
$(tmpl_catalogue): tests/tmpl/es.po
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	    $(MSGFMT) --check-format -o $@ $(top_srcdir)/tests/tmpl/es.po

# Views to look at the pages with.
dist_check_SCRIPTS += tests/test-pages.sh
TESTS += tests/test-pages.sh
EXTRA_DIST += tests/pages/account-server.json \
	tests/pages/account.json \
	tests/pages/account_password-errors.json \
	tests/pages/account_password.json \
	tests/pages/account_sessions.json \
	tests/pages/account_tokens-errors.json \
	tests/pages/account_tokens-made.json \
	tests/pages/account_tokens.json \
	tests/pages/error-login.json \
	tests/pages/error-shown.json \
	tests/pages/error-storage.json \
	tests/pages/error.json \
	tests/pages/file-foreign.json \
	tests/pages/file-gif.json \
	tests/pages/file-shared.json \
	tests/pages/file-trashed.json \
	tests/pages/file.json \
	tests/pages/file_confirm-delete.json \
	tests/pages/file_confirm-erase.json \
	tests/pages/file_form-errors.json \
	tests/pages/file_form.json \
	tests/pages/file_upload-mixed.json \
	tests/pages/file_upload.json \
	tests/pages/files-empty.json \
	tests/pages/files-none.json \
	tests/pages/files-viewer.json \
	tests/pages/files.json \
	tests/pages/login-errors.json \
	tests/pages/login.json \
	tests/pages/product-long.json \
	tests/pages/product-plain.json \
	tests/pages/product.json \
	tests/pages/product_form-edit.json \
	tests/pages/product_form-errors.json \
	tests/pages/product_form-too-large.json \
	tests/pages/product_form.json \
	tests/pages/products-empty.json \
	tests/pages/products-none.json \
	tests/pages/products-search.json \
	tests/pages/products.json \
	tests/pages/trash-empty.json \
	tests/pages/trash.json

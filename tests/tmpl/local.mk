# SPDX-License-Identifier: MIT
tmpl_tests = tests/tmpl/test-render tests/tmpl/test-refuse
check_PROGRAMS += $(tmpl_tests)
TMPL_TEST_LIBS = $(TMPL_LIBS) $(CODEC_SYS) $(CMOCKA_LIBS)

tests_tmpl_test_render_SOURCES = tests/tmpl/test-render.c tests/tmpl/render-pair.h
tests_tmpl_test_render_LDADD = $(TMPL_TEST_LIBS)
tests_tmpl_test_refuse_SOURCES = tests/tmpl/test-refuse.c tests/tmpl/render-pair.h
tests_tmpl_test_refuse_LDADD = $(TMPL_TEST_LIBS)

# A small catalogue of their own.
tmpl_catalogue = tests/tmpl/locale/xx/LC_MESSAGES/almacen-es.mo
check_DATA += $(tmpl_catalogue)
CLEANFILES += $(tmpl_catalogue)
EXTRA_DIST += tests/tmpl/es.po
$(tmpl_catalogue): tests/tmpl/es.po
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	    $(MSGFMT) -c -o $@ $(top_srcdir)/tests/tmpl/es.po

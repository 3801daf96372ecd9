# SPDX-License-Identifier: MIT
# Each language is a domain of its own below one folder "xx" (base/lang.c).
# In the build folder LOCALE_DIR is ./locale.
catalogues = locale/xx/LC_MESSAGES/almacen-en.mo \
	locale/xx/LC_MESSAGES/almacen-es.mo
nobase_nodist_pkgdata_DATA = $(catalogues)
CLEANFILES += $(catalogues)
EXTRA_DIST += po/en.po po/es.po scripts/extract-messages

locale/xx/LC_MESSAGES/almacen-en.mo: po/en.po
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	    $(MSGFMT) --check -o $@ $(top_srcdir)/po/en.po
locale/xx/LC_MESSAGES/almacen-es.mo: po/es.po
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	    $(MSGFMT) --check -o $@ $(top_srcdir)/po/es.po

dist_check_SCRIPTS += tests/test-messages.sh
TESTS += tests/test-messages.sh

# List what a catalogue lacks: `make missing-messages`.
.PHONY: missing-messages
missing-messages:
	@$(top_srcdir)/scripts/extract-messages $(top_srcdir) | \
	    msgmerge -q --no-fuzzy-matching -o - $(top_srcdir)/po/es.po - | \
	    msgattrib --untranslated --no-obsolete

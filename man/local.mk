# SPDX-License-Identifier: MIT
dist_man_MANS += man/almacen.fcgi.8 man/almacenctl.1

# The table of settings writes its own page.
man_MANS += man/almacen.env.5
CLEANFILES += man/almacen.env.5
man/almacen.env.5: almacenctl$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) man && ./almacenctl$(EXEEXT) config --man >$@-t && \
	    mv $@-t $@

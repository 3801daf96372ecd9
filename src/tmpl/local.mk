# SPDX-License-Identifier: MIT
noinst_LIBRARIES += libtmpl.a
libtmpl_a_SOURCES =

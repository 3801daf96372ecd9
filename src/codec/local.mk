# SPDX-License-Identifier: MIT
noinst_LIBRARIES += libcodec.a
libcodec_a_SOURCES =

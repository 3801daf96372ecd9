# SPDX-License-Identifier: MIT
# `make check`: unit and whole-program tests that need no server.
# The tests with web servers and S3 are run by scripts/check (tests/e2e).

TEST_EXTENSIONS = .sh
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) \
	$(top_srcdir)/build-aux/tap-driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)
SH_LOG_COMPILER = $(SHELL)
AM_TESTS_ENVIRONMENT = CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	harden_cflags='$(HARDEN_CFLAGS)'; export harden_cflags; \
	cflags='$(CFLAGS)'; export cflags; \
	make='$(MAKE)'; export make;

dist_check_SCRIPTS += tests/test-dist.sh tests/test-hardening.sh tests/test-layers.sh \
	tests/test-scripts.sh tests/test-style.sh
TESTS += tests/test-dist.sh tests/test-hardening.sh tests/test-layers.sh \
	tests/test-scripts.sh tests/test-style.sh
dist_check_SCRIPTS += tests/test-httpd-conf.sh
TESTS += tests/test-httpd-conf.sh
# It starts a server: scripts/check runs it, make check does not.
EXTRA_DIST += tests/test-pgsql.sh

include tests/base/local.mk
include tests/codec/local.mk
include tests/net/local.mk
include tests/http/local.mk
include tests/tmpl/local.mk
include tests/sql/local.mk
include tests/s3/local.mk
include tests/store/local.mk
include tests/model/local.mk
include tests/web/local.mk
include tests/ctl/local.mk
include tests/fuzz/local.mk
include tests/e2e/local.mk

TESTS += $(check_PROGRAMS)

# SPDX-License-Identifier: MIT
# Whole installations, run by scripts/check.
EXTRA_DIST += \
	tests/e2e/browser.js \
	tests/e2e/browser_files.js \
	tests/e2e/client.py \
	tests/e2e/databases.py \
	tests/e2e/fault_proxy.py \
	tests/e2e/faults.py \
	tests/e2e/harness.py \
	tests/e2e/httpd.py \
	tests/e2e/objects.py \
	tests/e2e/package-lock.json \
	tests/e2e/package.json \
	tests/e2e/people.py \
	tests/e2e/pictures.py \
	tests/e2e/run.py \
	tests/e2e/shop.py \
	tests/e2e/tamper.py \
	tests/e2e/tap.py \
	tests/e2e/test_audit.py \
	tests/e2e/test_bad_input.py \
	tests/e2e/test_browser.py \
	tests/e2e/test_cli.py \
	tests/e2e/test_ctl_faults.py \
	tests/e2e/test_demo.py \
	tests/e2e/test_doctor.py \
	tests/e2e/test_direct.py \
	tests/e2e/test_faults.py \
	tests/e2e/test_file_pages.py \
	tests/e2e/test_files.py \
	tests/e2e/test_limits.py \
	tests/e2e/test_login.py \
	tests/e2e/test_object.py \
	tests/e2e/test_openapi.py \
	tests/e2e/test_pages.py \
	tests/e2e/test_people_cli.py \
	tests/e2e/test_pgsql.py \
	tests/e2e/test_processes.py \
	tests/e2e/test_products.py \
	tests/e2e/test_quota.py \
	tests/e2e/test_s3.py \
	tests/e2e/test_store.py \
	tests/e2e/test_sweep.py \
	tests/e2e/test_swift.py \
	tests/e2e/test_s3_faults.py \
	tests/e2e/test_shop_faults.py \
	tests/e2e/test_tamper.py

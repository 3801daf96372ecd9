# SPDX-License-Identifier: MIT
noinst_LIBRARIES += libctl.a
libctl_a_SOURCES = \
	src/ctl/admin.c src/ctl/admin.h \
	src/ctl/audit_lines.c src/ctl/audit_lines.h \
	src/ctl/cmd_audit.c \
	src/ctl/cmd_bucket.c \
	src/ctl/cmd_check_file.c \
	src/ctl/cmd_check_form.c \
	src/ctl/cmd_config.c \
	src/ctl/cmd_object.c src/ctl/cmd_object_cp.c src/ctl/cmd_object_get.c \
	src/ctl/cmd_object_ls.c src/ctl/cmd_object_put.c \
	src/ctl/cmd_object_rm.c src/ctl/object.h \
	src/ctl/cmd_presign.c \
	src/ctl/cmd_doctor.c \
	src/ctl/cmd_render.c \
	src/ctl/cmd_sign.c \
	src/ctl/cmd_sweep.c \
	src/ctl/cmd_tenant.c \
	src/ctl/cmd_token.c \
	src/ctl/cmd_user.c \
	src/ctl/command.c src/ctl/command.h \
	src/ctl/config_doc.c src/ctl/config_doc.h \
	src/ctl/doctor.c src/ctl/doctor.h src/ctl/doctor_browser.c \
	src/ctl/doctor_bucket.c src/ctl/doctor_database.c \
	src/ctl/doctor_fetch.c \
	src/ctl/doctor_local.c src/ctl/doctor_login.c \
	src/ctl/doctor_object.c \
	src/ctl/doctor_open.c src/ctl/doctor_presign.c \
	src/ctl/doctor_server.c \
	src/ctl/interrupt.c src/ctl/interrupt.h \
	src/ctl/progress.c src/ctl/progress.h \
	src/ctl/put_large.c src/ctl/put_large.h \
	src/ctl/secret.c src/ctl/secret.h \
	src/ctl/storage.c src/ctl/storage.h \
	src/ctl/upload_state.c src/ctl/upload_state.h

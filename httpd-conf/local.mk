# SPDX-License-Identifier: MIT
# Configurations of web servers: templates, filled by hand or by
# scripts/serve-httpd.
nobase_dist_pkgdata_DATA += \
	httpd-conf/apache-cgi.conf \
	httpd-conf/apache-fcgid.conf \
	httpd-conf/apache-proxy.conf \
	httpd-conf/lighttpd-cgi.conf \
	httpd-conf/lighttpd-fcgi.conf \
	httpd-conf/lighttpd-socket.conf \
	httpd-conf/nginx.conf
EXTRA_DIST += scripts/serve-httpd

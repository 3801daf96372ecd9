# SPDX-License-Identifier: MIT
nobase_dist_pkgdata_DATA += \
	static/almacen.css \
	static/favicon.svg \
	static/image.svg

# SPDX-License-Identifier: MIT
dist_man_MANS += man/almacen.fcgi.8 man/almacenctl.1 man/almacen.env.5

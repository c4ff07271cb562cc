/* SPDX-License-Identifier: Apache-2.0 */
/* yinxin/yinxin.h - all of libyinxin. Link with `pkg-config --cflags --libs yinxin`. */
#ifndef YINXIN_YINXIN_H
#define YINXIN_YINXIN_H

#include <yinxin/base.h>
#include <yinxin/crypto.h>
#include <yinxin/document.h>
#include <yinxin/ofd.h>
#include <yinxin/place.h>
#include <yinxin/program.h>
#include <yinxin/report.h>
#include <yinxin/seal.h>
#include <yinxin/timestamp.h>
#include <yinxin/x509.h>

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* cmp/cmp.c */
#include "enrol/enrol.h"

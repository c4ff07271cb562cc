/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/server.h - the door to server/: authorities mounted on HTTP, each as rows of the table of
 * routes that a listener (http/http.h) is given.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "http/http.h"
#include "server/authority.h"
#include "server/enrolment.h"
#include "server/serve.h"

#endif

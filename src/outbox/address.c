/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address.c - where a request may go: not into the machine, nor into the networks around it, since
 * whoever names a URL could have the service ask there what it could not ask itself.
 */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "outbox/room.h"

/* What is not the public internet (RFC 6890 and IANA's registries), and addresses that carry
 * another one inside, which a gateway would take out (RFC 6052, 3056). */
static const char *const special[] = {
    "0.0.0.0/8",     "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
    "172.16.0.0/12", "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4",
    "::/96",         "64:ff9b::/96",    "64:ff9b:1::/48", "100::/64",       "2001::/23",
    "2001:db8::/32", "2002::/16",       "fc00::/7",       "fe80::/10",      "fec0::/10",
    "ff00::/8",
};

static bool write_address(const struct sockaddr *address, char out[INET6_ADDRSTRLEN])
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        return inet_ntop(AF_INET, &v4.sin_addr, out, INET6_ADDRSTRLEN) != NULL;
    }
    if (address->sa_family != AF_INET6)
        return false;
    memcpy(&v6, address, sizeof v6);
    return inet_ntop(AF_INET6, &v6.sin6_addr, out, INET6_ADDRSTRLEN) != NULL;
}

static bool is_special(const char *address)
{
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        struct yx_network network;
        const struct yx_networks one = {&network, 1};

        if (yx_network_parse(special[i], &network, NULL) != YX_OK ||
            yx_networks_have(&one, address))
            return true;
    }
    return false;
}

bool yx_address_allowed(const struct sockaddr *address, bool plain,
                        const struct yx_networks *allowed)
{
    char text[INET6_ADDRSTRLEN];

    if (!write_address(address, text))
        return false;
    return yx_networks_have(allowed, text) || (!plain && !is_special(text));
}

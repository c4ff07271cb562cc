/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address.c - where a request may go: not into the machine, nor into the networks around it, since
 * whoever names a URL could have the service ask there what it could not ask itself.
 */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "outbox/room.h"

/* Of what fits, the last row counts (IANA's registries of address space; RFC 6890): the public
 * internet, and what in it is somebody's own, nobody's, or carries another address inside, which a
 * gateway would take out (RFC 3056). All of IPv6 that is public begins with 2000::/3. */
static const struct {
    const char *network;
    bool is_public;
} networks[] = {
    {"0.0.0.0/0", true},       {"2000::/3", true},         {"0.0.0.0/8", false},
    {"10.0.0.0/8", false},     {"100.64.0.0/10", false},   {"127.0.0.0/8", false},
    {"169.254.0.0/16", false}, {"172.16.0.0/12", false},   {"192.0.0.0/24", false},
    {"192.0.2.0/24", false},   {"192.88.99.0/24", false},  {"192.168.0.0/16", false},
    {"198.18.0.0/15", false},  {"198.51.100.0/24", false}, {"203.0.113.0/24", false},
    {"224.0.0.0/4", false},    {"240.0.0.0/4", false},     {"2001::/23", false},
    {"2001:db8::/32", false},  {"2002::/16", false},       {"3fff::/20", false},
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

static bool is_public(const char *address)
{
    bool found = false;

    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        struct yx_network network;
        const struct yx_networks one = {&network, 1};

        if (yx_network_parse(networks[i].network, &network, NULL) != YX_OK)
            return false;
        if (yx_networks_have(&one, address))
            found = networks[i].is_public;
    }
    return found;
}

bool yx_address_allowed(const struct sockaddr *address, bool plain,
                        const struct yx_networks *allowed)
{
    char text[INET6_ADDRSTRLEN];

    if (!write_address(address, text))
        return false;
    return yx_networks_have(allowed, text) || (!plain && is_public(text));
}

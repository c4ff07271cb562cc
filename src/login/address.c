/* SPDX-License-Identifier: Apache-2.0 */
/* login/address.c - lists of networks (RFC 4632, RFC 4291 2.3), and whether an address is in one.
 */
#include <arpa/inet.h>

#include "login/room.h"

/* An address as the 16 octets of IPv6; one of IPv4 as the mapped one (RFC 4291 2.5.5.2). */
static bool read_address(const char *text, uint8_t out[16], bool *four)
{
    static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};

    memcpy(out, mapped, sizeof mapped);
    *four = inet_pton(AF_INET, text, out + sizeof mapped) == 1;
    return *four || inet_pton(AF_INET6, text, out) == 1;
}

struct network {
    uint8_t start[16];
    unsigned bits;
};

/* Takes the first network of the list, and the comma behind it. */
static bool next_network(const char **list, struct network *out)
{
    char text[64];
    size_t len = strcspn(*list, ",");
    char *slash;
    unsigned most;
    bool four;

    if (len == 0 || len >= sizeof text)
        return false;
    memcpy(text, *list, len);
    text[len] = '\0';
    *list += len;
    if (**list == ',' && *++*list == '\0')
        return false;
    slash = strchr(text, '/');
    if (slash != NULL)
        *slash = '\0';
    if (!read_address(text, out->start, &four))
        return false;
    most = four ? 32 : 128;
    out->bits = most;
    if (slash != NULL) {
        size_t digits = strspn(slash + 1, "0123456789");

        if (digits == 0 || digits > 3 || slash[1 + digits] != '\0')
            return false;
        out->bits = 0;
        for (const char *at = slash + 1; *at != '\0'; at++)
            out->bits = out->bits * 10 + (unsigned)(*at - '0');
    }
    if (out->bits > most)
        return false;
    if (four)
        out->bits += 96;
    return true;
}

static bool is_in(const struct network *network, const uint8_t address[16])
{
    unsigned whole = network->bits / 8, rest = network->bits % 8;
    uint8_t mask = (uint8_t)(0xFF00u >> rest);

    return memcmp(network->start, address, whole) == 0 &&
           (rest == 0 || ((network->start[whole] ^ address[whole]) & mask) == 0);
}

bool yx_login_addresses_valid(const char *list)
{
    struct network network;

    while (*list != '\0')
        if (!next_network(&list, &network))
            return false;
    return true;
}

bool yx_login_addresses_have(const char *list, const char *address)
{
    struct network network;
    uint8_t octets[16];
    bool four;

    if (*list == '\0')
        return true;
    if (address == NULL || !read_address(address, octets, &four))
        return false;
    while (*list != '\0' && next_network(&list, &network))
        if (is_in(&network, octets))
            return true;
    return false;
}

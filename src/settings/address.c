/* SPDX-License-Identifier: Apache-2.0 */
/* settings/address.c - addresses with ports, and networks that an address lies in or not. */
#include <arpa/inet.h>

#include "settings/settings.h"

#define V4_BITS 96 /* of the prefix ::ffff:0:0/96 */

/* A whole number from 0 to `max` without sign or leading zeros; false when it is none. */
static bool read_number(const char *text, unsigned max, unsigned *out)
{
    size_t len = strlen(text);
    unsigned value = 0;

    if (len == 0 || len > 5 || strspn(text, "0123456789") != len || (text[0] == '0' && len > 1))
        return false;
    for (; *text != '\0'; text++)
        value = value * 10 + (unsigned)(*text - '0');
    *out = value;
    return value <= max;
}

/* IPv4 becomes ::ffff:a.b.c.d; false when it is neither. */
static bool read_address(const char *text, uint8_t out[16], bool *is_v4)
{
    static const uint8_t mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

    memcpy(out, mapped, sizeof mapped);
    *is_v4 = inet_pton(AF_INET, text, out + sizeof mapped) == 1;
    return *is_v4 || inet_pton(AF_INET6, text, out) == 1;
}

yx_status yx_endpoint_parse(const char *text, char host[YX_HOST_MAX], struct yx_endpoint *out,
                            struct yx_error *err)
{
    const char *colon = strrchr(text, ':');
    size_t len = colon == NULL ? 0 : (size_t)(colon - text);
    unsigned port = 0;
    uint8_t address[16];
    bool is_v4;
    bool bracketed = len >= 2 && text[0] == '[' && text[len - 1] == ']';

    YX_REQUIRE(colon != NULL && len < YX_HOST_MAX && read_number(colon + 1, UINT16_MAX, &port), err,
               YX_USAGE, "", N_("{1} is no address: write 127.0.0.1:8080"), text);
    (void)snprintf(host, YX_HOST_MAX, "%.*s", (int)(bracketed ? len - 2 : len),
                   bracketed ? text + 1 : text);
    YX_REQUIRE(bracketed || strchr(host, ':') == NULL, err, YX_USAGE, "RFC 3986 3.2.2",
               N_("{1} is no address: write [::1]:8080"), text);
    YX_REQUIRE(len == 0 || (read_address(host, address, &is_v4) && is_v4 != bracketed), err,
               YX_USAGE, "", N_("{1} is no address: write 127.0.0.1:8080"), text);
    *out = (struct yx_endpoint){.host = len == 0 ? "0.0.0.0" : host, .port = (uint16_t)port};
    return YX_OK;
}

/* Are all bits behind the first `bits` zero? */
static bool ends_in_zeros(const uint8_t address[16], unsigned bits)
{
    for (unsigned i = bits; i < 128; i++)
        if ((address[i / 8] >> (7 - i % 8) & 1) != 0)
            return false;
    return true;
}

yx_status yx_network_parse(const char *text, struct yx_network *out, struct yx_error *err)
{
    char address[YX_HOST_MAX];
    const char *slash = strchr(text, '/');
    size_t len = slash == NULL ? strlen(text) : (size_t)(slash - text);
    bool is_v4 = false;
    unsigned bits = 0;

    (void)snprintf(address, sizeof address, "%.*s", (int)(len < sizeof address ? len : 0), text);
    YX_REQUIRE(read_address(address, out->address, &is_v4) &&
                   (slash == NULL || read_number(slash + 1, is_v4 ? 32 : 128, &bits)),
               err, YX_USAGE, "", N_("{1} is no address or network: write 10.0.0.0/8"), text);
    out->bits = slash == NULL ? 128 : bits + (is_v4 ? V4_BITS : 0);
    YX_REQUIRE(ends_in_zeros(out->address, out->bits), err, YX_USAGE, "RFC 4632 3.1",
               N_("{1} is no network: it goes on behind its prefix"), text);
    return YX_OK;
}

static bool has(const struct yx_network *network, const uint8_t address[16])
{
    unsigned whole = network->bits / 8, rest = network->bits % 8;
    uint8_t mask = (uint8_t)(0xff00u >> rest);

    return memcmp(network->address, address, whole) == 0 &&
           (rest == 0 || (address[whole] & mask) == network->address[whole]);
}

bool yx_networks_have(const struct yx_networks *networks, const char *address)
{
    uint8_t bytes[16];
    bool is_v4;

    if (!read_address(address, bytes, &is_v4))
        return false;
    for (size_t i = 0; i < networks->count; i++)
        if (has(&networks->items[i], bytes))
            return true;
    return false;
}

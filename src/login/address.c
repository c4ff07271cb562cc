/* SPDX-License-Identifier: Apache-2.0 */
/* login/address.c - lists of networks, with commas between, and whether an address is in one. */
#include "login/room.h"
#include "settings/settings.h"

/* Takes the first network of the list, and the comma behind it. */
static bool next_network(const char **list, struct yx_network *out)
{
    char text[YX_HOST_MAX];
    size_t len = strcspn(*list, ",");

    if (len == 0 || len >= sizeof text)
        return false;
    memcpy(text, *list, len);
    text[len] = '\0';
    *list += len;
    if (**list == ',' && *++*list == '\0')
        return false;
    return yx_network_parse(text, out, NULL) == YX_OK;
}

bool yx_login_addresses_valid(const char *list)
{
    struct yx_network network;

    while (*list != '\0')
        if (!next_network(&list, &network))
            return false;
    return true;
}

bool yx_login_addresses_have(const char *list, const char *address)
{
    struct yx_network network;
    const struct yx_networks one = {&network, 1};

    if (*list == '\0')
        return true;
    while (address != NULL && *list != '\0' && next_network(&list, &network))
        if (yx_networks_have(&one, address))
            return true;
    return false;
}
